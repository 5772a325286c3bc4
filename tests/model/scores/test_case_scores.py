"""Tests of model/scores/case_scores.py."""

import datetime
import math

import pytest

from deciban.model.scores.case_scores import scores_of
from tests.model.builders import certain, make_casebook, make_scenario

TODAY = datetime.date(2026, 1, 1)


def day(text):
    return datetime.date.fromisoformat(text)


def settled(name="war", occurred=True, on="2024-03-01", **changes):
    outcome = {"occurred": occurred, "on": on} | changes.pop("outcome", {})
    return make_scenario(name, outcome=outcome, prior=certain(0.2), **changes)


def score(*scenarios, published=None, recorded=None, today=TODAY, **more):
    casebook = make_casebook(scenarios=scenarios, **more)
    published = published or {
        day("2024-01-01"): {s["id"]: 0.5 for s in scenarios},
        day("2024-02-20"): {s["id"]: 0.8 for s in scenarios},
        day("2024-03-01"): {s["id"]: 1.0 for s in scenarios},
    }
    return scores_of(casebook, today, published, recorded)


def test_the_day_of_settlement_is_no_foresight():
    (one,) = score(settled()).scenarios

    assert (one.outcome, one.settled_on) == (True, day("2024-03-01"))
    assert one.published is not None
    assert one.published.forecast_at_close == 0.8
    assert one.published.days == 60  # 2024 is a leap year
    assert one.published.brier_mean == pytest.approx((50 * 0.25 + 10 * 0.04) / 60)


def test_a_no_is_scored_up_to_and_with_the_close():
    forecasts = {day("2024-01-01"): {"war": 0.5}, day("2024-12-26"): {"war": 0.1}}
    no = settled(occurred=False, on="2025-02-01")

    (one,) = score(no, published=forecasts).scenarios

    assert one.published is not None
    assert (one.published.forecast_at_close, one.published.days) == (0.1, 361)


def test_the_prior_is_scored_as_it_was_written_without_its_clock():
    (one,) = score(settled()).scenarios

    assert one.prior_mean == pytest.approx(0.2, abs=1e-4)
    assert one.prior_brier == pytest.approx(0.64, abs=1e-3)
    assert one.prior_log == pytest.approx(-math.log(0.2), abs=1e-3)


def test_published_and_recorded_are_two_scores():
    late = {day("2024-02-20"): {"war": 0.6}}

    (one,) = score(settled(), recorded=late).scenarios

    assert one.published is not None and one.recorded is not None
    assert (one.recorded.forecast_at_close, one.recorded.days) == (0.6, 10)
    assert score(settled()).scenarios[0].recorded is None


def test_what_is_open_annulled_or_not_yet_known_has_no_score():
    open_ = make_scenario("talks")
    annulled = make_scenario("peace", outcome={"annulled": True, "on": "2024-03-01"})
    unknown = settled("treaty", outcome={"known": "2027-01-01"})

    scores = score(open_, annulled, unknown, settled())

    assert [one.published is None for one in scores.scenarios] == [True] * 3 + [False]
    assert [one.outcome for one in scores.scenarios] == [None, None, None, True]
    assert [one.annulled for one in scores.scenarios] == [False, True, False, False]
    assert scores.all.n == 1


def test_means_are_over_the_scenarios_that_are_settled():
    scores = score(settled(), settled("peace", occurred=False))

    assert scores.all.n == 2
    assert scores.all.brier == pytest.approx((0.04 + 0.64) / 2)
    assert scores.all.log == pytest.approx(-(math.log(0.8) + math.log(0.2)) / 2)
    assert [b.n for b in scores.all.calibration] == [2]
    assert scores.all.corp is not None
    assert scores.all.corp.unc == pytest.approx(0.25)


def test_what_is_settled_early_counts_in_calibration_from_its_close_on():
    before, after = day("2024-12-26"), day("2024-12-27")

    assert score(settled(), today=before).all.n == 1
    assert score(settled(), today=before).all.calibration == []
    assert [b.n for b in score(settled(), today=after).all.calibration] == [1]


def test_a_rival_that_came_true_settles_the_others():
    sides = [
        settled("left", hazard="none"),
        make_scenario("right", hazard="none", prior=certain(0.8)),
    ]
    rivals = [{"id": "race", "scenarios": ["left", "right"]}]

    _, right = score(*sides, rivals=rivals).scenarios

    assert right.outcome is False
    assert right.published is not None
    assert right.published.brier == pytest.approx(0.64)


def test_others_are_scored_beside_what_was_published_by_their_day():
    benchmarks = [
        {"day": "2024-02-01", "probability": 0.3, "who": "a market"},
        {"day": "2024-03-02", "probability": 0.99, "who": "a market"},
    ]

    (one,) = score(settled(benchmarks=benchmarks)).scenarios

    assert [(b.day, b.forecast) for b in one.benchmarks] == [(day("2024-02-01"), 0.5)]
    assert one.benchmarks[0].brier == pytest.approx(0.49)
    assert one.benchmarks[0].log == pytest.approx(-math.log(0.3))


def test_scores_carry_what_tells_them_apart():
    (one,) = score(settled(tags=["arms"])).scenarios
    casebook = make_casebook(scenarios=[settled()])
    (other,) = scores_of(casebook, TODAY, {}, writers={"war": "ada"}).scenarios

    assert (one.tags, one.who) == (("arms",), None)
    assert [h.horizon for h in one.horizons] == ["year"]
    assert (other.tags, other.who) == ((), "ada")


def test_the_json_of_scores_has_its_names():
    """As clients read it, settled or not."""
    scores = score(settled(), make_scenario("talks")).model_dump(mode="json")
    war, talks = scores["scenarios"]

    of_days = {"forecast_at_close", "brier", "log", "brier_mean", "log_mean"}
    assert {"id", "outcome", "settled_on", "published", "recorded"} <= war.keys()
    assert {"prior_brier", "prior_log", "benchmarks"} <= war.keys()
    assert of_days <= war["published"].keys()
    assert war["recorded"] is None
    assert war.keys() == talks.keys()
    assert [talks[name] for name in ("outcome", "settled_on", "published")] == [
        None
    ] * 3
    assert {"n", "brier", "log", "brier_mean", "log_mean"} <= scores["all"].keys()
    assert scores["all"]["calibration"][0]["n"] == 1
    assert scores["all"]["corp"].keys() == {"mcb", "dsc", "unc"}
