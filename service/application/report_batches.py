"""Reports that come together: those that are right are kept, the others told why."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from pydantic import ValidationError

from deciban.evidence import Report
from deciban.model.casebook.casebook import Casebook
from deciban.model.casebook.changes import Change, ChangeError, changed
from deciban.model.casebook.messages import BrokenRule, broken_rules

__all__ = ["SortedReports", "sort_reports"]

_TAKEN = "must not be that of another report"


class SortedReports(NamedTuple):
    """Reports that came together, sorted.

    Attributes
    ----------
    changes : list of Change
        That add those that are right, in their order.
    broken : dict of list of BrokenRule
        What is wrong with each of the others, by its number among all, from 0.
    """

    changes: list[Change]
    broken: dict[int, list[BrokenRule]]


def sort_reports(
    casebook: Casebook | None, written: Sequence[Mapping[str, Any]]
) -> SortedReports:
    """Sort reports into those that can be added to a casebook, and the others.

    Parameters
    ----------
    casebook : Casebook or None
        None where there is no case: then none is refused for its id.
    written : sequence of mapping
        Each as an evidence file writes it.

    Returns
    -------
    SortedReports

    Raises
    ------
    ChangeError
        If a rule is broken that is none of theirs, such as that there is no case.
    """
    taken = set(casebook.index.items["report"]) if casebook else set()
    right: dict[int, Change] = {}
    broken: dict[int, list[BrokenRule]] = {}
    for number, body in enumerate(written):
        try:
            report = Report.model_validate(body)
        except ValidationError as error:
            broken[number] = list(broken_rules(error, Report))
            continue
        if report.id in taken:
            broken[number] = [BrokenRule(("id",), _TAKEN, report.id)]
            continue
        taken.add(report.id)
        right[number] = Change(kind="report", key=report.id, body=report)
    # One that is put aside may be what another repeats.
    while right and (found := _broken_together(casebook, right)):
        broken |= found
        right = {n: change for n, change in right.items() if n not in found}
    return SortedReports(list(right.values()), broken)


def _broken_together(
    casebook: Casebook | None, right: Mapping[int, Change]
) -> dict[int, list[BrokenRule]]:
    """Find what is wrong with changes in a casebook that all of them are made to."""
    numbers = list(right)
    found: dict[int, list[BrokenRule]] = {}
    try:
        changed(casebook, right.values())
    except ChangeError as error:
        for problem in error.broken:
            if problem.change is None:
                raise
            rule = BrokenRule(tuple(problem.place), problem.rule, problem.value)
            found.setdefault(numbers[problem.change], []).append(rule)
    return found
