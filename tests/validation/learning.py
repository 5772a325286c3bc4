"""Overlap learned where outcomes are known, and what that says of other ledgers.

An overlap is written as a median with 5 % and 95 % quantiles, normal on the log-odds.
A ledger's own is learned from nearly nothing; the default is then what the ledgers lead
one to expect of another of their kind, whose number of ledgers is small: Student's t.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit
from scipy.stats import norm, t

from tests.validation.fits import Effort, fitted
from tests.validation.ledgers import Ledger

__all__ = ["KEYS", "VAGUE", "Quantiles", "expected", "learned", "written"]

type Floats = NDArray[np.float64]

# Names in a priors file's scales, by the model's.
KEYS = {
    "across": "overlap",
    "in camp": "overlap_in_camp",
    "in account": "overlap_in_account",
}


class Quantiles(NamedTuple):
    """An overlap as a priors file has it; the ends are 5 % and 95 % quantiles."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, draws: Floats) -> "Quantiles":
        """Sum up draws by the normal on the log-odds that has their mean and sd."""
        return cls._normal(logit(draws).mean(), logit(draws).std())

    @classmethod
    def _normal(cls, location: float, sd: float) -> "Quantiles":
        reach = norm.ppf(0.95) * sd
        ends = expit([location, location - reach, location + reach])
        return cls(*ends.tolist())

    @property
    def sd(self) -> float:
        """Standard deviation on the log-odds."""
        return float((logit(self.high) - logit(self.low)) / (2 * norm.ppf(0.95)))

    def spread(self, n: int) -> Floats:
        """Return n quantiles, evenly through the distribution, in ascending order."""
        levels = (np.arange(n) + 0.5) / n
        values: Floats = expit(logit(self.median) + self.sd * norm.ppf(levels))
        return values


# Any overlap is nearly as likely as any other.
VAGUE = Quantiles._normal(0.0, 1.5)


def written(overlaps: Mapping[str, Quantiles | float]) -> dict[str, Any]:
    """Write overlaps by scope as a priors file's ``scales``; a number is fixed."""
    return {
        KEYS[scope]: one._asdict() if isinstance(one, Quantiles) else one
        for scope, one in overlaps.items()
    }


def learned(
    ledger: Ledger, effort: Effort, prior: Mapping[str, Quantiles | float]
) -> dict[str, Quantiles]:
    """Learn overlaps from a ledger all of whose outcomes are known.

    Parameters
    ----------
    ledger : Ledger
        Whose tasks are all settled for this.
    effort : Effort
        How long to sample.
    prior : dict
        By scope, as for ``written``.
    """
    fit = fitted(ledger, effort, settled=ledger.occurred, scales=written(prior))
    return {
        scope: Quantiles.of(fit.overlap[scope])
        for scope, one in prior.items()
        if isinstance(one, Quantiles)
    }


def expected(of_ledgers: Sequence[Quantiles]) -> Quantiles:
    """Expect of another ledger what at least two have had.

    Their medians, normal on the log-odds over ledgers with unknown mean and sd, predict
    another's by Student's t; the result has its median and its 5 % and 95 % quantiles.
    """
    centres = logit([one.median for one in of_ledgers])
    n = len(centres)
    reach = t.ppf(0.95, n - 1) * centres.std(ddof=1) * np.sqrt(1 + 1 / n)
    middle = centres.mean()
    return Quantiles(*expit([middle, middle - reach, middle + reach]).tolist())
