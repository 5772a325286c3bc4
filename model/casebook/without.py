"""What a casebook would be without some reports, a source, or all that someone said.

To switch a report off is to take it out; where others repeat it, the first of them is
heard in its place.
"""

from collections.abc import Collection, Iterator

from deciban.evidence import Report
from deciban.model.casebook.casebook import Casebook
from deciban.model.casebook.changes import Change

__all__ = ["changes_without"]


def changes_without(
    casebook: Casebook,
    *,
    reports: Collection[str] = (),
    sources: Collection[str] = (),
    origins: Collection[str] = (),
) -> list[Change]:
    """Make the changes that switch reports off.

    Parameters
    ----------
    casebook : Casebook
        In which they are.
    reports : collection of str
        Their ids.
    sources : collection of str
        Ids of sources: all that they published.
    origins : collection of str
        Ids of sources: all that they said first, whoever published it.
    """
    index = casebook.index
    off = {
        report.id
        for report in casebook.evidence.reports
        if report.id in reports
        or report.source in sources
        or index.claim(report).speaker in origins
    }
    return [
        *(
            _put(report)
            for members in casebook.evidence.tellings().values()
            for report in _heard(members, off)
        ),
        *(Change(kind="report", key=key) for key in sorted(off)),
    ]


def _heard(members: list[Report], off: set[str]) -> Iterator[Report]:
    """Rewrite those who repeat what is off, of reports that tell one claim, by date."""
    first = next(report for report in members if report.repeats is None)
    left = [report for report in members if report.id not in off]
    if first.id in off and left:
        heir, *left = left
        speaker = None if heir.source == first.speaker else first.speaker
        kept = {"credibility", "ages", "bears_on"}
        own = {name: getattr(first, name) for name in kept}
        first = heir.model_copy(update={**own, "origin": speaker, "repeats": None})
        yield first
        off = off | {heir.id, *(report.id for report in left)}
    for report in left:
        if report.repeats is not None and report.repeats in off:
            yield report.model_copy(update={"repeats": first.id})


def _put(report: Report) -> Change:
    return Change(kind="report", key=report.id, body=report)
