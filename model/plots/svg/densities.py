"""Forecasts as densities on one common axis, with what was believed before as a ghost.

Each curve is scaled to its own peak, the ghost's lower: beside a forecast that is close
to 0 or 100 % all others would be flat. Where cells of a density are narrower than a
pixel or two they are drawn as one, so that what is seen is the mass that lies there.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache, partial
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from deciban.model.plots.svg.coordinates import fine, polyline
from deciban.model.plots.svg.lettering import quoted, said_of
from deciban.model.plots.svg.percent_axis import PercentAxis
from deciban.model.plots.svg.picture import Drawing, Table
from deciban.model.plots.svg.rows import Row, is_narrow, rows
from deciban.model.posterior.wording import counted, decibans, interval, percent

__all__ = [
    "DensityRow",
    "before_and_after",
    "density_axis",
    "density_row",
    "one_density",
    "ridge",
]

_RESOLUTION = 1.5  # pixels
_FLAT = 0.002  # of its peak: what is lower is not drawn
_GHOST_SHARE = 0.6  # of the height of a forecast, where the forecast is what counts
_ROW, _TALL_ROW, _LARGE_ROW, _STRIP = 38.0, 58.0, 160.0, 48.0
_BELOW = 9.0  # room under the base of a row for half a mark
_MARGIN = 8.0
_AXIS, _KEY = 22.0, 18.0
_CAPTION = (
    "Blue: density of the probability after the reports; grey: before any, with the "
    "clock at the same day. Each is scaled to a peak of its own. Dot: mean, the "
    "forecast; ring: mean before. Line: equal-tailed 90 % interval."
)


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
    note : str
        What else stands beside the interval; empty for nothing.
    weight_db : float or None
        Decibans from the odds of the prior mean to those of the mean.
    """

    label: str
    mean: float
    eti90: tuple[float, float]
    prior_mean: float
    density: Sequence[float] | None = None
    prior_density: Sequence[float] | None = None
    settled: str | None = None
    note: str = ""
    weight_db: float | None = None

    @property
    def said(self) -> str:
        """Say it in words."""
        open_now = f"{percent(self.mean)}, 90 % interval {interval(self.eti90)}"
        now = self.settled or open_now
        return said_of(self.label, f"{now}; before, {percent(self.prior_mean)}")


class _Hit(NamedTuple):
    """What answers to a pointer, and is framed when it has the focus."""

    x: float
    y: float
    width: float
    height: float


class _DrawnDensity(NamedTuple):
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
    layout = partial(
        _layout,
        forecasts,
        [_numbers(forecast) for forecast in forecasts],
        ends,
        title=title,
        scale=scale,
        height=_ROW,
        ghost_share=_GHOST_SHARE,
    )
    return Drawing(
        title,
        _sentence(forecasts),
        partial(_table, forecasts),
        "ridge.svg",
        layout,
        caption=_CAPTION,
    )


def before_and_after(
    forecasts: Sequence[DensityRow],
    ends: Sequence[float],
    *,
    title: str = "Before and after the reports",
    scale: str | None = "icd203",
) -> Drawing:
    """Draw what reports changed: densities before and after, their peaks as high.

    Parameters are those of ``ridge``.
    """
    layout = partial(
        _layout,
        forecasts,
        [(_moved(f), f"{decibans(f.weight_db)} dB") for f in forecasts],
        ends,
        title=title,
        scale=scale,
        height=_TALL_ROW,
        ghost_share=1.0,
    )
    return Drawing(
        title,
        _moved_most(forecasts),
        partial(_table_of_moves, forecasts),
        "ridge.svg",
        layout,
        caption=_CAPTION,
    )


def one_density(
    row: DensityRow,
    ends: Sequence[float],
    *,
    title: str,
    caption: str,
    scale: str | None = "icd203",
) -> Drawing:
    """Draw one density large, beside another as a ghost; the caption says which.

    Other parameters are those of ``ridge``.
    """
    layout = partial(
        _layout,
        [row],
        [_numbers(row)],
        ends,
        title=title,
        scale=scale,
        height=_LARGE_ROW,
        ghost_share=1.0,
    )
    told = f"{row.said}."
    return Drawing(
        title, told, partial(_table, [row]), "ridge.svg", layout, caption=caption
    )


def _layout(
    forecasts: Sequence[DensityRow],
    numbers: Sequence[tuple[str, str]],
    ends: Sequence[float],
    width: int,
    *,
    title: str,
    scale: str | None,
    height: float,
    ghost_share: float,
) -> Mapping[str, Any]:
    has_settled = any(forecast.settled for forecast in forecasts)
    labels = [f.label if f.label != title else "" for f in forecasts]  # it is said
    top = 0.0
    for _ in range(2):  # how many lines the words take depends on the axis' width
        laid = rows(labels, numbers, width, height=height, top=top)
        axis = PercentAxis(laid.left, laid.right, scale)
        top = axis.words_height + 4
    drawn = [
        _laid(forecast, ends, axis, row.box, row, width, ghost_share)
        for forecast, row in zip(forecasts, laid.rows, strict=True)
    ]
    return {
        "role": "group",
        "width": width,
        "height": laid.bottom + _AXIS + _KEY * has_settled,
        "heading": title,
        "narrow": is_narrow(width),
        "laid": laid,
        "axis": axis,
        "drawn": drawn,
        "has_settled": has_settled,
    }


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
    tabulate = partial(_table, [forecast])
    return Drawing(forecast.label, told, tabulate, "density_row.svg", layout)


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
    return Drawing("Axis", sentence, partial(_table, []), "percent_axis.svg", layout)


