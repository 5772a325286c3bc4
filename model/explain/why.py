r"""Why a forecast moved: between two states of a case, what has part in the change.

A state is a casebook and a day. What differs between two is of a few kinds, reports
that came, priors, the clock and so on; read in every combination of old and new, each
kind's part is its Shapley value [1]_, the mean of what it changes over all orders in
which the kinds could have come. So the parts add up to the change, and do not depend on
an order. Within a kind the reports share its part by what each does alone, to the first
state and to the last.

The combinations are read from draws of a fit of the last state, or of the first where
that is nearer. What these say of the first state and what its own fit said differ by
sampling noise; and where another version made that fit, under other rules of the model,
by what the rules of today make of the same state.

References
----------
.. [1] L. S. Shapley. *A Value for n-Person Games*. Contributions to the Theory of Games
   II, Annals of Mathematics Studies 28 (1953).
"""

import datetime
import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations
from typing import Literal, NamedTuple

from pydantic import Field

from deciban.evidence import DECIBANS_PER_NAT, Report, Source
from deciban.model.casebook.casebook import Casebook
from deciban.model.posterior.what_if import Basis
from deciban.model.said import Said
from deciban.priors import Argument, Indicator, PriorsFile, Scenario

__all__ = ["Moment", "MovedPart", "ScenarioMove", "WhyMoved", "why_moved"]

type PartKind = Literal[
    "added",
    "retracted",
    "edited",
    "grades",
    "priors",
    "links",
    "outcomes",
    "rules",
    "clock",
    "noise",
]

# Reports whose parts are told one by one; each takes two readings, of fewer draws.
_MOST_REPORTS = 60
_FEWER = 1000
_NOTHING = 0.005  # dB, which is told as 0


class Moment(NamedTuple):
    """A state of a case: its casebook, whole, and a day."""

    casebook: Casebook
    as_of: datetime.date


class MovedPart(Said):
    """What one kind of change has part in.

    Attributes
    ----------
    kind : str
        ``added``, ``retracted`` and ``edited`` reports; ``grades`` of sources and
        claims, with camps and interests; ``priors``, with arguments, rivals and scales;
        ``links``; ``outcomes`` of other scenarios; the ``clock``, with ageing
        and with signs that were not seen by their day; ``rules`` of another version;
        and sampling ``noise``.
    weight_db : float
    reports : dict of float or None
        Part of each report, with those that repeat it; None where they are too many to
        be told one by one.
    """

    kind: PartKind
    weight_db: float
    reports: dict[str, float | None] = Field(default={})


class ScenarioMove(Said):
    """Why one forecast moved.

    Attributes
    ----------
    id : str
    before, after : float
        Probabilities.
    change_db : float or None
        Of the log-odds; None where either is 0 or 1.
    parts : list of MovedPart
        The largest first; they add up to the change.
    """

    id: str
    before: float
    after: float
    change_db: float | None
    parts: list[MovedPart]


class WhyMoved(Said):
    """Why the forecasts of a case moved between two states.

    Attributes
    ----------
    case : str
    from_day, to_day : date
    pareto_k : float or None
        The worst of all readings: see ``can_tell``.
    scenarios : list of ScenarioMove
        Those of both states, in the order of the case.
    """

    case: str
    from_day: datetime.date
    to_day: datetime.date
    pareto_k: float | None
    scenarios: list[ScenarioMove]


