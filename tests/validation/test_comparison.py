"""Rules are compared on ledgers that their constants were not chosen on."""

import numpy as np
import pytest

from tests.validation.comparison import RULES, Ground, Trial, leave_one_out
from tests.validation.pooling import Accounts

P_NORM = RULES[0]


def ground(name: str, n_sources: int, share_right: float) -> Ground:
    """On each of 100 targets every source says the same, with a weight of 2 nats."""
    n = 100
    right = np.arange(n) < n * share_right
    side = np.where(right, 2.0, -2.0)
    said = Accounts(np.tile(side, n_sources)[None], np.tile(np.arange(n), n_sources), n)
    trial = Trial(said, said, np.ones(n, bool), 1e-6, shipped=np.full(n, 0.5))
    return Ground(name, {1.0: trial}, {1.0: trial})


def test_constant_is_chosen_on_the_other_ledgers():
    """Sources that err together overlap wholly, the others not at all."""
    copied = ground("copied", 9, share_right=1 / (1 + np.exp(-2)))
    alone = ground("alone", 2, share_right=1 / (1 + np.exp(-4)))

    of_copied, of_alone = leave_one_out(P_NORM, [copied, alone])

    assert (of_copied.ground, of_alone.ground) == ("copied", "alone")
    assert of_copied.constant.value < 0.1
    assert of_alone.constant.value == max(P_NORM.constants)


def test_ledger_is_scored_in_the_measure_that_serves_the_earlier_best():
    good, bad = (ground("polls", 1, share).scored[1.0] for share in (0.9, 0.1))
    measured = Ground("polls", {0.5: bad, 0.8: good}, {0.5: good, 0.8: bad})

    assert measured.measure(lambda trial: trial.accounts.weight) == 0.8
    assert measured.trial(lambda trial: trial.accounts.weight) is bad
    assert measured.loss(lambda trial: trial.accounts.weight) == pytest.approx(
        good.scores(lambda trial: trial.accounts.weight).log_loss
    )
