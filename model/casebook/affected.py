"""Which scenarios a change bears on, and all linked with these.

What is shared by all, such as the reliability of a source that many reports come from,
moves the others a little too; only what a change names is called touched.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from deciban.model.casebook.casebook import Casebook
from deciban.model.casebook.changes import Change
from deciban.model.casebook.index import Key, link_ends
from deciban.model.casebook.links import linked_sets

__all__ = ["Affected", "affected", "touched_scenarios"]


class Affected(NamedTuple):
    """What is another after some changes; all else has the evidence that it had.

    Attributes
    ----------
    scenarios : list of str
        Ids of those that the changes bear on, links included, in the order of the
        casebook after the changes; then of those that are there no longer.
    arguments : list of str
        Ids of those that the changes bear on.
    """

    scenarios: list[str]
    arguments: list[str]


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
    there = after.index.items["scenario"]
    touched = affected(before, after, [change.place for change in changes])
    return [name for name in touched.scenarios if name in there]


def affected(
    before: Casebook | None, after: Casebook, places: Iterable[Key]
) -> Affected:
    """Name the scenarios and arguments that changes bear on, links included.

    Parameters
    ----------
    before, after : Casebook
        Without and with the changes; there may have been no case before.
    places : iterable of Key
        The items that are not the same in both.
    """
    keys: defaultdict[str, set[str]] = defaultdict(set)
    for kind, key in places:
        keys[kind].add(key)
    casebooks = [one for one in (before, after) if one is not None]
    scenarios, arguments = set[str](), set[str]()
    for casebook in casebooks:
        named = _named_in(casebook, keys)
        scenarios.update(named.scenarios)
        arguments.update(named.arguments)
    ids = dict.fromkeys(id for one in casebooks[::-1] for id in _scenarios(one))
    links = {pair for one in casebooks for pair in one.joined()}
    members = [
        member
        for members in linked_sets(list(ids), links)
        if not scenarios.isdisjoint(members)
        for member in members
    ]
    return Affected(members, sorted(arguments))


def _scenarios(casebook: Casebook) -> list[str]:
    return [scenario.id for scenario in casebook.priors.scenarios]


def _named_in(casebook: Casebook, keys: dict[str, set[str]]) -> Affected:
    """Name what the keys of some items bear on in one of the casebooks."""
    index = casebook.index
    if keys["case"]:  # its scales and its half-life are those of every report
        return Affected(_scenarios(casebook), list(index.items["argument"]))
    reports = {
        report.id: report
        for source in keys["source"]
        for report in index.reports_naming.get(("source", source), {}).values()
    }
    there = index.items["report"]
    reports |= {key: index.report(key) for key in keys["report"] if key in there}
    bearings = [b for one in reports.values() for b in index.claim(one).bears_on]
    sets = {b.rivals for b in bearings if b.rivals} | keys["rivals"]
    arguments = {b.argument for b in bearings if b.argument} | keys["argument"]
    signs = {one.indicator for one in reports.values()} | keys["indicator"]
    scenarios = {
        *(i.bears_on.scenario for i in casebook.priors.indicators if i.id in signs),
        *keys["scenario"],
        *keys["outcome"],
        *(end for link in keys["link"] for end in link_ends(link)),
        *(bearing.scenario for bearing in bearings if bearing.scenario),
        *(name for one in arguments for name in index.scenarios_through(one)),
        *(name for one in sets for name in index.rivals(one)),
    }
    return Affected(list(scenarios), list(arguments))
