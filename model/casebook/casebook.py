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

from deciban.evidence import DECIBANS_PER_NAT, Bearing, EvidenceFile, Report, Source
from deciban.evidence.items import broken_rule, meant
from deciban.model.casebook import canonical
from deciban.model.casebook.index import Index
from deciban.model.casebook.links import MAX_SET_SIZE, linked_sets, links_to_cut
from deciban.priors import (
    Argument,
    ArgumentBearing,
    CaseHeader,
    Link,
    LogitNormal,
    Outcome,
    PriorsFile,
    Scenario,
)
from deciban.priors.logit_normal import log_odds
from deciban.priors.scales import LINK_SD_NATS, LINK_SD_SHARE

__all__ = ["Casebook", "casebook_problems"]


@dataclass
class _Known:
    """What has been found out of two files, and holds as long as they stay.

    A digest takes 0.3 ms with 83 reports and 10 ms with 8,000, and is asked for at each
    look at what is forecast now. It is asked what changes would do, and then they are
    made: who takes the second step finds the casebook of the first.
    """

    priors: PriorsFile
    evidence: EvidenceFile
    index: Index | None = None
    digests: dict[tuple[datetime.date, str], str] = field(default_factory=dict)
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

    def sets_too_large(self) -> Iterator[InitErrorDetails]:
        """Find whether links join more scenarios into one set than can be summed."""
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
            lambda report: report.published <= day, lambda outcome: outcome.on <= day
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
        return self.followed_by(
            priors.model_copy(update={"scenarios": scenarios}),
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
        reports = [
            _bearing_on(report, wanted, heard)
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
            }
        )
        update = {"reports": tuple(reports), "sources": tuple(sources)}
        evidence = self.evidence.model_copy(update=update)
        return type(self).model_construct(priors=priors, evidence=evidence)

    def last_day(
        self, reports_until: datetime.date = datetime.date.max
    ) -> datetime.date | None:
        """Day of the last report or outcome, None if there is neither.

        Reports published after ``reports_until`` do not count.
        """
        days = [r.published for r in self.evidence.reports]
        days = [day for day in days if day <= reports_until]
        days += [s.outcome.on for s in self.priors.scenarios if s.outcome is not None]
        return max(days, default=None)

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


def _by_id[T: (Scenario, Argument, Source, Report)](
    items: Sequence[T],
) -> tuple[T, ...]:
    return tuple(sorted(items, key=lambda item: item.id))


def _by_target[T: (Argument, Report)](items: Sequence[T]) -> tuple[T, ...]:
    def target(bearing: Bearing | ArgumentBearing) -> tuple[bool, str]:
        argument = getattr(bearing, "argument", None)
        return argument is not None, argument or bearing.scenario or ""

    def ordered(item: T) -> T:
        bearings = tuple(sorted(item.bears_on, key=target))
        if bearings == item.bears_on:  # most are in order, and copying takes long
            return item
        return item.model_copy(update={"bears_on": bearings})

    return tuple(map(ordered, items))


def _bearing_on[T: (Argument, Report)](
    item: T, scenarios: Collection[str], arguments: Collection[str] = ()
) -> T:
    """Leave out of an item what it bears on besides."""
    kept = tuple(
        one
        for one in item.bears_on
        if one.scenario in scenarios or getattr(one, "argument", None) in arguments
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
    scenarios = {scenario.id for scenario in priors.scenarios or ()}
    arguments = {argument.id for argument in priors.arguments or ()}
    for i, report in enumerate(evidence.reports or ()):
        if among is not None and report.id not in among:
            continue
        for j, bearing in enumerate(report.bears_on or ()):
            place = ("evidence", "reports", i, "bears_on", j)
            if bearing.scenario is not None and bearing.scenario not in scenarios:
                rule = (
                    f"must be one of the scenarios{meant(bearing.scenario, scenarios)}"
                )
                yield broken_rule((*place, "scenario"), rule, bearing.scenario)
            if bearing.argument is not None and bearing.argument not in arguments:
                rule = (
                    f"must be one of the arguments{meant(bearing.argument, arguments)}"
                )
                yield broken_rule((*place, "argument"), rule, bearing.argument)
