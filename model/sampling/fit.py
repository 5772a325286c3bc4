"""One run of the model on a casebook: lay out, compile, sample, weigh.

Nothing here knows a clock or a terminal: the day and the seed are arguments, progress
is reported to whoever listens, and a fit can be stopped at any moment without a trace.
"""

import datetime
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from typing import Any

import numpy as np
import nutpie
import xarray as xr

from deciban.model.casebook.casebook import Casebook
from deciban.model.errors import FitStoppedError
from deciban.model.likelihood.design import Design, design
from deciban.model.posterior.data_tree import forecast_tree
from deciban.model.sampling.density import kept_density, quick_density
from deciban.model.sampling.draws import Draws
from deciban.model.sampling.progress import ChainProgress, Silent

__all__ = [
    "Settings",
    "fit",
    "prepare",
    "sample",
]

# Beyond this many bearings chains that run side by side save more than compiling for
# them takes: a judgement, from fits of 2,000 to 8,000 simulated reports on two cores.
_LARGE = 3_000

# How often a running sampler is asked whether it is done, and reports, in seconds.
_PULSE = 0.1

# The sampler's own names for the statistics that ``model.sampling.draws`` keeps.
_SAMPLER_NAMES = {
    "diverging": "diverging",
    "energy": "energy",
    "lp": "logp",
    "tree_depth": "depth",
    "n_steps": "n_steps",
    "step_size": "step_size",
    "acceptance_rate": "mean_tree_accept",
}


@dataclass(frozen=True)
class Settings:
    """How long to sample.

    Attributes
    ----------
    draws, tune : int
        Draws kept, and spent on tuning, by each chain.
    chains : int
        Chains, at least 2 for the checks to mean anything.
    """

    draws: int = 1000
    tune: int = 400
    chains: int = 4

    def __post_init__(self) -> None:
        """Refuse settings that give no answer."""
        for name, least in (("draws", 4), ("tune", 1), ("chains", 1)):
            if getattr(self, name) < least:
                raise ValueError(
                    f"{name} must be at least {least}, got {getattr(self, name)!r}"
                )


def fit(
    casebook: Casebook,
    as_of: datetime.date,
    settings: Settings | None = None,
    *,
    seed: int | None = None,
    progress: Silent | None = None,
    keep: bool = False,
) -> xr.DataTree:
    """Fit the model to a casebook.

    Parameters
    ----------
    casebook : Casebook
        The whole casebook; what came after ``as_of`` is not used.
    as_of : date
        Up to and with this day reports and outcomes are known.
    settings : Settings, optional
        4 chains of 1,000 draws after 400 of tuning, unless given.
    seed : int, optional
        From the digest unless given, so that the same casebook gives the same numbers.
    progress : Silent, optional
        Whom to tell, and to ask whether to stop.
    keep : bool
        Use a density that is kept for later fits in this process, compiled now if there
        is none for the layout; a large casebook always does. The draws are the same.

    Returns
    -------
    DataTree
        See ``model.posterior.data_tree.forecast_tree``.

    Raises
    ------
    FitStoppedError
        If ``progress.stopped()`` became true.
    """
    progress = progress or Silent()
    draws = sample(casebook, as_of, settings, seed=seed, progress=progress, keep=keep)
    progress.stage("weighing the draws")
    return forecast_tree(draws, casebook, as_of)


def sample(
    casebook: Casebook,
    as_of: datetime.date,
    settings: Settings | None = None,
    *,
    seed: int | None = None,
    progress: Silent | None = None,
    keep: bool = False,
) -> Draws:
    """Sample the model of a casebook, and leave the draws unweighed.

    All that a fit says can be had from them later:
    ``model.posterior.summaries.summary_of``,
    ``model.posterior.data_tree.forecast_tree``, ``model.posterior.what_if.Basis``.

    Parameters
    ----------
    casebook, as_of, settings, seed, progress, keep
        As for ``fit``.

    Raises
    ------
    FitStoppedError
        If ``progress.stopped()`` became true.
    """
    settings = settings or Settings()
    progress = progress or Silent()
    digest = casebook.digest(as_of, asdict(settings))
    seed = int(digest[:8], 16) if seed is None else seed

    progress.stage("laying out the casebook")
    laid_out = _roomy_design(casebook, as_of)
    keep = keep or len(laid_out.bearings) > _LARGE
    progress.stage("compiling the density")
    density = kept_density(laid_out) if keep else quick_density(laid_out)
    progress.stage("sampling")
    trace = _run(density, settings, seed, progress)
    posterior, stats = (
        trace.children[name].to_dataset() for name in ("posterior", "sample_stats")
    )
    return Draws(
        z=posterior["z"].values[..., laid_out.in_use],
        labels=tuple(label for label in laid_out.coords()["unknown"] if label),
        stats={
            name: np.asarray(stats[theirs].values)
            for name, theirs in _SAMPLER_NAMES.items()
        },
        digest=digest,
        seed=seed,
        settings=asdict(settings),
        versions=_versions(),
    )


def _versions() -> dict[str, str]:
    packages = ("deciban", "pymc", "nutpie", "numpy")
    return {"python": platform.python_version()} | {p: version(p) for p in packages}


def prepare(casebook: Casebook, as_of: datetime.date) -> None:
    """Compile the kept density that a casebook needs, before its first fit."""
    kept_density(_roomy_design(casebook, as_of))


def _roomy_design(casebook: Casebook, as_of: datetime.date) -> Design:
    """Lay a casebook out with room to grow.

    What needs no room is given it too: draws depend on the layout, and are to be the
    same whichever density is compiled.
    """
    return design(casebook, as_of, design(casebook, as_of).layout.roomy())


def _run(density: Any, settings: Settings, seed: int, progress: Silent) -> xr.DataTree:
    def report(chains: Sequence[Any]) -> None:
        progress.chains(
            [
                ChainProgress(c.finished_draws, c.total_draws, c.divergences)
                for c in chains
            ]
        )

    sampler: Any = nutpie.sample(
        density,
        draws=settings.draws,
        tune=settings.tune,
        chains=settings.chains,
        seed=seed,
        save_warmup=False,
        progress_bar=False,
        progress_callback=report,
        progress_rate=int(1000 * _PULSE),
        blocking=False,
    )
    try:
        while True:
            try:
                trace: xr.DataTree = sampler.wait(timeout=_PULSE)
                return trace
            except TimeoutError:
                if progress.stopped():
                    raise FitStoppedError("the fit was stopped") from None
    except BaseException:
        sampler.cancel()  # so that no thread samples on behind an error or Ctrl-C
        raise
