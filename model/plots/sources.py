"""How reliable sources are: by their grades alone, and after the reports."""

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from deciban.evidence import RELIABILITY
from deciban.model.plots.matplotlib_style import (
    GHOST,
    INK,
    new_figure,
    percent_axis,
    say,
)
from deciban.model.plots.on_axes import intervals
from deciban.model.plots.plotted_fit import PlottedFit
from deciban.model.plots.row_labels import (
    beside,
    count,
    head_numbers,
    label_rows,
    mean_and_interval,
    row_height,
)
from deciban.model.posterior.summary import SourceSummary

__all__ = ["sources"]

_ROW = 0.19  # inches for a source
_APART = 0.2  # of a row: from its middle to what is drawn before and after


def sources(fit: PlottedFit) -> Figure:
    """Draw the reliability of each source, sorted by grade, then by mean."""
    rows, headings, bottom = _places(fit.summary.sources)
    figure = new_figure(
        max(row_height(rows, _ROW) * -bottom + 0.5, 0.6),
        fit.heading("Sources"),
        "Probability that what a source publishes is genuine. Blue: after the reports; "
        "grey: by its grade alone. Point: mean. Thick line: 50 % interval; thin line: "
        "90 % interval, both equal-tailed. Sorted by grade, then by mean.",
        f"Reliability of {count(rows, 'source')} as points with intervals, after the "
        "reports and by grade alone.",
    )
    if not rows:
        say(figure, "There is no source.")
        return figure
    axes = _labelled(figure, rows, headings, bottom)
    for source in fit.summary.sources:
        beside(axes, rows[source.id], mean_and_interval(source))
    head_numbers(axes)
    for draws, shift, colour in (
        (fit.prior, -_APART, GHOST),
        (fit.posterior, _APART, INK),
    ):
        placed = {source: at + shift for source, at in rows.items()}
        reliability = draws[["source_reliability"]]
        intervals(axes, reliability, placed, list(rows), colour, weight=0.6)
    return figure


def _places(
    known: Sequence[SourceSummary],
) -> tuple[dict[str, float], dict[str, float], float]:
    """Where sources stand, and the headings of their grades; and where all ends."""
    rows: dict[str, float] = {}
    headings: dict[str, float] = {}
    y = 0.0
    for letter, grade in RELIABILITY.items():
        graded = [s for s in known if s.grade == letter]
        if not graded:
            continue
        headings[f"{letter}  {grade.label}"] = y
        for source in sorted(graded, key=lambda s: -s.mean):
            y -= 1
            rows[source.id] = y
        y -= 1.3
    return rows, headings, y


def _labelled(
    figure: Figure,
    rows: Mapping[str, float],
    headings: Mapping[str, float],
    bottom: float,
) -> Axes:
    axes = figure.subplots()
    percent_axis(axes)
    label_rows(axes, rows)
    axes.tick_params(axis="y", labelsize=7.5)
    axes.tick_params(axis="x", top=True, labeltop=True)
    axes.grid(axis="x", color="#EEEEEE", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.set_ylim(bottom + 0.6, 0.6)
    for text, at in headings.items():
        axes.text(0.5, at, text, fontsize=8, fontweight="bold", va="center")
        axes.axhline(at + 0.55, color="#CCCCCC", linewidth=0.6)
    return axes
