"""What a fit looks like: its forecasts, its sources, and its diagnostics.

Each kind is drawn by the arviz-plots function of the same purpose, on axes of ours.
Scenarios stand in the order of the casebook, probabilities on an axis from 0 to 100 %.
A scenario whose draws are all the same, because it is resolved or its time is up, has
no density: it is marked where it stands, and left out of the diagnostics.
"""

import os
import textwrap
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import arviz_plots
import numpy as np
import xarray as xr
from arviz_stats.base.array import array_stats
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from evidence import RELIABILITY
from model.figures import (
    CHAIN_COLOURS,
    GHOST,
    INK,
    MARK,
    look,
    new_figure,
    panels,
    percent_axis,
    save_figure,
    verbal_bands,
    wrapped,
)
from model.plot_kinds import KINDS
from model.summarise import summarise
from model.summary import ScenarioSummary, SourceSummary, Summary

__all__ = ["KINDS", "plot_fit", "save_figure", "write_plots"]

# Its annotations refuse arguments that its documentation names, and Datasets.
azp: Any = arviz_plots

_SAMPLE_DIMS = ["chain", "draw"]
_ROW = 0.32  # inches for a scenario
_LINE = 0.15  # inches for a line of its id
_ID_WIDTH = 40  # characters to a line of an id
# Draws that spread less have no density to see: where the clock has run out they differ
# by 1e-308.
_FLAT = 1e-9  # percent
_DENSITY = {"custom_lims": (0, 100), "grid_len": 400}


class _Fit(NamedTuple):
    """What the plots need of a fit, probabilities in percent."""

    summary: Summary
    title: str
    posterior: xr.Dataset
    prior: xr.Dataset
    sample_stats: xr.Dataset

    @property
    def scenarios(self) -> dict[str, ScenarioSummary]:
        return {scenario.id: scenario for scenario in self.summary.scenarios}

    @property
    def unsettled(self) -> list[str]:
        draws = self.posterior["probability"]
        spread = np.ptp(draws.values, axis=(0, 1))
        return [str(s) for s in draws["scenario"].values[spread > _FLAT]]

    def heading(self, what: str) -> str:
        lines = [
            textwrap.shorten(self.title, 96, placeholder=" ..."),
            f"{what}: {self.summary.case}, as of {self.summary.as_of}",
        ]
        if not self.summary.checks.ok:
            lines.append("This fit failed its checks: see trace, rank and energy")
        return "\n".join(lines)


def plot_fit(fit: xr.DataTree, kind: str) -> Figure:
    """Draw one kind of plot of a fit.

    Parameters
    ----------
    fit : DataTree
        As ``model.fit.fit`` returns it, or as it was saved.
    kind : str
        One of ``KINDS``.

    Raises
    ------
    ValueError
        If there is no such kind.
    """
    if kind not in KINDS:
        raise ValueError(f"must be one of {', '.join(KINDS)}, got {kind!r}")
    return _draw(_read(fit), kind)


def write_plots(
    fit: xr.DataTree, directory: str | os.PathLike[str], suffixes: Sequence[str] = ()
) -> list[Path]:
    """Write every kind of plot of a fit, each as ``KIND.svg`` and ``KIND.png``.

    Parameters
    ----------
    fit : DataTree
        As ``model.fit.fit`` returns it, or as it was saved.
    directory : path
        An existing folder.
    suffixes : sequence of str, optional
        Others of ``.svg``, ``.png`` and ``.pdf`` instead.

    Returns
    -------
    list of Path
        The files, in the order of ``KINDS``.
    """
    read = _read(fit)
    written = []
    for kind in KINDS:
        figure = _draw(read, kind)
        for suffix in suffixes or (".svg", ".png"):
            path = Path(directory) / f"{kind}{suffix}"
            save_figure(figure, path)
            written.append(path)
    return written


