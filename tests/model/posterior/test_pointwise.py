"""What the model expects of each report, given all others or none."""

import warnings
from random import Random

import arviz as az
import numpy as np
import pytest

from deciban.evidence import DECIBANS_PER_NAT
from deciban.model.fit import Fit
from deciban.model.likelihood.design import design
from deciban.model.posterior.pointwise import pointwise_groups, reversed_report
from deciban.model.posterior.what_if import Basis
from tests.model.builders import (
    DAY,
    NO_OVERLAP,
    certain,
    draws_of,
    graded,
    make_casebook,
    make_report,
    make_scenario,
    named_draws,
    opposes,
    random_casebook,
    says,
)


def groups_of(casebook, n=60):
    z = named_draws(design(casebook, DAY), n).reshape(2, n // 2, -1)
    return pointwise_groups(Basis(draws_of(casebook, z), casebook, DAY), casebook, DAY)


def two_reports(*bearings):
    """Of sources right nine times in ten, on a scenario of even odds."""
    return make_casebook(
        [
            make_report(f"r{i}", bearing, source=f"s{i}", credibility=6)
            for i, bearing in enumerate(bearings)
        ],
        scenarios=[make_scenario(prior=certain(0.5))],
        sources={f"s{i}": "A" for i in range(len(bearings))},
        scales=graded(A=np.log(9)) | NO_OVERLAP,
    )


@pytest.mark.parametrize(
    ("second", "probability"),
    [(says(100), (1 + 0.9**2) / 2), (opposes(100), (1 - 0.9**2) / 2)],
)
def test_a_report_is_expected_as_far_as_the_other_tells_the_outcome(
    second, probability
):
    """Tilts of .9: both agree with (1 + .9 x .9) / 2, the odds being even."""
    found = groups_of(two_reports(says(100), second))["log_likelihood"]["supports"]

    np.testing.assert_allclose(np.exp(found), probability, rtol=1e-6)


def test_by_itself_each_direction_is_as_likely_at_even_odds():
    groups = groups_of(two_reports(says(100), says(100)), n=4000)

    assert groups["observed_data"]["supports"].values.tolist() == [1, 1]
    by_itself = groups["prior_predictive"]["supports"].mean(("chain", "draw"))
    given_the_other = groups["posterior_predictive"]["supports"].mean(("chain", "draw"))
    np.testing.assert_allclose(by_itself, 0.5, atol=0.04)  # five standard errors
    np.testing.assert_allclose(given_the_other, 0.905, atol=0.024)


@pytest.mark.parametrize("seed", range(20))
def test_twice_reversed_a_report_is_as_it_was(seed):
    for report in random_casebook(Random(seed)).evidence.reports:
        again = reversed_report(reversed_report(report))
        for one, other in zip(report.bears_on, again.bears_on, strict=True):
            if not isinstance(one.likelihoods, dict):
                assert one == other
                continue
            ratios = [
                one.likelihoods[k] / other.likelihoods[k] for k in one.likelihoods
            ]
            np.testing.assert_allclose(ratios, ratios[0])


@pytest.mark.parametrize("seed", range(8))
def test_reports_that_count_for_nothing_are_left_out_and_others_have_a_probability(
    seed,
):
    casebook = random_casebook(Random(seed))
    groups = groups_of(casebook)

    found = groups["log_likelihood"]["supports"]
    known = {r.id for r in casebook.as_of(DAY).evidence.reports if r.repeats is None}
    assert set(found["report"].values) <= known
    assert np.all(found <= 0)
    assert np.all(np.isfinite(found))


def test_arviz_takes_the_tree_for_leave_one_out_and_predictive_checks():
    """The posterior without a report, by its weights, is that of the others alone."""
    casebook = two_reports(says(12), says(12), opposes(7))
    z = named_draws(design(casebook, DAY), 1000).reshape(4, 250, -1)
    fit = Fit(draws_of(casebook, z), casebook, DAY)
    fit.tree = fit.pointwise()

    loo = az.loo(fit.tree, pointwise=True)
    tilts = 0.9 * np.tanh(np.array([12, 12, -7]) / DECIBANS_PER_NAT / 2)
    without = [
        np.log((1 + t * np.tanh(np.arctanh(np.delete(tilts, i)).sum())) / 2)
        for i, t in enumerate(tilts)
    ]
    assert loo.elpd == pytest.approx(sum(without), abs=1e-6)
    with warnings.catch_warnings():
        # That the data are binary, for which it knows another plot too.
        warnings.simplefilter("ignore", UserWarning)
        for group in ("posterior_predictive", "prior_predictive"):
            az.plot_ppc_dist(fit.tree, group=group)
