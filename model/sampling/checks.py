"""Proof of a computation: whether draws can be trusted, and how far.

What is here needs ArviZ, which takes over a second to load; who needs it imports this
module when it is needed, not before.
"""

import numpy as np
from arviz_stats.base.array import array_stats
from numpy.typing import NDArray

from deciban.model.array_types import Floats
from deciban.model.errors import ModelError
from deciban.model.posterior.summary import SETTLED, Checks

__all__ = ["R_HAT_MAX", "check_draws", "smoothed_weights", "standard_errors"]


# Vehtari, Gelman, Simpson, Carpenter and Buerkner, Bayesian Analysis 16(2), 2021: R-hat
# below 1.01, and 100 effective draws for each of four chains.
R_HAT_MAX = 1.01
ESS_MIN = 400
# The tail of importance weights is fitted to a fifth of the draws, and to 5 at least.
_FEWEST_DRAWS = 25


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
    # What is no number has no spread, and is not settled either.
    unsettled = probability[..., ~(np.ptp(probability, axis=(0, 1)) <= SETTLED)]
    if not unsettled.shape[-1]:
        return Checks(
            ok=divergences == 0,
            r_hat_max=None,
            ess_bulk_min=None,
            ess_tail_min=None,
            divergences=divergences,
        )
    axes = {"chain_axis": 0, "draw_axis": 1}
    # Chains that each stand still have no spread to divide by; that is told by R-hat.
    with np.errstate(divide="ignore", invalid="ignore"):
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


def standard_errors(draws: Floats) -> Floats:
    """Monte Carlo standard error of the mean of each column.

    Parameters
    ----------
    draws : ndarray, shape (chain, draw, column)
        They may hang together, as a sampler's do.

    Returns
    -------
    ndarray, shape (column,)
        0 where all draws are one value, NaN where one is NaN.
    """
    errors = np.zeros(draws.shape[-1])
    varied = ~(np.ptp(draws, axis=(0, 1)) <= SETTLED)
    if varied.any():
        errors[varied] = array_stats.mcse(
            draws[..., varied], method="mean", chain_axis=0, draw_axis=1
        )
    return errors


def smoothed_weights(log_ratio: Floats) -> tuple[Floats, float]:
    """Smooth importance weights by a generalised Pareto tail.

    Parameters
    ----------
    log_ratio : ndarray, shape (draw,)
        Logarithm of the wanted density over that of the draws, up to a constant. Minus
        infinity where a draw is impossible.

    Returns
    -------
    weights : ndarray, shape (draw,)
        They sum to 1.
    pareto_k : float
        Shape of the tail: above 0.7 the draws say little. At most 1, where the mean
        does not exist; 0 where the largest weights are all the same.

    Raises
    ------
    ModelError
        If there are fewer than 25 draws, or all are impossible.

    References
    ----------
    A. Vehtari, D. Simpson, A. Gelman, Y. Yao and J. Gabry. *Pareto smoothed importance
    sampling*. JMLR 25(72), 2024.
    """
    if len(log_ratio) < _FEWEST_DRAWS:
        raise ModelError(
            f"must have at least {_FEWEST_DRAWS} draws to read them under another "
            f"casebook, got {len(log_ratio)}"
        )
    best = log_ratio.max()
    if not best > -np.inf:
        raise ModelError(
            "must leave what was reported and how it turned out possible, got a "
            "casebook under which no draw of the fit is"
        )
    relative = log_ratio - best
    try:
        # Weights further apart than a computer can tell divide by zero on the way.
        with np.errstate(all="ignore"):
            smoothed, shape = array_stats.psislw(-relative)
    except ValueError:  # all of the tail is one value
        smoothed, shape = relative, 0.0
    if not np.all(np.isfinite(np.exp(smoothed))):
        smoothed, shape = relative, 1.0
    weights = np.exp(smoothed - smoothed.max())
    weights /= weights.sum()
    return weights, float(min(shape, 1.0)) if np.isfinite(shape) else 1.0
