"""Tests of model/scores/record.py."""

import datetime

import pytest

from deciban.model.scores.case_scores import (
    BenchmarkScore,
    CaseScores,
    ScenarioScores,
    totals,
)
from deciban.model.scores.horizons import horizon_scores
from deciban.model.scores.record import ENOUGH, too_few, track_record
from deciban.model.scores.scoring import brier_score, log_score, score_of

TODAY = datetime.date(2026, 1, 1)
FIRST = datetime.date(2024, 1, 1)


def scored(name, forecast, outcome, on="2024-03-01", closes="2024-12-31", **more):
    settled = datetime.date.fromisoformat(on)
    ends = datetime.date.fromisoformat(closes)
    return ScenarioScores(
        id=name,
        closes=ends,
        outcome=outcome,
        annulled=False,
        settled_on=settled,
        published=score_of({FIRST: forecast}, FIRST, settled, outcome),
        prior_mean=0.5,
        prior_brier=0.25,
        prior_log=0.69,
        horizons=horizon_scores({FIRST: forecast}, FIRST, ends, settled, outcome),
        **more,
    )


def case_of(name, *scenarios, today=TODAY):
    return CaseScores(
        case=name, as_of=today, scenarios=list(scenarios), all=totals(scenarios, today)
    )


def record(*scenarios, today=TODAY, **chosen):
    return track_record([case_of("war", *scenarios, today=today)], today, **chosen)


def counts(groups):
    return {group.name: group.n for group in groups}


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
    assert made.cases == made.tags == made.horizons == made.people == made.others == []


def test_a_scenario_counts_under_each_of_its_tags_and_under_who_wrote_its_prior():
    made = track_record(
        [
            case_of(
                "war",
                scored("a", 0.9, True, tags=("arms", "east", "arms"), who="ada"),
                scored("b", 0.4, True, tags=("arms",), who="bob"),
            ),
            case_of("peace", scored("a", 0.2, True, who="ada")),
        ],
        TODAY,
    )

    assert counts(made.cases) == {"war": 2, "peace": 1}
    assert counts(made.tags) == {"arms": 2, "east": 1}
    assert counts(made.people) == {"ada": 2, "bob": 1}
    assert made.tags[0].brier == pytest.approx((0.01 + 0.36) / 2)


def test_a_record_is_of_a_tag_or_of_a_person():
    scenarios = [
        scored("a", 0.9, True, tags=("arms",), who="ada"),
        scored("b", 0.4, True, tags=("arms",), who="bob"),
        scored("c", 0.3, False, who="ada"),
    ]

    arms, both = record(*scenarios, tag="arms"), record(*scenarios, who="ada")

    assert (arms.all.n, both.all.n) == (2, 2)
    assert [call.scenario for call in both.best] == ["a", "c"]
    assert record(*scenarios, tag="arms", who="ada").all.n == 1
    assert record(*scenarios, tag="east").all.n == 0


def test_at_a_horizon_the_last_forecast_in_it_takes_the_place_of_that_at_the_close():
    early = scored("early", 0.9, True, on="2024-10-01")
    late = scored("late", 0.4, False, on="2024-12-30")

    made = record(early, late, horizon="month")

    assert counts(made.horizons) == {"week": 1, "month": 1, "quarter": 2, "year": 2}
    assert (made.all.n, made.all.brier) == (1, pytest.approx(0.16))
    assert [call.scenario for call in made.best] == ["late"]
    assert record(early, late, horizon="longer").all.n == 0


def test_others_are_compared_over_the_days_on_which_there_is_a_forecast_here():
    def said(probability, here, came):
        return BenchmarkScore(
            day=FIRST,
            who="a market",
            probability=probability,
            brier=brier_score(probability, came),
            log=log_score(probability, came),
            forecast=here,
        )

    made = record(
        scored(
            "a", 0.9, True, benchmarks=[said(0.6, 0.8, True), said(0.1, None, True)]
        ),
        scored("b", 0.4, False, benchmarks=[said(0.5, 0.3, False)]),
    )

    (market,) = made.others
    assert (market.who, market.n) == ("a market", 2)
    assert market.brier == pytest.approx((0.16 + 0.25) / 2)
    assert market.our_brier == pytest.approx((0.04 + 0.09) / 2)


def test_what_too_few_cannot_tell_is_said_with_their_number():
    assert too_few(record(scored("a", 0.9, True))).startswith("1 settled scenario ")
