r"""From a casebook to arrays: everything the likelihood needs, as numbers and indices.

A location and a scale turn each place of :math:`z` into a log-odds, a log-strength or a
shift; which place is whose is the ``Layout``. All else that tells one casebook from
another is data, in ``Arrays``.

Items are taken in the order of their ids, so that a casebook gives the same numbers in
whatever order it was written.
"""

import datetime
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from deciban.evidence import DECIBANS_PER_NAT, Bearing, Report, Source
from deciban.model.casebook.casebook import Casebook
from deciban.model.likelihood.arrays import (
    Arrays,
    Bearings,
    Claims,
    Clock,
    Relays,
    Sizes,
    Targets,
)
from deciban.model.likelihood.joint import joint
from deciban.model.likelihood.layout import DIGITS, WORDS, Layout
from deciban.priors import Argument, ArgumentBearing, Scenario

__all__ = ["Design", "design"]

type Floats = NDArray[np.float64]
type Integers = NDArray[np.int64]

# A clock that has run out leaves no chance: that outcome is not allowed. In place of a
# share of 0, whose logarithm has no gradient, stands a number whose inverse is finite.
_NO_TIME = 1e-200


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
        Places of :math:`z`.
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
        """Return the labels of every named dimension.

        ``bearing`` is what bears on a scenario: reports first, then arguments.
        """
        unknown: dict[str, list[str]] = {
            "digit": [str(digit) for digit in DIGITS],
            "word": list(WORDS),
            "calibration": ["words"],
            "scenario": list(self.scenarios),
            "source": list(self.sources),
            "link": [f"{a} -> {b}" for a, b in self.links],
        }
        return {
            "unknown": [
                f"{kind} {label}"
                for kind in self.layout.sizes()
                for label in unknown[kind]
            ],
            **{
                kind: labels
                for kind, labels in unknown.items()
                if kind != "calibration"
            },
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


def design(casebook: Casebook, as_of: datetime.date) -> Design:
    """Lay a casebook out as arrays, with what was known on a day.

    Parameters
    ----------
    casebook : Casebook
        The whole casebook; what came after ``as_of`` is left out here.
    as_of : datetime.date
        Up to and with this day reports and outcomes are known.
    """
    known = casebook.as_of(as_of).ordered()
    priors = known.priors
    layout = Layout(
        len(priors.scenarios), len(known.evidence.sources), len(priors.links)
    )
    said = _said(known)
    return Design(
        scenarios=tuple(scenario.id for scenario in priors.scenarios),
        sources=tuple(source.id for source in known.evidence.sources),
        arguments=tuple(argument.id for argument in priors.arguments),
        claims=tuple(report.id for report in said.claims),
        links=tuple((link.if_, link.then) for link in priors.links),
        bearings=tuple((said.claims[i].id, *_target(b)) for i, b in said.by_reports),
        argument_bearings=tuple(
            (priors.arguments[i].id, b.scenario) for i, b in said.by_arguments
        ),
        layout=layout,
        arrays=_arrays(known, said, layout, as_of),
    )


class _Said(NamedTuple):
    """What bears on what, each with the index of the claim or argument that bears."""

    claims: Sequence[Report]
    direct: Sequence[tuple[int, Bearing]]
    testimony: Sequence[tuple[int, Bearing]]
    by_arguments: Sequence[tuple[int, ArgumentBearing]]

    @property
    def by_reports(self) -> list[tuple[int, Bearing]]:
        return [*self.direct, *self.testimony]


def _said(known: Casebook) -> _Said:
    claims = [report for report in known.evidence.reports if report.repeats is None]
    said = [(i, b) for i, report in enumerate(claims) for b in report.bears_on]
    return _Said(
        claims=claims,
        direct=[(i, b) for i, b in said if b.scenario is not None],
        testimony=[(i, b) for i, b in said if b.argument is not None],
        by_arguments=[
            (i, b) for i, a in enumerate(known.priors.arguments) for b in a.bears_on
        ],
    )


def _arrays(
    known: Casebook, said: _Said, layout: Layout, as_of: datetime.date
) -> Arrays:
    priors, relays = known.priors, known.evidence.relays()
    scenario, argument = _index(priors.scenarios), _index(priors.arguments)
    source = _index(known.evidence.sources)
    location, scale = _locations_and_scales(known, layout)
    links = tuple((scenario[link.if_], scenario[link.then]) for link in priors.links)
    return Arrays(
        size=Sizes(*(np.array(n) for n in (*layout, len(argument)))),
        location=location,
        scale=scale,
        claim=_claims(said.claims, source, relays, priors.half_life_days, as_of),
        relay=_relays(said.claims, source, relays),
        bearing=_bearings(said.by_reports),
        argument_bearing=_bearings(said.by_arguments),
        target=_targets(said, scenario, argument),
        clock=_clock(priors.scenarios, as_of),
        joint=_joint(len(scenario), links),
    )


def _targets(
    said: _Said, scenario: Mapping[str, int], argument: Mapping[str, int]
) -> Targets:
    on_scenarios = [b.scenario or "" for _, b in said.direct]
    on_scenarios += [b.scenario for _, b in said.by_arguments]
    return Targets(
        scenario=_integers(scenario[name] for name in on_scenarios),
        argument=_integers(argument[b.argument or ""] for _, b in said.testimony),
    )


# Links seldom change, and the tables of nine scenarios take 1 ms, more than all else.
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


def _clock(scenarios: Sequence[Scenario], as_of: datetime.date) -> Clock:
    remaining = np.ones(len(scenarios))
    log_allowed = np.zeros((2, len(scenarios)))
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


def _integers(values: Iterable[int]) -> Integers:
    return np.fromiter(values, dtype=np.int64)


def _floats(values: Iterable[float]) -> Floats:
    return np.fromiter(values, dtype=np.float64)
