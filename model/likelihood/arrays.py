"""What the likelihood takes: numbers and indices, and nothing that a casebook is.

Who said what, what it bears on, which joint outcomes are possible; NumPy arrays, or
tensors that stand for them.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from deciban.model.likelihood.joint import Indices, Joint

__all__ = [
    "FLAT_NAMES",
    "SCALAR_NAMES",
    "Arrays",
    "Bearings",
    "Claims",
    "Clock",
    "Relays",
    "Sizes",
    "Targets",
]

type Floats = NDArray[np.float64]
type Integers = NDArray[np.int64]

type Numbers = Any  # of floats: an array, or a tensor that stands for one


class Sizes(NamedTuple):
    """How many places there are of each kind; each an integer ()."""

    scenarios: Indices
    sources: Indices
    links: Indices
    arguments: Indices


class Claims(NamedTuple):
    """What was said, once however often it was repeated [claim].

    Attributes
    ----------
    source : int
        Who said it.
    credibility : int
        Index of its digit in ``DIGITS``; any for digit 6, whose share is 0.
    share : float
        Share of the digit in the pool with the source: one half, or 0 for digit 6.
    heard : float
        1 where the speaker itself was heard, 0 where it was only relayed.
    freshness : float
        What ageing has left of the tilt, in (0, 1].
    """

    source: Indices
    credibility: Indices
    share: Numbers
    heard: Numbers
    freshness: Numbers


class Relays(NamedTuple):
    """Which claims were relayed, by whom: two indices [relay]."""

    claim: Indices
    source: Indices


class Bearings(NamedTuple):
    r"""What bears on what, and how strongly [bearing].

    Attributes
    ----------
    giver : int
        The claim, or the argument, that bears.
    word : int
        Index in ``WORDS``; any where ``sign`` is 0.
    sign : float
        1 or -1 where the strength is a word, else 0.
    tilt : float
        :math:`\tanh(l / 2)` where it is a number, else 0.
    """

    giver: Indices
    word: Indices
    sign: Numbers
    tilt: Numbers


class Targets(NamedTuple):
    """What is borne on, one index for each that bears.

    Attributes
    ----------
    scenario : [bearing on a scenario]
        By reports first, then by arguments.
    argument : [bearing on an argument]
        By reports.
    """

    scenario: Indices
    argument: Indices


class Clock(NamedTuple):
    """What the day leaves open of each scenario [scenario].

    Attributes
    ----------
    remaining : float
        Share of the hazard that is left, in (0, 1].
    log_allowed_no, log_allowed_yes : float
        0 where that outcome is possible, minus infinity where it is not: the other is
        known, or no time is left.
    """

    remaining: Numbers
    log_allowed_no: Numbers
    log_allowed_yes: Numbers


class Arrays(NamedTuple):
    """All the data of the likelihood: NumPy arrays, or tensors that stand for them.

    Attributes
    ----------
    bearing : Bearings
        Of reports: those on scenarios first, then those on arguments.
    argument_bearing : Bearings
        Of arguments, on scenarios.
    location, scale : float [unknown]
        Of each unknown; 0 in spare places.
    """

    size: Sizes
    location: Numbers
    scale: Numbers
    claim: Claims
    relay: Relays
    bearing: Bearings
    argument_bearing: Bearings
    target: Targets
    clock: Clock
    joint: Joint

    def flat(self) -> dict[str, Any]:
        """Return the arrays by name, ``claim_source`` for ``claim.source``."""
        return {
            name: getattr(getattr(self, group), member)
            if member
            else getattr(self, group)
            for name, (group, member) in _FLAT_NAMES.items()
        }

    @classmethod
    def from_flat(cls, named: Mapping[str, Any]) -> "Arrays":
        """Gather arrays that are named as ``flat`` names them."""
        gathered: dict[str, Any] = {name: [] for name in cls._fields}
        for name, (group, member) in _FLAT_NAMES.items():
            if member:
                gathered[group].append(named[name])
            else:
                gathered[group] = named[name]
        return cls(
            **{
                name: _GROUPS[name](*value) if name in _GROUPS else value
                for name, value in gathered.items()
            }
        )

    def packed(self) -> tuple[Integers, Floats]:
        """Join the arrays into two vectors, which a compiled density takes as its data.

        A density with few data compiles in a fraction of the time: nutpie unrolls the
        reading of each in compiled code.

        Returns
        -------
        integers, floats : ndarray
            The lengths of all arrays in the order of ``flat``, then those of int;
            those of float.
        """
        flat = {name: np.atleast_1d(value) for name, value in self.flat().items()}
        integers = [flat[name] for name, is_integer in FLAT_NAMES.items() if is_integer]
        floats = [
            flat[name] for name, is_integer in FLAT_NAMES.items() if not is_integer
        ]
        lengths = np.array([len(value) for value in flat.values()], dtype=np.int64)
        return np.concatenate([lengths, *integers]), np.concatenate(floats)


_GROUPS: dict[str, Any] = {
    name: kind
    for name, kind in Arrays.__annotations__.items()
    if hasattr(kind, "_fields")
}
_FLAT_NAMES: dict[str, tuple[str, str]] = {
    f"{name}_{member}" if member else name: (name, member)
    for name in Arrays._fields
    for member in (_GROUPS[name]._fields if name in _GROUPS else ("",))
}


def _is_of_integers(group: str, member: str) -> bool:
    annotations = (_GROUPS[group] if member else Arrays).__annotations__
    return annotations[member or group] is Indices


# Whether each array is of integers, in the order of ``Arrays.flat``.
FLAT_NAMES: dict[str, bool] = {
    name: _is_of_integers(*place) for name, place in _FLAT_NAMES.items()
}

SCALAR_NAMES = (*(f"size_{kind}" for kind in Sizes._fields), "joint_n_sets")
