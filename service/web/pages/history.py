"""The history of a case: every change, who made it, when, why, and what it altered.

Nothing is ever lost: the casebook at any revision, or as a reader saw it at any moment,
can be looked at again, and taken away as JSON.
"""

import datetime
from collections.abc import Sequence
from typing import NamedTuple, get_args

from flask import Response, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue

from deciban.model.casebook.index import Kind
from deciban.service.application.history import ItemChange, item_changes, list_changes
from deciban.service.store import UnknownRevisionError, casebooks
from deciban.service.store.casebooks import Entry
from deciban.service.web.access import requires
from deciban.service.web.pages.blueprint import bp, page
from deciban.service.web.pages.casebook import FILES
from deciban.service.web.pages.ledger import terms
from deciban.service.web.pages.parameters import row_number
from deciban.service.web.shared import services

__all__ = ["RevisionChanges"]

PAGE_SIZE = 40
KINDS: tuple[Kind, ...] = get_args(Kind.__value__)


class RevisionChanges(NamedTuple):
    """The changes that were made together, or as many as a page holds."""

    number: int
    made: list[ItemChange]

    @property
    def head(self) -> Entry:
        """Its author, moment and reason."""
        return self.made[0].entry


@bp.get("/cases/<case>/history")
@requires("viewer")
def history(case: str) -> ResponseReturnValue:
    """List changes, the newest first."""
    if request.args.get("at"):
        return _go_to(case, request.args["at"])
    known = services().views.view(case)
    kind, key = _wanted()
    found = list_changes(
        services(), case, kind=kind, key=key, before=_before(), limit=PAGE_SIZE
    )
    shown = item_changes(services(), case, found.entries)
    return page(
        "history.html",
        case=known.case,
        known=known,
        revisions=_by_revision(shown),
        kinds=KINDS,
        kind=kind or "",
        key=key or "",
        next=found.next and "{}.{}".format(*found.next),
        is_first=_before() is None,
        **terms(),
    )


def _wanted() -> tuple[Kind | None, str | None]:
    kind, key = request.args.get("kind", ""), request.args.get("key", "").strip()
    return kind if kind in KINDS else None, key[:162] or None


def _before() -> tuple[int, int] | None:
    before = request.args.get("before", "").partition(".")
    revision, number = row_number(before[0]), row_number(before[2])
    return None if revision is None or number is None else (revision, number)


def _by_revision(shown: Sequence[ItemChange]) -> list[RevisionChanges]:
    found: list[RevisionChanges] = []
    for one in shown:
        if not found or found[-1].number != one.entry.revision:
            found.append(RevisionChanges(one.entry.revision, []))
        found[-1].made.append(one)
    return found


def _go_to(case: str, moment: str) -> ResponseReturnValue:
    """Lead to the revision that a reader saw at a moment."""
    try:
        at = datetime.datetime.fromisoformat(moment)
    except ValueError:
        abort(400, f"must be a moment, written YYYY-MM-DDTHH:MM, got {moment[:40]!r}")
    at = at if at.tzinfo else at.replace(tzinfo=datetime.UTC)
    with services().store.reading() as session:
        try:
            number = casebooks.revision_at(session, case, at)
        except UnknownRevisionError:
            abort(404, f"must be a moment when the case existed, got {moment}")
    return redirect(url_for("pages.revision", case=case, number=number))


# One revision


@bp.get("/cases/<case>/history/<int(max=999999999):number>")
@requires("viewer")
def revision(case: str, number: int) -> ResponseReturnValue:
    """Show what a revision changed, and the casebook as it was then."""
    with services().store.reading() as session:
        head = casebooks.head(session, case)
        casebook = casebooks.casebook(session, case, number)
    found = list_changes(services(), case, before=(number + 1, 0), limit=PAGE_SIZE)
    its = [entry for entry in found.entries if entry.revision == number]
    shown = item_changes(services(), case, its)
    return page(
        "revision.html",
        case=services().views.name(case),
        number=number,
        last=head.revision,
        casebook=casebook,
        revision=_by_revision(shown)[0],
        most=PAGE_SIZE,
        files=FILES,
        **terms(),
    )


@bp.get("/cases/<case>/history/<int(max=999999999):number>/casebook.json")
@requires("viewer")
def revision_casebook(case: str, number: int) -> ResponseReturnValue:
    """Give the casebook at a revision as JSON."""
    with services().store.reading() as session:
        casebook = casebooks.casebook(session, case, number)
    name = f"{case}-{number}.json"
    return Response(
        casebook.model_dump_json(by_alias=True, exclude_defaults=True, indent=2),
        mimetype="application/json",
        headers={"Content-Disposition": f"attachment; filename={name}"},
    )
