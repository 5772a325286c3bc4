r"""What is said of rivals: scenarios of which one comes true.

A claim on a set gives each of its n answers a likelihood :math:`v_h`. Genuine, it has
those; as noise their mean:

.. math:: w_h = \log(q v_h + (1 - q) \bar v) - \text{mean over } h

The claims of one source are details of one account, as on any target:

.. math::

    u_{jh} = \log(g_j v_{jh} + (1 - g_j) \bar v_j) - \text{mean}, \quad
    g_j = q_j f_j / a, \quad U_h = N_j(u_{jh}), \quad
    w_h = \log(a e^{U_h} + (1 - a) \overline{e^U}) - \text{mean}

with a the largest q. What bears on a single rival is for it against all others: its
weight w enters as :math:`w (1 - 1/n)` for it and :math:`-w / n` for each other. Of two
rivals both say what is said of one scenario.

With probability d a source says the reverse: of each answer what is true of the others,
their mean likelihood, which is the same as q less :math:`d / (n - 1)`.
"""

from typing import Any, NamedTuple

from deciban.model.likelihood.accounts import Quality
from deciban.model.likelihood.arithmetic import Arithmetic
from deciban.model.likelihood.arrays import Arrays
from deciban.model.likelihood.overlap import log_sums, pooled
from deciban.model.likelihood.unknowns import ACROSS, IN_ACCOUNT, IN_CAMP, Unknowns

__all__ = ["RivalEvidence", "Vectors", "account_vectors", "rival_evidence"]


class Vectors(NamedTuple):
    """What sources say of sets of rivals as a whole.

    Attributes
    ----------
    weight : [slot]
        :math:`w_h` of each account.
    said : [likelihood]
        :math:`u_{jh}` of each claim.
    together : [slot]
        :math:`U_h`.
    """

    weight: Any
    said: Any
    together: Any


class RivalEvidence(NamedTuple):
    r"""What all that bears on sets of rivals says.

    Attributes
    ----------
    weight : [answer]
        :math:`W_h`.
    log_factor : [answer]
        Logarithm of :math:`n e^{W_h} / \sum e^W`.
    agreement : [set of rivals]
        Log-probability that camps and arguments agree as they do.
    """

    weight: Any
    log_factor: Any
    agreement: Any


def account_vectors(
    x: Unknowns, quality: Quality, size: Any, arrays: Arrays, ops: Arithmetic
) -> Vectors:
    """Weigh what each source says of a set as a whole."""
    xp, said = ops.xp, arrays.of_rivals
    n_rows, n_slots = said.claim.shape[0], said.slot_account.shape[0]
    n_accounts = int(arrays.size.vectors)
    log_odds = quality.log_odds[said.claim]
    reversal, fresh = ops.column(said.reversal), ops.column(said.freshness)
    honest = 1 - ops.column(arrays.source.deceives[arrays.claim.speaker[said.claim]])
    best = ops.largest(log_odds, said.account, n_accounts)[said.account]
    behind = honest * (
        ops.sigmoid(best) * ops.sigmoid(-log_odds) * -xp.expm1(log_odds - best)
    )
    a = xp.maximum(honest * ops.sigmoid(best) - reversal, 0.0)
    q = xp.maximum(honest * ops.sigmoid(log_odds) - reversal, 0.0)
    # Where nothing is genuine a is 0, and whatever g is, nothing is said.
    some = xp.where(a > 0, a, 1.0)
    share = xp.where(a > 0, q / some, 0.0)
    heard, unheard = quality.heard[said.claim], quality.unheard[said.claim]
    g = share * fresh * heard
    rest = xp.where(a > 0, xp.minimum(behind, a) / some, 1.0)
    rest = rest + share * ((1 - fresh) + fresh * unheard)

    log_v = ops.column(said.sign) * size[said.strength]
    log_v = log_v - ops.largest(log_v, said.row, n_rows)[said.row]
    v = xp.exp(log_v)
    mixed = xp.log(g[said.row] * v + rest[said.row] * _mean(v, said.row, n_rows, ops))
    u = mixed - _mean(mixed, said.row, n_rows, ops)
    together = pooled(u, said.slot, n_slots, x.power[IN_ACCOUNT], ops)

    of = said.slot_account
    cap = _first(a, said.account, n_accounts, ops)[of]
    rest = _first(
        (1 - honest) + honest * ops.sigmoid(-best) + reversal,
        said.account,
        n_accounts,
        ops,
    )[of]
    rest = xp.minimum(rest, 1.0)
    e = xp.exp(together - ops.largest(together, of, n_accounts)[of])
    w = xp.log(cap * e + rest * _mean(e, of, n_accounts, ops))
    return Vectors(w - _mean(w, of, n_accounts, ops), u, together)


def _mean(values: Any, place: Any, n: Any, ops: Arithmetic) -> Any:
    """Mean of what shares a place, at each of them."""
    ones = ops.column((place >= 0) * 1.0)
    return (ops.sums(values, place, n) / ops.sums(ones, place, n))[place]


def _first(values: Any, place: Any, n: Any, ops: Arithmetic) -> Any:
    """Take the one value of what shares a place [n]."""
    return ops.largest(values, place, n)


def rival_evidence(
    x: Unknowns, weights: Any, arrays: Arrays, ops: Arithmetic
) -> RivalEvidence:
    r"""Add what camps and arguments say of each set.

    .. math::

        \frac{n e^{W_h}}{\sum_h e^{W_h}}, \qquad
        \frac{1}{n} \sum_h \prod_k \frac{e^{w_{kh}}}{\overline{e^{w_k}}}

    Parameters
    ----------
    x : Unknowns
        What z stands for.
    weights : [weight]
        Of all camps, of all reasons, of all slots.
    arrays : Arrays
        The casebook.
    ops : Arithmetic
        On arrays or on tensors.
    """
    part, answer = arrays.contribution, arrays.answer
    n_parts, n_answers = part.unit.shape[0], answer.rivals.shape[0]
    n_units, n_sets = int(arrays.size.units), int(arrays.size.sets)
    said = ops.column(part.share) * weights[part.weight]
    of_unit = pooled(said, part.part, n_parts, x.power[IN_CAMP], ops)
    across = pooled(of_unit, part.answer, n_answers, x.power[ACROSS], ops)
    log_n = ops.xp.log(
        ops.sums(ops.column((answer.rivals >= 0) * 1.0), answer.rivals, n_sets)
    )
    factor = across - log_sums(across, answer.rivals, n_sets, ops)[answer.rivals]
    of_unit = of_unit - log_sums(of_unit, part.unit, n_units, ops)[part.unit]
    of_unit = of_unit + log_n[answer.rivals[part.answer]]
    agreeing = log_sums(
        ops.sums(of_unit, part.answer, n_answers), answer.rivals, n_sets, ops
    )
    return RivalEvidence(across, factor + log_n[answer.rivals], agreeing - log_n)
