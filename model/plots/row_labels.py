"""Rows of a plot: their ids on the left, their numbers on the right."""

from collections.abc import Iterable, Mapping, Sized

from matplotlib.axes import Axes

from deciban.model.plots.matplotlib_style import wrapped
from deciban.model.posterior.summary import ScenarioSummary, SourceSummary
from deciban.model.posterior.wording import interval, percent

__all__ = [
    "beside",
    "count",
    "head_numbers",
    "label_rows",
    "mean_and_interval",
    "row_height",
]

_LINE = 0.15  # inches for a line of an id
_ID_WIDTH = 40  # characters to a line of an id


def row_height(ids: Iterable[str], least: float) -> float:
    """Height of a row that has room for every id, in inches."""
    lines = [wrapped(name, _ID_WIDTH).count("\n") + 1 for name in ids]
    return max(least, _LINE * max(lines, default=1))


def label_rows(axes: Axes, rows: Mapping[str, float]) -> None:
    """Write the id of each row beside its place."""
    axes.set_yticks(list(rows.values()), [wrapped(row, _ID_WIDTH) for row in rows])
    axes.tick_params(axis="y", length=0, pad=8)
    axes.spines["left"].set_visible(False)


def beside(axes: Axes, y: float, text: str) -> None:
    """Write at the right of a row."""
    _at_the_right(axes, text, (1, y), ("axes fraction", "data"), 0, "center")


def head_numbers(axes: Axes) -> None:
    """Say above all rows what is written at their right."""
    text = "mean (90 % interval)"
    _at_the_right(axes, text, (1, 1), "axes fraction", 2, "bottom")


def _at_the_right(
    axes: Axes,
    text: str,
    place: tuple[float, float],
    measured: str | tuple[str, str],
    up: float,
    va: str,
) -> None:
    axes.annotate(
        text,
        place,
        xycoords=measured,
        xytext=(14, up),
        textcoords="offset points",
        ha="left",
        va=va,
        fontsize=7.5,
        annotation_clip=False,
    )


def mean_and_interval(said: ScenarioSummary | SourceSummary) -> str:
    """Write a mean with its 90 % interval."""
    return f"{percent(said.mean)} ({interval(said.eti90)})"


def count(things: Sized, name: str) -> str:
    """Write how many there are, with their name."""
    return f"{len(things)} {name}{'' if len(things) == 1 else 's'}"
