"""TaskQueue that one thread takes, whatever becomes of each."""

import threading

import pytest

from deciban.service.refits.task_queue import TaskQueue
from deciban.service.store import StoreUnavailableError


@pytest.fixture
def tasks():
    return TaskQueue(threading.Event())


def test_steps_are_taken_in_the_order_in_which_they_are_asked_for(tasks):
    taken = []
    for n in range(3):
        tasks.ask(lambda n=n: taken.append(n))

    tasks.take_asked(wait=0)

    assert taken == [0, 1, 2]
    assert not tasks.has_asked


def test_a_step_that_cannot_use_the_store_is_taken_again(tasks, monkeypatch):
    monkeypatch.setattr("deciban.service.refits.task_queue.RETRY", 0)
    left = [StoreUnavailableError("locked")]

    def task():
        if left:
            raise left.pop()

    tasks.take(task)
    assert tasks.has_later
    tasks.take_due()

    assert not tasks.has_later
    assert left == []


def test_a_step_that_goes_wrong_is_logged_and_the_next_is_taken(tasks, caplog):
    taken = []
    tasks.ask(lambda: 1 / 0)
    tasks.ask(lambda: taken.append("next"))

    tasks.take_asked(wait=0)

    assert taken == ["next"]
    assert "went wrong" in caplog.text
    assert not tasks.has_later


def test_a_store_that_stays_unavailable_is_told_once(tasks, caplog):
    def fails() -> None:
        raise StoreUnavailableError("is full: its disk has no room")

    for _ in range(5):
        tasks.take(fails)

    assert caplog.messages == ["the store is full: its disk has no room; trying again"]
