"""Tests of model/casebook/past_days.py."""

import datetime

import pytest

from deciban.model.casebook.past_days import (
    as_it_stood,
    day_digest,
    day_that_tells,
    replay_days,
)
from tests.model.builders import make_casebook, make_report, make_scenario, says


def day(text: str) -> datetime.date:
    return datetime.date.fromisoformat(text)


def on(published: str, name: str = "first", **changes):
    return make_report(name, says(), published=published, **changes)


def test_a_later_report_by_a_new_source_leaves_earlier_days_as_they_were():
    before = make_casebook([on("2024-05-20")], sources={"radio": "B"})
    after = make_casebook(
        [on("2024-05-20"), on("2024-07-15", "second", source="paper")],
        sources={"radio": "B", "paper": "C"},
    )

    june, august = day("2024-06-01"), day("2024-08-01")
    assert as_it_stood(before, june) == as_it_stood(after, june)
    assert as_it_stood(before, august) != as_it_stood(after, august)


def test_origins_are_among_those_who_had_spoken():
    casebook = make_casebook([on("2024-05-20", origin="paper")])

    known = as_it_stood(casebook, day("2024-06-01"))

    assert [source.id for source in known.evidence.sources] == ["radio", "paper"]


OUTCOME = {"occurred": True, "on": "2024-05-15"}
LEAKS = {
    "a report": {"reports": [on("2024-06-02", "later", source="paper")]},
    "a repeat": {"reports": [on("2024-06-02", "later", repeats="first", bears_on=[])]},
    "an outcome": {"outcome": {"occurred": True, "on": "2024-06-02"}},
    "when it was known": {"outcome": OUTCOME | {"known": "2024-06-02"}},
    "that it was annulled": {"outcome": {"annulled": True, "on": "2024-06-02"}},
    "a review": {"reviewed": "2024-06-02"},
    "a sign that is due": {
        "indicators": [
            {
                "id": "sign",
                "sign": "It is seen",
                "bears_on": {"scenario": "war", "if_true": 0.4, "if_false": 0.1},
                "due": "2024-06-02",
            }
        ]
    },
    "a market": {
        "benchmarks": [{"day": "2024-06-02", "probability": 0.9, "who": "a market"}]
    },
}


@pytest.mark.parametrize("leak", LEAKS.values(), ids=LEAKS)
def test_nothing_that_became_known_later_leaks_into_a_day(leak):
    def casebook(**more):
        reports = [on("2024-05-20"), *more.pop("reports", ())]
        header = {
            key: more.pop(key) for key in ("reviewed", "indicators") if key in more
        }
        return make_casebook(reports, scenarios=[make_scenario(**more)], **header)

    before, after = casebook(), casebook(**leak)

    assert before != after
    assert day_digest(before, day("2024-06-01")) == day_digest(after, day("2024-06-01"))


def test_a_replay_is_of_each_day_or_week_or_of_those_with_news():
    casebook = make_casebook(
        [on("2024-05-20"), on("2024-05-23", "second")],
        scenarios=[make_scenario(outcome=OUTCOME | {"known": "2024-05-30"})],
        reviewed="2024-05-25",
    )

    def days(every, first="2024-05-20", last="2024-06-01"):
        return [one.day for one in replay_days(casebook, every, day(first), day(last))]

    assert days("day") == [*range(20, 32), 1]
    assert days("week") == [20, 27]
    assert days("report") == [20, 23, 25, 30]
    assert days("report", first="2024-01-01") == [1, 20, 23, 25, 30]  # as it opens


def test_between_two_days_with_news_one_fit_tells_of_all_unless_evidence_ages():
    reports = [on("2024-05-20"), on("2024-05-23", "second")]
    still, ageing = make_casebook(reports), make_casebook(reports, half_life_days=30)

    assert day_that_tells(still, day("2024-05-22")) == day("2024-05-20")
    assert day_that_tells(still, day("2024-07-01")) == day("2024-05-23")
    assert day_that_tells(ageing, day("2024-05-22")) == day("2024-05-22")
    assert day_that_tells(still, day("2023-12-01")) == day("2023-12-01")


@pytest.mark.parametrize("past", ["2022-12-01", "2024-03-31", "2025-12-31"])
def test_outcomes_of_the_shipped_case_change_no_day_before_they_were_known(
    shipped, past
):
    open_ = shipped.model_copy(
        update={
            "priors": shipped.priors.model_copy(
                update={
                    "scenarios": tuple(
                        scenario.model_copy(update={"outcome": None})
                        for scenario in shipped.priors.scenarios
                    )
                }
            )
        }
    )

    assert len(shipped.outcomes()) == 5
    assert day_digest(shipped, day(past)) == day_digest(open_, day(past))
    known = day("2026-11-01")
    assert day_digest(shipped, known) != day_digest(open_, known)


def test_indicators_of_the_shipped_case_change_no_day_before_they_were_due(shipped):
    without = shipped.model_copy(
        update={"priors": shipped.priors.model_copy(update={"indicators": ()})}
    )

    first = min(one.due for one in shipped.priors.indicators)
    before = first - datetime.timedelta(days=1)
    assert len(shipped.priors.indicators) == 3
    assert day_digest(shipped, before) == day_digest(without, before)
    assert day_digest(shipped, first) != day_digest(without, first)
