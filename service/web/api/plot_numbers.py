"""The numbers that the plots of a fit show, for whoever draws them anew."""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from deciban.model.posterior.density_curve import cell_densities, cell_ends
from deciban.model.posterior.statistics import Told
from deciban.model.posterior.summary import ScenarioSummary, SourceSummary, Summary
from deciban.model.sampling.draws import Draws

__all__ = ["Fitted", "Numbers", "Panels", "plot_numbers"]

type Floats = NDArray[np.float64]
type Numbers = dict[str, list[float]]
type Panels = dict[str, Numbers]

# Draws of one chain that a trace shows at most: evenly spaced ones of more.
_TRACE_DRAWS = 250
_RANK_BINS = 20
_ENERGY_BINS = 40


class Fitted:
    """What plots of a fit are made of; draws are asked for where they are needed.

    Parameters
    ----------
    summary : Summary
    told : callable
        Gives the draws summed up.
    prior : callable
        Gives draws before any report, shape (draw, scenario).
    draws : callable
        Gives what the sampler left behind.
    """

    def __init__(
        self,
        summary: Summary,
        told: Callable[[], Told],
        prior: Callable[[], Floats],
        draws: Callable[[], Draws],
    ) -> None:
        self.summary, self.told, self.prior, self.draws = summary, told, prior, draws


def plot_numbers(kind: str, fitted: Fitted) -> Panels:
    """Return the numbers of one kind of plot, by panel and by name.

    Parameters
    ----------
    kind : str
        One of ``model.plots.kinds.KINDS``.
    fitted : Fitted
        The fit.
    """
    return _KINDS[kind](fitted)


def _forest(fitted: Fitted) -> Panels:
    return {one.id: _intervals(one) for one in fitted.summary.scenarios}


def _intervals(one: ScenarioSummary) -> Numbers:
    return {
        "prior_mean": [one.prior_mean],
        "mean": [one.mean],
        "median": [one.median],
        "eti50": list(one.eti50),
        "eti90": list(one.eti90),
    }


def _sources(fitted: Fitted) -> Panels:
    return {one.id: _reliability(one) for one in fitted.summary.sources}


def _reliability(one: SourceSummary) -> Numbers:
    return {
        "prior_mean": [one.prior_mean],
        "mean": [one.mean],
        "eti90": list(one.eti90),
    }


def _ridge(fitted: Fitted) -> Panels:
    told = fitted.told()
    return {
        name: {
            "probability_ends": cell_ends().tolist(),
            "density": _density(told.probability[:, i]),
        }
        for i, name in enumerate(told.scenarios)
    }


def _prior_posterior(fitted: Fitted) -> Panels:
    told, prior = fitted.told(), fitted.prior()
    return {
        name: {
            "probability_ends": cell_ends().tolist(),
            "prior_density": _density(prior[:, i]),
            "density": _density(told.probability[:, i]),
        }
        for i, name in enumerate(told.scenarios)
    }


def _density(draws: Floats) -> list[float]:
    """Mean density in each cell; nothing where all draws are one value."""
    density = cell_densities(np.ascontiguousarray(draws))
    return [] if density is None else density.tolist()


def _by_chain(told: Told) -> Floats:
    n_draws, width = told.probability.shape
    return told.probability.reshape(told.chains, n_draws // told.chains, width)


def _trace(fitted: Fitted) -> Panels:
    told = fitted.told()
    chains = _by_chain(told)
    every = -(-chains.shape[1] // _TRACE_DRAWS)
    return {
        name: {
            f"chain_{c}": chain[::every, i].tolist() for c, chain in enumerate(chains)
        }
        for i, name in enumerate(told.scenarios)
    }


def _rank(fitted: Fitted) -> Panels:
    told = fitted.told()
    chains = _by_chain(told)
    n_draws = len(told.probability)
    ends = np.linspace(0, n_draws, _RANK_BINS + 1)
    panels = {}
    for i, name in enumerate(told.scenarios):
        ranks = np.argsort(np.argsort(told.probability[:, i], kind="stable"))
        by_chain = ranks.reshape(chains.shape[:2])
        counts = {f"chain_{c}": _counts(own, ends) for c, own in enumerate(by_chain)}
        panels[name] = {"rank_ends": ends.tolist(), **counts}
    return panels


def _energy(fitted: Fitted) -> Panels:
    energy = np.asarray(fitted.draws().stats["energy"], dtype=float)
    marginal, steps = energy - energy.mean(), np.diff(energy, axis=1)
    widest = max(np.abs(marginal).max(), np.abs(steps).max())
    ends = np.linspace(-widest, widest, _ENERGY_BINS + 1)
    return {
        "energy": {
            "energy_ends": ends.tolist(),
            "marginal": _counts(marginal.ravel(), ends),
            "transition": _counts(steps.ravel(), ends),
        }
    }


def _counts(
    values: NDArray[np.float64] | NDArray[np.int64], ends: Floats
) -> list[float]:
    return [float(n) for n in np.histogram(values, ends)[0]]


_KINDS: Mapping[str, Callable[[Fitted], Panels]] = {
    "forest": _forest,
    "ridge": _ridge,
    "prior-posterior": _prior_posterior,
    "sources": _sources,
    "trace": _trace,
    "rank": _rank,
    "energy": _energy,
}
