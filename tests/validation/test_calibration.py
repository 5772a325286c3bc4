"""The truth is as likely anywhere among its posterior draws."""

import numpy as np
import pytest
from scipy.stats import norm

from tests.validation.calibration import coverage, least, ranks, uniformity


@pytest.mark.slow
def test_every_unknown_is_as_likely_anywhere_among_its_draws():
    """Refused once in a thousand, over all."""
    found = ranks(80)

    assert {name.split()[0] for name in found} == {
        "digit",
        "word",
        "calibration",
        "overlap",
        "grade",
        "scenario",
        "source",
        "link",
    }
    assert least(found) > 0.001


def test_draws_that_are_too_sure_are_found_out():
    """Truths twice as wide as the draws: a rank of Phi(2 z)."""
    z = np.random.default_rng(1).standard_normal(400)

    assert uniformity(norm.cdf(z)) > 0.01
    assert uniformity(norm.cdf(2 * z)) < 1e-6
    assert coverage(norm.cdf(z), 0.9) == pytest.approx(0.9, abs=0.05)
    # Phi(1.645 / 2) - Phi(-1.645 / 2) by the tables.
    assert coverage(norm.cdf(2 * z), 0.9) == pytest.approx(0.589, abs=0.07)
