"""The PyMC model, evaluated at points: it says what NumPy says."""

import numpy as np
import pytest
from pytensor.gradient import grad
from scipy.special import expit

from deciban.evidence import DECIBANS_PER_NAT
from deciban.model.likelihood.design import design
from deciban.model.likelihood.formula import weigh
from deciban.model.likelihood.pymc_model import build_model
from deciban.model.likelihood.unknowns import unknowns
from deciban.model.posterior.weighing import weighed_draws
from tests.model.builders import (
    DAY,
    case_of,
    make_casebook,
    named_draws,
)
from tests.model.likelihood.slopes import formula_density, numerical_gradient

pytestmark = pytest.mark.slow

DETERMINISTICS = [
    "probability",
    "prior_probability",
    "source_reliability",
    "credibility",
    "strength",
    "calibration",
    "overlap",
    "grade_shift",
    "link_shift",
    "argument_probability",
]
# Between them they have links, rivals, bonds, interests, deception and camps.
SEEDS = [2, 3, 7, 8]


@pytest.fixture(scope="module", params=[*SEEDS, "bare"])
def at_points(request):
    """Return a design, draws of z, and what the model says at each, by name.

    Without optimisation the model compiles in a second, and runs in Python.
    """
    if request.param == "bare":
        casebook, day = make_casebook(sources={"radio": "B"}), DAY
    else:
        casebook, day = case_of(request.param)
    laid_out = design(casebook, day)
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
    expected = prior + weigh(z.T, laid_out.arrays).log_likelihood
    np.testing.assert_allclose(said["log_density"], expected, rtol=1e-8)


def test_deterministics_are_what_numpy_weighs(at_points):
    _, _, laid_out, z, said = at_points

    expected = weighed_draws(z[np.newaxis], laid_out)
    for name in DETERMINISTICS:
        np.testing.assert_allclose(
            said[name],
            expected[name][0],
            rtol=1e-7,
            atol=1e-9,
            err_msg=name,
        )


def test_gradient_is_the_slope_of_the_formula(at_points):
    _, _, laid_out, z, said = at_points

    log_density = formula_density(laid_out)
    slopes = [numerical_gradient(log_density, point) for point in z]
    np.testing.assert_allclose(said["gradient"], slopes, rtol=1e-5, atol=1e-6)


def test_the_models_names_and_dims_are_those_of_arviz():
    casebook, day = case_of(33)
    laid_out = design(casebook, day)
    model = build_model(laid_out)

    assert [variable.name for variable in model.free_RVs] == ["z"]
    assert {v.name for v in model.deterministics} >= set(DETERMINISTICS)
    dims = {name: model.named_vars_to_dims.get(name) for name in DETERMINISTICS}
    assert dims["probability"] == ("scenario",)
    assert dims["overlap"] == ("scope",)
    assert dims["calibration"] is None
    assert tuple(model.coords["source"]) == laid_out.sources


def test_unknowns_are_the_quantities_that_the_deterministics_show(at_points):
    """Each on its own scale: log-odds, log of decibans, nats."""
    _, _, laid_out, z, said = at_points
    x = unknowns(z.T, laid_out.arrays)

    np.testing.assert_allclose(said["source_reliability"], expit(x.reliability).T)
    np.testing.assert_allclose(said["prior_probability"], expit(x.prior).T)
    np.testing.assert_allclose(said["strength"], np.exp(x.strength).T)
    np.testing.assert_allclose(said["link_shift"], DECIBANS_PER_NAT * x.link.T)
