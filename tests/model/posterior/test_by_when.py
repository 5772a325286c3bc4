"""By when a scenario has occurred, against the clock worked out by hand."""

import datetime

import numpy as np
import pytest

from deciban.model.likelihood.design import design
from deciban.model.posterior.by_when import by_when
from tests.model.builders import (
    certain,
    draws_of,
    graded,
    make_casebook,
    make_report,
    make_scenario,
    says,
)

DAY = datetime.date(2024, 6, 29)  # 180 days of the window of 361 have passed


def curve(*reports, day=DAY, links=(), **scenarios):
    changes = {"hazard": "constant", "prior": certain(0.5)}
    casebook = make_casebook(
        reports,
        scenarios=[
            make_scenario(name, **changes | own) for name, own in scenarios.items()
        ],
        links=list(links),
        scales=graded(B=30.0),
    )
    z = np.zeros((2, 4, design(casebook, day).layout.size))
    return by_when(draws_of(casebook, z, day), casebook, day)


def test_where_nobody_has_looked_it_grows_with_the_hazard_to_the_prior():
    points = curve(war={})["war"]

    assert (points[0].day.isoformat(), points[-1].day.isoformat()) == (
        "2024-01-01",
        "2024-12-26",
    )
    assert len(points) == 25
    for one in points:
        share = ((one.day - points[0].day).days + 1) / 361
        assert one.mean == pytest.approx(1 - 0.5**share)
    assert points[-1].mean == pytest.approx(0.5)


def test_what_was_looked_for_has_hardly_occurred_and_reports_raise_all_of_it():
    """Looked on day 180, missed with 1 in 10; then reported at 9 to 1."""
    report = make_report(
        "it", says([0.9, 0.1]), published=DAY.isoformat(), credibility=6
    )
    points = curve(report, war={})["war"]

    g = 180 / 361
    before, after = 0.1 * (1 - 0.5**g), 0.5**g - 0.5
    occurs = 9 * (before + after) / (9 * (before + after) + 0.5)
    assert points[-1].mean == pytest.approx(occurs)
    then = next(one for one in points if one.day >= DAY)
    u = ((then.day - datetime.date(2024, 1, 1)).days + 1) / 361
    by_then = (before + 0.5**g - 0.5**u) / (before + after)
    assert then.mean == pytest.approx(occurs * by_then)


def test_under_each_outcome_of_its_cause_its_hazard_is_another():
    link = {"if": "shells", "then": "war", "probability": 0.9}
    points = curve(shells={"hazard": "none"}, war={"hazard": "constant"}, links=[link])[
        "war"
    ]

    share = ((points[12].day - points[0].day).days + 1) / 361
    expected = 0.5 * (1 - 0.5**share) + 0.5 * (1 - 0.1**share)
    assert points[12].mean == pytest.approx(expected)
    assert points[-1].mean == pytest.approx(0.7)


@pytest.mark.parametrize(
    "changes",
    [{"hazard": "none"}, {"outcome": {"occurred": False, "on": "2024-06-01"}}],
    ids=["no hazard", "settled"],
)
def test_without_a_clock_it_does_not_say_when(changes):
    assert curve(war=changes) == {}