def _numbers(forecast: DensityRow) -> tuple[str, str]:
    if forecast.settled:
        return "", forecast.settled
    beside = filter(None, (interval(forecast.eti90), forecast.note))
    return percent(forecast.mean), " ".join(beside)


def _moved(forecast: DensityRow) -> str:
    before = percent(forecast.prior_mean)
    if forecast.settled:
        return f"{before}; {forecast.settled}"
    return f"{before} to {percent(forecast.mean)}"


def _laid(
    forecast: DensityRow,
    ends: Sequence[float],
    axis: PercentAxis,
    box: tuple[float, float],
    row: Row | None,
    width: float,
    ghost_share: float = _GHOST_SHARE,
) -> _DrawnDensity:
    top, bottom = box
    base = bottom - _BELOW
    height = base - top - 2
    low, high = forecast.eti90
    hit_top = row.top if row else 0
    return _DrawnDensity(
        said=forecast.said,
        row=row,
        hit=_Hit(0, hit_top, width, bottom - hit_top),
        base=base,
        curve=outline(forecast.density, ends, axis, base, height),
        ghost=outline(forecast.prior_density, ends, axis, base, ghost_share * height),
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
    cuts = _cuts(tuple(ends), _RESOLUTION / (axis.right - axis.left))
    below = np.concatenate([[0.0], np.cumsum(np.diff(ends) * density)])
    seen = np.diff(np.interp(cuts, ends, below)) / np.diff(cuts)
    tall = seen / seen.max()
    # At an end of the axis the area ends as high as it is there.
    places = np.concatenate([[0.0], (cuts[:-1] + cuts[1:]) / 2, [1.0]])
    tall = np.concatenate([tall[:1], tall, tall[-1:]])
    drawn = tall > _FLAT
    across = axis.left + (axis.right - axis.left) * places[drawn]
    up = base - height * tall[drawn]
    line = polyline(list(zip(across.tolist(), up.tolist(), strict=True)))
    return f"M{fine(across[0])} {fine(base)}L{line[1:]}V{fine(base)}Z"


# Without this, nine rows of a page take 3.1 ms instead of 2.3.
@lru_cache(64)
def _cuts(ends: tuple[float, ...], least: float) -> np.ndarray:
    """Ends of cells that are wide enough to be seen, most of them as they were.

    Cells that are too narrow are joined up to the least width, which may take a piece
    off the next: else a peak would be lost in a wide neighbour.
    """
    cuts = [0.0]
    for low, high in pairwise(ends):
        if low > cuts[-1] and high - cuts[-1] > least:
            cuts.append(cuts[-1] + least)
        if high - cuts[-1] >= least:
            cuts.append(high)
    if cuts[-1] != ends[-1]:
        cuts = [*(cut for cut in cuts if cut < 1 - least), 1 - least, 1.0]
    return np.array(cuts)


def _sentence(forecasts: Sequence[DensityRow]) -> str:
    if len(forecasts) == 1:  # among one there is neither a highest nor a lowest
        return f"{forecasts[0].said}."
    open_ones = [forecast for forecast in forecasts if not forecast.settled]
    n = len(forecasts)
    told = f"Forecasts of {counted(n, 'scenario')} as densities"
    if open_ones:
        lowest, highest = (
            pick(open_ones, key=lambda forecast: forecast.mean) for pick in (min, max)
        )
        told += f": highest {quoted(highest.label)}, {percent(highest.mean)}"
        if lowest is not highest:
            told += f"; lowest {quoted(lowest.label)}, {percent(lowest.mean)}"
    settled = n - len(open_ones)
    return f"{told}{f'; {settled} certain, a diamond' if settled else ''}."


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


def _moved_most(forecasts: Sequence[DensityRow]) -> str:
    if not forecasts:
        return "There are no scenarios."
    most = max(forecasts, key=lambda forecast: abs(forecast.weight_db or 0))
    told = f"from {percent(most.prior_mean)} to {percent(most.mean)}"
    moved = decibans(most.weight_db)
    return f"The evidence moved {quoted(most.label)} most, {told} ({moved} dB)."


def _table_of_moves(forecasts: Sequence[DensityRow]) -> Table:
    return Table(
        ("scenario", "before", "after", "evidence (dB)"),
        [
            (
                forecast.label,
                percent(forecast.prior_mean),
                forecast.settled or percent(forecast.mean),
                decibans(forecast.weight_db),
            )
            for forecast in forecasts
        ],
    )
