"""What is remembered is made once, and what was not asked for longest is forgotten."""

import threading

import pytest

from deciban.service.running.lru import Remembered

PATIENCE = 120.0  # seconds in which anything happens, unless it never does


def test_a_value_is_made_once():
    remembered = Remembered[object](2)

    assert remembered.make("a", object) is remembered.make("a", object)


def test_what_was_not_asked_for_longest_is_forgotten():
    remembered = Remembered[int](2)
    remembered.keep("a", 1)
    remembered.keep("b", 2)
    remembered.get("a")
    remembered.keep("c", 3)

    assert remembered.keys() == {"a", "c"}
    assert remembered.get("b") is None


def test_threads_that_ask_at_once_get_the_same():
    remembered = Remembered[object](2)
    entered, go_on = threading.Event(), threading.Event()
    made, got = [], []

    def make():
        entered.set()
        go_on.wait(PATIENCE)
        made.append(object())
        return made[-1]

    threads = [
        threading.Thread(
            target=lambda: got.append(remembered.make("a", make)), daemon=True
        )
        for _ in range(2)
    ]
    threads[0].start()
    assert entered.wait(PATIENCE)
    threads[1].start()
    go_on.set()
    for thread in threads:
        thread.join()

    assert got == made * 2


def test_what_could_not_be_made_is_not_remembered():
    remembered = Remembered[int](2)

    with pytest.raises(ZeroDivisionError):
        remembered.make("a", lambda: 1 // 0)

    assert remembered.make("a", lambda: 1) == 1


def test_one_value_may_ask_for_another():
    remembered = Remembered[int](2)

    assert remembered.make("a", lambda: remembered.make("b", lambda: 1) + 1) == 2
    assert remembered.keys() == {"a", "b"}
