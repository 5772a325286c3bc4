"""The reports of a case: listed, searched and filtered; and one retracted.

Reports that were retracted stay known, with who took them out, when and why. What a
report weighs is known of those that the current fit has read.
"""

import datetime
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from deciban.evidence import Report, Source
from deciban.evidence.items import folded
from deciban.model.casebook.casebook import Casebook
from deciban.model.casebook.changes import Change
from deciban.model.casebook.without import changes_without
from deciban.model.explain.explanation import Claim, Explanation
from deciban.service.application.errors import UnknownItemError
from deciban.service.application.posting import post_changes
from deciban.service.application.services import Services
from deciban.service.store import casebooks
from deciban.service.store.casebooks import Author, Entry
from deciban.service.store.retractions import Retraction, retractions

__all__ = [
    "ListedReport",
    "ReportFilter",
    "ReportList",
    "Shown",
    "list_reports",
    "listed_reports",
    "put_back",
    "retraction",
]

type Shown = Literal["all", "standing", "retracted"]

_NOTHING = 0.05  # dB


@dataclass(frozen=True)
class ListedReport:
    """One report, and what else is known of it.

    Attributes
    ----------
    report, source, speaker
        Who published it, and who said it.
    root : Report
        The report that it repeats in the end, or itself.
    repeats : int
        How many repeat it.
    claim : Claim or None
        What the fit says of the claim.
    retracted : Entry or None
        The change that took it out.
    """

    report: Report
    source: Source
    speaker: Source
    root: Report
    repeats: int = 0
    claim: Claim | None = None
    retracted: Entry | None = None

    @property
    def weights(self) -> list[tuple[str, float]]:
        """Scenarios that the claim moves, with its part in dB: the largest first."""
        if self.claim is None:
            return []
        found = ((s, self.claim.on(s)) for s in self.claim.scenarios())
        known = [(scenario, part) for scenario, part in found if part is not None]
        return sorted(known, key=lambda one: -abs(one[1]))

    @property
    def telling(self) -> list[tuple[str, float]]:
        """Those of its weights that do not round to nothing."""
        return [one for one in self.weights if abs(one[1]) >= _NOTHING]

    @property
    def share(self) -> float | None:
        """Share of the claim that this report carried, where several tell it."""
        return self.claim.carried.get(self.report.id) if self.claim else None

    def size(self, scenario: str | None = None) -> float:
        """How much the claim weighs on a scenario, or at most on any, in dB.

        Parameters
        ----------
        scenario : str, optional
            Its id; any unless given.

        Returns
        -------
        float
            In dB, never negative; -1 where nothing is known, so that it comes last.
        """
        sizes = [abs(part) for name, part in self.weights if scenario in (None, name)]
        return max(sizes, default=-1.0)

    @property
    def text(self) -> str:
        """What is searched: claim, id, reference, who published it and who said it."""
        report = self.report
        parts = (report.claim, report.id, report.reference or "")
        return folded(" ".join((*parts, self.source.name, self.speaker.name)))


@dataclass(frozen=True)
class ReportFilter:
    """Which reports are wanted: those for which all that is given holds.

    Attributes
    ----------
    text : str
        Words that must all occur, whole or as parts of others and in capitals or not,
        in the claim, the id, the reference, or the names of who published or said it.
    scenario, argument : str or None
        Ids: what it bears on, or what it repeats does; a scenario through arguments
        too.
    source, origin : str or None
        Ids: who published it, and who said it first.
    published_from, published_to : date or None
        Days between which it was published, both included.
    shown : str
        ``all``, those ``standing``, or those ``retracted``.
    """

    text: str = ""
    scenario: str | None = None
    argument: str | None = None
    source: str | None = None
    origin: str | None = None
    published_from: datetime.date | None = None
    published_to: datetime.date | None = None
    shown: Shown = "all"

    def choose(
        self, casebook: Casebook, reports: Iterable[ListedReport]
    ) -> list[ListedReport]:
        """Return the wanted reports of a casebook, in the order given.

        Parameters
        ----------
        casebook : Casebook
            Whose arguments lead to scenarios.
        reports : iterable of ListedReport
            Of it.
        """
        index, scenario = casebook.index, self.scenario or ""
        targets = {("scenario", scenario)}
        targets |= {
            ("argument", one.id) for one in index.arguments_on.get(scenario, ())
        }
        if scenario in index.rivals_of:
            targets.add(("rivals", index.rivals_of[scenario].id))
        words = folded(self.text).split()
        return [
            one
            for one in reports
            if self._takes(one.report, one)
            and self._bears(one.root, targets)
            and all(word in one.text for word in words)
        ]

    def _takes(self, report: Report, listed: ListedReport) -> bool:
        first, last = self.published_from, self.published_to
        state = "standing" if listed.retracted is None else "retracted"
        return (
            self.shown in ("all", state)
            and self.source in (None, report.source)
            and self.origin in (None, listed.root.speaker)
            and (first is None or first <= report.published)
            and (last is None or report.published <= last)
        )

    def _bears(self, root: Report, targets: set[tuple[str, str]]) -> bool:
        named = {bearing.target for bearing in root.bears_on}
        return (self.argument is None or ("argument", self.argument) in named) and (
            self.scenario is None or not named.isdisjoint(targets)
        )


