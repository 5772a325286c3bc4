"""Scores of forecasts against hand-computed ones and known miscalibration."""

import numpy as np
import pytest
from scipy.special import expit, logit

from tests.validation.scores import scores


def test_scores_are_those_of_a_worked_example():
    """By hand: losses -ln .9, -ln .8, -ln .4; squares .01, .04, .36."""
    found = scores([0.9, 0.2, 0.4], [True, False, True], clip=1e-6)

    assert found.n == 3
    assert found.accuracy == pytest.approx(2 / 3)
    losses = -np.log([0.9, 0.8, 0.4])
    assert found.log_loss == pytest.approx(losses.mean())
    assert found.brier == pytest.approx(0.41 / 3)


def test_certainty_that_fails_costs_no_more_than_the_clip():
    assert scores([1.0, 1.0], [True, False], clip=1e-4).log_loss == pytest.approx(
        -(np.log(1 - 1e-4) + np.log(1e-4)) / 2
    )


@pytest.mark.parametrize("sureness", [0.5, 2.0])
def test_slope_tells_how_many_times_too_sure_forecasts_are(sureness):
    """Events as frequent as they are probable, forecast with other log-odds."""
    true = np.array([0.1, 0.3, 0.5, 0.6, 0.8])
    n = 1000
    occurred = np.concatenate([np.arange(n) < n * p for p in true])
    forecast = np.repeat(expit(sureness * logit(true)), n)

    assert scores(forecast, occurred, 1e-6).slope == pytest.approx(1 / sureness, 1e-3)
