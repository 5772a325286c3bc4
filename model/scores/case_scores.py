"""The scores of a case: each settled scenario, beside its prior and other people."""

import datetime
from collections.abc import Callable, Mapping, Sequence

from pydantic import Field

from deciban.model.casebook.casebook import Casebook
from deciban.model.posterior.summaries import prior_probability
from deciban.model.said import Said
from deciban.model.scores.calibration import (
    CalibrationBin,
    Corp,
    calibration_bins,
    corp,
)
from deciban.model.scores.foresight import last_foresight, settled_by
from deciban.model.scores.horizons import HorizonScore, horizon_scores
from deciban.model.scores.scoring import (
    CLIP,
    Score,
    brier_score,
    log_score,
    score_of,
)
from deciban.priors import Benchmark, Outcome, Scenario

__all__ = [
    "BenchmarkScore",
    "CaseScores",
    "Forecasts",
    "ScenarioScores",
    "Totals",
    "closed_forecasts",
    "scores_of",
    "totals",
]

type Forecasts = Mapping[datetime.date, Mapping[str, float]]


class BenchmarkScore(Said):
    """What others forecast on a day, beside what was forecast here by then."""

    day: datetime.date
    who: str
    probability: float
    brier: float
    log: float
    forecast: float | None = Field(description="Ours, as published by that day.")


class ScenarioScores(Said):
    """How good the forecasts of a scenario were.

    Attributes
    ----------
    id : str
    closes : date
    outcome : bool or None
        Whether it occurred; None where that is not known, or it was annulled.
    annulled : bool
    settled_on : date or None
    published, recorded : Score or None
        Of forecasts from what was published by each day, and from what had been
        recorded in the service by then; None where there was no such forecast.
    prior_mean, prior_brier, prior_log : float or None
        What was believed before any report, and its scores.
    benchmarks : list of BenchmarkScore
        Of days before it was settled.
    horizons : list of HorizonScore
        As published, by how long before the scheduled close.
    tags : tuple of str
        What the scenario is about.
    who : str or None
        Who wrote its prior; None where that is not known, as of files.
    """

    id: str
    closes: datetime.date
    outcome: bool | None
    annulled: bool
    settled_on: datetime.date | None
    published: Score | None = None
    recorded: Score | None = None
    prior_mean: float | None = None
    prior_brier: float | None = None
    prior_log: float | None = None
    benchmarks: list[BenchmarkScore] = Field(default=[])
    horizons: list[HorizonScore] = Field(default=[])
    tags: tuple[str, ...] = ()
    who: str | None = None


class Totals(Said):
    """Means over the scenarios that have a score, and how well calibrated they were.

    Attributes
    ----------
    n : int
        Scenarios, of which the means are.
    brier, log, brier_mean, log_mean, prior_brier, prior_log : float or None
        As published; None where there is none.
    calibration : list of CalibrationBin
        Of forecasts at the close, as published. One that is settled early counts from
        its scheduled close on: an early end is mostly a yes.
    corp : Corp or None
        The Brier score of these in parts.
    """

    n: int
    brier: float | None
    log: float | None
    brier_mean: float | None
    log_mean: float | None
    prior_brier: float | None
    prior_log: float | None
    calibration: list[CalibrationBin]
    corp: Corp | None


class CaseScores(Said):
    """The scores of a case; ``clip`` bounds what the log score is taken of."""

    case: str
    as_of: datetime.date
    clip: float = CLIP
    scenarios: list[ScenarioScores]
    all: Totals


