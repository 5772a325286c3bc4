"""Forecasts as densities on one common axis, with what was believed before as a ghost.

Each curve is scaled to its own peak, the ghost's lower: beside a forecast that is close
to 0 or 100 % all others would be flat. Where cells of a density are narrower than a
pixel or two they are drawn as one, so that what is seen is the mass that lies there.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from service.pages.drawing.percent_axis import PercentAxis
from service.pages.drawing.picture import Drawing, Table, fine
from service.pages.drawing.rows import Row, is_narrow, rows
from service.wording import interval, percent

__all__ = ["DensityRow", "density_axis", "density_row", "ridge"]

_RESOLUTION = 1.5  # pixels
_GHOST_SHARE = 0.6  # of the height of a forecast
_ROW, _STRIP = 38.0, 48.0
_BELOW = 9.0  # room under the base of a row for half a mark
_MARGIN = 8.0
_AXIS = 22.0


class DensityRow(NamedTuple):
    """One forecast.

    Attributes
    ----------
    label : str
    mean, eti90
        The forecast and its 90 % interval.
    prior_mean : float
    density, prior_density : sequence of float or None
        Mean density in each cell, as an explanation has them; None where there is none
        to draw.
    settled : str or None
        Why it is settled, in place of an interval.
    """

    label: str
    mean: float
    eti90: tuple[float, float]
    prior_mean: float
    density: Sequence[float] | None = None
    prior_density: Sequence[float] | None = None
    settled: str | None = None

    @property
    def said(self) -> str:
        """Say it in words."""
        if self.settled:
            return f"{self.label}: {self.settled}; before, {percent(self.prior_mean)}"
        return (
            f"{self.label}: {percent(self.mean)}, 90 % interval {interval(self.eti90)}; "
            f"before, {percent(self.prior_mean)}"
        )


class _Hit(NamedTuple):
    """What answers to a pointer, and is framed when it has the focus."""

    x: float
    y: float
    width: float
    height: float


class _Drawn(NamedTuple):
    """One row, laid out."""

    said: str
    row: Row | None
    hit: _Hit
    base: float
    curve: str
    ghost: str
    mean: float
    low: float
    high: float
    prior: float
    settled: bool


def ridge(
    forecasts: Sequence[DensityRow],
    ends: Sequence[float],
    *,
    title: str = "Forecasts",
    scale: str | None = "icd203",
) -> Drawing:
    """Draw forecasts as densities, one below the other.

    Parameters
    ----------
    forecasts : sequence of DensityRow
        From top to bottom.
    ends : sequence of float
        Ends of the cells of all densities, from 0 to 1.
    title : str
        Of the drawing.
    scale : str or None
        Id of the verbal scale behind them.
    """

    def layout(width: int) -> Mapping[str, Any]:
        narrow = is_narrow(width)
        numbers = [_numbers(forecast) for forecast in forecasts]
        labels = [forecast.label for forecast in forecasts]
        axis, top = None, 0.0
        for _ in range(2):  # how many lines the words take depends on the axis' width
            laid = rows(labels, numbers, width, height=_ROW, top=top)
            axis = PercentAxis(laid.left, laid.right, scale)
            top = axis.words_height + 4
        drawn = [
            _laid(forecast, ends, axis, row.box, row, width)
            for forecast, row in zip(forecasts, laid.rows, strict=True)
        ]
        return {
            "role": "group",
            "width": width,
            "height": laid.bottom + _AXIS,
            "heading": title,
            "narrow": narrow,
            "laid": laid,
            "axis": axis,
            "drawn": drawn,
        }

    return Drawing(title, _sentence(forecasts), _table(forecasts), "ridge.svg", layout)


def density_row(
    forecast: DensityRow, ends: Sequence[float], *, scale: str | None = "icd203"
) -> Drawing:
    """Draw one forecast without any text, for a row of a page.

    All such drawings of a width share their axis, which ``density_axis`` labels.
    """

    def layout(width: int) -> Mapping[str, Any]:
        axis = PercentAxis(_MARGIN, width - _MARGIN, scale)
        return {
            "role": "img",
            "width": width,
            "height": _STRIP,
            "heading": forecast.label,
            "axis": axis,
            "narrow": is_narrow(width),
            "row": _laid(forecast, ends, axis, (2, _STRIP), None, width),
        }

    told = f"{forecast.said}."
    return Drawing(
        forecast.label, told, _table([forecast]), "density_row.svg", layout
    )


def density_axis(scale: str | None = "icd203") -> Drawing:
    """Label the axis that ``density_row`` shares: percent, and words of the scale."""

    def layout(width: int) -> Mapping[str, Any]:
        axis = PercentAxis(_MARGIN, width - _MARGIN, scale)
        return {
            "role": "img",
            "width": width,
            "height": axis.words_height + 18,
            "heading": "Axis",
            "axis": axis,
            "narrow": is_narrow(width),
        }

    sentence = "Probability from 0 to 100 %, with the words of the verbal scale."
    return Drawing("Axis", sentence, Table([], []), "percent_axis.svg", layout)


def _numbers(forecast: DensityRow) -> tuple[str, str]:
    if forecast.settled:
        return "", forecast.settled
    return percent(forecast.mean), interval(forecast.eti90)


def _laid(
    forecast: DensityRow,
    ends: Sequence[float],
    axis: PercentAxis,
    box: tuple[float, float],
    row: Row | None,
    width: float,
) -> _Drawn:
    top, bottom = box
    base = bottom - _BELOW
    height = base - top - 2
    low, high = forecast.eti90
    hit_top = row.top if row else 0
    return _Drawn(
        said=forecast.said,
        row=row,
        hit=_Hit(0, hit_top, width, bottom - hit_top),
        base=base,
        curve=outline(forecast.density, ends, axis, base, height),
        ghost=outline(forecast.prior_density, ends, axis, base, _GHOST_SHARE * height),
        mean=axis.at(forecast.mean),
        low=axis.at(low),
        high=axis.at(high),
        prior=axis.at(forecast.prior_mean),
        settled=forecast.settled is not None,
    )


def outline(
    density: Sequence[float] | None,
    ends: Sequence[float],
    axis: PercentAxis,
    base: float,
    height: float,
) -> str:
    """Path around the area under a density, its peak ``height`` above the base."""
    if density is None:
        return ""
    seen = list(_seen(density, ends, axis))
    peak = max(mean for _, _, mean in seen)
    points = [
        ((low + high) / 2, base - height * mean / peak)
        for low, high, mean in seen
        if mean > 0.002 * peak
    ]
    # At an end of the axis the area ends as high as it is there.
    first, last = points[0], points[-1]
    if seen[0][2] > 0.002 * peak:
        points.insert(0, (axis.left, first[1]))
    if seen[-1][2] > 0.002 * peak:
        points.append((axis.right, last[1]))
    middle = "L".join(f"{fine(x)} {fine(y)}" for x, y in points)
    return f"M{fine(points[0][0])} {fine(base)}L{middle}V{fine(base)}Z"


def _seen(
    density: Sequence[float], ends: Sequence[float], axis: PercentAxis
) -> list[tuple[float, float, float]]:
    """Join cells until each is wide enough to be seen: its ends, and its density."""
    cells: list[tuple[float, float, float]] = []
    start, mass = ends[0], 0.0
    for (low, high), mean in zip(pairwise(ends), density, strict=True):
        mass += mean * (high - low)
        wide = axis.at(high) - axis.at(start) >= _RESOLUTION
        left = axis.right - axis.at(high)
        if high == ends[-1] or (wide and left >= _RESOLUTION):
            cells.append((axis.at(start), axis.at(high), mass / (high - start)))
            start, mass = high, 0.0
    return cells


def _sentence(forecasts: Sequence[DensityRow]) -> str:
    open_ones = [forecast for forecast in forecasts if not forecast.settled]
    n = len(forecasts)
    told = f"Forecasts of {n} scenario{'s' * (n != 1)} as densities"
    if open_ones:
        lowest, highest = (
            pick(open_ones, key=lambda forecast: forecast.mean) for pick in (min, max)
        )
        told += f": highest {highest.label}, {percent(highest.mean)}"
        if lowest is not highest:
            told += f"; lowest {lowest.label}, {percent(lowest.mean)}"
    settled = n - len(open_ones)
    return f"{told}{f'; {settled} settled' if settled else ''}."


def _table(forecasts: Sequence[DensityRow]) -> Table:
    return Table(
        ("scenario", "forecast", "90 % interval", "before"),
        [
            (
                forecast.label,
                forecast.settled or percent(forecast.mean),
                "" if forecast.settled else interval(forecast.eti90),
                percent(forecast.prior_mean),
            )
            for forecast in forecasts
        ],
    )
