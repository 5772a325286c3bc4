"""On what a forecast rests: what it is without each part, and what would turn it.

Everything is read from draws of one fit. Pareto k says how far a reading can be
trusted: above 0.7 only a refit can tell, and what refits say takes its place.
"""

import datetime
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

import numpy as np

from deciban.evidence import DECIBANS_PER_NAT, Bearing, Report
from deciban.model.array_types import Floats
from deciban.model.casebook.casebook import Casebook
from deciban.model.casebook.changes import Change, changed
from deciban.model.casebook.without import changes_without
from deciban.model.likelihood.layout import DIGITS, GRADES, WORDS
from deciban.model.posterior.summary import can_tell
from deciban.model.posterior.what_if import Basis, Reading
from deciban.model.said import Said
from deciban.priors import Argument, ArgumentBearing

__all__ = [
    "Flip",
    "Influence",
    "LeftOut",
    "LeftOutKind",
    "Sensitivity",
    "casebook_without",
    "influence",
    "with_refits",
]

type LeftOutKind = Literal["report", "source", "origin", "argument", "camp"]
type Judgement = Literal["reliability", "credibility", "strength"]

_DRAWS = 500  # of which each reading takes some 10 ms for the shipped case
# A judgement changed by one step does at most so many times what leaving it out does.
_REACH = 1.5
_TRIED = 6  # judgements of a scenario that are tried, those that do most first
_ALPHAS = 0.99, 1.01
_SENSITIVE = 0.05


class LeftOut(Said):
    """What a part does: the forecasts with it, less those without it.

    Attributes
    ----------
    kind : str
        ``report``, with those that repeat it; ``source``, all that it published;
        ``origin``, all that it said first; ``argument``; ``camp``, all that its sources
        said first.
    id : str
    moves_db : dict of float
        By scenario, in dB of log-odds.
    pareto_k : float or None
    refit : str or None
        None where the draws of the fit tell it; else of a refit without the part:
        ``needed``; ``waits`` for a worker; or ``made``, and it says what is told here.
    """

    kind: LeftOutKind
    id: str
    moves_db: dict[str, float]
    pareto_k: float | None
    refit: Literal["needed", "waits", "made"] | None = None


class Flip(Said):
    """One judgement that, changed by one step, carries a forecast across a line.

    Attributes
    ----------
    scenario : str
    line : float
        The probability that is crossed.
    judgement : str
        ``reliability`` of a source, ``credibility`` of a report, or ``strength`` of a
        bearing.
    id : str
        Of the source, the report or the argument.
    on : str or None
        What the bearing is on.
    was, becomes : str
    before, after : float
        The forecast.
    """

    scenario: str
    line: float
    judgement: Judgement
    id: str
    on: str | None
    was: str
    becomes: str
    before: float
    after: float


class Sensitivity(Said):
    """How a forecast answers to a little more, or less, trust in priors or evidence.

    Power scaling [1]_: of the priors of all scenarios that hang together with it, and
    of the likelihood. Below .05 it hardly answers.

    References
    ----------
    .. [1] N. Kallioinen, T. Paananen, P.-C. Bürkner and A. Vehtari. *Detecting and
       diagnosing prior and likelihood sensitivity with power-scaling*. Statistics and
       Computing 34, 57 (2024).

    Attributes
    ----------
    scenario : str
    prior, evidence : float
    told : str
        In words.
    """

    scenario: str
    prior: float
    evidence: float
    told: str


class Influence(Said):
    """On what the forecasts of a case rest.

    Attributes
    ----------
    case : str
    as_of : date
    left_out : list of LeftOut
        Those that do most, on any scenario, first.
    flips : list of Flip
    sensitivity : list of Sensitivity
    """

    case: str
    as_of: datetime.date
    left_out: list[LeftOut]
    flips: list[Flip]
    sensitivity: list[Sensitivity]


