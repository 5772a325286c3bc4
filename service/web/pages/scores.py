"""The pages of scores: how good the forecasts of a case were, and of all cases."""

from collections.abc import Sequence
from typing import get_args

from flask import abort, request
from flask.typing import ResponseReturnValue

from deciban.evidence.items import day
from deciban.model.casebook.past_days import Every
from deciban.model.plots.evidence_drawings import draw_steps
from deciban.model.plots.svg.calibrations import calibration_diagram
from deciban.model.scores.foresight import foresight_spans
from deciban.model.scores.horizons import HORIZON_WORDS, HORIZONS
from deciban.model.scores.record import said_and_came, too_few
from deciban.service.application.current_forecasts import (
    DayOutOfReachError,
    UnreadableDrawsError,
)
from deciban.service.application.replay import Known, Replayed, replayed
from deciban.service.application.scores import (
    NotSettledError,
    case_scores,
    post_mortem_of,
    record_of_all,
)
from deciban.service.web.access import requires
from deciban.service.web.pages.blueprint import bp, page
from deciban.service.web.pages.parameters import chosen
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
        fall=made
        and draw_steps(
            scenario, made.written_mean, made.forecast, made.steps, known.casebook
        ),
        missing=missing,
    )


@bp.get("/cases/<case>/replay")
@requires("viewer")
def replay(case: str) -> ResponseReturnValue:
    """Show what was forecast on past days, from what was known by each."""
    known = services().views.view(case)
    every = chosen("every", get_args(Every.__value__)[::-1])
    basis = chosen("known", get_args(Known.__value__))
    fault: str | None = None
    days: Sequence[Replayed] = ()
    try:
        first, last = (
            day(request.args[name]) if request.args.get(name) else None
            for name in ("from", "to")
        )
        days = replayed(
            services(), case, every=every, first=first, last=last, known=basis
        )
    except ValueError as error:  # of a day that is none, or of too many
        fault = f"It {error}."
    return page(
        "replay.html",
        case=known.case,
        scenarios=known.casebook.priors.scenarios,
        days=days,
        every=every,
        known=basis,
        fault=fault,
        given=request.args,
    )


@bp.get("/record")
@requires("viewer")
def record() -> ResponseReturnValue:
    """Show how good forecasts were over all cases, or of some scenarios."""
    everything = record_of_all(services())
    tag, who = (request.args.get(name) or None for name in ("tag", "who"))
    horizon = next((h for h in HORIZONS if h == request.args.get("horizon")), None)
    made = everything
    if tag or who or horizon:
        made = record_of_all(services(), tag=tag, horizon=horizon, who=who)
    diagram = calibration_diagram(made.curve) if made.curve else None
    books = {
        group.name: services().forecasts.current(group.name).casebook
        for group in made.cases
    }
    return page(
        "record.html",
        record=made,
        titles={name: book.priors.title for name, book in books.items()},
        question_of=lambda call: books[call.case].scenario(call.scenario).question,
        choices=everything,
        horizons=HORIZON_WORDS,
        chosen={"tag": tag, "horizon": horizon, "who": who},
        too_few=too_few,
        diagram=diagram,
    )
