"""The evidence file: a case's sources and reports, and the rules that bind them.

What holds of one report by itself is checked in ``evidence.report``; here are the rules
between items. They are checked on what was written, valid or not, so that one reading
of a file can name all its problems.
"""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Self

from pydantic import Field, ValidationError, model_validator
from pydantic_core import InitErrorDetails

from deciban.evidence.items import (
    Identifier,
    Item,
    broken_rule,
    day,
    repeated_ids,
    written_ids,
    written_items,
)
from deciban.evidence.report import Report, Source

__all__ = ["EvidenceFile", "evidence_problems"]


class EvidenceFile(Item):
    """The evidence file: who reports, and every report that came in."""

    case: Identifier
    sources: Annotated[tuple[Source, ...], Field(strict=False)] = ()
    reports: Annotated[tuple[Report, ...], Field(strict=False)] = ()

    @model_validator(mode="after")
    def _items_agree(self) -> Self:
        if problems := list(evidence_problems(self.model_dump())):
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
        itself, or a repeat was published by the origin.
        """
        roots = self.roots()
        heard: dict[str, list[str]] = {r.id: [] for r in self.reports if not r.repeats}
        for report in sorted(self.reports, key=lambda r: r.repeats is not None):
            heard[roots[report.id].id].append(report.source)
        return {
            key: () if roots[key].speaker in sources else tuple(dict.fromkeys(sources))
            for key, sources in heard.items()
        }


def evidence_problems(data: Any) -> Iterator[InitErrorDetails]:
    """Find what breaks the rules between items: ids, references and repeats.

    Parameters
    ----------
    data : mapping
        An evidence file as written, which may break any other rule as well.

    Yields
    ------
    InitErrorDetails
        Place, rule and value, as pydantic reports them.
    """
    reports = written_items(data, "reports")
    yield from repeated_ids(data, "sources")
    yield from repeated_ids(data, "reports")
    known = written_ids(data, "sources")
    for i, report in reports:
        for key in ("source", "origin"):
            name = report.get(key)
            if isinstance(name, str) and name not in known:
                yield broken_rule(
                    ("reports", i, key), "must be one of the sources", name
                )
    yield from _repeats(reports)


def _repeats(
    reports: list[tuple[int, Mapping[str, Any]]],
) -> Iterator[InitErrorDetails]:
    by_id = {item["id"]: item for _, item in reports if isinstance(item.get("id"), str)}
    for i, report in reports:
        name = report.get("repeats")
        if not isinstance(name, str):
            continue
        place = ("reports", i, "repeats")
        if name not in by_id:
            yield broken_rule(place, "must be the id of a report", name)
        elif _returns_to(report, by_id):
            yield broken_rule(place, "must not lead back to the report itself", name)
        elif _is_earlier(report.get("published"), by_id[name].get("published")):
            yield broken_rule(
                place, "must be a report that was not published later than this", name
            )


def _returns_to(
    start: Mapping[str, Any], by_id: Mapping[str, Mapping[str, Any]]
) -> bool:
    seen: set[str] = set()
    name = start.get("repeats")
    while isinstance(name, str) and name in by_id and name not in seen:
        if name == start.get("id"):
            return True
        seen.add(name)
        name = by_id[name].get("repeats")
    return False


def _is_earlier(one: Any, other: Any) -> bool:
    """Compare two days; what is no date is not earlier, and is refused elsewhere."""
    try:
        return bool(day(one) < day(other))
    except ValueError:
        return False
