"""Means and intervals on the axis of probabilities: forecasts, and sources."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Literal, NamedTuple

from deciban.model.plots.svg.lettering import quoted, said_of
from deciban.model.plots.svg.percent_axis import PercentAxis
from deciban.model.plots.svg.picture import Drawing, Table
from deciban.model.plots.svg.rows import Row, is_narrow, rows
from deciban.model.posterior.wording import counted, interval, percent

__all__ = ["ForestRow", "ReliabilityRow", "forest", "reliabilities"]

_ROW = 18.0
_AXIS, _KEY = 22.0, 18.0
_OF_FORECASTS = (
    "Dot: mean of the posterior, the forecast. Thick line: 50 % interval; thin line: "
    "90 % interval, both equal-tailed. Ring: mean before the reports, with the clock "
    "at the same day."
)
_OF_SOURCES = (
    "Probability that what a source publishes is genuine. Dot: after the reports, with "
    "its equal-tailed 90 % interval. Ring, and the number on the right: before them."
)


class ForestRow(NamedTuple):
    """One forecast: its mean, its 90 % and 50 % intervals, and its prior mean.

    Attributes
    ----------
    label : str
    mean, eti90, eti50, prior_mean
        Probabilities, and intervals of them.
    settled : str or None
        Why it is settled, in place of an interval.
    note : str
        What else stands beside the interval; empty for nothing.
    """

    label: str
    mean: float
    eti90: tuple[float, float]
    eti50: tuple[float, float]
    prior_mean: float
    settled: str | None = None
    note: str = ""

    @property
    def said(self) -> str:
        """Say it in words."""
        within = f"90 % interval {interval(self.eti90)}, "
        within += f"50 % interval {interval(self.eti50)}"
        now = self.settled or f"{percent(self.mean)}, {within}"
        return said_of(self.label, f"{now}; before, {percent(self.prior_mean)}")


class ReliabilityRow(NamedTuple):
    """How reliable a source is: before and after the reports."""

    label: str
    grade: str
    prior_mean: float
    mean: float
    eti90: tuple[float, float]

    @property
    def said(self) -> str:
        """Say it in words."""
        return (
            f"{self.label}: {percent(self.mean)}, "
            f"90 % interval {interval(self.eti90)}; "
            f"by grade {self.grade}, {percent(self.prior_mean)}"
        )


class _DrawnForest(NamedTuple):
    said: str
    row: Row
    y: float
    mean: float
    prior: float
    thin: tuple[float, float]
    thick: tuple[float, float] | None
    settled: bool


def forest(
    forecasts: Sequence[ForestRow],
    *,
    title: str = "Forecasts",
    scale: str | None = "icd203",
) -> Drawing:
    """Draw the mean of each forecast with its intervals, as a printed brief has it."""
    numbers = [
        ("", f.settled)
        if f.settled
        else (percent(f.mean), " ".join(filter(None, (interval(f.eti90), f.note))))
        for f in forecasts
    ]

    def layout(width: int) -> Mapping[str, Any]:
        return _laid_out(forecasts, numbers, width, title, scale, "dot")

    return Drawing(
        title,
        _forecasts_told(forecasts),
        partial(_table_of_forecasts, forecasts),
        "forest.svg",
        layout,
        caption=_OF_FORECASTS,
    )


def reliabilities(
    sources: Sequence[ReliabilityRow], *, title: str = "Reliability of sources"
) -> Drawing:
    """Draw how reliable each source was by its grade, and is after its reports."""
    means = [
        ForestRow(s.label, s.mean, s.eti90, s.eti90, s.prior_mean) for s in sources
    ]
    numbers = [
        (percent(s.mean), f"{s.grade}, {percent(s.prior_mean)}") for s in sources
    ]

    def layout(width: int) -> Mapping[str, Any]:
        laid = _laid_out(means, numbers, width, title, None, "arrow")
        drawn = [
            row._replace(said=source.said, thick=None)
            for row, source in zip(laid["drawn"], sources, strict=True)
        ]
        return {**laid, "drawn": drawn}

    return Drawing(
        title,
        _sources_told(sources),
        partial(_table_of_sources, sources),
        "forest.svg",
        layout,
        caption=_OF_SOURCES,
    )


def _laid_out(
    forecasts: Sequence[ForestRow],
    numbers: Sequence[tuple[str, str]],
    width: int,
    title: str,
    scale: str | None,
    change: Literal["dot", "arrow"],
) -> Mapping[str, Any]:
    has_settled = any(f.settled for f in forecasts)
    top = 4.0
    for _ in range(2):  # how many lines the words take depends on the axis' width
        laid = rows([f.label for f in forecasts], numbers, width, height=_ROW, top=top)
        axis = PercentAxis(laid.left, laid.right, scale)
        top = axis.words_height + 4
    return {
        "role": "group",
        "width": width,
        "height": laid.bottom + _AXIS + _KEY * has_settled,
        "heading": title,
        "narrow": is_narrow(width),
        "laid": laid,
        "axis": axis,
        "change": change,
        "has_settled": has_settled,
        "drawn": [
            _DrawnForest(
                said=f.said,
                row=row,
                y=(row.box[0] + row.box[1]) / 2,
                mean=axis.at(f.mean),
                prior=axis.at(f.prior_mean),
                thin=(axis.at(f.eti90[0]), axis.at(f.eti90[1])),
                thick=(axis.at(f.eti50[0]), axis.at(f.eti50[1])),
                settled=f.settled is not None,
            )
            for f, row in zip(forecasts, laid.rows, strict=True)
        ],
    }


def _forecasts_told(forecasts: Sequence[ForestRow]) -> str:
    told = f"{counted(len(forecasts), 'forecast')} with intervals"
    open_ones = [f for f in forecasts if not f.settled]
    if open_ones:
        highest = max(open_ones, key=lambda f: f.mean)
        told += f": highest {quoted(highest.label)}, {percent(highest.mean)}"
    return f"{told}."


def _sources_told(sources: Sequence[ReliabilityRow]) -> str:
    if len(sources) == 1:  # among one there is none that moved most
        return f"{sources[0].said}."
    n = counted(len(sources), "source")
    told = f"Reliability of {n}, by grade and after reports"
    if sources:
        moved = max(sources, key=lambda s: abs(s.mean - s.prior_mean))
        told += (
            f": {moved.label} moved most, from {percent(moved.prior_mean)} "
            f"to {percent(moved.mean)}"
        )
    return f"{told}."


def _table_of_forecasts(forecasts: Sequence[ForestRow]) -> Table:
    return Table(
        ("scenario", "forecast", "90 % interval", "50 % interval", "before"),
        [
            (
                f.label,
                f.settled or percent(f.mean),
                "" if f.settled else interval(f.eti90),
                "" if f.settled else interval(f.eti50),
                percent(f.prior_mean),
            )
            for f in forecasts
        ],
    )


def _table_of_sources(sources: Sequence[ReliabilityRow]) -> Table:
    return Table(
        ("source", "grade", "before the reports", "after them", "90 % interval"),
        [
            (
                s.label,
                s.grade,
                percent(s.prior_mean),
                percent(s.mean),
                interval(s.eti90),
            )
            for s in sources
        ],
    )
