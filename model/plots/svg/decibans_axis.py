"""The axis of log-odds in decibans, with the probabilities that they stand for."""

import math
from collections.abc import Iterable
from typing import NamedTuple

from deciban.model.plots.svg.lettering import text_width

__all__ = ["DecibansAxis", "log_odds"]

# Probabilities that are written above the axis, where there is room.
_PROBABILITIES = (
    *(1e-6, 1e-5, 1e-4, 0.001, 0.01, 0.1, 0.5),
    *(0.9, 0.99, 0.999, 1 - 1e-4, 1 - 1e-5, 1 - 1e-6),
)
_STEPS = (1, 2, 5, 10, 20, 50, 100, 200, 500)
_SHORTEST = 10.0  # decibans: an axis of less would make much of nothing
_ROOM = 46  # pixels from one tick to the next, at least
_SMALL = 11  # size of the letters
_GAP = 10  # pixels between them


def log_odds(probability: float) -> float:
    """Log-odds of a probability in decibans.

    Examples
    --------
    >>> round(log_odds(10 / 11), 6)
    10.0
    """
    return 10 * math.log10(probability / (1 - probability))


class DecibansAxis(NamedTuple):
    """Log-odds from left to right.

    Attributes
    ----------
    left, right : float
        Ends of the axis, in pixels.
    low, high : float
        What is there, in decibans.
    """

    left: float
    right: float
    low: float
    high: float

    @classmethod
    def over(cls, left: float, right: float, values: Iterable[float]) -> "DecibansAxis":
        """Lay an axis over all values, with a little room at both ends."""
        values = list(values)
        low, high = min(values), max(values)
        spare = max(0.0, _SHORTEST - (high - low)) / 2
        room = spare + 0.04 * max(high - low, _SHORTEST)
        return cls(left, right, low - room, high + room)

    def at(self, decibans: float) -> float:
        """Where a number of decibans is, in pixels."""
        share = (decibans - self.low) / (self.high - self.low)
        return self.left + (self.right - self.left) * share

    @property
    def ticks(self) -> list[tuple[float, str]]:
        """Where to mark the axis, and the decibans there."""
        per_pixel = (self.high - self.low) / (self.right - self.left)
        step = next((s for s in _STEPS if s >= per_pixel * _ROOM), _STEPS[-1])
        first = math.ceil(self.low / step)
        last = math.floor(self.high / step)
        return [
            (self.at(n * step), f"{n * step:+d}" if n else "0")
            for n in range(first, last + 1)
        ]

    @property
    def probabilities(self) -> list[tuple[float, str]]:
        """Where round probabilities are, as percentages, none too near another."""
        marks: list[tuple[float, str]] = []
        end = -math.inf
        for p in _PROBABILITIES:
            x, text = self.at(log_odds(p)), _percentage(p)
            half = text_width(text, _SMALL) / 2
            if self.left <= x <= self.right and x - half >= end + _GAP:
                marks.append((x, text))
                end = x + half
        return marks


def _percentage(probability: float) -> str:
    """Write a probability of the axis in full."""
    decimals = max(0, round(-math.log10(min(probability, 1 - probability))) - 2)
    return f"{100 * probability:.{decimals}f} %"
