"""Whether each step of a long history leads to a casebook, looked at where it changes.

To fold the whole casebook anew at each revision takes time with the square of their
number. But reports, which grow, are bound to little else: a report must find its
sources, what it bears on, and what it repeats, and no rule asks how many there are. So
a step is taken on the casebook with those reports alone that it can break, and breaks
the same rules there.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from deciban.evidence import Report
from deciban.model.casebook.casebook import Casebook
from deciban.model.casebook.changes import Change, Kind, changed

__all__ = ["Unfolding"]

type Place = tuple[Kind, str]


class Unfolding:
    """A casebook on the way from nothing, step by step."""

    def __init__(self) -> None:
        self._rest: Casebook | None = None  # all but the reports
        self._reports: dict[str, Report] = {}
        # By item the ids of the reports that name it.
        self._naming: defaultdict[Place, set[str]] = defaultdict(set)

    def take(self, changes: Sequence[Change]) -> None:
        """Take the next step.

        Raises
        ------
        ChangeError
            If it does not lead to a casebook; then all stays as it was.
        """
        near = set(self._near(changes))
        reports = [self._reports[name] for name in sorted(near & self._reports.keys())]
        before = None if self._rest is None else _with(self._rest, reports)
        after = changed(before, changes)
        for report in reports:
            self._put_out(report)
        for report in after.evidence.reports:
            self._put_in(report)
        self._rest = _with(after, [])

    def _near(self, changes: Sequence[Change]) -> Iterator[str]:
        """Name the reports that are changed or name what is, and what those repeat."""
        for change in changes:
            body = change.body
            if change.kind == "report":
                yield change.key
                yield from self._line((body or {}).get("repeats"))
            # What another item says, other than that it is there, concerns no report.
            if change.kind == "report" or body is None:
                for name in self._naming.get((change.kind, change.key), ()):
                    yield from self._line(name)

    def _line(self, name: object) -> Iterator[str]:
        """Name a report, the one it repeats, and so on; at first it may be no name."""
        while isinstance(name, str) and name in self._reports:
            yield name
            name = self._reports[name].repeats

    def _put_out(self, report: Report) -> None:
        del self._reports[report.id]
        for place in _named(report):
            self._naming[place].discard(report.id)

    def _put_in(self, report: Report) -> None:
        self._reports[report.id] = report
        for place in _named(report):
            self._naming[place].add(report.id)


def _with(casebook: Casebook, reports: Sequence[Report]) -> Casebook:
    evidence = casebook.evidence.model_copy(update={"reports": tuple(reports)})
    return casebook.model_copy(update={"evidence": evidence})


def _named(report: Report) -> Iterator[Place]:
    """Name the items that a report needs."""
    yield "source", report.source
    if report.origin is not None:
        yield "source", report.origin
    if report.repeats is not None:
        yield "report", report.repeats
    for bearing in report.bears_on:
        if bearing.scenario is not None:
            yield "scenario", bearing.scenario
        if bearing.argument is not None:
            yield "argument", bearing.argument
