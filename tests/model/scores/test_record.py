"""Tests of model/scores/record.py."""

import datetime

import pytest

from deciban.model.scores.case_scores import CaseScores, ScenarioScores, totals
from deciban.model.scores.record import ENOUGH, track_record
from deciban.model.scores.scoring import score_of

TODAY = datetime.date(2026, 1, 1)
FIRST = datetime.date(2024, 1, 1)


def scored(name, forecast, outcome, on="2024-03-01", closes="2024-12-31"):
    settled = datetime.date.fromisoformat(on)
    return ScenarioScores(
        id=name,
        closes=datetime.date.fromisoformat(closes),
        outcome=outcome,
        annulled=False,
        settled_on=settled,
        published=score_of({FIRST: forecast}, FIRST, settled, outcome),
        prior_mean=0.5,
        prior_brier=0.25,
        prior_log=0.69,
    )


def record(*scenarios, today=TODAY):
    case = CaseScores(
        case="war", as_of=today, scenarios=list(scenarios), all=totals(scenarios, today)
    )
    return track_record([case], today)


def test_best_and_worst_calls_are_hits_and_misses_in_words():
    made = record(
        scored("right", 0.9, True),
        scored("wrong", 0.33, True),
        scored("no", 0.2, False),
    )

    assert [call.scenario for call in made.best] == ["right", "no"]
    assert [call.scenario for call in made.worst] == ["wrong"]
    assert made.worst[0].sentence == "We said 33 %; it happened, settled on 1 Mar 2024."
    assert made.best[1].sentence.startswith("We said 20 %; it did not happen")


def test_months_are_those_in_which_scenarios_were_settled():
    made = record(
        scored("a", 0.9, True, on="2024-03-01"),
        scored("b", 0.5, True, on="2024-03-20"),
        scored("c", 0.2, True, on="2024-02-20"),
    )

    assert [(m.month, m.n) for m in made.months] == [("2024-02", 1), ("2024-03", 2)]
    assert made.months[1].brier == pytest.approx((0.01 + 0.25) / 2)


def test_calibration_is_told_from_twenty_scenarios_on_whose_close_has_passed():
    many = [scored(f"s{i}", 0.9, i % 10 > 0) for i in range(ENOUGH)]
    early = [scored("early", 0.9, True, closes="2026-06-30")]

    assert record(*many).enough
    assert not record(*many[1:], *early).enough
    assert record(*many[1:], *early).all.n == ENOUGH


def test_without_a_settled_scenario_nothing_is_claimed():
    made = record()

    assert (made.all.n, made.all.brier, made.enough) == (0, None, False)
    assert made.best == made.worst == made.months == []