def _read(fit: xr.DataTree) -> _Fit:
    summary = summarise(fit)
    scenarios = [scenario.id for scenario in summary.scenarios]
    sources = [source.id for source in summary.sources]

    def percent(group: str) -> xr.Dataset:
        draws = fit[group].to_dataset()[["probability", "source_reliability"]]
        return 100 * draws.sel(scenario=scenarios, source=sources)

    return _Fit(
        summary,
        str(fit.attrs["title"]),
        percent("posterior"),
        percent("prior"),
        fit["sample_stats"].to_dataset(),
    )


def _draw(fit: _Fit, kind: str) -> Figure:
    with look(), warnings.catch_warnings():
        # A constant has no density. ArviZ says so and draws none; we mark it instead.
        warnings.filterwarnings("ignore", "Your data appears to have a single value")
        return _DRAW[kind](fit)


def _forest(fit: _Fit) -> Figure:
    figure = new_figure(
        _row_height(fit.scenarios, _ROW) * len(fit.scenarios) + 1.1,
        fit.heading("Forecasts"),
        "Point: mean of the posterior, the forecast. Thick line: 50 % interval; thin "
        "line: 90 % interval, both equal-tailed. Bands: words of ICD 203.",
        _told_forecasts(fit, "points with their intervals"),
    )
    axes, rows = _scenario_rows(figure, fit)
    _intervals(axes, fit.posterior[["probability"]], rows, fit.unsettled, INK)
    return figure


def _ridge(fit: _Fit) -> Figure:
    figure = new_figure(
        _row_height(fit.scenarios, 1.3 * _ROW) * len(fit.scenarios) + 1.1,
        fit.heading("Forecasts"),
        "Posterior density of each probability, each scaled to its own peak. Point: "
        "its mean, the forecast. Bands: words of ICD 203.",
        _told_forecasts(fit, "posterior densities"),
    )
    axes, rows = _scenario_rows(figure, fit)
    draws = fit.posterior[["probability"]]
    for scenario in fit.unsettled:
        # One at a time: plot_ridge scales all it is given to the highest peak of all,
        # beside which a forecast that is not close to 0 or 1 would be flat.
        one = draws.sel(scenario=[scenario])
        azp.plot_ridge(
            one,
            labels=[],
            ridge_height=0.85,
            kind="kde",
            plot_collection=_on(axes, figure, one, rows, "ridge"),
            backend="matplotlib",
            visuals={
                "edge": {"color": INK, "width": 1.0},
                "face": {"color": INK, "alpha": 0.25},
                "ticklabels": False,
                "remove_axis": False,
            },
            stats={"dist": _DENSITY},
        )
        mean = 100 * fit.scenarios[scenario].mean
        axes.plot(mean, rows[scenario], "o", color=INK, markersize=4, clip_on=False)
    axes.set_ylim(-0.3, len(rows) - 0.05)
    return figure


def _told_forecasts(fit: _Fit, how: str) -> str:
    told = f"Forecasts of {_count(fit.scenarios, 'scenario')} as {how}"
    if fit.unsettled:
        ordered = sorted(
            (fit.scenarios[s] for s in fit.unsettled), key=lambda s: s.mean
        )
        low, high = ordered[0], ordered[-1]
        told += (
            f"; of those open the highest is {high.id}, {_percent(high.mean)}, "
            f"the lowest {low.id}, {_percent(low.mean)}"
        )
    return f"{told}."


def _count(things: Sequence[object] | Mapping[str, object], name: str) -> str:
    return f"{len(things)} {name}{'' if len(things) == 1 else 's'}"


def _percent(probability: float) -> str:
    """Round to a percent, but never to 0 or 100 what is not."""
    if _FLAT / 100 < probability < 0.01:
        return "<1 %"
    if 0.99 < probability < 1:
        return ">99 %"
    return f"{100 * probability:.0f} %"


