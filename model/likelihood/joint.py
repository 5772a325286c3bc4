r"""Joint outcomes of linked scenarios, as tables.

Outcomes are summed out, never sampled: over all configurations of each set of linked
scenarios. The sum is written as data, so that one compiled density serves any pattern
of links:

- a *cell* is a scenario under one combination of the outcomes of its causes, for which
  its probability is one number;
- a *branch* adds one scenario, which occurs or does not, to a joint outcome of the
  scenarios before it in its set; causes come before their effects, so it is known
  which cell the scenario is in;
- a *configuration* is a branch with every scenario of its set: a joint outcome.

The branches of a set of n scenarios form a binary tree of depth n: fewer than 2 ** (n +
1) additions of log-probabilities, where n for each configuration would be n 2 ** n.
"""

from collections.abc import Mapping, Sequence
from graphlib import TopologicalSorter
from itertools import product
from typing import Any, NamedTuple

import numpy as np

from deciban.model.casebook.links import linked_sets

__all__ = ["Indices", "Joint", "joint"]


type Indices = Any  # of integers: an array, or a tensor that stands for one


class Joint(NamedTuple):
    """The tables, all of int.

    Attributes
    ----------
    cell_scenario : [cell]
        Scenario of each cell.
    parent_cell, parent_link : [parent]
        Which links are active in which cell.
    link_cause : [link]
        Scenario whose outcome makes each link active.
    branch_stem : [branch]
        The branch that it grows from, ``n_branches`` for the first of a set. They are
        in the order of their depth.
    branch_cell : [branch]
        The cell of the scenario it adds: ``cell`` where that does not occur, ``n_cells
        + cell`` where it does.
    configuration_branch : [configuration]
        Branch of each configuration.
    configuration_set : [configuration]
        Set of each configuration; those of a set follow one another.
    n_sets : ()
        Number of sets.
    """

    cell_scenario: Indices
    parent_cell: Indices
    parent_link: Indices
    link_cause: Indices
    branch_stem: Indices
    branch_cell: Indices
    configuration_branch: Indices
    configuration_set: Indices
    n_sets: Indices


def joint(n_scenarios: int, links: Sequence[tuple[int, int]]) -> Joint:
    """Tabulate the configurations of every set.

    Parameters
    ----------
    n_scenarios : int
        Scenarios.
    links : sequence of (int, int)
        Cause and effect of each link, without cycles.

    Returns
    -------
    Joint
        A set of n scenarios has 2 ** n configurations, and 2 ** (n + 1) - 2 branches.

    Examples
    --------
    Two scenarios, of which the first may cause the second, have three cells: the second
    is in one cell or the other, as the first occurs or not.

    >>> joint(2, [(0, 1)]).cell_scenario
    array([0, 1, 1])
    """
    causes: dict[int, list[tuple[int, int]]] = {s: [] for s in range(n_scenarios)}
    for link, (cause, effect) in enumerate(links):
        causes[effect].append((cause, link))

    cells: dict[tuple[int, tuple[int, ...]], int] = {}
    parents: list[tuple[int, int]] = []
    for scenario, into in causes.items():
        for active in product((0, 1), repeat=len(into)):
            cell = cells.setdefault((scenario, active), len(cells))
            parents += [(cell, into[i][1]) for i, on in enumerate(active) if on]

    sets = [
        _causes_first(members, causes)
        for members in linked_sets(range(n_scenarios), links)
    ]
    stems: list[int] = []
    cell_of: list[int] = []
    # Of each set, every joint outcome of the scenarios taken so far, and its branch.
    grown: list[list[tuple[dict[int, int], int]]] = [[({}, -1)] for _ in sets]
    for depth in range(max(map(len, sets), default=0)):
        for index, members in enumerate(sets):
            if depth >= len(members):
                continue
            scenario, before = members[depth], grown[index]
            grown[index] = []
            for occurs, stem in before:
                active = tuple(occurs[cause] for cause, _ in causes[scenario])
                for yes in (0, 1):
                    grown[index].append(({**occurs, scenario: yes}, len(stems)))
                    stems.append(stem)
                    cell_of.append(cells[scenario, active] + yes * len(cells))

    parent_cell, parent_link = _columns(parents)
    configuration_set, configuration_branch = _columns(
        [(index, branch) for index, leaves in enumerate(grown) for _, branch in leaves]
    )
    n_branches = len(stems)
    return Joint(
        cell_scenario=np.array([scenario for scenario, _ in cells], dtype=np.int64),
        parent_cell=parent_cell,
        parent_link=parent_link,
        link_cause=np.array([cause for cause, _ in links], dtype=np.int64),
        branch_stem=np.array([s if s >= 0 else n_branches for s in stems], np.int64),
        branch_cell=np.array(cell_of, dtype=np.int64),
        configuration_branch=configuration_branch,
        configuration_set=configuration_set,
        n_sets=np.array(len(sets)),
    )


def _causes_first(
    members: Sequence[int], causes: Mapping[int, Sequence[tuple[int, int]]]
) -> list[int]:
    return list(
        TopologicalSorter(
            {scenario: [c for c, _ in causes[scenario]] for scenario in members}
        ).static_order()
    )


def _columns(pairs: Sequence[tuple[int, int]]) -> tuple[Any, Any]:
    columns = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    return columns[:, 0].copy(), columns[:, 1].copy()
