r"""The distribution of every unknown probability: normal on the log-odds.

A probability :math:`p` is logit-normal with location :math:`\mu` and scale
:math:`\sigma` (both in nats) if

.. math:: \operatorname{logit} p = \mu + \sigma z, \qquad z \sim \mathcal N(0, 1).

Its quantiles are those of the normal, sent through the logistic function: the median is
:math:`\operatorname{expit} \mu`. Its mean and variance have no closed form; they are
computed by quadrature [1]_.

References
----------
.. [1] J. Aitchison and S. M. Shen. *Logistic-normal distributions: some properties and
   uses*. Biometrika 67(2), 261-272 (1980).
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from statistics import NormalDist
from typing import TYPE_CHECKING, Self

# NumPy and SciPy take longer to load than a case to check, and most priors are of
# numbers alone: each is loaded by what uses it.
if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

__all__ = ["ImproperPriorError", "LogitNormal", "log_odds"]

# z of the 95 % quantile: low and high are the 5 % and 95 % quantiles everywhere.
Z_95 = NormalDist().inv_cdf(0.95)


def log_odds(p: float) -> float:
    """Return the log-odds of a probability in (0, 1), in nats."""
    return math.log(p / (1 - p))


_WIDEST = 10.0  # nats; beyond it a probability is all but 0 or 1
_FINEST = 200  # beyond it the rule would have more nodes than memory is worth


@cache
def _rule(fineness: int) -> "tuple[NDArray[np.float64], NDArray[np.float64]]":
    """Nodes and weights of the trapezoidal rule over z.

    It converges exponentially for such integrands: with the step of fineness 1 it is
    exact to 1e-12 up to a scale of 10, where Gauss-Hermite is off by 1e-3; a scale n
    times as wide needs n times as many nodes.
    """
    import numpy as np

    nodes = np.linspace(-10, 10, 400 * fineness + 1)
    weights = np.exp(-(nodes**2) / 2)
    return nodes, weights / weights.sum()


class ImproperPriorError(ValueError):
    """What was elicited is no distribution of a probability."""


@dataclass(frozen=True)
class LogitNormal:
    """A logit-normal distribution of a probability.

    Attributes
    ----------
    location, scale : float
        Mean and standard deviation of the log-odds, in nats; ``scale`` is at least 0.
    """

    location: float
    scale: float

    @classmethod
    def from_quantiles(cls, median: float, low: float, high: float) -> Self:
        r"""Match the median and the width from the 5 % to the 95 % quantile.

        Where the three are not symmetric on the log-odds, the median is kept and
        ``low`` and ``high`` share the difference.

        Parameters
        ----------
        median, low, high : float
            Probabilities, ``0 < low < high < 1``, ``low <= median <= high``.

        Raises
        ------
        ImproperPriorError
            If they are not in this order, or one is 0 or 1.

        Notes
        -----
        :math:`\mu = \operatorname{logit} m`,
        :math:`\sigma = (\operatorname{logit} h - \operatorname{logit} l)
        / (2 z_{.95})`.

        Examples
        --------
        >>> prior = LogitNormal.from_quantiles(0.5, low=0.2, high=0.8)
        >>> prior.quantile([0.05, 0.5, 0.95]).round(2)
        array([0.2, 0.5, 0.8])
        """
        if not 0 < low < high < 1:
            raise ImproperPriorError(
                f"must have 0 < low < high < 1, got low {low!r}, high {high!r}"
            )
        if not low <= median <= high:
            raise ImproperPriorError(
                f"must have low <= median <= high, got {low!r}, {median!r}, {high!r}"
            )
        return cls(log_odds(median), (log_odds(high) - log_odds(low)) / (2 * Z_95))

    @classmethod
    def from_beta(cls, a: float, b: float) -> Self:
        """Match the mean and the standard deviation of a Beta(a, b).

        The mean is what is scored: matched on the log-odds instead, Beta(0.5, 50.5)
        would have twice the mean that was written.

        Raises
        ------
        ImproperPriorError
            Unless both are above 0, and so far above it that there is a match.

        Examples
        --------
        Never in fifty years, by Jeffreys' rule:

        >>> round(LogitNormal.from_beta(0.5, 50.5).mean, 6)
        0.009804
        """
        if not (a > 0 and b > 0):
            raise ImproperPriorError(f"must have a > 0 and b > 0, got {a!r}, {b!r}")
        mean, complement = a / (a + b), b / (a + b)
        try:
            sd = math.sqrt(mean * complement / (a + b + 1))
            return cls._matching(mean, sd, _WIDEST * _FINEST)
        except (ImproperPriorError, ZeroDivisionError, OverflowError):
            raise ImproperPriorError(
                f"must have a and b that are not so near to 0, got {a!r}, {b!r}"
            ) from None

    @classmethod
    def from_mean_sd(cls, mean: float, sd: float) -> Self:
        """Match the mean and the standard deviation of the probability itself.

        Raises
        ------
        ImproperPriorError
            Unless ``0 < mean < 1`` and ``0 < sd < sqrt(mean (1 - mean))``, beyond which
            no probability can spread; or where the pair lies so near that bound that
            the log-odds would be wider than 10 nats.
        """
        if not (0 < mean < 1 and 0 < sd < (mean * (1 - mean)) ** 0.5):
            raise ImproperPriorError(
                "must have 0 < mean < 1 and 0 < sd < sqrt(mean (1 - mean)), "
                f"got mean {mean!r}, sd {sd!r}"
            )

        return cls._matching(mean, sd, _WIDEST)

    @classmethod
    def _matching(cls, mean: float, sd: float, widest: float) -> Self:
        """Solve for location and scale; refuse a scale beyond ``widest``."""
        # The delta method: near its middle, p moves by p (1 - p) a nat of log-odds.
        slope = mean * (1 - mean)
        if sd < 1e-6 * slope:
            return cls(log_odds(mean), sd / slope)  # exact, but for rounding

        import numpy as np
        from scipy.optimize import root

        # A probability near 1 is told from 1 by what it lacks.
        rare = min(mean, 1 - mean)

        def misfit(x: "NDArray[np.float64]") -> "NDArray[np.float64]":
            trial = cls(float(x[0]), float(np.exp(x[1])))
            return np.log([trial.mean / rare, trial.sd / sd])

        starts = [] if _coin_scale(rare, sd) > 10 * widest else _starts(rare, sd)
        for location, scale in starts:
            with np.errstate(all="ignore"):
                solution = root(misfit, [location, math.log(scale)], tol=1e-12)
                off = np.abs(misfit(solution.x))
            found, log_scale = (float(x) for x in solution.x)
            # NaN compares false.
            if (off < 1e-8).all() and log_scale <= math.log(widest):
                return cls(found if mean <= 0.5 else -found, math.exp(log_scale))
        raise ImproperPriorError(
            "must have an sd well below sqrt(mean (1 - mean)), "
            f"got mean {mean!r}, sd {sd!r}"
        )

    @property
    def median(self) -> float:
        """Median of the probability, in (0, 1)."""
        from scipy.special import expit

        return float(expit(self.location))

    @property
    def mean(self) -> float:
        """Mean of the probability, in (0, 1)."""
        from scipy.special import expit

        nodes, weights = self._rule()
        return float(weights @ expit(self.location + self.scale * nodes))

    @property
    def sd(self) -> float:
        """Standard deviation of the probability, in [0, 0.5)."""
        from scipy.special import expit

        nodes, weights = self._rule()
        p = expit(self.location + self.scale * nodes)
        return math.sqrt(float(weights @ (p - weights @ p) ** 2))

    def _rule(self) -> "tuple[NDArray[np.float64], NDArray[np.float64]]":
        # A solver asks for any scale, NaN among them, which compares false.
        fineness = self.scale / _WIDEST if self.scale > _WIDEST else 1
        return _rule(math.ceil(min(fineness, _FINEST)))

    def quantile(self, q: "ArrayLike") -> "NDArray[np.float64]":
        """Quantiles of the probability, shape of ``q``, for ``q`` in [0, 1]."""
        from scipy.special import expit, ndtri

        p: NDArray[np.float64] = expit(self.location + self.scale * ndtri(q))
        return p

    def density(self, p: "ArrayLike") -> "NDArray[np.float64]":
        """Density of the probability at ``p``, shape of ``p``, for ``p`` in (0, 1)."""
        import numpy as np
        from scipy.special import logit

        x = np.asarray(p, dtype=float)
        z = (logit(x) - self.location) / self.scale
        phi = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
        density: NDArray[np.float64] = phi / (self.scale * x * (1 - x))
        return density


def _starts(mean: float, sd: float) -> Iterator[tuple[float, float]]:
    """Guess location and scale of a probability with ``mean`` at most one half."""
    # The delta method where sd is small; where the mean is, p is all but log-normal,
    # and has this variance. (2 log hypot(1, x) is log(1 + x^2).)
    slope = mean * (1 - mean)
    variance = 2 * math.log(math.hypot(1, sd / slope))
    yield log_odds(mean) - (1 - 2 * mean) * variance / 2, math.sqrt(variance)
    scale = _coin_scale(mean, sd)
    if math.isfinite(scale):
        z = NormalDist().inv_cdf(mean)
        yield z * math.hypot(scale, math.pi / math.sqrt(3)), scale


def _coin_scale(mean: float, sd: float) -> float:
    """Scale of a probability that is all but 0 or 1; one that is not has a lesser one.

    There E[p (1 - p)] is the density of the log-odds at 0.
    """
    left = mean * (1 - mean) - sd**2
    if left <= 0:
        return math.inf
    return NormalDist().pdf(NormalDist().inv_cdf(mean)) / left
