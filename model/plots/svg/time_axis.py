"""The axis of days, with probabilities from bottom to top."""

import datetime
from collections.abc import Iterator
from typing import NamedTuple

from deciban.model.plots.svg.lettering import text_width

__all__ = ["TimeAxis"]

_SMALL = 11  # size of the letters
_TICKS = 88.0  # pixels from one day to the next, at least
_SHORT = 62  # days that are marked by days
_MONTHS = (1, 2, 3, 6, 12, 24, 60, 120)


class TimeAxis(NamedTuple):
    """Days from left to right, and probabilities from bottom to top.

    Attributes
    ----------
    left, right : float
        Where the first and the last day are, in pixels.
    first, last : date
        Those days.
    top, bottom : float
        Where the highest and the lowest probability are, in pixels.
    low, high : float
        Those probabilities.
    """

    left: float
    right: float
    first: datetime.date
    last: datetime.date
    top: float
    bottom: float
    low: float
    high: float

    def at(self, day: datetime.date) -> float:
        """Where a day is, in pixels."""
        share = (day - self.first).days / max(1, (self.last - self.first).days)
        return self.left + (self.right - self.left) * share

    def height(self, probability: float) -> float:
        """Where a probability is, in pixels from the top of the drawing."""
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
