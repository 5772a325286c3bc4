"""Rows of a drawing: a label, something drawn, and a number, wide or narrow.

On a wide drawing they stand side by side; on a narrow one label and number share a line
above what is drawn, which then has the whole width.
"""

from collections.abc import Sequence
from typing import NamedTuple

from deciban.model.plots.svg.lettering import cleaned, text_width, wrapped

__all__ = ["Label", "Row", "Rows", "is_narrow", "label_of", "rows"]

_SIZE, _SMALL = 13, 11
_BOLD = 14.6  # a size as wide as the bold letters of _SIZE
_LINE = 18  # the line above a narrow row
_NEXT, _SMALL_NEXT = 15.0, 11.5  # from one line of a label to the next
_MARGIN = 8  # room for half a mark at the ends of the axis
_GAP = 14
_LABELS = 0.34  # of the width, at most
_BETWEEN_SMALL = 5  # more between rows some of which have two lines


class Label(NamedTuple):
    """A label of a row: its lines with their baselines, the letters small if of two."""

    lines: Sequence[tuple[str, float]]
    is_small: bool


class Row(NamedTuple):
    """Where one row is: its texts, and the box that is drawn in, in pixels."""

    label: Label
    number: str
    beside: str
    top: float
    bottom: float
    baseline: float  # of the label and the number
    box: tuple[float, float]  # top and bottom


class Rows(NamedTuple):
    """Where all rows are: the ends of what is drawn, and of the texts."""

    width: int
    left: float
    right: float
    number_x: float  # right end of numbers, or right end of all that stands there
    top: float
    bottom: float
    rows: list[Row]
    narrow: bool

    @property
    def stretches(self) -> list[tuple[float, float]]:
        """Where lines of the axis run: not behind the texts of narrow rows."""
        if self.narrow:
            return [row.box for row in self.rows]
        return [(self.top, self.bottom)]


def is_narrow(width: float) -> bool:
    """Whether a drawing of a width is laid out as for a telephone."""
    return width < 560


def label_of(text: str, width: float, baseline: float) -> Label:
    """Write a label on one line, or on two small ones if it is too long for that.

    Parameters
    ----------
    text : str
        Shortened if two lines have no room for it either.
    width : float
        That there is, in pixels.
    baseline : float
        Of the one line; two stand above and below it.
    """
    text = cleaned(text)
    if text_width(text, _SIZE) <= width:
        return Label([(text, baseline)], is_small=False)
    first = baseline - 1 - _SMALL_NEXT / 2
    lines = wrapped(text, width, _SMALL, 2)
    placed = [(t, first + _SMALL_NEXT * i) for i, t in enumerate(lines)]
    return Label(placed, is_small=True)


def _above(
    text: str, room: float, width: float, baseline: float
) -> tuple[Label, float]:
    """Write a label above a narrow row, and say on which line its number stands.

    That is beside the label if all of it fits there on two lines, else below it.
    """
    told = wrapped(text, room, _BOLD, 2)
    number = baseline
    if " ".join(told) != cleaned(text):
        told = wrapped(text, width, _BOLD, 2)
        number += _NEXT * len(told)
    lines = [(t, baseline + _NEXT * i) for i, t in enumerate(told)]
    return Label(lines, is_small=False), number


def rows(
    labels: Sequence[str],
    numbers: Sequence[tuple[str, str]],
    width: int,
    *,
    height: float,
    top: float = 0,
    gap: float = 6,
) -> Rows:
    """Lay rows out.

    Parameters
    ----------
    labels : sequence of str
        Of each row; on two lines where one has no room, and then shortened.
    numbers : sequence of (str, str)
        Of each row: the number, and what stands beside it in softer ink.
    width : int
        Of the drawing.
    height : float
        Of what is drawn in a row.
    top : float
        Where the first row begins.
    gap : float
        Between rows.
    """
    narrow = is_narrow(width)
    beside = max((text_width(b, _SIZE) for _, b in numbers), default=0.0)
    number = max((text_width(n, _SIZE, bold=True) for n, _ in numbers), default=0.0)
    column = beside + number + (_GAP / 2 if beside else 0)
    widest = max((text_width(label, _SIZE) for label in labels), default=0.0)
    if narrow:
        left, right = float(_MARGIN), float(width - _MARGIN)
        room = width - column - _GAP
    else:
        room = min(widest, _LABELS * width)
        left = room + _GAP + _MARGIN
        right = width - column - _GAP - _MARGIN
    number_x = width - beside - (_GAP / 2 if beside else 0)
    if not narrow and any(text_width(label, _SIZE) > room for label in labels):
        gap += _BETWEEN_SMALL
    laid: list[Row] = []
    for text, (n, b) in zip(labels, numbers, strict=True):
        at = laid[-1].bottom + gap if laid else top
        baseline = at + _SIZE if narrow else at + height / 2 + 4.5
        label, line = label_of(text, room, baseline), 0.0
        if narrow:
            start = number_x if n else float(width)
            told = text_width(n, _SIZE, bold=True) if n else text_width(b, _SIZE)
            first = baseline
            label, baseline = _above(text, start - told - _GAP, width, first)
            line = max(baseline, label.lines[-1][1]) - first + _LINE
        box = (at + line, at + line + height)
        laid.append(Row(label, n, b, at, box[1], baseline, box))
    bottom = laid[-1].bottom if laid else top
    return Rows(width, left, right, number_x, top, bottom, laid, narrow)
