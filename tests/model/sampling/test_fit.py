"""Whole fits against integrals, and how a fit behaves."""

import threading
import time
from random import Random

import numpy as np
import pytest
from arviz_stats.base.array import array_stats

from deciban.model.errors import FitStoppedError
from deciban.model.posterior.data_tree import forecast_tree
from deciban.model.sampling.draws import Draws
from deciban.model.sampling.fit import SamplingSettings, fit, sample
from deciban.model.sampling.progress import ChainProgress, Silent
from tests.model.builders import (
    DAY,
    FEATURES,
    NO_OVERLAP,
    case_of,
    casebook_from,
    features,
    make_casebook,
    make_report,
    opposes,
    random_files,
    says,
)
from tests.model.integrals import Integrals

# Casebooks that have together all that the model has.
SEEDS = [92, 146, 151, 205, 227]
QUICK = SamplingSettings(draws=100, tune=100, chains=2)


def draws_of(fitted):
    """Draws (chain, draw) by name."""
    posterior = fitted["posterior"]
    named = {
        f"probability {s}": posterior["probability"].sel(scenario=s).values
        for s in posterior["scenario"].values
    }
    return named | {
        f"reliability {k}": posterior["source_reliability"].sel(source=k).values
        for k in posterior["source"].values
    }


def assert_agrees(fitted, casebook, day):
    """Means and sds within 4 combined standard errors, of draws and integrals.

    Where a probability is known outright both have no error, and agree to rounding.
    """
    draws, expected = draws_of(fitted), Integrals(casebook, day).posterior()
    for name, estimate in expected.items():
        values = draws[name].astype(float)
        if estimate.sd < 1e-12:
            np.testing.assert_allclose(values, estimate.mean, rtol=0, atol=1e-12)
            continue
        for method, centre in (("mean", estimate.mean), ("sd", estimate.sd)):
            error = array_stats.mcse(values, method=method, chain_axis=0, draw_axis=1)
            off = getattr(values, {"mean": "mean", "sd": "std"}[method])() - centre
            assert abs(off) < 4 * np.hypot(error, estimate.error), (name, method)


@pytest.fixture(scope="module", params=SEEDS)
def case(request):
    casebook, day = case_of(request.param)
    return casebook, day, fit(casebook, day)


def test_the_cases_that_are_fitted_have_every_feature():
    assert set.union(*(features(*case_of(seed)) for seed in SEEDS)) == FEATURES


def test_posterior_means_and_sds_are_the_integrals_over_z(case):
    casebook, day, fitted = case

    assert_agrees(fitted, casebook, day)


def test_a_case_with_few_unknowns_is_integrated_by_quadrature_as_well():
    """Gauss-Hermite in each of three unknowns; the other scales are known exactly."""
    casebook = make_casebook(
        [
            make_report("a", says(15), credibility=6),
            make_report("b", says(12), credibility=6),
            make_report("c", opposes(10), source="blog", credibility=6),
        ],
        sources={"radio": "B", "blog": "D"},
        scales=NO_OVERLAP | {"grade_shift_sd": 0},
    )
    oracle = Integrals(casebook, DAY)
    exact = oracle.quadrature()

    assert oracle.active == ["scenario war", "source blog", "source radio"]
    for name, estimate in oracle.posterior().items():
        # Sobol points are held to 4 of their own standard errors.
        assert abs(estimate.mean - exact[name].mean) < 4 * estimate.error
    draws = draws_of(fit(casebook, DAY))
    for name, estimate in exact.items():
        error = array_stats.mcse(draws[name], method="mean", chain_axis=0, draw_axis=1)
        assert abs(draws[name].mean() - estimate.mean) < 4 * error


def test_the_same_casebook_gives_the_same_numbers_in_any_order():
    files = random_files(Random(33))
    one = fit(casebook_from(files), DAY, QUICK)
    files["evidence"]["reports"].reverse()
    files["priors"]["scenarios"].reverse()
    other = fit(casebook_from(files), DAY, QUICK)

    assert one.attrs["digest"] == other.attrs["digest"]
    for group in ("posterior", "prior", "sample_stats"):
        assert one[group].to_dataset().identical(other[group].to_dataset())


