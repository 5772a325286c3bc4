"""What the reports changed: the density of each probability before and after them."""

from collections.abc import Sequence

import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from deciban.model.plots.matplotlib_style import (
    GHOST,
    INK,
    MARK,
    last_row,
    new_figure,
    panels,
    percent_axis,
    wrapped,
)
from deciban.model.plots.on_axes import DENSITY, SAMPLE_DIMS, azp, on_axes
from deciban.model.plots.plotted_fit import PlottedFit
from deciban.model.plots.row_labels import count
from deciban.model.posterior.summary import ScenarioSummary
from deciban.model.posterior.wording import percent

__all__ = ["before_and_after"]


def before_and_after(fit: PlottedFit) -> Figure:
    """Draw prior and posterior of each probability, a panel each."""
    scenarios = list(fit.scenarios)
    figure = new_figure(
        1.35 * -(-len(scenarios) // 3),
        fit.heading("Before and after the reports"),
        "Density of each probability, with the clock at the same day: grey, before any "
        "report; blue, after all. Each is scaled to its own peak. Lines: the means.",
        f"Prior and posterior densities of {count(scenarios, 'scenario')}.",
    )
    every = panels(figure, len(scenarios), 3)
    _draw_densities(fit, figure, every)
    last = last_row(every)
    for axes, scenario in zip(every, fit.summary.scenarios, strict=True):
        axes.set_title(f"{wrapped(scenario.id, 34)}\n{_moved(scenario)}")
        percent_axis(axes, 20, label=axes in last)
        axes.set_ylim(bottom=0)
        _mark_means(axes, scenario, settled=scenario.id not in fit.unsettled)
    return figure


def _draw_densities(fit: PlottedFit, figure: Figure, every: Sequence[Axes]) -> None:
    groups = {"prior": fit.prior, "posterior": fit.posterior}
    draws = {name: group[["probability"]] for name, group in groups.items()}
    both = xr.concat(draws.values(), dim="group").assign_coords(group=list(draws))
    azp.plot_prior_posterior(
        xr.DataTree.from_dict(draws),
        kind="kde",
        plot_collection=azp.PlotCollection(
            both,
            on_axes(figure, {"scenario": list(fit.scenarios)}, every),
            backend="matplotlib",
            aes={"color": ["group"]},
            color=[GHOST, INK],
        ),
        backend="matplotlib",
        visuals={"dist": {"width": 1.2}, "face": {"alpha": 0.2}, "title": False},
        stats={"dist": _to_own_peaks(both)},
    )
    figure.legends[0].remove()  # the caption says it; no argument leaves it out


def _to_own_peaks(draws: xr.Dataset) -> xr.Dataset:
    """Scale each density to its own peak: beside a spike a wide one would be flat."""
    density: xr.Dataset = draws.azstats.kde(dim=SAMPLE_DIMS, **DENSITY)
    scaled = density.copy(deep=True)
    heights = density.sel(plot_axis="y")["probability"]
    scaled["probability"].loc[{"plot_axis": "y"}] = heights / heights.max("kde_dim")
    scaled["probability"].attrs["kind"] = "kde"
    return scaled


def _mark_means(axes: Axes, scenario: ScenarioSummary, *, settled: bool) -> None:
    axes.axvline(100 * scenario.prior_mean, color=GHOST, linewidth=0.8, zorder=1)
    axes.axvline(
        100 * scenario.mean,
        color=MARK if settled else INK,
        linewidth=3 if settled else 0.8,
        clip_on=not settled,
    )


def _moved(scenario: ScenarioSummary) -> str:
    before, after = percent(scenario.prior_mean), percent(scenario.mean)
    if scenario.outcome is not None:
        after = "occurred" if scenario.outcome else "did not occur"
    return f"{before} to {after}" if scenario.outcome is None else f"{before}; {after}"
