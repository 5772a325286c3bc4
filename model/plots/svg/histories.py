"""A forecast over time: a sparkline, and the whole history with what moved it."""

import datetime
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Literal, NamedTuple

from deciban.model.plots.svg.coordinates import polyline
from deciban.model.plots.svg.lettering import (
    isolated,
    said_of,
    shortened,
    text_width,
)
from deciban.model.plots.svg.movements import Movement, movement_strip
from deciban.model.plots.svg.picture import Drawing, Table
from deciban.model.plots.svg.rows import is_narrow
from deciban.model.plots.svg.time_axis import TimeAxis
from deciban.model.posterior.summary import Interval
from deciban.model.posterior.wording import decibans, interval, percent, written_day

__all__ = ["HistoryPoint", "by_when", "history", "sparkline"]

type Settlement = tuple[datetime.date, bool]

_SMALL = 11  # size of the letters
_LEFT = 42.0  # room for percentages
# Shares of the axis of probabilities, one of which is drawn alone if all lies in it.
_WINDOWS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5)
_SPARKLINE = 28.0
_HEIGHT, _NARROW_HEIGHT = 240.0, 190.0
_TOP = 24.0
# The time that is left is drawn whole if it is at most this share of all.
_AHEAD = 0.75


class HistoryPoint(NamedTuple):
    """The forecast of one day, or the prior on the first: mean and intervals."""

    day: datetime.date
    mean: float
    eti90: Interval
    eti50: Interval | None = None

    @property
    def said(self) -> str:
        """Say it in words."""
        now = f"{percent(self.mean)}, 90 % interval {interval(self.eti90)}"
        return f"{written_day(self.day)}: {now}"


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
            "line": polyline(places),
            "end": places[-1] if places else None,
            "ends": (3, height - 3),
        }

    return Drawing(
        f"{label} over time",
        _sentence(label, points),
        partial(_table, points),
        "sparkline.svg",
        layout,
    )


