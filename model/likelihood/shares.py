r"""What each claim, account and argument has part in: W split so that it adds up.

A norm is homogeneous, so it splits exactly (Euler): weight k has part :math:`N (w_k /
N)^p` in the N of its side. A claim's part in a scenario is its part in its account,
times the account's in its camp, the camp's in the argument, if it goes through one, and
that one's in the scenario. All parts on a scenario add up to its W.

In NumPy, for many draws at once.
"""

from typing import Any, NamedTuple

import numpy as np

from deciban.model.array_types import Floats, Integers
from deciban.model.likelihood.arithmetic import NUMPY
from deciban.model.likelihood.arrays import Arrays
from deciban.model.likelihood.formula import Weights, scenario_units
from deciban.model.likelihood.overlap import parts, pooled
from deciban.model.likelihood.unknowns import ACROSS, IN_ACCOUNT, IN_CAMP, Unknowns

__all__ = ["Shares", "Ways", "shares", "ways"]


# Power by which claims of one source on rivals are told apart: in proportion.
_ONE = np.float64(1.0)


class Shares(NamedTuple):
    """Parts in nats, towards what is borne on; the second axis is the draw.

    Attributes
    ----------
    said : [said]
        Of what a claim says in the weight of its account.
    account : [account]
        In W of its scenario; of an account on an argument in the weight of its camp.
    seat : [seat]
        Of a camp in W of a view of its argument.
    reason : [reason]
        Of an argument in W of its scenario.
    slot : [slot]
        Of an account of a set of rivals as a whole in W of each answer.
    """

    said: Floats
    account: Floats
    seat: Floats
    reason: Floats
    slot: Floats


class Ways(NamedTuple):
    """How what a claim says reaches a scenario: itself, or through an argument [way].

    Attributes
    ----------
    claim, scenario : int
    reason : int
        The argument's bearing; -1 where the claim bears on the scenario itself.
    part : float, shape (way, draw)
        What comes by this way in W of the scenario.
    """

    claim: Integers
    scenario: Integers
    reason: Integers
    part: Floats


def shares(x: Unknowns, weights: Weights, arrays: Arrays) -> Shares:
    """Split all weights among what they are made of."""
    size, accounts = arrays.size, weights.accounts
    n_camps, n_reasons = int(size.camps), len(arrays.reason.seen)
    across, in_camp = x.power[ACROSS], x.power[IN_CAMP]

    said = _split(accounts.said, arrays.said.side, accounts.side, x.power[IN_ACCOUNT])
    account = parts(accounts.weight, arrays.account.camp, n_camps, in_camp, NUMPY)
    seat = parts(
        weights.camp[arrays.camp.seat], arrays.camp.seen, int(size.views), across, NUMPY
    )

    # What camps and arguments have part in scenarios, those with rivals apart.
    units, target = scenario_units(weights, arrays, NUMPY)
    unit = parts(units, target, int(size.scenarios), across, NUMPY)
    n_units = len(arrays.camp.scenario)
    n_draws = weights.camp.shape[1]
    camp, reason = weights.camp.copy(), np.zeros((n_reasons, n_draws))
    last = n_camps - len(arrays.camp.rivals)
    camp[last - n_units : last] = unit[:n_units]
    reason[: len(arrays.reason.scenario)] = unit[n_units:]
    slot = np.zeros_like(weights.vector.weight)
    own, on_rivals = _on_rivals(x, weights, arrays)
    for values, start in ((camp, 0), (reason, n_camps), (slot, n_camps + n_reasons)):
        here = (own >= start) & (own < start + len(values))
        values[own[here] - start] = on_rivals[here]

    rate = _ratio(camp, weights.camp)[arrays.account.camp]
    return Shares(said, account * rate, seat, reason, slot)