def influence(
    basis: Basis,
    casebook: Casebook,
    as_of: datetime.date,
    lines: Sequence[float] = (0.5,),
    of_other_lines: Influence | None = None,
) -> Influence:
    """Leave out each part in turn, and look for single judgements that turn a forecast.

    Parameters
    ----------
    basis : Basis
        Draws of a fit.
    casebook : Casebook
        That was fitted, whole.
    as_of : date
        The day of the fit.
    lines : sequence of float
        Probabilities whose crossing is looked for, between 0 and 1.
    of_other_lines : Influence, optional
        Of the same draws: all but the flips, which no line changes, is taken from it.
    """
    doubt = _Doubt(basis, casebook, as_of)
    if of_other_lines is not None:
        flips = list(doubt.flips(of_other_lines.left_out, lines))
        return of_other_lines.model_copy(update={"flips": flips})
    left_out = _by_size(doubt.left_out())
    return Influence(
        case=casebook.case,
        as_of=as_of,
        left_out=left_out,
        flips=list(doubt.flips(left_out, lines)),
        sensitivity=list(_sensitivity(basis, doubt.open)),
    )


def casebook_without(
    casebook: Casebook, as_of: datetime.date, kind: LeftOutKind, name: str
) -> Casebook:
    """Leave a part out of what is known on a day, whose clock stays as it is.

    Parameters
    ----------
    casebook : Casebook
        The whole.
    as_of : date
        The day.
    kind, name : str
        As of ``LeftOut``.
    """
    known = casebook.as_of(as_of)
    if kind == "argument":
        changes = [_mute(next(a for a in known.priors.arguments if a.id == name))]
    else:
        gone = next(gone for *part, gone in _parts(known) if part == [kind, name])
        changes = changes_without(known, reports=gone)
    return _watched(changed(known, changes), known, as_of)


def _watched(casebook: Casebook, known: Casebook, as_of: datetime.date) -> Casebook:
    """Let somebody have looked when he had, whatever reports are left out."""
    looked = casebook.priors.model_copy(update={"reviewed": known.looked(as_of)})
    return casebook.followed_by(looked, casebook.evidence)


def with_refits(
    found: Influence,
    now: Mapping[str, float],
    refits: Mapping[tuple[LeftOutKind, str], Mapping[str, float]],
    otherwise: Literal["needed", "waits"] = "needed",
) -> Influence:
    """Put what refits say in the place of what the draws cannot tell.

    Parameters
    ----------
    found : Influence
        Read from draws.
    now : mapping of float
        The forecasts of the fit, by scenario.
    refits : mapping
        Those of refits, by kind and id of what each is without.
    otherwise : {"needed", "waits"}
        How the others stand.
    """

    def told(one: LeftOut) -> LeftOut:
        if one.refit is None:
            return one
        means = refits.get((one.kind, one.id))
        if means is None:
            return one.model_copy(update={"refit": otherwise})
        moves = {
            s: round(_decibans(now[s]) - _decibans(means[s]), 4) + 0.0
            for s in one.moves_db
        }
        return one.model_copy(update={"moves_db": moves, "refit": "made"})

    return found.model_copy(update={"left_out": _by_size(map(told, found.left_out))})


def _by_size(parts: Iterable[LeftOut]) -> list[LeftOut]:
    def size(one: LeftOut) -> float:
        return max(map(abs, one.moves_db.values()), default=0.0)

    return sorted(parts, key=size, reverse=True)


class _Step(NamedTuple):
    """A judgement changed by one step."""

    judgement: Judgement
    id: str
    on: str | None
    was: str
    becomes: str
    change: Change


