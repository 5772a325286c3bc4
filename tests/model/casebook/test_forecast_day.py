"""The day of a forecast follows what is open, what is known, and what was asked."""

import datetime

import pytest

from deciban.model.casebook.forecast_day import day_to_take
from tests.model.builders import make_casebook, make_report, make_scenario, says

# make_scenario() closes on 2024-12-26, make_report() was published on 2024-05-01.
REPORT = make_report("plans", says())


def day(text: str) -> datetime.date:
    return datetime.date.fromisoformat(text)


@pytest.mark.parametrize(
    ("today", "taken"),
    [
        ("2024-06-01", "2024-06-01"),
        ("2024-12-26", "2024-12-26"),
        ("2026-11-22", "2024-12-27"),
    ],
    ids=["open", "on the last day", "all closed"],
)
def test_the_day_is_today_until_all_scenarios_have_closed(today, taken):
    assert day_to_take(make_casebook([REPORT]), None, day(today)).day == day(taken)


def test_what_is_said_or_looked_at_after_the_close_counts():
    late = make_report("memoirs", says(), published="2025-02-01")
    told = make_casebook([REPORT, late])

    taken = day_to_take(told, None, day("2026-11-22"))
    assert taken.day == day("2025-02-01")
    assert "of the last report, outcome or review" in taken.reason

    reviewed = make_casebook([REPORT, late], reviewed="2025-03-01")
    assert day_to_take(reviewed, None, day("2026-11-22")).day == day("2025-03-01")
    assert day_to_take(reviewed, None, day("2025-01-15")).day == day("2025-01-15")


def test_what_lies_ahead_does_not_count():
    ahead = make_report("memoirs", says(), published="2030-02-01")

    taken = day_to_take(make_casebook([REPORT, ahead]), None, day("2026-11-22"))

    assert taken.day == day("2024-12-27")
    assert "after the last close" in taken.reason


def test_an_outcome_settled_after_the_close_is_known():
    outcome = {"occurred": False, "on": "2025-01-03"}
    casebook = make_casebook([REPORT], scenarios=[make_scenario(outcome=outcome)])

    assert day_to_take(casebook, None, day("2026-11-22")).day == day("2025-01-03")


def test_a_day_that_was_asked_for_is_taken():
    asked = day("2023-01-01")

    taken = day_to_take(make_casebook([REPORT]), asked, day("2024-06-01"))

    assert taken == (asked, "as given")
