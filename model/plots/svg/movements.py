"""What moved a forecast, below its history: bars in decibans, the largest named."""

import datetime
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from deciban.model.plots.svg.lettering import isolated, text_width, wrapped
from deciban.model.plots.svg.rows import is_narrow
from deciban.model.plots.svg.time_axis import TimeAxis
from deciban.model.posterior.wording import decibans, written_day

__all__ = ["Movement", "MovementStrip", "movement_strip"]

_TEXT = 13  # size of the letters
_GAP = 10.0
_HEIGHT = 50.0
_TALLEST = _HEIGHT / 2 - 13  # of the bars: above them is room for a number
_APART = 16.0  # pixels between numbers
_DAYS = 20.0  # height of the labels of the days
_NAMED = 5
_NOTE = 18.0  # room for the number of a note
_LINE = 18.0


class Movement(NamedTuple):
    """A report that moved the forecast: when, and its weight in decibans."""

    day: datetime.date
    label: str
    weight_db: float

    @property
    def said(self) -> str:
        """Say it in words."""
        moved = f"{self.label}, {decibans(self.weight_db)} dB"
        return f"{written_day(self.day)}: {moved}"


class _Impulse(NamedTuple):
    """A movement, laid out: a bar up or down."""

    said: str
    x: float
    y: float
    height: float
    part: str


class _Numbers(NamedTuple):
    """Numbers of the movements that are named, where their bars stand."""

    x: float
    y: float
    up: bool
    text: str


class _Note(NamedTuple):
    """A movement that is named below: its number, lines of text, weight and place."""

    number: str
    lines: list[tuple[float, str]]
    weight: str
    y: float
    bottom: float


class MovementStrip(NamedTuple):
    """Movements, laid out.

    Attributes
    ----------
    middle : float
        Where bars begin, up or down.
    axis_y : float
        Where the days are marked, below the bars.
    bottom : float
        Where the drawing ends.
    impulses, numbers, notes : list
        The bars, the numbers of those that are named, and their names.
    """

    middle: float
    axis_y: float
    bottom: float
    impulses: list[_Impulse]
    numbers: list[_Numbers]
    notes: list[_Note]


def movement_strip(
    movements: Sequence[Movement], time: TimeAxis, width: int
) -> MovementStrip:
    """Lay movements out below a history.

    Parameters
    ----------
    movements : sequence of Movement
        All of days that the axis has; none leave no room for bars.
    time : TimeAxis
        Of the history.
    width : int
        Of the drawing.
    """
    by_size = sorted(movements, key=lambda m: -abs(m.weight_db))
    named = sorted(by_size[:_NAMED], key=lambda m: (m.day, -abs(m.weight_db)))
    tallest_db = (abs(by_size[0].weight_db) if by_size else 0.0) or 1.0
    middle = time.bottom + _GAP + _HEIGHT / 2
    axis_y = time.bottom + (_GAP + _HEIGHT if movements else 0)
    notes = list(_notes(named, axis_y + _DAYS + 14, width))
    return MovementStrip(
        middle=middle,
        axis_y=axis_y,
        bottom=max([axis_y + _DAYS, *(note.bottom for note in notes)]),
        impulses=_impulses(movements, tallest_db, time, middle),
        numbers=_numbers(named, tallest_db, time, middle),
        notes=notes,
    )


def _impulses(
    movements: Sequence[Movement], tallest_db: float, time: TimeAxis, middle: float
) -> list[_Impulse]:
    laid = []
    # The smallest of a day last: they are drawn upon the others.
    for movement in sorted(movements, key=lambda m: (m.day, -abs(m.weight_db))):
        up = movement.weight_db > 0
        height = _TALLEST * abs(movement.weight_db) / tallest_db
        y = middle - height if up else middle
        part = "for" if up else "against"
        laid.append(_Impulse(movement.said, time.at(movement.day), y, height, part))
    return laid


def _numbers(
    named: Sequence[Movement], tallest_db: float, time: TimeAxis, middle: float
) -> list[_Numbers]:
    """Number the bars that are named; those of one place share one text."""
    numbers: list[_Numbers] = []
    for i, movement in enumerate(named, start=1):
        x, up = time.at(movement.day), movement.weight_db > 0
        height = _TALLEST * abs(movement.weight_db) / tallest_db
        y = middle - height - 3 if up else middle + height + 10
        last = next((n for n in reversed(numbers) if n.up == up), None)
        if last and x - last.x < _APART:
            numbers.remove(last)
            y = min(y, last.y) if up else max(y, last.y)
            numbers.append(_Numbers((x + last.x) / 2, y, up, f"{last.text}, {i}"))
        else:
            numbers.append(_Numbers(x, y, up, str(i)))
    return numbers


def _notes(named: Sequence[Movement], y: float, width: int) -> Iterator[_Note]:
    for i, movement in enumerate(named, start=1):
        weight = f"{decibans(movement.weight_db)} dB"
        room = width - _NOTE - text_width(weight, _TEXT, bold=True) - 12
        told = f"{written_day(movement.day)} {isolated(movement.label)}"
        lines = [
            (y + _LINE * n, line)
            for n, line in enumerate(
                wrapped(told, room, _TEXT, 2 if is_narrow(width) else 1)
            )
        ]
        yield _Note(str(i), lines, weight, y, lines[-1][0] + 6)
        y = lines[-1][0] + _LINE + 2
