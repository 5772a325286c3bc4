"""The casebook: what was believed before, and what was reported since, together.

Here hold the rules that need both files: each bearing has a target, both files speak of
one case, no set of linked scenarios is too large to sum. A casebook can be cut back to
what was known on any day, and its digest names its content, whatever the order.
"""

import datetime
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator
from pydantic_core import InitErrorDetails
from scipy.special import logit

from deciban.evidence import DECIBANS_PER_NAT, Bearing, EvidenceFile, Report, Source
from deciban.evidence.items import broken_rule, written_ids, written_items
from deciban.model.casebook.links import MAX_SET_SIZE, linked_sets, links_to_cut
from deciban.priors import (
    Argument,
    ArgumentBearing,
    Link,
    LogitNormal,
    Outcome,
    PriorsFile,
    Scenario,
)
from deciban.priors.scales import LINK_SD_NATS, LINK_SD_SHARE

__all__ = ["Casebook", "Counts", "casebook_problems"]


class Counts(NamedTuple):
    """Reports that bear on something, and how many sources said them first."""

    reports: int
    origins: int


class Casebook(BaseModel):
    """A priors file and an evidence file that agree."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    priors: PriorsFile
    evidence: EvidenceFile

    @classmethod
    def of_valid(cls, priors: PriorsFile, evidence: EvidenceFile) -> Self:
        """Put together two files that are valid each by itself, if they agree.

        Pydantic would look at each of their items again.

        Raises
        ------
        ValidationError
            If they do not agree.
        """
        casebook = cls.model_construct(priors=priors, evidence=evidence)
        casebook._check()
        return casebook

    @model_validator(mode="after")
    def _files_agree(self) -> Self:
        self._check()
        return self

    def _check(self) -> None:
        written = self.model_dump(by_alias=True)
        problems = list(casebook_problems(written["priors"], written["evidence"]))
        problems += self._sets_too_large()
        if problems:
            raise ValidationError.from_exception_data("Casebook", problems)

    def _sets_too_large(self) -> Iterator[InitErrorDetails]:
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
            return LogitNormal(float(logit(link.probability)) - before, LINK_SD_NATS)
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
        return self.model_copy(
            update={
                "priors": priors.model_copy(update={"scenarios": scenarios}),
                "evidence": evidence.model_copy(update={"reports": reports}),
            }
        )

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
        content = {
            "casebook": self.ordered().model_dump(mode="json", by_alias=True),
            "as_of": as_of.isoformat(),
            "settings": dict(settings),
        }
        text = json.dumps(content, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    def reports_on(self, scenario_id: str) -> list[Report]:
        """Reports on a scenario, directly or through an argument, and their repeats."""
        through = {
            argument.id
            for argument in self.priors.arguments
            if any(b.scenario == scenario_id for b in argument.bears_on)
        }
        roots = self.evidence.roots()
        return [
            report
            for report in self.evidence.reports
            if any(
                b.scenario == scenario_id or b.argument in through
                for b in roots[report.id].bears_on
            )
        ]

    def counts(self) -> dict[str, Counts]:
        """Count the reports on each scenario, as ``reports_on`` finds them, at once."""
        through: dict[str, list[str]] = {
            argument.id: [b.scenario for b in argument.bears_on]
            for argument in self.priors.arguments
        }
        speakers: dict[str, list[str]] = {s.id: [] for s in self.priors.scenarios}
        roots = self.evidence.roots()
        for report in self.evidence.reports:
            root = roots[report.id]
            borne_on = {
                name
                for b in root.bears_on
                for name in ([b.scenario] if b.scenario else through[b.argument or ""])
            }
            for name in borne_on:
                speakers[name].append(root.speaker)
        return {
            name: Counts(len(said), len(set(said))) for name, said in speakers.items()
        }


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


def casebook_problems(priors: Any, evidence: Any) -> Iterator[InitErrorDetails]:
    """Find what breaks the rules between the two files.

    Parameters
    ----------
    priors, evidence : mapping
        The two files as written, which may break any other rule as well.

    Yields
    ------
    InitErrorDetails
        Place, rule and value, as pydantic reports them; places start with ``priors`` or
        ``evidence``.
    """
    case, own = (
        file.get("case") if isinstance(file, Mapping) else None
        for file in (priors, evidence)
    )
    if isinstance(own, str) and isinstance(case, str) and own != case:
        yield broken_rule(
            ("evidence", "case"), f"must be the case of the priors file, {case!r}", own
        )
    known = {key: written_ids(priors, f"{key}s") for key in ("scenario", "argument")}
    for i, report in written_items(evidence, "reports"):
        for j, bearing in written_items(report, "bears_on"):
            for key, ids in known.items():
                name = bearing.get(key)
                if isinstance(name, str) and name not in ids:
                    place = ("evidence", "reports", i, "bears_on", j, key)
                    yield broken_rule(place, f"must be one of the {key}s", name)
