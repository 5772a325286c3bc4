"""Who says what of what: a casebook's reports by target, account and claim.

What bears on a target is gathered by the source that said it, its *account* of the
target (one source, however many claims), and sources speak by *camps*. Three rules
decide what counts, and all of them stand here:

- a claim counts once, by the source that said it first; who relayed it only tells
  whether that source said it;
- a report speaks to a scenario by one road: itself, or through one argument;
- what was published after a scenario's outcome was known is no foresight of it, and
  ageing stops at that day.

So an argument can count for a scenario with fewer reports than it has: then the
scenario has a *view* of it that is its own.

All is plain data that compares by value: two targets with equal testimony weigh the
same, whatever casebooks they stand in.
"""

import datetime
import math
from collections.abc import Collection, Mapping
from typing import Literal, NamedTuple

from deciban.evidence import DECIBANS_PER_NAT, Bearing, Report, Source
from deciban.evidence.items import Strength
from deciban.model.casebook.casebook import Casebook
from deciban.priors import ArgumentBearing, Rivals, Scales
from deciban.priors.scales import PULL

__all__ = [
    "Account",
    "Claim",
    "Magnitude",
    "Reason",
    "Said",
    "SaidOfRivals",
    "Target",
    "Testimony",
    "VectorAccount",
    "testimony",
]

type Magnitude = Strength | float  # a word, or nats, not below 0
type PullTowards = float | Literal["learned"]  # towards the target's being so


class Claim(NamedTuple):
    """What a source said, once however often it was repeated.

    Attributes
    ----------
    speaker : str
        Id of the source that said it first.
    credibility : int
        Digit, 1 to 6.
    relays : tuple of str
        Ids of the sources through which it was heard; empty where the speaker was.
    report : str
        Id of the report that brought it.
    """

    speaker: str
    credibility: int
    relays: tuple[str, ...]
    report: str


class Said(NamedTuple):
    """What one claim says of one target.

    Attributes
    ----------
    claim : Claim
    size : str or float
        How diagnostic it is if it is genuine: a word, or nats.
    sign : int
        1 where it supports the target, -1 where it opposes it.
    freshness : float
        What ageing has left of the tilt, in (0, 1].
    """

    claim: Claim
    size: Magnitude
    sign: int
    freshness: float


class Account(NamedTuple):
    """What one source says of one target: all its claims on it.

    Attributes
    ----------
    speaker : str
    camp : (str, str)
        Kind and id: a camp, or the source itself.
    pull : float or "learned"
        Its interest in the target, towards its being so, in (-1, 1).
    deceives : float
        Probability that the account is the reverse of the truth.
    said : tuple of Said
        What has a direction.
    """

    speaker: str
    camp: tuple[str, str]
    pull: PullTowards
    deceives: float
    said: tuple[Said, ...]


class SaidOfRivals(NamedTuple):
    """What one claim says of a set of rivals.

    Attributes
    ----------
    claim : Claim
    log_likelihoods : tuple of (str or float, int)
        Of each answer: a word's size and sign, or nats and 1; the logarithm of its
        likelihood is their product.
    freshness : float
    """

    claim: Claim
    log_likelihoods: tuple[tuple[Magnitude, int], ...]
    freshness: float


class VectorAccount(NamedTuple):
    """What one source says of a set of rivals, all its claims on the whole set."""

    speaker: str
    camp: tuple[str, str]
    deceives: float
    said: tuple[SaidOfRivals, ...]


class Reason(NamedTuple):
    """An argument's bearing on a scenario.

    Attributes
    ----------
    argument : str
    size : str or float
    sign : int
    view : tuple of Account
        What counts for the argument here.
    """

    argument: str
    size: Magnitude
    sign: int
    view: tuple[Account, ...]


class Target(NamedTuple):
    """All that bears on a scenario, an argument, or a set of rivals.

    Attributes
    ----------
    accounts : tuple of Account
        On the target itself; of a set of rivals, none.
    reasons : tuple of Reason
        Arguments on a scenario.
    """

    accounts: tuple[Account, ...]
    reasons: tuple[Reason, ...] = ()


