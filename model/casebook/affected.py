"""Which scenarios a change touches: those that it bears on, and all linked with these.

What is shared by all, such as the reliability of a source that many reports come from,
moves the others a little too; only what a change names is called touched.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from deciban.evidence import Bearing
from deciban.model.casebook.casebook import Casebook
from deciban.model.casebook.changes import Change
from deciban.model.casebook.links import linked_sets

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
    named = set().union(*(_named_by(changes, casebook) for casebook in casebooks))
    ids = [scenario.id for scenario in after.priors.scenarios]
    links = {(ln.if_, ln.then) for one in casebooks for ln in one.priors.links}
    known = [link for link in links if set(link) <= set(ids)]
    return [
        member
        for members in linked_sets(ids, known)
        if named.intersection(members)
        for member in members
    ]


def _named_by(changes: Sequence[Change], casebook: Casebook) -> set[str]:
    keys: defaultdict[str, set[str]] = defaultdict(set)
    for change in changes:
        keys[change.kind].add(change.key)
    if keys["case"]:  # its scales and its half-life are those of every report
        return {scenario.id for scenario in casebook.priors.scenarios}
    bearings = list(_bearings(keys["report"], keys["source"], casebook))
    arguments = {b.argument for b in bearings if b.argument} | keys["argument"]
    return {
        *keys["scenario"],
        *keys["outcome"],
        *(end for link in keys["link"] for end in link.split("--")),
        *(bearing.scenario for bearing in bearings if bearing.scenario),
        *_argued(casebook, arguments),
    }


def _bearings(
    reports: set[str], sources: set[str], casebook: Casebook
) -> Iterator[Bearing]:
    """Bearings of the claims that some reports tell, or that come from some sources."""
    if not reports and not sources:
        return
    roots = casebook.evidence.roots()
    for report in casebook.evidence.reports:
        if report.id in reports or sources & {report.source, report.origin}:
            yield from roots[report.id].bears_on


def _argued(casebook: Casebook, arguments: set[str]) -> list[str]:
    return [
        bearing.scenario
        for argument in casebook.priors.arguments
        if argument.id in arguments
        for bearing in argument.bears_on
    ]
