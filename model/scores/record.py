"""The track record: how good forecasts were over many scenarios, of many cases."""

import datetime
from collections import defaultdict
from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict

from deciban.model.posterior.wording import percent, written_day
from deciban.model.scores.calibration import CurvePoint, calibration_curve
from deciban.model.scores.case_scores import (
    CaseScores,
    ScenarioScores,
    Totals,
    closed_forecasts,
    totals,
)

__all__ = [
    "ENOUGH",
    "Call",
    "Month",
    "TrackRecord",
    "said_and_came",
    "track_record",
]

# With fewer settled scenarios, a share that came true says next to nothing: of ten at
# 70 %, between five and nine come true in nine of ten worlds.
ENOUGH = 20
_CALLS = 3


class _Said(BaseModel):
    model_config = ConfigDict(frozen=True)


class Call(_Said):
    """One forecast at the close, and what came of it, as a sentence."""

    case: str
    scenario: str
    forecast: float
    outcome: bool
    log: float
    sentence: str


class Month(_Said):
    """Scenarios that were settled in a month, and the means of their scores."""

    month: str
    n: int
    brier: float
    log: float


class TrackRecord(_Said):
    """How good forecasts were over all cases.

    Attributes
    ----------
    as_of : date
    all : Totals
    enough : bool
        Whether there are 20 settled scenarios at least whose close has passed.
    curve : list of CurvePoint
        Of the same forecasts as the calibration of ``all``.
    recorded : int
        How many have a score of what had been recorded before.
    months : list of Month
        By the month in which they were settled, the oldest first.
    best, worst : list of Call
        Three at most of each, by log score.
    """

    as_of: datetime.date
    all: Totals
    curve: list[CurvePoint]
    enough: bool
    recorded: int
    months: list[Month]
    best: list[Call]
    worst: list[Call]


def track_record(cases: Sequence[CaseScores], today: datetime.date) -> TrackRecord:
    """Sum up the scores of cases.

    Parameters
    ----------
    cases : sequence of CaseScores
        By that day.
    today : date
        Scenarios that were settled before their close count in calibration only once
        it has passed.
    """
    scenarios = [one for case in cases for one in case.scenarios]
    all_ = totals(scenarios, today)
    calls = sorted(
        (call for case in cases for call in _calls(case)), key=lambda call: call.log
    )
    # Nobody's best call is a miss, nor the worst a hit.
    hits = [call for call in calls if (call.forecast > 0.5) == call.outcome]
    misses = [call for call in calls if (call.forecast > 0.5) != call.outcome]
    return TrackRecord(
        as_of=today,
        all=all_,
        curve=calibration_curve(*closed_forecasts(scenarios, today)),
        enough=sum(one.n for one in all_.calibration) >= ENOUGH,
        recorded=sum(one.recorded is not None for one in scenarios),
        months=_months(scenarios),
        best=hits[:_CALLS],
        worst=misses[::-1][:_CALLS],
    )


def _calls(case: CaseScores) -> list[Call]:
    return [
        Call(
            case=case.case,
            scenario=one.id,
            forecast=one.published.forecast_at_close,
            outcome=one.outcome,
            log=one.published.log,
            sentence=said_and_came(one),
        )
        for one in case.scenarios
        if one.published is not None and one.outcome is not None
    ]


def said_and_came(one: ScenarioScores) -> str:
    """Say what was forecast last, and what came; empty where there is no score.

    Such as "We said 33 %; it happened, settled on 1 Nov 2023."
    """
    if one.published is None or one.settled_on is None:
        return ""
    came = "it happened" if one.outcome else "it did not happen"
    return (
        f"We said {percent(one.published.forecast_at_close)}; {came}, "
        f"settled on {written_day(one.settled_on)}."
    )


def _months(scenarios: Sequence[ScenarioScores]) -> list[Month]:
    by_month = defaultdict[str, list[ScenarioScores]](list)
    for one in scenarios:
        if one.published is not None and one.settled_on is not None:
            by_month[f"{one.settled_on:%Y-%m}"].append(one)
    return [
        Month(
            month=month,
            n=len(ones),
            brier=sum(o.published.brier for o in ones if o.published) / len(ones),
            log=sum(o.published.log for o in ones if o.published) / len(ones),
        )
        for month, ones in sorted(by_month.items())
    ]
