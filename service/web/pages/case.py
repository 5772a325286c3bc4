"""The page of a case: all its forecasts on one axis."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from flask import abort, redirect, request, url_for
from flask.typing import ResponseReturnValue

from deciban.evidence.items import folded
from deciban.model.explain.explanation import ScenarioExplanation
from deciban.model.plots.history_drawing import ReportMove
from deciban.model.plots.svg.densities import density_axis
from deciban.model.plots.svg.histories import HistoryPoint
from deciban.model.posterior.summary import ScenarioSummary
from deciban.model.posterior.wording import percent, prior_told
from deciban.priors import ScaleName, Scenario
from deciban.service.application.case_view import CaseView, OutcomesMove
from deciban.service.application.reviews import NOTHING_HAPPENED, reviewed
from deciban.service.application.time_left import TimeLeft
from deciban.service.application.verbal_probability import SCALES, Estimate, estimate
from deciban.service.web.access import requires
from deciban.service.web.pages.blueprint import bp, page
from deciban.service.web.pages.drawn_rows import drawn_row
from deciban.service.web.pages.parameters import asked_scale, chosen
from deciban.service.web.pages.plots import forecasts, rivals_of
from deciban.service.web.pages.posting import post
from deciban.service.web.shared import services

__all__ = ["FULL", "ORDERS", "ScenarioRow", "forecasts_page", "row_of", "searched"]


@dataclass(frozen=True)
class ScenarioRow:
    """One scenario as the pages show it.

    Attributes
    ----------
    scenario : Scenario
        As it is written now.
    said : ScenarioSummary
        What the fit says, or the prior where there is none yet.
    is_fitted : bool
        Whether it is the fit's.
    estimate : Estimate
        The same in words.
    explained : ScenarioExplanation or None
    time_left : TimeLeft
    moved : ReportMove, OutcomesMove or None
        What moved it last, by as much as one sees.
    prior_told : str
        The way from the prior as written to the forecast, in words.
    week_before : HistoryPoint or None
        What was forecast of it a week before.
    """

    scenario: Scenario
    said: ScenarioSummary
    is_fitted: bool
    estimate: Estimate
    explained: ScenarioExplanation | None
    time_left: TimeLeft
    moved: ReportMove | OutcomesMove | None
    prior_told: str
    week_before: HistoryPoint | None

    @property
    def has_moved(self) -> bool:
        """Whether its number is another than a week before, as it is written."""
        week = self.week_before
        return week is not None and percent(week.mean) != percent(self.said.mean)


def row_of(known: CaseView, scenario: Scenario, scale: ScaleName) -> ScenarioRow:
    """Gather what pages show of a scenario.

    Parameters
    ----------
    known : CaseView
        Of the case.
    scenario : Scenario
        One of it.
    scale : str
        Whose words are used.
    """
    said = known.forecast_of(scenario.id)
    return ScenarioRow(
        scenario,
        said,
        known.is_fitted(scenario.id),
        estimate(said.mean, scale, state=said.state, at_close=said.at_close),
        known.explanation_of(scenario.id),
        known.time_left(scenario),
        known.moved_last(scenario.id),
        prior_told(
            scenario.prior.distribution().mean,
            said.prior_mean,
            said.mean if known.is_fitted(scenario.id) else None,
            _days_without(scenario, known),
        ),
        known.week_before(scenario.id),
    )


def _days_without(scenario: Scenario, known: CaseView) -> int:
    """Days of its window that somebody has looked at; 0 where none lets it pass."""
    as_of = known.current.as_of
    looked = known.casebook.as_of(as_of).looked(as_of)
    if looked is None or scenario.hazard == "none":
        return 0
    return max(0, (min(looked, scenario.closes) - scenario.opens).days)


def _moved_last(row: ScenarioRow) -> Any:
    if row.moved is None:
        return (1,)
    return (0, -row.moved.on.toordinal(), -abs(row.moved.weight_db))


# How the rows can be ordered: the name of each order, and what it sorts by.
ORDERS: dict[str, tuple[str, Callable[[ScenarioRow], Any] | None]] = {
    "case": ("as written", None),
    "forecast": ("likeliest first", lambda row: -row.said.mean),
    "moved": ("moved last", _moved_last),
    "closes": ("closing soonest", lambda row: row.scenario.closes),
    "id": ("by id", lambda row: row.scenario.id),
}


# Rows that are shown in full unless it is asked otherwise; more are compact.
FULL = 20
_LOOKS = {"full": "in full", "compact": "compact"}
_LONGEST = 200  # characters of what is searched for


@bp.get("/cases/<case>")
@requires("viewer")
def case(case: str) -> ResponseReturnValue:
    """Show all forecasts of a case."""
    return forecasts_page(case)


@bp.post("/cases/<case>/reviewed")
@requires("forecaster")
def review(case: str) -> ResponseReturnValue:
    """Keep that somebody has looked today, and that nothing has happened."""
    today = services().clock().date()
    refused = post(case, reviewed(today, today), NOTHING_HAPPENED)
    if refused:
        abort(refused.status, " ".join(refused.rules))
    return redirect(url_for("pages.case", case=case), 303)


def searched(scenarios: Iterable[Scenario], wanted: str) -> list[Scenario]:
    """Find the scenarios that have all words of a search in their question or id."""
    words = folded(wanted).split()
    return [
        s
        for s in scenarios
        if all(word in folded(f"{s.id} {s.question}") for word in words)
    ]


def forecasts_page(case: str) -> str:
    """Make the page of all forecasts of a case."""
    known, scale = services().views.view(case), asked_scale()
    order = chosen("sort", ORDERS)
    every = known.casebook.priors.scenarios
    wanted = request.args.get("q", "").strip()[:_LONGEST]
    shown = searched(every, wanted)
    rows = [row_of(known, s, scale) for s in shown]
    look = "compact" if len(shown) > FULL else "full"
    look = chosen("rows", [look, *_LOOKS])
    if by := ORDERS[order][1]:
        rows.sort(key=by)
    return page(
        "case.html",
        case=known.case,
        known=known,
        rows=[(row, drawn_row(known, row.scenario, scale)) for row in rows],
        axis=density_axis(scale),
        ridge=forecasts(known, scale),
        rivals=rivals_of(known),
        claims=known.claims_by_report,
        scale=scale,
        scales=SCALES,
        order=order,
        wanted=wanted,
        n_scenarios=len(every),
        most=FULL,
        look=look,
        looks=_LOOKS,
        orders={name: told for name, (told, _) in ORDERS.items()},
    )
