r"""Joint outcomes of linked scenarios, as tables.

Outcomes are summed out, never sampled: over all configurations of each set of linked
scenarios. The sum is written as data, so that one compiled density serves any pattern
of links:

- a *cell* is a scenario under one combination of the outcomes of its causes, for which
  its probability is one number;
- an *entry* says which cell a scenario is in, and whether it occurs, in one
  configuration;
- a *configuration* is one joint outcome of a set, the sum of its entries on the log
  scale.
"""

from collections.abc import Sequence
from itertools import product
from typing import Any, NamedTuple

import numpy as np

from model.linked import linked_sets

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
    entry_configuration, entry_cell : [entry]
        The cells of each configuration: ``cell`` where the scenario does not occur,
        ``n_cells + cell`` where it does.
    configuration_set : [configuration]
        Set of each configuration.
    scenario_set : [scenario]
        Set of each scenario; 0 for spare places.
    occurrence_configuration, occurrence_scenario : [occurrence]
        Which scenarios occur in which configurations.
    n_sets : ()
        Number of sets.
    """

    cell_scenario: Indices
    parent_cell: Indices
    parent_link: Indices
    entry_configuration: Indices
    entry_cell: Indices
    configuration_set: Indices
    scenario_set: Indices
    occurrence_configuration: Indices
    occurrence_scenario: Indices
    n_sets: Indices


def joint(n_places: int, n_scenarios: int, links: Sequence[tuple[int, int]]) -> Joint:
    """Tabulate the configurations of every set.

    Parameters
    ----------
    n_places : int
        Places for scenarios, those in use first.
    n_scenarios : int
        Scenarios in use.
    links : sequence of (int, int)
        Cause and effect of each link, without cycles.

    Returns
    -------
    Joint
        A set of n scenarios has 2 ** n configurations of n entries each.

    Examples
    --------
    Two scenarios, of which the first may cause the second, have three cells: the second
    is in one cell or the other, as the first occurs or not.

    >>> joint(2, 2, [(0, 1)]).cell_scenario
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

    entries: list[tuple[int, int]] = []
    occurrences: list[tuple[int, int]] = []
    set_of_configuration: list[int] = []
    set_of_scenario = np.zeros(n_places, dtype=np.int64)
    sets = linked_sets(range(n_scenarios), links)
    for index, members in enumerate(sets):
        set_of_scenario[members] = index
        for outcomes in product((0, 1), repeat=len(members)):
            configuration = len(set_of_configuration)
            set_of_configuration.append(index)
            occurs = dict(zip(members, outcomes, strict=True))
            for scenario, yes in occurs.items():
                active = tuple(occurs[cause] for cause, _ in causes[scenario])
                cell = cells[scenario, active]
                entries.append((configuration, cell + yes * len(cells)))
                if yes:
                    occurrences.append((configuration, scenario))

    parent_cell, parent_link = _columns(parents)
    entry_configuration, entry_cell = _columns(entries)
    occurrence_configuration, occurrence_scenario = _columns(occurrences)
    return Joint(
        cell_scenario=np.array([scenario for scenario, _ in cells], dtype=np.int64),
        parent_cell=parent_cell,
        parent_link=parent_link,
        entry_configuration=entry_configuration,
        entry_cell=entry_cell,
        configuration_set=np.array(set_of_configuration, dtype=np.int64),
        scenario_set=set_of_scenario,
        occurrence_configuration=occurrence_configuration,
        occurrence_scenario=occurrence_scenario,
        n_sets=np.array(len(sets)),
    )


def _columns(pairs: Sequence[tuple[int, int]]) -> tuple[Any, Any]:
    columns = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    return columns[:, 0].copy(), columns[:, 1].copy()
