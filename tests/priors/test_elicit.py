"""What an elicited prior amounts to."""

import numpy as np
import pytest
from scipy.integrate import quad

from deciban.priors import LogitNormal
from deciban.priors.elicit import mass_between, nearest_beta


@pytest.mark.parametrize("a", [1e-3, 0.5, 1, 8, 1e5])
@pytest.mark.parametrize("b", [1e-2, 1, 30, 1e6])
def test_nearest_beta_undoes_the_prior_of_a_beta(a, b):
    assert nearest_beta(LogitNormal.from_beta(a, b)) == pytest.approx((a, b), rel=1e-5)


@pytest.mark.parametrize(("location", "scale"), [(0, 1), (-4, 0.3), (3, 2), (0, 40)])
def test_nearest_beta_has_the_mean_and_the_sd(location, scale):
    prior = LogitNormal(location, scale)
    a, b = nearest_beta(prior)

    assert a / (a + b) == pytest.approx(prior.mean, rel=1e-9)
    variance = a * b / ((a + b) ** 2 * (a + b + 1))
    assert variance == pytest.approx(prior.sd**2, rel=1e-9)


def test_certainty_has_no_nearest_beta():
    assert nearest_beta(LogitNormal(0.3, 0.0)) is None


def test_mass_between_is_the_integral_of_the_density():
    prior = LogitNormal(-0.8, 0.9)

    (mass,) = mass_between(prior, [0.2, 0.35])
    assert mass == pytest.approx(quad(prior.density, 0.2, 0.35)[0], rel=1e-9)


@pytest.mark.parametrize("scale", [1e-3, 1, 200])
def test_all_mass_lies_between_0_and_1(scale):
    mass = mass_between(LogitNormal(2, scale), np.linspace(0, 1, 61))

    assert mass.sum() == pytest.approx(1)
    assert (mass >= 0).all()
