"""One report: all about it; the forms that add, edit and retract one, and put it back.

While a form is being filled in, two pieces of the page are asked for again and again:
what the report would do to forecasts, and who has said the same before. Without
JavaScript they come with the whole form, at the press of a button.
"""

import datetime
from collections.abc import Callable
from typing import Any

from flask import abort, redirect, request, url_for
from flask.typing import ResponseReturnValue

from deciban.evidence import Report
from deciban.model.casebook.casebook import Casebook
from deciban.model.casebook.changes import Change, ChangeError
from deciban.model.casebook.index import Key
from deciban.model.explain.explanation import Effect
from deciban.service.application.case_view import CaseView
from deciban.service.application.current_forecasts import UnreadableDrawsError
from deciban.service.application.errors import UnknownItemError
from deciban.service.application.history import item_changes
from deciban.service.application.items import (
    ItemAlteredError,
    check_unaltered,
    item_at,
)
from deciban.service.application.late_reports import day_sentence, why_late
from deciban.service.application.posting import post_changes
from deciban.service.application.reports import (
    ListedReport,
    listed_reports,
    put_back,
    retraction,
)
from deciban.service.store import ReasonError, casebooks
from deciban.service.store.casebooks import Author
from deciban.service.store.retractions import retractions
from deciban.service.web.access import demand, requires
from deciban.service.web.pages.blueprint import bp, page
from deciban.service.web.pages.drawn_changes import DrawnChanges, drawn_changes
from deciban.service.web.pages.effects import told_effect
from deciban.service.web.pages.ledger import safe_link, terms
from deciban.service.web.pages.parameters import row_number
from deciban.service.web.pages.report_form import EMPTY_ROWS, BearingRow, ReportForm
from deciban.service.web.pages.similar_claims import similar_claims
from deciban.service.web.pages.what_if_query import WhatIfQuery
from deciban.service.web.shared import services

__all__: list[str] = []

_HISTORY = 50
_MOST_TOLD = 60  # of those who told a claim


class _RefusedError(Exception):
    """What was typed cannot be written; the form says why."""


# One report


@bp.get("/cases/<case>/reports/<report>")
@requires("viewer")
def report(case: str, report: str) -> ResponseReturnValue:
    """Show everything about a report."""
    return _report_page(case, report)


def _report_page(
    case: str, name: str, fault: str | None = None, typed: str = ""
) -> ResponseReturnValue:
    known = services().views.view(case)
    casebook, line, told = _found(case, known, name)
    with services().store.reading() as session:
        entries = casebooks.history(
            session, case, kind="report", key=name, limit=_HISTORY
        )
    stands = line.retracted is None
    posted = row_number(request.args.get("posted"))
    shown = page(
        "report.html",
        case=known.case,
        known=known,
        casebook=casebook,
        line=line,
        told=told,
        most_told=_MOST_TOLD,
        arguments={argument.id: argument for argument in casebook.priors.arguments},
        scenarios={scenario.id: scenario for scenario in casebook.priors.scenarios},
        effects=_effects(line, casebook),
        does=_effect_of(case, casebook, name) if stands else None,
        late=_late(line.report, known.current.as_of) if stands else None,
        steps=item_changes(services(), case, entries),
        link=safe_link(line.report.url),
        posted=posted if posted in {e.revision for e in entries} else None,
        fault=fault,
        typed=typed,
        **terms(),
    )
    return shown, 422 if fault else 200


def _found(
    case: str, known: CaseView, name: str
) -> tuple[Casebook, ListedReport, list[ListedReport]]:
    """One report, and all that tell the same claim, by date."""
    with services().store.reading() as session:
        gone = retractions(session, case)
    lines = listed_reports(known.casebook, known.explanation, gone)
    line = next((line for line in lines if line.report.id == name), None)
    if line is None:
        raise UnknownItemError("report", name)
    told = [
        other
        for other in lines
        if other.root.id == line.root.id and other.retracted is None
    ]
    return known.casebook, line, sorted(told, key=lambda one: one.report.published)


def _effects(
    line: ListedReport, casebook: Casebook
) -> dict[tuple[str, str], list[Effect]]:
    """What the claim does by each of its bearings, by kind and id of the target."""
    effects: dict[tuple[str, str], list[Effect]] = {}
    of_rivals = {
        scenario: ("rivals", bearing.rivals)
        for bearing in line.root.bears_on
        if bearing.rivals is not None
        for scenario in casebook.index.rivals(bearing.rivals)
    }
    for effect in line.claim.effects if line.claim else ():
        target = (
            ("argument", effect.argument)
            if effect.argument
            else of_rivals.get(effect.scenario, ("scenario", effect.scenario))
        )
        effects.setdefault(target, []).append(effect)
    return effects


