r"""Which place of :math:`z` is whose.

Everything unknown is one vector of independent standard normals, :math:`z`. What every
casebook has comes first: digits, words, calibration, overlaps and grades; then what
differs between casebooks.
"""

from typing import NamedTuple, get_args

from deciban.evidence.items import Reliability, Strength
from deciban.priors.scales import Digit

__all__ = [
    "DIGITS",
    "GRADES",
    "N_DIGITS",
    "N_GRADES",
    "N_OVERLAPS",
    "N_WORDS",
    "OVERLAPS",
    "WORDS",
    "Layout",
]

DIGITS: tuple[Digit, ...] = get_args(Digit.__value__)
WORDS: tuple[Strength, ...] = get_args(Strength.__value__)
OVERLAPS = ("across", "in camp", "in account")
# F is missing knowledge: there is no worth of it to learn.
GRADES: tuple[Reliability, ...] = get_args(Reliability.__value__)[:-1]
N_DIGITS, N_WORDS, N_OVERLAPS = len(DIGITS), len(WORDS), len(OVERLAPS)
N_GRADES = len(GRADES)


class Layout(NamedTuple):
    """How many places of :math:`z` there are for what differs between casebooks.

    Attributes
    ----------
    scenarios, sources, links : int
    interests : int
        Sources whose interest is learned.
    noticed : int
        Scenarios whose ``noticed`` is unknown.
    nones : int
        Sets of rivals none of which may come true.
    """

    scenarios: int
    sources: int
    links: int
    interests: int = 0
    noticed: int = 0
    nones: int = 0

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
            "overlap": N_OVERLAPS,
            "grade": N_GRADES,
            "scenario": self.scenarios,
            "source": self.sources,
            "link": self.links,
            "interest": self.interests,
            "noticed": self.noticed,
            "none": self.nones,
        }

    def places(self) -> dict[str, slice]:
        """Return the places of each kind of unknown in :math:`z`."""
        places, start = {}, 0
        for kind, size in self.sizes().items():
            places[kind] = slice(start, start + size)
            start += size
        return places
