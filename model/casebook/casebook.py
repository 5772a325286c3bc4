"""The casebook: what was believed before, and what was reported since, together.

Here hold the rules that need both files: each bearing has a target, both files speak of
one case, no set of linked scenarios is too large to sum. A casebook can be cut back to
what was known on any day, and its digest names its content, whatever the order.
"""

import datetime
import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self
from weakref import ref

from pydantic import (
    BaseModel,
    ConfigDict,
    PrivateAttr,
    ValidationError,
    model_validator,
)
from pydantic_core import InitErrorDetails

from deciban.evidence import (
    DECIBANS_PER_NAT,
    Bearing,
    EvidenceFile,
    Interest,
    Report,
    Source,
)
from deciban.evidence.items import NONE_OF_THEM, Known, broken_rule
from deciban.model.casebook import canonical
from deciban.model.casebook.index import Index, Key
from deciban.model.casebook.links import (
    MAX_SET_SIZE,
    MAX_TABLE,
    linked_sets,
    links_to_cut,
    widest_table,
)
from deciban.priors import (
    Argument,
    ArgumentBearing,
    CaseHeader,
    Indicator,
    Link,
    LogitNormal,
    Outcome,
    PriorsFile,
    Rivals,
    Scenario,
)
from deciban.priors.logit_normal import log_odds
from deciban.priors.scales import LINK_SD_NATS, LINK_SD_SHARE

__all__ = ["Casebook", "casebook_problems"]


@dataclass
class _Known:
    """What has been found out of two files, and holds as long as they stay.

    A digest takes 0.3 ms with 83 reports and 10 ms with 8,000, and is asked for at each
    look at what is forecast now; on which day somebody last looked, 2 ms with 8,000,
    and at each what-if four times. It is asked what changes would do, and then they are
    made: who takes the second step finds the casebook of the first.
    """

    priors: PriorsFile
    evidence: EvidenceFile
    index: Index | None = None
    digests: dict[tuple[datetime.date, str], str] = field(default_factory=dict)
    looked: dict[datetime.date, datetime.date | None] = field(default_factory=dict)
    followed: "tuple[Sequence[object], ref[Casebook]] | None" = None


