"""Tests of model/scores/foresight.py."""

import datetime

from deciban.model.scores.foresight import foresight_spans, scored_days
from tests.model.builders import make_casebook, make_report, make_scenario

TODAY = datetime.date(2026, 1, 1)


def day(text):
    return datetime.date.fromisoformat(text)


def settled(**outcome):
    outcome = {"occurred": True, "on": "2024-03-01"} | outcome
    return make_scenario("war", outcome=outcome)


def test_scores_need_the_opening_and_the_days_with_news_until_it_is_settled():
    reports = [
        make_report("first", published="2023-12-01"),
        make_report("second", published="2024-02-20"),
        make_report("third", published="2024-03-01"),
    ]
    casebook = make_casebook(reports, scenarios=[settled(), make_scenario("talks")])

    assert scored_days(casebook, TODAY) == [day("2024-01-01"), day("2024-02-20")]
    assert scored_days(casebook, day("2024-02-28")) == []


def test_foresight_ends_before_the_day_it_was_settled_or_with_the_close():
    def last(**outcome):
        casebook = make_casebook(scenarios=[settled(**outcome)])
        return str(foresight_spans(casebook, TODAY)["war"][1])

    assert last() == "2024-02-29"
    assert last(known="2025-03-01") == "2024-02-29"
    assert last(occurred=False, on="2025-02-01") == "2024-12-26"
    assert last(occurred=False, on="2024-12-26") == "2024-12-25"
