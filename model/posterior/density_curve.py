r"""The density of a probability over the whole axis from 0 to 100 %, as mean per cell.

A forecast may be .2 %, or 99.9 %, known to a hair. A curve at evenly spaced points
would step over it, and a kernel laid on the probabilities would spill beyond 0 and 1.
So

- the kernel is laid on the log-odds, where draws spread evenly and no end is near;
- the axis is cut into cells whose ends are even in the angle whose squared sine is the
  probability, :math:`p = \sin^2(\pi u / 2)`: 1 % wide in the middle, .01 % at the ends;
- each cell has the mean density in it. Its area is the mass of the draws there, so
  nothing is lost however narrow the peak.
"""

import math

import numpy as np
from scipy.special import logit, ndtr

from deciban.model.array_types import Floats
from deciban.model.posterior.summary import SETTLED

__all__ = ["N_CELLS", "cell_densities", "cell_ends"]


N_CELLS = 160

# Log-odds beyond these are those of 0 and 1 to a computer.
_FURTHEST = 36.0
# The kernel is laid on counts in bins of the log-odds, each far narrower than it.
_BINS = 400


def cell_ends() -> Floats:
    """Ends of the cells, from 0 to 1, shape (N_CELLS + 1,)."""
    ends: Floats = np.sin(np.linspace(0, math.pi / 2, N_CELLS + 1)) ** 2
    ends[-1] = 1.0
    return ends


def cell_densities(draws: Floats, weights: Floats | None = None) -> Floats | None:
    """Mean density of a probability in each cell, per unit of probability.

    Parameters
    ----------
    draws : ndarray, shape (draw,)
        Of the probability.
    weights : ndarray, shape (draw,), optional
        Of the draws; equal unless given.

    Returns
    -------
    ndarray, shape (N_CELLS,), or None
        Times the widths of the cells they sum to 1. None where all draws are one value.

    Notes
    -----
    The bandwidth is Silverman's on the log-odds, .9 min(sd, IQR / 1.34) n^(-1/5), with
    Kish's effective n where the draws have weights.

    Examples
    --------
    Half a million to one has its mass within a thousandth of the axis:

    >>> tiny = 2e-6 * np.linspace(0.5, 1.5, 100)
    >>> mass = cell_densities(tiny) * np.diff(cell_ends())
    >>> float(mass[0].round(6))
    1.0
    """
    if np.ptp(draws) <= SETTLED:  # one value, which has no density
        return None
    share = np.full(len(draws), 1.0) if weights is None else weights
    share = share / share.sum()
    with np.errstate(divide="ignore"):
        log_odds = np.clip(logit(draws), -_FURTHEST, _FURTHEST)
    width = _bandwidth(log_odds, share)
    mass, bins = np.histogram(
        log_odds,
        _BINS,
        range=(log_odds.min() - width / 8, log_odds.max() + width / 8),
        weights=share,
    )
    middle = (bins[:-1] + bins[1:]) / 2
    ends = cell_ends()
    below = np.concatenate(
        [[0.0], ndtr((logit(ends[1:-1])[:, None] - middle) / width) @ mass, [1.0]]
    )
    density: Floats = np.diff(below) / np.diff(ends)
    return density


def _bandwidth(log_odds: Floats, share: Floats) -> float:
    order = np.argsort(log_odds)
    reached = np.cumsum(share[order])
    quarter, three = log_odds[order][
        np.minimum(np.searchsorted(reached, (0.25, 0.75)), len(order) - 1)
    ]
    mean = share @ log_odds
    sd = math.sqrt(share @ np.square(log_odds - mean))
    spread = min(sd, (three - quarter) / 1.34) or sd
    effective = 1 / np.square(share).sum()
    return float(0.9 * spread * effective ** (-1 / 5))
