"""What to look for next: expected gains, by hand where all is known."""

import math

import pytest

from deciban.model.errors import ModelError
from deciban.model.explain.next_report import next_report
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
    says,
)

SURE = graded(A=30.0, B=30.0, C=30.0, D=0.0, E=-30.0) | NO_OVERLAP


def look(casebook, scenario="war", **more):
    labels = design(casebook, DAY).coords()["unknown"]
    z = prior_draws(labels, 400).T.reshape(2, 200, -1)
    basis = Basis(draws_of(casebook, z, DAY), casebook, DAY)
    return next_report(basis, casebook, DAY, scenario, **more)


def case(**more):
    scenario = make_scenario(prior=certain(0.3), hazard="none")
    strong = {"strong": {"decibans": 12.0, "log_sd": 0}}
    scales = SURE | {"strength": strong, "calibration_log_sd": 0}
    return make_casebook(scenarios=[scenario], scales=scales, **more)


def entropy(p):
    return -p * math.log2(p) - (1 - p) * math.log2(1 - p)


def test_the_gain_is_the_mutual_information_of_answer_and_report():
    """A sure report of 12 dB is right with odds of 10^1.2; the answer is 30 %."""
    found = look(case())

    (one,) = found.targets
    right = 10**1.2 / (1 + 10**1.2)
    speaks_for = 0.3 * right + 0.7 * (1 - right)
    gain = entropy(speaks_for) - entropy(right)
    assert one.speaks_for == pytest.approx(speaks_for, abs=1e-3)
    assert one.bits == pytest.approx(gain, abs=1e-3)
    assert one.if_for == pytest.approx(0.3 * right / speaks_for, abs=1e-3)
    assert one.crosses == pytest.approx(speaks_for, abs=1e-3)


def test_the_scenario_tells_more_than_an_argument_on_it_and_a_liar_nothing():
    files = case(
        arguments=[make_argument("able", says(3, scenario="war"))],
        sources={"sure": "A", "noise": "E"},
    )
    reports = [
        make_report(f"by-{name}", says(0), source=name) for name in ("sure", "noise")
    ]
    with_reports = make_casebook(
        reports,
        scenarios=[make_scenario(prior=certain(0.3), hazard="none")],
        scales=SURE,
        arguments=[make_argument("able", says(3, scenario="war"))],
        sources={"sure": "A", "noise": "E"},
    )
    assert [one.kind for one in look(files).targets] == ["scenario", "argument"]
    sure, noise = look(with_reports).sources
    assert (sure.id, noise.id) == ("sure", "noise")
    assert noise.bits == pytest.approx(0, abs=1e-3)


def test_a_line_that_no_report_reaches_is_crossed_by_none():
    (one,) = look(case(), line=0.999).targets

    assert one.crosses == 0


@pytest.mark.parametrize("name", ["war", "pie"])
def test_what_is_settled_or_not_there_is_refused(name):
    outcome = {"occurred": True, "on": "2024-06-01"}
    with pytest.raises(ModelError, match="must be a scenario that is not settled"):
        look(make_casebook(scenarios=[make_scenario(outcome=outcome)]), name)
