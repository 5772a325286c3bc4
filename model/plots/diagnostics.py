"""Whether a fit can be trusted, for the eye: traces, ranks and energy of its draws.

Each is drawn by the arviz-plots function of the same name, on axes of ours. A scenario
whose draws are all the same, because it is resolved or its time is up, is left out.
"""

import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import arviz_plots
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from deciban.model.plots.findings import finding
from deciban.model.plots.matplotlib_style import (
    CHAIN_COLOURS,
    GHOST,
    INK,
    MARK,
    SECOND,
    figure_svg,
    last_row,
    look,
    new_figure,
    panels,
    say,
    wrapped,
)
from deciban.model.plots.plot import Plot
from deciban.model.plots.plotted_fit import PlottedFit
from deciban.model.posterior.summary import Checks

__all__ = ["diagnostic_figure", "diagnostic_plot"]

# Its annotations refuse arguments that its documentation names, and Datasets.
azp: Any = arviz_plots

# Draws of all chains together, of which twice as many or more are thinned before they
# are drawn: of 80,000 a line covers itself, and to rank them takes minutes. Energies
# are not, since they are compared from each draw to the next.
_SHOWN = 4000
_ENERGIES = {"energy": INK, "change from draw to draw": SECOND}


def diagnostic_plot(fit: PlottedFit, kind: str) -> Plot:
    """Draw a diagnostic as a picture of its own.

    Parameters
    ----------
    fit : PlottedFit
        The fit.
    kind : str
        One of ``model.plots.kinds.DIAGNOSTICS``.
    """
    found = finding(fit, kind)
    figure = diagnostic_figure(fit, kind)
    return Plot(found.title, found.sentence, figure_svg(figure, found.sentence))


def diagnostic_figure(fit: PlottedFit, kind: str) -> Figure:
    """Draw a diagnostic as a figure of Matplotlib."""
    with look(), warnings.catch_warnings():
        # A constant has no density. ArviZ says so and draws none.
        warnings.filterwarnings("ignore", "Your data appears to have a single value")
        return _DRAW[kind](fit)


def _trace(fit: PlottedFit) -> Figure:
    """Draw the draws of each probability in order, by chain."""
    figure, every = _panels(
        fit,
        "Draws in order",
        "Each colour is a chain. Chains that have converged wander over the same range "
        "without a trend. R-hat should be below 1.01, the effective sample size (ESS, "
        "the lesser of bulk and tail) above 400. Each panel has its own range.",
        " Of each chain one draw in {} is shown; R-hat and ESS are of all.",
    )
    if not every:
        return figure
    draws, questions = _draws(fit), fit.questions
    shown = draws.thin(draw=_step(fit))
    azp.plot_trace(
        shown,
        plot_collection=_by_chain(shown, figure, every),
        backend="matplotlib",
        visuals={
            "trace": {"width": 0.4, "alpha": 0.8},
            "title": False,
            "xlabel": False,
            "ticklabels": False,
        },
    )
    diverging = np.flatnonzero(fit.sample_stats()["diverging"].any(axis=0))
    for scenario, axes in every.items():
        values = draws["probability"].sel(scenario=scenario).values
        converged = _convergence(fit.convergence[scenario])
        axes.set_title(f"{wrapped(questions[scenario], 38)}\n{converged}")
        _frame_trace(axes, values, diverging)
    for axes in last_row(every.values()):
        axes.set_xlabel("draw")
    return figure


def _frame_trace(
    axes: Axes, values: NDArray[np.float64], diverging: NDArray[np.int64]
) -> None:
    axes.set_xlim(0, values.shape[1] - 1)
    axes.set_ylim(max(0, values.min()), min(100, values.max()))
    axes.set_ylabel("probability, %")
    if len(diverging):
        bottom = [axes.get_ylim()[0]] * len(diverging)
        axes.plot(diverging, bottom, "|", color="black", clip_on=False)


def _convergence(checks: Checks) -> str:
    assert checks.r_hat_max is not None  # draws that differ
    assert checks.ess_bulk_min is not None and checks.ess_tail_min is not None
    ess = min(checks.ess_bulk_min, checks.ess_tail_min)
    return f"R-hat {checks.r_hat_max:.3f}, ESS {ess:,.0f}"


def _rank(fit: PlottedFit) -> Figure:
    """Draw whether the chains agree on each probability."""
    figure, every = _panels(
        fit,
        "Ranks of the draws",
        "Each colour is a chain: how far the ranks of its draws among all draws are "
        "from uniform. Chains that agree stay close to the middle line. p: probability "
        "of so much disagreement among chains that agree; where it is below 1 %, "
        "points mark the draws that disagree.",
        " Of each chain one draw in {} is ranked.",
    )
    draws = _draws(fit).thin(draw=_step(fit))
    if every and draws.sizes["chain"] < 2:
        for axes in every.values():
            axes.set_axis_off()
        say(figure, "There is one chain: it has no other to agree with.")
    elif every:
        _draw_ranks(draws, figure, every, fit.questions)
    return figure


def _draw_ranks(
    draws: xr.Dataset,
    figure: Figure,
    every: Mapping[str, Axes],
    questions: Mapping[str, str],
) -> None:
    azp.plot_rank(
        draws,
        envelope_prob=0.99,
        plot_collection=_by_chain(draws, figure, every),
        backend="matplotlib",
        visuals={"ecdf_lines": {"width": 0.9}, "title": False, "xlabel": False},
    )
    for scenario, axes in every.items():
        axes.set_title(f"{wrapped(questions[scenario], 38)}\n{_taken_chance(axes)}")
        for points in axes.collections:
            points.set(sizes=[3])
        axes.axhline(0, color=GHOST, linewidth=0.6, zorder=0)
        axes.set_xlim(0, 1)
    for axes in last_row(every.values()):
        axes.set_xlabel("fractional rank")


