r"""From a casebook to arrays: everything the likelihood needs, as numbers and indices.

Everything unknown is one vector of independent standard normals, :math:`z`. A location
and a scale turn each place of it into a log-odds, a log-strength or a shift; which
place is whose is the ``Layout``. All else that tells one casebook from another is data,
in ``Arrays``: who said what, what it bears on, which joint outcomes are possible.

Items are taken in the order of their ids, so that a casebook gives the same numbers in
whatever order it was written.
"""

import datetime
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass
from functools import lru_cache
from typing import Any, NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray

from evidence import DECIBANS_PER_NAT, Bearing, Report, Source
from model.casebook import Casebook
from model.joint import Indices, Joint, joint
from priors import Argument, ArgumentBearing, Scenario
from priors.scales import Digit, Word

__all__ = [
    "DIGITS",
    "FLAT_NAMES",
    "SCALAR_NAMES",
    "WORDS",
    "Arrays",
    "Bearings",
    "Claims",
    "Clock",
    "Design",
    "Layout",
    "Relays",
    "Sizes",
    "Targets",
    "design",
]

type Floats = NDArray[np.float64]
type Integers = NDArray[np.int64]

type Numbers = Any  # of floats: an array, or a tensor that stands for one

DIGITS: tuple[Digit, ...] = get_args(Digit.__value__)
WORDS: tuple[Word, ...] = get_args(Word.__value__)

# A clock that has run out leaves no chance: that outcome is not allowed. In place of a
# share of 0, whose logarithm has no gradient, stands the smallest number.
_NO_TIME = float(np.finfo(float).tiny)


class Layout(NamedTuple):
    """How many places of :math:`z` there are for what differs between casebooks.

    The digits, the words and the calibration come first, then scenarios, sources and
    links: see ``places``.
    """

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
            "digit": len(DIGITS),
            "word": len(WORDS),
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

    def roomy(self, step: int = 16) -> "Layout":
        """Round each number up to a multiple of ``step``: room to grow."""
        return Layout(*(max(1, math.ceil(n / step)) * step for n in self))


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
        lengths = _integers(len(value) for value in flat.values())
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


@dataclass(frozen=True)
class Design:
    """A casebook as of a day: the arrays, and the names of what they index.

    Attributes
    ----------
    scenarios, sources, arguments, claims : tuple of str
        Ids in the order of their index; a claim has the id of its report.
    links : tuple of (str, str)
        Cause and effect of each link.
    bearings : tuple of (str, str, str)
        Report, kind of target and target of each bearing of a report, those on
        scenarios first.
    argument_bearings : tuple of (str, str)
        Argument and scenario of each bearing of an argument.
    layout : Layout
        Places of :math:`z`, spare ones included.
    arrays : Arrays
        What the likelihood takes.
    """

    scenarios: tuple[str, ...]
    sources: tuple[str, ...]
    arguments: tuple[str, ...]
    claims: tuple[str, ...]
    links: tuple[tuple[str, str], ...]
    bearings: tuple[tuple[str, str, str], ...]
    argument_bearings: tuple[tuple[str, str], ...]
    layout: Layout
    arrays: Arrays

    @property
    def n_direct(self) -> int:
        """Number of bearings of reports on scenarios themselves."""
        return sum(kind == "scenario" for _, kind, _ in self.bearings)

    def coords(self) -> dict[str, list[str]]:
        """Return the labels of every named dimension, those of spare places empty.

        ``bearing`` is what bears on a scenario: reports first, then arguments.
        """
        layout = self.layout
        digits = [str(digit) for digit in DIGITS]
        scenarios = _padded(self.scenarios, layout.scenarios)
        sources = _padded(self.sources, layout.sources)
        links = _padded([f"{a} -> {b}" for a, b in self.links], layout.links)
        kinds: dict[str, Sequence[str]] = {
            "digit": digits,
            "word": WORDS,
            "calibration": ["words"],
            "scenario": scenarios,
            "source": sources,
            "link": links,
        }
        return {
            "unknown": [
                f"{kind} {label}" if label else ""
                for kind in layout.places()
                for label in kinds[kind]
            ],
            "scenario": scenarios,
            "source": sources,
            "link": links,
            "digit": digits,
            "word": list(WORDS),
            "argument": list(self.arguments),
            "report_bearing": [f"{a} -> {kind} {b}" for a, kind, b in self.bearings],
            "argument_bearing": [f"{a} -> {b}" for a, b in self.argument_bearings],
            "bearing": [f"{a} -> {b}" for a, b in self.on_scenarios],
        }

    @property
    def on_scenarios(self) -> list[tuple[str, str]]:
        """Report or argument, and scenario, of all that bears on a scenario."""
        direct = self.bearings[: self.n_direct]
        return [*((a, b) for a, _, b in direct), *self.argument_bearings]

    @property
    def in_use(self) -> Integers:
        """Places of :math:`z` that are not spare."""
        labels = self.coords()["unknown"]
        return _integers(i for i, label in enumerate(labels) if label)


