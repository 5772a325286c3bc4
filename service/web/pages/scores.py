"""The pages of scores: how good the forecasts of a case were, and of all cases."""

from flask import abort
from flask.typing import ResponseReturnValue

from deciban.model.plots.svg.calibrations import calibration_diagram
from deciban.model.scores.foresight import foresight_spans
from deciban.model.scores.record import ENOUGH, said_and_came
from deciban.service.application.current_forecasts import (
    DayOutOfReachError,
    UnreadableDrawsError,
)
from deciban.service.application.scores import (
    NotSettledError,
    case_scores,
    post_mortem_of,
    record_of_all,
)
from deciban.service.web.access import requires
from deciban.service.web.pages.blueprint import bp, page
from deciban.service.web.shared import services

__all__: list[str] = []


@bp.get("/cases/<case>/scores")
@requires("viewer")
def scores(case: str) -> ResponseReturnValue:
    """Show the scores of a case."""
    known = services().views.view(case)
    scored = case_scores(services(), case)
    return page(
        "scores.html",
        case=known.case,
        questions={s.id: s.question for s in known.casebook.priors.scenarios},
        scores=scored.scores,
        missing=scored.missing,
        said_and_came=said_and_came,
    )


@bp.get("/cases/<case>/scenarios/<scenario>/post-mortem")
@requires("viewer")
def post_mortem(case: str, scenario: str) -> ResponseReturnValue:
    """Show what helped and what misled the last forecast of a settled scenario."""
    known = services().views.view(case)
    written = known.scenario(scenario)
    made, missing = None, None
    try:
        made = post_mortem_of(services(), case, scenario)
    except NotSettledError as error:
        abort(404, str(error))
    except (DayOutOfReachError, UnreadableDrawsError):
        spans = foresight_spans(known.casebook, services().clock().date())
        _, missing = spans[scenario]
    return page(
        "post_mortem.html",
        case=known.case,
        scenario=written,
        made=made,
        missing=missing,
    )


@bp.get("/record")
@requires("viewer")
def record() -> ResponseReturnValue:
    """Show how good forecasts were over all cases."""
    made = record_of_all(services())
    diagram = calibration_diagram(made.curve) if made.curve else None
    return page("record.html", record=made, enough=ENOUGH, diagram=diagram)