class _Doubt:
    """Readings of one fit under casebooks that differ little from its own."""

    def __init__(self, basis: Basis, casebook: Casebook, as_of: datetime.date) -> None:
        self.basis = basis.thinned(_DRAWS)
        self.as_of = as_of
        self.known = _watched(casebook.as_of(as_of), casebook.as_of(as_of), as_of)
        self.own = self.basis.read(self.known, as_of)
        self.whole = self.basis.weigh(self.known, as_of, self.own.heard)
        self.now, _ = self._told(self.own)
        self.open = [s for s, odds in self.now.items() if math.isfinite(odds)]

    def _read(self, casebook: Casebook) -> tuple[dict[str, float], float | None]:
        """Weigh what is another; all else has the weights alone that are others."""
        watched = _watched(casebook, self.known, self.as_of)
        return self._told(self.basis.read(watched, self.as_of, self.own))

    def _told(self, reading: Reading) -> tuple[dict[str, float], float | None]:
        found: dict[str, float] = {}
        possible = reading.weights > 0
        weights = reading.weights[possible]
        for one in (self.whole, *reading.weighed):
            belief = one.belief
            with np.errstate(divide="ignore"):
                nats = np.log(weights @ belief.probability[possible])
                nats -= np.log(weights @ belief.complement[possible])
            decibans = (DECIBANS_PER_NAT * nats).tolist()
            found |= dict(zip(one.design.scenarios, decibans, strict=True))
        return found, reading.pareto_k

    def left_out(self) -> Iterator[LeftOut]:
        """Leave out each part; parts that are the same are read once."""
        read: dict[frozenset[str], tuple[dict[str, float], float | None]] = {}
        for kind, name, gone in _parts(self.known):
            if gone not in read:
                changes = changes_without(self.known, reports=gone)
                read[gone] = self._read(changed(self.known, changes))
            yield self._moved(kind, name, *read[gone])
        for argument in self.known.priors.arguments:
            if argument.bears_on:
                without = self._read(changed(self.known, [_mute(argument)]))
                yield self._moved("argument", argument.id, *without)

    def _moved(
        self,
        kind: LeftOutKind,
        name: str,
        without: Mapping[str, float],
        k: float | None,
    ) -> LeftOut:
        moves = {s: round(self.now[s] - without[s], 4) + 0.0 for s in self.open}
        refit: Literal["needed"] | None = None if can_tell(k) else "needed"
        return LeftOut(kind=kind, id=name, moves_db=moves, pareto_k=k, refit=refit)

    def flips(
        self, left_out: Sequence[LeftOut], lines: Sequence[float]
    ) -> Iterator[Flip]:
        """Try single judgements where what they stand on reaches as far as a line."""
        read: dict[tuple[str, str, str | None, str], dict[str, float]] = {}
        for scenario in self.open:
            for line in lines:
                gap = abs(self.now[scenario] - _decibans(line))
                near = [
                    one
                    for one in left_out
                    if one.kind in ("report", "origin", "argument")
                    and abs(one.moves_db[scenario]) * _REACH >= gap
                ]
                near.sort(key=lambda one: -abs(one.moves_db[scenario]))
                for step in (s for one in near[:_TRIED] for s in self._steps(one)):
                    key = step.judgement, step.id, step.on, step.becomes
                    if key not in read:
                        read[key], _ = self._read(changed(self.known, [step.change]))
                    flip = self._flip(scenario, line, step, read[key][scenario])
                    if flip is not None:
                        yield flip

    def _flip(
        self, scenario: str, line: float, step: _Step, after: float
    ) -> Flip | None:
        before, at = self.now[scenario], _decibans(line)
        if (before < at) == (after < at):
            return None
        return Flip(
            scenario=scenario,
            line=line,
            judgement=step.judgement,
            id=step.id,
            on=step.on,
            was=step.was,
            becomes=step.becomes,
            before=_probability(before),
            after=_probability(after),
        )

    def _steps(self, part: LeftOut) -> Iterator[_Step]:
        """Judgements of a part, each one step up and down."""
        if part.kind == "origin":
            source = next(s for s in self.known.evidence.sources if s.id == part.id)
            for grade in _next_to(source.reliability, GRADES):
                regraded = source.model_copy(update={"reliability": grade})
                change = Change(kind="source", key=source.id, body=regraded)
                yield _Step(
                    "reliability", source.id, None, source.reliability, grade, change
                )
            return
        if part.kind == "argument":
            written = next(a for a in self.known.priors.arguments if a.id == part.id)
            yield from self._strengths("argument", written)
            return
        report = next(r for r in self.known.evidence.reports if r.id == part.id)
        for digit in _next_to(report.credibility, DIGITS):
            item = report.model_copy(update={"credibility": digit})
            change = Change(kind="report", key=report.id, body=item)
            was = str(report.credibility)
            yield _Step("credibility", report.id, None, was, str(digit), change)
        yield from self._strengths("report", report)

    def _strengths(
        self, kind: Literal["argument", "report"], item: Argument | Report
    ) -> Iterator[_Step]:
        bearings: Sequence[Bearing | ArgumentBearing] = item.bears_on
        for i, bearing in enumerate(bearings):
            if bearing.strength is None:
                continue
            for word in _next_to(bearing.strength, WORDS):
                bears_on = list(bearings)
                bears_on[i] = bearing.model_copy(update={"strength": word})
                body = item.model_copy(update={"bears_on": tuple(bears_on)})
                change = Change(kind=kind, key=item.id, body=body)
                on = bearing.target[1]
                yield _Step("strength", item.id, on, bearing.strength, word, change)


