"""A forecast over time: a sparkline, and the whole history with what moved it."""

import datetime
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from service.pages.drawing.lettering import shortened, text_width, wrapped
from service.pages.drawing.picture import Drawing, Table, fine
from service.pages.drawing.rows import is_narrow
from service.wording import decibans, interval, percent

__all__ = ["HistoryPoint", "Movement", "history", "sparkline"]

type Interval = tuple[float, float]

_SMALL, _TEXT = 11, 13  # sizes of letters
_LEFT = 42.0  # room for percentages
_NOTE = 18.0  # for the number of a note
# Shares of the axis of probabilities, one of which is drawn alone if all lies in it.
_WINDOWS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5)
_SPARKLINE = 28.0
_HEIGHT, _NARROW_HEIGHT = 240.0, 190.0
_TOP = 24.0
_IMPULSES = 50.0  # height of the strip of movements
_TALLEST = _IMPULSES / 2 - 13  # of its bars: above them is room for a number
_APART = 16.0  # pixels between numbers
_GAP = 10.0
_DAYS = 20.0  # height of the labels of the days
_LINE = 18.0
# The time that is left is drawn whole if it is at most this share of all.
_AHEAD = 0.3
_LABELLED = 5
_TICKS = 88.0  # pixels from one day to the next, at least
_SHORT = 62  # days that are marked by days
_MONTHS = (1, 2, 3, 6, 12, 24, 60, 120)


class HistoryPoint(NamedTuple):
    """The forecast of one day, or the prior on the first: mean and intervals."""

    day: datetime.date
    mean: float
    eti90: Interval
    eti50: Interval | None = None

    @property
    def said(self) -> str:
        """Say it in words."""
        return f"{self.day}: {percent(self.mean)}, 90 % interval {interval(self.eti90)}"


class Movement(NamedTuple):
    """A report that moved the forecast: when, and its weight in decibans."""

    day: datetime.date
    label: str
    weight_db: float

    @property
    def said(self) -> str:
        """Say it in words."""
        return f"{self.day}: {self.label}, {decibans(self.weight_db)} dB"


def sparkline(label: str, points: Sequence[HistoryPoint]) -> Drawing:
    """Draw the means of a forecast over time without text, from 0 to 100 %."""

    def layout(width: int) -> Mapping[str, Any]:
        height = _SPARKLINE
        days = [point.day.toordinal() for point in points]
        first, last = min(days, default=0), max(days, default=1)

        def at(point: HistoryPoint) -> tuple[float, float]:
            share = (point.day.toordinal() - first) / max(1, last - first)
            return 3 + (width - 7) * share, 3 + (height - 6) * (1 - point.mean)

        places = [at(point) for point in points]
        return {
            "role": "img",
            "width": width,
            "height": height,
            "heading": label,
            "line": _path(places),
            "end": places[-1] if places else None,
            "ends": (3, height - 3),
        }

    return Drawing(
        f"{label} over time",
        _sentence(label, points),
        _table(points),
        "sparkline.svg",
        layout,
    )


