"""Weights of evidence, against the printed table of decibans."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deciban.evidence import DECIBANS_PER_NAT, weight_of_evidence

tilts = st.floats(min_value=-0.999, max_value=0.999)


def tilt(odds: float) -> float:
    """Tilt of a report with this Bayes factor, from (1 + t) / (1 - t) = odds."""
    return (odds - 1) / (odds + 1)


# Good's table of decibans, as NUMBERS.md section 3 prints it.
@pytest.mark.parametrize(
    ("bayes_factor", "decibans"),
    [
        (2, 3.01),
        (3, 4.77),
        (4, 6.02),
        (5, 6.99),
        (10, 10),
        (20, 13.01),
        (50, 16.99),
        (100, 20),
        (1000, 30),
    ],
)
def test_bayes_factors_have_the_decibans_of_the_printed_table(bayes_factor, decibans):
    weight = weight_of_evidence(tilt(bayes_factor))

    assert weight == pytest.approx(decibans, abs=0.005)


def test_a_nat_is_4_34_decibans():
    assert pytest.approx(4.3429448, abs=1e-7) == DECIBANS_PER_NAT


@given(tilts, tilts)
def test_weights_of_independent_reports_add_as_their_likelihoods_multiply(one, other):
    ratio = (1 + one) * (1 + other) / ((1 - one) * (1 - other))

    total = weight_of_evidence(one) + weight_of_evidence(other)

    assert total == pytest.approx(10 * math.log10(ratio), abs=1e-9)


@given(tilts)
def test_opposite_reports_cancel(t):
    assert weight_of_evidence(t) == -weight_of_evidence(-t)


def test_shape_is_kept():
    assert weight_of_evidence(np.zeros((4, 3))).shape == (4, 3)


@pytest.mark.parametrize("t", [1.0, -1.0, 1.5, math.nan, math.inf])
def test_a_report_beyond_doubt_is_refused(t):
    with pytest.raises(ValueError, match=r"a tilt must lie in \(-1, 1\), got"):
        weight_of_evidence([0.5, t])
