"""The evidence file: a case's sources and reports, and the rules that bind them.

What holds of one report by itself is checked in ``evidence.report``; here are the rules
between items. They can be asked of items that break rules of their own too, so that one
reading of a file can name all its problems.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from typing import Annotated, Self

from pydantic import Field, ValidationError, model_validator
from pydantic_core import InitErrorDetails

from deciban.evidence.items import (
    CaseIdentifier,
    Item,
    Known,
    broken_rule,
    repeated_ids,
)
from deciban.evidence.report import Report, Source

__all__ = ["EvidenceFile", "evidence_problems"]


class EvidenceFile(Item):
    """The evidence file: who reports, and every report that came in."""

    case: CaseIdentifier
    sources: Annotated[tuple[Source, ...], Field(strict=False)] = ()
    reports: Annotated[tuple[Report, ...], Field(strict=False)] = ()

    @model_validator(mode="after")
    def _items_agree(self) -> Self:
        if problems := list(evidence_problems(self)):
            raise ValidationError.from_exception_data("EvidenceFile", problems)
        return self

    def roots(self) -> dict[str, Report]:
        """Report that each report repeats in the end, itself if none, by report id."""
        by_id = {report.id: report for report in self.reports}
        roots = {}
        for report in self.reports:
            root = report
            while root.repeats is not None:
                root = by_id[root.repeats]
            roots[report.id] = root
        return roots

    def tellings(self) -> dict[str, list[Report]]:
        """Reports that told each claim, by the report that brought it, by date."""
        roots = self.roots()
        told: dict[str, list[Report]] = {}
        for report in sorted(
            self.reports, key=lambda r: (r.published, r.repeats is not None, r.id)
        ):
            told.setdefault(roots[report.id].id, []).append(report)
        return told

    def relays(self) -> dict[str, tuple[str, ...]]:
        """Sources that relay each report that repeats none, by report id.

        A report's own publisher comes first where it relays an origin, then the
        publishers of its repeats in the order of the file, each once. The tuple is
        empty where the report was heard from its speaker itself: its source spoke for
        itself, or a repeat was published by the origin. A repeat that does not name the
        origin copied the report that it repeats: whoever published it relays nothing.
        """
        roots = self.roots()
        heard: dict[str, list[str]] = {r.id: [] for r in self.reports if not r.repeats}
        for report in sorted(self.reports, key=lambda r: r.repeats is not None):
            if report.speaker == roots[report.id].speaker:
                heard[roots[report.id].id].append(report.source)
        return {
            key: () if roots[key].speaker in sources else tuple(dict.fromkeys(sources))
            for key, sources in heard.items()
        }


def evidence_problems(
    evidence: EvidenceFile, among: Collection[str] | None = None
) -> Iterator[InitErrorDetails]:
    """Find what breaks the rules between items: ids, references and repeats.

    Parameters
    ----------
    evidence : EvidenceFile
        Or the ``readable_part`` of one.
    among : collection of str, optional
        Ids of the reports to look at, where all others are known to be right.

    Yields
    ------
    InitErrorDetails
        Place, rule and value, as pydantic reports them.
    """
    sources, reports = evidence.sources or (), evidence.reports or ()
    if among is None:
        yield from repeated_ids("sources", sources)
        yield from repeated_ids("reports", reports)
    known = Known.ids(sources)
    # Which of two reports of one id is repeated cannot be told.
    by_id, twice = {report.id: report for report in reports}, set[str]()
    if among is None and len(by_id) < len(reports):
        counts = Counter(report.id for report in reports)
        twice = {name for name, n in counts.items() if n > 1}
        by_id = {name: one for name, one in by_id.items() if name not in twice}
    ids = Known(name for name in by_id if name is not None)
    for i, report in enumerate(reports):
        if among is not None and report.id not in among:
            continue
        for key, name in (("source", report.source), ("origin", report.origin)):
            if name is not None and name not in known:
                rule = f"must be one of the sources{known.meant(name)}"
                yield broken_rule(("reports", i, key), rule, name)
        if report.repeats in twice:
            continue
        if broken := _broken_repeat(report, by_id, ids):
            yield broken_rule(("reports", i, "repeats"), broken, report.repeats)


def _broken_repeat(
    report: Report, by_id: Mapping[str, Report], ids: Known
) -> str | None:
    if report.repeats is None:
        return None
    repeated = by_id.get(report.repeats)
    if repeated is None:
        return f"must be the id of a report{ids.meant(report.repeats)}"
    if _returns_to(report, by_id):
        return "must not lead back to the report itself"
    if report.published and repeated.published:
        if report.published < repeated.published:
            return "must be a report that was not published later than this"
    return None


def _returns_to(start: Report, by_id: Mapping[str, Report]) -> bool:
    seen: set[str] = set()
    name = start.repeats
    while name is not None and name in by_id and name not in seen:
        if name == start.id:
            return True
        seen.add(name)
        name = by_id[name].repeats
    return False
