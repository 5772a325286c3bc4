"""Rules that add weights: limits, and what one more agreeing account does."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deciban.evidence import DECIBANS_PER_NAT
from tests.validation.ledgers import poll_ledger
from tests.validation.pooling import Accounts, accounts, capped, p_norm, tempered
from tests.validation.test_ledgers import make_poll

WEIGHTS = st.lists(st.floats(0.01, 12), min_size=1, max_size=8)
CONSTANTS = st.floats(0, 0.95)


def on_one_target(*weights: float) -> Accounts:
    return Accounts(np.array([weights]), np.zeros(len(weights), dtype=int), 1)


@pytest.mark.parametrize("rule", [p_norm, tempered])
def test_nothing_shared_adds_what_is_said(rule):
    assert rule(on_one_target(2.0, 1.0, -0.5), 0.0).item() == pytest.approx(2.5)


def test_half_overlap_is_the_root_of_the_sum_of_squares():
    assert p_norm(on_one_target(3.0, 4.0, -1.0), 0.5).item() == pytest.approx(4.0)


def test_full_cap_leaves_the_strongest():
    assert capped(on_one_target(3.0, 2.0, 1.0), 1.0).item() == pytest.approx(3.0)


def test_no_power_of_the_cap_is_no_cap():
    assert capped(on_one_target(3.0, 2.0, -1.0), 0.0).item() == pytest.approx(4.0)


@pytest.mark.parametrize("rule", [p_norm, capped])
@given(weights=WEIGHTS, more=st.floats(0.01, 12), constant=CONSTANTS)
def test_one_more_agreeing_account_never_lowers(rule, weights, more, constant):
    before = rule(on_one_target(*weights), constant).item()

    assert rule(on_one_target(*weights, more), constant).item() >= before - 1e-9


def test_an_agreeing_account_can_lower_where_all_are_tempered():
    """5 nats alone; 5.1 shared by (1 + .5) with a second that says little."""
    assert tempered(on_one_target(5.0, 0.1), 0.5).item() == pytest.approx(5.1 / 1.5)


def test_account_weighs_the_difference_of_its_sides():
    """A reliability of .8; leads of 3 and 4 points at 1 dB add up to 5 dB at o = .5."""
    polls = [make_poll(lead=3), make_poll(lead=4), make_poll(lead=-2)]
    reliability = {"pollster-1": np.array([0.8])}

    found = accounts(poll_ledger(polls, 1.0), reliability, 0.5)

    def weight(decibans: float) -> float:
        odds = 10 ** (decibans / 10)
        tilt = 0.8 * (odds - 1) / (odds + 1)
        return np.log((1 + tilt) / (1 - tilt))

    assert DECIBANS_PER_NAT == pytest.approx(10 / np.log(10))
    assert found.weight.item() == pytest.approx(weight(5) - weight(2))