def _taken_chance(axes: Axes) -> str:
    """Take what arviz-plots writes across the lines, "p=0.42(alpha=0.01)", off them."""
    (p,) = axes.texts  # no argument moves it
    p.remove()
    value = p.get_text().split("(")[0].removeprefix("p=")
    return "p < 0.01" if value == "0.00" else f"p = {value}"


def _draws(fit: PlottedFit) -> xr.Dataset:
    """Draws of the scenarios that are drawn, in percent."""
    draws = xr.Dataset(
        {"probability": (("chain", "draw", "scenario"), 100 * fit.by_chain)},
        coords={
            "chain": np.arange(fit.by_chain.shape[0]),
            "draw": np.arange(fit.by_chain.shape[1]),
            "scenario": fit.scenarios,
        },
    )
    return draws.sel(scenario=fit.unsettled)


def _step(fit: PlottedFit) -> int:
    """From one draw of a chain that is shown to the next; 1 where all are."""
    n_chains, n_draws = fit.by_chain.shape[:2]
    return max(1, int(n_chains * n_draws) // _SHOWN)


def _panels(
    fit: PlottedFit, what: str, caption: str, thinned: str
) -> tuple[Figure, dict[str, Axes]]:
    """Lay out a panel for each scenario whose draws differ."""
    n_settled = len(fit.scenarios) - len(fit.unsettled)
    left_out = f" Left out, being certain: {n_settled}." if n_settled else ""
    if (step := _step(fit)) > 1:
        caption += thinned.format(step)
    figure = new_figure(
        max(0.6, 1.5 * -(-len(fit.unsettled) // 3)),
        [fit.title, *fit.heading(what)],
        caption + left_out,
    )
    if not fit.unsettled:
        say(figure, "Every scenario is certain: there is nothing to diagnose.")
        return figure, {}
    every = panels(figure, len(fit.unsettled), 3)
    return figure, dict(zip(fit.unsettled, every, strict=True))


def _on_axes(
    figure: Figure, coords: Mapping[str, Sequence[str]], axes: Sequence[Axes]
) -> xr.DataTree:
    """Describe a figure of ours as arviz-plots does its own: which axes show what."""
    targets = np.empty(len(axes), dtype=object)
    targets[:] = axes
    return xr.DataTree(
        xr.Dataset(
            {
                "figure": np.array(figure, dtype=object),
                "plot": (tuple(coords), targets),
            },
            coords=dict(coords),
        )
    )


def _by_chain(draws: xr.Dataset, figure: Figure, every: Mapping[str, Axes]) -> Any:
    return azp.PlotCollection(
        draws,
        _on_axes(figure, {"scenario": list(every)}, list(every.values())),
        backend="matplotlib",
        aes={"color": ["chain"], "overlay": ["chain"]},
        color=CHAIN_COLOURS,
    )


def _energy(fit: PlottedFit) -> Figure:
    """Draw whether the sampler reached the whole posterior."""
    figure = new_figure(
        2.4,
        [fit.title, *fit.heading("Energy")],
        "Right: energies of the draws, and their changes from draw to draw; the "
        "sampler reaches the whole posterior where the second is as wide as the first. "
        "Left: the same as one number for each chain (BFMI); it should be above 0.3.",
    )
    left, right = figure.subplots(
        1, 2, width_ratios=[1, 2.4], gridspec_kw={"wspace": 0.1}
    )
    energies = fit.sample_stats()["energy"]
    _draw_energy(energies, figure, [left, right])
    n_chains = len(energies)
    left.set_xlim(left=0)
    left.set_ylim(n_chains - 0.5, -0.5)
    left.set_yticks(range(n_chains), [str(chain) for chain in range(n_chains)])
    left.set(xlabel="BFMI", ylabel="chain")
    right.set_ylim(bottom=0)
    right.set_xlabel("energy, difference from its mean")
    lines = [Line2D([], [], color=colour) for colour in _ENERGIES.values()]
    right.legend(lines, list(_ENERGIES), loc="upper right")
    return figure


def _draw_energy(energies: NDArray[Any], figure: Figure, both: list[Axes]) -> None:
    kinds = ["marginal", "transition"]
    azp.plot_energy(
        xr.DataTree.from_dict(
            {"sample_stats": xr.Dataset({"energy": (("chain", "draw"), energies)})}
        ),
        kind="kde",
        plot_collection=azp.PlotCollection(
            xr.Dataset({"Energy": ("energy", [0.0, 0.0])}, coords={"energy": kinds}),
            _on_axes(figure, {"column": ["bfmi", "energy"]}, both),
            backend="matplotlib",
            aes={"color": ["energy"]},
            color=list(_ENERGIES.values()),
        ),
        backend="matplotlib",
        visuals={
            "dist": {"width": 1.2},
            "face": {"alpha": 0.2},
            "bfmi_points": {"color": INK, "size": 24},
            "ref_line": {"color": MARK, "linestyle": "--", "width": 1},
            "title": False,
            "legend": False,
            "ylabel": False,
        },
    )


_DRAW: Mapping[str, Callable[[PlottedFit], Figure]] = {
    "trace": _trace,
    "rank": _rank,
    "energy": _energy,
}
