r"""What an elicited prior amounts to, in terms that a forecaster may know better.

A logit-normal of location :math:`\mu` and scale :math:`\sigma` is close to the
:math:`\operatorname{Beta}(a, b)` whose log-odds have the same mean and variance,

.. math::

    \psi(a) - \psi(b) = \mu, \qquad \psi'(a) + \psi'(b) = \sigma^2,

and then :math:`a` and :math:`b` may be read as the occurrences and the non-occurrences
in as many comparable cases as the prior is worth.
"""

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import digamma, logit, ndtr, polygamma

from deciban.priors.logit_normal import LogitNormal

__all__ = ["mass_between", "nearest_beta"]


def nearest_beta(prior: LogitNormal) -> tuple[float, float] | None:
    r"""Parameters of the Beta whose log-odds have the prior's mean and variance.

    The inverse of ``LogitNormal.from_beta``.

    Returns
    -------
    tuple of float, or None
        :math:`a` and :math:`b`, both above 0; None where the prior is so wide or so
        narrow that no Beta is found.

    Examples
    --------
    >>> a, b = nearest_beta(LogitNormal.from_beta(2, 8))
    >>> round(a, 6), round(b, 6)
    (2.0, 8.0)
    """
    location, variance = prior.location, prior.scale**2
    if variance == 0:
        return None

    # It takes a tenth of a second to import: only those who need it pay.
    from scipy.optimize import root

    def misfit(log_parameters: NDArray[np.float64]) -> list[float]:
        a, b = np.exp(log_parameters)
        spread = float(polygamma(1, a) + polygamma(1, b))
        return [
            float(digamma(a) - digamma(b)) - location,
            math.log(spread / variance),
        ]

    for start in _starts(location, variance):
        with np.errstate(all="ignore"):
            solution = root(misfit, start, tol=1e-12)
            off = np.abs(misfit(solution.x))
        if (off < 1e-8 * max(1, abs(location))).all():  # NaN compares false
            a, b = (float(x) for x in np.exp(solution.x))
            return a, b
    return None


def _starts(location: float, variance: float) -> Iterator[NDArray[np.float64]]:
    """Solve for log a and log b in the limits of many cases and of few."""
    # Many: psi(x) is about log x, and psi'(x) about 1 / x.
    yield np.logaddexp(0, [location, -location]) - math.log(variance)
    # Few: psi(x) is about -1 / x, and psi'(x) about 1 / x^2.
    root_sum = math.sqrt(max(2 * variance - location**2, 0))
    inverse = (root_sum + np.array([-location, location])) / 2
    yield -np.log(np.maximum(inverse, 0.2))


def mass_between(prior: LogitNormal, edges: ArrayLike) -> NDArray[np.float64]:
    """Probability that the prior gives to each interval between neighbouring edges.

    Parameters
    ----------
    prior : LogitNormal
        With a scale above 0.
    edges : array_like, shape (n,)
        Probabilities in [0, 1], in ascending order.

    Returns
    -------
    ndarray, shape (n - 1,)
        Their sum is 1 where the edges run from 0 to 1.

    Examples
    --------
    >>> mass_between(LogitNormal(0.0, 1.5), [0, 0.5, 1])
    array([0.5, 0.5])
    """
    z = (logit(np.asarray(edges, dtype=float)) - prior.location) / prior.scale
    return np.diff(ndtr(z))
