"""What reports gain is paired with what was expected, and regressed on it."""

import math

import numpy as np
import pytest

from deciban.model.likelihood.design import design
from deciban.model.posterior.weighing import prior_draws
from deciban.model.posterior.what_if import Basis
from tests.model.builders import (
    DAY,
    NO_OVERLAP,
    certain,
    draws_of,
    graded,
    make_argument,
    make_casebook,
    make_report,
    make_scenario,
    opposes,
    says,
)
from tests.validation.gains import Gain, gains, slope


def found(came, *later, **priors):
    """Of a scenario at even odds, of sources that are always right."""
    casebook = make_casebook(
        [make_report("first", says(0.001))],
        scenarios=[make_scenario(prior=certain(0.5), hazard="none")],
        scales=graded(B=30.0, C=30.0) | NO_OVERLAP,
        **priors,
    )
    reports = make_casebook(
        [make_report("first", says(0.001)), *later],
        scenarios=[make_scenario()],
        **priors,
    ).evidence.reports[1:]
    labels = design(casebook, DAY).coords()["unknown"]
    z = prior_draws(labels, 400).T.reshape(2, 200, -1)
    basis = Basis(draws_of(casebook, z, DAY), casebook, DAY)
    return list(gains(basis, casebook, DAY, reports, {"war": came}))


@pytest.mark.parametrize("came", [True, False])
def test_a_report_is_expected_to_gain_what_a_noisy_channel_tells(came):
    """6 dB are odds of 4: a channel that errs once in five tells 1 - H(.2) bits."""
    later = make_report("later", says(6), source="paper", credibility=6)
    (pair,) = found(came, later)

    entropy = -0.2 * math.log2(0.2) - 0.8 * math.log2(0.8)
    assert pair.expected == pytest.approx(1 - entropy, abs=2e-3)
    right, wrong = math.log2(0.8 / 0.5), math.log2(0.2 / 0.5)
    assert pair.realised == pytest.approx(right if came else wrong, abs=0.01)


def test_a_report_that_opposes_gains_where_nothing_comes():
    later = make_report("later", opposes(6), source="paper", credibility=6)
    (pair,) = found(False, later)

    assert pair.realised == pytest.approx(math.log2(0.8 / 0.5), abs=0.01)


def test_reports_reach_scenarios_through_arguments_and_repeats_none():
    argued = make_report("argued", says(6, argument="able"), source="paper")
    again = make_report("again", repeats="first", source="paper")
    pairs = found(True, argued, again, arguments=[make_argument("able", says(9))])

    assert [(pair.report, pair.scenario) for pair in pairs] == [("argued", "war")]


def pairs_on(line, cases=20, noise=0.0):
    rng = np.random.default_rng(3)
    return [
        Gain(f"case-{i}", "report", "war", x, line * x + noise * rng.standard_normal())
        for i in range(cases)
        for x in (0.1, 0.2, 0.4)
    ]


def test_the_slope_of_a_line_is_found():
    assert slope(pairs_on(0.7)) == pytest.approx((0.7, 0.7, 0.7))


def test_its_interval_is_wider_where_less_is_known():
    sure, unsure = (slope(pairs_on(1.0, cases=n, noise=0.3)) for n in (300, 10))

    assert sure.low < 1 < sure.high
    assert sure.high - sure.low < (unsure.high - unsure.low) / 2