class Testimony(NamedTuple):
    """All that bears on anything, in the order of ids.

    Attributes
    ----------
    arguments, scenarios : dict of Target
        By id; of a rival, what bears on it alone.
    rivals : dict of tuple of VectorAccount
        What bears on a set as a whole, by id.
    """

    arguments: Mapping[str, tuple[Account, ...]]
    scenarios: Mapping[str, Target]
    rivals: Mapping[str, tuple[VectorAccount, ...]]

    def only(self, targets: Collection[tuple[str, str]]) -> "Testimony":
        """Leave out what bears on others; of rivals, by scenario or set."""
        nothing = Target(())
        return Testimony(
            {
                name: said if ("argument", name) in targets else ()
                for name, said in self.arguments.items()
            },
            {
                name: target if ("scenario", name) in targets else nothing
                for name, target in self.scenarios.items()
            },
            {
                name: said if ("rivals", name) in targets else ()
                for name, said in self.rivals.items()
            },
        )


def testimony(known: Casebook, as_of: datetime.date) -> Testimony:
    """Gather what counts for each target.

    Parameters
    ----------
    known : Casebook
        Cut back to the day, and in the order of ids: ``as_of`` and ``ordered`` give it.
    as_of : date
        The day.
    """
    return _Gathering(known, as_of).testimony()


class _Gathering:
    """The tables that gathering looks up."""

    def __init__(self, known: Casebook, as_of: datetime.date) -> None:
        priors, evidence = known.priors, known.evidence
        self.as_of = as_of
        self.priors = priors
        self.scales = priors.scales
        self.half_life = priors.half_life_days
        self.sources = {source.id: source for source in evidence.sources}
        self.set_of = {s: r for r in priors.rivals for s in r.scenarios}
        self.last_day = known.last_days(as_of)
        self.occurred = {s for s, o in known.outcomes().items() if o.occurred}
        # By argument how much it would say of each scenario, were it certain.
        self.reach = {
            argument.id: [
                (reason.scenario, _half_angle(reason, self.scales))
                for reason in argument.bears_on
            ]
            for argument in priors.arguments
        }
        relays = evidence.relays()
        self.claims = {
            report.id: Claim(
                report.speaker, report.credibility, relays[report.id], report.id
            )
            for report in evidence.reports
            if report.repeats is None
        }
        # What bears on each target, and by what.
        self.borne: dict[tuple[str, str], list[tuple[Report, Bearing]]] = {}
        for report in evidence.reports:
            for bearing in report.bears_on:
                self.borne.setdefault(bearing.target, []).append((report, bearing))
        self.roads = {
            report.id: self._roads(report)
            for report in evidence.reports
            if any(b.argument is not None for b in report.bears_on)
        }

    def testimony(self) -> Testimony:
        arguments = {
            a.id: self._accounts(("argument", a.id), self.as_of)
            for a in self.priors.arguments
        }
        reasons: dict[str, list[Reason]] = {s.id: [] for s in self.priors.scenarios}
        for argument in self.priors.arguments:
            for bearing in argument.bears_on:
                size, sign = _measured(bearing)
                view = self._view(argument.id, bearing.scenario, arguments[argument.id])
                reasons[bearing.scenario].append(Reason(argument.id, size, sign, view))
        return Testimony(
            arguments,
            {
                s.id: Target(
                    self._accounts(("scenario", s.id), self.last_day[s.id]),
                    tuple(reasons[s.id]),
                )
                for s in self.priors.scenarios
            },
            {r.id: self._vector_accounts(r) for r in self.priors.rivals},
        )

    def _accounts(
        self,
        target: tuple[str, str],
        until: datetime.date,
        only: frozenset[str] | None = None,
    ) -> tuple[Account, ...]:
        said: dict[str, list[Said]] = {}
        for report, bearing in self.borne.get(target, ()):
            if report.published > until or (only is not None and report.id not in only):
                continue
            size, sign = _measured(bearing)
            if size == 0:  # it has no direction, and says nothing
                continue
            freshness = self._freshness(report, until)
            said.setdefault(report.speaker, []).append(
                Said(self.claims[report.id], size, sign, freshness)
            )
        return tuple(
            Account(
                speaker,
                _camp(self.sources[speaker]),
                _pull(self.sources[speaker], target),
                self.sources[speaker].deceives,
                tuple(said[speaker]),
            )
            for speaker in sorted(said)
        )

    def _view(
        self, argument: str, scenario: str, whole: tuple[Account, ...]
    ) -> tuple[Account, ...]:
        """What counts for an argument on a scenario; most often all that is on it."""
        borne = self.borne.get(("argument", argument), ())
        until = self.last_day[scenario]
        only = frozenset(
            report.id
            for report, _ in borne
            if self.roads[report.id].get(scenario) == argument
        )
        if len(only) == len(borne) and until == self.as_of:
            return whole
        return self._accounts(("argument", argument), until, only)

    def _roads(self, report: Report) -> dict[str, str]:
        """Argument by which a report speaks to each scenario that it does not bear on.

        That through which it would say most; the first by id, where two say as much.
        """
        roads: dict[str, tuple[float, str]] = {}
        for bearing in report.bears_on:
            if bearing.argument is None:
                continue
            size = -_half_angle(bearing, self.scales)
            for scenario, reach in self.reach[bearing.argument]:
                road = size * reach, bearing.argument
                roads[scenario] = min(road, roads.get(scenario, road))
        itself = {b.scenario for b in report.bears_on}
        sets = {b.rivals for b in report.bears_on} - {None}
        return {
            scenario: argument
            for scenario, (_, argument) in roads.items()
            if scenario not in itself
            and not (scenario in self.set_of and self.set_of[scenario].id in sets)
        }

    def _vector_accounts(self, rivals: Rivals) -> tuple[VectorAccount, ...]:
        answers = rivals.answers
        # One that did not occur leaves the others open.
        until = next(
            (self.last_day[s] for s in rivals.scenarios if s in self.occurred),
            self.as_of,
        )
        said: dict[str, list[SaidOfRivals]] = {}
        for report, bearing in self.borne.get(("rivals", rivals.id), ()):
            if report.published > until:
                continue
            said.setdefault(report.speaker, []).append(
                SaidOfRivals(
                    self.claims[report.id],
                    tuple(bearing.of_answer(answer) for answer in answers),
                    self._freshness(report, until),
                )
            )
        return tuple(
            VectorAccount(
                speaker,
                _camp(self.sources[speaker]),
                self.sources[speaker].deceives,
                tuple(said[speaker]),
            )
            for speaker in sorted(said)
        )

    def _freshness(self, report: Report, until: datetime.date) -> float:
        if self.half_life is None or not report.ages:
            return 1.0
        return math.exp2(-(until - report.published).days / self.half_life)


