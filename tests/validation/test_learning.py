"""What overlap some ledgers had, and what it says of another."""

import numpy as np
import pytest
from scipy.special import expit

from tests.validation.learning import Quantiles, expected


def test_quantiles_are_those_of_draws_that_are_normal_on_the_log_odds():
    draws = expit(np.random.default_rng(1).normal(0.5, 0.8, 200_000))

    found = Quantiles.of(draws)

    # Standard errors of a quantile of 200,000 draws are below .002 here.
    assert found == pytest.approx(np.quantile(draws, [0.5, 0.05, 0.95]), abs=0.006)
    assert found.sd == pytest.approx(0.8, abs=0.01)


def test_spread_has_the_quantiles_that_it_is_written_with():
    overlap = Quantiles(0.6, 0.3, 0.84)

    assert np.quantile(overlap.spread(10_001), 0.5) == pytest.approx(0.6)
    assert np.quantile(overlap.spread(10_001), 0.05) == pytest.approx(0.3, abs=0.01)


def test_few_ledgers_lead_to_a_wide_expectation():
    """Two medians, log-odds a and -a: sd a sqrt 2, t(.95, 1) = 6.314 by the tables."""
    low, high = expit(-0.1), expit(0.1)

    found = expected([Quantiles(low, 0.1, 0.9), Quantiles(high, 0.1, 0.9)])

    assert found.median == pytest.approx(0.5)
    assert found.high == pytest.approx(expit(6.314 * 0.1 * 2**0.5 * 1.5**0.5), abs=1e-4)
