"""The PyMC model, evaluated at points: it says what NumPy says, and the oracle."""

import datetime

import numpy as np
import pytest
from pytensor.gradient import grad
from scipy.special import expit

from deciban.evidence import DECIBANS_PER_NAT
from deciban.model.likelihood.design import design
from deciban.model.likelihood.formula import unknowns, weigh
from deciban.model.likelihood.pymc_model import build_model
from deciban.model.posterior.weighing import weighed_draws
from deciban.model.sampling.density import quick_density
from tests.model.builders import (
    DAY,
    case_of,
    make_argument,
    make_casebook,
    make_report,
    make_scenario,
    named_draws,
    says,
)
from tests.model.oracle import Oracle

DETERMINISTICS = [
    "probability",
    "prior_probability",
    "source_reliability",
    "credibility",
    "strength",
    "calibration",
    "link_shift",
    "argument_probability",
    "weight",
]
# Chosen for what they have: see test_fit.py.
SEEDS = [33, 118, 345, 391]


@pytest.fixture(scope="module", params=[*SEEDS, "bare", "roomy"])
def at_points(request):
    """Return a design, draws of z, and what the model says at each, by name.

    Without optimisation the model compiles in a second, and runs in Python.
    """
    casebook, day = case_of(118) if request.param == "roomy" else case_of(33)
    if request.param == "bare":
        casebook, day = make_casebook(sources={"radio": "B"}), DAY
    elif request.param in SEEDS:
        casebook, day = case_of(request.param)
    laid_out = design(casebook, day)
    if request.param == "roomy":
        laid_out = design(casebook, day, laid_out.layout.roomy())

    model = build_model(laid_out)
    z = model.rvs_to_values[model["z"]]
    log_density = model.logp()
    outputs = model.replace_rvs_by_values([model[name] for name in DETERMINISTICS])
    compiled = model.compile_fn(
        [log_density, grad(log_density, z), *outputs],
        inputs=[z],
        point_fn=False,
        mode="FAST_COMPILE",
    )
    draws = named_draws(laid_out, n=3)
    values = zip(*map(compiled, draws), strict=True)
    names = ["log_density", "gradient", *DETERMINISTICS]
    said = {name: np.array(v) for name, v in zip(names, values, strict=True)}
    return casebook, day, laid_out, draws, said


def test_log_density_is_the_likelihood_and_the_prior_of_z(at_points):
    _, _, laid_out, z, said = at_points

    prior = -(z**2 + np.log(2 * np.pi)).sum(axis=1) / 2
    expected = prior + weigh(z, laid_out.arrays).log_likelihood
    np.testing.assert_allclose(said["log_density"], expected, rtol=1e-12)


def test_deterministics_are_what_numpy_weighs(at_points):
    """The model has spare places, which a forecast leaves out."""
    _, _, laid_out, z, said = at_points

    expected = weighed_draws(z[np.newaxis], laid_out)
    for name in DETERMINISTICS:
        in_use = expected[name][0]
        np.testing.assert_allclose(
            said[name][:, : in_use.shape[1]] if in_use.ndim == 2 else said[name],
            in_use,
            rtol=1e-6 if name == "weight" else 1e-9,  # weights are kept as float32
            atol=1e-12,
            err_msg=name,
        )


def numerical_gradient(function, z, step=1e-4):
    """Central differences, of fourth order: off by some 1e-12."""
    n = len(z)
    shifts = [
        (function(z + k * step * np.eye(n)), weight)
        for k, weight in ((-2, 1), (-1, -8), (1, 8), (2, -1))
    ]
    return sum(weight * value for value, weight in shifts) / (12 * step)


def oracle_density(casebook, day, laid_out):
    """Log posterior density, but for a constant; spare places have a prior too."""
    oracle = Oracle(casebook, day)
    labels = laid_out.coords()["unknown"]
    spare = [i for i, label in enumerate(labels) if not label]
    places = {label: i for i, label in enumerate(labels) if label}

    def log_density(z):
        named = {label: z[:, i] for label, i in places.items()}
        return oracle.log_density(named) - (z[:, spare] ** 2).sum(axis=1) / 2

    return log_density


