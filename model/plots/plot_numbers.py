"""The numbers that the plots of a fit show, for whoever draws them anew."""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from deciban.model.array_types import Floats
from deciban.model.plots.evidence_drawings import (
    WEIGHTIEST,
    check_has_ladder,
    evidence_rows,
)
from deciban.model.plots.fit_drawings import history_of
from deciban.model.plots.history_drawing import noticed, report_moves
from deciban.model.plots.kinds import check_scenario
from deciban.model.plots.plotted_fit import Densities, PlottedFit
from deciban.model.plots.svg.histories import HistoryPoint
from deciban.model.posterior.density_curve import cell_ends
from deciban.model.posterior.summary import ScenarioSummary, SourceSummary

__all__ = ["Panels", "plot_numbers"]

type Panels = dict[str, dict[str, list[float]]]

# Draws of one chain that a trace shows at most: evenly spaced ones of more.
_TRACE_DRAWS = 250
_RANK_BINS = 20
_ENERGY_BINS = 40


def plot_numbers(fit: PlottedFit, kind: str, scenario: str | None = None) -> Panels:
    """Return the numbers of one kind of plot, by panel and by name.

    Parameters
    ----------
    fit : PlottedFit
        The fit.
    kind : str
        One of ``model.plots.kinds.KINDS``.
    scenario : str, optional
        Its id, for the kinds of one scenario.

    Returns
    -------
    dict of dict of list of float
        A panel is a scenario, a source, or ``energy``; of a ladder a step, of a history
        a day. Probabilities are between 0 and 1; names that end in ``_ends`` are ends
        of the cells of the others: one more; those that end in ``_db``, and those of
        reports and arguments, are weights in decibans.

    Raises
    ------
    PlotScenarioError
        See ``fit_drawing``.
    """
    check_scenario(kind, scenario, fit.scenarios)
    if scenario is not None:
        return _NUMBERS_OF_ONE[kind](fit, scenario)
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


def _matrix(fit: PlottedFit) -> Panels:
    rows = evidence_rows(fit.explanation)[:WEIGHTIEST]
    return {
        scenario: {
            f"{row.kind} {row.id}": [row.weights_db[scenario]]
            for row in rows
            if scenario in row.weights_db
        }
        for scenario in fit.scenarios
    }


def _ladder(fit: PlottedFit, scenario: str) -> Panels:
    """In the order in which the steps are drawn."""
    one = next(s for s in fit.explanation.scenarios if s.id == scenario)
    check_has_ladder(one)
    steps = {
        f"{step.kind} {step.id}" if step.id else step.kind: {
            "weight_db": [step.weight_db],
            **{f"through {name}": [size] for name, size in step.through.items()},
        }
        for step in one.steps
    }
    before, after = {"mean": [one.written_mean]}, {"mean": [one.mean]}
    return {"prior": before, **steps, "forecast": after}


def _history(fit: PlottedFit, scenario: str) -> Panels:
    """The prior, then by day what was forecast and the reports that moved it."""
    told = history_of(fit, scenario)
    panels: Panels = {f"prior {told.prior.day}": _point(told.prior)}
    panels |= {str(point.day): _point(point) for point in told.points}
    moves = report_moves(fit.explanation, fit.casebook).get(scenario, [])
    for move in noticed(moves):
        if told.prior.day <= move.on <= fit.summary.as_of:
            day = panels.setdefault(str(move.on), {})
            day[f"report {move.report}"] = [move.weight_db]
    return panels


def _point(point: HistoryPoint) -> dict[str, list[float]]:
    eti50 = {"eti50": list(point.eti50)} if point.eti50 else {}
    return {"mean": [point.mean], "eti90": list(point.eti90), **eti50}


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


_NUMBERS_OF_ONE: Mapping[str, Callable[[PlottedFit, str], Panels]] = {
    "ladder": _ladder,
    "history": _history,
}
_NUMBERS: Mapping[str, Callable[[PlottedFit], Panels]] = {
    "forest": _forest,
    "ridge": _ridge,
    "prior-posterior": _before_and_after,
    "sources": _sources,
    "matrix": _matrix,
    "trace": _trace,
    "rank": _rank,
    "energy": _energy,
}