def _camp(source: Source) -> tuple[str, str]:
    return ("camp", source.camp) if source.camp else ("source", source.id)


def _pull(source: Source, target: tuple[str, str]) -> PullTowards:
    if isinstance(source.interest, str):
        return source.interest
    for interest in source.interest:
        if interest.target == target:
            size = PULL[interest.pull]
            return size if interest.wants == "believed" else -size
    return 0.0


def _measured(bearing: Bearing | ArgumentBearing) -> tuple[Magnitude, int]:
    """Magnitude and sign of the log-likelihood ratio of a bearing."""
    if isinstance(bearing.likelihoods, tuple):
        yes, no = bearing.likelihoods
        nats = math.log(yes) - math.log(no)
        return abs(nats), -1 if nats < 0 else 1
    sign = 1 if bearing.direction == "supports" else -1
    if bearing.decibans is not None:
        return bearing.decibans / DECIBANS_PER_NAT, sign
    assert bearing.strength is not None  # the file refuses a bearing without a measure
    return bearing.strength, sign


def _half_angle(bearing: Bearing | ArgumentBearing, scales: Scales) -> float:
    """Return tanh(|l| / 2) at the median of a word."""
    size, _ = _measured(bearing)
    if isinstance(size, str):
        size = scales.strength[size].decibans / DECIBANS_PER_NAT
    return math.tanh(size / 2)
