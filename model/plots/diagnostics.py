"""Whether a fit can be trusted, for the eye: traces, ranks and energy of its draws."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr
from arviz_stats.base.array import array_stats
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from deciban.model.plots.matplotlib_style import (
    CHAIN_COLOURS,
    GHOST,
    INK,
    MARK,
    last_row,
    new_figure,
    panels,
    say,
    wrapped,
)
from deciban.model.plots.on_axes import azp, on_axes
from deciban.model.plots.plotted_fit import PlottedFit
from deciban.model.plots.row_labels import count

__all__ = ["energy", "rank", "trace"]

# Draws of all chains together, of which twice as many or more are thinned before they
# are drawn: of 80,000 a line covers itself, and to rank them takes minutes. Energies
# are not, since they are compared from each draw to the next.
_SHOWN = 4000
_ENERGIES = {"energy": INK, "change from draw to draw": "#E69F00"}


def trace(fit: PlottedFit) -> Figure:
    """Draw the draws of each probability in order, by chain."""
    figure, every = _panels(
        fit,
        "Draws in order",
        "Each colour is a chain. Chains that have converged wander over the same range "
        "without a trend. R-hat should be below 1.01, the effective sample size (ESS, "
        "the lesser of bulk and tail) above 400. Each panel has its own range.",
        "Draws of the probabilities of {} in order, by chain.",
        " Of each chain one draw in {} is shown; R-hat and ESS are of all.",
    )
    if not every:
        return figure
    draws = fit.posterior[["probability"]].sel(scenario=list(every))
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
    diverging = np.flatnonzero(fit.sample_stats["diverging"].values.any(axis=0))
    for scenario, axes in every.items():
        values = draws["probability"].sel(scenario=scenario).values
        axes.set_title(f"{wrapped(scenario, 34)}\n{_convergence(values)}")
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


def _convergence(values: NDArray[np.float64]) -> str:
    axes = {"chain_axis": 0, "draw_axis": 1}
    with np.errstate(divide="ignore", invalid="ignore"):  # chains that stand still
        r_hat = float(array_stats.rhat(values, **axes))
    bulk = float(array_stats.ess(values, method="bulk", **axes))
    tail = float(array_stats.ess(values, method="tail", prob=(0.05, 0.95), **axes))
    return f"R-hat {r_hat:.3f}, ESS {min(bulk, tail):,.0f}"


def rank(fit: PlottedFit) -> Figure:
    """Draw whether the chains agree on each probability."""
    figure, every = _panels(
        fit,
        "Ranks of the draws",
        "Each colour is a chain: how far the ranks of its draws among all draws are "
        "from uniform. Chains that agree stay close to the middle line. p: probability "
        "of so much disagreement among chains that agree; where it is below 1 %, "
        "points mark the draws that disagree.",
        "Agreement of the chains on the probabilities of {}.",
        " Of each chain one draw in {} is ranked.",
    )
    draws = fit.posterior[["probability"]].sel(scenario=list(every))
    draws = draws.thin(draw=_step(fit))
    if every and draws.sizes["chain"] < 2:
        for axes in every.values():
            axes.set_axis_off()
        say(figure, "There is one chain: it has no other to agree with.")
    elif every:
        _draw_ranks(draws, figure, every)
    return figure


def _draw_ranks(draws: xr.Dataset, figure: Figure, every: Mapping[str, Axes]) -> None:
    azp.plot_rank(
        draws,
        envelope_prob=0.99,
        plot_collection=_by_chain(draws, figure, every),
        backend="matplotlib",
        visuals={"ecdf_lines": {"width": 0.9}, "title": False, "xlabel": False},
    )
    for scenario, axes in every.items():
        axes.set_title(f"{wrapped(scenario, 34)}\n{_taken_chance(axes)}")
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


def _step(fit: PlottedFit) -> int:
    """From one draw of a chain that is shown to the next; 1 where all are."""
    sizes = fit.posterior.sizes
    return max(1, sizes["chain"] * sizes["draw"] // _SHOWN)


def _panels(
    fit: PlottedFit, what: str, caption: str, told: str, thinned: str
) -> tuple[Figure, dict[str, Axes]]:
    """Lay out a panel for each scenario whose draws differ."""
    n_settled = len(fit.scenarios) - len(fit.unsettled)
    left_out = f" Left out, being settled: {n_settled}." if n_settled else ""
    if (step := _step(fit)) > 1:
        caption += thinned.format(step)
    figure = new_figure(
        max(0.6, 1.5 * -(-len(fit.unsettled) // 3)),
        fit.heading(what),
        caption + left_out,
        told.format(count(fit.unsettled, "scenario")),
    )
    if not fit.unsettled:
        say(figure, "Every scenario is settled: there is nothing to diagnose.")
        return figure, {}
    every = panels(figure, len(fit.unsettled), 3)
    return figure, dict(zip(fit.unsettled, every, strict=True))


def _by_chain(draws: xr.Dataset, figure: Figure, every: Mapping[str, Axes]) -> Any:
    return azp.PlotCollection(
        draws,
        on_axes(figure, {"scenario": list(every)}, list(every.values())),
        backend="matplotlib",
        aes={"color": ["chain"], "overlay": ["chain"]},
        color=CHAIN_COLOURS,
    )


def energy(fit: PlottedFit) -> Figure:
    """Draw whether the sampler reached the whole posterior."""
    figure = new_figure(
        2.4,
        fit.heading("Energy"),
        "Right: energies of the draws, and their changes from draw to draw; the "
        "sampler reaches the whole posterior where the second is as wide as the first. "
        "Left: the same as one number for each chain (BFMI); it should be above 0.3.",
        "Energy of the sampler: its marginal and its transition density, and the "
        "fraction of missing information of each chain.",
    )
    left, right = figure.subplots(
        1, 2, width_ratios=[1, 2.4], gridspec_kw={"wspace": 0.1}
    )
    _draw_energy(fit.sample_stats, figure, [left, right])
    n_chains = fit.sample_stats.sizes["chain"]
    left.set_xlim(left=0)
    left.set_ylim(n_chains - 0.5, -0.5)
    left.set_yticks(range(n_chains), [str(chain) for chain in range(n_chains)])
    left.set(xlabel="BFMI", ylabel="chain")
    right.set_ylim(bottom=0)
    right.set_xlabel("energy, difference from its mean")
    lines = [Line2D([], [], color=colour) for colour in _ENERGIES.values()]
    right.legend(lines, list(_ENERGIES), loc="upper right")
    return figure


def _draw_energy(stats: xr.Dataset, figure: Figure, both: list[Axes]) -> None:
    kinds = ["marginal", "transition"]
    azp.plot_energy(
        xr.DataTree.from_dict({"sample_stats": stats}),
        kind="kde",
        plot_collection=azp.PlotCollection(
            xr.Dataset({"Energy": ("energy", [0.0, 0.0])}, coords={"energy": kinds}),
            on_axes(figure, {"column": ["bfmi", "energy"]}, both),
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
