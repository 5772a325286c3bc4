"""Proof of a computation: whether draws can be trusted, and how far."""

import numpy as np
from numpy.typing import NDArray

from deciban.model.array_types import Floats
from deciban.model.errors import ModelError
from deciban.model.posterior.summary import SETTLED, Checks
from deciban.model.sampling.convergence import ess_bulk, ess_mean, ess_tail, r_hat
from deciban.model.sampling.pareto import FEWEST_DRAWS, pareto_smoothed

__all__ = ["R_HAT_MAX", "check_draws", "smoothed_weights", "standard_errors"]


# Vehtari, Gelman, Simpson, Carpenter and Buerkner, Bayesian Analysis 16(2), 2021: R-hat
# below 1.01, and 100 effective draws for each of four chains.
R_HAT_MAX = 1.01
ESS_MIN = 400


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
    most = float(np.max(r_hat(unsettled)))
    bulk = float(np.min(ess_bulk(unsettled)))
    tail = float(np.min(ess_tail(unsettled)))
    return Checks(
        # NaN compares false, so fails too.
        ok=most < R_HAT_MAX and min(bulk, tail) > ESS_MIN and divergences == 0,
        r_hat_max=most,
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
        moving = draws[..., varied]
        sd = moving.std(axis=(0, 1), ddof=1)
        errors[varied] = sd / np.sqrt(ess_mean(moving))
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
    if len(log_ratio) < FEWEST_DRAWS:
        raise ModelError(
            f"must have at least {FEWEST_DRAWS} draws to read them under another "
            f"casebook, got {len(log_ratio)}"
        )
    if not log_ratio.max() > -np.inf:
        raise ModelError(
            "must leave what was reported and how it turned out possible, got a "
            "casebook under which no draw of the fit is"
        )
    # Weights further apart than a computer can tell divide by zero on the way.
    with np.errstate(all="ignore"):
        smoothed, shape = pareto_smoothed(log_ratio)
    if not np.all(np.isfinite(np.exp(smoothed))):
        smoothed, shape = log_ratio, 1.0
    weights = np.exp(smoothed - smoothed.max())
    weights /= weights.sum()
    return weights, float(min(shape, 1.0)) if np.isfinite(shape) else 1.0
