"""What the diagnostics of a fit show: a sentence of each, and a table of numbers."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from deciban.model.plots.plotted_fit import PlottedFit
from deciban.model.plots.svg.lettering import quoted
from deciban.model.plots.svg.picture import Table
from deciban.model.posterior.summary import Checks
from deciban.model.posterior.wording import counted, percent

__all__ = ["Finding", "finding"]

# Betancourt, arXiv:1604.00695: with less, the energy changes too little from one draw
# to the next for the sampler to reach the tails.
_BFMI_MIN = 0.3


class Finding(NamedTuple):
    """A diagnostic in words: a title, what it shows, and its numbers."""

    title: str
    sentence: str
    table: Table


def finding(fit: PlottedFit, kind: str) -> Finding:
    """Say what a diagnostic of a fit shows.

    Parameters
    ----------
    fit : PlottedFit
        The fit.
    kind : str
        One of ``model.plots.kinds.DIAGNOSTICS``.
    """
    return _FIND[kind](fit)


def _rank(fit: PlottedFit) -> Finding:
    table = Table(
        ("scenario", "R-hat", "ESS bulk", "ESS tail"),
        [
            (fit.questions[name], *_figures(check))
            for name, check in fit.convergence.items()
        ],
    )
    return Finding("Agreement of the chains", _agreement(fit), table)


def _figures(check: Checks) -> tuple[str, str, str]:
    if check.r_hat_max is None:
        return "certain", "", ""
    return (
        f"{check.r_hat_max:.3f}",
        f"{check.ess_bulk_min:,.0f}",
        f"{check.ess_tail_min:,.0f}",
    )


def _agreement(fit: PlottedFit) -> str:
    from deciban.model.sampling.checks import R_HAT_MAX  # with ArviZ

    r_hats = {
        name: check.r_hat_max
        for name, check in fit.convergence.items()
        if check.r_hat_max is not None
    }
    if not r_hats:
        return "Every scenario is certain: there is nothing to agree on."
    worst = max(r_hats, key=lambda name: r_hats[name])
    at_most = f"R-hat is at most {r_hats[worst]:.3f} ({quoted(fit.questions[worst])})"
    several = len(fit.by_chain) > 1
    if r_hats[worst] < R_HAT_MAX:
        agreed = "All chains agree" if several else "The halves of the one chain agree"
        return f"{agreed}: {at_most}, below {R_HAT_MAX}."
    parts = "chains" if several else "halves of the one chain"
    return f"The {parts} do not agree: {at_most}, not below {R_HAT_MAX}."


def _trace(fit: PlottedFit) -> Finding:
    means = fit.by_chain.mean(axis=1)
    table = Table(
        ("scenario", *(f"chain {c}" for c in range(1, len(means) + 1))),
        [
            # To a tenth everywhere: what counts is how far they are apart.
            (fit.questions[name], *(f"{100 * p:.1f} %" for p in means[:, i]))
            for i, name in enumerate(fit.scenarios)
        ],
    )
    apart = 100 * np.ptp(means, axis=0)
    if len(means) < 2 or not len(apart):
        sentence = "There is one chain: its draws in order, scenario by scenario."
    else:
        widest = int(apart.argmax())
        asked = quoted(fit.questions[fit.scenarios[widest]])
        sentence = (
            f"The means of the {len(means)} chains are at most {apart[widest]:.1f} "
            f"percentage points apart ({asked})."
        )
    return Finding("Means of the chains", sentence, table)


def _energy(fit: PlottedFit) -> Finding:
    stats = fit.sample_stats()
    energy = np.asarray(stats["energy"], dtype=float)
    bfmi = np.square(np.diff(energy, axis=1)).mean(axis=1) / energy.var(axis=1, ddof=1)
    divergences = stats["diverging"].sum(axis=1).tolist()
    accepted = np.asarray(stats["acceptance_rate"], dtype=float).mean(axis=1).tolist()
    table = Table(
        ("chain", "E-BFMI", "divergences", "accepted"),
        [
            (f"chain {c}", f"{bfmi[c - 1]:.2f}", f"{diverged:,}", percent(rate))
            for c, (diverged, rate) in enumerate(
                zip(divergences, accepted, strict=True), start=1
            )
        ],
    )
    least = int(bfmi.argmin())
    at_least = f"E-BFMI is at least {bfmi[least]:.2f} (chain {least + 1})"
    n = sum(divergences)
    diverged = f"{counted(n, 'draw') if n else 'no draw'} diverged"
    if bfmi[least] > _BFMI_MIN:
        moved = f"Energy moved freely: {at_least}, above {_BFMI_MIN}"
    else:
        moved = f"Energy hardly moved: {at_least}, not above {_BFMI_MIN}"
    return Finding("Energy", f"{moved}; {diverged}.", table)


_FIND: Mapping[str, Callable[[PlottedFit], Finding]] = {
    "rank": _rank,
    "trace": _trace,
    "energy": _energy,
}
