"""Tests of model/scores/scoring.py, against published and hand-computed scores."""

import datetime
import math

import pytest
from sklearn.metrics import brier_score_loss, log_loss

from deciban.model.scores.scoring import brier_score, log_score, score_of

DAY = datetime.date(2024, 1, 1)


def by_day(*forecasts):
    return {day(i): p for i, p in enumerate(forecasts) if p is not None}


def day(number):
    return DAY + datetime.timedelta(days=number)


def test_twenty_forecasts_score_as_in_the_worked_example():
    """NUMBERS: Brier .1475, log loss .46699576."""
    said = [0.1] * 5 + [0.6] * 5 + [0.9] * 10
    came = [0, 0, 0, 0, 1, 1, 1, 1, 0, 0, *[1] * 9, 0]
    pairs = [(p, bool(o)) for p, o in zip(said, came, strict=True)]

    assert sum(brier_score(*pair) for pair in pairs) / 20 == pytest.approx(0.1475)
    assert sum(log_score(*pair) for pair in pairs) / 20 == pytest.approx(0.46699576)


@pytest.mark.parametrize("probability", [0.001, 0.02, 0.33, 0.5, 0.9, 0.999])
@pytest.mark.parametrize("occurred", [True, False])
def test_scores_are_those_of_scikit_learn(probability, occurred):
    came, said = [occurred], [probability]

    assert brier_score(probability, occurred) == pytest.approx(
        brier_score_loss(came, said)
    )
    assert log_score(probability, occurred) == pytest.approx(
        log_loss(came, said, labels=[False, True])
    )


def test_a_day_averaged_score_is_half_of_good_judgments():
    """Their Brier score sums both answers: .5, .5, .08, .02, on average .275."""
    score = score_of(by_day(0.5, 0.5, 0.8, 0.9), day(0), day(3), occurred=True)

    assert score is not None
    assert score.brier_mean == pytest.approx(0.275 / 2)
    assert (score.forecast_at_close, score.days) == (0.9, 4)
    assert score.brier == pytest.approx(0.01)


def test_a_forecast_is_carried_forward_until_the_next():
    score = score_of(by_day(0.2, None, None, 0.6), day(0), day(3), occurred=True)

    assert score is not None
    assert score.brier_mean == pytest.approx((3 * 0.64 + 0.16) / 4)
    assert score.log_mean == pytest.approx(-(3 * math.log(0.2) + math.log(0.6)) / 4)


def test_days_before_the_first_forecast_and_after_the_last_day_do_not_count():
    forecasts = by_day(None, None, 0.2, 0.6, 0.99)

    score = score_of(forecasts, day(0), day(3), occurred=False)

    assert score is not None
    assert (score.days, score.forecast_at_close) == (2, 0.6)
    assert score.brier_mean == pytest.approx((0.04 + 0.36) / 2)


def test_what_was_forecast_before_the_opening_holds_on_it():
    score = score_of({day(-9): 0.1, day(-3): 0.3}, day(0), day(1), occurred=False)

    assert score is not None
    assert (score.days, score.brier_mean) == (2, pytest.approx(0.09))


def test_without_a_forecast_in_time_there_is_no_score():
    assert score_of(by_day(None, 0.5), day(0), day(0), occurred=True) is None
    assert score_of(by_day(0.5), day(0), day(-1), occurred=True) is None


@pytest.mark.parametrize("occurred", [True, False])
def test_certainty_that_was_wrong_has_a_finite_log_score(occurred):
    assert log_score(float(not occurred), occurred) == pytest.approx(math.log(1000))
    assert log_score(float(occurred), occurred) == pytest.approx(-math.log(0.999))


@pytest.mark.parametrize("belief", [0.1, 0.35, 0.8])
def test_to_say_what_one_believes_scores_best_on_average(belief):
    for score in (brier_score, log_score):

        def expected(said, score=score):
            return belief * score(said, True) + (1 - belief) * score(said, False)

        assert expected(belief) < min(expected(belief - 0.05), expected(belief + 0.05))
