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

__all__ = ["Shares", "Ways", "on_targets", "shares", "ways"]


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
    """How what a claim says reaches a target: itself, or through an argument [way].

    What bears on one of a set of rivals reaches each answer of the set.

    Attributes
    ----------
    claim : int
    target : int
        Of all scenarios, then of all answers of sets of rivals.
    reason : int
        The argument's bearing; -1 where the claim bears on the scenario itself.
    part : float, shape (way, draw)
        What comes by this way in W of the target; these add up to it.
    """

    claim: Integers
    target: Integers
    reason: Integers
    part: Floats


def shares(x: Unknowns, weights: Weights, arrays: Arrays) -> Shares:
    """Split all weights among what they are made of."""
    size, accounts = arrays.size, weights.accounts
    n_camps = int(size.camps)
    across, in_camp = x.power[ACROSS], x.power[IN_CAMP]

    said = _split(accounts.said, arrays.said.side, accounts.side, x.power[IN_ACCOUNT])
    account = parts(accounts.weight, arrays.account.camp, n_camps, in_camp, NUMPY)
    seat = parts(
        weights.camp[arrays.camp.seat], arrays.camp.seen, int(size.views), across, NUMPY
    )

    camp, reason, slot = on_targets(x, weights, arrays)
    rate = _ratio(camp, weights.camp)[arrays.account.camp]
    return Shares(said, account * rate, seat, reason, slot)


def on_targets(
    x: Unknowns, weights: Weights, arrays: Arrays
) -> tuple[Floats, Floats, Floats]:
    """Split W of each target among camps, arguments and slots of accounts of rivals.

    Returns
    -------
    camp, reason, slot : ndarray, shape (..., draw)
        What each has part in its target; a camp on an argument, its own weight.
    """
    n_camps, n_reasons = int(arrays.size.camps), len(arrays.reason.seen)
    # What camps and arguments have part in scenarios, those with rivals apart.
    units, target = scenario_units(weights, arrays, NUMPY)
    unit = parts(units, target, int(arrays.size.scenarios), x.power[ACROSS], NUMPY)
    n_units = len(arrays.camp.scenario)
    n_draws = weights.camp.shape[1]
    camp, reason = weights.camp.copy(), np.zeros((n_reasons, n_draws))
    last = n_camps - len(arrays.camp.rivals)
    camp[last - n_units : last] = unit[:n_units]
    reason[: len(arrays.reason.scenario)] = unit[n_units:]
    slot = np.zeros_like(weights.vector.weight)
    own = np.flatnonzero(arrays.contribution.share > 0)
    of_own, on_rivals = arrays.contribution.weight[own], _on_rivals(x, weights, arrays)
    for values, start in ((camp, 0), (reason, n_camps), (slot, n_camps + n_reasons)):
        here = (of_own >= start) & (of_own < start + len(values))
        values[of_own[here] - start] = on_rivals[own[here]]
    return camp, reason, slot


