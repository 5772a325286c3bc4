"""Reports and arguments by scenarios, coloured by decibans.

Analysis of competing hypotheses draws evidence so: a row that is the same across all
scenarios tells none of them from another.
"""

import math
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from deciban.model.plots.svg.lettering import quoted, shortened, text_width
from deciban.model.plots.svg.picture import Drawing, Table
from deciban.model.plots.svg.rows import is_narrow, label_of
from deciban.model.posterior.wording import counted, decibans

__all__ = ["STEPS_DB", "MatrixRow", "cell_part", "matrix"]

# A weight of so many decibans, or more, has the next colour: half a deciban is
# below what a person notices, ten multiply the odds by ten.
STEPS_DB = (0.5, 2.0, 5.0, 10.0)

_SIZE = 13
_CELL, _NARROW_CELL, _HEIGHT = 56.0, 46.0, 22.0
_LONGEST = 210.0  # label of a column
_SLANT = 0.7071  # sine and cosine of half a right angle
_GAP = 8.0
_KEY = 44.0
_SWATCH, _SWATCHES = 34.0, 2 * len(STEPS_DB) + 1


class MatrixRow(NamedTuple):
    """A report or an argument: its weight on each scenario in dB, None where none."""

    label: str
    weights_db: Sequence[float | None]


class _Cell(NamedTuple):
    x: float
    y: float
    width: float
    part: str
    text: str
    text_part: str
    said: str


def matrix(
    scenarios: Sequence[str],
    evidence: Sequence[MatrixRow],
    *,
    title: str = "Evidence by scenario",
) -> Drawing:
    """Draw the weight of each report and argument on each scenario.

    A drawing of many scenarios is wider than asked: let it scroll.

    Parameters
    ----------
    scenarios : sequence of str
        Labels of the columns.
    evidence : sequence of MatrixRow
        From top to bottom.
    title : str
        Of the drawing.
    """
    return Drawing(
        title,
        _sentence(scenarios, evidence),
        partial(_table, scenarios, evidence),
        "matrix.svg",
        partial(_laid_out, scenarios, evidence, title),
        scrolls=True,
    )


def _laid_out(
    scenarios: Sequence[str], evidence: Sequence[MatrixRow], title: str, width: int
) -> Mapping[str, Any]:
    grid = _grid(scenarios, evidence, width)
    return {
        "role": "group",
        "width": math.ceil(max(width, grid.width, grid.left + _SWATCH * _SWATCHES)),
        "height": grid.bottom + _KEY,
        "heading": title,
        "right": grid.right,
        "top": grid.top,
        "bottom": grid.bottom,
        "columns": [
            (grid.left + grid.cell * (i + 0.5), shortened(name, grid.heading, _SIZE))
            for i, name in enumerate(scenarios)
        ],
        "rows": [
            (
                label_of(row.label, grid.column, y + 15.5),
                y,
                _cells(row, scenarios, grid, y),
            )
            for i, row in enumerate(evidence)
            for y in [grid.top + _HEIGHT * i]
        ],
        "height_of_row": _HEIGHT,
        "key": _key(grid.left, grid.bottom + 10),
    }


class _Grid(NamedTuple):
    """Where the cells are, and how much room the labels have."""

    left: float
    right: float
    top: float
    bottom: float
    cell: float  # width of one
    column: float  # width of the labels of rows
    heading: float  # length of those of columns, which lean out to the right

    @property
    def width(self) -> float:
        return self.right + self.heading * _SLANT + 4


def _grid(scenarios: Sequence[str], evidence: Sequence[MatrixRow], width: int) -> _Grid:
    widest = max((text_width(row.label, _SIZE) for row in evidence), default=0)
    longest = max((text_width(name, _SIZE) for name in scenarios), default=0)
    column, heading = min(widest, 0.36 * width), min(longest, _LONGEST)
    left, top = column + _GAP, heading * _SLANT + 16
    room = (width - left - heading * _SLANT) / max(1, len(scenarios))
    most = _NARROW_CELL if is_narrow(width) else _CELL
    cell = min(max(room, _NARROW_CELL), most)
    right, bottom = left + cell * len(scenarios), top + _HEIGHT * len(evidence)
    return _Grid(left, right, top, bottom, cell, column, heading)


def _cells(
    row: MatrixRow, scenarios: Sequence[str], grid: _Grid, y: float
) -> list[_Cell]:
    return [
        _Cell(
            grid.left + grid.cell * i,
            y,
            grid.cell,
            *_coloured(weight),
            f"{row.label} on {quoted(scenario)}: {decibans(weight)} dB",
        )
        for i, (scenario, weight) in enumerate(
            zip(scenarios, row.weights_db, strict=True)
        )
        if weight is not None
    ]


def _coloured(weight: float) -> tuple[str, str, str]:
    part = cell_part(weight)
    strong = part.endswith(f"-{len(STEPS_DB)}")
    return part, decibans(weight), "cell-text-strong" if strong else "cell-text"


def cell_part(weight: float) -> str:
    """Name the colour of a weight in decibans, as the look of drawings has it.

    Examples
    --------
    >>> cell_part(5.3), cell_part(-11.0), cell_part(0.1)
    ('cell-for-3', 'cell-against-4', 'cell-0')
    """
    step = sum(abs(weight) >= least for least in STEPS_DB)
    return f"cell-{'for' if weight > 0 else 'against'}-{step}" if step else "cell-0"


def _key(left: float, y: float) -> list[tuple[float, float, str, str]]:
    """Swatches of the colours from against to for: x, y, part, and what they mean."""
    steps = [*(-step for step in reversed(STEPS_DB)), 0.0, *STEPS_DB]
    return [
        (left + _SWATCH * i, y, _coloured(step)[0], f"{step:+g}" if step else "0")
        for i, step in enumerate(steps)
    ]


def _sentence(scenarios: Sequence[str], evidence: Sequence[MatrixRow]) -> str:
    cells = [
        (abs(weight), weight, row.label, scenario)
        for row in evidence
        for scenario, weight in zip(scenarios, row.weights_db, strict=True)
        if weight is not None
    ]
    if not evidence:
        return "No report or argument bears on a scenario."
    told = (
        f"Weights of {counted(len(evidence), 'item')} of evidence on "
        f"{counted(len(scenarios), 'scenario')} in decibans"
    )
    if cells:
        _, weight, label, scenario = max(cells)
        on = quoted(scenario)
        told += f"; the largest is {decibans(weight)} dB, of “{label}” on {on}"
    return f"{told}."


def _table(scenarios: Sequence[str], evidence: Sequence[MatrixRow]) -> Table:
    return Table(
        ("report or argument", *scenarios),
        [
            (row.label, *("" if w is None else decibans(w) for w in row.weights_db))
            for row in evidence
        ],
    )
