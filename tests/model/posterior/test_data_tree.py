"""The DataTree of a fit: what is in it, what it is called, and that it can be kept."""

import datetime
import json
import math
from random import Random

import arviz
import numpy as np
import pytest
import xarray as xr
from scipy.special import expit

from deciban.model.likelihood.design import design
from deciban.model.posterior.statistics import casebook_of
from deciban.model.sampling.fit import SamplingSettings, fit
from tests.model.builders import (
    DAY,
    make_argument,
    make_casebook,
    make_report,
    make_scenario,
    opposes,
    random_casebook,
    says,
    tree_of,
)
from tests.model.integrals import Integrals


@pytest.fixture(scope="module")
def casebook():
    return make_casebook(
        [
            make_report("a", says("moderate"), opposes("weak", argument="able")),
            make_report("b", says("strong", scenario="peace"), source="paper"),
            make_report("c", repeats="a", source="blog"),
            make_report("late", says("strong"), published="2024-07-01"),
        ],
        scenarios=[make_scenario("war", hazard="constant"), make_scenario("peace")],
        arguments=[make_argument("able", says(5, scenario="peace"))],
        links=[{"if": "war", "then": "peace", "probability": 0.05}],
    )


@pytest.fixture(scope="module")
def fitted(casebook):
    return fit(casebook, DAY, SamplingSettings(draws=300, tune=200, chains=4))


def test_groups_and_variables_are_those_that_arviz_expects(fitted):
    assert set(fitted.children) == {
        "posterior",
        "prior",
        "sample_stats",
        "constant_data",
    }
    dims = {name: array.dims[2:] for name, array in fitted["posterior"].items()}
    assert dims == {
        "probability": ("scenario",),
        "prior_probability": ("scenario",),
        "source_reliability": ("source",),
        "credibility": ("digit",),
        "strength": ("word",),
        "calibration": (),
        "overlap": ("scope",),
        "grade_shift": ("grade",),
        "link_shift": ("link",),
        "argument_probability": ("argument",),
        "weight": ("bearing",),
        "z": ("unknown",),
    }
    assert all(v.dims[:2] == ("chain", "draw") for v in fitted["posterior"].values())
    assert set(fitted["sample_stats"]) >= {"diverging", "energy", "lp"}


def test_dimensions_are_labelled_with_ids(fitted):
    labels = {
        name: list(fitted["posterior"][name].values)
        for name in ("scenario", "source", "argument", "link", "bearing")
    }

    assert labels == {
        "scenario": ["peace", "war"],
        "source": ["blog", "paper", "radio"],
        "argument": ["able"],
        "link": ["war -> peace"],
        "bearing": ["paper -> peace", "radio -> war", "able -> peace"],
    }


def test_the_weight_of_one_report_is_that_of_its_mixture():
    """At the centre of z: B and 2 pool to .774, and moderate is 7 dB."""
    casebook = make_casebook([make_report("a", says("moderate"))])
    centre = np.zeros((2, 4, design(casebook, DAY).layout.size))
    weight = tree_of(casebook, centre)["posterior"]["weight"]

    q = expit((1.523 + 0.937) / 2)
    if_genuine = 10**0.7 / (1 + 10**0.7)
    ratio = (q * if_genuine + (1 - q) / 2) / (q * (1 - if_genuine) + (1 - q) / 2)
    np.testing.assert_allclose(
        weight.sel(bearing="radio -> war"), 10 * math.log10(ratio), rtol=1e-6
    )


@pytest.mark.parametrize("seed", [50, 118, 163, 345])
def test_the_prior_is_the_integral_without_reports_on_the_same_day(seed):
    """Mean of 4,000 draws: 4 standard errors of as many independent ones.

    They are spread evenly, so they miss by far less.
    """
    casebook = random_casebook(Random(seed))
    bare = casebook.without_reports()
    laid_out = design(casebook, DAY)
    tree = tree_of(casebook, np.zeros((4, 1000, laid_out.layout.size)))

    expected = Integrals(bare, DAY, laid_out.looked).posterior()
    for scenario in laid_out.scenarios:
        estimate = expected[f"probability {scenario}"]
        mean = tree["prior"]["probability"].sel(scenario=scenario).mean()
        error = np.hypot(estimate.sd / math.sqrt(4000), estimate.error)
        assert abs(mean - estimate.mean) <= 4 * error + 1e-12


def test_the_prior_has_no_weight_for_it_has_no_report(fitted):
    assert "weight" not in fitted["prior"]
    assert "probability" in fitted["prior"]


def test_a_large_casebook_is_weighed_in_blocks_to_the_same_numbers(
    casebook, monkeypatch
):
    whole = tree_of(casebook)["posterior"].to_dataset()
    monkeypatch.setattr("deciban.model.posterior.evidence_cache._BLOCK", 1)

    blocks = tree_of(casebook)["posterior"].to_dataset()
    xr.testing.assert_allclose(blocks, whole)


def test_constant_data_count_reports_and_those_who_said_them(fitted):
    """The repeat counts as a report, and the late one does not."""
    data = fitted["constant_data"]

    assert data["reports"].sel(scenario="war") == 2
    assert data["origins"].sel(scenario="war") == 1
    # Reports a and c speak of an argument on peace, b of peace itself.
    assert data["reports"].sel(scenario="peace") == 3
    assert data["origins"].sel(scenario="peace") == 2
    assert data["grade"].sel(source="blog") == "D"
    assert list(data["bearing_is_argument"].values) == [False, False, True]


def test_attributes_say_what_was_fitted(fitted, casebook):
    assert fitted.attrs["case"] == casebook.case
    assert fitted.attrs["as_of"] == DAY.isoformat()
    settings = {"draws": 300, "tune": 200, "chains": 4}
    assert fitted.attrs["digest"] == casebook.digest(DAY, settings)
    assert json.loads(fitted.attrs["settings"]) == settings
    assert set(json.loads(fitted.attrs["versions"])) >= {"pymc", "nutpie", "numpy"}


def test_a_fit_carries_its_whole_casebook(fitted, casebook):
    """Also what came after its day."""
    assert casebook_of(fitted) == casebook


def test_a_fit_comes_back_from_netcdf_as_it_was(fitted, casebook, tmp_path):
    path = tmp_path / "fit.nc"
    fitted.to_netcdf(path, engine="h5netcdf")

    with xr.open_datatree(path, engine="h5netcdf") as kept:
        assert kept.attrs == fitted.attrs
        for name, group in fitted.children.items():
            xr.testing.assert_equal(kept[name].to_dataset(), group.to_dataset())
        assert casebook_of(kept) == casebook


def test_a_casebook_without_anything_makes_a_forecast(tmp_path):
    """No report, no source that matters, no argument, no link."""
    casebook = make_casebook(sources={"radio": "B"})
    tree = tree_of(casebook, day=datetime.date(2023, 6, 1))
    tree.to_netcdf(tmp_path / "fit.nc", engine="h5netcdf")

    with xr.open_datatree(tmp_path / "fit.nc", engine="h5netcdf") as kept:
        assert kept["posterior"].sizes["bearing"] == 0


def test_arviz_takes_a_fit_as_it_is(fitted):
    table = arviz.summary(fitted, var_names=["probability"], round_to="none")

    assert list(table.index) == ["probability[peace]", "probability[war]"]
    expected = fitted["posterior"]["probability"].mean(("chain", "draw"))
    np.testing.assert_allclose(table["mean"].astype(float), expected)
    assert np.all(table["r_hat"].astype(float) < 1.05)
