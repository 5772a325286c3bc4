"""The ledger: all reports of a case, searched, filtered, ordered, a page at a time.

Reports that were retracted stay in it, struck through, with who took them out and why.
What a report weighs is known of those that the current fit has read.
"""

import datetime
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields
from typing import Any, Self

from flask import request
from flask.typing import ResponseReturnValue

from deciban.evidence import CREDIBILITY, RELIABILITY, Report, Source
from deciban.evidence.items import day as read_day
from deciban.model.casebook.casebook import Casebook
from deciban.model.explain.explanation import Claim, Explanation, Weight
from deciban.service.application.case_view import CaseView
from deciban.service.store import casebooks
from deciban.service.store.casebooks import Entry
from deciban.service.store.retractions import Retraction, retractions
from deciban.service.web.access import requires
from deciban.service.web.pages.blueprint import bp, page
from deciban.service.web.pages.row_numbers import row_number
from deciban.service.web.shared import services

__all__ = ["ORDERS", "PAGE_SIZE", "Line", "Wanted", "lines_of", "safe_link", "terms"]

PAGE_SIZE = 50
_NOTHING = 0.05  # dB
_LONGEST = 200  # characters of what is searched for


@dataclass(frozen=True)
class Line:
    """One report as the ledger shows it.

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
    def weights(self) -> list[tuple[str, Weight]]:
        """Scenarios that the claim bears on, with its weight: the largest first."""
        if self.claim is None:
            return []
        found = ((s, self.claim.on(s)) for s in self.claim.scenarios())
        known = [(scenario, weight) for scenario, weight in found if weight]
        return sorted(known, key=lambda one: -abs(one[1].mean))

    @property
    def telling(self) -> list[tuple[str, Weight]]:
        """Those of its weights that do not round to nothing."""
        return [one for one in self.weights if abs(one[1].mean) >= _NOTHING]

    @property
    def share(self) -> float | None:
        """Share of the claim that this report carried, where several tell it."""
        return self.claim.carried.get(self.report.id) if self.claim else None

    def size(self, scenario: str) -> float:
        """How much the claim weighs on a scenario, or at most on any, in dB."""
        sizes = [
            abs(weight.mean) for name, weight in self.weights if scenario in ("", name)
        ]
        return max(sizes, default=-1.0)


# How lines can be ordered: what it is called, and what it sorts by.
ORDERS: dict[str, tuple[str, Callable[[Line, "Wanted"], Any]]] = {
    "newest": ("newest first", lambda line, _: -line.report.published.toordinal()),
    "oldest": ("oldest first", lambda line, _: line.report.published.toordinal()),
    "weight": ("heaviest first", lambda line, by: -line.size(by.scenario)),
    "source": ("by source", lambda line, _: line.source.name.casefold()),
    "credibility": ("most credible first", lambda line, _: line.report.credibility),
}
_SHOWN = {"all": "all", "standing": "those that stand", "retracted": "retracted"}


@dataclass(frozen=True)
class Wanted:
    """Which reports are wanted, as the query says; empty texts want all.

    Attributes
    ----------
    q : str
        Words that must all occur in the claim, the id, or the reference.
    scenario, source, origin, argument : str
        Ids: what it bears on, who published it, who said it first.
    since, until : str
        Days between which it was published, both included.
    shown : str
        ``all``, ``standing`` or ``retracted``.
    sort : str
        One of ``ORDERS``.
    """

    q: str = ""
    scenario: str = ""
    source: str = ""
    origin: str = ""
    argument: str = ""
    since: str = ""
    until: str = ""
    shown: str = "all"
    sort: str = "newest"

    @classmethod
    def read(cls, given: Mapping[str, str]) -> Self:
        """Read a query; what makes no sense wants nothing special."""
        values = {f.name: given.get(f.name, "").strip()[:_LONGEST] for f in fields(cls)}
        for name in ("since", "until"):
            if _day(values[name]) is None:
                values[name] = ""
        for name, known in (("shown", _SHOWN), ("sort", ORDERS)):
            if values[name] not in known:
                values[name] = str(getattr(cls, name))
        return cls(**values)

    @property
    def is_filter(self) -> bool:
        """Whether more than a text is asked of a report."""
        plain = type(self)(q=self.q, sort=self.sort)
        return self != plain

    def query(self) -> dict[str, str]:
        """Write it as a query, without what says nothing."""
        return {
            f.name: value
            for f in fields(self)
            if (value := getattr(self, f.name)) != f.default
        }

    def takes(self, line: Line, through: frozenset[str]) -> bool:
        """Whether a line is wanted; ``through`` are arguments on the scenario."""
        report = line.report
        if self.shown == ("standing" if line.retracted else "retracted"):
            return False
        if self.source not in ("", report.source):
            return False
        if self.origin not in ("", line.root.speaker):
            return False
        day = report.published.isoformat()
        if (self.since and day < self.since) or (self.until and day > self.until):
            return False
        targets = line.root.bears_on
        if self.argument and all(b.argument != self.argument for b in targets):
            return False
        if self.scenario and not any(
            b.scenario == self.scenario or b.argument in through for b in targets
        ):
            return False
        return self._reads(line)

    def _reads(self, line: Line) -> bool:
        report = line.report
        text = f"{report.claim} {report.id} {report.reference or ''}".casefold()
        return all(word in text for word in self.q.casefold().split())


def _day(text: str) -> datetime.date | None:
    with suppress(ValueError):
        return read_day(text)
    return None


@bp.get("/cases/<case>/ledger")
@requires("viewer")
def ledger(case: str) -> ResponseReturnValue:
    """List the reports of a case, now or as they stood at a revision."""
    known = services().views.view(case)
    past = row_number(request.args.get("revision"))
    casebook, taken_out = _as_of(case, known, past)
    wanted = Wanted.read(request.args)
    through = _arguments_on(casebook, wanted.scenario)
    explanation = known.explanation if past is None else None
    found = [
        line
        for line in lines_of(casebook, explanation, taken_out)
        if wanted.takes(line, through)
    ]
    found.sort(key=lambda line: line.report.id)
    found.sort(key=lambda line: ORDERS[wanted.sort][1](line, wanted))
    n_pages = max(1, -(-len(found) // PAGE_SIZE))
    number = min(max(1, row_number(request.args.get("page")) or 1), n_pages)
    return page(
        "ledger.html",
        case=known.case,
        known=known,
        casebook=casebook,
        past=past,
        wanted=wanted,
        lines=found[(number - 1) * PAGE_SIZE : number * PAGE_SIZE],
        n_found=len(found),
        n_retracted=len(taken_out),
        number=number,
        n_pages=n_pages,
        orders={name: told for name, (told, _) in ORDERS.items()},
        shown=_SHOWN,
        link={"case": case, "revision": past} | wanted.query(),
        **_names(casebook),
        **terms(),
    )


def terms() -> dict[str, Any]:
    """What templates need to explain grades."""
    return {"reliability": RELIABILITY, "credibility": CREDIBILITY}


def _names(casebook: Casebook) -> dict[str, list[tuple[str, str]]]:
    """Ids and names of what a filter can choose, by name."""
    priors, sources = casebook.priors, casebook.evidence.sources
    return {
        "scenarios_by_name": [
            (s.id, f"{s.id}: {s.question}") for s in priors.scenarios
        ],
        "arguments_by_name": [
            (a.id, f"{a.id}: {a.statement}") for a in priors.arguments
        ],
        "sources_by_name": sorted(
            ((s.id, s.name) for s in sources), key=lambda one: one[1].casefold()
        ),
    }


def _as_of(
    case: str, known: CaseView, past: int | None
) -> tuple[Casebook, Sequence[Retraction]]:
    with services().store.reading() as session:
        if past is None:
            return known.casebook, retractions(session, case)
        return casebooks.casebook(session, case, past), []


def _arguments_on(casebook: Casebook, scenario: str) -> frozenset[str]:
    return frozenset(
        argument.id
        for argument in casebook.priors.arguments
        if any(bearing.scenario == scenario for bearing in argument.bears_on)
    )


def lines_of(
    casebook: Casebook,
    explanation: Explanation | None,
    taken_out: Sequence[Retraction] = (),
) -> list[Line]:
    """Every report of a casebook as the ledger shows it, then those retracted."""
    sources = {source.id: source for source in casebook.evidence.sources}
    roots = casebook.evidence.roots()
    claims = {c.report: c for c in explanation.claims} if explanation else {}
    told: dict[str, int] = {}
    for root in roots.values():
        told[root.id] = told.get(root.id, 0) + 1

    def line(report: Report, root: Report, retracted: Entry | None = None) -> Line:
        return Line(
            report,
            _source(sources, report.source),
            _source(sources, root.speaker),
            root,
            told.get(report.id, 1) - 1,
            None if retracted else claims.get(root.id),
            retracted,
        )

    standing = [line(report, roots[report.id]) for report in casebook.evidence.reports]
    gone = [
        line(report, roots.get(report.repeats or "", report), one.entry)
        for one in taken_out
        for report in [Report.model_validate(one.last.body)]
    ]
    return standing + gone


def _source(sources: Mapping[str, Source], name: str) -> Source:
    """One source; one that was taken out since is known by its id alone."""
    return sources.get(name) or Source(id=name, name=name, reliability="F")


def safe_link(url: str | None) -> str | None:
    """Return an address that a page may link to; None for any other text.

    Examples
    --------
    >>> safe_link("https://example.org/a"), safe_link("javascript:alert(1)")
    ('https://example.org/a', None)
    """
    url = (url or "").strip()
    return url if url.lower().startswith(("https://", "http://")) else None
