"""The numbers that the plots of a fit show, for whoever draws them anew."""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from deciban.model.array_types import Floats
from deciban.model.plots.plotted_fit import Densities, PlottedFit
from deciban.model.posterior.density_curve import cell_ends
from deciban.model.posterior.summary import ScenarioSummary, SourceSummary

__all__ = ["Panels", "plot_numbers"]

type Panels = dict[str, dict[str, list[float]]]

# Draws of one chain that a trace shows at most: evenly spaced ones of more.
_TRACE_DRAWS = 250
_RANK_BINS = 20
_ENERGY_BINS = 40


def plot_numbers(fit: PlottedFit, kind: str) -> Panels:
    """Return the numbers of one kind of plot, by panel and by name.

    Parameters
    ----------
    fit : PlottedFit
        The fit.
    kind : str
        One of ``model.plots.kinds.KINDS``.

    Returns
    -------
    dict of dict of list of float
        A panel is a scenario, a source, or ``energy``. Probabilities are between 0 and
        1; names that end in ``_ends`` are ends of the cells of the others: one more.
    """
    return _NUMBERS[kind](fit)


def _forest(fit: PlottedFit) -> Panels:
    return {
        one.id: {"median": [one.median], "eti50": list(one.eti50), **_mean(one)}
        for one in fit.summary.scenarios
    }


def _sources(fit: PlottedFit) -> Panels:
    return {one.id: _mean(one) for one in fit.summary.sources}


def _mean(one: ScenarioSummary | SourceSummary) -> dict[str, list[float]]:
    return {
        "prior_mean": [one.prior_mean],
        "mean": [one.mean],
        "eti90": list(one.eti90),
    }


def _ridge(fit: PlottedFit) -> Panels:
    return _panels(fit, density=fit.densities)


def _before_and_after(fit: PlottedFit) -> Panels:
    return _panels(fit, prior_density=fit.prior_densities, density=fit.densities)


def _panels(fit: PlottedFit, **densities: Densities) -> Panels:
    """Ends of the cells, and densities in them; none where all draws are one value."""
    ends = cell_ends().tolist()
    return {
        scenario: {
            "probability_ends": ends,
            **{name: list(of[scenario] or ()) for name, of in densities.items()},
        }
        for scenario in fit.scenarios
    }


def _trace(fit: PlottedFit) -> Panels:
    every = -(-fit.by_chain.shape[1] // _TRACE_DRAWS)
    return {
        name: {
            f"chain_{c}": chain[::every, i].tolist()
            for c, chain in enumerate(fit.by_chain)
        }
        for i, name in enumerate(fit.scenarios)
    }


def _rank(fit: PlottedFit) -> Panels:
    n_chains, n_draws, _ = fit.by_chain.shape
    ends = np.linspace(0, n_chains * n_draws, _RANK_BINS + 1)
    panels = {}
    for i, name in enumerate(fit.scenarios):
        ranks = np.argsort(np.argsort(fit.by_chain[..., i].ravel(), kind="stable"))
        counts = {
            f"chain_{c}": _counts(own, ends)
            for c, own in enumerate(ranks.reshape(n_chains, n_draws))
        }
        panels[name] = {"rank_ends": ends.tolist(), **counts}
    return panels


def _energy(fit: PlottedFit) -> Panels:
    energy = np.asarray(fit.sample_stats()["energy"], dtype=float)
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


_NUMBERS: Mapping[str, Callable[[PlottedFit], Panels]] = {
    "forest": _forest,
    "ridge": _ridge,
    "prior-posterior": _before_and_after,
    "sources": _sources,
    "trace": _trace,
    "rank": _rank,
    "energy": _energy,
}
