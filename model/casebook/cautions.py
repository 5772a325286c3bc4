"""What a casebook says that is allowed, and yet seldom meant.

Errors are refused when the files are read; here are the cautions of ``deciban check``:
evidence that would be counted twice, items that move nothing, single claims that move
much, scenarios that wait to be resolved.
"""

import datetime
from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from deciban.evidence import Bearing, Report
from deciban.model.casebook.casebook import Casebook
from deciban.model.casebook.links import MAX_SET_SIZE, linked_sets

__all__ = ["LARGE_SET_SIZE", "SAME_STATEMENT_DAYS", "WIDE_REACH", "Caution", "review"]

# Each further scenario doubles the time that a set takes; its limit is MAX_SET_SIZE.
LARGE_SET_SIZE = 10
SAME_STATEMENT_DAYS = 7
# An argument on so many scenarios should not rest on a single claim.
WIDE_REACH = 5


class Caution(NamedTuple):
    """One thing worth a second look: what it is about, and a sentence on it."""

    where: str
    message: str

    def __str__(self) -> str:
        """Format as one line."""
        return f"{self.where}: {self.message}"


def review(casebook: Casebook, today: datetime.date | None = None) -> list[Caution]:
    """Find what is allowed in a casebook and yet seldom meant.

    Parameters
    ----------
    casebook : Casebook
        A valid one.
    today : datetime.date, optional
        Day by which scenarios should be resolved and reports published; without it,
        neither is looked at.

    Returns
    -------
    list of Caution
        Those on reports first, then on sources, arguments, links and scenarios.
    """
    cautions = [
        *_confirmed_twice(casebook),
        *_said_twice(casebook),
        *_moves_nothing(casebook),
        *_after_the_close(casebook),
        *_never_used(casebook),
        *_idle_arguments(casebook),
        *_resting_on_one_claim(casebook),
        *_large_sets(casebook),
    ]
    if today is not None:
        cautions += [*_from_the_future(casebook, today), *_unresolved(casebook, today)]
    return cautions


def _confirmed_twice(casebook: Casebook) -> Iterator[Caution]:
    """Grade 1 is given because others say the same, and they are counted as well."""
    saying = defaultdict(list)
    for report in casebook.evidence.reports:
        for target in _targets(report):
            saying[target].append(report)
    for report in casebook.evidence.reports:
        if report.credibility != 1:
            continue
        others = {
            other.id: None
            for target in _targets(report)
            for other in saying[target]
            if other.speaker != report.speaker
        }
        if others:
            yield Caution(
                f"report {report.id!r}",
                "credibility 1 counts its confirmation twice, for the confirming "
                f"reports are in the ledger: {_quoted(others)}",
            )


def _said_twice(casebook: Casebook) -> Iterator[Caution]:
    alike = defaultdict(list)
    for report in sorted(casebook.evidence.reports, key=lambda r: r.published):
        if targets := _targets(report):
            alike[report.speaker, frozenset(targets)].append(report)
    for reports in alike.values():
        for one, other in pairwise(reports):
            if (other.published - one.published).days <= SAME_STATEMENT_DAYS:
                yield Caution(
                    f"report {other.id!r}",
                    f"{other.speaker!r} says much the same in report {one.id!r}, at "
                    f"most {SAME_STATEMENT_DAYS} days before; if the two are one "
                    "statement, let this one repeat it",
                )


def _moves_nothing(casebook: Casebook) -> Iterator[Caution]:
    for report in casebook.evidence.reports:
        if not report.bears_on and report.repeats is None:
            yield Caution(
                f"report {report.id!r}", "bears on nothing and repeats nothing"
            )


def _after_the_close(casebook: Casebook) -> Iterator[Caution]:
    closes = {s.id: s.closes for s in casebook.priors.scenarios}
    for report in casebook.evidence.reports:
        ends = [closes[name] for name in casebook.index.scenarios_of(report)]
        if ends and report.published > max(ends):
            yield Caution(
                f"report {report.id!r}",
                f"published on {report.published}, after all that it bears on has "
                f"closed, the last on {max(ends)}",
            )


