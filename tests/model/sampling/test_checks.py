"""Proof of a computation, on draws whose faults are known."""

import numpy as np
import pytest

from deciban.model.sampling.checks import check_draws, standard_errors

NO_DIVERGENCE = np.zeros((4, 1000), dtype=bool)


@pytest.fixture
def rng():
    return np.random.default_rng(20)


def independent(rng, scenarios=2):
    return rng.uniform(0.2, 0.6, (4, 1000, scenarios))


def walk(rng, correlation, shape):
    """Draw chains of normals that remember, as autoregressions of first order."""
    steps = rng.standard_normal(shape)
    for i in range(1, shape[1]):
        fresh = np.sqrt(1 - correlation**2) * steps[:, i]
        steps[:, i] = correlation * steps[:, i - 1] + fresh
    return steps


def test_independent_draws_pass(rng):
    checks = check_draws(independent(rng), NO_DIVERGENCE)

    assert checks.ok
    assert checks.r_hat_max < 1.01
    # Of 4,000 independent draws, by the tails' indicators too; within a tenth or so.
    assert checks.ess_bulk_min == pytest.approx(4000, rel=0.2)
    assert checks.ess_tail_min == pytest.approx(4000, rel=0.2)


def test_chains_that_disagree_fail_by_r_hat(rng):
    draws = independent(rng)
    draws[0, :, 1] += 0.1  # most of an sd, in one scenario

    checks = check_draws(draws, NO_DIVERGENCE)
    assert not checks.ok
    assert checks.r_hat_max > 1.05


def test_chains_that_stand_still_fail_without_a_warning():
    """Each has one value of its own: they differ, and none has any spread."""
    draws = np.repeat([[0.2], [0.3], [0.4], [0.5]], 1000, axis=1)[..., np.newaxis]

    checks = check_draws(draws, NO_DIVERGENCE)

    assert not checks.ok
    assert not checks.r_hat_max < 1.01


def test_chains_of_different_widths_fail_by_r_hat(rng):
    """Their means agree: the folded draws tell them apart."""
    draws = independent(rng)
    draws[0] = 0.4 + 0.2 * (draws[0] - 0.4)

    assert check_draws(draws, NO_DIVERGENCE).r_hat_max > 1.05


def test_draws_that_hang_together_fail_by_ess(rng):
    """A walk with correlation .95 is worth 1 in 39 draws: (1 - .95) / (1 + .95)."""
    checks = check_draws(walk(rng, 0.95, (4, 1000, 1)), NO_DIVERGENCE)
    assert not checks.ok
    assert checks.ess_bulk_min < 200


def test_chains_that_disagree_fail_however_many_draws_they_have(rng):
    """Forty chains, half of them .4 sd apart: enough effective draws, but no accord."""
    draws = rng.standard_normal((40, 1000, 1))
    draws[::2] += 0.4

    checks = check_draws(draws, np.zeros((40, 1000), dtype=bool))
    assert min(checks.ess_bulk_min, checks.ess_tail_min) > 400
    assert not checks.ok


def wave(length, period):
    """Return waves of unit size (4 chains, draw, 1), the same in each half chain."""
    return np.tile(np.sin(2 * np.pi * np.arange(length) / period), (4, 1))[..., None]


def test_chains_that_agree_fail_where_they_have_too_few_draws():
    """A slow wave: its draws hang together for some fifteen in each direction."""
    diverging = np.zeros((4, 2000), dtype=bool)
    checks = check_draws(0.5 + 0.2 * wave(2000, period=100), diverging)

    assert checks.r_hat_max < 1.01
    assert checks.ess_bulk_min < 400
    assert not checks.ok


def test_draws_whose_tails_come_in_spells_fail_by_tail_ess(rng):
    """Their sign is drawn anew each time, so that the bulk knows nothing of it."""
    wide = np.exp(3 * wave(4000, period=2000))
    draws = wide * rng.standard_normal(wide.shape)

    checks = check_draws(draws, np.zeros((4, 4000), dtype=bool))
    assert checks.ess_bulk_min > 4000
    assert checks.ess_tail_min < 400
    assert not checks.ok


def test_one_divergence_fails(rng):
    diverging = NO_DIVERGENCE.copy()
    diverging[2, 17] = True

    checks = check_draws(independent(rng), diverging)
    assert not checks.ok
    assert checks.divergences == 1


def test_settled_scenarios_are_left_out_of_the_checks(rng):
    draws = independent(rng)
    with_settled = np.concatenate([draws, np.ones((4, 1000, 1))], axis=-1)

    assert check_draws(with_settled, NO_DIVERGENCE) == check_draws(draws, NO_DIVERGENCE)


def test_where_all_is_settled_there_is_nothing_to_check():
    checks = check_draws(np.ones((4, 1000, 2)), NO_DIVERGENCE)

    assert checks.ok
    assert checks.r_hat_max is checks.ess_bulk_min is checks.ess_tail_min is None


@pytest.mark.parametrize("where", [np.s_[:], np.s_[2, 17, 1]], ids=["all", "one"])
def test_draws_that_are_no_numbers_fail(rng, where):
    draws = independent(rng)
    draws[where] = np.nan

    checks = check_draws(draws, NO_DIVERGENCE)
    assert not checks.ok
    assert np.isnan(checks.r_hat_max)


def test_the_mean_of_what_is_no_number_has_no_standard_error(rng):
    draws = independent(rng, scenarios=3)
    draws[2, 17, 1] = np.nan

    assert np.isnan(standard_errors(draws)).tolist() == [False, True, False]
