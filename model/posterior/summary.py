"""What a fit says, as plain numbers: the one object that every reader is given.

The command line prints it, files and the service carry it;
``model.posterior.statistics`` makes it from draws.

References
----------
.. [1] A. Vehtari, D. Simpson, A. Gelman, Y. Yao and J. Gabry. *Pareto smoothed
   importance sampling*. JMLR 25(72) (2024).
"""

import datetime

from pydantic import Field

from deciban.evidence import Reliability
from deciban.model.casebook.states import State
from deciban.model.said import Said

__all__ = [
    "PARETO_K_MAX",
    "QUANTILE_LEVELS",
    "RULES",
    "SETTLED",
    "ArgumentSummary",
    "ByWhen",
    "Checks",
    "ScenarioSummary",
    "SourceSummary",
    "Summary",
    "can_tell",
]

type Interval = tuple[float, float]

# By which rules of the model draws of z are to be read: another number whenever they
# come to mean something else.
RULES = 2

QUANTILE_LEVELS = (0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99)
# Draws of a probability that spread less are one value: an outcome is known, or a clock
# has run out.
SETTLED = 1e-12
# Shape of the tail of importance weights up to which they can be trusted [1]_.
PARETO_K_MAX = 0.7


def can_tell(pareto_k: float | None) -> bool:
    """Whether draws of a fit can tell of another casebook: k is not above 0.7.

    Parameters
    ----------
    pareto_k : float or None
        Shape of their weights' tail; None where all weights are equal.
    """
    return pareto_k is None or pareto_k <= PARETO_K_MAX  # NaN compares false


class Checks(Said):
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


class ByWhen(Said):
    """The probability that a scenario has occurred by the end of a day."""

    day: datetime.date
    mean: float
    eti90: Interval


class ScenarioSummary(Said):
    """The forecast of one scenario.

    Attributes
    ----------
    id : str
    mean : float
        Probability that it occurs, given the reports: the forecast to score. Of one
        that has closed and is not settled: that it has occurred.
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
    state : str
        How it stands on the day: ``open``; ``closed, not settled``; ``settled yes`` or
        ``settled no``; or ``annulled``, which leaves its forecast as it is.
    at_close : float or None
        The forecast of the day of its close, with what was known then. None unless it
        has closed and is not settled, or where these draws cannot tell.
    by_when : list of ByWhen
        The probability that it has occurred by the end of days of its window, the last
        one with them. Empty once it is settled, without a hazard, and of draws that are
        read under another casebook.
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
    state: State
    at_close: float | None = None
    by_when: list[ByWhen] = Field(default=[])


class SourceSummary(Said):
    """Reliability of one source, before and after the reports.

    Before, by its grade, unless the case's scales have numbers of its own.
    """

    id: str
    grade: Reliability
    prior_mean: float
    mean: float
    eti90: Interval


class ArgumentSummary(Said):
    """How far one argument is established, and its weight on each scenario in dB."""

    id: str
    probability: float
    weight_db: dict[str, float]


class Summary(Said):
    """Everything a fit says: the object that ``deciban fit --json`` prints."""

    case: str
    as_of: datetime.date
    digest: str
    seed: int
    checks: Checks
    scenarios: list[ScenarioSummary]
    sources: list[SourceSummary]
    arguments: list[ArgumentSummary]
    rules: int = 2  # which those are under that do not say
