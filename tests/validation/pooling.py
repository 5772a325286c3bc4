"""Rules that add the weights of accounts on one target, each side for itself.

All see the same weights: what a fit without outcomes learns of its sources does not
depend on how their weights are added afterwards, so that one fit serves to compare all
rules. Weights are log-likelihood ratios in nats, positive for yes.

``p_norm`` is the model's rule. Two others: the tilts of all to the power
1 / (1 + (n - 1) c), n accounts on the target (Clemen and Winkler's equivalent number
of independent reports); and the whole kept under a cap, the h-th power of the largest
tilt, as an account is kept under its own.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deciban.evidence import DECIBANS_PER_NAT
from tests.validation.ledgers import Ledger

__all__ = ["Accounts", "accounts", "capped", "p_norm", "tempered"]

type Floats = NDArray[np.float64]

_LARGEST_TILT = 1 - 1e-15


@dataclass(frozen=True, eq=False)
class Accounts:
    """What sources said of targets.

    Attributes
    ----------
    weight : ndarray, shape (draw, account)
        In nats, positive for yes.
    target : ndarray of int, shape (account,)
        Place of each account's target.
    n_targets : int
        How many targets there are.
    """

    weight: Floats
    target: NDArray[np.intp]
    n_targets: int

    def total(self, values: Floats) -> Floats:
        """Sum values of accounts, shape (draw, account), over those of each target."""
        sums = np.zeros((*values.shape[:-1], self.n_targets))
        np.add.at(sums, (..., self.target), values)
        return sums

    def largest(self, values: Floats) -> Floats:
        """Take the largest of values at least 0 over the accounts of each target."""
        most = np.zeros((*values.shape[:-1], self.n_targets))
        np.maximum.at(most, (..., self.target), values)
        return most

    def sides(self) -> tuple[Floats, Floats]:
        """Sizes of the weights for yes, and of those for no; 0 where of the other."""
        return np.maximum(self.weight, 0), np.maximum(-self.weight, 0)


def accounts(
    ledger: Ledger, reliability: Mapping[str, Floats], overlap_in_account: ArrayLike
) -> Accounts:
    """Weigh what each source said of each task, of credibility 6 and no interest.

    A side's claims, sum N of their log-likelihood ratios by the p-norm, tilt by rho
    tanh(N / 2); the account is the difference of its sides' weights.

    Parameters
    ----------
    ledger : Ledger
        Its tasks are the targets, in its order.
    reliability : dict of ndarray, shape (draw,)
        Of each source: rho.
    overlap_in_account : array_like
        One for all draws, or one each.
    """
    said: dict[tuple[str, str, bool], list[float]] = defaultdict(list)
    for one in ledger.statements:
        if one.decibans:
            nats = abs(one.decibans) / DECIBANS_PER_NAT
            said[one.task, one.source, one.decibans > 0].append(nats)
    places = {task: i for i, task in enumerate(ledger.occurred)}
    by_account = {key: i for i, key in enumerate(dict.fromkeys(k[:2] for k in said))}
    draws = len(next(iter(reliability.values())))
    weight = np.zeros((draws, len(by_account)))
    p = 1 / (1 - np.asarray(overlap_in_account, float))
    for (task, source, yes), nats in said.items():
        most = max(nats)
        claimed = most * np.sum([(one / most) ** p for one in nats], axis=0) ** (1 / p)
        tilt = reliability[source] * np.tanh(claimed / 2)
        side = 2 * np.arctanh(np.minimum(tilt, _LARGEST_TILT))
        weight[:, by_account[task, source]] += side if yes else -side
    target = np.array([places[task] for task, _ in by_account])
    return Accounts(weight, target, len(places))


def p_norm(given: Accounts, overlap: ArrayLike) -> Floats:
    """Add by the norm with p = 1 / (1 - overlap).

    Parameters
    ----------
    given : Accounts
        What is to be added.
    overlap : array_like
        In [0, 1): one for all draws, or one each, shape (draw, 1).

    Returns
    -------
    ndarray, shape (draw, target)
        Log-likelihood ratio of each target, in nats.
    """
    p = 1 / (1 - np.asarray(overlap, float))

    def norm(side: Floats) -> Floats:
        most = given.largest(side)
        safe = np.where(most > 0, most, 1.0)
        powers = given.total((side / safe[:, given.target]) ** p)
        return most * np.where(powers > 0, powers, 1.0) ** (1 / p)

    yes, no = given.sides()
    return norm(yes) - norm(no)


def tempered(given: Accounts, share: float) -> Floats:
    """Add all, and divide by 1 + (n - 1) share; shapes as for ``p_norm``."""
    n = given.total(np.ones_like(given.weight[:1]))
    return given.total(given.weight) / (1 + np.maximum(n - 1, 0) * share)


def capped(given: Accounts, power: float) -> Floats:
    """Add each side under a cap, the power of its largest tilt; as for ``p_norm``."""

    def under_cap(side: Floats) -> Floats:
        tilt = np.tanh(side / 2)
        most = given.largest(tilt)
        cap = np.where(most > 0, most, 1.0) ** power
        shares = np.minimum(tilt / cap[:, given.target], _LARGEST_TILT)
        whole = cap * np.tanh(given.total(np.arctanh(shares)))
        return 2 * np.arctanh(np.minimum(whole, _LARGEST_TILT))

    yes, no = given.sides()
    return under_cap(yes) - under_cap(no)
