"""Densities on the axis from 0 to 100 %, against those known in closed form."""

import numpy as np
import pytest
from scipy import stats
from scipy.special import expit, logit

from deciban.model.posterior.density_curve import N_CELLS, cell_densities, cell_ends


def logit_normal(location, scale, n=4000):
    """Draw evenly from the distribution, one from each of n slices."""
    levels = (np.arange(n) + 0.5) / n
    return expit(location + scale * stats.norm.ppf(levels))


def masses(location, scale):
    """Mass of the distribution in each cell, from its distribution function."""
    with np.errstate(divide="ignore"):
        return np.diff(stats.norm.cdf((logit(cell_ends()) - location) / scale))


def test_cells_cover_the_axis_and_are_narrow_at_its_ends():
    ends = cell_ends()

    assert (ends[0], ends[-1], len(ends)) == (0, 1, N_CELLS + 1)
    assert ends[1] < 0.0001
    assert np.diff(ends).max() < 0.01
    np.testing.assert_allclose(ends, 1 - ends[::-1], atol=1e-12)


@pytest.mark.parametrize(
    ("location", "scale"), [(0, 0.5), (-2, 1), (4, 1.5), (-6.2, 0.4), (8, 2), (0, 3)]
)
def test_cells_have_the_mass_of_the_distribution(location, scale):
    """But for the kernel, which widens it by 1.5 %: sd times root of 1 + .17^2."""
    density = cell_densities(logit_normal(location, scale))

    mass = density * np.diff(cell_ends())
    assert mass.sum() == pytest.approx(1)
    np.testing.assert_allclose(
        np.cumsum(mass), np.cumsum(masses(location, scale)), atol=0.006
    )


def test_a_forecast_of_one_in_a_thousand_stays_at_its_end():
    density = cell_densities(logit_normal(logit(0.001), 0.5))

    mass = density * np.diff(cell_ends())
    assert mass[cell_ends()[1:] < 0.005].sum() > 0.99


def test_draws_that_round_to_certainty_have_their_place():
    density = cell_densities(np.array([0.999, 0.9999, 1.0, 1.0]))

    assert np.all(np.isfinite(density))
    assert np.sum(density * np.diff(cell_ends())) == pytest.approx(1)


@pytest.mark.parametrize("value", [0.0, 0.3, 1.0])
def test_one_value_has_no_density(value):
    assert cell_densities(np.full(10, value)) is None


def test_weights_move_the_density():
    """Weighed by their odds, draws of a logit-normal are those of one moved by s^2."""
    draws = logit_normal(-1, 0.5)
    density = cell_densities(draws, weights=draws / (1 - draws))

    np.testing.assert_allclose(
        np.cumsum(density * np.diff(cell_ends())),
        np.cumsum(masses(-1 + 0.25, 0.5)),
        atol=0.01,
    )


def test_equal_weights_are_none():
    draws = logit_normal(-1, 0.5)

    np.testing.assert_allclose(
        cell_densities(draws, weights=np.full(4000, 3.0)), cell_densities(draws)
    )
