"""Forecasts one below the other: as intervals, or as whole densities."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from deciban.model.plots.matplotlib_style import (
    INK,
    MARK,
    new_figure,
    percent_axis,
    verbal_bands,
)
from deciban.model.plots.on_axes import DENSITY, azp, intervals, on_rows
from deciban.model.plots.plotted_fit import FLAT, PlottedFit
from deciban.model.plots.row_labels import (
    beside,
    count,
    head_numbers,
    label_rows,
    mean_and_interval,
    row_height,
)
from deciban.model.posterior.summary import ScenarioSummary
from deciban.model.posterior.wording import percent

__all__ = ["forest", "ridge"]

_ROW = 0.32  # inches for a scenario


def forest(fit: PlottedFit) -> Figure:
    """Draw the mean of each forecast with its intervals."""
    figure = new_figure(
        row_height(fit.scenarios, _ROW) * len(fit.scenarios) + 1.1,
        fit.heading("Forecasts"),
        "Point: mean of the posterior, the forecast. Thick line: 50 % interval; thin "
        "line: 90 % interval, both equal-tailed. Bands: words of ICD 203.",
        _told(fit, "points with their intervals"),
    )
    axes, rows = _scenario_rows(figure, fit)
    intervals(axes, fit.posterior[["probability"]], rows, fit.unsettled, INK)
    return figure


def ridge(fit: PlottedFit) -> Figure:
    """Draw the whole posterior density of each forecast."""
    figure = new_figure(
        row_height(fit.scenarios, 1.3 * _ROW) * len(fit.scenarios) + 1.1,
        fit.heading("Forecasts"),
        "Posterior density of each probability, each scaled to its own peak. Point: "
        "its mean, the forecast. Bands: words of ICD 203.",
        _told(fit, "posterior densities"),
    )
    axes, rows = _scenario_rows(figure, fit)
    for scenario in fit.unsettled:
        _density(axes, figure, fit, scenario, rows)
        mean = 100 * fit.scenarios[scenario].mean
        axes.plot(mean, rows[scenario], "o", color=INK, markersize=4, clip_on=False)
    axes.set_ylim(-0.3, len(rows) - 0.05)
    return figure


def _density(
    axes: Axes, figure: Figure, fit: PlottedFit, scenario: str, rows: dict[str, int]
) -> None:
    # One at a time: plot_ridge scales all it is given to the highest peak of all,
    # beside which a forecast that is not close to 0 or 1 would be flat.
    one = fit.posterior[["probability"]].sel(scenario=[scenario])
    azp.plot_ridge(
        one,
        labels=[],
        ridge_height=0.85,
        kind="kde",
        plot_collection=on_rows(axes, figure, one, rows, "ridge"),
        backend="matplotlib",
        visuals={
            "edge": {"color": INK, "width": 1.0},
            "face": {"color": INK, "alpha": 0.25},
            "ticklabels": False,
            "remove_axis": False,
        },
        stats={"dist": DENSITY},
    )


def _told(fit: PlottedFit, how: str) -> str:
    told = f"Forecasts of {count(fit.scenarios, 'scenario')} as {how}"
    if fit.unsettled:
        ordered = sorted(
            (fit.scenarios[s] for s in fit.unsettled), key=lambda s: s.mean
        )
        low, high = ordered[0], ordered[-1]
        told += (
            f"; of those open the highest is {high.id}, {percent(high.mean)}, "
            f"the lowest {low.id}, {percent(low.mean)}"
        )
    return f"{told}."


def _scenario_rows(figure: Figure, fit: PlottedFit) -> tuple[Axes, dict[str, int]]:
    """Lay out a row for each scenario from the top: its id, its numbers, its mark."""
    axes = figure.subplots()
    rows = {s: len(fit.scenarios) - 1 - i for i, s in enumerate(fit.scenarios)}
    percent_axis(axes)
    verbal_bands(axes)
    label_rows(axes, rows)
    for scenario in fit.summary.scenarios:
        beside(axes, rows[scenario.id], _numbers(scenario))
        if scenario.id not in fit.unsettled:
            _mark_settled(axes, scenario, rows[scenario.id])
    head_numbers(axes)
    axes.set_ylim(-0.6, len(rows) - 0.4)
    return axes, rows


def _numbers(scenario: ScenarioSummary) -> str:
    if scenario.outcome is not None:
        return "occurred" if scenario.outcome else "did not occur"
    settled = scenario.eti90[1] - scenario.eti90[0] <= FLAT / 100
    numbers = percent(scenario.mean) if settled else mean_and_interval(scenario)
    if scenario.annulled:
        return f"{numbers}\nannulled"
    return (
        f"{numbers}\nawaiting resolution" if scenario.awaiting_resolution else numbers
    )


def _mark_settled(axes: Axes, scenario: ScenarioSummary, y: float) -> None:
    axes.plot(
        100 * scenario.mean, y, "s", color=MARK, markersize=6, clip_on=False, zorder=3
    )
