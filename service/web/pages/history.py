"""The history of a case: every change, who made it, when, why, and what it altered.

Nothing is ever lost: the casebook at any revision, or as a reader saw it at any moment,
can be looked at again, and taken away as JSON.
"""

import datetime
import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, get_args

from flask import Response, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from deciban.model.casebook.index import Kind
from deciban.service.store import UnknownRevisionError, casebooks
from deciban.service.store.casebooks import Entry
from deciban.service.web.access import requires
from deciban.service.web.pages.blueprint import bp, page
from deciban.service.web.pages.ledger import terms
from deciban.service.web.pages.row_numbers import row_number
from deciban.service.web.shared import services

__all__ = ["Difference", "Made", "Revision", "differences", "made"]

PAGE_SIZE = 40
KINDS: tuple[Kind, ...] = get_args(Kind.__value__)
_LONGEST = 400  # characters of a value that are shown


class Difference(NamedTuple):
    """What one key of an item was, and what it became; None where it was not there."""

    name: str
    before: str | None
    after: str | None


class Made(NamedTuple):
    """One change as the history tells it.

    Attributes
    ----------
    entry : Entry
    verb : str
        ``added``, ``changed``, ``taken out`` or ``put back``.
    differences : list of Difference
        Of an item that was there before.
    title : str
        What the item says, in short.
    """

    entry: Entry
    verb: str
    differences: list[Difference]
    title: str


class Revision(NamedTuple):
    """The changes that were made together, or as many as a page holds."""

    number: int
    made: list[Made]

    @property
    def head(self) -> Entry:
        """Its author, moment and reason."""
        return self.made[0].entry


def differences(
    before: Mapping[str, Any] | None, after: Mapping[str, Any] | None
) -> list[Difference]:
    """Find what differs between two bodies of an item.

    Examples
    --------
    >>> differences({"id": "x", "credibility": 3}, {"id": "x", "credibility": 4})
    [Difference(name='credibility', before='3', after='4')]
    """
    if before is None or after is None:
        return []
    names = [*after, *(name for name in before if name not in after)]
    return [
        Difference(name, _text(before.get(name)), _text(after.get(name)))
        for name in names
        if before.get(name) != after.get(name)
    ]


def _text(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, str):
        return value[:_LONGEST]
    return json.dumps(value, ensure_ascii=False)[:_LONGEST]


def made(entry: Entry, before: Entry | None) -> Made:
    """Tell a change, given the one of the same item before it."""
    old = before.change.written if before else None
    new = entry.change.written
    if new is None:
        verb = "taken out"
    elif before is None:
        verb = "added"
    else:
        verb = "put back" if old is None else "changed"
    return Made(entry, verb, differences(old, new), _title(new or old or {}))


def _title(body: Mapping[str, Any]) -> str:
    for name in ("claim", "question", "statement", "name", "title"):
        if isinstance(body.get(name), str):
            return str(body[name])[:_LONGEST]
    if "occurred" in body:
        return "yes" if body["occurred"] else "no"
    return ""


@bp.get("/cases/<case>/history")
@requires("viewer")
def history(case: str) -> ResponseReturnValue:
    """List changes, the newest first."""
    if request.args.get("at"):
        return _go_to(case, request.args["at"])
    known = services().views.view(case)
    kind, key = _wanted()
    with services().store.reading() as session:
        entries = casebooks.history(
            session, case, kind=kind, key=key, before=_before(), limit=PAGE_SIZE + 1
        )
        shown = [_made(session, case, entry) for entry in entries[:PAGE_SIZE]]
    more = len(entries) > PAGE_SIZE
    last = entries[PAGE_SIZE - 1] if more else None
    return page(
        "history.html",
        case=known.case,
        known=known,
        revisions=_revisions(shown),
        kinds=KINDS,
        kind=kind or "",
        key=key or "",
        next=last and f"{last.revision}.{last.number}",
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


def _made(session: Session, case: str, entry: Entry) -> Made:
    change = entry.change
    before = casebooks.history(
        session,
        case,
        kind=change.kind,
        key=change.key,
        before=(entry.revision, entry.number),
        limit=1,
    )
    return made(entry, next(iter(before), None))


def _revisions(shown: Sequence[Made]) -> list[Revision]:
    found: list[Revision] = []
    for one in shown:
        if not found or found[-1].number != one.entry.revision:
            found.append(Revision(one.entry.revision, []))
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
        entries = casebooks.history(
            session, case, before=(number + 1, 0), limit=PAGE_SIZE
        )
        shown = [
            _made(session, case, entry) for entry in entries if entry.revision == number
        ]
    return page(
        "revision.html",
        case=services().views.name(case),
        number=number,
        last=head.revision,
        casebook=casebook,
        revision=_revisions(shown)[0],
        most=PAGE_SIZE,
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