def _parts(
    known: Casebook,
) -> Iterator[tuple[LeftOutKind, str, frozenset[str]]]:
    evidence = known.evidence
    tellings, roots = evidence.tellings(), evidence.roots()
    for root, told in tellings.items():
        if any(r.bears_on for r in told):
            yield "report", root, frozenset(r.id for r in told)
    published: dict[str, set[str]] = {}
    said: dict[str, set[str]] = {}
    camps: dict[str, set[str]] = {}
    camp_of = {s.id: s.camp for s in evidence.sources}
    for report in evidence.reports:
        speaker = roots[report.id].speaker
        published.setdefault(report.source, set()).add(report.id)
        said.setdefault(speaker, set()).add(report.id)
        if camp := camp_of[speaker]:
            camps.setdefault(camp, set()).add(report.id)
    groups: list[tuple[LeftOutKind, dict[str, set[str]]]] = [
        ("source", published),
        ("origin", said),
        ("camp", camps),
    ]
    for kind, members in groups:
        for name, gone in members.items():
            yield kind, name, frozenset(gone)


def _mute(argument: Argument) -> Change:
    silent = argument.model_copy(update={"bears_on": ()})
    return Change(kind="argument", key=argument.id, body=silent)


def _next_to[T](value: T, scale: Sequence[T]) -> list[T]:
    """Steps of a scale beside one; none where it is not on it."""
    if value not in scale:
        return []
    i = scale.index(value)
    return [scale[j] for j in (i - 1, i + 1) if 0 <= j < len(scale)]


def _decibans(probability: float) -> float:
    return 10 * math.log10(probability / (1 - probability))


def _probability(log_odds: float) -> float:
    return 1 / (1 + 10 ** (-log_odds / 10))


def _sensitivity(basis: Basis, scenarios: Sequence[str]) -> Iterator[Sensitivity]:
    # ArviZ takes half a second to load.
    from arviz_stats.base.array import array_stats

    def weights(log_density: Floats) -> list[Floats]:
        try:
            scaled = [array_stats.power_scale_lw(log_density, a) for a in _ALPHAS]
        except ValueError:  # all of the tail is one value
            scaled = [(a - 1) * log_density for a in _ALPHAS]
        each = [np.exp(one - one.max()) for one in scaled]
        return [one / one.sum() for one in each]

    def answer(draws: Floats, two: list[Floats]) -> float:
        if np.ptp(draws) < 1e-12:
            return 0.0
        less, more = (w[None] for w in two)
        sense = array_stats.power_scale_sense(draws[None], less, more, *_ALPHAS)
        return round(float(sense), 4)

    laid_out, belief = basis.design, basis.belief
    set_of, labels = laid_out.set_of, basis.draws.labels
    z = basis.draws.z.reshape(-1, len(labels)).T
    evidence = weights(basis.log_likelihood)
    of_set: dict[int, list[Floats]] = {}
    for scenario in scenarios:
        number = set_of[f"scenario {scenario}"]
        if number not in of_set:
            rows = [i for i, one in enumerate(labels) if set_of.get(one) == number]
            of_set[number] = weights(-0.5 * (z[rows] ** 2).sum(axis=0))
        draws = belief.probability[:, laid_out.scenarios.index(scenario)]
        prior, said = answer(draws, of_set[number]), answer(draws, evidence)
        yield Sensitivity(
            scenario=scenario, prior=prior, evidence=said, told=_told(prior, said)
        )


def _told(prior: float, evidence: float) -> str:
    if prior < _SENSITIVE:
        return "it hardly answers to how sure the priors are"
    if evidence < _SENSITIVE:
        return "it answers to how sure the priors are, hardly to trust in the reports"
    return "it answers to how sure the priors are and to trust in the reports"
