"""What changes do to forecasts: one comparison, for pages and API."""

import datetime

import pytest

from deciban.model.casebook.changes import Change
from deciban.service.application.forecast_changes import (
    forecast_changes,
    late_reports,
)
from tests.service.web.api import conftest as small_case
from tests.service.web.api.builders import CASE, make_report

# The fixtures of the small case, here too.
casebook, war = small_case.casebook, small_case.war
prior_fit, fit = small_case.prior_fit, small_case.fit
scheduler, forecasts = small_case.scheduler, small_case.forecasts


def report(report_id="seen", **changes):
    body = make_report(report_id, **changes)
    return Change(kind="report", key=report_id, body=body)


def test_each_scenario_is_told_before_and_after_in_the_order_of_the_case(
    forecasts, fit
):
    told = forecast_changes(forecasts.what_if("war", [report()]))

    assert [one.scenario.id for one in told] == ["shells", "troops", "treaty"]
    assert [one.touched for one in told] == [True, False, False]
    shells, troops, _ = told
    assert shells.after.mean > shells.before.mean and shells.moves
    assert troops.decibans == pytest.approx(0, abs=0.05) and not troops.moves


def test_odds_that_double_move_by_three_decibans(forecasts, fit):
    [shells, *_] = forecast_changes(forecasts.what_if("war", [report()]))
    before, after = shells.before.mean, shells.after.mean
    ratio = after / (1 - after) / (before / (1 - before))

    assert 10 ** (shells.decibans / 10) == pytest.approx(ratio)


def test_backwards_what_the_changes_leave_is_before(forecasts, fit):
    read = forecasts.what_if("war", [report()])

    [forth, *_], [back, *_] = (
        forecast_changes(read, backwards=way) for way in (False, True)
    )

    assert (back.before, back.after) == (forth.after, forth.before)
    assert back.decibans == pytest.approx(-forth.decibans)


def test_a_scenario_that_is_new_has_nothing_before(forecasts, fit):
    body = CASE["priors"]["scenarios"][0] | {"id": "planes"}
    added = Change(kind="scenario", key="planes", body=body)

    *_, planes = forecast_changes(forecasts.what_if("war", [added]))

    assert (planes.scenario.id, planes.before, planes.decibans) == (
        "planes",
        None,
        None,
    )
    assert planes.touched and planes.moves


def test_some_scenarios_alone_say_the_same_as_among_all(forecasts, fit):
    read = forecasts.what_if("war", [report()])

    [alone] = forecast_changes(read, only=read.touched)

    among = forecast_changes(read)[0]
    assert (alone.scenario, alone.touched) == (among.scenario, among.touched)
    # But for rounding: fewer numbers are added up.
    assert alone.before.mean == pytest.approx(among.before.mean)
    assert alone.after.eti90 == pytest.approx(among.after.eti90)


def test_a_report_of_a_day_to_come_is_late_and_one_of_today_is_not():
    changes = [
        report("today", published="2024-03-31"),
        report("tomorrow", published="2024-04-01"),
        Change(kind="report", key="gone"),
    ]

    late = late_reports(changes, datetime.date(2024, 3, 31))

    assert [one.id for one in late] == ["tomorrow"]