def test_a_fit_is_what_is_made_of_its_draws():
    casebook, day = case_of(33)
    draws = sample(casebook, day, QUICK)
    whole = fit(casebook, day, QUICK)

    kept = Draws.from_bytes(draws.to_bytes())
    assert forecast_tree(kept, casebook, day).identical(whole)
    assert kept.settings == {"draws": 100, "tune": 100, "chains": 2}
    assert kept.digest == casebook.digest(day, kept.settings)
    assert set(kept.versions) >= {"python", "pymc", "nutpie", "numpy"}


def test_another_seed_gives_other_draws_of_the_same_posterior():
    casebook, day = case_of(33)
    one, other = (fit(casebook, day, seed=seed) for seed in (1, 2))

    assert one.attrs["digest"] == other.attrs["digest"]
    assert not np.any(one["posterior"]["z"].values == other["posterior"]["z"].values)
    assert_agrees(other, casebook, day)


def test_the_seed_of_a_fit_is_on_record_and_makes_it_again():
    casebook, day = case_of(33)
    one = fit(casebook, day, QUICK)
    again = fit(casebook, day, QUICK, seed=one.attrs["seed"])

    np.testing.assert_array_equal(one["posterior"]["z"], again["posterior"]["z"])


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"draws": 0}, "draws must be at least 4, got 0"),
        ({"tune": 0}, "tune must be at least 1, got 0"),
        ({"chains": 0}, "chains must be at least 1, got 0"),
        ({"draws": -100}, "draws must be at least 4, got -100"),
    ],
    ids=str,
)
def test_settings_that_give_no_answer_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        SamplingSettings(**settings)


class Listener(Silent):
    """Remembers what it hears; stops the fit once it has heard so often."""

    def __init__(self, stops_after=None):
        self.stages, self.heard, self.stops_after = [], [], stops_after

    def stage(self, name):
        """Keep the name."""
        self.stages.append(name)

    def chains(self, progress):
        """Keep the progress."""
        self.heard.append(progress)

    def stopped(self):
        """Say so after ``stops_after`` reports of progress."""
        return self.stops_after is not None and len(self.heard) >= self.stops_after


def test_stages_are_told_in_order():
    listener = Listener()
    fit(*case_of(33), QUICK, progress=listener)

    assert listener.stages == [
        "laying out the casebook",
        "loading the density",
        "sampling",
        "weighing the draws",
    ]


def test_progress_counts_the_draws_of_each_chain_to_the_last():
    settings = SamplingSettings(draws=3000, tune=200, chains=3)
    listener = Listener()
    fit(*case_of(33), settings, progress=listener)

    assert listener.heard
    for chains in listener.heard:
        assert [c.total for c in chains] == [3200] * 3
        assert all(isinstance(c, ChainProgress) and c.done <= c.total for c in chains)
        assert all(c.divergences >= 0 for c in chains)
    done = [[c.done for c in chains] for chains in listener.heard]
    assert done == sorted(done)
    assert done[-1] == [3200] * 3


def test_a_fit_that_is_stopped_ends_before_its_last_draw_and_samples_no_more():
    endless = SamplingSettings(draws=10_000_000, tune=100, chains=2)
    listener = Listener(stops_after=2)
    threads = threading.active_count()

    # The error is kept, and with it the sampler: it must not be that which ends it.
    with pytest.raises(FitStoppedError, match="the fit was stopped") as _kept:
        fit(*case_of(33), endless, progress=listener)
    assert all(chain.done < chain.total for chain in listener.heard[-1])
    assert "weighing the draws" not in listener.stages

    heard = len(listener.heard)
    time.sleep(0.5)
    assert len(listener.heard) == heard
    assert threading.active_count() <= threads


def test_an_error_of_the_listener_ends_the_fit():
    class Faulty(Listener):
        def stopped(self):
            raise OSError("the terminal is gone")

    listener = Faulty()
    with pytest.raises(OSError, match="the terminal is gone") as _kept:
        fit(*case_of(33), SamplingSettings(draws=10_000_000), progress=listener)
    heard = len(listener.heard)
    time.sleep(0.5)
    assert len(listener.heard) == heard
