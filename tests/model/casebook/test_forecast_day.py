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
        ("2026-11-22", "2024-05-01"),
    ],
    ids=["open", "on the last day", "all closed"],
)
def test_the_day_is_today_until_all_scenarios_have_closed(today, taken):
    assert day_to_take(make_casebook([REPORT]), None, day(today)).day == day(taken)


def test_a_report_after_the_close_does_not_run_the_clock_out():
    late = make_report("memoirs", says(), published="2025-02-01")

    taken = day_to_take(make_casebook([REPORT, late]), None, day("2026-11-22"))

    assert taken.day == day("2024-05-01")
    assert "of the last report before the close" in taken.reason


def test_an_outcome_settled_after_the_close_is_known():
    outcome = {"occurred": False, "on": "2025-01-03"}
    casebook = make_casebook([REPORT], scenarios=[make_scenario(outcome=outcome)])

    assert day_to_take(casebook, None, day("2026-11-22")).day == day("2025-01-03")


def test_a_day_that_was_asked_for_is_taken():
    asked = day("2023-01-01")

    taken = day_to_take(make_casebook([REPORT]), asked, day("2024-06-01"))

    assert taken == (asked, "as given")
