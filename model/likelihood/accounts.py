r"""What one source says of one target: its account, however many claims it makes.

A claim is genuine with probability q, the even pool of its source and its credibility,

.. math:: \operatorname{logit} q = \tfrac12 \operatorname{logit} \rho
          + \tfrac12 \operatorname{logit} \kappa,

the reverse of the truth with probability d (for most sources 0), and else follows the
source's own line, with probability :math:`r = 1 - q - d`: a coin that an interest s in
the target bends, towards what the claim says. With :math:`x = f \tanh(|l| / 2)`, where
f is what relays and ageing leave, it has

.. math::

    P(\text{claim} \mid \text{yes}) \propto 1 + (q - d + r s) x, \qquad
    P(\text{claim} \mid \text{no}) \propto 1 + (d - q + r s) x, \qquad
    t = \frac{(q - d) x}{1 + r s x} .

Claims of one direction are details of one account. The one with the largest q, whose
tilt at x = 1 is the largest, a, is what the account can weigh at most:

.. math::

    T = \tanh \tfrac12 N(2 \operatorname{artanh}(t_j / a)), \qquad
    w = 2 \operatorname{artanh}(a T), \qquad a = \frac{q - d}{1 + r s} .

Nothing here is a difference that cancels: with :math:`E = e^{-N}`,

.. math:: w = \log [r (1 + s) + 2 q + (r (1 + s) + 2 d) E]
            - \log [r (1 + s) + 2 d + (r (1 + s) + 2 q) E]

so that neither q nor a strength has to differ from 1 by more than the smallest number.

That the source follows its line teaches of its interest: one claim has the probability
:math:`1 + r s x` on even odds, and the account that of the one claim that would weigh
as much, :math:`(1 + r s) / (1 + r s (1 - T))`.
"""

import math
from typing import Any, NamedTuple

import numpy as np

from deciban.model.likelihood.arithmetic import Arithmetic
from deciban.model.likelihood.arrays import Arrays
from deciban.model.likelihood.overlap import norm
from deciban.model.likelihood.unknowns import IN_ACCOUNT, Unknowns

__all__ = [
    "Accounts",
    "Quality",
    "account_weights",
    "claim_quality",
    "claim_tilts",
    "claim_weights",
]

_LOG_2 = math.log(2)


class Quality(NamedTuple):
    """How good the claims are [claim].

    Attributes
    ----------
    log_odds : [claim]
        Of being genuine, before its source's deception.
    heard : [claim]
        What is left of the tilt by hearing it through others, in (0, 1].
    unheard : [claim]
        The complement.
    """

    log_odds: Any
    heard: Any
    unheard: Any


class Accounts(NamedTuple):
    """What the accounts are worth.

    Attributes
    ----------
    weight : [account]
        In nats, towards the target.
    line : [account]
        Log-probability of the source's own line, where it has an interest.
    said : [said]
        Weight of each claim within its side, before the account's cap.
    side : [side]
        What each side adds to its account.
    """

    weight: Any
    line: Any
    said: Any
    side: Any


def claim_quality(x: Unknowns, arrays: Arrays, ops: Arithmetic) -> Quality:
    r"""Tell how good each claim is.

    Relays i corroborate each other in parallel: what they leave is
    :math:`\tanh(\sum_i \operatorname{artanh} \rho_i)`, 1 where the speaker was heard.
    """
    claim, relay, n_claims = arrays.claim, arrays.relay, len(arrays.claim.speaker)
    share = ops.column(claim.share)
    log_odds = (1 - share) * x.reliability[claim.speaker]
    log_odds = log_odds + share * x.credibility[claim.credibility]
    # 2 artanh(sigmoid(y)) = log(1 + 2 exp(y)), and tanh(a) = 2 sigmoid(2 a) - 1.
    relayed = ops.softplus(x.reliability[relay.source] + _LOG_2)
    through_others = np.flatnonzero(claim.heard == 0)
    place = np.searchsorted(through_others, relay.claim)
    together = ops.sums(relayed, place, len(through_others))
    heard = ops.sums(ops.xp.tanh(together / 2), through_others, n_claims)
    unheard = ops.sums(2 * ops.sigmoid(-together), through_others, n_claims)
    return Quality(log_odds, ops.column(claim.heard) + heard, unheard)


