"""What a reader believes of a scenario instead of its prior, in per cent."""

import math
from typing import NamedTuple

from scipy.special import logit

from deciban.priors import LogitNormal, Scenario

__all__ = ["ReaderPrior", "read_prior", "written_percent"]

_LEAST, _MOST = math.ulp(0.0), math.nextafter(1.0, 0.0)


class ReaderPrior(NamedTuple):
    """A prior as a reader states it, in per cent; without ends, as wide as it was."""

    median: float
    low: float | None = None
    high: float | None = None

    def written(self) -> str:
        """Write it as a link does."""
        if self.low is None or self.high is None:
            return f"{self.median:g}"
        return f"{self.low:g},{self.median:g},{self.high:g}"

    def quantiles(self, scenario: Scenario) -> tuple[float, float, float]:
        """Low, median and high as probabilities.

        Parameters
        ----------
        scenario : Scenario
            Whose prior is as wide on the log-odds, where no ends are stated.

        Returns
        -------
        tuple of float
            5 %, 50 % and 95 % quantiles, within (0, 1).
        """
        median = self.median / 100
        if self.low is not None and self.high is not None:
            return self.low / 100, median, self.high / 100
        as_wide = LogitNormal(logit(median), scenario.prior.distribution().scale)
        low, high = as_wide.quantile((0.05, 0.95)).tolist()
        # The ends of a very wide one round to 0 and 1, which are no quantiles.
        return max(low, _LEAST), median, min(high, _MOST)

    def is_own(self, scenario: Scenario) -> bool:
        """Whether it is what the casebook holds already, as a form shows it."""
        own = written_percent(scenario)
        if self.low is None or self.high is None:
            return f"{self.median:.3g}" == own[1]
        return tuple(f"{n:.3g}" for n in (self.low, self.median, self.high)) == own


def read_prior(text: str) -> ReaderPrior | None:
    """Read a belief as a link writes it; None if it makes no sense.

    Parameters
    ----------
    text : str
        A median in per cent, or low, median and high with commas between.
    """
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        return None
    if not all(0 < number < 100 for number in numbers):
        return None  # NaN compares false, so is refused too
    match numbers:
        case [median]:
            return ReaderPrior(median)
        case [low, median, high] if low < high and low <= median <= high:
            return ReaderPrior(median, low, high)
    return None


def written_percent(
    scenario: Scenario, belief: ReaderPrior | None = None
) -> tuple[str, str, str]:
    """Low, median and high of a prior in per cent, as a form shows them.

    Parameters
    ----------
    scenario : Scenario
        Whose prior is written where there is no other.
    belief : ReaderPrior, optional
        What a reader believes instead.
    """
    if belief is None:
        own = scenario.prior.distribution()
        low, median, high = own.quantile((0.05, 0.5, 0.95)).tolist()
    else:
        low, median, high = belief.quantiles(scenario)
    return f"{100 * low:.3g}", f"{100 * median:.3g}", f"{100 * high:.3g}"
