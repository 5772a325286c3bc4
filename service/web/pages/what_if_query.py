"""A supposition: what a reader sets aside, regrades or believes instead, as a link.

It is a set of changes to a casebook that nobody stores; it travels in the query of an
address, as short as can be, so that a link shares it:

``off=ID``
    A claim is set aside: a report that repeats none, with all that repeat it; or one
    repeat alone.
``nosource=ID``
    Nothing that this source published is counted.
``noorigin=ID``
    Nothing that it said first is counted, whoever passes it on.
``grade=ID:B``
    The source is graded so.
``prior=ID:20`` or ``prior=ID:10,20,40``
    The prior of a scenario has this median, in per cent, as wide on the log-odds as it
    was; or this low, median and high.
``as_of=2024-03-31``
    The day up to which all is known.

What a form sends beside these (``grade.ID``, ``median.ID``, ``low.ID``, ``high.ID``,
``day``) is rewritten into them.
"""

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from werkzeug.datastructures import MultiDict

from deciban.evidence import RELIABILITY
from deciban.evidence.items import day as read_day
from deciban.model.casebook.casebook import Casebook
from deciban.model.casebook.changes import Change, written_change
from deciban.model.casebook.without import changes_without
from deciban.priors import Scenario
from deciban.service.web.pages.reader_priors import (
    ReaderPrior,
    read_prior,
    written_percent,
)

__all__ = ["MOST_PARTS", "PRIOR_RULE", "WhatIfQuery"]

# How much one link may suppose.
MOST_PARTS = 150

PRIOR_RULE = "a median between 0 and 100 %, or low, median and high in order"

type Arguments = MultiDict[str, str]


