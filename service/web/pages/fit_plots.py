"""What the plots of a fit show: a sentence of each, and its numbers as a table.

The pictures come from the worker that made the fit. What is said here comes from the
fit's summary and, for those that prove the computation, from its draws.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from deciban.model.plots.svg.densities import DensityRow, ridge
from deciban.model.plots.svg.forests import (
    ForestRow,
    Reliability,
    forest,
    reliabilities,
)
from deciban.model.plots.svg.picture import Table
from deciban.model.posterior.statistics import Told
from deciban.model.posterior.summary import SETTLED, Checks, ScenarioSummary, Summary
from deciban.model.posterior.wording import decibans, percent

__all__ = ["PlotTold", "proofs_told", "said_told"]

type Floats = NDArray[np.float64]

# Betancourt, arXiv:1604.00695: with less, the energy changes too little from one draw
# to the next for the sampler to reach the tails.
_BFMI_MIN = 0.3


class PlotTold(NamedTuple):
    """A plot in words: a title, what it shows, and its numbers."""

    title: str
    sentence: str
    table: Table


# What the fit says


def said_told(summary: Summary, names: Mapping[str, str]) -> dict[str, PlotTold]:
    """Tell the plots of what a fit says, by kind.

    Parameters
    ----------
    summary : Summary
        What it says.
    names : mapping of str to str
        Of sources, by id.
    """
    forecasts = forest(
        [
            ForestRow(s.id, s.mean, s.eti90, s.eti50, s.prior_mean, _settled(s))
            for s in summary.scenarios
        ]
    )
    densities = ridge(
        [DensityRow(s.id, s.mean, s.eti90, s.prior_mean) for s in summary.scenarios],
        (),
    )
    sources = reliabilities(
        [
            Reliability(names.get(s.id, s.id), s.grade, s.prior_mean, s.mean, s.eti90)
            for s in summary.sources
        ]
    )
    return {
        "forest": PlotTold("Forecasts", forecasts.sentence, forecasts.table),
        "ridge": PlotTold(
            "Densities", densities.sentence, _quantiles(summary.scenarios)
        ),
        "prior-posterior": PlotTold(
            "Before and after the reports",
            _moved(summary.scenarios),
            _before_and_after(summary.scenarios),
        ),
        "sources": PlotTold(sources.title, sources.sentence, sources.table),
    }


def _settled(said: ScenarioSummary) -> str | None:
    if said.outcome is not None:
        return "occurred" if said.outcome else "did not occur"
    return None if said.sd > SETTLED else "settled"


def _quantiles(scenarios: Sequence[ScenarioSummary]) -> Table:
    levels = list(scenarios[0].quantiles) if scenarios else []
    return Table(
        ("scenario", *(f"{float(level):.0%}".replace("%", " %") for level in levels)),
        [(s.id, *(percent(s.quantiles[level]) for level in levels)) for s in scenarios],
    )


def _moved(scenarios: Sequence[ScenarioSummary]) -> str:
    if not scenarios:
        return "There are no scenarios."
    most = max(scenarios, key=lambda s: abs(s.weight_db or 0))
    told = f"from {percent(most.prior_mean)} to {percent(most.mean)}"
    return f"The evidence moved {most.id} most, {told} ({decibans(most.weight_db)} dB)."


def _before_and_after(scenarios: Sequence[ScenarioSummary]) -> Table:
    return Table(
        ("scenario", "before", "after", "evidence (dB)"),
        [
            (s.id, percent(s.prior_mean), percent(s.mean), decibans(s.weight_db))
            for s in scenarios
        ],
    )


# How it was sampled


def proofs_told(told: Told, stats: Mapping[str, NDArray[Any]]) -> dict[str, PlotTold]:
    """Tell the plots that prove a computation, by kind.

    Parameters
    ----------
    told : Told
        The draws of the fit.
    stats : mapping of ndarray, shape (chain, draw)
        Statistics of the sampler: ``energy``, ``diverging``, ``acceptance_rate``.
    """
    n_draws, width = told.probability.shape
    by_chain = told.probability.reshape(told.chains, n_draws // told.chains, width)
    return {
        "rank": _rank(told.scenarios, by_chain),
        "trace": _trace(told.scenarios, by_chain),
        "energy": _energy(stats),
    }


def _rank(scenarios: Sequence[str], by_chain: Floats) -> PlotTold:
    # With ArviZ, which the service loads when somebody needs it.
    from deciban.model.sampling.checks import R_HAT_MAX, check_draws

    nowhere = np.zeros(by_chain.shape[:2], dtype=bool)
    checks = {
        name: check_draws(by_chain[..., [i]], nowhere)
        for i, name in enumerate(scenarios)
    }
    table = Table(
        ("scenario", "R-hat", "ESS bulk", "ESS tail"),
        [(name, *_figures(check)) for name, check in checks.items()],
    )
    return PlotTold(
        "Agreement of the chains", _agreement(checks, R_HAT_MAX, len(by_chain)), table
    )


def _figures(check: Checks) -> tuple[str, str, str]:
    if check.r_hat_max is None:
        return "settled", "", ""
    return (
        f"{check.r_hat_max:.3f}",
        f"{check.ess_bulk_min:,.0f}",
        f"{check.ess_tail_min:,.0f}",
    )


def _agreement(checks: Mapping[str, Checks], limit: float, n_chains: int) -> str:
    r_hats = {
        name: check.r_hat_max
        for name, check in checks.items()
        if check.r_hat_max is not None
    }
    if not r_hats:
        return "Every scenario is settled: there is nothing to agree on."
    worst = max(r_hats, key=lambda name: r_hats[name])
    at_most = f"R-hat is at most {r_hats[worst]:.3f} ({worst})"
    several = n_chains > 1
    if r_hats[worst] < limit:
        agreed = "All chains agree" if several else "The halves of the one chain agree"
        return f"{agreed}: {at_most}, below {limit}."
    parts = "chains" if several else "halves of the one chain"
    return f"The {parts} do not agree: {at_most}, not below {limit}."


def _trace(scenarios: Sequence[str], by_chain: Floats) -> PlotTold:
    means = by_chain.mean(axis=1)
    table = Table(
        ("scenario", *(f"chain {c}" for c in range(1, len(means) + 1))),
        [
            (name, *(f"{100 * p:.1f} %" for p in means[:, i]))
            for i, name in enumerate(scenarios)
        ],
    )
    return PlotTold("Means of the chains", _apart(scenarios, means), table)


def _apart(scenarios: Sequence[str], means: Floats) -> str:
    apart = 100 * np.ptp(means, axis=0)
    if len(means) < 2 or not len(apart):
        return "There is one chain: its draws in order, scenario by scenario."
    widest = int(apart.argmax())
    return (
        f"The means of the {len(means)} chains are at most {apart[widest]:.1f} "
        f"percentage points apart ({scenarios[widest]})."
    )


def _energy(stats: Mapping[str, NDArray[Any]]) -> PlotTold:
    energy = np.asarray(stats["energy"], dtype=float)
    bfmi = np.square(np.diff(energy, axis=1)).mean(axis=1) / energy.var(axis=1, ddof=1)
    divergences = stats["diverging"].sum(axis=1)
    accepted = np.asarray(stats["acceptance_rate"], dtype=float).mean(axis=1)
    table = Table(
        ("chain", "E-BFMI", "divergences", "accepted"),
        [
            (f"chain {c}", f"{bfmi[c - 1]:.2f}", f"{diverged:,}", percent(rate))
            for c, (diverged, rate) in enumerate(
                zip(divergences.tolist(), accepted.tolist(), strict=True), start=1
            )
        ],
    )
    return PlotTold("Energy", _reached(bfmi, int(divergences.sum())), table)


def _reached(bfmi: Floats, divergences: int) -> str:
    least = int(bfmi.argmin())
    at_least = f"E-BFMI is at least {bfmi[least]:.2f} (chain {least + 1})"
    diverged = f"{divergences:,}" if divergences else "no"
    diverged += f" draw{'s' * (divergences > 1)} diverged"
    if bfmi[least] > _BFMI_MIN:
        return f"Energy moved freely: {at_least}, above {_BFMI_MIN}; {diverged}."
    return f"Energy hardly moved: {at_least}, not above {_BFMI_MIN}; {diverged}."