def why_moved(
    bases: Sequence[Basis],
    before: Moment,
    after: Moment,
    recorded: Mapping[str, float] | None = None,
    *,
    other_rules: bool = False,
    refitted: Mapping[str, float] | None = None,
) -> WhyMoved:
    """Share out the change between two states among what differs.

    Parameters
    ----------
    bases : sequence of Basis
        Draws of a fit of the last state, and perhaps of the first.
    before, after : Moment
        The states.
    recorded : mapping of float, optional
        What was forecast in the first state, by scenario; what the draws say of it
        unless given.
    other_rules : bool
        Whether that was under other rules of the model, by another version.
    refitted : mapping of float, optional
        What a fit of the first state says under the rules of today. Without it, the
        part of the rules has the sampling noise with it.
    """
    change = _Change(bases, before, after)
    whole = change.kinds
    values = {
        subset: change.value(subset)
        for n in range(len(whole) + 1)
        for subset in combinations(whole, n)
    }
    first, last = values[()], values[tuple(whole)]
    fewer = _Change([one.thinned(_FEWER) for one in bases], before, after)
    ends = fewer.value(()), fewer.value(whole)
    of_reports = {kind: fewer.of_reports(kind, *ends) for kind in whole}
    scenarios = []
    for name in change.common:
        start = recorded[name] if recorded else _probability(first[name])
        end = _probability(last[name])
        odds = [value[name] for value in values.values()]
        if not all(map(math.isfinite, odds)) or not 0 < start < 1:
            scenarios.append(
                ScenarioMove(id=name, before=start, after=end, change_db=None, parts=[])
            )
            continue
        parts = list(_parts(name, whole, values, of_reports))
        rest = first[name] - _log_odds(start)
        rules = 0.0
        if other_rules:
            rules = _log_odds(refitted[name]) - _log_odds(start) if refitted else rest
        besides: dict[PartKind, float] = {"rules": rules, "noise": rest - rules}
        parts += [
            MovedPart(kind=kind, weight_db=round(size, 4))
            for kind, size in besides.items()
            if abs(size) >= _NOTHING
        ]
        scenarios.append(
            ScenarioMove(
                id=name,
                before=start,
                after=end,
                change_db=round(last[name] - _log_odds(start), 4),
                parts=sorted(parts, key=lambda part: -abs(part.weight_db)),
            )
        )
    return WhyMoved(
        case=after.casebook.case,
        from_day=before.as_of,
        to_day=after.as_of,
        pareto_k=change.pareto_k,
        scenarios=scenarios,
    )


def _parts(
    name: str,
    whole: Sequence[PartKind],
    values: Mapping[tuple[PartKind, ...], Mapping[str, float]],
    of_reports: Mapping[PartKind, Mapping[str, Mapping[str, float] | None]],
) -> Iterator[MovedPart]:
    n = len(whole)
    for kind in whole:
        part = 0.0
        for subset, value in values.items():
            if kind in subset:
                continue
            joined = tuple(k for k in whole if k in subset or k == kind)
            weight = math.factorial(len(subset)) * math.factorial(n - len(subset) - 1)
            part += weight / math.factorial(n) * (values[joined][name] - value[name])
        if abs(part) < _NOTHING:
            continue
        sizes = {
            report: None if size is None else size[name]
            for report, size in of_reports[kind].items()
        }
        yield MovedPart(
            kind=kind, weight_db=round(part, 4), reports=_scaled(sizes, part)
        )


def _scaled(sizes: Mapping[str, float | None], part: float) -> dict[str, float | None]:
    """Let the parts of reports add up, what is missing shared by their sizes."""
    known = {r: size for r, size in sizes.items() if size is not None}
    whole = sum(map(abs, known.values()))
    if len(known) < len(sizes) or not whole:
        return dict.fromkeys(sizes)
    rate = (part - sum(known.values())) / whole
    scaled = {r: round(s + rate * abs(s), 4) + 0.0 for r, s in known.items()}
    return dict(sorted(scaled.items(), key=lambda one: -abs(one[1] or 0.0)))


def _log_odds(probability: float) -> float:
    return DECIBANS_PER_NAT * math.log(probability / (1 - probability))


def _probability(log_odds: float) -> float:
    """Probability of log-odds in dB, 0 and 1 included."""
    return 0.5 * (1 + math.tanh(log_odds / DECIBANS_PER_NAT / 2))


@dataclass(frozen=True)
class _Sides:
    """Which reports are taken from the last state, in the place of the first's."""

    added: Collection[str] = ()
    retracted: Collection[str] = ()
    edited: Collection[str] = ()


