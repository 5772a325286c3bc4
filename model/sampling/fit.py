"""One run of the model on a casebook: lay out, sample, weigh.

Nothing here knows a clock or a terminal: the day and the seed are arguments, progress
is reported to whoever listens, and a fit can be stopped at any moment without a trace.
"""

import datetime
import platform
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Literal

from deciban.model.casebook.casebook import Casebook
from deciban.model.errors import FitStoppedError
from deciban.model.likelihood.design import Design, design
from deciban.model.likelihood.kernel import compiled
from deciban.model.sampling.draws import Draws
from deciban.model.sampling.nutpie_model import (
    CompiledModel,
    compiled_model,
    draws_of,
    nutpie,
)
from deciban.model.sampling.progress import ChainProgress, Silent

# xarray takes half a second to load, and is needed for a DataTree alone.
if TYPE_CHECKING:
    import xarray as xr

__all__ = ["Sampler", "SamplingSettings", "density", "fit", "sample"]

type Sampler = Literal["nutpie", "pymc"]

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
class SamplingSettings:
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
    settings: SamplingSettings | None = None,
    *,
    seed: int | None = None,
    progress: Silent | None = None,
) -> "xr.DataTree":
    """Fit the model to a casebook.

    Parameters
    ----------
    casebook : Casebook
        The whole casebook; what came after ``as_of`` is not used.
    as_of : date
        Up to and with this day reports and outcomes are known.
    settings : SamplingSettings, optional
        4 chains of 1,000 draws after 400 of tuning, unless given.
    seed : int, optional
        From the digest unless given, so that the same casebook gives the same numbers.
    progress : Silent, optional
        Whom to tell, and to ask whether to stop.

    Returns
    -------
    DataTree
        See ``model.posterior.data_tree.forecast_tree``.

    Raises
    ------
    FitStoppedError
        If ``progress.stopped()`` became true.
    """
    from deciban.model.posterior.data_tree import forecast_tree

    progress = progress or Silent()
    draws = sample(casebook, as_of, settings, seed=seed, progress=progress)
    progress.stage("weighing the draws")
    return forecast_tree(draws, casebook, as_of)


def sample(
    casebook: Casebook,
    as_of: datetime.date,
    settings: SamplingSettings | None = None,
    *,
    seed: int | None = None,
    progress: Silent | None = None,
    sampler: Sampler = "nutpie",
) -> Draws:
    """Sample the model of a casebook, and leave the draws unweighed.

    All that a fit says can be had from them later:
    ``model.posterior.summaries.summary_of``,
    ``model.posterior.data_tree.forecast_tree``, ``model.posterior.what_if.Basis``.

    Parameters
    ----------
    casebook, as_of, settings, seed, progress
        As for ``fit``.
    sampler : {"nutpie", "pymc"}
        Whose NUTS: nutpie's on the compiled density, or PyMC's on its own statement of
        the model, which agrees and takes tens of times as long.

    Raises
    ------
    FitStoppedError
        If ``progress.stopped()`` became true.
    """
    settings = settings or SamplingSettings()
    progress = progress or Silent()
    digest = casebook.digest(as_of, asdict(settings))
    seed = int(digest[:8], 16) if seed is None else seed

    progress.stage("laying out the casebook")
    laid_out = design(casebook, as_of)
    if sampler == "pymc":
        # PyMC takes a second to import.
        from deciban.model.sampling.pymc_sampler import sample_with_pymc

        progress.stage("compiling and sampling with PyMC")
        z, stats = sample_with_pymc(
            laid_out, **asdict(settings), seed=seed, progress=progress
        )
    else:
        progress.stage("loading the density")
        model = density(laid_out, progress)
        progress.stage("sampling")
        z, stats = draws_of(_run(model, settings, seed, progress), _SAMPLER_NAMES)
    return Draws(
        z=z,
        labels=tuple(laid_out.coords()["unknown"]),
        stats=stats,
        digest=digest,
        seed=seed,
        settings=asdict(settings),
        versions=_versions(),
    )


def density(laid_out: Design, progress: Silent | None = None) -> CompiledModel:
    """Return the density of a casebook, as nutpie samples it.

    Parameters
    ----------
    laid_out : Design
        The casebook.
    progress : Silent, optional
        Told if the density has to be compiled, which happens once on a machine.
    """
    listener = progress or Silent()
    kernel = compiled(
        lambda: listener.stage("compiling the density, once on this machine")
    )
    return compiled_model(kernel, laid_out.arrays.packed(), laid_out.layout.size)


def _versions() -> dict[str, str]:
    packages = ("deciban", "pymc", "nutpie", "numpy")
    return {"python": platform.python_version()} | {p: version(p) for p in packages}


def _run(
    model: CompiledModel, settings: SamplingSettings, seed: int, progress: Silent
) -> Any:
    def report(chains: Sequence[Any]) -> None:
        progress.chains(
            [
                ChainProgress(c.finished_draws, c.total_draws, c.divergences)
                for c in chains
            ]
        )

    # On a thread, which Ctrl-C does not reach: raised while nutpie starts, it would end
    # the process by a panic or leave threads sampling for a model that is gone.
    starter = ThreadPoolExecutor(1)
    starting: Future[Any] = starter.submit(
        nutpie.sample,
        model,
        draws=settings.draws,
        tune=settings.tune,
        chains=settings.chains,
        seed=seed,
        return_raw_trace=True,
        progress_bar=False,
        progress_callback=report,
        progress_rate=int(1000 * _PULSE),
        blocking=False,
    )
    starter.shutdown(wait=False)
    try:
        sampler = starting.result()
        while True:
            try:
                return sampler.wait(timeout=_PULSE)
            except TimeoutError:
                if progress.stopped():
                    raise FitStoppedError("the fit was stopped") from None
    except BaseException:
        # So that no thread samples on behind an error or Ctrl-C.
        starting.result().cancel()
        raise
