"""Convergence of chains, held to ArviZ's."""

import numpy as np
import pytest
from arviz_stats.base import array_stats

from deciban.model.sampling import convergence

AXES = {"chain_axis": 0, "draw_axis": 1}


def chains(kind, n_draws=250):
    """Draw four chains of three columns."""
    rng = np.random.default_rng(41)
    draws = rng.standard_normal((4, n_draws, 3))
    if kind == "hang together":
        for i in range(1, n_draws):
            draws[:, i] += (0.5, 0.9, 0.99) * draws[:, i - 1]
    if kind == "alternate":
        for i in range(1, n_draws):
            draws[:, i] -= (0.3, 0.6, 0.9) * draws[:, i - 1]
    if kind == "disagree":
        draws += np.arange(4)[:, np.newaxis, np.newaxis] * (0.1, 0.5, 3)
    if kind == "share values":
        draws = np.round(draws * (1, 2, 4))
    if kind == "have wide tails":
        draws = np.tan(draws * (0.5, 1, 2))
    return draws


KINDS = [
    "are independent",
    "hang together",
    "alternate",
    "disagree",
    "share values",
    "have wide tails",
]


@pytest.mark.parametrize("n_draws", [20, 101, 1000])
@pytest.mark.parametrize("kind", KINDS)
def test_figures_are_those_of_arviz(kind, n_draws):
    draws = chains(kind, n_draws)

    for found, theirs in (
        (convergence.r_hat, array_stats.rhat(draws, **AXES)),
        (convergence.ess_bulk, array_stats.ess(draws, method="bulk", **AXES)),
        (
            convergence.ess_tail,
            array_stats.ess(draws, method="tail", prob=(0.05, 0.95), **AXES),
        ),
        (convergence.ess_mean, array_stats.ess(draws, method="mean", **AXES)),
    ):
        assert found(draws) == pytest.approx(theirs, rel=1e-9), found.__name__


def test_a_walk_is_worth_what_its_correlation_leaves():
    """An autoregression of coefficient a is worth (1 - a) / (1 + a) of its draws."""
    draws = chains("hang together", 20_000)

    worth = 80_000 * np.array([1 / 3, 1 / 19, 1 / 199])
    # The figure itself is an estimate: within a tenth, of the slowest within a third.
    assert convergence.ess_mean(draws)[:2] == pytest.approx(worth[:2], rel=0.1)
    assert convergence.ess_mean(draws)[2] == pytest.approx(worth[2], rel=0.35)


def test_a_column_with_what_is_no_number_has_no_figure():
    draws = chains("are independent")
    draws[2, 17, 1] = np.nan

    for figure in (convergence.r_hat, convergence.ess_bulk, convergence.ess_tail):
        assert np.isnan(figure(draws)).tolist() == [False, True, False]


def test_what_never_moves_is_known_as_it_is():
    assert convergence.ess_mean(np.ones((4, 100, 1))) == 400
