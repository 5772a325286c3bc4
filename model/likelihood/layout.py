r"""Which place of :math:`z` is whose.

Everything unknown is one vector of independent standard normals, :math:`z`. The digits,
the words and the calibration come first, which every casebook has; then scenarios,
sources and links.
"""

from typing import NamedTuple, get_args

from deciban.evidence.items import Strength
from deciban.priors.scales import Digit

__all__ = ["DIGITS", "N_DIGITS", "N_WORDS", "WORDS", "Layout"]

DIGITS: tuple[Digit, ...] = get_args(Digit.__value__)
WORDS: tuple[Strength, ...] = get_args(Strength.__value__)
N_DIGITS, N_WORDS = len(DIGITS), len(WORDS)


class Layout(NamedTuple):
    """How many places of :math:`z` there are for what differs between casebooks."""

    scenarios: int
    sources: int
    links: int

    @property
    def size(self) -> int:
        """Length of :math:`z`."""
        return sum(self.sizes().values())

    def sizes(self) -> dict[str, int]:
        """Return the number of places of each kind of unknown, in their order."""
        return {
            "digit": N_DIGITS,
            "word": N_WORDS,
            "calibration": 1,
            "scenario": self.scenarios,
            "source": self.sources,
            "link": self.links,
        }

    def places(self) -> dict[str, slice]:
        """Return the places of each kind of unknown in :math:`z`."""
        places, start = {}, 0
        for kind, size in self.sizes().items():
            places[kind] = slice(start, start + size)
            start += size
        return places