def _late(report: Report, as_of: datetime.date) -> str | None:
    """Why a report does not count in the forecasts of a day; None where it does."""
    if report.published <= as_of:
        return None
    return why_late(report.published, _today())


def _today() -> datetime.date:
    return services().clock().date()


def _effect_of(case: str, casebook: Casebook, name: str) -> DrawnChanges | None:
    """Forecasts without a report and with it; None where no draws can be read."""
    try:
        undone = WhatIfQuery(off=[name]).changes(casebook)
        return drawn_changes(services().forecasts.what_if(case, undone), backwards=True)
    except UnreadableDrawsError:
        return None


# Retracting, and putting back


@bp.post("/cases/<case>/reports/<report>/retract")
@requires("forecaster")
def retract(case: str, report: str) -> ResponseReturnValue:
    """Take a report out, with a reason; those that repeat it speak for themselves."""
    because = request.form.get("because", "").strip()
    if not because:
        return _report_page(case, report, "must say why it is retracted", because)

    def undo(head: Casebook | None) -> list[Change]:
        try:
            return retraction(_present(head), report)
        except UnknownItemError:
            abort(409, "must be a report that stands: it has been retracted meanwhile")

    try:
        post_changes(services(), case, undo, author=_author(), because=because)
    except ReasonError as error:
        return _report_page(case, report, error.rule, because)
    return redirect(url_for("pages.report", case=case, report=report), 303)


@bp.post("/cases/<case>/reports/<report>/put-back")
@requires("forecaster")
def put_back_report(case: str, report: str) -> ResponseReturnValue:
    """Put a report that was retracted back, with a reason."""
    because = request.form.get("because", "").strip()
    if not because:
        return _report_page(case, report, "must say why it is put back", because)
    try:
        put_back(services(), case, report, author=_author(), because=because)
    except (ChangeError, ReasonError) as error:
        return _report_page(case, report, str(error), because)
    except UnknownItemError:
        # Whoever sends it twice, or after another, finds it there.
        if _named(services().forecasts.current(case).casebook, report) is None:
            raise
    return redirect(url_for("pages.report", case=case, report=report), 303)


def _author() -> Author:
    who = demand("forecaster")
    return Author(who.name, who.token)


# Adding and editing


@bp.get("/cases/<case>/new-report")
@requires("forecaster")
def new_report(case: str) -> ResponseReturnValue:
    """Show the form that adds a report; the query may fill parts of it in."""
    names = ("repeats", "source", "origin", "claim", "url", "reference", "published")
    form = ReportForm.typed({name: request.args.get(name, "") for name in names})
    return _form_page(case, form)


@bp.post("/cases/<case>/new-report")
@requires("forecaster")
def add_report(case: str) -> ResponseReturnValue:
    """Add a report, or show what it would do."""
    form = ReportForm.typed(request.form)
    if request.form.get("action") in ("preview", "similar", "rows"):
        return _form_page(case, form, looked=True)

    def changes(head: Casebook | None) -> list[Change]:
        made = form.changes(_present(head))
        _refuse_taken(form, _present(head), made[-1])
        return made

    return _posted(case, form, changes, None)


@bp.get("/cases/<case>/reports/<report>/edit")
@requires("forecaster")
def edit_report(case: str, report: str) -> ResponseReturnValue:
    """Show the form that changes a report."""
    current = services().forecasts.current(case)
    one = _standing(current.casebook, report)
    return _form_page(case, ReportForm.of(one, current.head.revision), edited=report)


@bp.post("/cases/<case>/reports/<report>/edit")
@requires("forecaster")
def change_report(case: str, report: str) -> ResponseReturnValue:
    """Change a report, unless somebody else did since the form was shown."""
    form = ReportForm.typed(request.form)
    form.values["id"] = report
    if request.form.get("action") in ("preview", "similar", "rows"):
        return _form_page(case, form, edited=report, looked=True)
    place: Key = ("report", report)
    seen = item_at(services(), case, place, row_number(form.values["revision"]))

    def changes(head: Casebook | None) -> list[Change]:
        check_unaltered(place, seen, _present(head))
        return form.changes(_present(head))

    return _posted(case, form, changes, report)


def _posted(
    case: str,
    form: ReportForm,
    changes: Callable[[Casebook | None], list[Change]],
    edited: str | None,
) -> ResponseReturnValue:
    name = ""

    def noted(head: Casebook | None) -> list[Change]:
        nonlocal name
        made = changes(head)
        name = made[-1].key
        return made

    try:
        revision, _ = post_changes(
            services(),
            case,
            noted,
            author=_author(),
            because=form.values["why"] or None,
        )
    except ChangeError as error:
        form.refuse(error)
    except ReasonError as error:
        form.faults["why"] = error.rule
    except ItemAlteredError as error:
        form.other_faults.append(str(error))
        form.meanwhile = error.differences
        form.values["revision"] = str(services().forecasts.current(case).head.revision)
    except _RefusedError:
        pass
    if form.has_faults:
        return _form_page(case, form, edited=edited, looked=True), 422
    there = url_for("pages.report", case=case, report=name, posted=revision)
    return redirect(there, 303)


