"""Pareto smoothing, held to ArviZ's and to tails whose shape is known."""

import numpy as np
import pytest
from arviz_stats.base import array_stats

from deciban.model.sampling.pareto import pareto_smoothed


def log_weights(shape, n=4000):
    """Draw weights whose tail is that of a generalised Pareto distribution."""
    uniform = np.random.default_rng(11).uniform(size=n)
    return np.log(uniform**-shape - 1) - np.log(shape)


@pytest.mark.parametrize("n", [25, 100, 1000, 4000])
@pytest.mark.parametrize("shape", [0.1, 0.5, 0.9, 3.0])
def test_weights_and_shape_are_those_of_arviz(shape, n):
    log_weight = log_weights(shape, n)

    smoothed, k = pareto_smoothed(log_weight)
    theirs, their_k = array_stats.psislw(-log_weight)
    assert k == pytest.approx(float(their_k), rel=1e-9, nan_ok=True)
    total = np.log(np.exp(smoothed - smoothed.max()).sum()) + smoothed.max()
    assert smoothed - total == pytest.approx(theirs, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("shape", [0.3, 0.7])
def test_the_shape_of_a_tail_is_found(shape):
    _, k = pareto_smoothed(log_weights(shape, 100_000))

    # Fitted to 948 draws: its standard error is about (1 + k) / root 948.
    assert k == pytest.approx(shape, abs=3 * (1 + shape) / 948**0.5)


def test_a_constant_does_not_matter():
    one, k = pareto_smoothed(log_weights(0.5))
    other, same_k = pareto_smoothed(log_weights(0.5) + 700)

    assert k == pytest.approx(same_k)
    assert np.diff(one) == pytest.approx(np.diff(other))


def test_a_tail_of_one_value_is_left_as_it_is():
    log_weight = np.where(np.arange(1000) % 2 == 0, -1.0, 0.0)

    smoothed, k = pareto_smoothed(log_weight)
    assert k == 0
    np.testing.assert_array_equal(smoothed, log_weight)
