"""The track record: how good forecasts were over many scenarios, of many cases.

Of all, or of those with a tag, at a horizon, or whose prior somebody wrote.
"""

import datetime
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from deciban.model.posterior.wording import counted, percent, written_day
from deciban.model.said import Said
from deciban.model.scores.calibration import CurvePoint, calibration_curve
from deciban.model.scores.case_scores import (
    CaseScores,
    ScenarioScores,
    Totals,
    closed_forecasts,
    totals,
)
from deciban.model.scores.horizons import HORIZONS, Horizon
from deciban.model.scores.scoring import brier_score, log_score

__all__ = [
    "ENOUGH",
    "Call",
    "Group",
    "Month",
    "Other",
    "TrackRecord",
    "said_and_came",
    "too_few",
    "track_record",
]

# With fewer settled scenarios, a share that came true says next to nothing: of ten at
# 70 %, between five and nine come true in nine of ten worlds.
ENOUGH = 20
_CALLS = 3


class Call(Said):
    """One forecast at the close, and what came of it, as a sentence."""

    case: str
    scenario: str
    forecast: float
    outcome: bool
    log: float
    sentence: str


class Month(Said):
    """Scenarios that were settled in a month, and the means of their scores."""

    month: str
    n: int
    brier: float
    log: float


class Group(Totals):
    """The totals of the scenarios that have something in common."""

    name: str


class Other(Said):
    """Somebody else's forecasts, beside those here of the same scenarios and days.

    Attributes
    ----------
    who : str
    n : int
        Forecasts of theirs on days when there was one here.
    brier, log : float
        Means of theirs.
    our_brier, our_log : float
        Means of those here.
    """

    who: str
    n: int
    brier: float
    log: float
    our_brier: float
    our_log: float


class TrackRecord(Said):
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
    cases, tags, people : list of Group
        By case; by tag, of which a scenario may have several; by who wrote the prior.
    horizons : list of Group
        By how long before the scheduled close, the nearest first.
    others : list of Other
        By who entered benchmarks.
    """

    as_of: datetime.date
    all: Totals
    curve: list[CurvePoint]
    enough: bool
    recorded: int
    months: list[Month]
    best: list[Call]
    worst: list[Call]
    cases: list[Group]
    tags: list[Group]
    horizons: list[Group]
    people: list[Group]
    others: list[Other]


def track_record(
    cases: Sequence[CaseScores],
    today: datetime.date,
    *,
    tag: str | None = None,
    horizon: Horizon | None = None,
    who: str | None = None,
) -> TrackRecord:
    """Sum up the scores of cases.

    Parameters
    ----------
    cases : sequence of CaseScores
        By that day.
    today : date
        Scenarios that were settled before their close count in calibration only once
        it has passed.
    tag, who : str, optional
        Of scenarios with this tag, whose prior this person wrote.
    horizon : str, optional
        Of forecasts that were held so long before the close, the last of them in the
        place of that at the close.
    """
    cases = [_selected(case, tag, who) for case in cases]
    every = [one for case in cases for one in case.scenarios]
    at_each: dict[str, list[ScenarioScores]] = {
        name: [_at_horizon(one, name) for one in every] for name in HORIZONS
    }
    if horizon is not None:
        cases = [
            case.model_copy(
                update={"scenarios": [_at_horizon(s, horizon) for s in case.scenarios]}
            )
            for case in cases
        ]
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
        cases=_groups({case.case: case.scenarios for case in cases}, today),
        tags=_groups(
            _keyed((tag, one) for one in scenarios for tag in {*one.tags}), today
        ),
        horizons=_groups(at_each, today),
        people=_groups(
            _keyed((one.who, one) for one in scenarios if one.who is not None), today
        ),
        others=_others(scenarios),
    )


def too_few(record: TrackRecord) -> str:
    """Say what a record of too few scenarios cannot tell."""
    n = sum(one.n for one in record.all.calibration)
    return (
        f"{counted(n, 'settled scenario')} whose close has passed: below {ENOUGH} it "
        "cannot be told yet whether forecasts are calibrated, nor whether they beat "
        "their priors, for a single surprise would turn either answer. Scenarios of "
        "one case are often nearly one question."
    )


def _selected(case: CaseScores, tag: str | None, who: str | None) -> CaseScores:
    chosen = [
        one
        for one in case.scenarios
        if tag in (None, *one.tags) and who in (None, one.who)
    ]
    return case.model_copy(update={"scenarios": chosen})


def _at_horizon(one: ScenarioScores, horizon: Horizon) -> ScenarioScores:
    """Put the score of a horizon, if it has one, in the place of that at the close."""
    score = next((s for s in one.horizons if s.horizon == horizon), None)
    return one.model_copy(update={"published": score, "recorded": None})


def _keyed(
    pairs: Iterable[tuple[str, ScenarioScores]],
) -> dict[str, list[ScenarioScores]]:
    by = defaultdict[str, list[ScenarioScores]](list)
    for name, one in pairs:
        by[name].append(one)
    return dict(sorted(by.items()))


def _groups(
    by: Mapping[str, Sequence[ScenarioScores]], today: datetime.date
) -> list[Group]:
    """Sum up each that has a score."""
    made = [Group(name=name, **dict(totals(ones, today))) for name, ones in by.items()]
    return [group for group in made if group.n]


def _others(scenarios: Sequence[ScenarioScores]) -> list[Other]:
    by = defaultdict[str, list[tuple[float, float, float, float]]](list)
    for one in scenarios:
        for other in one.benchmarks:
            if other.forecast is not None and one.outcome is not None:
                own = other.forecast, one.outcome
                by[other.who].append(
                    (other.brier, other.log, brier_score(*own), log_score(*own))
                )
    return [
        Other(who=who, n=len(rows), brier=a, log=b, our_brier=c, our_log=d)
        for who, rows in sorted(by.items())
        for a, b, c, d in [
            [sum(column) / len(rows) for column in zip(*rows, strict=True)]
        ]
    ]


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
