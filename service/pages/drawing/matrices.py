"""Reports and arguments by scenarios, coloured by decibans.

Analysis of competing hypotheses draws evidence so: a row that is the same across all
scenarios tells none of them from another.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from service.pages.drawing.lettering import shortened, text_width
from service.pages.drawing.picture import Drawing, Table
from service.pages.drawing.rows import is_narrow
from service.wording import decibans

__all__ = ["STEPS_DB", "MatrixRow", "matrix"]

# A weight of so many decibans, or more, has the next colour: half a deciban is
# below what a person notices, ten multiply the odds by ten.
STEPS_DB = (0.5, 2.0, 5.0, 10.0)

_SIZE = 13
_CELL, _NARROW_CELL, _HEIGHT = 56.0, 46.0, 22.0
_SLANT = 0.7071  # sine and cosine of half a right angle
_GAP = 8.0
_KEY = 30.0
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

    def layout(width: int) -> Mapping[str, Any]:
        narrow = is_narrow(width)
        widest = max((text_width(row.label, _SIZE) for row in evidence), default=0)
        column = min(widest, 0.36 * width)
        left = column + _GAP
        heading = max((text_width(s, _SIZE) for s in scenarios), default=0)
        heading = min(heading, 150)
        top = heading * _SLANT + 16
        # The last heading leans out to the right.
        room = (width - left - heading * _SLANT) / max(1, len(scenarios))
        cell = min(max(room, _NARROW_CELL), _CELL if not narrow else _NARROW_CELL)
        right = left + cell * len(scenarios)
        bottom = top + _HEIGHT * len(evidence)
        return {
            "role": "group",
            "width": math.ceil(
                max(width, right + heading * _SLANT + 4, left + _SWATCH * _SWATCHES)
            ),
            "height": bottom + _KEY,
            "heading": title,
            "left": left,
            "right": right,
            "top": top,
            "bottom": bottom,
            "columns": [
                (left + cell * (i + 0.5), shortened(s, heading, _SIZE))
                for i, s in enumerate(scenarios)
            ],
            "rows": [
                (
                    shortened(row.label, column, _SIZE),
                    top + _HEIGHT * i,
                    _cells(row, scenarios, left, top + _HEIGHT * i, cell),
                )
                for i, row in enumerate(evidence)
            ],
            "height_of_row": _HEIGHT,
            "key": _key(left, bottom + 10),
        }

    return Drawing(
        title,
        _sentence(scenarios, evidence),
        _table(scenarios, evidence),
        "matrix.svg",
        layout,
        scrolls=True,
    )


def _cells(
    row: MatrixRow, scenarios: Sequence[str], left: float, y: float, width: float
) -> list[_Cell]:
    return [
        _Cell(
            left + width * i,
            y,
            width,
            *_coloured(weight),
            f"{row.label} on {scenario}: {decibans(weight)} dB",
        )
        for i, (scenario, weight) in enumerate(
            zip(scenarios, row.weights_db, strict=True)
        )
        if weight is not None
    ]


def _coloured(weight: float) -> tuple[str, str, str]:
    step = sum(abs(weight) >= least for least in STEPS_DB)
    side = "for" if weight > 0 else "against"
    part = f"cell-{side}-{step}" if step else "cell-0"
    strong = step == len(STEPS_DB)
    return part, decibans(weight), "cell-text-strong" if strong else "cell-text"


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
    told = (
        f"Weights of {len(evidence)} reports and arguments on {len(scenarios)} "
        f"scenario{'s' * (len(scenarios) != 1)} in decibans"
    )
    if cells:
        _, weight, label, scenario = max(cells)
        told += f"; the largest is {decibans(weight)} dB, of {label} on {scenario}"
    return f"{told}."


def _table(scenarios: Sequence[str], evidence: Sequence[MatrixRow]) -> Table:
    return Table(
        ("report or argument", *scenarios),
        [
            (row.label, *("" if w is None else decibans(w) for w in row.weights_db))
            for row in evidence
        ],
    )