def ways(
    x: Unknowns, split: Shares, weights: Weights, of_target: Integers, arrays: Arrays
) -> Ways:
    """Follow what each claim says to the targets that it reaches.

    Parameters
    ----------
    x : Unknowns
        What the draws stand for.
    split : Shares
        Parts of the weights.
    weights : Weights
        What bears on anything.
    of_target : int [account; then reason]
        Scenarios that accounts, and arguments, bear on; -1 for an account on an
        argument.
    arrays : Arrays
        The casebook.
    """
    account = arrays.side.account[arrays.said.side]
    camp = arrays.account.camp[account]
    n_accounts, n_camps = len(arrays.account.camp), int(arrays.size.camps)
    of_account = split.said * _ratio(split.account, weights.accounts.weight)[account]
    contribution = arrays.contribution
    on_answers = _on_rivals(x, weights, arrays)
    answer = int(arrays.size.scenarios) + contribution.answer[contribution.part]
    reaching: dict[int, list[int]] = {}
    for place, weight in enumerate(contribution.weight.tolist()):
        reaching.setdefault(weight, []).append(place)

    def reached(weight: int, plain: int, part: Floats) -> list[tuple[int, Floats]]:
        """Targets that a weight has part in; of a plain scenario, the part given."""
        if weight not in reaching:
            return [(plain, part)]
        return [(answer[c], on_answers[c]) for c in reaching[weight]]

    found = [_of_rivals(x, split, weights, arrays)]
    # Accounts of single rivals, each a camp of its own, come last.
    last = n_camps - len(arrays.camp.rivals)
    direct = np.flatnonzero((of_target[account] >= 0) & (camp < last))
    none = np.full(len(direct), -1)
    found.append(
        Ways(arrays.said.claim[direct], of_target[account[direct]], none,
             of_account[direct])
    )  # fmt: skip
    for one in np.flatnonzero(camp >= last):
        of_camp = split.said[one] * _ratio(
            np.ones_like(split.said[one]), weights.camp[camp[one]]
        )
        for target, part in reached(int(camp[one]), -1, split.said[one]):
            found.append(_ways([arrays.said.claim[one]], target, -1, of_camp * part))
    for number, view in enumerate(arrays.reason.seen):
        whole = weights.view[view]
        seats = np.flatnonzero(arrays.camp.seen == view)
        of_view, said = [], []
        for seat in seats:
            seated = arrays.camp.seat[seat]
            here = np.flatnonzero(camp == seated)
            of_seat = _ratio(split.seat[seat], weights.camp[seated])
            of_view.append(of_account[here] * of_seat * _ratio(np.float64(1), whole))
            said.append(arrays.said.claim[here])
        if not said:
            continue
        plain = of_target[n_accounts + number]
        for target, part in reached(n_camps + number, plain, split.reason[number]):
            found.append(
                _ways(np.concatenate(said), target, number,
                      np.concatenate(of_view) * part)
            )  # fmt: skip
    return Ways(*map(np.concatenate, zip(*found, strict=True)))


def _ways(claims: Any, target: int, reason: int, part: Floats) -> Ways:
    n = len(claims)
    return Ways(
        np.asarray(claims), np.full(n, target), np.full(n, reason), part.reshape(n, -1)
    )


def _of_rivals(x: Unknowns, split: Shares, weights: Weights, arrays: Arrays) -> Ways:
    """Follow what is said of a set of rivals as a whole to each answer."""
    said, vector = arrays.of_rivals, weights.vector
    n_slots = len(said.slot_account)
    of_slot = parts(vector.said, said.slot, n_slots, x.power[IN_ACCOUNT], NUMPY)
    part = of_slot * _ratio(split.slot, vector.together)[said.slot]
    # Slots are in the order of the answers of their account's set.
    contribution = arrays.contribution
    first = int(arrays.size.camps) + len(arrays.reason.seen)
    of_answer = np.empty(n_slots, dtype=np.int64)
    slots = contribution.weight >= first
    of_answer[contribution.weight[slots] - first] = contribution.answer[
        contribution.part[slots]
    ]
    return Ways(
        said.claim[said.row],
        int(arrays.size.scenarios) + of_answer[said.slot],
        np.full(len(part), -1),
        part,
    )


def _split(weights: Floats, place: Integers, whole: Floats, power: Any) -> Floats:
    """Split what came of weights that share a place in proportion to their parts."""
    of_norm: Floats = parts(weights, place, len(whole), power, NUMPY)
    return of_norm * _ratio(whole, NUMPY.sums(of_norm, place, len(whole)))[place]


def _on_rivals(x: Unknowns, weights: Weights, arrays: Arrays) -> Floats:
    """What each weight has part in W of each answer that it reaches [contribution]."""
    part, answer = arrays.contribution, arrays.answer
    each = np.concatenate([weights.camp, weights.reason, weights.vector.weight])
    said = part.share[:, None] * each[part.weight]
    n_parts, n_answers = len(part.unit), len(answer.rivals)
    unit = pooled(said, part.part, n_parts, x.power[IN_CAMP], NUMPY)
    of_unit = parts(unit, part.answer, n_answers, x.power[ACROSS], NUMPY)
    of_said = parts(said, part.part, n_parts, x.power[IN_CAMP], NUMPY)
    of_answer: Floats = of_said * _ratio(of_unit, unit)[part.part]
    return of_answer


def _ratio(part: Any, whole: Floats) -> Floats:
    """Part of the whole; 0 where there is none."""
    some = whole != 0
    ratio: Floats = np.where(some, part, 0.0) / np.where(some, whole, 1.0)
    return ratio
