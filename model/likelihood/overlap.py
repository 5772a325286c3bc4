r"""Evidence that overlaps: how weights on one target are added.

Reports on one question share what nobody declares, the same rumours and the same blind
spots, so that n of them are not worth n times one. Weights are added by a norm, each
side for itself:

.. math::

    W = N(w_k : w_k > 0) - N(|w_k| : w_k < 0), \qquad
    N(w) = \Bigl( \sum_k w_k^p \Bigr)^{1/p}, \qquad p = \frac{1}{1 - o}

Overlap o = 0 adds; 1/2 is the root of the sum of squares; towards 1 the strongest is
left. The rule never turns a report against its direction, never lets one more agreeing
report lower a forecast, and splits exactly (Euler): what weight k has part in a side is
:math:`N (w_k / N)^p`.

An overlap is carried as its log-odds, by which p is :math:`1 + e^{\operatorname{logit}
o}` without rounding.
"""

import math
from typing import Any

import numpy as np

from deciban.model.likelihood.arithmetic import Arithmetic

__all__ = ["agreement", "log_sums", "norm", "parts", "pooled"]

_LOG_2 = math.log(2)


def norm(weights: Any, place: Any, n: Any, power: Any, ops: Arithmetic) -> Any:
    """Add weights that are not negative, those that share a place.

    Parameters
    ----------
    weights : [weight]
        Where one is 0, it is not there.
    place : int [weight]
        What each is added to.
    n : int
        Number of places.
    power : ()
        p, at least 1.
    ops : Arithmetic
        On arrays or on tensors.

    Returns
    -------
    [n]
        0 where nothing is added.
    """
    xp = ops.xp
    alone = np.bincount(place, minlength=int(n))[place] == 1
    if alone.all():
        return ops.sums(weights, place, n)
    several = np.flatnonzero(~alone)
    where = place[several]
    w = weights[several]
    there = w > 0
    log_w = xp.log(xp.where(there, w, 1.0))
    best = ops.largest(xp.where(there, log_w, -math.inf), where, n)
    # Where nothing is there the best is none; any number serves for it.
    best = xp.where(xp.isinf(best), 0.0, best)
    excess = xp.where(there, log_w - best[where], 0.0)
    total = ops.sums(xp.where(there, xp.exp(power * excess), 0.0), where, n)
    together = xp.where(
        total > 0, xp.exp(best + xp.log(xp.where(total > 0, total, 1.0)) / power), 0.0
    )
    apart = np.flatnonzero(alone)
    if not len(apart):
        return together
    return together + ops.sums(weights[apart], place[apart], n)


def pooled(weights: Any, place: Any, n: Any, power: Any, ops: Arithmetic) -> Any:
    """Add weights that share a place, each side for itself [n]; see ``norm``."""
    xp = ops.xp
    if (np.bincount(place, minlength=int(n)) <= 1).all():
        return ops.sums(weights, place, n)
    up = norm(xp.maximum(weights, 0.0), place, n, power, ops)
    return up - norm(xp.maximum(-weights, 0.0), place, n, power, ops)


def parts(weights: Any, place: Any, n: Any, power: Any, ops: Arithmetic) -> Any:
    """Split what ``pooled`` makes of weights among them: it adds up [weight]."""
    xp = ops.xp
    split = xp.zeros_like(weights)
    for sign in (1.0, -1.0):
        side = xp.maximum(sign * weights, 0.0)
        whole = norm(side, place, n, power, ops)[place]
        there = side > 0
        ratio = xp.where(there, side, 1.0) / xp.where(there, whole, 1.0)
        split = split + xp.where(there, sign * whole * ratio**power, 0.0)
    return split


def agreement(weights: Any, place: Any, n: Any, ops: Arithmetic) -> Any:
    r"""Log-probability that what bears on a target agrees as it does [n].

    .. math::

        \log \frac{\prod_c (1 + t_c) + \prod_c (1 - t_c)}{2^n}, \qquad
        t_c = \tanh(w_c / 2)

    It is :math:`\log 2` where nothing bears.
    """
    against = -ops.sums(ops.softplus(weights), place, n)
    return against + ops.softplus(ops.sums(weights, place, n))


def log_sums(x: Any, place: Any, n: Any, ops: Arithmetic) -> Any:
    """Logarithm of the sum of the exponentials of what shares a place [n]."""
    best = ops.largest(x, place, n)
    return best + ops.xp.log(ops.sums(ops.xp.exp(x - best[place]), place, n))
