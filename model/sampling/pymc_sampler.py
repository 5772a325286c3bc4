"""The same posterior by PyMC's own sampler, from the model as PyMC states it.

Nothing is shared with ``model.likelihood.kernel`` but the arrays of the casebook: a
check on its loops and on their gradient. It takes tens of times as long.
"""

from typing import Any

import numpy as np
import pymc as pm
from numpy.typing import NDArray

from deciban.model.errors import FitStoppedError
from deciban.model.likelihood.design import Design
from deciban.model.likelihood.pymc_model import build_model
from deciban.model.sampling.draws import SAMPLE_STATS
from deciban.model.sampling.progress import Silent

__all__ = ["sample_with_pymc"]


def sample_with_pymc(
    laid_out: Design,
    *,
    draws: int,
    tune: int,
    chains: int,
    seed: int,
    progress: Silent,
) -> tuple[NDArray[np.float64], dict[str, Any]]:
    """Sample the model of a casebook with PyMC's NUTS.

    Parameters
    ----------
    laid_out : Design
        The casebook.
    draws, tune, chains : int
        Draws kept, and spent on tuning, by each chain.
    seed : int
        Of the draws.
    progress : Silent
        Asked at every draw whether to stop.

    Returns
    -------
    z : ndarray, shape (chain, draw, unknown)
    stats : dict of ndarray, shape (chain, draw)
        By the names of ``model.sampling.draws.SAMPLE_STATS``.

    Raises
    ------
    FitStoppedError
        If ``progress.stopped()`` became true.
    """

    def heard(**_: Any) -> None:
        if progress.stopped():
            raise FitStoppedError("the fit was stopped")

    with build_model(laid_out):
        trace = pm.sample(
            draws=draws,
            tune=tune,
            chains=chains,
            random_seed=seed,
            nuts_sampler="pymc",
            var_names=["z"],
            callback=heard,
            progressbar=False,
            compute_convergence_checks=False,
        )
    stats = trace["sample_stats"]
    return (
        trace["posterior"]["z"].values,
        {name: stats[name].values for name in SAMPLE_STATS},
    )