def history(
    label: str,
    points: Sequence[HistoryPoint],
    movements: Sequence[Movement] = (),
    *,
    as_of: datetime.date,
    closes: datetime.date,
    settled: Settlement | None = None,
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
    start = min((point.day for point in points), default=as_of)
    shown = [movement for movement in movements if start <= movement.day <= as_of]
    drawn = _History(label, points, shown, start, as_of, closes, settled)
    return Drawing(
        f"{label} over time",
        _sentence(label, points) + _moved_most(shown),
        partial(_table, points, shown),
        "history.svg",
        drawn.layout,
    )


def by_when(
    label: str,
    points: Sequence[HistoryPoint],
    *,
    as_of: datetime.date,
    closes: datetime.date,
) -> Drawing:
    """Draw by when a scenario occurs: a probability that grows to that of its close.

    Parameters
    ----------
    label : str
        Name of the scenario.
    points : sequence of HistoryPoint
        By day, from the first of its window to the last.
    as_of : date
        The day of the forecast.
    closes : date
        When the window ends.
    """
    title = f"By when: {label}"
    drawn = _History(label, points, (), points[0].day, as_of, closes, None, title)
    return Drawing(
        title,
        _by_when_sentence(points, as_of),
        partial(_table, points),
        "history.svg",
        drawn.layout,
    )


def _by_when_sentence(points: Sequence[HistoryPoint], as_of: datetime.date) -> str:
    last = points[-1]
    now = [point for point in points if point.day <= as_of]
    known = now[-1:] if now[-1:] != [last] else []
    told = [f"by {written_day(p.day)} {percent(p.mean)}" for p in [*known, last]]
    return f"The probability that it has occurred: {', '.join(told)}."


class _Outcome(NamedTuple):
    """How it was settled: where its mark stands, and what is written beside that."""

    x: float
    y: float
    text: str
    text_x: float
    text_y: float
    anchor: Literal["start", "end"]


class _History(NamedTuple):
    """A history that is drawn; its movements are those of its days."""

    label: str
    points: Sequence[HistoryPoint]
    movements: Sequence[Movement]
    start: datetime.date
    as_of: datetime.date
    closes: datetime.date
    settled: Settlement | None
    title: str | None = None  # of the curve of a whole window, ahead and all

    def layout(self, width: int) -> Mapping[str, Any]:
        time = self._time(width)
        strip = movement_strip(self.movements, time, width)
        places = [(time.at(p.day), time.height(p.mean)) for p in self.points]
        return {
            "role": "group",
            "width": width,
            "height": strip.bottom,
            "heading": self.title or f"{isolated(self.label)} over time",
            "time": time,
            "wide": _band([(p, p.eti90) for p in self.points], time),
            "inner": _band([(p, p.eti50) for p in self.points], time),
            "line": polyline(places),
            "points": [
                (*place, point.said, i == 0)
                for i, (place, point) in enumerate(
                    zip(places, self.points, strict=True)
                )
            ],
            "verticals": _verticals(time, self.as_of, self.closes),
            "outcome": self._outcome(time),
            "strip": strip,
        }

    def _time(self, width: int) -> TimeAxis:
        height = _NARROW_HEIGHT if is_narrow(width) else _HEIGHT
        across = (_LEFT, width - 10, self.start, self._end())
        return TimeAxis(
            *across, _TOP, _TOP + height, *_window(self.points, self.settled)
        )

    def _end(self) -> datetime.date:
        """Last day that is drawn: the end of the window, unless that is far off."""
        if self.title is not None:
            return max(self.closes, self.as_of)
        spent = max(1, (self.as_of - self.start).days)
        ahead = datetime.timedelta(int(spent * _AHEAD / (1 - _AHEAD)))
        soon = self.start + datetime.timedelta(1)
        return max(min(self.closes, self.as_of + ahead), self.as_of, soon)

    def _outcome(self, time: TimeAxis) -> _Outcome | None:
        """Lay out the mark of how it was settled."""
        if self.settled is None:
            return None
        day, occurred = self.settled
        x, y = time.at(min(day, time.last)), time.height(float(occurred))
        text = "settled: occurred" if occurred else "settled: did not occur"
        text_y = y + 16 if occurred else y - 10  # clear of the line at that end
        if x - text_width(text, _SMALL) < time.left:
            return _Outcome(x, y, text, x, text_y, "start")
        return _Outcome(x, y, text, x, text_y, "end")


def _window(points: Sequence[HistoryPoint], settled: Settlement | None) -> Interval:
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
    time: TimeAxis, as_of: datetime.date, closes: datetime.date
) -> list[tuple[float | None, str, float]]:
    """Days that are marked: where a line stands, what is written, and its right end."""
    x, told = time.at(as_of), f"as of {written_day(as_of)}"
    if closes <= as_of:
        return [(x, told, max(x, text_width(told, _SMALL)))]
    line = time.right if closes <= time.last else None
    ends = f"closes {written_day(closes)}{'' if line else ' →'}"
    room = time.right - text_width(ends, _SMALL) - 10
    own_end = max(min(x, room), text_width(told, _SMALL))
    return [(x, told, own_end), (line, ends, time.right)]


def _band(
    intervals: Sequence[tuple[HistoryPoint, Interval | None]], time: TimeAxis
) -> str:
    known = [(time.at(point.day), ends) for point, ends in intervals if ends]
    if not known:
        return ""
    lower = [(x, time.height(low)) for x, (low, _) in known]
    upper = [(x, time.height(high)) for x, (_, high) in reversed(known)]
    return f"{polyline([*lower, *upper])}Z"


def _sentence(label: str, points: Sequence[HistoryPoint]) -> str:
    if not points:
        return said_of(label, "no history yet.")
    first, last = points[0], points[-1]
    return said_of(
        label,
        f"from {percent(first.mean)} on {written_day(first.day)} "
        f"to {percent(last.mean)} on {written_day(last.day)}.",
    )


def _moved_most(movements: Sequence[Movement]) -> str:
    if not movements:
        return ""
    largest = max(movements, key=lambda m: abs(m.weight_db))
    return (
        f" The report that moved it most, by {decibans(largest.weight_db)} dB, "
        f"is of {written_day(largest.day)}: {shortened(largest.label, 1000, 10)}."
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
                written_day(day),
                percent(known[day].mean) if day in known else "",
                interval(known[day].eti90) if day in known else "",
                ", ".join(moved.get(day, [])),
            )
            for day in sorted({*known, *moved})
        ],
    )
