"""Tests of model/casebook/history_days.py."""

import datetime

from deciban.model.casebook.history_days import history_days
from tests.model.builders import make_casebook, make_report, make_scenario, says

AS_OF = datetime.date(2024, 8, 10)
HAPPENED = {"occurred": True, "on": "2024-07-04", "because": "it was announced"}


def day(text: str) -> datetime.date:
    return datetime.date.fromisoformat(text)


def on(published: str, name: str = "first", **changes):
    return make_report(name, says(), published=published, **changes)


def shown(casebook, most: int = 60, as_of: datetime.date = AS_OF) -> list[str]:
    return [str(day) for day in history_days(casebook, as_of, most)]


def test_a_history_has_the_days_of_reports_and_outcomes_and_the_firsts_of_months():
    casebook = make_casebook(
        [on("2024-05-20"), on("2024-07-15", "second")],
        scenarios=[make_scenario(outcome=HAPPENED)],
    )

    assert shown(casebook) == [
        "2024-05-20",
        "2024-06-01",
        "2024-07-01",
        "2024-07-04",
        "2024-07-15",
        "2024-08-01",
    ]


def test_reports_older_than_every_window_count_on_the_day_on_which_one_opens():
    scenarios = [
        make_scenario("war", opens="2024-06-15"),
        make_scenario("peace", opens="2024-07-15"),
    ]
    old = [on("1994-01-01"), on("2005-01-01", "second"), on("2024-08-02", "third")]

    assert shown(make_casebook(old, scenarios=scenarios)) == [
        "2024-06-15",
        "2024-07-01",
        "2024-08-01",
        "2024-08-02",
    ]


def test_a_report_that_bears_on_nothing_makes_no_day():
    silent = make_report("silent", published="2024-05-10")

    assert shown(make_casebook([silent])) == []


def test_a_repeat_makes_a_day_since_its_source_vouches_for_the_first():
    again = make_report("again", published="2024-08-05", repeats="first", source="blog")
    relayed = on("2024-08-02", origin="paper")

    assert shown(make_casebook([relayed, again])) == ["2024-08-02", "2024-08-05"]


def test_the_day_of_the_forecast_itself_and_later_ones_are_left_out():
    casebook = make_casebook([on("2024-08-09"), on("2024-08-10", "second")])

    assert shown(casebook) == ["2024-08-09"]


def test_of_too_many_days_some_are_taken_at_even_steps_with_the_ends():
    casebook = make_casebook([on(f"2024-07-{i:02}", f"r{i}") for i in range(1, 10)])

    assert shown(casebook, most=5, as_of=day("2024-07-20")) == [
        f"2024-07-{i:02}" for i in (1, 3, 5, 7, 9)
    ]
    assert shown(casebook, most=1) == ["2024-08-01"]
    assert shown(casebook, most=0) == []


def test_the_day_of_a_close_is_among_the_days_however_few():
    reports = [on(f"2024-0{month}-10", f"r{month}") for month in range(1, 8)]
    casebook = make_casebook(
        reports,
        scenarios=[make_scenario("peace", closes="2024-05-03"), make_scenario()],
    )

    assert "2024-05-03" in shown(casebook, most=4)
    assert len(shown(casebook, most=4)) == 4