def _present(head: Casebook | None) -> Casebook:
    return head if head is not None else abort(404)


def _named(casebook: Casebook, name: str) -> Report | None:
    return next((one for one in casebook.evidence.reports if one.id == name), None)


def _standing(casebook: Casebook, name: str) -> Report:
    if found := _named(casebook, name):
        return found
    abort(404, f"must be a report that stands, got {name[:80]!r}")


def _refuse_taken(form: ReportForm, casebook: Casebook, change: Change) -> None:
    """Refuse a report that would replace another, or that is there already."""
    body = change.written or {}
    for one in casebook.evidence.reports:
        if one.id == change.key:
            form.faults["id"] = f"must be an id that no report has yet, got {one.id}"
            raise _RefusedError
        if (one.claim, one.source, one.published.isoformat()) == (
            body.get("claim"),
            body.get("source"),
            body.get("published"),
        ):
            form.faults["claim"] = (
                f"must not be in the ledger already: {one.id} is the same claim by the "
                "same source on the same day"
            )
            raise _RefusedError


def _form_page(
    case: str, form: ReportForm, *, edited: str | None = None, looked: bool = False
) -> str:
    known = services().views.view(case)
    casebook = known.casebook
    rows = [*form.rows, *[BearingRow()] * (EMPTY_ROWS if not edited else 1)]
    return page(
        "report_form.html",
        case=known.case,
        known=known,
        casebook=casebook,
        form=form,
        rows=rows,
        empty_row=BearingRow(),
        edited=edited,
        proposed=form.values.get("id") or form.proposed_id(casebook),
        day=known.current.as_of,
        day_told=day_sentence(known.current.as_of, _today()),
        scales=casebook.priors.scales,
        does=_does(case, form, casebook, edited) if looked else None,
        looked=looked,
        similar=_similar(casebook, form.values.get("claim", ""), edited),
        **terms(),
    )


# What answers beside the form


@bp.post("/cases/<case>/new-report/moves")
@requires("viewer")
def moves(case: str) -> ResponseReturnValue:
    """Tell what a report would do, as far as its form is filled in."""
    current = services().forecasts.current(case)
    form = ReportForm.typed(request.form)
    does = _does(case, form, current.casebook, request.args.get("edited"))
    changes = does.get("changes")
    told = [changes.sentence, changes.day_sentence] if changes else []
    return {
        "html": page(
            "_report_effect.html", case=services().views.name(case), does=does
        ),
        "sentence": " ".join(f"{one}." for one in told if one),
    }


@bp.get("/cases/<case>/new-report/similar")
@requires("viewer")
def similar(case: str) -> ResponseReturnValue:
    """Tell who has said the same already, and which id is proposed."""
    casebook = services().forecasts.current(case).casebook
    form = ReportForm.typed(request.args)
    html = page(
        "_similar.html",
        case=services().views.name(case),
        similar=_similar(casebook, form.values["claim"], request.args.get("but")),
        form=form,
        **terms(),
    )
    return {"html": html, "proposed": form.proposed_id(casebook)}


def _similar(
    casebook: Casebook, claim: str, but: str | None
) -> list[tuple[ListedReport, float]]:
    found = {
        one.report: one.similarity
        for one in similar_claims(casebook.evidence.reports, claim)
        if one.report != but
    }
    if not found:
        return []
    lines = {line.report.id: line for line in listed_reports(casebook, None)}
    return [(lines[name], similarity) for name, similarity in found.items()]


def _does(
    case: str, form: ReportForm, casebook: Casebook, edited: str | None
) -> dict[str, Any]:
    """What a report would do; or why that cannot be told."""
    forecasts = services().forecasts
    day = forecasts.day(casebook)
    changes = form.changes_so_far(casebook, day, edited)
    if changes is None:
        return {"wants": "who says it, how credible it is, and what it bears on"}
    if edited and (stands := _named(casebook, edited)):
        as_it_is = ReportForm.of(stands, 0).changes_so_far(casebook, day, edited)
        if changes == as_it_is:
            return {"same": True}
    try:
        told = told_effect(case, casebook, changes)
    except ChangeError as error:
        return {"rules": form.sentences(error)[:3]}
    if read := told.get("read"):
        report = _standing(read.casebook, changes[-1].key)
        told["late"] = _late(report, read.as_of)
    return told