class _Time(NamedTuple):
    """Days from left to right, and probabilities from bottom to top."""

    left: float
    right: float
    first: datetime.date
    last: datetime.date
    top: float
    bottom: float
    low: float
    high: float

    def at(self, day: datetime.date) -> float:
        share = (day - self.first).days / max(1, (self.last - self.first).days)
        return self.left + (self.right - self.left) * share

    def height(self, probability: float) -> float:
        share = (probability - self.low) / (self.high - self.low)
        return self.bottom - (self.bottom - self.top) * share

    @property
    def levels(self) -> list[tuple[float, str]]:
        """Probabilities that are marked, and their percentages."""
        levels = [self.low + (self.high - self.low) * n / 4 for n in range(5)]
        return [
            (self.height(p), f"{100 * p:g}" + (" %" if n in (0, 4) else ""))
            for n, p in enumerate(levels)
        ]

    @property
    def ticks(self) -> list[tuple[float, str, str]]:
        """Days that are marked, what is written there, and how it is anchored."""
        written = [(self.at(day), text) for day, text in self._days()]
        near_left = self.left + text_width("Jan 2020", _SMALL) / 2
        return [
            (x, text, "start" if x < near_left else "middle")
            for x, text in written
            if x < self.right - text_width(text, _SMALL) / 2
        ]

    def _days(self) -> Iterator[tuple[datetime.date, str]]:
        """First days of months or years, or of weeks, none too near another."""
        n_days = (self.last - self.first).days
        pixels = (self.right - self.left) / max(1, n_days)
        if n_days < _SHORT:
            step = next((n for n in (1, 2, 7, 14) if n * pixels >= _TICKS), 28)
            for n in range(0, n_days + 1, step):
                day = self.first + datetime.timedelta(n)
                yield day, f"{day.day} {day:%b}"
            return
        months = next((m for m in _MONTHS if m * 30.4 * pixels >= _TICKS), _MONTHS[-1])
        for n in range(self.first.year * 12, self.last.year * 12 + 12):
            day = datetime.date(n // 12, n % 12 + 1, 1)
            if n % months == 0 and self.first <= day <= self.last:
                yield day, f"{day:%Y}" if months >= 12 else f"{day:%b %Y}"


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


def history(
    label: str,
    points: Sequence[HistoryPoint],
    movements: Sequence[Movement] = (),
    *,
    as_of: datetime.date,
    closes: datetime.date,
    settled: tuple[datetime.date, bool] | None = None,
) -> Drawing:
    """Draw a forecast over time, with its intervals and what moved it.

    Parameters
    ----------
    label : str
        Name of the scenario.
    points : sequence of HistoryPoint
        By day, the prior first.
    movements : sequence of Movement
        Of reports; the largest are numbered, and named below the drawing.
    as_of : date
        The day of the forecast.
    closes : date
        When the window of the scenario ends.
    settled : (date, bool), optional
        When it was settled, and whether it occurred.
    """

    def layout(width: int) -> Mapping[str, Any]:
        narrow = is_narrow(width)
        height = _NARROW_HEIGHT if narrow else _HEIGHT
        spent = max(1, (as_of - start).days)
        ahead = datetime.timedelta(int(spent * _AHEAD / (1 - _AHEAD)))
        soon = start + datetime.timedelta(1)
        first, last = start, max(min(closes, as_of + ahead), as_of, soon)
        time = _Time(
            *(_LEFT, width - 10, first, last, _TOP, _TOP + height),
            *_window(points, settled),
        )
        by_size = sorted(shown, key=lambda m: -abs(m.weight_db))
        named = sorted(by_size[:_LABELLED], key=lambda m: (m.day, -abs(m.weight_db)))
        strip = time.bottom + _GAP + _IMPULSES / 2
        axis_y = time.bottom + (_GAP + _IMPULSES if shown else 0)
        notes_y = axis_y + _DAYS + 14
        notes = list(_notes(named, notes_y, width))
        height_in_all = max([axis_y + _DAYS, *(note.bottom for note in notes)])
        return {
            "role": "group",
            "width": width,
            "height": height_in_all,
            "heading": f"{label} over time",
            "time": time,
            "wide": _band([(p, p.eti90) for p in points], time),
            "inner": _band([(p, p.eti50) for p in points if p.eti50], time),
            "line": _path([(time.at(p.day), time.height(p.mean)) for p in points]),
            "points": [
                (time.at(p.day), time.height(p.mean), p.said, i == 0)
                for i, p in enumerate(points)
            ],
            "verticals": _verticals(time, as_of, closes),
            "outcome": settled
            and (time.at(min(settled[0], last)), time.height(float(settled[1]))),
            "impulses": _impulses(shown, time, strip),
            "numbers": _numbers(named, largest_db, time, strip),
            "strip": strip,
            "axis_y": axis_y,
            "notes": notes,
        }

    start = min((point.day for point in points), default=as_of)
    shown = [movement for movement in movements if start <= movement.day <= as_of]
    largest_db = max((abs(m.weight_db) for m in shown), default=0.0)
    told = _sentence(label, points)
    if shown:
        largest = max(shown, key=lambda m: abs(m.weight_db))
        told += f" The report that moved it most, by {decibans(largest.weight_db)} dB, "
        told += f"is of {largest.day}: {shortened(largest.label, 1000, 10)}."
    return Drawing(
        f"{label} over time", told, _table(points, shown), "history.svg", layout
    )


def _impulses(
    movements: Sequence[Movement], time: _Time, middle: float
) -> list[_Impulse]:
    most = max((abs(m.weight_db) for m in movements), default=0.0) or 1.0
    laid = []
    # The smallest of a day last: they are drawn upon the others.
    for movement in sorted(movements, key=lambda m: (m.day, -abs(m.weight_db))):
        up = movement.weight_db > 0
        height = _TALLEST * abs(movement.weight_db) / most
        laid.append(
            _Impulse(
                said=movement.said,
                x=time.at(movement.day),
                y=middle - height if up else middle,
                height=height,
                part="for" if up else "against",
            )
        )
    return laid


def _numbers(
    named: Sequence[Movement], largest: float, time: _Time, middle: float
) -> list[_Numbers]:
    """Number the bars that are named; those of one place share one text."""
    numbers: list[_Numbers] = []
    for i, movement in enumerate(named, start=1):
        x, up = time.at(movement.day), movement.weight_db > 0
        height = _TALLEST * abs(movement.weight_db) / (largest or 1.0)
        y = middle - height - 3 if up else middle + height + 10
        last = next((n for n in reversed(numbers) if n.up == up), None)
        if last and x - last.x < _APART:
            numbers.remove(last)
            y = min(y, last.y) if up else max(y, last.y)
            numbers.append(_Numbers((x + last.x) / 2, y, up, f"{last.text}, {i}"))
        else:
            numbers.append(_Numbers(x, y, up, str(i)))
    return numbers


def _window(
    points: Sequence[HistoryPoint], settled: tuple[datetime.date, bool] | None
) -> Interval:
    """Part of the axis that is drawn: all, unless everything is close to an end."""
    ends = [end for point in points for end in (point.mean, *point.eti90)]
    ends += [float(settled[1])] if settled else []
    low, high = min(ends, default=0.0), max(ends, default=1.0)
    for width in _WINDOWS:
        if high <= width:
            return 0.0, width
        if low >= 1 - width:
            return 1 - width, 1.0
    return 0.0, 1.0


def _verticals(
    time: _Time, as_of: datetime.date, closes: datetime.date
) -> list[tuple[float | None, str, float]]:
    """Days that are marked: where a line stands, what is written, and its right end."""
    x, told = time.at(as_of), f"as of {as_of}"
    if closes <= as_of:
        return [(x, told, max(x, text_width(told, _SMALL)))]
    line = time.right if closes <= time.last else None
    ends = f"closes {closes}" if line else f"closes {closes} →"
    room = time.right - text_width(ends, _SMALL) - 10
    own_end = max(min(x, room), text_width(told, _SMALL))
    return [(x, told, own_end), (line, ends, time.right)]


class _Note(NamedTuple):
    """A movement that is named below: its number, lines of text, weight and place."""

    number: str
    lines: list[tuple[float, str]]
    weight: str
    y: float
    bottom: float


def _notes(named: Sequence[Movement], y: float, width: int) -> Iterator[_Note]:
    for i, movement in enumerate(named, start=1):
        weight = f"{decibans(movement.weight_db)} dB"
        room = width - _NOTE - text_width(weight, _TEXT, bold=True) - 12
        told = f"{movement.day} {movement.label}"
        lines = [
            (y + _LINE * n, line)
            for n, line in enumerate(
                wrapped(told, room, _TEXT, 2 if is_narrow(width) else 1)
            )
        ]
        yield _Note(str(i), lines, weight, y, lines[-1][0] + 6)
        y = lines[-1][0] + _LINE + 2


def _band(
    intervals: Sequence[tuple[HistoryPoint, Interval | None]], time: _Time
) -> str:
    known = [(time.at(point.day), ends) for point, ends in intervals if ends]
    if not known:
        return ""
    lower = [(x, time.height(low)) for x, (low, _) in known]
    upper = [(x, time.height(high)) for x, (_, high) in reversed(known)]
    return f"{_path([*lower, *upper])}Z"


def _path(places: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{fine(x)} {fine(y)}" for x, y in places) if places else ""


def _sentence(label: str, points: Sequence[HistoryPoint]) -> str:
    if not points:
        return f"{label} has no history yet."
    first, last = points[0], points[-1]
    return (
        f"{label} went from {percent(first.mean)} on {first.day} "
        f"to {percent(last.mean)} on {last.day}."
    )


def _table(points: Sequence[HistoryPoint], movements: Sequence[Movement] = ()) -> Table:
    moved: dict[datetime.date, list[str]] = {}
    for movement in movements:
        told = f"{movement.label} ({decibans(movement.weight_db)} dB)"
        moved.setdefault(movement.day, []).append(told)
    known = {point.day: point for point in points}
    return Table(
        ("day", "forecast", "90 % interval", "reports that moved it"),
        [
            (
                str(day),
                percent(known[day].mean) if day in known else "",
                interval(known[day].eti90) if day in known else "",
                ", ".join(moved.get(day, [])),
            )
            for day in sorted({*known, *moved})
        ],
    )
