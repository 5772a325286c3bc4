"""The axis of probabilities, 0 to 100 %, with the bands of a verbal scale behind it."""

from itertools import pairwise
from typing import NamedTuple

from deciban.model.plots.svg.coordinates import fine
from deciban.model.plots.svg.lettering import text_width
from deciban.priors import VERBAL_SCALES
from deciban.priors.words import Term

__all__ = ["BandWord", "PercentAxis"]

_SMALL = 11  # size of the letters
_TIER = 14  # from one line of words to the next
_GAP = 5  # between words on one line


class BandWord(NamedTuple):
    """The word of a band: where it stands, on which line, and where its band is."""

    word: str
    x: float
    tier: int
    band: float


class PercentAxis(NamedTuple):
    """Probabilities from left to right.

    Attributes
    ----------
    left, right : float
        Where 0 and 100 % are, in pixels.
    scale : str or None
        Id of the verbal scale whose bands are shown.
    """

    left: float
    right: float
    scale: str | None = "icd203"

    def at(self, probability: float) -> float:
        """Where a probability is, in pixels."""
        return self.left + (self.right - self.left) * probability

    @property
    def ticks(self) -> list[tuple[float, str]]:
        """Where to mark the axis, and what to write there."""
        step = 10 if self.right - self.left >= 360 else 25
        return [
            (self.at(n / 100), f"{n} %" if n in (0, 100) else f"{n}")
            for n in range(0, 101, step)
        ]

    def grid(self, top: float, bottom: float) -> str:
        """Path of a line at each tick."""
        return _grid(self, top, bottom)

    def shading(self, top: float, bottom: float) -> str:
        """Path around every second band, or each where there are gaps between them."""
        return _shading(self, top, bottom)

    @property
    def words(self) -> list[BandWord]:
        """Words of the bands, none upon another, on as few lines as they need."""
        return _words(self)

    @property
    def words_height(self) -> float:
        """Height of all lines of words, in pixels."""
        return _TIER * (1 + max((word.tier for word in self.words), default=-1))


def _grid(axis: PercentAxis, top: float, bottom: float) -> str:
    ends = f"{fine(top)}V{fine(bottom)}"
    return "".join(f"M{fine(x)} {ends}" for x, _ in axis.ticks)


def _shading(axis: PercentAxis, top: float, bottom: float) -> str:
    bands = _bands(axis.scale)
    touching = all(one[2] == other[1] for one, other in pairwise(bands))
    ends = [
        (fine(axis.at(low)), fine(axis.at(high)))
        for _, low, high in bands[:: 2 if touching else 1]
    ]
    down = f"V{fine(bottom)}"
    return "".join(f"M{low} {fine(top)}H{high}{down}H{low}Z" for low, high in ends)


def _words(axis: PercentAxis) -> list[BandWord]:
    placed: list[tuple[int, float, float]] = []
    words = []
    # Words of wide bands choose first, so that they stay where they belong.
    for term, low, high in sorted(_bands(axis.scale), key=lambda b: b[1] - b[2]):
        half = text_width(term.word, _SMALL) / 2
        band = (axis.at(low) + axis.at(high)) / 2
        x = min(max(band, axis.left + half), axis.right - half)
        tier = 0
        while any(
            t == tier and x - half < right + _GAP and left - _GAP < x + half
            for t, left, right in placed
        ):
            tier += 1
        placed.append((tier, x - half, x + half))
        words.append(BandWord(term.word, x, tier, band))
    return words


def _bands(scale: str | None) -> list[tuple[Term, float, float]]:
    """Stretches of the axis for which a scale has one word each."""
    if scale is None:
        return []
    verbal = VERBAL_SCALES[scale]
    ends = sorted({end for term in verbal.terms for end in (term.low, term.high)})
    bands: list[tuple[Term, float, float]] = []
    for low, high in pairwise(ends):
        term = verbal.term((low + high) / 2)
        if term is None:
            continue
        if bands and bands[-1][0] == term and bands[-1][2] == low:
            bands[-1] = (term, bands[-1][1], high)
        else:
            bands.append((term, low, high))
    return bands
