r"""Pareto smoothed importance sampling: weights of draws, and whether to trust them.

The largest weights are replaced by the quantiles of a generalised Pareto distribution
that is fitted to them [1]_. Its shape :math:`k` tells how many moments the weights
have: above 0.7 a mean over the draws says little. ArviZ has the same, which the tests
hold this to; why it is not used, ``model.sampling.convergence`` says.

References
----------
.. [1] A. Vehtari, D. Simpson, A. Gelman, Y. Yao and J. Gabry. *Pareto smoothed
   importance sampling*. JMLR 25(72), 1-58 (2024).
.. [2] J. Zhang and M. A. Stephens. *A new and efficient estimation method for the
   generalized Pareto distribution*. Technometrics 51(3), 316-325 (2009).
"""

import math

import numpy as np
from numpy.typing import NDArray

__all__ = ["FEWEST_DRAWS", "pareto_smoothed"]

type Floats = NDArray[np.float64]

# The tail is a fifth of the draws, or 3 root S of them where that is less; it is fitted
# to 5 at least.
FEWEST_DRAWS = 25
# k is drawn towards a half, as if by ten draws more.
_PRIOR_K, _PRIOR_DRAWS = 0.5, 10


def pareto_smoothed(log_weight: Floats) -> tuple[Floats, float]:
    """Smooth the tail of importance weights.

    Parameters
    ----------
    log_weight : ndarray, shape (draw,)
        At least 25, the largest finite.

    Returns
    -------
    log_weight : ndarray, shape (draw,)
        Smoothed, up to a constant.
    k : float
        Shape of the tail; 0 where all of it is one value, infinite or NaN where no
        distribution fits.
    """
    smoothed = log_weight - log_weight.max()
    n_tail = min(len(smoothed) // 5, math.floor(3 * math.sqrt(len(smoothed))))
    order = np.argsort(smoothed)
    tail = order[-n_tail:]
    if smoothed[tail[0]] == smoothed[tail[-1]]:
        return smoothed, 0.0
    cutoff = np.exp(smoothed[order[-n_tail - 1]])
    k, scale = _generalised_pareto(np.exp(smoothed[tail]) - cutoff)
    if math.isfinite(k):
        log_survival = np.log1p(-np.arange(0.5, n_tail) / n_tail)
        excess = np.expm1(-k * log_survival) / k if k else -log_survival
        smoothed[tail] = np.minimum(np.log(cutoff + scale * excess), 0)
    return smoothed, k


def _generalised_pareto(excess: Floats) -> tuple[float, float]:
    """Fit shape and scale to values above 0, in ascending order [2]_."""
    n = len(excess)
    quartile = excess[math.floor(n / 4 + 0.5) - 1]
    if quartile <= excess[0]:
        return math.nan, math.nan
    # The likelihood profiled over the scale, at so many places, makes weights of them.
    n_places = 30 + math.isqrt(n)
    places = np.arange(1, n_places + 1) - 0.5
    places = 1 / excess[-1] + (1 - np.sqrt(n_places / places)) / (3 * quartile)
    shapes = np.log1p(-places[:, np.newaxis] * excess).mean(axis=1)
    log_likelihood = n * (np.log(-places / shapes) - shapes - 1)
    weight = np.exp(log_likelihood - log_likelihood.max())
    place = (places @ weight) / weight.sum()
    shape = float(np.log1p(-place * excess).mean())
    drawn_in = (n * shape + _PRIOR_DRAWS * _PRIOR_K) / (n + _PRIOR_DRAWS)
    return drawn_in, float(-shape / place)