def account_weights(
    x: Unknowns, quality: Quality, size: Any, arrays: Arrays, ops: Arithmetic
) -> Accounts:
    """Weigh every account on every target; see the equations of this module."""
    xp, said, side = ops.xp, arrays.said, arrays.side
    n_sides = side.account.shape[0]
    source = arrays.account.source[side.account]
    turned, d = ops.column(side.turned), ops.column(arrays.source.deceives[source])
    s = pull(x, arrays, ops)

    # Of each side the claim that is the most genuine, or else the least.
    log_odds = quality.log_odds[said.claim]
    best = turned * ops.largest(turned[said.side] * log_odds, said.side, n_sides)
    genuine = ops.sigmoids(best)
    q1, r1 = (1 - d) * genuine[0], (1 - d) * genuine[1]
    within = _within(quality, size, best, genuine, s, arrays, ops)
    together = norm(within, said.side, n_sides, x.power[IN_ACCOUNT], ops)

    left = xp.exp(-together)
    leading = xp.where(turned > 0, q1, d)
    trailing = xp.where(turned > 0, d, q1)
    most, least = r1 * (1 + s) + 2 * leading, r1 * (1 + s) + 2 * trailing
    weight = xp.log(most + least * left) - xp.log(least + most * left)
    n_accounts = arrays.account.source.shape[0]
    towards = ops.column(side.sign) * turned * weight
    biased = np.flatnonzero((side.pull != 0) | (side.learned != 0))
    bent, left = (r1 * s)[biased], left[biased]
    line = xp.log1p(bent) - xp.log1p(bent * 2 * left / (1 + left))
    line = ops.column(side.counted[biased]) * line
    return Accounts(
        ops.sums(towards, side.account, n_accounts),
        ops.sums(line, side.account[biased], n_accounts),
        within,
        towards,
    )


def _within(
    quality: Quality,
    size: Any,
    best: Any,
    genuine: tuple[Any, Any],
    s: Any,
    arrays: Arrays,
    ops: Arithmetic,
) -> Any:
    r"""Weight of each claim within its side, :math:`2 \operatorname{artanh}(t_j / a)`.

    Parameters
    ----------
    quality : Quality
        Of the claims.
    size : [strength]
        Nats.
    best : [side]
        Log-odds of the claim with the largest tilt at x = 1.
    genuine : two of [side]
        Its probability, and the complement.
    s : [side]
        Interest towards what is said.
    arrays : Arrays
        The casebook.
    ops : Arithmetic
        On arrays or on tensors.

    Returns
    -------
    [said]
        0 where a claim is on the other of its direction's sides.
    """
    xp, said = ops.xp, arrays.said
    source = arrays.account.source[arrays.side.account][said.side]
    turned = ops.column(arrays.side.turned[said.side])
    d, s = ops.column(arrays.source.deceives[source]), s[said.side]
    log_odds, best = quality.log_odds[said.claim], best[said.side]
    (q, r), (q1, r1) = ops.sigmoids(log_odds), (each[said.side] for each in genuine)
    # How far each is behind the best is no difference of numbers near 1.
    behind = xp.maximum(q, q1) * xp.maximum(r, r1) * -xp.expm1(-abs(log_odds - best))
    behind, q, r = (1 - d) * behind, (1 - d) * q, (1 - d) * r
    q1, r1 = (1 - d) * q1, (1 - d) * r1
    edge, edge1 = turned * (q - d), turned * (q1 - d)
    tilt, untilted = claim_tilts(quality, size, said, ops)
    line, line1, at_tilt = 1 + r * s, 1 + r1 * s, 1 + r * s * tilt
    # Both a + t and a - t, times the same.
    up = line * (edge1 * at_tilt + edge * tilt * line1)
    down = behind * (1 + (1 - 2 * d) * s) * at_tilt + edge * untilted * line1
    there = edge > 0
    return xp.log(xp.where(there, up, 1.0)) - xp.log(xp.where(there, down, 1.0))


def claim_weights(
    x: Unknowns, quality: Quality, size: Any, arrays: Arrays, ops: Arithmetic
) -> Any:
    r"""Weight of each claim by itself, in nats towards its target [said].

    .. math:: \log \frac{1 + (q - d + r s) x}{1 + (d - q + r s) x}
    """
    xp, said = ops.xp, arrays.said
    d = ops.column(arrays.source.deceives[arrays.claim.speaker[said.claim]])
    log_odds, s = quality.log_odds[said.claim], pull(x, arrays, ops)[said.side]
    q, r = ((1 - d) * each for each in ops.sigmoids(log_odds))
    tilt, untilted = claim_tilts(quality, size, said, ops)
    # 1 = untilted + tilt and 1 = q + r + d: no difference cancels.
    up = untilted + tilt * (r * (1 + s) + 2 * q)
    down = untilted + tilt * (r * (1 + s) + 2 * d)
    return ops.column(arrays.side.sign[said.side]) * (xp.log(up) - xp.log(down))


def pull(x: Unknowns, arrays: Arrays, ops: Arithmetic) -> Any:
    """Interest s in what is said [side], towards it, in (-1, 1)."""
    side = arrays.side
    given = ops.column(side.pull)
    if not arrays.size.interests:
        return given
    learned = ops.xp.tanh(x.interest[side.interest] / 2)
    return given + ops.column(side.learned) * learned


def claim_tilts(quality: Quality, size: Any, said: Any, ops: Arithmetic) -> Any:
    """Tilt x that each claim would have, were it genuine, and its complement [said]."""
    fresh = ops.column(said.freshness)
    heard, unheard = quality.heard[said.claim], quality.unheard[said.claim]
    left = ops.xp.exp(-size)[said.strength]
    f, lost = fresh * heard, (1 - fresh) + fresh * unheard
    return f * (1 - left) / (1 + left), lost + f * 2 * left / (1 + left)
