"""What the likelihood takes: numbers and indices, and nothing that a casebook is.

Who said what, what it bears on, which joint outcomes are possible. The fields of
``Arrays`` and of its groups are the one declaration of these arrays: their names, their
kinds (``Indices`` or ``Numbers``) and their order. ``Arrays.packed`` joins them into
the one vector that compiled code takes, and ``INDICES_AT`` and ``NUMBERS_AT`` say where
that finds each: to add an array is to add a field.
"""

import hashlib
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from deciban.model.likelihood.joint import Indices, Joint

__all__ = [
    "INDICES_AT",
    "NUMBERS_AT",
    "PACKING",
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
    """All the data of the likelihood.

    Attributes
    ----------
    bearing : Bearings
        Of reports: those on scenarios first, then those on arguments.
    argument_bearing : Bearings
        Of arguments, on scenarios.
    location, scale : float [unknown]
        Of each unknown.
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

    def packed(self) -> Integers:
        """Join the arrays into one vector of words of 64 bits, for compiled code.

        Returns
        -------
        ndarray of int64
            ``PACKING``; the length of the vector; where each array begins, in the order
            of their declaration; where the last one ends; and the arrays, the floats
            among them bit by bit: see them by ``.view(float)``.
        """
        words = [
            np.atleast_1d(np.asarray(array, np.int64 if kind is Indices else float))
            for (_, kind), array in zip(_FIELDS, _leaves(self), strict=True)
        ]
        starts = np.cumsum([_HEADER, *map(len, words)])
        header = np.array([PACKING, starts[-1], *starts], dtype=np.int64)
        return np.concatenate([header, *(array.view(np.int64) for array in words)])


_GROUPS: dict[str, Any] = {
    name: kind
    for name, kind in Arrays.__annotations__.items()
    if hasattr(kind, "_fields")
}


def _declared() -> Iterator[tuple[str, Any]]:
    for name, kind in Arrays.__annotations__.items():
        if name in _GROUPS:
            for member, of_member in _GROUPS[name].__annotations__.items():
                yield f"{name}.{member}", of_member
        else:
            yield name, kind


# Name and kind of every array, in order.
_FIELDS = tuple(_declared())
_FIRST = 2  # word of the header that says where the first array begins
_HEADER = _FIRST + len(_FIELDS) + 1


def _leaves(arrays: Arrays) -> Iterator[Any]:
    for name, value in zip(arrays._fields, arrays, strict=True):
        yield from value if name in _GROUPS else (value,)


def _at(wanted: Any) -> Arrays:
    """Number the arrays of one kind by their words in the header; others are None."""
    words = iter(
        _FIRST + i if kind is wanted else None for i, (_, kind) in enumerate(_FIELDS)
    )
    return Arrays._make(
        _GROUPS[name](*(next(words) for _ in _GROUPS[name]._fields))
        if name in _GROUPS
        else next(words)
        for name in Arrays._fields
    )


INDICES_AT = _at(Indices)
"""Which word of a packed vector says where an array of indices begins.

The word after it says where it ends. Arrays of the other kind have None.
"""

NUMBERS_AT = _at(Numbers)
"""The same for arrays of floats."""

PACKING = int.from_bytes(
    hashlib.sha256(
        repr([(name, kind is Indices) for name, kind in _FIELDS]).encode()
    ).digest()[:7]
)
"""A number for this declaration, by which a reader knows what it was made for."""
