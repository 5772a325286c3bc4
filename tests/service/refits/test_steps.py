"""Steps that one thread takes, whatever becomes of each."""

import threading

import pytest

from deciban.service.refits.steps import Steps
from deciban.service.store import StoreUnavailableError


@pytest.fixture
def steps():
    return Steps(threading.Event())


def test_steps_are_taken_in_the_order_in_which_they_are_asked_for(steps):
    taken = []
    for n in range(3):
        steps.ask(lambda n=n: taken.append(n))

    steps.take_asked(wait=0)

    assert taken == [0, 1, 2]
    assert not steps.has_asked


def test_a_step_that_cannot_use_the_store_is_taken_again(steps, monkeypatch):
    monkeypatch.setattr("deciban.service.refits.steps.RETRY", 0)
    left = [StoreUnavailableError("locked")]

    def step():
        if left:
            raise left.pop()

    steps.take(step)
    assert steps.has_later
    steps.take_due()

    assert not steps.has_later
    assert left == []


def test_a_step_that_goes_wrong_is_logged_and_the_next_is_taken(steps, caplog):
    taken = []
    steps.ask(lambda: 1 / 0)
    steps.ask(lambda: taken.append("next"))

    steps.take_asked(wait=0)

    assert taken == ["next"]
    assert "went wrong" in caplog.text
    assert not steps.has_later
