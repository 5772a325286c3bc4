"""A scenario's clock, from before its window to after its settlement."""

import datetime

import pytest

from deciban.priors import Outcome, Scenario
from deciban.service.application.time_left import time_left

SHELLS = Scenario(
    id="shells",
    question="Shells?",
    criteria="Shells",
    hazard="none",
    opens=datetime.date(2022, 7, 1),
    closes=datetime.date(2023, 7, 1),
    prior={"median": 0.3, "low": 0.1, "high": 0.6},
)


@pytest.mark.parametrize(
    ("day", "state", "sentence", "is_due"),
    [
        ("2022-06-30", "open", "opens on 1 Jul 2022", False),
        ("2022-07-01", "open", "365 of 365 days left, no hazard", False),
        ("2023-05-31", "open", "31 of 365 days left, no hazard", False),
        ("2023-06-01", "open", "30 of 365 days left, no hazard", True),
        ("2023-07-01", "open", "0 of 365 days left, no hazard", True),
        (
            "2023-07-02",
            "closed, not settled",
            "closed on 1 Jul 2023, not settled",
            True,
        ),
    ],
)
def test_a_window_is_told_as_of_a_day(day, state, sentence, is_due):
    told = time_left(SHELLS, None, datetime.date.fromisoformat(day))

    assert told == (state, sentence, is_due)


@pytest.mark.parametrize(
    ("outcome", "sentence"),
    [
        ({"occurred": True}, "settled yes on 2 Aug 2022"),
        ({"occurred": False}, "settled no on 2 Aug 2022"),
        ({"annulled": True}, "annulled on 2 Aug 2022"),
    ],
)
def test_what_is_settled_is_due_no_more(outcome, sentence):
    known = Outcome(on=datetime.date(2022, 8, 2), **outcome)
    told = time_left(SHELLS, known, datetime.date(2024, 1, 1))

    assert (told.sentence, told.is_due) == (sentence, False)