def scores_of(
    casebook: Casebook,
    today: datetime.date,
    published: Forecasts,
    recorded: Forecasts | None = None,
    *,
    writers: Mapping[str, str] | None = None,
) -> CaseScores:
    """Score a case.

    Parameters
    ----------
    casebook : Casebook
        The whole.
    today : date
        By which outcomes are known.
    published : mapping
        By day, those of ``scored_days`` at least, the probability of each scenario from
        what was published by then.
    recorded : mapping, optional
        The same, from what had been recorded by then; each from its day on.
    writers : mapping, optional
        By scenario, who wrote its prior.
    """
    settled = settled_by(casebook, today)
    known = {s.id: s for s in casebook.as_of(today).priors.scenarios}
    scenarios = []
    for scenario in casebook.priors.scenarios:
        outcome = settled.get(scenario.id)
        if outcome is None or outcome.occurred is None:
            own = known[scenario.id].outcome
            scenarios.append(
                ScenarioScores(
                    id=scenario.id,
                    closes=scenario.closes,
                    outcome=None,
                    annulled=own is not None and own.annulled,
                    settled_on=own.on if own else None,
                )
            )
        else:
            scenarios.append(
                _scored(casebook, scenario, outcome, published, recorded or {})
            )
    scenarios = [
        one.model_copy(
            update={
                "tags": casebook.scenario(one.id).tags,
                "who": (writers or {}).get(one.id),
            }
        )
        for one in scenarios
    ]
    return CaseScores(
        case=casebook.case,
        as_of=today,
        scenarios=scenarios,
        all=totals(scenarios, today),
    )


def _scored(
    casebook: Casebook,
    scenario: Scenario,
    outcome: Outcome,
    published: Forecasts,
    recorded: Forecasts,
) -> ScenarioScores:
    occurred = outcome.occurred is True
    last = last_foresight(scenario, outcome)
    own = _of(scenario.id, published)
    prior = _prior_mean(casebook, scenario)
    return ScenarioScores(
        id=scenario.id,
        closes=scenario.closes,
        outcome=occurred,
        annulled=False,
        settled_on=outcome.on,
        published=score_of(own, scenario.opens, last, occurred),
        recorded=score_of(_of(scenario.id, recorded), scenario.opens, last, occurred),
        prior_mean=prior,
        prior_brier=brier_score(prior, occurred),
        prior_log=log_score(prior, occurred),
        benchmarks=[
            _beside(one, own, occurred)
            for one in scenario.benchmarks
            if one.day <= last
        ],
        horizons=horizon_scores(own, scenario.opens, scenario.closes, last, occurred),
    )


def _of(scenario: str, forecasts: Forecasts) -> dict[datetime.date, float]:
    return {day: by[scenario] for day, by in forecasts.items() if scenario in by}


def _prior_mean(casebook: Casebook, scenario: Scenario) -> float:
    """Mean before any report, with links, on the day it opened."""
    before = prior_probability(casebook, scenario.opens)
    at = before.design.scenarios.index(scenario.id)
    return float(before.belief.probability[:, at].mean())


def _beside(
    benchmark: Benchmark, own: Mapping[datetime.date, float], occurred: bool
) -> BenchmarkScore:
    last = max((day for day in own if day <= benchmark.day), default=None)
    return BenchmarkScore(
        day=benchmark.day,
        who=benchmark.who,
        probability=benchmark.probability,
        brier=brier_score(benchmark.probability, occurred),
        log=log_score(benchmark.probability, occurred),
        forecast=None if last is None else own[last],
    )


def closed_forecasts(
    scenarios: Sequence[ScenarioScores], today: datetime.date
) -> tuple[list[float], list[bool]]:
    """Forecasts at the close and outcomes of those whose scheduled close has passed."""
    closed = [
        (one.published.forecast_at_close, one.outcome is True)
        for one in scenarios
        if one.published is not None and one.closes < today
    ]
    return [p for p, _ in closed], [o for _, o in closed]


def totals(scenarios: Sequence[ScenarioScores], today: datetime.date) -> Totals:
    """Sum scores up over scenarios, of one case or of many.

    Parameters
    ----------
    scenarios : sequence of ScenarioScores
        Those without a score are left out.
    today : date
        For calibration: the scheduled close must have passed.
    """
    scored = [one for one in scenarios if one.published is not None]
    probability, occurred = closed_forecasts(scored, today)

    def mean(value: Callable[[ScenarioScores], float | None]) -> float | None:
        values = [v for one in scored if (v := value(one)) is not None]
        return sum(values) / len(values) if values else None

    def published(name: str) -> float | None:
        return mean(lambda one: getattr(one.published, name))

    return Totals(
        n=len(scored),
        brier=published("brier"),
        log=published("log"),
        brier_mean=published("brier_mean"),
        log_mean=published("log_mean"),
        prior_brier=mean(lambda one: one.prior_brier),
        prior_log=mean(lambda one: one.prior_log),
        calibration=calibration_bins(probability, occurred),
        corp=corp(probability, occurred),
    )
