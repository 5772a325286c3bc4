"""Requests are counted by the minute, each asker by itself."""

import pytest

from deciban.service.web.access.counts import MinuteCounts


@pytest.fixture
def counts(clock):
    clock.advance(seconds=30)  # after the full minute
    return MinuteCounts(2, clock)


def test_one_too_many_waits_for_the_next_minute(counts, clock):
    assert [counts.add("anna") for _ in range(3)] == [0, 0, 30]

    clock.advance(seconds=30)

    assert counts.add("anna") == 0


def test_one_asker_does_not_use_up_what_another_may(counts):
    for _ in range(3):
        counts.add("anna")

    assert counts.add("ben") == 0


def test_the_end_of_a_minute_is_still_a_second_to_wait(counts, clock):
    clock.advance(seconds=29.9)

    assert [counts.add("anna") for _ in range(3)] == [0, 0, 1]
