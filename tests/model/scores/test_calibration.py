"""Tests of model/scores/calibration.py."""

import numpy as np
import pytest
from sklearn.isotonic import IsotonicRegression
from sklearn.metrics import brier_score_loss

from deciban.model.scores.calibration import (
    calibration_bins,
    calibration_curve,
    corp,
    recalibrated,
)

SAID = [0.1] * 5 + [0.6] * 5 + [0.9] * 10
CAME = [bool(o) for o in [0, 0, 0, 0, 1, 1, 1, 1, 0, 0, *[1] * 9, 0]]


def drawn(seed, n=200):
    rng = np.random.default_rng(seed)
    said = rng.uniform(size=n).round(2)
    return said, rng.uniform(size=n) < said**2


def test_three_levels_that_rise_split_as_murphy_does():
    """NUMBERS: REL .0025, RES .0825, UNC .2275; shares rise, so bins are levels."""
    parts = corp(SAID, CAME)

    assert parts is not None
    assert parts.mcb == pytest.approx(0.0025)
    assert parts.dsc == pytest.approx(0.0825)
    assert parts.unc == pytest.approx(0.2275)


@pytest.mark.parametrize("seed", range(5))
def test_the_parts_sum_to_the_brier_score_and_none_is_negative(seed):
    said, came = drawn(seed)
    parts = corp(list(said), list(came))

    assert parts is not None
    assert parts.mcb - parts.dsc + parts.unc == pytest.approx(
        np.mean((said - came) ** 2)
    )
    assert min(parts.mcb, parts.dsc, parts.unc) >= -1e-12


@pytest.mark.parametrize("seed", range(5))
def test_the_parts_are_those_that_scikit_learn_leads_to(seed):
    said, came = drawn(seed)
    parts = corp(list(said), list(came))
    fitted = IsotonicRegression().fit_transform(said, came)
    recalibrated_score = brier_score_loss(came, np.clip(fitted, 0, 1))
    unc = brier_score_loss(came, np.full(len(came), came.mean()))

    assert parts is not None
    assert recalibrated(said, came.astype(float)) == pytest.approx(fitted)
    assert parts.unc == pytest.approx(unc)
    assert parts.dsc == pytest.approx(unc - recalibrated_score)
    assert parts.mcb == pytest.approx(brier_score_loss(came, said) - recalibrated_score)


def test_a_constant_forecast_tells_nothing_apart():
    parts = corp([0.4] * 10, [True] * 3 + [False] * 7)

    assert parts is not None
    assert parts.dsc == pytest.approx(0)
    assert parts.mcb == pytest.approx(0.01)
    assert parts.unc == pytest.approx(0.21)


def test_the_order_of_forecasts_does_not_matter():
    said, came = drawn(7)
    order = np.random.default_rng(1).permutation(len(said))
    one, other = (
        corp(list(said), list(came)),
        corp(list(said[order]), list(came[order])),
    )

    assert one is not None and other is not None
    assert one.model_dump() == pytest.approx(other.model_dump())


def test_equal_forecasts_get_one_answer_and_answers_rise():
    """Pooled by hand: .2 has half, .5 none, so both get 1 of 3; .8 has 1."""
    fitted = recalibrated(np.array([0.2, 0.8, 0.5, 0.2]), np.array([1.0, 1, 0, 0]))

    assert fitted == pytest.approx([1 / 3, 1, 1 / 3, 1 / 3])


def test_bins_have_their_counts_means_and_shares():
    bins = calibration_bins(SAID, CAME)

    assert [(b.low, b.n) for b in bins] == [(0.1, 5), (0.6, 5), (0.9, 10)]
    assert [b.occurred for b in bins] == pytest.approx([0.2, 0.6, 0.9])
    assert [b.forecast for b in bins] == pytest.approx([0.1, 0.6, 0.9])


def test_the_ends_of_the_scale_are_of_the_first_and_last_bin():
    bins = calibration_bins([0.0, 0.3, 1.0], [False, True, True])

    assert [(b.low, b.high) for b in bins] == [(0, 0.1), (0.3, 0.4), (0.9, 1)]


def test_of_no_forecasts_nothing_is_said():
    assert calibration_bins([], []) == []
    assert corp([], []) is None


def curve_of(seed, chance):
    rng = np.random.default_rng(seed)
    said = rng.choice([0.1, 0.3, 0.7, 0.9], size=200)
    return calibration_curve(list(said), list(rng.random(200) < chance(said)))


def test_the_band_holds_nine_in_ten_of_what_comes_of_forecasts_that_are_right():
    curves = [curve_of(seed, lambda p: p) for seed in range(10)]
    inside = [point.is_inside for curve in curves for point in curve]

    assert [point.forecast for point in curves[0]] == [0.1, 0.3, 0.7, 0.9]
    assert sum(point.n for point in curves[0]) == 200
    assert 0.75 <= np.mean(inside) <= 1  # 40 points of nine in ten: 2 sd below


def test_the_band_does_not_hold_what_comes_of_the_opposite():
    assert not any(point.is_inside for point in curve_of(0, lambda p: 1 - p))
