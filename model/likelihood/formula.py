r"""The likelihood of the reports and what follows from it, once for two readers.

``weigh`` reads it in NumPy for many draws of :math:`z` at once (forecasts, what-if);
``model.likelihood.pymc_model`` runs the same stages on tensors for one symbolic
:math:`z`. Values are indexed on their first axis; a second axis, if any, is of draws.

From claims to a forecast:

=====================  ==============================================================
``accounts``           what one source says of one target: weight w, in nats
``overlap``            accounts of a camp, camps and arguments on a target: W
``rivals``             the same of sets of which one comes true
``outcomes``           what comes true before any report: priors, links, the clock
``elimination``        all joint outcomes, summed out
=====================  ==============================================================

An argument X is a proposition at even odds before any report. With W from the reports
on it, it has :math:`T_X = \tanh(W / 2)` and bears on a scenario with

.. math:: t_{Xs} = T_X \tanh(l_{Xs} / 2) .

The evidence on a target enters as one tilt :math:`T = \tanh(W / 2)`, that is, with the
likelihoods :math:`(1 \pm T) / 2`, times the agreement of what bears on it, counted
once.
"""

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from deciban.model.array_types import Floats
from deciban.model.likelihood.accounts import (
    Accounts,
    account_weights,
    claim_quality,
)
from deciban.model.likelihood.arithmetic import NUMPY, Arithmetic
from deciban.model.likelihood.arrays import Arrays
from deciban.model.likelihood.outcomes import bonds, cells, entries
from deciban.model.likelihood.overlap import agreement, pooled
from deciban.model.likelihood.rivals import Vectors, account_vectors, rival_evidence
from deciban.model.likelihood.unknowns import (
    ACROSS,
    IN_CAMP,
    Unknowns,
    strengths,
    unknowns,
)

__all__ = [
    "Evidence",
    "PriorLeaves",
    "Weighed",
    "Weights",
    "bearing_weights",
    "camp_weights",
    "evidence",
    "outcome_leaves",
    "outcome_sums",
    "prior_leaves",
    "scenario_units",
    "weigh",
    "weigh_outcomes",
    "weights_of_camps",
]


_LOG_2 = math.log(2)


class Weights(NamedTuple):
    """What bears on targets, in nats.

    Attributes
    ----------
    accounts : Accounts
        None where only what camps say is asked for.
    camp : [camp]
        On its target.
    line : [camp]
        Log-probability that its sources follow their lines, where they have interests.
    view : [view]
        W of each argument, all its reports and as each scenario sees it: log-odds.
    reason : [reason]
        Of each argument on a scenario.
    vector : Vectors
        Of accounts of sets of rivals as a whole, on each answer.
    """

    accounts: Any
    camp: Any
    line: Any
    view: Any
    reason: Any
    vector: Vectors


class Evidence(NamedTuple):
    """What the reports say, whatever comes true.

    Attributes
    ----------
    view : [view]
        As of ``Weights``.
    scenario : [scenario]
        W of each scenario without rivals; 0 for others.
    answer : [answer]
        W of each answer of a set of rivals.
    log_factor : [answer]
        What that makes of its probability.
    view_agreement, scenario_agreement, rivals_agreement
        Log-probability that what bears on each agrees as it does [view], [scenario],
        [set of rivals].
    """

    view: Any
    scenario: Any
    answer: Any
    log_factor: Any
    view_agreement: Any
    scenario_agreement: Any
    rivals_agreement: Any


class PriorLeaves(NamedTuple):
    """Leaves of joint outcomes without what bears on targets: see ``outcome_leaves``.

    Attributes
    ----------
    no, yes : [cell]
    entry : [entry]
    bond : [bond leaf]
    """

    no: Any
    yes: Any
    entry: Any
    bond: Any


class Weighed(NamedTuple):
    """What one z says of a casebook.

    Attributes
    ----------
    log_likelihood : ()
        Log-probability of the reports and outcomes.
    probability : [scenario]
        Probability of each scenario given the reports and this z.
    complement : [scenario]
        That it does not occur: where ``probability`` is 1 but for rounding, this is
        still exact.
    """

    log_likelihood: Any
    probability: Any
    complement: Any


def weigh(z: Floats, arrays: Arrays) -> Weighed:
    """Weigh all reports under each z, in NumPy.

    Parameters
    ----------
    z : ndarray, shape (unknown, draw)
        Standard normals.
    arrays : Arrays
        The casebook.
    """
    x = unknowns(z, arrays)
    said = evidence(x, bearing_weights(x, arrays, NUMPY), arrays, NUMPY)
    # Where a scenario is impossible, so is its logarithm.
    with np.errstate(divide="ignore", invalid="ignore"):
        return weigh_outcomes(x, said, arrays, NUMPY)