def test_gradient_is_the_slope_of_the_oracle(at_points):
    casebook, day, laid_out, z, said = at_points

    log_density = oracle_density(casebook, day, laid_out)
    slopes = [numerical_gradient(log_density, point) for point in z]
    np.testing.assert_allclose(said["gradient"], slopes, rtol=1e-7, atol=1e-8)


@pytest.mark.parametrize("seed", [*SEEDS, *range(12)])
def test_one_quick_density_serves_every_casebook(seed):
    """It is compiled for the first one; the others are data."""
    casebook, day = case_of(seed)
    laid_out = design(casebook, day)
    evaluate = quick_density(laid_out)._make_logp_func()
    log_density = oracle_density(casebook, day, laid_out)

    here, there = named_draws(laid_out, n=2)
    at_here, gradient = evaluate(here)
    at_there, _ = evaluate(there)
    first, second = log_density(np.stack([here, there]))
    assert at_here - at_there == pytest.approx(first - second, abs=1e-9)
    slope = numerical_gradient(log_density, here)
    np.testing.assert_allclose(gradient, slope, rtol=1e-7, atol=1e-8)


def test_the_models_names_and_dims_are_those_of_arviz():
    casebook, day = case_of(33)
    laid_out = design(casebook, day)
    model = build_model(laid_out)

    assert [variable.name for variable in model.free_RVs] == ["z"]
    assert {v.name for v in model.deterministics} >= set(DETERMINISTICS)
    dims = {name: model.named_vars_to_dims.get(name) for name in DETERMINISTICS}
    assert dims["probability"] == ("scenario",)
    assert dims["weight"] == ("bearing",)
    assert dims["calibration"] is None
    assert tuple(model.coords["source"]) == laid_out.sources


def test_unknowns_are_the_quantities_that_the_deterministics_show(at_points):
    """Each on its own scale: log-odds, log of decibans, nats."""
    _, _, laid_out, z, said = at_points
    x = unknowns(z, laid_out.arrays)

    np.testing.assert_allclose(said["source_reliability"], expit(x.reliability))
    np.testing.assert_allclose(said["prior_probability"], expit(x.prior))
    np.testing.assert_allclose(said["strength"], np.exp(x.strength))
    np.testing.assert_allclose(said["link_shift"], DECIBANS_PER_NAT * x.link)


@pytest.mark.parametrize("direction", ["supports", "opposes"])
@pytest.mark.parametrize("target", ["scenario", "argument"])
def test_certainty_neither_overflows_nor_loses_its_slope(target, direction):
    """Forty claims of 100 dB, by sources that err once in 1e13.

    The model goes through probabilities that are 1 to all digits and back to their
    log-odds: the compiler has to see through it.
    """
    name = {"scenario": "war", "argument": "able"}[target]
    bearing = says(100, direction=direction, **{target: name})
    casebook = make_casebook(
        [
            make_report(f"r{i}", bearing, source=f"s{i}", credibility=6)
            for i in range(40)
        ],
        scenarios=[make_scenario(prior={"mean": 0.5, "sd": 0.2})],
        sources={f"s{i}": "A" for i in range(40)},
        arguments=[make_argument("able", says(5))],
        scales={"reliability": {"A": {"location": 30, "sd": 10}}},
    )
    laid_out = design(casebook, DAY)
    z = named_draws(laid_out, n=2)

    evaluate = quick_density(laid_out)._make_logp_func()
    densities, gradients = zip(*map(evaluate, z), strict=True)
    prior = -(z**2 + np.log(2 * np.pi)).sum(axis=1) / 2
    expected = prior + weigh(z, laid_out.arrays).log_likelihood
    np.testing.assert_allclose(densities, expected, rtol=1e-12)
    assert np.all(np.isfinite(gradients))


def test_a_day_before_everything_builds_a_model_without_reports():
    """No array of the data may be missed because it is empty."""
    casebook, _ = case_of(118)
    laid_out = design(casebook, datetime.date(2023, 6, 1))
    evaluate = quick_density(laid_out)._make_logp_func()

    z = named_draws(laid_out, n=1)[0]
    _, gradient = evaluate(z)
    # With neither reports nor outcomes only the prior of z has a slope.
    np.testing.assert_allclose(gradient, -z, atol=1e-12)