def ways(
    split: Shares, weights: Weights, scenario_of: Integers, arrays: Arrays
) -> Ways:
    """Follow what each claim says to the scenarios that it reaches.

    Parameters
    ----------
    split : Shares
        Parts of the weights.
    weights : Weights
        What bears on anything.
    scenario_of : int [account; then reason]
        Scenarios that accounts, and arguments, bear on; -1 for an account on an
        argument.
    arrays : Arrays
        The casebook.
    """
    account = arrays.side.account[arrays.said.side]
    camp = arrays.account.camp[account]
    rate = _ratio(split.account, weights.accounts.weight)
    direct = np.flatnonzero(scenario_of[account] >= 0)
    found = [
        Ways(
            arrays.said.claim[direct],
            scenario_of[account[direct]],
            np.full(len(direct), -1),
            split.said[direct] * rate[account[direct]],
        ),
        _of_rivals(split, weights, arrays),
    ]
    of_view = _ratio(split.reason, weights.view[arrays.reason.seen])
    n_accounts = len(arrays.account.camp)
    for number, view in enumerate(arrays.reason.seen):
        for seat in np.flatnonzero(arrays.camp.seen == view):
            seated = arrays.camp.seat[seat]
            here = np.flatnonzero(camp == seated)
            of_claim = split.said[here] * rate[account[here]]
            of_seat = _ratio(split.seat[seat], weights.camp[seated])
            found.append(
                Ways(
                    arrays.said.claim[here],
                    np.full(len(here), scenario_of[n_accounts + number]),
                    np.full(len(here), number),
                    of_claim * of_seat * of_view[number],
                )
            )
    return Ways(*map(np.concatenate, zip(*found, strict=True)))


def _of_rivals(split: Shares, weights: Weights, arrays: Arrays) -> Ways:
    """Follow what is said of a set of rivals as a whole to each of them."""
    said, vector = arrays.of_rivals, weights.vector
    n_slots = len(said.slot_account)
    of_slot = parts(vector.said, said.slot, n_slots, _ONE, NUMPY)
    part = of_slot * _ratio(split.slot, vector.together)[said.slot]
    # Slots are in the order of the answers of their account's set.
    contribution = arrays.contribution
    first = int(arrays.size.camps) + len(arrays.reason.seen)
    of_answer = np.empty(n_slots, dtype=np.int64)
    slots = contribution.weight >= first
    of_answer[contribution.weight[slots] - first] = contribution.answer[
        contribution.part[slots]
    ]
    scenario = arrays.answer.prior[of_answer[said.slot]]
    named = np.flatnonzero(scenario < int(arrays.size.scenarios))
    return Ways(
        said.claim[said.row[named]],
        scenario[named],
        np.full(len(named), -1),
        part[named],
    )


def _split(weights: Floats, place: Integers, whole: Floats, power: Any) -> Floats:
    """Split what came of weights that share a place in proportion to their parts."""
    of_norm: Floats = parts(weights, place, len(whole), power, NUMPY)
    return of_norm * _ratio(whole, NUMPY.sums(of_norm, place, len(whole)))[place]


def _on_rivals(
    x: Unknowns, weights: Weights, arrays: Arrays
) -> tuple[Integers, Floats]:
    """What each weight has part in W of the answer that it is for."""
    part, answer = arrays.contribution, arrays.answer
    each = np.concatenate([weights.camp, weights.reason, weights.vector.weight])
    said = part.share[:, None] * each[part.weight]
    n_parts, n_answers = len(part.unit), len(answer.rivals)
    unit = pooled(said, part.part, n_parts, x.power[IN_CAMP], NUMPY)
    of_unit = parts(unit, part.answer, n_answers, x.power[ACROSS], NUMPY)
    of_said = parts(said, part.part, n_parts, x.power[IN_CAMP], NUMPY)
    of_answer = of_said * _ratio(of_unit, unit)[part.part]
    own = part.share > 0
    return part.weight[own], of_answer[own]


def _ratio(part: Floats, whole: Floats) -> Floats:
    """Part of the whole; 0 where there is none."""
    some = whole != 0
    ratio: Floats = np.where(some, part, 0.0) / np.where(some, whole, 1.0)
    return ratio
