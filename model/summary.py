"""What a fit says, as plain numbers: the one object that every reader is given.

It is computed from the fit's DataTree alone, so that a fit that was saved can be read
again without its casebook's files. The command line prints it, files and the service
carry it.
"""

import datetime
from collections.abc import Sequence

import numpy as np
import xarray as xr
from arviz_stats.base.array import array_stats
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from evidence import Reliability, Source
from model.casebook import Casebook
from priors import VERBAL_SCALES, Scenario

__all__ = [
    "QUANTILE_LEVELS",
    "ArgumentSummary",
    "Checks",
    "ScenarioSummary",
    "SourceSummary",
    "Summary",
    "casebook_of",
    "check_draws",
    "summarise",
]

type Floats = NDArray[np.float64]
type Interval = tuple[float, float]

# Vehtari, Gelman, Simpson, Carpenter and Buerkner, Bayesian Analysis 16(2), 2021: R-hat
# below 1.01, and 100 effective draws for each of four chains.
R_HAT_MAX = 1.01
ESS_MIN = 400
QUANTILE_LEVELS = (0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99)
# Draws of a probability that spread less are one value: an outcome is known, or a clock
# has run out.
_SETTLED = 1e-12


class _Said(BaseModel):
    model_config = ConfigDict(frozen=True)


class Checks(_Said):
    """Proof of a fit's computation, over the probabilities that are not settled.

    Attributes
    ----------
    ok : bool
        Whether R-hat is below 1.01, bulk and tail ESS are above 400, and no draw
        diverged.
    r_hat_max, ess_bulk_min, ess_tail_min : float or None
        The worst of all scenarios; None where every scenario is settled.
    divergences : int
        Draws in which the sampler lost its way.
    """

    ok: bool
    r_hat_max: float | None
    ess_bulk_min: float | None
    ess_tail_min: float | None
    divergences: int


class ScenarioSummary(_Said):
    """The forecast of one scenario.

    Attributes
    ----------
    id : str
    mean : float
        Probability that it occurs, given the reports: the forecast to score.
    sd, median, eti90, eti50
        Of the posterior of that probability: what is unsure about priors, sources and
        scales. Intervals are equal-tailed.
    quantiles : dict
        Of the same posterior, by level: one for each of ``QUANTILE_LEVELS``.
    mcse : float
        Monte Carlo standard error of ``mean``.
    prior_mean : float
        Probability before any report or outcome, with links, and with the clock at the
        same day.
    weight_db : float or None
        Weight of all the evidence: decibans from the odds of ``prior_mean`` to those
        of ``mean``. None where either is settled at 0 or 1.
    term : str or None
        Word of ICD 203 for ``mean``; None below 1 % and above 99 %, where it has
        none.
    reports, origins : int
        Reports that bear on it, directly or through arguments, and the number of those
        who said them first.
    outcome : bool or None
        Whether it occurred, where that is known.
    annulled : bool
        Whether the question was annulled, which leaves its forecast as it is.
    awaiting_resolution : bool
        Whether it has closed without an outcome.
    """

    id: str
    mean: float
    sd: float
    median: float
    eti90: Interval
    eti50: Interval
    quantiles: dict[str, float]
    mcse: float
    prior_mean: float
    weight_db: float | None
    term: str | None
    reports: int
    origins: int
    outcome: bool | None
    annulled: bool
    awaiting_resolution: bool


class SourceSummary(_Said):
    """Reliability of one source: by its grade alone, and after the reports."""

    id: str
    grade: Reliability
    prior_mean: float
    mean: float
    eti90: Interval


class ArgumentSummary(_Said):
    """How far one argument is established, and its weight on each scenario in dB."""

    id: str
    probability: float
    weight_db: dict[str, float]


class Summary(_Said):
    """Everything a fit says: the object that ``deciban fit --json`` prints."""

    case: str
    as_of: datetime.date
    digest: str
    seed: int
    checks: Checks
    scenarios: list[ScenarioSummary]
    sources: list[SourceSummary]
    arguments: list[ArgumentSummary]


def summarise(fit: xr.DataTree) -> Summary:
    """Summarise a fit.

    Parameters
    ----------
    fit : DataTree
        As ``model.fit.fit`` returns it, or as it was saved.

    Returns
    -------
    Summary
        Scenarios, sources and arguments in the order of the casebook's files.
    """
    casebook = casebook_of(fit)
    as_of = datetime.date.fromisoformat(fit.attrs["as_of"])
    known = casebook.as_of(as_of)
    posterior, prior, data = (
        _group(fit, name) for name in ("posterior", "prior", "constant_data")
    )
    return Summary(
        case=casebook.case,
        as_of=as_of,
        digest=fit.attrs["digest"],
        seed=int(fit.attrs["seed"]),
        checks=check_draws(
            posterior["probability"].values,
            _group(fit, "sample_stats")["diverging"].values,
        ),
        scenarios=[
            _scenario(posterior, prior, data, s, as_of) for s in known.priors.scenarios
        ],
        sources=_sources(posterior, prior, known.evidence.sources),
        arguments=[
            _argument(posterior, data, argument.id)
            for argument in known.priors.arguments
        ],
    )