def _scenario_rows(figure: Figure, fit: _Fit) -> tuple[Axes, dict[str, int]]:
    """Lay out a row for each scenario from the top: its id, its numbers, its mark."""
    axes = figure.subplots()
    rows = {s: len(fit.scenarios) - 1 - i for i, s in enumerate(fit.scenarios)}
    percent_axis(axes)
    verbal_bands(axes)
    _label_rows(axes, rows)
    for scenario in fit.summary.scenarios:
        _beside(axes, rows[scenario.id], _numbers(scenario))
        if scenario.id not in fit.unsettled:
            _mark_settled(axes, scenario, rows[scenario.id])
    _beside(axes, 1, "mean (90 % interval)", above=True)
    axes.set_ylim(-0.6, len(rows) - 0.4)
    return axes, rows


def _row_height(ids: Iterable[str], least: float) -> float:
    lines = [wrapped(name, _ID_WIDTH).count("\n") + 1 for name in ids]
    return max(least, _LINE * max(lines, default=1))


def _label_rows(axes: Axes, rows: Mapping[str, float]) -> None:
    axes.set_yticks(list(rows.values()), [wrapped(row, _ID_WIDTH) for row in rows])
    axes.tick_params(axis="y", length=0, pad=8)
    axes.spines["left"].set_visible(False)


def _numbers(scenario: ScenarioSummary) -> str:
    if scenario.outcome is not None:
        return "occurred" if scenario.outcome else "did not occur"
    settled = scenario.eti90[1] - scenario.eti90[0] <= _FLAT / 100
    numbers = _percent(scenario.mean) if settled else _mean_and_interval(scenario)
    if scenario.annulled:
        return f"{numbers}\nannulled"
    return (
        f"{numbers}\nawaiting resolution" if scenario.awaiting_resolution else numbers
    )


def _mean_and_interval(said: ScenarioSummary | SourceSummary) -> str:
    low, high = (_percent(end).removesuffix(" %") for end in said.eti90)
    return f"{_percent(said.mean)} ({low} to {high})"


def _beside(axes: Axes, y: float, text: str, *, above: bool = False) -> None:
    axes.annotate(
        text,
        (1, y),
        xycoords="axes fraction" if above else ("axes fraction", "data"),
        xytext=(14, 2 if above else 0),
        textcoords="offset points",
        ha="left",
        va="bottom" if above else "center",
        fontsize=7.5,
        annotation_clip=False,
    )


def _mark_settled(axes: Axes, scenario: ScenarioSummary, y: float) -> None:
    axes.plot(
        100 * scenario.mean, y, "s", color=MARK, markersize=6, clip_on=False, zorder=3
    )


def _on(
    axes: Axes,
    figure: Figure,
    draws: xr.Dataset,
    rows: Mapping[str, float],
    column: str,
) -> Any:
    """Let an arviz-plots function of rows draw on axes of ours, at rows of ours."""
    (dim,) = (str(d) for d in draws.dims if d not in _SAMPLE_DIMS)
    return azp.PlotCollection(
        draws,
        _viz(figure, {"column": [column]}, [axes]),
        backend="matplotlib",
        aes={"y": [dim], "overlay": [dim]},
        y=[rows[str(name)] for name in draws[dim].values],
    )