def _never_used(casebook: Casebook) -> Iterator[Caution]:
    reports = casebook.evidence.reports
    used = {r.source for r in reports} | {r.origin for r in reports}
    for source in casebook.evidence.sources:
        if source.id not in used:
            yield Caution(f"source {source.id!r}", "no report names it")


def _idle_arguments(casebook: Casebook) -> Iterator[Caution]:
    heard = {b.argument for r in casebook.evidence.reports for b in r.bears_on}
    for argument in casebook.priors.arguments:
        if argument.id not in heard:
            yield Caution(f"argument {argument.id!r}", "no report bears on it")
        if not argument.bears_on:
            yield Caution(f"argument {argument.id!r}", "bears on no scenario")


def _resting_on_one_claim(casebook: Casebook) -> Iterator[Caution]:
    """One claim for an argument, one against it or both, and it moves much at once."""
    speaking = defaultdict(list)
    for report in casebook.evidence.reports:
        for target in _targets(report):
            speaking[target].append(report.id)
    for argument in casebook.priors.arguments:
        sides = {
            side: speaking["argument", argument.id, sign]
            for side, sign in (("for", 1), ("against", -1))
        }
        scenarios = [bearing.scenario for bearing in argument.bears_on]
        if len(scenarios) >= WIDE_REACH and max(map(len, sides.values())) == 1:
            alone = " and ".join(
                f"{side} it speaks report {ids[0]!r} alone"
                for side, ids in sides.items()
                if ids
            )
            yield Caution(
                f"argument {argument.id!r}",
                f"{alone}, yet it bears on {len(scenarios)} scenarios: "
                f"{_quoted(scenarios)}; look for a second report on it",
            )


def _large_sets(casebook: Casebook) -> Iterator[Caution]:
    ids = [scenario.id for scenario in casebook.priors.scenarios]
    links = [(link.if_, link.then) for link in casebook.priors.links]
    for linked in linked_sets(ids, links):
        if len(linked) >= LARGE_SET_SIZE:
            yield Caution(
                "links",
                f"join {len(linked)} scenarios into one set, near the limit of "
                f"{MAX_SET_SIZE}: {_quoted(linked)}",
            )


def _from_the_future(casebook: Casebook, today: datetime.date) -> Iterator[Caution]:
    for report in casebook.evidence.reports:
        if report.published > today:
            yield Caution(
                f"report {report.id!r}",
                f"published on {report.published}, which lies ahead; it does not count "
                "until then",
            )


def _unresolved(casebook: Casebook, today: datetime.date) -> Iterator[Caution]:
    for scenario in casebook.priors.scenarios:
        if scenario.outcome is None and scenario.closes < today:
            reason = (
                "; at its close the clock leaves it no chance, and its reports count "
                "against their sources"
            )
            yield Caution(
                f"scenario {scenario.id!r}",
                f"closed on {scenario.closes} without an outcome: resolve it"
                + (reason if scenario.hazard == "constant" else ""),
            )


def _targets(report: Report) -> set[tuple[str, str, int]]:
    """What a report bears on and which way; what favours neither side is left out."""
    return {
        ("scenario", b.scenario, sign)
        if b.scenario
        else ("argument", str(b.argument), sign)
        for b in report.bears_on
        if (sign := _sign(b))
    }


def _sign(bearing: Bearing) -> int:
    if bearing.likelihoods is not None:
        if_true, if_false = bearing.likelihoods
        return (if_true > if_false) - (if_true < if_false)
    if bearing.decibans == 0:
        return 0
    return 1 if bearing.direction == "supports" else -1


def _quoted(ids: dict[str, None] | list[str]) -> str:
    return ", ".join(map(repr, ids))