class ReportList(NamedTuple):
    """The reports of a case that are wanted.

    Attributes
    ----------
    casebook : Casebook
        In which they are.
    revision : int
        Of the casebook.
    reports : list of ListedReport
        In the order of the casebook, those retracted last.
    n_retracted : int
        How many reports of the case are retracted, wanted or not.
    """

    casebook: Casebook
    revision: int
    reports: list[ListedReport]
    n_retracted: int


def list_reports(
    services: Services,
    case: str,
    wanted: ReportFilter,
    *,
    revision: int | None = None,
    explanation: Explanation | None = None,
) -> ReportList:
    """List the reports of a case, now or as they stood at a revision.

    Parameters
    ----------
    services : Services
        Whose store is read.
    case : str
        Its id.
    wanted : ReportFilter
        Which of them.
    revision : int, optional
        The last unless given. Of an earlier one, none counts as retracted.
    explanation : Explanation, optional
        Of the current fit: what they weigh.

    Returns
    -------
    ReportList

    Raises
    ------
    UnknownCaseError, UnknownRevisionError
    """
    gone: Sequence[Retraction] = ()
    if revision is None:
        current = services.forecasts.current(case)
        casebook, revision = current.casebook, current.head.revision
        with services.store.reading() as session:
            gone = retractions(session, case)
    else:
        with services.store.reading() as session:
            casebook = casebooks.casebook(session, case, revision)
    listed = listed_reports(casebook, explanation, gone)
    n_retracted = sum(one.retracted is not None for one in listed)
    chosen = wanted.choose(casebook, listed)
    return ReportList(casebook, revision, chosen, n_retracted)


def listed_reports(
    casebook: Casebook,
    explanation: Explanation | None,
    gone: Sequence[Retraction] = (),
) -> list[ListedReport]:
    """Return every report of a casebook, then those that were taken out of it.

    Parameters
    ----------
    casebook : Casebook
        Whose reports.
    explanation : Explanation or None
        Of the current fit: what they weigh.
    gone : sequence of Retraction, optional
        What was taken out; what stands in the casebook, which may have been read
        before, is not counted as such.
    """
    sources = {source.id: source for source in casebook.evidence.sources}
    roots = casebook.evidence.roots()
    claims = {c.report: c for c in explanation.claims} if explanation else {}
    n_told = Counter(root.id for root in roots.values())

    def source(name: str) -> Source:
        # One that was taken out since is known by its id alone.
        return sources.get(name) or Source(id=name, name=name, reliability="F")

    def listed(report: Report, root: Report, out: Entry | None = None) -> ListedReport:
        return ListedReport(
            report,
            source(report.source),
            source(root.speaker),
            root,
            max(0, n_told[report.id] - 1),
            None if out else claims.get(root.id),
            out,
        )

    standing = [
        listed(report, roots[report.id]) for report in casebook.evidence.reports
    ]
    retracted = [
        listed(report, roots.get(report.repeats or "", report), entry)
        for report, entry in gone
        if report.id not in roots
    ]
    return standing + retracted


def retraction(casebook: Casebook, report_id: str) -> list[Change]:
    """Make the changes that retract a report.

    Where others repeat it, the first of them is heard in its place.

    Parameters
    ----------
    casebook : Casebook
        In which it stands.
    report_id : str
        Its id.

    Raises
    ------
    UnknownItemError
        If there is none of this id.
    """
    if report_id not in casebook.index.items["report"]:
        raise UnknownItemError("report", report_id)
    return changes_without(casebook, reports=[report_id])


def put_back(
    services: Services, case: str, report_id: str, *, author: Author, because: str
) -> int:
    """Put a report that was retracted back as it stood.

    Those who repeated it do so again, unless they have been altered since: what its
    retraction made of them is undone with it.

    Parameters
    ----------
    services : Services
        Whose store is written.
    case : str
        Its id.
    report_id : str
        Of the report.
    author : Author
        Who puts it back.
    because : str
        Why.

    Returns
    -------
    int
        The new revision.

    Raises
    ------
    UnknownCaseError, ReasonError
    UnknownItemError
        If there is none of this id that is retracted.
    ChangeError
        If something that it refers to has been taken out.
    """
    with services.store.reading() as session:
        gone = {one.report.id: one for one in retractions(session, case)}
        if report_id not in gone:
            raise UnknownItemError("report", report_id)
        last = gone[report_id]
        revision = last.entry.revision
        after = casebooks.casebook(session, case, revision).index.items["report"]
        before = casebooks.casebook(session, case, max(1, revision - 1)).index
    then = before.items["report"]
    told = [one.id for one in before.telling(last.report)] if report_id in then else []

    def changes(head: Casebook | None) -> list[Change]:
        now = head.index.items["report"] if head else {}
        if report_id in now:  # somebody was first
            raise UnknownItemError("report", report_id)
        undone = [
            name
            for name in told
            if name in after and after[name] == now.get(name) != then[name]
        ]
        return [
            Change(kind="report", key=report_id, body=last.report),
            *(Change(kind="report", key=name, body=then[name]) for name in undone),
        ]

    return post_changes(services, case, changes, author=author, because=because)[0]