def _viz(
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


def _intervals(
    axes: Axes,
    draws: xr.Dataset,
    rows: Mapping[str, float],
    shown: Sequence[str],
    colour: str,
    weight: float = 1.0,
) -> None:
    if not shown:
        return
    (dim,) = (str(d) for d in draws.dims if d not in _SAMPLE_DIMS)
    figure = axes.get_figure()
    assert isinstance(figure, Figure)
    azp.plot_forest(
        draws,
        coords={dim: list(shown)},
        combined=True,
        point_estimate="mean",
        ci_kind="eti",
        ci_probs=(0.5, 0.9),
        labels=[],
        plot_collection=_on(axes, figure, draws, rows, "forest"),
        backend="matplotlib",
        visuals={
            "twig": {"color": colour, "width": 1.0 * weight},
            "trunk": {"color": colour, "width": 3.2 * weight},
            "point_estimate": {
                "color": colour,
                "facecolor": "white",
                "size": 22 * weight,
                "width": 1.1,
                "clip_on": False,
                "zorder": 3,
            },
            "ticklabels": False,
            "remove_axis": False,
        },
    )


def _prior_posterior(fit: _Fit) -> Figure:
    scenarios = list(fit.scenarios)
    figure = new_figure(
        1.35 * -(-len(scenarios) // 3),
        fit.heading("Before and after the reports"),
        "Density of each probability, with the clock at the same day: grey, before any "
        "report; blue, after all. Each is scaled to its own peak. Lines: the means.",
        f"Prior and posterior densities of {_count(scenarios, 'scenario')}.",
    )
    every = panels(figure, len(scenarios), 3)
    groups = {"prior": fit.prior, "posterior": fit.posterior}
    draws = {name: group[["probability"]] for name, group in groups.items()}
    both = xr.concat(draws.values(), dim="group").assign_coords(group=list(draws))
    azp.plot_prior_posterior(
        xr.DataTree.from_dict(draws),
        kind="kde",
        plot_collection=azp.PlotCollection(
            both,
            _viz(figure, {"scenario": scenarios}, every),
            backend="matplotlib",
            aes={"color": ["group"]},
            color=[GHOST, INK],
        ),
        backend="matplotlib",
        visuals={
            "dist": {"width": 1.2},
            "face": {"alpha": 0.2},
            "title": False,
        },
        stats={"dist": _densities(both)},
    )
    figure.legends[0].remove()  # the caption says it; no argument leaves it out
    last = _last_row(every)
    for axes, scenario in zip(every, fit.summary.scenarios, strict=True):
        axes.set_title(f"{wrapped(scenario.id, 34)}\n{_moved(scenario)}")
        percent_axis(axes, 20, label=axes in last)
        axes.set_ylim(bottom=0)
        axes.axvline(100 * scenario.prior_mean, color=GHOST, linewidth=0.8, zorder=1)
        settled = scenario.id not in fit.unsettled
        axes.axvline(
            100 * scenario.mean,
            color=MARK if settled else INK,
            linewidth=3 if settled else 0.8,
            clip_on=not settled,
        )
    return figure


def _densities(draws: xr.Dataset) -> xr.Dataset:
    """Scale each density to its own peak: beside a spike a wide one would be flat."""
    density: xr.Dataset = draws.azstats.kde(dim=_SAMPLE_DIMS, **_DENSITY)
    scaled = density.copy(deep=True)
    heights = density.sel(plot_axis="y")["probability"]
    scaled["probability"].loc[{"plot_axis": "y"}] = heights / heights.max("kde_dim")
    scaled["probability"].attrs["kind"] = "kde"
    return scaled


def _moved(scenario: ScenarioSummary) -> str:
    before, after = _percent(scenario.prior_mean), _percent(scenario.mean)
    if scenario.outcome is not None:
        after = "occurred" if scenario.outcome else "did not occur"
    return f"{before} to {after}" if scenario.outcome is None else f"{before}; {after}"


def _sources(fit: _Fit) -> Figure:
    rows: dict[str, float] = {}
    headings: dict[str, float] = {}
    y = 0.0
    for letter, grade in RELIABILITY.items():
        graded = [s for s in fit.summary.sources if s.grade == letter]
        if not graded:
            continue
        headings[f"{letter}  {grade.label}"] = y
        for source in sorted(graded, key=lambda s: -s.mean):
            y -= 1
            rows[source.id] = y
        y -= 1.3
    figure = new_figure(
        max(_row_height(rows, 0.19) * -y + 0.5, 0.6),
        fit.heading("Sources"),
        "Probability that what a source publishes is genuine. Blue: after the reports; "
        "grey: by its grade alone. Point: mean. Thick line: 50 % interval; thin line: "
        "90 % interval, both equal-tailed. Sorted by grade, then by mean.",
        f"Reliability of {_count(rows, 'source')} as points with intervals, after the "
        "reports and by grade alone.",
    )
    if not rows:
        _say(figure, "There is no source.")
        return figure
    axes = figure.subplots()
    percent_axis(axes)
    _label_rows(axes, rows)
    axes.tick_params(axis="y", labelsize=7.5)
    axes.tick_params(axis="x", top=True, labeltop=True)
    axes.grid(axis="x", color="#EEEEEE", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.set_ylim(y + 0.6, 0.6)
    for text, at in headings.items():
        axes.text(0.5, at, text, fontsize=8, fontweight="bold", va="center")
        axes.axhline(at + 0.55, color="#CCCCCC", linewidth=0.6)
    for source in fit.summary.sources:
        _beside(axes, rows[source.id], _mean_and_interval(source))
    _beside(axes, 1, "mean (90 % interval)", above=True)
    apart = 0.2
    for draws, shift, colour in (
        (fit.prior, -apart, GHOST),
        (fit.posterior, apart, INK),
    ):
        placed = {source: at + shift for source, at in rows.items()}
        reliability = draws[["source_reliability"]]
        _intervals(axes, reliability, placed, list(rows), colour, weight=0.6)
    return figure


def _trace(fit: _Fit) -> Figure:
    figure, every = _diagnostic(
        fit,
        "Draws in order",
        "Each colour is a chain. Chains that have converged wander over the same range "
        "without a trend. R-hat should be below 1.01, the effective sample size (ESS, "
        "the lesser of bulk and tail) above 400. Each panel has its own range.",
        "Draws of the probabilities of {} in order, by chain.",
    )
    if not every:
        return figure
    draws = fit.posterior[["probability"]].sel(scenario=list(every))
    azp.plot_trace(
        draws,
        plot_collection=_by_chain(draws, figure, every),
        backend="matplotlib",
        visuals={
            "trace": {"width": 0.4, "alpha": 0.8},
            "title": False,
            "xlabel": False,
            "ticklabels": False,
        },
    )
    diverging = fit.sample_stats["diverging"].values.any(axis=0)
    for scenario, axes in every.items():
        values = draws["probability"].sel(scenario=scenario).values
        axes.set_title(f"{wrapped(scenario, 34)}\n{_convergence(values)}")
        axes.set_xlim(0, draws.sizes["draw"] - 1)
        axes.set_ylim(max(0, values.min()), min(100, values.max()))
        axes.set_ylabel("probability, %")
        if diverging.any():
            at = np.flatnonzero(diverging)
            axes.plot(
                at, [axes.get_ylim()[0]] * len(at), "|", color="black", clip_on=False
            )
    for axes in _last_row(every.values()):
        axes.set_xlabel("draw")
    return figure


def _convergence(values: np.ndarray) -> str:
    r_hat = float(array_stats.rhat(values, chain_axis=0, draw_axis=1))
    ess = min(
        float(array_stats.ess(values, method="bulk", chain_axis=0, draw_axis=1)),
        float(
            array_stats.ess(
                values, method="tail", prob=(0.05, 0.95), chain_axis=0, draw_axis=1
            )
        ),
    )
    return f"R-hat {r_hat:.3f}, ESS {ess:,.0f}"


def _rank(fit: _Fit) -> Figure:
    figure, every = _diagnostic(
        fit,
        "Ranks of the draws",
        "Each colour is a chain: how far the ranks of its draws among all draws are "
        "from uniform. Chains that agree stay close to the middle line. p: probability "
        "of so much disagreement among chains that agree; where it is below 1 %, "
        "points mark the draws that disagree.",
        "Agreement of the chains on the probabilities of {}.",
    )
    if not every:
        return figure
    draws = fit.posterior[["probability"]].sel(scenario=list(every))
    if draws.sizes["chain"] < 2:
        for axes in every.values():
            axes.set_axis_off()
        _say(figure, "There is one chain: it has no other to agree with.")
        return figure
    azp.plot_rank(
        draws,
        envelope_prob=0.99,
        plot_collection=_by_chain(draws, figure, every),
        backend="matplotlib",
        visuals={
            "ecdf_lines": {"width": 0.9},
            "title": False,
            "xlabel": False,
        },
    )
    for scenario, axes in every.items():
        (p,) = (
            axes.texts
        )  # "p=0.42(alpha=0.01)", across the lines: no argument moves it
        p.remove()
        value = p.get_text().split("(")[0].removeprefix("p=")
        chance = "p < 0.01" if value == "0.00" else f"p = {value}"
        axes.set_title(f"{wrapped(scenario, 34)}\n{chance}")
        for points in axes.collections:
            points.set(sizes=[3])
        axes.axhline(0, color=GHOST, linewidth=0.6, zorder=0)
        axes.set_xlim(0, 1)
    for axes in _last_row(every.values()):
        axes.set_xlabel("fractional rank")
    return figure


def _diagnostic(
    fit: _Fit, what: str, caption: str, told: str
) -> tuple[Figure, dict[str, Axes]]:
    """Lay out a panel for each scenario whose draws differ."""
    n_settled = len(fit.scenarios) - len(fit.unsettled)
    left_out = f" Left out, being settled: {n_settled}." if n_settled else ""
    figure = new_figure(
        max(0.6, 1.5 * -(-len(fit.unsettled) // 3)),
        fit.heading(what),
        caption + left_out,
        told.format(_count(fit.unsettled, "scenario")),
    )
    if not fit.unsettled:
        _say(figure, "Every scenario is settled: there is nothing to diagnose.")
        return figure, {}
    every = panels(figure, len(fit.unsettled), 3)
    return figure, dict(zip(fit.unsettled, every, strict=True))


def _say(figure: Figure, sentence: str) -> None:
    figure.text(0.5, 0.5, sentence, ha="center", va="center", fontsize=9)


def _last_row(every: Iterable[Axes]) -> list[Axes]:
    return [axes for axes in every if axes.get_subplotspec().is_last_row()]  # type: ignore[union-attr]


def _by_chain(draws: xr.Dataset, figure: Figure, every: Mapping[str, Axes]) -> Any:
    return azp.PlotCollection(
        draws,
        _viz(figure, {"scenario": list(every)}, list(every.values())),
        backend="matplotlib",
        aes={"color": ["chain"], "overlay": ["chain"]},
        color=CHAIN_COLOURS,
    )


def _energy(fit: _Fit) -> Figure:
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
    kinds = {"marginal": INK, "transition": "#E69F00"}
    azp.plot_energy(
        xr.DataTree.from_dict({"sample_stats": fit.sample_stats}),
        kind="kde",
        plot_collection=azp.PlotCollection(
            xr.Dataset({"Energy": ("energy", [0.0, 0.0])}, coords={"energy": [*kinds]}),
            _viz(figure, {"column": ["bfmi", "energy"]}, [left, right]),
            backend="matplotlib",
            aes={"color": ["energy"]},
            color=list(kinds.values()),
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
    n_chains = fit.sample_stats.sizes["chain"]
    left.set_xlim(left=0)
    left.set_ylim(n_chains - 0.5, -0.5)
    left.set_yticks(range(n_chains), [str(chain) for chain in range(n_chains)])
    left.set(xlabel="BFMI", ylabel="chain")
    right.set_ylim(bottom=0)
    right.set_xlabel("energy, difference from its mean")
    names = ("energy", "change from draw to draw")
    right.legend(
        [Line2D([], [], color=colour) for colour in kinds.values()],
        names,
        loc="upper right",
    )
    return figure


_DRAW: dict[str, Callable[[_Fit], Figure]] = {
    "forest": _forest,
    "ridge": _ridge,
    "prior-posterior": _prior_posterior,
    "sources": _sources,
    "trace": _trace,
    "rank": _rank,
    "energy": _energy,
}
