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

from deciban.model.array_types import Integers
from deciban.model.likelihood.arithmetic import MOST_NATS, Arithmetic

__all__ = ["agreement", "log_sums", "norm", "parts", "pooled"]

_LOG_2 = math.log(2)
# A weight of less, in nats, is none.
_LEAST = 1e-300
_LOG_LEAST = math.log(_LEAST)


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
    several, apart = _several(place, n)
    if not len(several):
        return ops.sums(weights, place, n)
    together = _norm(weights[several], place[several], n, power, ops)
    if not len(apart):
        return together
    return together + ops.sums(weights[apart], place[apart], n)


def _several(place: Any, n: Any) -> tuple[Integers, Integers]:
    """Which weights share their place with others, and which are alone."""
    alone = np.bincount(place, minlength=int(n))[place] == 1
    return np.flatnonzero(~alone), np.flatnonzero(alone)


def _norm(weights: Any, place: Any, n: Any, power: Any, ops: Arithmetic) -> Any:
    """Add those that are positive; a place without any has 0."""
    xp = ops.xp
    # No branches, and no exponential that underflows: either takes ten times as long.
    log_w = xp.log(xp.maximum(weights, _LEAST))
    best = xp.maximum(ops.largest(log_w, place, n), _LOG_LEAST)
    behind = xp.maximum(power * (log_w - best[place]), -MOST_NATS)
    total = ops.sums(xp.exp(behind), place, n)
    together = xp.exp(best + xp.log(xp.maximum(total, 1.0)) / power)
    return together * (best > _LOG_LEAST)


def pooled(weights: Any, place: Any, n: Any, power: Any, ops: Arithmetic) -> Any:
    """Add weights that share a place, each side for itself [n]; see ``norm``."""
    several, apart = _several(place, n)
    if not len(several):
        return ops.sums(weights, place, n)
    w, where = weights[several], place[several]
    together = _norm(w, where, n, power, ops) - _norm(-w, where, n, power, ops)
    if not len(apart):
        return together
    return together + ops.sums(weights[apart], place[apart], n)


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
