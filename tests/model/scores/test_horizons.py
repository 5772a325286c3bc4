"""Tests of model/scores/horizons.py."""

import datetime

import pytest

from deciban.model.scores.horizons import HORIZON_WORDS, HORIZONS, horizon_scores
from deciban.model.scores.scoring import score_of

OPENS, CLOSES = datetime.date(2022, 1, 1), datetime.date(2024, 12, 31)


def before_close(days):
    return CLOSES - datetime.timedelta(days=days)


def scores(forecasts, last=CLOSES, occurred=True, opens=OPENS):
    made = horizon_scores(forecasts, opens, CLOSES, last, occurred)
    return {one.horizon: one for one in made}


def test_each_horizon_has_the_days_so_long_before_the_close():
    held = {OPENS: 0.1, before_close(31): 0.5, before_close(10): 0.8}

    made = scores(held)

    assert list(made) == list(HORIZONS) == list(HORIZON_WORDS)
    days = [one.days for one in made.values()]
    assert days[:4] == [8, 24, 61, 274]
    assert sum(days) == (CLOSES - OPENS).days + 1
    # Eight to 31 days before: 21 days of 50 %, then three of 80 %.
    assert made["month"].brier_mean == pytest.approx((21 * 0.25 + 3 * 0.04) / 24)
    assert made["month"].forecast_at_close == 0.8
    assert made["quarter"].brier == pytest.approx(0.81)


def test_their_means_by_their_days_are_the_mean_over_all_days():
    held = {OPENS: 0.1, before_close(400): 0.3, before_close(40): 0.6}
    whole = score_of(held, OPENS, CLOSES, True)

    parts = scores(held).values()

    assert whole is not None
    total = sum(one.brier_mean * one.days for one in parts)
    assert total / whole.days == pytest.approx(whole.brier_mean)


def test_one_that_was_settled_early_has_only_the_horizons_before():
    made = scores({OPENS: 0.3}, last=before_close(50))

    assert list(made) == ["quarter", "year", "longer"]
    assert made["quarter"].days == 92 - 50 + 1


def test_a_short_window_has_no_horizon_beyond_its_opening():
    opens = before_close(10)

    made = scores({opens: 0.3}, opens=opens)

    assert {name: one.days for name, one in made.items()} == {"week": 8, "month": 3}


def test_the_first_days_of_the_calendar_have_horizons_too():
    opens, closes = datetime.date(1, 1, 2), datetime.date(1, 1, 5)

    (week,) = horizon_scores({opens: 0.5}, opens, closes, opens, True)

    assert (week.horizon, week.days) == ("week", 1)
