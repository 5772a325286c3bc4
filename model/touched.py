"""Which scenarios a change touches: those that it bears on, and all linked with these.

What is shared by all, such as the reliability of a source that many reports come from,
moves the others a little too; only what a change names is called touched.
"""

from collections.abc import Iterable, Sequence

from evidence import Report
from model.casebook import Casebook
from model.changes import Change
from model.linked import linked_sets

__all__ = ["touched_scenarios"]


def touched_scenarios(
    before: Casebook | None, after: Casebook, changes: Sequence[Change]
) -> list[str]:
    """Name the scenarios that changes touch, links included.

    Parameters
    ----------
    before : Casebook or None
        None where there was no case yet.
    after : Casebook
        What the changes make of it.
    changes : sequence of Change
        Those that lead from one to the other.

    Returns
    -------
    list of str
        Ids of scenarios of ``after``, in its order.
    """
    casebooks = [one for one in (before, after) if one is not None]
    named = {
        scenario
        for change in changes
        for casebook in casebooks
        for scenario in _named_by(change, casebook)
    }
    ids = [scenario.id for scenario in after.priors.scenarios]
    links = {(ln.if_, ln.then) for one in casebooks for ln in one.priors.links}
    known = [link for link in links if set(link) <= set(ids)]
    return [
        member
        for members in linked_sets(ids, known)
        if named.intersection(members)
        for member in members
    ]


def _named_by(change: Change, casebook: Casebook) -> Iterable[str]:
    kind, key = change.kind, change.key
    if kind == "case":  # its scales and its half-life are those of every report
        return [scenario.id for scenario in casebook.priors.scenarios]
    if kind in ("scenario", "outcome"):
        return [key]
    if kind == "link":
        return key.split("--")
    if kind == "argument":
        return _argued(casebook, {key})
    heard = [r for r in casebook.evidence.reports if _is_heard(r, change)]
    roots = casebook.evidence.roots()
    bearings = [b for report in heard for b in roots[report.id].bears_on]
    arguments = {b.argument for b in bearings if b.argument}
    return [b.scenario for b in bearings if b.scenario] + _argued(casebook, arguments)


def _is_heard(report: Report, change: Change) -> bool:
    """Whether a report is the one changed, or comes from the source that is."""
    if change.kind == "report":
        return report.id == change.key
    return change.key in (report.source, report.origin)


def _argued(casebook: Casebook, arguments: set[str]) -> list[str]:
    return [
        bearing.scenario
        for argument in casebook.priors.arguments
        if argument.id in arguments
        for bearing in argument.bears_on
    ]