def design(
    casebook: Casebook, as_of: datetime.date, layout: Layout | None = None
) -> Design:
    """Lay a casebook out as arrays, with what was known on a day.

    Parameters
    ----------
    casebook : Casebook
        The whole casebook; what came after ``as_of`` is left out here.
    as_of : datetime.date
        Up to and with this day reports and outcomes are known.
    layout : Layout, optional
        Places to fill, so that a kept density serves; by default as many as are needed.

    Raises
    ------
    ValueError
        If the layout has too few places.
    """
    known = casebook.as_of(as_of).ordered()
    priors, sources = known.priors, known.evidence.sources
    claims = [report for report in known.evidence.reports if report.repeats is None]
    needed = Layout(len(priors.scenarios), len(sources), len(priors.links))
    layout = layout or needed
    if any(places < n for places, n in zip(layout, needed, strict=True)):
        raise ValueError(f"must have a layout with places for {needed}, got {layout}")

    scenario = _index(priors.scenarios)
    source = _index(sources)
    relays = known.evidence.relays()
    argument = _index(priors.arguments)
    said = [(i, b) for i, report in enumerate(claims) for b in report.bears_on]
    direct = [(i, b) for i, b in said if b.scenario is not None]
    testimony = [(i, b) for i, b in said if b.argument is not None]
    reasoning = [(i, b) for i, a in enumerate(priors.arguments) for b in a.bears_on]
    location, scale = _locations_and_scales(known, layout)
    return Design(
        scenarios=tuple(scenario),
        sources=tuple(source),
        arguments=tuple(argument),
        claims=tuple(report.id for report in claims),
        links=tuple((link.if_, link.then) for link in priors.links),
        bearings=tuple((claims[i].id, *_target(b)) for i, b in direct + testimony),
        argument_bearings=tuple(
            (priors.arguments[i].id, b.scenario) for i, b in reasoning
        ),
        layout=layout,
        arrays=Arrays(
            location=location,
            scale=scale,
            claim=_claims(claims, source, relays, priors.half_life_days, as_of),
            relay=_relays(claims, source, relays),
            bearing=_bearings(direct + testimony),
            argument_bearing=_bearings(reasoning),
            target=Targets(
                scenario=_integers(
                    [scenario[b.scenario or ""] for _, b in direct]
                    + [scenario[b.scenario] for _, b in reasoning]
                ),
                argument=_integers(argument[b.argument or ""] for _, b in testimony),
            ),
            size=Sizes(*(np.array(n) for n in (*layout, len(argument)))),
            clock=_clock(priors.scenarios, layout.scenarios, as_of),
            joint=_joint(
                layout.scenarios,
                tuple(
                    (scenario[link.if_], scenario[link.then]) for link in priors.links
                ),
            ),
        ),
    )


# Links seldom change, and the tables of large sets take longest of all.
_joint = lru_cache(maxsize=16)(joint)


def _index(items: Iterable[Scenario | Source | Argument]) -> dict[str, int]:
    return {item.id: i for i, item in enumerate(items)}


def _target(bearing: Bearing) -> tuple[str, str]:
    """Kind and id of what a report's bearing bears on."""
    if bearing.scenario is not None:
        return "scenario", bearing.scenario
    return "argument", bearing.argument or ""


