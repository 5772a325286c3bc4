"""PyMC's sampler on PyMC's statement of the model, against ours on the kernel."""

import numpy as np
import pytest
from arviz_stats.base.array import array_stats

from deciban.model.likelihood.design import design
from deciban.model.posterior.weighing import weighed_draws
from deciban.model.sampling.draws import SAMPLE_STATS
from deciban.model.sampling.fit import SamplingSettings, sample
from tests.model.builders import case_of


@pytest.mark.slow
def test_both_samplers_agree_within_their_monte_carlo_errors():
    casebook, day = case_of(33)
    settings = SamplingSettings(draws=500, tune=400, chains=2)
    ours = sample(casebook, day, settings)
    pymcs = sample(casebook, day, settings, sampler="pymc")

    assert pymcs.z.shape == ours.z.shape
    assert set(pymcs.stats) == set(SAMPLE_STATS)
    laid_out = design(casebook, day)
    one, other = (
        weighed_draws(draws.z, laid_out)["probability"] for draws in (ours, pymcs)
    )
    for s in range(one.shape[-1]):
        errors = [
            array_stats.mcse(p[..., s], method="mean", chain_axis=0, draw_axis=1)
            for p in (one, other)
        ]
        difference = one[..., s].mean() - other[..., s].mean()
        assert abs(difference) <= 4 * np.hypot(*errors) + 1e-12
