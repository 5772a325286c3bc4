"""Draws from the prior, and draws weighed in pieces."""

import math
from random import Random

import numpy as np
import pytest

from deciban.model.likelihood.arithmetic import NUMPY
from deciban.model.likelihood.design import design
from deciban.model.likelihood.formula import bearing_weights, weigh
from deciban.model.likelihood.unknowns import unknowns
from deciban.model.posterior.evidence_cache import hear
from deciban.model.posterior.weighing import (
    believe,
    even_draws,
    prior_draws,
    weighed_draws,
)
from tests.model.builders import named_draws, random_casebook, random_day


def normal_cdf(z):
    return (1 + math.erf(z / math.sqrt(2))) / 2


def test_prior_draws_are_spread_as_the_normal_is():
    """Each place has one draw in each of 4,000 slices of equal probability."""
    z = prior_draws(["source a", "source b", "scenario a"], 4000)

    slices = np.floor(4000 * np.vectorize(normal_cdf)(z))
    np.testing.assert_array_equal(
        np.sort(slices, axis=1), np.ones(3)[:, None] * np.arange(4000)
    )
    # Places are independent: the correlation of 4,000 pairs has an sd of 1 / 63.
    correlations = np.corrcoef(z)[np.triu_indices(3, 1)]
    assert np.all(np.abs(correlations) < 4 / 63)


def test_the_draws_of_a_label_are_the_same_in_any_company():
    alone = prior_draws(["source b"], 100)
    among = prior_draws(["source a", "source b"], 100)

    np.testing.assert_array_equal(among[1], alone[0])


def test_shared_draws_cannot_be_altered():
    with pytest.raises(ValueError, match="read-only"):
        even_draws("source a", 100)[0] = 1


@pytest.mark.parametrize("seed", range(30))
def test_what_is_believed_in_pieces_is_what_is_weighed_at_once(seed):
    rng = Random(seed)
    laid_out = design(random_casebook(rng), random_day(rng))
    z = named_draws(laid_out, 5)
    x = unknowns(z.T, laid_out.arrays)
    belief = believe(x, hear(x, laid_out), laid_out)
    seen = weigh(z.T, laid_out.arrays)
    weights = bearing_weights(x, laid_out.arrays, NUMPY)

    for one, other in (
        (belief.log_likelihood, seen.log_likelihood),
        (belief.probability, seen.probability.T),
        (belief.complement, seen.complement.T),
        (belief.argument_log_odds, weights.view[: len(laid_out.arguments)].T),
    ):
        np.testing.assert_allclose(one, other, rtol=1e-11, atol=1e-13)


def test_blocks_of_draws_are_weighed_as_the_whole(monkeypatch):
    laid_out = design(random_casebook(Random(118)), random_day(Random(118)))
    z = named_draws(laid_out, 8).reshape(2, 4, -1)
    whole = weighed_draws(z, laid_out)
    x = unknowns(z[0].T, laid_out.arrays)
    belief = believe(x, hear(x, laid_out), laid_out)
    monkeypatch.setattr("deciban.model.posterior.evidence_cache._BLOCK", 1)

    for name, values in weighed_draws(z, laid_out).items():
        np.testing.assert_allclose(values, whole[name], rtol=1e-6, err_msg=name)
    np.testing.assert_allclose(
        believe(x, hear(x, laid_out), laid_out).probability,
        belief.probability,
        rtol=1e-12,
    )