def bearing_weights(x: Unknowns, arrays: Arrays, ops: Arithmetic) -> Weights:
    """Weigh all that bears on anything: accounts, camps, arguments."""
    accounts, camp, line = camp_weights(x, arrays, ops)
    return weights_of_camps(x, camp, line, arrays, ops)._replace(accounts=accounts)


def camp_weights(
    x: Unknowns, arrays: Arrays, ops: Arithmetic
) -> tuple[Accounts, Any, Any]:
    """Weigh accounts and camps; see ``Weights``."""
    quality, size = claim_quality(x, arrays, ops), strengths(x, arrays, ops)
    accounts = account_weights(x, quality, size, arrays, ops)
    of, n_camps = arrays.account.camp, int(arrays.size.camps)
    camp = pooled(accounts.weight, of, n_camps, x.power[IN_CAMP], ops)
    return accounts, camp, ops.sums(accounts.line, of, n_camps)


def weights_of_camps(
    x: Unknowns, camp: Any, line: Any, arrays: Arrays, ops: Arithmetic
) -> Weights:
    """Weigh all that bears on anything where it is known what camps say."""
    size, seats = strengths(x, arrays, ops), arrays.camp
    n_views = int(arrays.size.views)
    view = pooled(camp[seats.seat], seats.seen, n_views, x.power[ACROSS], ops)
    reason = _reason_weights(view, size, arrays, ops)
    of_rivals, claim = arrays.of_claims(arrays.of_rivals.claim)
    said = arrays.of_rivals._replace(claim=claim)
    of_rivals = of_rivals._replace(of_rivals=said)
    quality = claim_quality(x, of_rivals, ops)
    vector = account_vectors(x, quality, size, of_rivals, ops)
    return Weights(None, camp, line, view, reason, vector)


def _reason_weights(view: Any, size: Any, arrays: Arrays, ops: Arithmetic) -> Any:
    r"""Weight of each argument on a scenario, in nats [reason].

    With a and b the weights of the reports on X and of X itself, it is

    .. math:: 2 \operatorname{artanh}(\tanh \tfrac a2 \tanh \tfrac b2)
        = \log(1 + e^{-(a + b)}) - \log(e^{-a} + e^{-b})

    for positive ones, and has the sign of both.
    """
    xp, reason = ops.xp, arrays.reason
    about = view[reason.seen]
    a, b = xp.abs(about), size[reason.strength]
    weight = xp.log1p(xp.exp(-(a + b))) + xp.minimum(a, b)
    weight = weight - xp.log1p(xp.exp(-xp.abs(a - b)))
    return ops.column(reason.sign) * xp.sign(about) * weight


def evidence(
    x: Unknowns, weights: Weights, arrays: Arrays, ops: Arithmetic
) -> Evidence:
    """Add up what bears on each target."""
    n_camps, sets = int(arrays.size.camps), int(arrays.size.sets)
    n_views, n_scenarios = int(arrays.size.views), int(arrays.size.scenarios)
    line = weights.line
    seat, of_view, of_scenario, of_rivals = arrays.camp
    last = n_camps - len(of_rivals)
    first = last - len(of_scenario)
    units, target = scenario_units(weights, arrays, ops)
    each = ops.xp.concatenate([weights.camp, weights.reason, weights.vector.weight])
    rivals = rival_evidence(x, each, arrays, ops)
    return Evidence(
        weights.view,
        pooled(units, target, n_scenarios, x.power[ACROSS], ops),
        rivals.weight,
        rivals.log_factor,
        agreement(weights.camp[seat], of_view, n_views, ops)
        + ops.sums(line[seat], of_view, n_views),
        agreement(units, target, n_scenarios, ops)
        + ops.sums(line[first:last], of_scenario, n_scenarios),
        rivals.agreement + ops.sums(line[last:], of_rivals, sets),
    )


def scenario_units(
    weights: Weights, arrays: Arrays, ops: Arithmetic
) -> tuple[Any, NDArray[np.int64]]:
    """Weights of camps, then arguments, on scenarios without rivals; and on which."""
    _, _, of_scenario, of_rivals = arrays.camp
    last = int(arrays.size.camps) - len(of_rivals)
    reasons = arrays.reason.scenario
    camps = weights.camp[last - len(of_scenario) : last]
    units = ops.xp.concatenate([camps, weights.reason[: len(reasons)]])
    return units, np.concatenate([of_scenario, reasons])