def casebook_of(fit: xr.DataTree) -> Casebook:
    """Return the casebook that a fit was made from; the fit carries it."""
    return Casebook.model_validate_json(
        str(_group(fit, "constant_data")["casebook"].values)
    )


def check_draws(probability: Floats, diverging: NDArray[np.bool_]) -> Checks:
    """Check the draws of a fit.

    Parameters
    ----------
    probability : ndarray, shape (chain, draw, scenario)
        Of each scenario.
    diverging : ndarray of bool, shape (chain, draw)
        Where the sampler diverged.
    """
    divergences = int(diverging.sum())
    unsettled = probability[..., np.ptp(probability, axis=(0, 1)) > _SETTLED]
    if not unsettled.shape[-1]:
        return Checks(
            ok=divergences == 0,
            r_hat_max=None,
            ess_bulk_min=None,
            ess_tail_min=None,
            divergences=divergences,
        )
    axes = {"chain_axis": 0, "draw_axis": 1}
    r_hat = float(np.max(array_stats.rhat(unsettled, **axes)))
    bulk = float(np.min(array_stats.ess(unsettled, method="bulk", **axes)))
    tail = float(
        np.min(array_stats.ess(unsettled, method="tail", prob=(0.05, 0.95), **axes))
    )
    return Checks(
        # NaN compares false, so fails too.
        ok=r_hat < R_HAT_MAX and min(bulk, tail) > ESS_MIN and divergences == 0,
        r_hat_max=r_hat,
        ess_bulk_min=bulk,
        ess_tail_min=tail,
        divergences=divergences,
    )


def _scenario(
    posterior: xr.Dataset,
    prior: xr.Dataset,
    data: xr.Dataset,
    scenario: Scenario,
    as_of: datetime.date,
) -> ScenarioSummary:
    draws = posterior["probability"].sel(scenario=scenario.id).values
    mean = float(draws.mean())
    before = float(prior["probability"].sel(scenario=scenario.id).mean())
    term = VERBAL_SCALES["icd203"].term(mean)
    outcome = scenario.outcome.occurred if scenario.outcome else None
    annulled = scenario.outcome is not None and scenario.outcome.annulled
    closed = as_of >= scenario.closes
    return ScenarioSummary(
        id=scenario.id,
        mean=mean,
        sd=float(draws.std()),
        median=float(np.median(draws)),
        eti90=_interval(draws, 0.90),
        eti50=_interval(draws, 0.50),
        quantiles=dict(
            zip(
                map(str, QUANTILE_LEVELS),
                np.quantile(draws, QUANTILE_LEVELS),
                strict=True,
            )
        ),
        mcse=_mcse(draws),
        prior_mean=before,
        weight_db=_weight(before, mean),
        term=term.word if term else None,
        reports=int(data["reports"].sel(scenario=scenario.id)),
        origins=int(data["origins"].sel(scenario=scenario.id)),
        outcome=outcome,
        annulled=annulled,
        awaiting_resolution=outcome is None and not annulled and closed,
    )


def _sources(
    posterior: xr.Dataset, prior: xr.Dataset, sources: Sequence[Source]
) -> list[SourceSummary]:
    ids = [source.id for source in sources]
    after, before = (
        group["source_reliability"].sel(source=ids) for group in (posterior, prior)
    )
    low, high = np.quantile(after, (0.05, 0.95), axis=(0, 1))
    means = (draws.mean(("chain", "draw")).values for draws in (before, after))
    return [
        SourceSummary(
            id=source.id,
            grade=source.reliability,
            prior_mean=float(was),
            mean=float(is_now),
            eti90=(float(least), float(most)),
        )
        for source, was, is_now, least, most in zip(
            sources, *means, low, high, strict=True
        )
    ]


def _argument(
    posterior: xr.Dataset, data: xr.Dataset, argument: str
) -> ArgumentSummary:
    its_own = data["bearing_is_argument"].values & (
        data["bearing_giver"].values == argument
    )
    weights = posterior["weight"].values[..., its_own].mean(axis=(0, 1))
    scenarios = data["bearing_scenario"].values[its_own]
    probability = posterior["argument_probability"].sel(argument=argument)
    return ArgumentSummary(
        id=argument,
        probability=float(probability.mean()),
        weight_db=dict(zip(scenarios.tolist(), weights.tolist(), strict=True)),
    )


def _group(fit: xr.DataTree, name: str) -> xr.Dataset:
    return fit.children[name].to_dataset()


def _interval(draws: Floats, mass: float) -> Interval:
    low, high = np.quantile(draws, [(1 - mass) / 2, (1 + mass) / 2])
    return float(low), float(high)


def _mcse(draws: Floats) -> float:
    if np.ptp(draws) <= _SETTLED:
        return 0.0
    return float(array_stats.mcse(draws, method="mean", chain_axis=0, draw_axis=1))


def _weight(before: float, after: float) -> float | None:
    """Decibans from one probability to another, None where either is settled."""
    if not all(_SETTLED < p < 1 - _SETTLED for p in (before, after)):
        return None
    odds = (after / (1 - after)) / (before / (1 - before))
    return 10 * float(np.log10(odds))