def _locations_and_scales(known: Casebook, layout: Layout) -> tuple[Floats, Floats]:
    scales = known.priors.scales
    reliabilities = [scales.reliability[s.reliability] for s in known.evidence.sources]
    credibilities = [scales.credibility[digit] for digit in DIGITS]
    strengths = [scales.strength[word] for word in WORDS]
    pairs: dict[str, list[tuple[float, float]]] = {
        "scenario": [
            astuple(scenario.prior.distribution())
            for scenario in known.priors.scenarios
        ],
        "source": [(grade.location, grade.sd) for grade in reliabilities],
        "link": [astuple(known.link_shift(link)) for link in known.priors.links],
        "digit": [(grade.location, grade.sd) for grade in credibilities],
        "word": [(math.log(word.decibans), word.log_sd) for word in strengths],
        "calibration": [(0.0, scales.calibration_log_sd)],
    }
    both = np.zeros((2, layout.size))
    for kind, places in layout.places().items():
        for i, pair in enumerate(pairs[kind], places.start):
            both[:, i] = pair
    return both[0], both[1]


def _claims(
    claims: Sequence[Report],
    source: Mapping[str, int],
    relays: Mapping[str, Sequence[str]],
    half_life_days: float | None,
    as_of: datetime.date,
) -> Claims:
    def freshness(report: Report) -> float:
        if half_life_days is None or not report.ages:
            return 1.0
        age_days = (as_of - report.published).days
        return math.exp2(-age_days / half_life_days)

    digits = [report.credibility for report in claims]
    return Claims(
        source=_integers(source[report.speaker] for report in claims),
        credibility=_integers(DIGITS.index(d) if d in DIGITS else 0 for d in digits),
        share=_floats(0.5 if digit in DIGITS else 0.0 for digit in digits),
        heard=_floats(float(not relays[report.id]) for report in claims),
        freshness=_floats(map(freshness, claims)),
    )


def _relays(
    claims: Sequence[Report],
    source: Mapping[str, int],
    relays: Mapping[str, Sequence[str]],
) -> Relays:
    pairs = [
        (i, source[relay])
        for i, report in enumerate(claims)
        for relay in relays[report.id]
    ]
    return Relays(_integers(i for i, _ in pairs), _integers(k for _, k in pairs))


def _bearings(given: Sequence[tuple[int, Bearing | ArgumentBearing]]) -> Bearings:
    bearings = [bearing for _, bearing in given]
    return Bearings(
        giver=_integers(i for i, _ in given),
        word=_integers(WORDS.index(b.strength) if b.strength else 0 for b in bearings),
        sign=_floats(_sign(b) if b.strength else 0.0 for b in bearings),
        tilt=_floats(map(_stated_tilt, bearings)),
    )


def _sign(bearing: Bearing | ArgumentBearing) -> float:
    return 1.0 if bearing.direction == "supports" else -1.0


def _stated_tilt(bearing: Bearing | ArgumentBearing) -> float:
    """Half-angle form of a stated likelihood ratio, tanh(l / 2); 0 for a word."""
    if bearing.likelihoods is not None:
        yes, no = bearing.likelihoods
        return (yes - no) / (yes + no)
    if bearing.decibans is not None:
        return _sign(bearing) * math.tanh(bearing.decibans / DECIBANS_PER_NAT / 2)
    return 0.0


def _clock(scenarios: Sequence[Scenario], places: int, as_of: datetime.date) -> Clock:
    remaining = np.ones(places)
    log_allowed = np.zeros((2, places))
    for i, scenario in enumerate(scenarios):
        outcome, day = scenario.outcome, as_of
        if outcome is not None:
            if outcome.occurred is not None:
                log_allowed[1 - outcome.occurred, i] = -np.inf
                continue
            day = outcome.on  # annulled: nobody watches any longer, so its clock stops
        if scenario.hazard == "constant":
            window = (scenario.closes - scenario.opens).days
            share = (scenario.closes - day).days / window
            remaining[i] = min(max(share, _NO_TIME), 1.0)
            if share <= 0:
                log_allowed[1, i] = -np.inf
    return Clock(remaining, log_allowed[0], log_allowed[1])


def _padded(labels: Sequence[str], places: int) -> list[str]:
    return [*labels, *[""] * (places - len(labels))]


def _integers(values: Iterable[int]) -> Integers:
    return np.fromiter(values, dtype=np.int64)


def _floats(values: Iterable[float]) -> Floats:
    return np.fromiter(values, dtype=np.float64)