def weigh_outcomes(
    x: Unknowns,
    said: Evidence,
    arrays: Arrays,
    ops: Arithmetic,
    before: PriorLeaves | None = None,
) -> Weighed:
    """Sum joint outcomes out, with what the reports say of each."""
    xp = ops.xp
    log_sums, posterior = outcome_sums(x, said, arrays, ops, before)
    # Scenarios without evidence have the halves of a tilt, and twice an agreement's;
    # those that have rivals only the latter.
    log_likelihood = (
        xp.sum(log_sums, axis=0)
        + xp.sum(said.view_agreement[: int(arrays.size.arguments)], axis=0)
        + xp.sum(said.scenario_agreement, axis=0)
        - _LOG_2 * int(arrays.size.rivals)
        + xp.sum(said.rivals_agreement, axis=0)
    )
    probability, complement = _marginals(posterior, arrays, ops)
    return Weighed(log_likelihood, probability, complement)


def outcome_sums(
    x: Unknowns,
    said: Evidence,
    arrays: Arrays,
    ops: Arithmetic,
    before: PriorLeaves | None = None,
) -> tuple[Any, Any]:
    """Logarithm of the sum over joint outcomes [set], and probabilities [leaf]."""
    leaves = outcome_leaves(x, said, arrays, ops, before)
    log_sums, posterior = ops.sum_out(leaves, arrays.joint)
    return log_sums, posterior


def outcome_leaves(
    x: Unknowns,
    said: Evidence,
    arrays: Arrays,
    ops: Arithmetic,
    before: PriorLeaves | None = None,
) -> Any:
    """Logarithms of what joint outcomes are made of [leaf].

    Parameters
    ----------
    x, said, arrays, ops
        As above.
    before : PriorLeaves, optional
        Where they are known.
    """
    before = before or prior_leaves(x, arrays, ops)
    cell, answer = arrays.joint.cell_scenario, arrays.joint.entry_answer
    return ops.xp.concatenate(
        [
            before.no - ops.softplus(said.scenario)[cell],
            before.yes - ops.softplus(-said.scenario)[cell],
            before.entry + said.log_factor[answer],
            before.bond,
        ]
    )


def prior_leaves(x: Unknowns, arrays: Arrays, ops: Arithmetic) -> PriorLeaves:
    """What joint outcomes are made of before it is told what bears on targets."""
    no, yes = cells(x, arrays, ops)
    bond = no[:0]
    if arrays.size.bonds:
        of_bonds, claim = arrays.of_claims(arrays.bond.claim)
        of_bonds = of_bonds._replace(bond=arrays.bond._replace(claim=claim))
        quality, size = claim_quality(x, of_bonds, ops), strengths(x, arrays, ops)
        four = bonds(x, quality, size, of_bonds, ops)
        bond = _interleaved(four, int(arrays.size.bonds), ops)
    return PriorLeaves(no, yes, entries(x, arrays, ops), bond)


def _interleaved(parts: list[Any], n: int, ops: Arithmetic) -> Any:
    """Put the first of n values of each part side by side, then the second, and on."""
    order = np.arange(len(parts) * n).reshape(len(parts), n).T.ravel()
    return ops.xp.concatenate(parts)[order]


def _marginals(posterior: Any, arrays: Arrays, ops: Arithmetic) -> tuple[Any, Any]:
    """Probability of each scenario, and that it does not occur [scenario]."""
    joint, answer = arrays.joint, arrays.answer
    n_cells, n_scenarios = len(joint.cell_scenario), int(arrays.size.scenarios)
    n_answers = len(answer.rivals)
    no = ops.sums(posterior[:n_cells], joint.cell_scenario, n_scenarios)
    yes = ops.sums(posterior[n_cells : 2 * n_cells], joint.cell_scenario, n_scenarios)
    if n_answers:
        entry = posterior[2 * n_cells : 2 * n_cells + len(joint.entry_answer)]
        each = ops.sums(entry, joint.entry_answer, n_answers)
        # An answer, and each other answer of its set.
        same = answer.rivals[:, None] == answer.rivals[None, :]
        one, other = np.nonzero(same & ~np.eye(n_answers, dtype=bool))
        scenarios = np.flatnonzero(answer.prior < n_scenarios)
        own = answer.prior[scenarios]
        yes = yes + ops.sums(each[scenarios], own, n_scenarios)
        no = no + ops.sums(
            ops.sums(each[other], one, n_answers)[scenarios], own, n_scenarios
        )
    total = yes + no  # 1 but for rounding: what is known is certain
    return yes / total, no / total