class Casebook(BaseModel):
    """A priors file and an evidence file that agree."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    priors: PriorsFile
    evidence: EvidenceFile

    _texts: canonical.Texts = PrivateAttr(default_factory=canonical.Texts)
    _known: "_Known | None" = PrivateAttr(default=None)

    @model_validator(mode="after")
    def _files_agree(self) -> Self:
        problems = list(casebook_problems(self.priors, self.evidence))
        problems += self.sets_too_large()
        if problems:
            raise ValidationError.from_exception_data("Casebook", problems)
        return self

    def __eq__(self, other: object) -> bool:
        """Whether both files are equal, whatever else is known of them."""
        if not isinstance(other, Casebook):
            return NotImplemented
        return (self.priors, self.evidence) == (other.priors, other.evidence)

    @property
    def index(self) -> Index:
        """Its items by their keys, and who bears on what."""
        known = self._of_its_files
        if known.index is None:
            known.index = Index.of(self.header, self.priors, self.evidence)
        return known.index

    @property
    def _of_its_files(self) -> "_Known":
        known = self._known
        if known and known.priors is self.priors and known.evidence is self.evidence:
            return known
        # Nothing is known yet, or it was copied along with other files.
        self._known = _Known(self.priors, self.evidence)
        return self._known

    def made_by(
        self, changes: Sequence[object], make: "Callable[[], Casebook]"
    ) -> "Casebook":
        """Return what changes make of it; the last that was made is remembered."""
        known = self._of_its_files
        if known.followed is not None and known.followed[0] == changes:
            made = known.followed[1]()
            if made is not None:
                return made
        made = make()
        # Not held: from an early casebook all that came after would hang.
        known.followed = changes, ref(made)
        return made

    def followed_by(
        self, priors: PriorsFile, evidence: EvidenceFile, index: Index | None = None
    ) -> "Casebook":
        """Return the casebook of two other files that are known to agree.

        It shares what is known of the items that are in both.
        """
        casebook = Casebook.model_construct(priors=priors, evidence=evidence)
        casebook._texts = self._texts
        casebook._known = _Known(priors, evidence, index)
        return casebook

    def joined(self) -> list[tuple[str, str]]:
        """Pairs of scenarios whose outcomes hang together: by a link, or as rivals."""
        links = [(link.if_, link.then) for link in self.priors.links]
        rivals = [
            (one.scenarios[0], other)
            for one in self.priors.rivals
            for other in one.scenarios[1:]
        ]
        return links + rivals

    def sets_too_large(self) -> Iterator[InitErrorDetails]:
        """Find whether links join more scenarios into one set than can be summed."""
        if self.priors.rivals:
            yield from self._tables_too_large()
            return
        ids = [scenario.id for scenario in self.priors.scenarios]
        links = [
            (link.if_, link.then, abs(self.link_shift(link).location))
            for link in self.priors.links
        ]
        largest = max(linked_sets(ids, [link[:2] for link in links]), key=len)
        if len(largest) <= MAX_SET_SIZE:
            return
        cut = ", ".join(
            f"{links[i][0]} -> {links[i][1]}" for i in links_to_cut(ids, links)
        )
        yield broken_rule(
            ("priors", "links"),
            f"must link at most {MAX_SET_SIZE} scenarios into one set; "
            f"it is enough to cut the weakest: {cut}",
            f"{len(largest)} scenarios",
        )

    def _tables_too_large(self) -> Iterator[InitErrorDetails]:
        """Find whether links join rivals with more than can be summed.

        The links are kept one by one, the strongest first.
        """
        question = {s: one.id for one in self.priors.rivals for s in one.scenarios}
        n_answers = {one.id: len(one.answers) for one in self.priors.rivals}
        states = {
            question.get(s.id, f"scenario {s.id}"): n_answers.get(
                question.get(s.id, ""), 2
            )
            for s in self.priors.scenarios
        }
        scopes = {name: {name} for name in states}
        cut = []
        for link in sorted(
            self.priors.links, key=lambda one: -abs(self.link_shift(one).location)
        ):
            cause, effect = (
                question.get(end, f"scenario {end}") for end in (link.if_, link.then)
            )
            wider = scopes | {effect: scopes[effect] | {cause}}
            if widest_table(states, wider.values()) > MAX_TABLE:
                cut.append(f"{link.if_} -> {link.then}")
            else:
                scopes = wider
        if cut:
            yield broken_rule(
                ("priors", "links"),
                "must not link rivals with so many scenarios and rivals that more than "
                f"{MAX_TABLE:,} of their outcomes have to be summed at a time; it is "
                f"enough to cut the weakest: {', '.join(cut)}",
                f"{len(self.priors.links)} links",
            )

    @property
    def case(self) -> str:
        """Id of the case."""
        return self.priors.case

    @property
    def header(self) -> CaseHeader:
        """What it says of its case, apart from its lists."""
        names = CaseHeader.model_fields
        return CaseHeader.model_construct(
            **{name: getattr(self.priors, name) for name in names}
        )

    def scenario(self, scenario_id: str) -> Scenario:
        """Return the scenario of this id."""
        return next(s for s in self.priors.scenarios if s.id == scenario_id)

    def link_shift(self, link: Link) -> LogitNormal:
        """Shift of the log-odds of ``then`` when ``if`` occurs, as location and scale.

        In nats. A probability is read against the median of ``then``; a word has its
        strength in the case's scales.
        """
        if link.probability is not None:
            before = self.scenario(link.then).prior.distribution().location
            return LogitNormal(log_odds(link.probability) - before, LINK_SD_NATS)
        assert link.strength is not None  # the file refuses a link with neither
        size = self.priors.scales.strength[link.strength].decibans / DECIBANS_PER_NAT
        sign = 1 if link.direction == "raises" else -1
        return LogitNormal(sign * size, LINK_SD_SHARE * size)

    def as_of(self, day: datetime.date) -> "Casebook":
        """Cut back to the reports published and the outcomes settled by a day."""
        return self._keeping(
            lambda report: report.published <= day,
            lambda outcome: outcome.known_on <= day,
        )

    def without_reports(self) -> "Casebook":
        """Cut back to what was believed before any report or outcome.

        What was annulled stays so: that is no evidence.
        """
        return self._keeping(lambda _: False, lambda outcome: outcome.annulled)

    def _keeping(
        self, report: Callable[[Report], bool], outcome: Callable[[Outcome], bool]
    ) -> "Casebook":
        def known(scenario: Scenario) -> Scenario:
            if scenario.outcome is None or outcome(scenario.outcome):
                return scenario
            return scenario.model_copy(update={"outcome": None})

        priors, evidence = self.priors, self.evidence
        reports = tuple(filter(report, evidence.reports))
        scenarios = tuple(map(known, priors.scenarios))
        # What has been seen is a report from then on; the others may be missed.
        seen = {one.indicator for one in reports}
        unseen = tuple(one for one in priors.indicators if one.id not in seen)
        reports = tuple(
            one.model_copy(update={"indicator": None}) if one.indicator else one
            for one in reports
        )
        return self.followed_by(
            priors.model_copy(update={"scenarios": scenarios, "indicators": unseen}),
            evidence.model_copy(update={"reports": reports}),
        )

    def part(self, scenarios: Collection[str], arguments: Collection[str]) -> Self:
        """Cut down to what bears on some scenarios and arguments.

        Parameters
        ----------
        scenarios : collection of str
            Ids; with a scenario, all that are linked to it.
        arguments : collection of str
            Ids of further arguments than those that bear on these scenarios.
        """
        wanted = set(scenarios)
        if wanted.issuperset(self.index.items["scenario"]):
            return self
        heard = {
            argument.id: _bearing_on(argument, wanted)
            for name in wanted
            for argument in self.index.arguments_on.get(name, ())
        }
        for name in arguments:
            if isinstance(one := self.index.items["argument"].get(name), Argument):
                heard[name] = _bearing_on(one, wanted)
        claims = self.index.claims_on(wanted, heard)
        rivals = {
            self.index.rivals_of[s].id for s in wanted & self.index.rivals_of.keys()
        }
        for name in rivals:
            claims |= self.index.reports_naming.get(("rivals", name), {})
        indicators = tuple(
            one for one in self.priors.indicators if one.bears_on.scenario in wanted
        )
        for indicator in indicators:
            key: Key = ("indicator", indicator.id)
            for report in self.index.reports_naming.get(key, {}).values():
                claim = self.index.claim(report)
                claims[claim.id] = claim
        reports = [
            _bearing_on(report, wanted, heard, rivals)
            for claim in claims.values()
            for report in self.index.telling(claim)
        ]
        named = {r.source for r in reports} | {r.origin for r in reports}
        sources = [s for s in self.evidence.sources if s.id in named]
        priors = self.priors.model_copy(
            update={
                "scenarios": tuple(s for s in self.priors.scenarios if s.id in wanted),
                "arguments": tuple(heard.values()),
                "links": tuple(n for n in self.priors.links if n.if_ in wanted),
                "rivals": tuple(
                    one for one in self.priors.rivals if one.scenarios[0] in wanted
                ),
                "indicators": indicators,
            }
        )
        update = {"reports": tuple(reports), "sources": tuple(sources)}
        evidence = self.evidence.model_copy(update=update)
        return type(self).model_construct(priors=priors, evidence=evidence)

    def last_day(self) -> datetime.date | None:
        """Day of the last report or outcome, None if there is neither."""
        days = [r.published for r in self.evidence.reports]
        days += [s.outcome.known_on for s in self.priors.scenarios if s.outcome]
        return max(days, default=None)

    def looked(self, as_of: datetime.date) -> datetime.date | None:
        """Day on which somebody last looked whether anything had happened.

        The latest of the days of review and of reports that repeat none, by ``as_of``;
        None where there is none. A later review has looked back on that day too. An
        outcome is none: who settles one question has not looked at the others.
        """
        known = self._of_its_files.looked
        if as_of not in known:
            days = [
                report.published
                for report in self.evidence.reports
                if report.published <= as_of and report.repeats is None
            ]
            if self.priors.reviewed is not None:
                days.append(min(self.priors.reviewed, as_of))
            known[as_of] = max(days, default=None)
        return known[as_of]

    def outcomes(self) -> dict[str, Outcome]:
        """Outcome of each scenario that has one, by id.

        That a rival occurred settles the others, which did not.
        """
        own = {s.id: s.outcome for s in self.priors.scenarios if s.outcome is not None}
        for rivals in self.priors.rivals:
            for name in rivals.scenarios:
                if name in own and own[name].occurred:
                    no = own[name].model_copy(update={"occurred": False})
                    own |= {s: no for s in rivals.scenarios if s not in own}
                    break
        return own

    def last_days(self, as_of: datetime.date) -> dict[str, datetime.date]:
        """Day up to which a report foretells each scenario: known outcomes end it."""
        ends = {name: o.known_on for name, o in self.outcomes().items()}
        return {s.id: min(as_of, ends.get(s.id, as_of)) for s in self.priors.scenarios}

    def ordered(self) -> "Casebook":
        """Order items by id, bearings by target: what says the same becomes equal."""
        priors, evidence = self.priors, self.evidence
        return self.model_copy(
            update={
                "priors": priors.model_copy(
                    update={
                        "scenarios": _by_id(priors.scenarios),
                        "arguments": _by_target(_by_id(priors.arguments)),
                        "links": tuple(
                            sorted(priors.links, key=lambda link: (link.if_, link.then))
                        ),
                        "rivals": tuple(
                            one.model_copy(
                                update={"scenarios": tuple(sorted(one.scenarios))}
                            )
                            for one in _by_id(priors.rivals)
                        ),
                        "indicators": _by_id(priors.indicators),
                    }
                ),
                "evidence": evidence.model_copy(
                    update={
                        "sources": _by_id(evidence.sources),
                        "reports": _by_target(_by_id(evidence.reports)),
                    }
                ),
            }
        )

    def digest(self, as_of: datetime.date, settings: Mapping[str, Any]) -> str:
        """SHA-256 in hexadecimal of what a fit starts from: casebook, day, settings."""
        digests = self._of_its_files.digests
        key = as_of, json.dumps(settings, sort_keys=True)
        if key not in digests:
            digests[key] = canonical.digest(self, as_of, settings, self._texts)
        return digests[key]

    def reports_on(self, scenario_id: str) -> list[Report]:
        """Reports on a scenario, directly or through an argument, and their repeats."""
        claims = self.index.claims_about(scenario_id)
        return [
            report
            for report in self.evidence.reports
            if self.index.claim(report).id in claims
        ]


def _by_id[T: (Scenario, Argument, Source, Report, Rivals, Indicator)](
    items: Sequence[T],
) -> tuple[T, ...]:
    return tuple(sorted(items, key=lambda item: item.id))


def _by_target[T: (Argument, Report)](items: Sequence[T]) -> tuple[T, ...]:
    def target(bearing: Bearing | ArgumentBearing) -> tuple[str, str]:
        kind, name = bearing.target
        return {"scenario": "0", "argument": "1"}.get(kind, "2"), name

    def ordered(item: T) -> T:
        bearings = tuple(sorted(item.bears_on, key=target))
        if bearings == item.bears_on:  # most are in order, and copying takes long
            return item
        return item.model_copy(update={"bears_on": bearings})

    return tuple(map(ordered, items))


def _bearing_on[T: (Argument, Report)](
    item: T,
    scenarios: Collection[str],
    arguments: Collection[str] = (),
    rivals: Collection[str] = (),
) -> T:
    """Leave out of an item what it bears on besides."""
    kept = tuple(
        one
        for one in item.bears_on
        if one.scenario in scenarios
        or getattr(one, "argument", None) in arguments
        or getattr(one, "rivals", None) in rivals
    )
    if len(kept) == len(item.bears_on):
        return item
    return item.model_copy(update={"bears_on": kept})


def casebook_problems(
    priors: PriorsFile, evidence: EvidenceFile, among: Collection[str] | None = None
) -> Iterator[InitErrorDetails]:
    """Find what breaks the rules between the two files.

    Parameters
    ----------
    priors, evidence : PriorsFile and EvidenceFile
        Or the ``readable_part`` of each.
    among : collection of str, optional
        Ids of the reports to look at, where all others are known to be right.

    Yields
    ------
    InitErrorDetails
        Place, rule and value, as pydantic reports them; places start with ``priors`` or
        ``evidence``.
    """
    case, own = priors.case, evidence.case
    if None not in (case, own) and own != case:
        yield broken_rule(
            ("evidence", "case"), f"must be the case of the priors file, {case!r}", own
        )
    known = {
        "scenario": Known.ids(priors.scenarios),
        "argument": Known.ids(priors.arguments),
    }
    rivals = {one.id: one for one in priors.rivals or ()}
    indicators = Known.ids(priors.indicators)
    for i, report in enumerate(evidence.reports or ()):
        if among is not None and report.id not in among:
            continue
        if report.indicator is not None and report.indicator not in indicators:
            rule = f"must be one of the indicators{indicators.meant(report.indicator)}"
            at = ("evidence", "reports", i, "indicator")
            yield broken_rule(at, rule, report.indicator)
        bearings = report.bears_on or ()
        for j, bearing in enumerate(bearings):
            place = ("evidence", "reports", i, "bears_on", j)
            yield from _unknown(place, bearing, known)
        yield from _on_rivals(("evidence", "reports", i, "bears_on"), bearings, rivals)
    for i, source in enumerate(evidence.sources or ()):
        if isinstance(source.interest, tuple):
            for j, interest in enumerate(source.interest):
                place = ("evidence", "sources", i, "interest", j)
                yield from _unknown(place, interest, known)


def _unknown(
    place: tuple[str | int, ...],
    item: Bearing | Interest,
    known: Mapping[str, Known],
) -> Iterator[InitErrorDetails]:
    for key, ids in known.items():
        name = getattr(item, key)
        if name is not None and name not in ids:
            kind = key if key == "rivals" else f"{key}s"
            rule = f"must be one of the {kind}{ids.meant(name)}"
            yield broken_rule((*place, key), rule, name)


def _on_rivals(
    place: tuple[str | int, ...],
    bearings: Sequence[Bearing],
    rivals: Mapping[str, Rivals],
) -> Iterator[InitErrorDetails]:
    """Refuse what names other than the rivals of a set, or speaks of a set twice."""
    set_of = {s: one.id for one in rivals.values() for s in one.scenarios or ()}
    spoken: set[str] = set()
    for j, bearing in enumerate(bearings):
        name = bearing.rivals or set_of.get(bearing.scenario or "")
        if name is None:
            continue
        if name not in rivals:
            rule = f"must be one of the rivals{Known(rivals).meant(name)}"
            yield broken_rule((*place, j, "rivals"), rule, name)
            continue
        if name in spoken:
            rule = "must bear once only on a set of rivals"
            yield broken_rule((*place, j), rule, name)
        spoken.add(name)
        answers = set(rivals[name].scenarios or ())
        answers |= {NONE_OF_THEM} if rivals[name].none is not None else set()
        for key in ("likelihoods", "words"):
            said = getattr(bearing, key)
            if not isinstance(said, Mapping):
                continue
            missing = key == "likelihoods" and answers - said.keys()
            if missing or said.keys() - answers:
                rule = f"must name {'each' if key == 'likelihoods' else 'some'} of "
                named = ", ".join(sorted(said))
                yield broken_rule(
                    (*place, j, key), rule + ", ".join(sorted(answers)), named
                )
