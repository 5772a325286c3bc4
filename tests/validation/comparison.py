"""Rules of pooling held against each other, on ledgers they were not chosen on.

A rule has one constant. It is chosen where the mean of the log losses of all other
ledgers is least, and scored on the ledger left out.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit

from tests.validation.pooling import Accounts, capped, p_norm, tempered
from tests.validation.scores import Scores, scores

__all__ = [
    "RULES",
    "Constant",
    "Ground",
    "LeftOut",
    "Pooling",
    "Rule",
    "Trial",
    "best",
    "independent",
    "leave_one_out",
]

type Floats = NDArray[np.float64]
type Pooling = Callable[[Trial], Floats]


class Rule(NamedTuple):
    """A rule and the constants it is tried with.

    ``agreeing_never_lowers``: whether one more report for a side can only raise it.
    """

    name: str
    pool: Callable[[Accounts, float], Floats]
    constants: tuple[float, ...]
    agreeing_never_lowers: bool


RULES = (
    Rule("p-norm, overlap", p_norm, (*np.linspace(0, 0.9, 19).round(2),), True),
    Rule("cap (max t)^h, h", capped, (0.05, *np.linspace(0.1, 1, 10).round(1)), True),
    Rule(
        "power 1/(1 + (n - 1) c), c",
        tempered,
        (0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5, 0.6, 0.8, 1.0),
        False,
    ),
)


@dataclass(frozen=True, eq=False)
class Trial:
    """Forecasts whose outcomes are known, up to how their accounts are added.

    Attributes
    ----------
    accounts : Accounts
        From draws of a fit without these outcomes.
    apart : Accounts
        The same, as if the claims of one source on one target shared nothing.
    occurred : ndarray of bool, shape (target,)
        The outcomes.
    clip : float
        See ``scores``.
    shipped : ndarray, shape (target,)
        The fit's own forecasts.
    """

    accounts: Accounts
    apart: Accounts
    occurred: NDArray[np.bool_]
    clip: float
    shipped: Floats

    def forecasts(self, pool: Pooling) -> Floats:
        """Forecast each target at even prior odds, shape (target,)."""
        probability: Floats = expit(pool(self)).mean(axis=0)
        return probability

    def scores(self, pool: Pooling | None = None) -> Scores:
        """Score the forecasts of a rule, or those of the fit itself."""
        forecasts = self.shipped if pool is None else self.forecasts(pool)
        return scores(forecasts, self.occurred, self.clip)

    def among(self, wanted: ArrayLike, pool: Pooling | None = None) -> Scores:
        """Score some of the targets, shape (target,) of bool."""
        chosen = np.asarray(wanted, bool)
        forecasts = self.shipped if pool is None else self.forecasts(pool)
        return scores(forecasts[chosen], self.occurred[chosen], self.clip)


@dataclass(frozen=True, eq=False)
class Ground:
    """A ledger to choose constants on, and to score them on.

    Attributes
    ----------
    name : str
        Of the ledger.
    earlier, scored : dict of Trial
        By how a statement's strength is measured (decibans a point, of polls), which
        is chosen on the earlier tasks. Where there is but one measure they are the
        same.
    """

    name: str
    earlier: Mapping[float, Trial]
    scored: Mapping[float, Trial]

    def measure(self, pool: Pooling | None = None) -> float:
        """Choose the measure that serves the earlier tasks best."""
        return min(self.earlier, key=lambda m: self.earlier[m].scores(pool).log_loss)

    def loss(self, pool: Pooling | None = None) -> float:
        """Log loss of the earlier tasks, with the measure that serves them best."""
        return self.earlier[self.measure(pool)].scores(pool).log_loss

    def trial(self, pool: Pooling | None = None) -> Trial:
        """Return what is scored, in the measure that serves the earlier tasks best."""
        return self.scored[self.measure(pool)]


class Constant(NamedTuple):
    """A rule with its constant."""

    rule: Rule
    value: float

    def __call__(self, trial: Trial) -> Floats:
        """Pool the accounts of a trial."""
        return self.rule.pool(trial.accounts, self.value)


class LeftOut(NamedTuple):
    """How a rule did on a ledger, with the constant that the others choose."""

    ground: str
    constant: Constant
    scores: Scores


def independent(trial: Trial) -> Floats:
    """Pool as if nothing that was said shared anything: the plain product of tilts."""
    return p_norm(trial.apart, 0.0)


def best(rule: Rule, grounds: Sequence[Ground]) -> Constant:
    """Choose the constant whose log losses on some ledgers have the least mean."""
    return min(
        (Constant(rule, value) for value in rule.constants),
        key=lambda constant: np.mean([ground.loss(constant) for ground in grounds]),
    )


def leave_one_out(rule: Rule, grounds: Sequence[Ground]) -> list[LeftOut]:
    """Score a rule on each ledger, its constant chosen on the others."""
    losses = {
        ground.name: [ground.loss(Constant(rule, value)) for value in rule.constants]
        for ground in grounds
    }
    found = []
    for ground in grounds:
        others = [losses[other] for other in losses if other != ground.name]
        place = int(np.mean(others, axis=0).argmin())
        constant = Constant(rule, rule.constants[place])
        scored = ground.trial(constant).scores(constant)
        found.append(LeftOut(ground.name, constant, scored))
    return found
