"""A forecast over time: a sparkline, and the whole history with what moved it."""

import datetime
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from service.pages.drawing.lettering import shortened, text_width
from service.pages.drawing.picture import Drawing, Table, fine
from service.pages.drawing.rows import is_narrow
from service.wording import decibans, interval, percent

__all__ = ["HistoryPoint", "Movement", "history", "sparkline"]

type Interval = tuple[float, float]

_SMALL = 11
_SPARK = (120, 28)
_HEIGHT, _NARROW_HEIGHT = 240.0, 190.0
_TOP = 24.0
_IMPULSES = 46.0  # height of the strip of movements
_GAP = 10.0
_DAYS = 20.0  # height of the labels of the days
_LINE = 18.0
# The time that is left is drawn whole if it is at most this share of all.
_AHEAD = 0.3
_LABELLED = 5
_TICKS = 88.0  # pixels from one day to the next, at least
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
        return (
            f"{self.day}: {percent(self.mean)}, 90 % interval {interval(self.eti90)}"
        )


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
        height = _SPARK[1]
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
        f"{label} over time", _sentence(label, points), _table(points), "sparkline.svg",
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

    def at(self, day: datetime.date) -> float:
        share = (day - self.first).days / max(1, (self.last - self.first).days)
        return self.left + (self.right - self.left) * share

    def height(self, probability: float) -> float:
        return self.bottom - (self.bottom - self.top) * probability

    @property
    def ticks(self) -> list[tuple[float, str]]:
        """First days of months, or of years, none too near another."""
        pixels = (self.right - self.left) / max(1, (self.last - self.first).days)
        if (self.last - self.first).days < 62:
            step = next((n for n in (1, 7, 14, 28) if n * pixels >= _TICKS), 28)
            days = [
                self.first + datetime.timedelta(n)
                for n in range(0, (self.last - self.first).days + 1, step)
            ]
            return [(self.at(day), f"{day.day} {day:%b %Y}") for day in days]
        months = next((m for m in _MONTHS if m * 30.4 * pixels >= _TICKS), _MONTHS[-1])
        ticks = []
        for n in range(self.first.year * 12, self.last.year * 12 + 12):
            day = datetime.date(n // 12, n % 12 + 1, 1)
            if n % months == 0 and self.first <= day <= self.last:
                text = f"{day:%Y}" if months >= 12 else f"{day:%b %Y}"
                ticks.append((self.at(day), text))
        return ticks


class _Impulse(NamedTuple):
    """A movement, laid out: a bar up or down, and its number where it has one."""

    said: str
    x: float
    y: float
    height: float
    part: str
    number: str
    number_y: float


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
        first = min((point.day for point in points), default=as_of)
        spent = max(1, (as_of - first).days)
        ahead = int(spent * _AHEAD / (1 - _AHEAD))
        last = min(closes, as_of + datetime.timedelta(max(ahead, 1)))
        last = max(last, as_of, first + datetime.timedelta(1))
        time = _Time(38, width - 10, first, last, _TOP, _TOP + height)
        shown = [m for m in movements if time.first <= m.day <= as_of]
        largest = sorted(shown, key=lambda m: -abs(m.weight_db))[:_LABELLED]
        named = sorted(largest, key=lambda m: (m.day, -abs(m.weight_db)))
        strip = time.bottom + _GAP + _IMPULSES / 2
        impulses = _impulses(shown, named, time, strip)
        axis_y = time.bottom + (_GAP + _IMPULSES if shown else 0)
        notes_y = axis_y + _DAYS + 14
        height_in_all = axis_y + _DAYS + (_LINE * len(named) + 6 if named else 0)
        return {
            "role": "group",
            "width": width,
            "height": height_in_all,
            "heading": f"{label} over time",
            "time": time,
            "levels": [
                (time.height(n / 100), f"{n} %" if n in (0, 100) else f"{n}")
                for n in (0, 25, 50, 75, 100)
            ],
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
            "impulses": impulses,
            "strip": strip,
            "axis_y": axis_y,
            "notes": [
                _note(i, movement, notes_y + _LINE * i, width)
                for i, movement in enumerate(named)
            ],
        }

    told = _sentence(label, points)
    if movements:
        largest = max(movements, key=lambda m: abs(m.weight_db))
        told += f" The report that moved it most is {largest.label}, "
        told += f"{decibans(largest.weight_db)} dB on {largest.day}."
    return Drawing(
        f"{label} over time", told, _table(points, movements), "history.svg", layout
    )


def _impulses(
    movements: Sequence[Movement],
    named: Sequence[Movement],
    time: _Time,
    middle: float,
) -> list[_Impulse]:
    most = max((abs(m.weight_db) for m in movements), default=1.0) or 1.0
    laid = []
    taken: list[tuple[float, bool]] = []
    # The largest of a day last: it is drawn upon the others.
    for movement in sorted(movements, key=lambda m: (m.day, abs(m.weight_db))):
        x, up = time.at(movement.day), movement.weight_db > 0
        height = (_IMPULSES / 2 - 12) * abs(movement.weight_db) / most
        number = ""
        if movement in named and all(
            abs(x - other) >= 9 or up != side for other, side in taken
        ):
            number = str(named.index(movement) + 1)
            taken.append((x, up))
        laid.append(
            _Impulse(
                said=movement.said,
                x=x,
                y=middle - height if up else middle,
                height=height,
                part="for" if up else "against",
                number=number,
                number_y=middle - height - 3 if up else middle + height + 10,
            )
        )
    return laid


def _verticals(
    time: _Time, as_of: datetime.date, closes: datetime.date
) -> list[tuple[float, str, str, float]]:
    """Days that are marked: where, their text, its anchor, and its x."""
    day = f"as of {as_of}"
    x = time.at(as_of)
    ends = f"closes {closes}" if closes <= time.last else f"closes {closes} ->"
    room = time.right - text_width(ends, _SMALL) - 10
    anchor, text_x = ("end", min(x, room)) if closes > as_of else ("end", x)
    marked = [(x, day, anchor, text_x)]
    if closes > as_of:
        marked.append((time.right, ends, "end", time.right))
    return marked


def _note(
    i: int, movement: Movement, y: float, width: float
) -> tuple[str, str, str, float]:
    weight = f"{decibans(movement.weight_db)} dB"
    room = width - 18 - text_width(weight, 13, bold=True) - 12
    label = shortened(f"{movement.day}  {movement.label}", room, 13)
    return str(i + 1), label, weight, y


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


def _table(
    points: Sequence[HistoryPoint], movements: Sequence[Movement] = ()
) -> Table:
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