class _Change:
    """What differs between two states, and what is read of any mixture."""

    def __init__(self, bases: Sequence[Basis], before: Moment, after: Moment) -> None:
        self.bases = bases
        self.moments = before, after
        self.old, self.new = (m.casebook.as_of(m.as_of) for m in (before, after))
        self.day = max(before.as_of, after.as_of)
        self.looked = [
            known.looked(m.as_of) or datetime.date.min
            for known, m in zip((self.old, self.new), self.moments, strict=True)
        ]
        self.reports = [
            {r.id: r for r in one.evidence.reports} for one in (self.old, self.new)
        ]
        self.pareto_k: float | None = None
        names = {s.id for s in self.old.priors.scenarios}
        self.common = [s.id for s in self.new.priors.scenarios if s.id in names]

    @cached_property
    def all_sides(self) -> _Sides:
        old, new = self.reports
        return _Sides(
            new.keys() - old.keys(),
            old.keys() - new.keys(),
            {
                name
                for name in old.keys() & new.keys()
                if _ungraded(old[name]) != _ungraded(new[name])
            },
        )

    @cached_property
    def kinds(self) -> list[PartKind]:
        """Kinds in which the states differ, in a fixed order."""
        sides, (old, new) = self.all_sides, (self.old.priors, self.new.priors)
        one, other = self.reports
        kept = one.keys() & other.keys()
        sources = [{s.id: s for s in k.evidence.sources} for k in (self.old, self.new)]
        both = sources[0].keys() & sources[1].keys()
        found: dict[PartKind, bool] = {
            "added": bool(sides.added),
            "retracted": bool(sides.retracted),
            "edited": bool(sides.edited),
            "grades": any(one[r].credibility != other[r].credibility for r in kept)
            or any(sources[0][s] != sources[1][s] for s in both),
            "priors": _open(old) != _open(new)
            or len({m.casebook.priors.indicators for m in self.moments}) > 1,
            "links": old.links != new.links,
            "outcomes": self.old.outcomes() != self.new.outcomes(),
            "clock": self.looked[0] != self.looked[1]
            or (new.half_life_days is not None
                and self.moments[0].as_of != self.moments[1].as_of),
        }  # fmt: skip
        return [kind for kind, differs in found.items() if differs]

    def value(
        self, new: Collection[str], sides: _Sides | None = None
    ) -> dict[str, float]:
        """Log-odds of each scenario, in dB, with some kinds as they are in the last."""
        every = self.all_sides
        if sides is None:
            sides = _Sides(
                every.added if "added" in new else (),
                every.retracted if "retracted" in new else (),
                every.edited if "edited" in new else (),
            )
        casebook = self._mixed(new, sides)
        looked = self.looked["clock" in new]
        readings = []
        for basis in self.bases:
            means, k, _ = basis.log_odds(casebook, self.day, looked)
            readings.append((k is not None and not k <= 0.7, k or 0.0, means))
            if k is None or k <= 0.7:
                break
        _, k, means = min(readings, key=lambda one: one[:2])
        if k:
            self.pareto_k = max(self.pareto_k or 0.0, k)
        return means

    def _mixed(self, new: Collection[str], sides: _Sides) -> Casebook:
        old_priors, new_priors = self.old.priors, self.new.priors
        reports = tuple(self._mixed_reports(new, sides))
        written = new_priors if "priors" in new else old_priors
        ended = self.new if "outcomes" in new else self.old
        outcomes = {s.id: s.outcome for s in ended.priors.scenarios}
        scenarios = _either(
            written.scenarios, new_priors.scenarios, old_priors.scenarios
        )
        priors = written.model_copy(
            update={
                "scenarios": tuple(
                    s.model_copy(update={"outcome": outcomes.get(s.id)})
                    for s in scenarios
                ),
                "arguments": tuple(
                    _either(
                        written.arguments, new_priors.arguments, old_priors.arguments
                    )
                ),
                "links": (new_priors if "links" in new else old_priors).links,
                "indicators": self._unseen(new, reports),
                "reviewed": None,
            }
        )
        graded = self.new if "grades" in new else self.old
        sources = _either(
            graded.evidence.sources,
            self.new.evidence.sources,
            self.old.evidence.sources,
        )
        evidence = self.new.evidence.model_copy(
            update={
                "sources": tuple(sources),
                "reports": reports,
            }
        )
        return self.new.followed_by(priors, evidence)

    def _unseen(
        self, new: Collection[str], reports: Collection[Report]
    ) -> tuple[Indicator, ...]:
        """Indicators that none of some reports has named."""
        told = [moment.casebook for moment in self.moments]
        named = {r.id: r.indicator for book in told for r in book.evidence.reports}
        seen = {named[report.id] for report in reports}
        written = told["priors" in new].priors.indicators
        return tuple(one for one in written if one.id not in seen)

    def _mixed_reports(self, new: Collection[str], sides: _Sides) -> Iterator[Report]:
        old, later = self.reports
        grades = later if "grades" in new else old
        for name in {**old, **later}:
            if name in old:
                if name in sides.retracted:
                    continue
                report = later[name] if name in sides.edited else old[name]
                if name in later and name in old:
                    credibility = grades[name].credibility
                    report = report.model_copy(update={"credibility": credibility})
            elif name in sides.added:
                report = later[name]
            else:
                continue
            yield self._aged(report, new)

    def _aged(self, report: Report, new: Collection[str]) -> Report:
        """Let a report be as old as on the day of its clock, where it ages at all."""
        day = self.moments["clock" in new].as_of
        if self.new.priors.half_life_days is None or day == self.day:
            return report
        published = min(report.published + (self.day - day), self.day)
        return report.model_copy(update={"published": published})

    def of_reports(
        self,
        kind: PartKind,
        first: Mapping[str, float],
        last: Mapping[str, float],
    ) -> dict[str, dict[str, float] | None]:
        """What each report does alone: to the first state, and to the last."""
        names: Collection[str] = getattr(self.all_sides, kind, ())
        if kind == "grades":
            return dict.fromkeys(self._regraded())
        groups = self._groups(names, kind)
        if len(groups) > _MOST_REPORTS:
            return dict.fromkeys(groups)
        whole = tuple(self.kinds)
        found: dict[str, dict[str, float] | None] = {}
        for root, members in groups.items():
            alone = self.value((), replace(_Sides(), **{kind: members}))
            rest = replace(self.all_sides, **{kind: set(names) - set(members)})
            without = self.value(whole, rest)
            found[root] = {
                s: (alone[s] - first[s] + last[s] - without[s]) / 2 for s in self.common
            }
        return found

    def _regraded(self) -> Iterator[str]:
        old, new = self.reports
        sources = [{s.id: s for s in k.evidence.sources} for k in (self.old, self.new)]
        both = sources[0].keys() & sources[1].keys()
        changed = {s for s in both if sources[0][s] != sources[1][s]}
        for name in old.keys() & new.keys():
            if old[name].credibility != new[name].credibility or (
                new[name].speaker in changed
            ):
                yield name

    def _groups(self, names: Collection[str], kind: PartKind) -> dict[str, list[str]]:
        """Gather reports with those that repeat them, as far as they are of a kind."""
        of_state = self.reports[kind != "retracted"]
        groups: dict[str, list[str]] = {}
        for name in sorted(names):
            root = name
            while (above := of_state[root].repeats) in names and above is not None:
                root = above
            groups.setdefault(root, []).append(name)
        return groups


def _ungraded(report: Report) -> Report:
    return report.model_copy(update={"credibility": 6, "because": None})


def _open(priors: PriorsFile) -> PriorsFile:
    """Priors without what has a kind of its own."""
    scenarios = tuple(s.model_copy(update={"outcome": None}) for s in priors.scenarios)
    return priors.model_copy(
        update={
            "scenarios": scenarios,
            "links": (),
            "indicators": (),
            "reviewed": None,
        }
    )


def _either[T: (Argument, Scenario, Source)](
    chosen: Sequence[T], *others: Sequence[T]
) -> list[T]:
    """Items as they are chosen, and those that only other lists have."""
    items = {item.id: item for item in chosen}
    for listed in others:
        for item in listed:
            items.setdefault(item.id, item)
    return list(items.values())
