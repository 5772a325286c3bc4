"""What the likelihood takes: numbers and indices, and nothing that a casebook is.

Every array is declared here once, with its axis and its kind: ``Indices`` or
``Numbers``. What refers to the same thing lies side by side, in ascending order, so
that claims of one side, accounts of one camp and camps of one target are stretches.
"""

import hashlib
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from deciban.model.array_types import Integers
from deciban.model.likelihood.joint import Indices, Joint

__all__ = [
    "PACKING",
    "PLACES",
    "AccountsArrays",
    "Answers",
    "Arrays",
    "Bonds",
    "Camps",
    "Claims",
    "ClockArrays",
    "Contributions",
    "Reasons",
    "Relays",
    "SaidArrays",
    "SaidOfRivalsArrays",
    "Sides",
    "Sizes",
    "Sources",
]


type Numbers = Any  # of floats: an array, or a tensor that stands for one


class Sizes(NamedTuple):
    """How many there are of each kind; each an integer ().

    ``arguments`` are the first of the ``views``: what counts for an argument as such,
    before what counts for it on one scenario. ``vectors`` are accounts of sets of
    rivals as a whole, ``units`` camps and arguments on these, ``rivals`` scenarios that
    have some.
    """

    scenarios: Indices
    sources: Indices
    links: Indices
    interests: Indices
    noticed: Indices
    nones: Indices
    arguments: Indices
    views: Indices
    camps: Indices
    vectors: Indices
    units: Indices
    sets: Indices
    rivals: Indices
    bonds: Indices


class Sources(NamedTuple):
    """Who says something [source].

    Attributes
    ----------
    grade : int
        Index of its letter in ``GRADES``; any for F, whose share in its grade's shift
        is 0.
    shifted : float
        That share, else 1.
    deceives : float
        Probability that what it says of a target is the reverse of the truth.
    """

    grade: Indices
    shifted: Numbers
    deceives: Numbers


class Claims(NamedTuple):
    """What was said, once however often it was repeated [claim].

    Attributes
    ----------
    speaker : int
        Source that said it.
    credibility : int
        Index of its digit in ``DIGITS``; any for digit 6, whose share is 0.
    share : float
        Share of the digit in the pool with the source: one half, or 0 for digit 6.
    heard : float
        1 where the speaker itself was heard, 0 where it was only relayed.
    """

    speaker: Indices
    credibility: Indices
    share: Numbers
    heard: Numbers


class Relays(NamedTuple):
    """Which claims were relayed, by whom: two indices [relay]."""

    claim: Indices
    source: Indices


class SaidArrays(NamedTuple):
    """What a claim says of a target [said].

    Attributes
    ----------
    claim : int
    strength : int
        Which strength: a word's by its index in ``WORDS``, then those that are stated.
    freshness : float
        What ageing has left of the tilt, in (0, 1].
    side : int
        The side of the account that it is on.
    """

    claim: Indices
    strength: Indices
    freshness: Numbers
    side: Indices


class Sides(NamedTuple):
    """The claims of an account that speak one way [side].

    Attributes
    ----------
    account : int
    sign : float
        1 where they support the target, -1 where they oppose it.
    turned : float
        1 for those that are rather genuine than deception; -1 for those that are rather
        the reverse of the truth, of which only a source that deceives has a side.
    pull : float
        A given interest, towards what the claims say.
    interest : int
        Index of a learned interest; any where ``learned`` is 0.
    learned : float
        1 or -1 as the claims support or oppose the target, 0 where none is learned.
    counted : float
        1 where the account is one on the target itself; 0 where it is seen again, as a
        scenario's view of an argument: what it teaches counts once.
    """

    account: Indices
    sign: Numbers
    turned: Numbers
    pull: Numbers
    interest: Indices
    learned: Numbers
    counted: Numbers


class AccountsArrays(NamedTuple):
    """What one source says of one target: source and camp [account]."""

    source: Indices
    camp: Indices


class Camps(NamedTuple):
    """What one camp says of one target: the targets.

    Attributes
    ----------
    seat, seen : int [seat]
        Camps on arguments, which come first, and the views that they are part of: most
        often all views of the argument.
    scenario : [camp on a scenario]
        Those that follow.
    rivals : [account of a single rival]
        The last, each for itself: the set of rivals.
    """

    seat: Indices
    seen: Indices
    scenario: Indices
    rivals: Indices


class Reasons(NamedTuple):
    """The bearings of arguments on scenarios [reason].

    Attributes
    ----------
    seen : int
        The view of the argument that counts here.
    strength, sign
        As of ``SaidArrays`` and ``Sides``.
    scenario : int [reason on a scenario without rivals]
        These come first.
    """

    seen: Indices
    strength: Indices
    sign: Numbers
    scenario: Indices


class SaidOfRivalsArrays(NamedTuple):
    """What claims say of sets of rivals.

    Attributes
    ----------
    claim, freshness : [said of a set]
    reversal : float [said of a set]
        How far its source's deception takes away from what is genuine.
    account : int [said of a set]
    row, slot : int [likelihood]
        What was said, and the account's answer, that each likelihood belongs to.
    strength, sign : [likelihood]
        Its logarithm: a strength times a sign, which is 0 where the rival is not named.
    slot_account : int [slot]
        The account of each slot: one slot for each account and answer.
    """

    claim: Indices
    freshness: Numbers
    reversal: Numbers
    account: Indices
    row: Indices
    slot: Indices
    strength: Indices
    sign: Numbers
    slot_account: Indices


