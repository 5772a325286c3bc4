"""Who bears on what in a casebook: its items by their keys, and what reports name.

A casebook that follows another by a few changes has the index of that one, but for what
the changes name, so that a post costs what it touches.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Literal, NamedTuple, Self

from deciban.evidence import EvidenceFile, Report
from deciban.evidence.items import Item
from deciban.priors import Argument, CaseHeader, PriorsFile, Rivals

__all__ = ["Counts", "Index", "Key", "Kind", "link_ends", "link_key"]

_HYPHENS = re.compile("--+")

type Kind = Literal[
    "case",
    "scenario",
    "outcome",
    "argument",
    "link",
    "rivals",
    "indicator",
    "source",
    "report",
]
type Key = tuple[Kind, str]
type Items = Mapping[Kind, Mapping[str, Item]]


class Counts(NamedTuple):
    """Reports that bear on something, and how many sources said them first."""

    reports: int
    origins: int


class Index(NamedTuple):
    """The items of a casebook, and which reports and arguments bear on what.

    Attributes
    ----------
    items : mapping of mapping of Item
        By kind, then by key, in the order of the file. An outcome is an item of its
        own, and not in its scenario; a link has its ``link_key``.
    reports_naming : mapping of mapping of Report
        By the kind and key of a source, a scenario, an argument, a set of rivals or a
        report: the reports that name it, by id. Of scenarios, arguments and rivals
        these are the claims that bear on it themselves; of a report, those that repeat
        it.
    arguments_on : mapping of list of Argument
        By the id of a scenario: those that bear on it.
    rivals_of : mapping of Rivals
        By the id of a scenario: the set that it is in.
    """

    items: Items
    reports_naming: Mapping[Key, Mapping[str, Report]]
    arguments_on: Mapping[str, list[Argument]]
    rivals_of: Mapping[str, Rivals]

    @classmethod
    def of(cls, header: CaseHeader, priors: PriorsFile, evidence: EvidenceFile) -> Self:
        """Look through two files."""
        naming: dict[Key, dict[str, Report]] = {}
        for report in evidence.reports:
            for key in _named(report):
                naming.setdefault(key, {})[report.id] = report
        items = _items(header, priors, evidence)
        return cls(
            items, naming, _arguments_on(priors.arguments), _rivals_of(priors.rivals)
        )

    def after(self, items: Items, changed: Iterable[Key]) -> Self:
        """Return the index of a casebook that follows.

        Parameters
        ----------
        items : mapping
            All of its items.
        changed : iterable of Key
            Those that are not as they were.
        """
        keys = list(changed)
        naming = dict(self.reports_naming)
        for report_id in [key for kind, key in keys if kind == "report"]:
            before, after = (
                known.get("report", {}).get(report_id) for known in (self.items, items)
            )
            for key in _named(before) if isinstance(before, Report) else ():
                left = {n: r for n, r in naming.pop(key, {}).items() if n != report_id}
                naming |= {key: left} if left else {}
            if isinstance(after, Report):
                for key in _named(after):
                    naming[key] = {**naming.get(key, {}), report_id: after}
        arguments_on = self.arguments_on
        if any(kind == "argument" for kind, _ in keys):
            arguments_on = _arguments_on(items["argument"].values())
        rivals_of = self.rivals_of
        if any(kind == "rivals" for kind, _ in keys):
            rivals_of = _rivals_of(items["rivals"].values())
        return type(self)(items, naming, arguments_on, rivals_of)

    def differences(self, other: Self) -> list[Key]:
        """List the items that are not the same in another index, or not in both."""
        return [
            (kind, key)
            for kind, here in self.items.items()
            if here is not (there := other.items[kind])
            for key in (
                *(k for k, one in here.items() if there.get(k) is not one),
                *(k for k in there if k not in here),
            )
            if here.get(key) != there.get(key)
        ]

    def report(self, report_id: str) -> Report:
        """Return the report of this id."""
        report = self.items["report"][report_id]
        assert isinstance(report, Report)
        return report

    def claim(self, report: Report) -> Report:
        """Return the report that brought what a report tells: itself, if it does."""
        while report.repeats is not None:
            report = self.report(report.repeats)
        return report

    def telling(self, claim: Report) -> Iterator[Report]:
        """Go through the reports that tell a claim: itself, and all that repeat it."""
        yield claim
        for report in self.reports_naming.get(("report", claim.id), {}).values():
            yield from self.telling(report)

    def claims_on(
        self, scenarios: Collection[str], arguments: Collection[str] = ()
    ) -> dict[str, Report]:
        """Find the claims that bear on scenarios or arguments themselves, by id."""
        keys: list[Key] = [("scenario", name) for name in scenarios]
        keys += [("argument", name) for name in arguments]
        return {
            report_id: report
            for key in keys
            for report_id, report in self.reports_naming.get(key, {}).items()
        }

    def claims_about(self, scenario: str) -> dict[str, Report]:
        """Find the claims that bear on a scenario, through arguments too, by id.

        What bears on a set of rivals bears on each of them.
        """
        through = [argument.id for argument in self.arguments_on.get(scenario, ())]
        claims = self.claims_on([scenario], through)
        if scenario in self.rivals_of:
            key: Key = ("rivals", self.rivals_of[scenario].id)
            claims |= self.reports_naming.get(key, {})
        return claims

    def scenarios_of(self, report: Report) -> list[str]:
        """List the scenarios that a report bears on, through arguments too."""
        found: list[str] = []
        for bearing in self.claim(report).bears_on:
            if bearing.scenario is not None:
                found.append(bearing.scenario)
            elif bearing.argument is not None:
                found += self.scenarios_through(bearing.argument)
            elif bearing.rivals is not None:
                found += self.rivals(bearing.rivals)
        return found

    def scenarios_through(self, argument_id: str) -> list[str]:
        """List the scenarios that an argument bears on."""
        argument = self.items["argument"].get(argument_id)
        if not isinstance(argument, Argument):
            return []
        return [bearing.scenario for bearing in argument.bears_on]

    def rivals(self, rivals_id: str) -> tuple[str, ...]:
        """List the scenarios of a set of rivals."""
        one = self.items["rivals"].get(rivals_id)
        return one.scenarios if isinstance(one, Rivals) else ()

    def counts(self, scenario: str) -> Counts:
        """Count the reports on a scenario, through arguments too, and their repeats."""
        claims = self.claims_about(scenario).values()
        return Counts(
            sum(1 for claim in claims for _ in self.telling(claim)),
            len({claim.speaker for claim in claims}),
        )


def link_key(cause: str, effect: str) -> str:
    """Key of the link between two scenarios, which `link_ends` takes apart again.

    Examples
    --------
    >>> link_key("munitions", "sanctions")
    'munitions--sanctions'
    >>> link_key("munitions--2022", "sanctions")
    'munitions--2022~sanctions'
    """
    key = f"{cause}--{effect}"
    # Whatever the ids hold: a hyphen at a seam makes two of three ("a-" and "b").
    return key if _HYPHENS.findall(key) == ["--"] else f"{cause}~{effect}"


def link_ends(key: str) -> tuple[str, str]:
    """Return the ids of the scenarios of a link's key: ``if`` and ``then``.

    Examples
    --------
    >>> link_ends("munitions--sanctions"), link_ends("munitions--2022~sanctions")
    (('munitions', 'sanctions'), ('munitions--2022', 'sanctions'))
    """
    cause, _, effect = key.partition("~" if "~" in key else "--")
    return cause, effect


def _items(header: Item, priors: PriorsFile, evidence: EvidenceFile) -> Items:
    return {
        "case": {priors.case: header},
        "scenario": {
            one.id: one
            if one.outcome is None
            else one.model_copy(update={"outcome": None})
            for one in priors.scenarios
        },
        "outcome": {
            one.id: one.outcome for one in priors.scenarios if one.outcome is not None
        },
        "argument": {one.id: one for one in priors.arguments},
        "link": {link_key(one.if_, one.then): one for one in priors.links},
        "rivals": {one.id: one for one in priors.rivals},
        "indicator": {one.id: one for one in priors.indicators},
        "source": {one.id: one for one in evidence.sources},
        "report": {one.id: one for one in evidence.reports},
    }


def _named(report: Report) -> Iterator[Key]:
    """Go through the items that a report needs."""
    yield "source", report.source
    if report.origin is not None:
        yield "source", report.origin
    if report.repeats is not None:
        yield "report", report.repeats
    if report.indicator is not None:
        yield "indicator", report.indicator
    for bearing in report.bears_on:
        if bearing.scenario is not None:
            yield "scenario", bearing.scenario
        if bearing.argument is not None:
            yield "argument", bearing.argument
        if bearing.rivals is not None:
            yield "rivals", bearing.rivals


def _rivals_of(rivals: Iterable[Item]) -> dict[str, Rivals]:
    return {s: one for one in rivals if isinstance(one, Rivals) for s in one.scenarios}


def _arguments_on(arguments: Iterable[Item]) -> dict[str, list[Argument]]:
    found: dict[str, list[Argument]] = {}
    for argument in arguments:
        assert isinstance(argument, Argument)
        for bearing in argument.bears_on:
            found.setdefault(bearing.scenario, []).append(argument)
    return found
