"""Simulated casebooks: drawn from the model, with the truth beside them."""

import datetime

import numpy as np
import pytest
from scipy.special import expit

from deciban.model.likelihood.arithmetic import NUMPY
from deciban.model.likelihood.design import design
from deciban.model.likelihood.formula import bearing_weights, weigh
from deciban.model.likelihood.unknowns import unknowns
from deciban.model.sampling.simulate import Size, simulate


def test_the_same_seed_gives_the_same_casebook():
    one, two = (simulate(Size.around(50), seed=3) for _ in range(2))

    assert one.casebook == two.casebook
    assert one.occurred == two.occurred


def test_another_seed_gives_another_casebook():
    assert (
        simulate(Size.around(50), 3).casebook != simulate(Size.around(50), 4).casebook
    )


@pytest.mark.parametrize("reports", [1, 10, 8000])
def test_a_casebook_has_the_size_that_was_asked_for(reports):
    size = Size.around(reports)
    casebook = simulate(size, seed=1).casebook

    assert len(casebook.evidence.reports) == size.reports
    assert len(casebook.evidence.sources) == size.sources
    assert len(casebook.priors.scenarios) == size.scenarios
    assert len(casebook.priors.arguments) == size.arguments
    assert len(casebook.priors.links) == size.links


def test_the_largest_benchmark_has_800_scenarios_and_164_sources():
    size = Size.around(8000)

    assert (size.scenarios, size.sources) == (800, 164)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"scenarios": 0}, "scenarios must be at least 1, got 0"),
        ({"sources": 0}, "sources must be at least 1, got 0"),
        ({"links": 8}, "links must be between 0 and 7 for 10 scenarios, got 8"),
        ({"arguments": -1}, "arguments must be at least 0, got -1"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_size_that_no_casebook_has_is_refused(given, message):
    with pytest.raises(ValueError, match=message):
        Size.around(100, **given)


def test_no_argument_is_needed():
    casebook = simulate(Size.around(30, arguments=0), seed=1).casebook

    assert casebook.priors.arguments == ()


def test_all_reports_are_known_on_the_day():
    simulated = simulate(Size.around(200), seed=2)

    assert simulated.casebook.as_of(simulated.as_of) == simulated.casebook
    assert simulated.as_of < datetime.date(2021, 12, 31)


def test_forecasts_under_the_true_unknowns_are_calibrated():
    """With nothing unknown but outcomes, as many occur as are forecast.

    Each of 400 outcomes has an sd of at most 1/2, so their mean misses that of the
    forecasts by less than 4 standard errors, 4 * 0.5 / 20 = 0.1; likewise the squared
    error that the forecasts expect of themselves.
    """
    simulated = simulate(Size.around(4000), seed=5)
    laid_out = design(simulated.casebook, simulated.as_of)
    forecast = weigh(simulated.z[:, None], laid_out.arrays).probability[:, 0]
    outcome = np.array([simulated.occurred[s] for s in laid_out.scenarios])

    assert abs(np.mean(outcome - forecast)) < 0.1
    expected, seen = forecast * (1 - forecast), (outcome - forecast) ** 2
    assert abs(np.mean(seen - expected)) < 0.1
    assert np.mean(seen) < np.mean((outcome - outcome.mean()) ** 2) / 2


def test_independent_reports_are_right_as_often_as_their_tilts_say():
    """A report with tilt t speaks the truth with probability (1 + |t|) / 2.

    Held for weak and for strong reports; each share of about 1,000 has a standard error
    below 0.016, and 4 of these are 0.064.
    """
    simulated = simulate(Size.around(4000), seed=6, shared_error=0)
    laid_out = design(simulated.casebook, simulated.as_of)
    arrays = laid_out.arrays
    x = unknowns(simulated.z[:, None], arrays)
    weights = bearing_weights(x, arrays, NUMPY).accounts.weight[:, 0]
    claims = np.bincount(arrays.side.account[arrays.said.side])
    chances, right = [], []
    for (_, kind, target), weight, n in zip(
        laid_out.accounts, weights, claims, strict=True
    ):
        if kind == "scenario" and n == 1:
            chances.append(expit(abs(weight)))
            right.append((weight > 0) == simulated.occurred[target])
    weak = np.array(chances) < np.median(chances)

    assert np.mean(np.array(right)[weak]) == pytest.approx(
        np.mean(np.array(chances)[weak]), abs=0.064
    )
    assert np.mean(np.array(right)[~weak]) == pytest.approx(
        np.mean(np.array(chances)[~weak]), abs=0.064
    )


def test_a_shared_error_makes_reports_on_one_target_agree_when_they_are_wrong():
    """Two claims on one scenario are more often alike than where each errs alone."""

    def alike(shared):
        simulated = simulate(Size.around(2000), seed=3, shared_error=shared)
        said = {}
        for report in simulated.casebook.evidence.reports:
            for bearing in report.bears_on:
                if bearing.scenario is not None:
                    says = bearing.direction == "supports"
                    said.setdefault(bearing.scenario, []).append(says)
        counts = [(sum(one), len(one)) for one in said.values()]
        same = sum(k * (k - 1) + (n - k) * (n - k - 1) for k, n in counts)
        return same / sum(n * (n - 1) for _, n in counts)

    assert alike(0.9) > alike(0) + 0.05