@dataclass
class WhatIfQuery:
    """What a reader supposes.

    Attributes
    ----------
    off : list of str
        Reports.
    sources_off, origins_off : list of str
        Sources.
    grades : dict of str
        By source.
    beliefs : dict of ReaderPrior
        By scenario.
    as_of : date or None
    faults : list of str
        What of a query could not be understood, or is of no use any more.
    unread : set of str
        Scenarios whose prior was among that.
    """

    off: list[str] = field(default_factory=list)
    sources_off: list[str] = field(default_factory=list)
    origins_off: list[str] = field(default_factory=list)
    grades: dict[str, str] = field(default_factory=dict)
    beliefs: dict[str, ReaderPrior] = field(default_factory=dict)
    as_of: datetime.date | None = None
    faults: list[str] = field(default_factory=list)
    unread: set[str] = field(default_factory=set)

    @classmethod
    def read(cls, given: Arguments, casebook: Casebook) -> "WhatIfQuery":
        """Read a query, of a link or of a form.

        Parameters
        ----------
        given : MultiDict
            Parameters of the address.
        casebook : Casebook
            As it is now: what it does not know is a fault.
        """
        self = cls()
        self._read_switches(given, casebook)
        self._read_grades(given, casebook)
        self._read_beliefs(given, casebook)
        self._read_day(given)
        excess = len(self.query()) - MOST_PARTS
        if excess > 0:
            self.faults.append(
                f"must be at most {MOST_PARTS} changes, got {MOST_PARTS + excess}: "
                "the last of the reports were left out"
            )
            self.off = self.off[: max(0, len(self.off) - excess)]
        return self

    @property
    def is_empty(self) -> bool:
        """Whether nothing is supposed."""
        return not self.query()

    def query(self) -> list[tuple[str, str]]:
        """Write it as the query of an address."""
        return [
            *(("off", report) for report in self.off),
            *(("nosource", source) for source in self.sources_off),
            *(("noorigin", source) for source in self.origins_off),
            *(("grade", f"{s}:{grade}") for s, grade in self.grades.items()),
            *(("prior", f"{s}:{b.written()}") for s, b in self.beliefs.items()),
            *((("as_of", self.as_of.isoformat()),) if self.as_of else ()),
        ]

    def changes(self, casebook: Casebook) -> list[Change]:
        """Write the changes that it makes of a casebook.

        Parameters
        ----------
        casebook : Casebook
            As it is now.

        Returns
        -------
        list of Change
            Of grades and priors first, then of reports.
        """
        return [
            *self._regraded(casebook),
            *self._believed(casebook),
            *changes_without(
                casebook,
                reports=self._reports_off(casebook),
                sources=self.sources_off,
                origins=self.origins_off,
            ),
        ]

    # What is read.

    def _read_switches(self, given: Arguments, casebook: Casebook) -> None:
        reports = {report.id for report in casebook.evidence.reports}
        sources = {source.id for source in casebook.evidence.sources}
        for name, ids, taken in (
            ("off", reports, self.off),
            ("nosource", sources, self.sources_off),
            ("noorigin", sources, self.origins_off),
        ):
            for wanted in dict.fromkeys(given.getlist(name)):
                if wanted in ids:
                    taken.append(wanted)
                else:
                    self._refuse(name, "one of the case as it is now", wanted)

    def _read_grades(self, given: Arguments, casebook: Casebook) -> None:
        grades = {s.id: s.reliability for s in casebook.evidence.sources}
        for source, grade in _pairs(given, "grade"):
            if source not in grades:
                self._refuse("grade", "that of a source of the case", source)
            elif grade not in RELIABILITY:
                self._refuse("grade", "one of A, B, C, D, E, F", grade)
            elif grade != grades[source]:
                self.grades[source] = grade

    def _read_beliefs(self, given: Arguments, casebook: Casebook) -> None:
        scenarios = {scenario.id: scenario for scenario in casebook.priors.scenarios}
        written = dict(_pairs(given, "prior"))
        written |= _typed_beliefs(given, scenarios)
        for name, text in written.items():
            if name not in scenarios:
                self._refuse("prior", "that of a scenario of the case", name)
                continue
            belief = read_prior(text)
            if text == written_percent(scenarios[name])[1]:
                continue  # as the form shows it: one below 1e-321 is shown as 0
            if belief is None:
                self.unread.add(name)
                self._refuse(f"prior of {name}", PRIOR_RULE, text)
            elif not belief.is_own(scenarios[name]):
                self.beliefs[name] = belief

    def _read_day(self, given: Arguments) -> None:
        text = given.get("as_of") or ""
        if not text:
            return
        try:
            self.as_of = read_day(text)
        except ValueError as error:
            self.faults.append(f"as_of {error}, got {text[:60]!r}")

    def _refuse(self, name: str, rule: str, came: str) -> None:
        self.faults.append(f"{name} must be {rule}, got {came[:60]!r}")

    # What it changes.

    def _regraded(self, casebook: Casebook) -> Iterator[Change]:
        for source in casebook.evidence.sources:
            if source.id in self.grades:
                yield _put("source", source, reliability=self.grades[source.id])

    def _believed(self, casebook: Casebook) -> Iterator[Change]:
        for scenario in casebook.priors.scenarios:
            if scenario.id in self.beliefs:
                low, median, high = self.beliefs[scenario.id].quantiles(scenario)
                prior = {"low": low, "median": median, "high": high}
                # An outcome is a change of its own, and stays as it is.
                body = (_put("scenario", scenario, outcome=None).written or {}) | {
                    "prior": prior
                }
                yield written_change("scenario", scenario.id, body)

    def _reports_off(self, casebook: Casebook) -> set[str]:
        """Ids of the reports that are set aside: with a claim, all that repeat it."""
        roots = casebook.evidence.roots()
        return {
            report.id
            for report in casebook.evidence.reports
            if report.id in self.off or roots[report.id].id in self.off
        }


def _pairs(given: Arguments, name: str) -> Iterator[tuple[str, str]]:
    """Pairs of a link, ``name=ID:VALUE``, then those of a form, ``name.ID=VALUE``."""
    for text in given.getlist(name):
        key, _, value = text.partition(":")
        yield key, value
    for key, value in given.items():
        if key.startswith(f"{name}.") and value:
            yield key.removeprefix(f"{name}."), value


def _typed_beliefs(
    given: Arguments, scenarios: Mapping[str, Scenario]
) -> dict[str, str]:
    """Priors that a form sends, as a link writes them; an end left empty follows."""
    typed = {}
    for name, scenario in scenarios.items():
        median, low, high = (
            given.get(f"{part}.{name}", "").strip()
            for part in ("median", "low", "high")
        )
        alone = read_prior(median)
        if low or high:
            shown = written_percent(scenario, alone)
            typed[name] = f"{low or shown[0]},{median or shown[1]},{high or shown[2]}"
        elif median:
            typed[name] = median
    return typed


def _put(kind: Any, item: Any, **changes: Any) -> Change:
    return Change(kind=kind, key=item.id, body=item.model_copy(update=changes))
