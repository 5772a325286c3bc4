"""How a scenario stands on a day, and which await their settlement."""

import datetime

import pytest

from deciban.model.casebook.states import due
from tests.model.builders import make_casebook, make_scenario

TODAY = datetime.date(2024, 6, 1)


def days_due(**changes):
    casebook = make_casebook(scenarios=[make_scenario(**changes)])
    return [(one.state, one.days) for one in due(casebook, TODAY)]


@pytest.mark.parametrize(
    ("closes", "expected"),
    [
        ("2024-07-02", []),
        ("2024-07-01", [("open", 30)]),
        ("2024-06-01", [("open", 0)]),
        ("2024-05-31", [("closed, not settled", -1)]),
    ],
)
def test_a_scenario_is_due_from_thirty_days_before_its_close(closes, expected):
    assert days_due(closes=closes) == expected


@pytest.mark.parametrize(
    ("outcome", "n_due"),
    [
        ({"occurred": True, "on": "2024-05-01"}, 0),
        ({"annulled": True, "on": "2024-05-01"}, 0),
        ({"occurred": True, "on": "2024-05-01", "known": "2024-06-02"}, 1),
    ],
    ids=["settled", "annulled", "settled, but known tomorrow"],
)
def test_what_is_settled_is_due_no_longer(outcome, n_due):
    assert len(days_due(closes="2024-05-31", outcome=outcome)) == n_due


def test_what_closed_longest_ago_comes_first_and_says_when():
    closes = {"a": "2024-06-02", "b": "2024-05-12", "c": "2024-06-01"}
    casebook = make_casebook(
        scenarios=[make_scenario(name, closes=day) for name, day in closes.items()]
    )

    told = [(one.scenario.id, one.sentence) for one in due(casebook, TODAY)]
    assert told == [
        ("b", "closed 20 days ago"),
        ("c", "closes today (UTC)"),
        ("a", "closes in 1 day"),
    ]


def test_that_a_rival_occurred_settles_the_others():
    casebook = make_casebook(
        scenarios=[
            make_scenario("a", outcome={"occurred": True, "on": "2024-05-01"}),
            make_scenario("b"),
        ],
        rivals=[{"id": "one", "scenarios": ["a", "b"]}],
    )

    assert due(casebook, datetime.date(2025, 6, 1)) == []