class Contributions(NamedTuple):
    """What camps and arguments say of the answers of sets of rivals.

    Attributes
    ----------
    weight : int [contribution]
        Which weight: of all camps, then of all reasons, then of all slots.
    share : float [contribution]
        What is added of it: of a weight on a single rival 1 - 1 / n for itself and -1 /
        n for each other answer.
    part : int [contribution]
        A camp's, or an argument's, part in an answer that it is added to.
    unit : int [part]
        The camp or argument.
    answer : int [part]
    """

    weight: Indices
    share: Numbers
    part: Indices
    unit: Indices
    answer: Indices


class Answers(NamedTuple):
    """The answers of all sets of rivals [answer].

    Attributes
    ----------
    rivals : int
        The set.
    prior : int
        Whose prior: of all scenarios, then of all sets' ``none``.
    log_allowed : float
        0, or minus infinity where it is known not to be the answer; in the first case
        plus what the absence of indicators says of it, in nats.
    """

    rivals: Indices
    prior: Indices
    log_allowed: Numbers


class ClockArrays(NamedTuple):
    """What the day leaves open of each scenario [scenario].

    Attributes
    ----------
    passed : float
        Share of the window that has been looked at, in [0, 1]; of one that occurred on
        a known day, the share until then.
    missed : float
        Probability that it is not settled here though it has occurred; 0 where that is
        unknown.
    noticed : int
        Which unknown says so; any where ``unknown`` is 0.
    unknown : float
        1 where it is unknown, else 0.
    dated : float
        1 where it is known on which day it occurred, of the window's hazard; else 0.
    log_allowed_no, log_allowed_yes : float
        0 where that outcome is possible, minus infinity where the other is known; in
        the first case plus what the absence of indicators says of it, in nats.
    """

    passed: Numbers
    missed: Numbers
    noticed: Indices
    unknown: Numbers
    dated: Numbers
    log_allowed_no: Numbers
    log_allowed_yes: Numbers


class Bonds(NamedTuple):
    """What one source reports on both ends of a link.

    Attributes
    ----------
    link : int [pair]
        The bond of the link; a pair is a source's on a link.
    claim, strength, sign, freshness : [said of an end]
    end : int [said of an end]
        Twice the pair, and one more where it is said of the effect.
    """

    link: Indices
    claim: Indices
    strength: Indices
    sign: Numbers
    freshness: Numbers
    end: Indices


class Arrays(NamedTuple):
    """All the data of the likelihood.

    Attributes
    ----------
    location, scale : float [unknown]
        Of each unknown.
    stated : float [stated]
        Strengths that are numbers, in nats.
    """

    size: Sizes
    location: Numbers
    scale: Numbers
    stated: Numbers
    source: Sources
    claim: Claims
    relay: Relays
    said: SaidArrays
    side: Sides
    account: AccountsArrays
    camp: Camps
    reason: Reasons
    of_rivals: SaidOfRivalsArrays
    contribution: Contributions
    answer: Answers
    clock: ClockArrays
    bond: Bonds
    joint: Joint

    def of_camps(self, camps: Integers) -> "Arrays":
        """Keep only what some camps say, and number these anew, in ascending order."""
        accounts = np.isin(self.account.camp, camps)
        sides = accounts[self.side.account]
        said = sides[self.said.side]
        kept, claim = self.of_claims(self.said.claim[said])
        account, side = _rows(self.account, accounts), _rows(self.side, sides)
        return kept._replace(
            size=self.size._replace(camps=np.array(len(camps))),
            said=_rows(self.said, said)._replace(
                claim=claim, side=(np.cumsum(sides) - 1)[self.said.side[said]]
            ),
            side=side._replace(account=(np.cumsum(accounts) - 1)[side.account]),
            account=account._replace(camp=np.searchsorted(camps, account.camp)),
        )

    def of_claims(self, claims: Integers) -> tuple["Arrays", Integers]:
        """Keep only some claims, and return the numbers that they have then."""
        kept, claim = np.unique(claims, return_inverse=True)
        relays = _rows(self.relay, np.isin(self.relay.claim, kept))
        relays = relays._replace(claim=np.searchsorted(kept, relays.claim))
        return self._replace(claim=_rows(self.claim, kept), relay=relays), claim

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


def _rows(group: Any, rows: Any) -> Any:
    return group._make(array[rows] for array in group)


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


def _placed() -> Arrays:
    """Number the arrays by their words in the header."""
    words = iter(range(_FIRST, _FIRST + len(_FIELDS)))
    return Arrays._make(
        _GROUPS[name](*(next(words) for _ in _GROUPS[name]._fields))
        if name in _GROUPS
        else next(words)
        for name in Arrays._fields
    )


PLACES = _placed()
"""Which word of a packed vector says where an array begins; the next, where it ends."""

PACKING = int.from_bytes(
    hashlib.sha256(
        repr([(name, kind is Indices) for name, kind in _FIELDS]).encode()
    ).digest()[:7]
)
"""A number for this declaration, by which a reader knows what it was made for."""
