"""A forecast over time, as pages and fits draw it: by day, and what moved it."""

import datetime
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from deciban.model.casebook.casebook import Casebook
from deciban.model.explain.explanation import Claim, Explanation
from deciban.model.plots.svg.histories import HistoryPoint, by_when, history
from deciban.model.plots.svg.movements import Movement
from deciban.model.plots.svg.picture import Drawing
from deciban.model.posterior.summary import ScenarioSummary
from deciban.priors import Scenario

__all__ = [
    "ReportMove",
    "draw_by_when",
    "draw_history",
    "history_point",
    "noticed",
    "report_moves",
    "since_opened",
]

# Movements of less, in dB, would only crowd a history.
_NOTICED = 0.05


@dataclass(frozen=True)
class ReportMove:
    """A report that moved a forecast: the claim it told, when, and by how much.

    Attributes
    ----------
    report : str
        Id of the report.
    claim : Claim
        That it told, for the first time or again.
    weight_db : float
        Its share of the weight of the claim.
    on : date
        When it was published.
    """

    report: str
    claim: Claim
    weight_db: float
    on: datetime.date


def report_moves(
    explanation: Explanation, casebook: Casebook
) -> Mapping[str, list[ReportMove]]:
    """Find the reports that moved each scenario.

    Parameters
    ----------
    explanation : Explanation
        Of a fit.
    casebook : Casebook
        Says when reports were published; those that it lacks were retracted.

    Returns
    -------
    mapping of list of ReportMove
        By scenario, the newest first, of a day the largest.
    """
    published = {report.id: report.published for report in casebook.evidence.reports}
    moves: defaultdict[str, list[ReportMove]] = defaultdict(list)
    for claim in explanation.claims:
        for scenario in claim.scenarios():
            moves[scenario] += _moved(claim, scenario, published)
    return {
        scenario: sorted(made, key=lambda m: (m.on, abs(m.weight_db)))[::-1]
        for scenario, made in moves.items()
    }


def _moved(
    claim: Claim, scenario: str, published: Mapping[str, datetime.date]
) -> Iterator[ReportMove]:
    here = claim.on(scenario)
    assert here is not None  # it is one of the scenarios of the claim
    for report, share in (claim.carried or {claim.report: 1.0}).items():
        if report in published:
            yield ReportMove(report, claim, share * here, published[report])


class _Move(Protocol):
    @property
    def weight_db(self) -> float: ...


def noticed[M: _Move](moves: Iterable[M]) -> list[M]:
    """Leave out what moved a forecast by less than one would see."""
    return [move for move in moves if abs(move.weight_db) >= _NOTICED]


def history_point(day: datetime.date, said: ScenarioSummary) -> HistoryPoint:
    """One day's forecast as drawings of histories take it."""
    return HistoryPoint(day, said.mean, said.eti90, said.eti50)


class _OfDay(Protocol):
    @property
    def day(self) -> datetime.date: ...


def since_opened[D: _OfDay](days: Sequence[D], opens: datetime.date) -> list[D]:
    """Leave out the days before a window opens, but for the last of them."""
    before = sum(one.day < opens for one in days)
    return list(days[max(0, before - 1) :])


def draw_by_when(
    scenario: Scenario, said: ScenarioSummary, as_of: datetime.date
) -> Drawing | None:
    """Draw by when a scenario occurs; None where the forecast does not say.

    Parameters
    ----------
    scenario : Scenario
        As it is written.
    said : ScenarioSummary
        Its forecast.
    as_of : date
        The day of the forecast.
    """
    if not said.by_when:
        return None
    points = [HistoryPoint(one.day, one.mean, one.eti90) for one in said.by_when]
    return by_when(scenario.question, points, as_of=as_of, closes=scenario.closes)


def draw_history(
    casebook: Casebook,
    scenario: Scenario,
    points: Sequence[HistoryPoint],
    moves: Iterable[ReportMove],
    as_of: datetime.date,
) -> Drawing:
    """Draw a forecast over time, with what moved it.

    Parameters
    ----------
    casebook : Casebook
        Says what reports claim.
    scenario : Scenario
        Whose forecast.
    points : sequence of HistoryPoint
        What was believed before any report, then the forecasts by day.
    moves : iterable of ReportMove
        The reports that moved it.
    as_of : date
        The day of the forecast; an outcome that is later is not known.
    """
    outcome = scenario.outcome
    settled = None
    if outcome and outcome.occurred is not None and outcome.on <= as_of:
        settled = (outcome.on, outcome.occurred)
    claims = {report.id: report.claim for report in casebook.evidence.reports}
    return history(
        scenario.question,
        points,
        [Movement(m.on, claims[m.report], m.weight_db) for m in noticed(moves)],
        as_of=as_of,
        closes=scenario.closes,
        settled=settled,
    )
