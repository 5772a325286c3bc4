r"""What comes true, before any report: priors, links, the clock, rivals and bonds.

Logarithms of the leaves that ``model.likelihood.joint`` declares.

A scenario in a cell, that is, under given outcomes of its causes, has

.. math::

    \eta = \operatorname{logit} \theta + \sum_{\text{causes}} \beta, \qquad
    \Lambda = \log(1 + e^\eta),

the cumulative hazard of its window, of which the share g has been looked at. It has
occurred already with probability :math:`1 - e^{-g \Lambda}`, occurs later with
:math:`e^{-g \Lambda} - e^{-\Lambda}`, and does not with :math:`e^{-\Lambda}`. That it
is not settled is an observation: had it occurred, it would have been noticed with
probability d.

One of a set of rivals comes true, in proportion to :math:`\theta_s e^{\sum \beta}`.

What one source reports on both ends of a link is genuine or not for both:

.. math::

    \frac{1 + Q (T_1 Z_1 + T_2 Z_2) + Q T_1 T_2 Z_1 Z_2}
         {(1 + Q T_1 Z_1) (1 + Q T_2 Z_2)}, \qquad Z = \pm 1
"""

import math
from typing import Any

import numpy as np

from deciban.model.likelihood.accounts import Quality
from deciban.model.likelihood.arithmetic import Arithmetic
from deciban.model.likelihood.arrays import Arrays
from deciban.model.likelihood.overlap import log_sums, pooled
from deciban.model.likelihood.unknowns import IN_ACCOUNT, Unknowns

__all__ = ["bonds", "cells", "entries", "hazards"]


def hazards(x: Unknowns, arrays: Arrays, ops: Arithmetic) -> tuple[Any, Any, Any]:
    """Log-odds, cumulative hazard, and what of it goes unnoticed [cell]."""
    clock, joint = arrays.clock, arrays.joint
    scenario = joint.cell_scenario
    log_odds = x.prior[scenario] + ops.sums(
        x.link[joint.parent_link], joint.parent_cell, scenario.shape[0]
    )
    hazard = ops.softplus(log_odds)
    missed = ops.column(clock.missed)
    if arrays.size.noticed:
        unknown = ops.column(clock.unknown)
        missed = missed + unknown * ops.sigmoid(-x.noticed[clock.noticed])
    return log_odds, hazard, missed[scenario]


def cells(x: Unknowns, arrays: Arrays, ops: Arithmetic) -> tuple[Any, Any]:
    """Log-probability that a scenario does not occur, and that it does [cell]."""
    xp, clock, scenario = ops.xp, arrays.clock, arrays.joint.cell_scenario
    log_odds, hazard, missed = hazards(x, arrays, ops)
    past = ops.column(clock.passed)[scenario] * hazard
    later = ops.column(1 - clock.passed)[scenario] * hazard
    occurs = missed * -xp.expm1(-past) + xp.exp(-past) * -xp.expm1(-later)
    possible = occurs > 0
    log_occurs = xp.where(possible, xp.log(xp.where(possible, occurs, 1.0)), -math.inf)
    dated = ops.column(clock.dated)[scenario] > 0
    yes = xp.where(dated, _log_softplus(log_odds, hazard, ops) - past, log_occurs)
    return (
        ops.column(clock.log_allowed_no)[scenario] - hazard,
        ops.column(clock.log_allowed_yes)[scenario] + yes,
    )


def _log_softplus(log_odds: Any, softplus: Any, ops: Arithmetic) -> Any:
    """Logarithm of softplus; of very small odds it is their logarithm."""
    xp = ops.xp
    small = log_odds < -30
    return xp.where(small, log_odds, xp.log(xp.where(small, 1.0, softplus)))


def entries(x: Unknowns, arrays: Arrays, ops: Arithmetic) -> Any:
    """Log-probability of each answer of a set of rivals, in each cell [entry]."""
    joint, answer = arrays.joint, arrays.answer
    n = joint.entry_cell.shape[0]
    prior = -ops.softplus(-ops.xp.concatenate([x.prior, x.none]))[answer.prior]
    u = prior[joint.entry_answer] + ops.sums(
        x.link[joint.entry_link], joint.entry_parent, n
    )
    n_cells = int(np.max(joint.entry_cell, initial=-1)) + 1
    log_p = u - log_sums(u, joint.entry_cell, n_cells, ops)[joint.entry_cell]
    return log_p + ops.column(answer.log_allowed)[joint.entry_answer]


def bonds(
    x: Unknowns, quality: Quality, size: Any, arrays: Arrays, ops: Arithmetic
) -> list[Any]:
    """Logarithms of the factors that bind the ends of links.

    Returns
    -------
    list of [bond]
        Neither end occurs, the effect alone, the cause alone, both.
    """
    xp, said = ops.xp, arrays.bond
    n_pairs = said.link.shape[0]
    honest = 1 - ops.column(arrays.source.deceives[arrays.claim.speaker[said.claim]])
    log_odds = quality.log_odds[said.claim]
    fresh = ops.column(said.freshness)
    f = fresh * quality.heard[said.claim]
    lost = (1 - fresh) + fresh * quality.unheard[said.claim]
    genuine = honest * ops.sigmoid(log_odds)
    genuinely = genuine * f
    spurious = (1 - honest) + honest * ops.sigmoid(-log_odds) + genuine * lost
    pair = said.end // 2
    best = ops.largest(genuinely, pair, n_pairs)
    # The complement of the largest is the smallest of the complements.
    rest = -ops.largest(-spurious, pair, n_pairs)
    left = xp.exp(-size)[said.strength]
    ratio = genuinely / best[pair]
    behind = (best[pair] - genuinely) / best[pair]
    up = 1 + ratio * (1 - left) / (1 + left)
    down = behind + ratio * 2 * left / (1 + left)
    weight = ops.column(said.sign) * (xp.log(up) - xp.log(down))
    ends = pooled(weight, said.end, 2 * n_pairs, x.power[IN_ACCOUNT], ops)
    cause, effect = ends[0::2], ends[1::2]

    def factor(one: float, other: float) -> Any:
        first, second = ops.sigmoid(one * cause), ops.sigmoid(other * effect)
        log_factor = (
            xp.log(rest + 4 * best * first * second)
            - xp.log(rest + 2 * best * first)
            - xp.log(rest + 2 * best * second)
        )
        return ops.sums(log_factor, said.link, int(arrays.size.bonds))

    return [factor(-1, -1), factor(-1, 1), factor(1, -1), factor(1, 1)]
