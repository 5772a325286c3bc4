r"""Joint outcomes of scenarios, as tables of indices.

Outcomes are summed out, never sampled. What comes true is one *variable* each: a
scenario, which does not occur or does, or a set of rivals, of which one is the answer.
A *cell* is a variable under one combination of the outcomes of its causes, for which
its probabilities are numbers; a *bond* is what joins the two ends of a link besides.

Their logarithms lie in one vector of *leaves*:

- for each cell of a scenario that it does not occur, then for each that it does,
- for each cell of a set of rivals every answer, an *entry*,
- for each bond the four outcomes of its ends: neither, the effect alone, the cause
  alone, both.

``model.likelihood.elimination`` sums them out.
"""

from collections.abc import Sequence
from itertools import product
from typing import Any, NamedTuple

import numpy as np

from deciban.model.array_types import Integers
from deciban.model.likelihood.elimination import Factor, program

__all__ = ["Indices", "Joint", "Variable", "joint"]

type Indices = Any  # of integers: an array, or a tensor that stands for one


class Variable(NamedTuple):
    """What comes true.

    Attributes
    ----------
    scenarios : tuple of int
        The scenario, or the rivals in the order of their answers.
    exclusive : bool
        Whether they are a set of rivals.
    none : bool
        Whether none of the rivals may come true: the last answer.
    """

    scenarios: tuple[int, ...]
    exclusive: bool = False
    none: bool = False

    @property
    def n_states(self) -> int:
        """Number of its outcomes; a scenario's are that it does not occur, or does."""
        return len(self.scenarios) + self.none if self.exclusive else 2

    def occurs(self, scenario: int, state: int) -> bool:
        """Whether one of its scenarios occurs in a state."""
        if self.exclusive:
            return state == self.scenarios.index(scenario)
        return state == 1


class Joint(NamedTuple):
    """The tables, all of int.

    Attributes
    ----------
    cell_scenario : [cell]
        Scenario of each cell.
    parent_cell, parent_link : [parent]
        Which links are active in which cell.
    entry_cell, entry_answer : [entry]
        Cell of a set of rivals, and answer, of each entry. Answers are numbered over
        all sets.
    entry_parent, entry_link : [entry parent]
        Which links into a rival are active in which entry.
    step_factors, step_states, step_messages, place, root, variable_set
        See ``elimination.Program``.
    """

    cell_scenario: Indices
    parent_cell: Indices
    parent_link: Indices
    entry_cell: Indices
    entry_answer: Indices
    entry_parent: Indices
    entry_link: Indices
    step_factors: Indices
    step_states: Indices
    step_messages: Indices
    place: Indices
    root: Indices
    variable_set: Indices


def joint(
    variables: Sequence[Variable],
    links: Sequence[tuple[int, int]],
    bonds: Sequence[tuple[int, int]] = (),
) -> Joint:
    """Tabulate the joint outcomes.

    Parameters
    ----------
    variables : sequence of Variable
        What comes true; each scenario belongs to one.
    links : sequence of (int, int)
        Scenarios that are cause and effect of each link, without cycles.
    bonds : sequence of (int, int)
        The ends of links that have a bond.

    Examples
    --------
    Two scenarios, of which the first may cause the second, have three cells: the second
    is in one cell or the other, as the first occurs or not.

    >>> joint([Variable((0,)), Variable((1,))], [(0, 1)]).cell_scenario
    array([0, 1, 1])
    """
    tables = _Tables(variables, links)
    scopes = [tables.add(variable) for variable in variables]
    n_cells, n_entries = len(tables.cells), len(tables.entries)
    factors = [
        Factor(scope, _leaves(variables[scope[0]], first, n_cells))
        for scope, first in scopes
    ]
    first = 2 * n_cells + n_entries
    for cause, effect in bonds:
        factors.append(tables.bond(cause, effect, first))
        first += 4
    parent_cell, parent_link = _columns(tables.parents)
    entry_cell, entry_answer = _columns(tables.entries)
    entry_parent, entry_link = _columns(tables.entry_parents)
    return Joint(
        np.array(tables.cells, dtype=np.int64),
        parent_cell,
        parent_link,
        entry_cell,
        entry_answer,
        entry_parent,
        entry_link,
        *program([v.n_states for v in variables], factors, n_leaves=first),
    )


class _Tables:
    """Cells and entries, as they are met."""

    def __init__(
        self, variables: Sequence[Variable], links: Sequence[tuple[int, int]]
    ) -> None:
        self.variables = variables
        self.of = {s: i for i, v in enumerate(variables) for s in v.scenarios}
        self.into: dict[int, list[tuple[int, int]]] = {s: [] for s in self.of}
        for link, (cause, effect) in enumerate(links):
            self.into[effect].append((cause, link))
        self.cells: list[int] = []
        self.parents: list[tuple[int, int]] = []
        self.entries: list[tuple[int, int]] = []
        self.entry_parents: list[tuple[int, int]] = []
        self.n_rival_cells = self.n_answers = 0

    def add(self, variable: Variable) -> tuple[tuple[int, ...], Integers]:
        """Number its cells: which one, or whose first entry, in each state of causes.

        Returns
        -------
        scope : tuple of int
            The variable, then those of its causes.
        first : ndarray, shape by the states of the latter
        """
        causes = [
            (cause, link, effect)
            for effect in variable.scenarios
            for cause, link in self.into[effect]
        ]
        scope = tuple(dict.fromkeys(self.of[cause] for cause, _, _ in causes))
        first = np.empty([self.variables[i].n_states for i in scope], dtype=np.int64)
        cells: dict[tuple[tuple[int, int], ...], int] = {}
        for states in product(*map(range, first.shape)):
            state = dict(zip(scope, states, strict=True))
            active = tuple(
                (link, effect)
                for cause, link, effect in causes
                if self._occurs(cause, state[self.of[cause]])
            )
            if active not in cells:
                cells[active] = self._add_cell(variable, active)
            first[states] = cells[active]
        self.n_answers += variable.n_states if variable.exclusive else 0
        return (self.of[variable.scenarios[0]], *scope), first

    def _occurs(self, scenario: int, state: int) -> bool:
        return self.variables[self.of[scenario]].occurs(scenario, state)

    def _add_cell(self, variable: Variable, active: Sequence[tuple[int, int]]) -> int:
        if not variable.exclusive:
            cell = len(self.cells)
            self.cells.append(variable.scenarios[0])
            self.parents += [(cell, link) for link, _ in active]
            return cell
        first = len(self.entries)
        self.entries += [
            (self.n_rival_cells, self.n_answers + state)
            for state in range(variable.n_states)
        ]
        self.entry_parents += [
            (first + variable.scenarios.index(effect), link) for link, effect in active
        ]
        self.n_rival_cells += 1
        return first

    def bond(self, cause: int, effect: int, first: int) -> Factor:
        """Join the ends of a link, by the four leaves from ``first``."""
        scope = self.of[cause], self.of[effect]
        leaves = [
            [
                first + 2 * self._occurs(cause, one) + self._occurs(effect, other)
                for other in range(self.variables[scope[1]].n_states)
            ]
            for one in range(self.variables[scope[0]].n_states)
        ]
        return Factor(scope, np.array(leaves, dtype=np.int64))


def _leaves(variable: Variable, first: Integers, n_cells: int) -> Integers:
    """Leaf of each state of a variable, then of its causes."""
    if variable.exclusive:
        return np.stack([2 * n_cells + first + i for i in range(variable.n_states)])
    return np.stack([first, n_cells + first])


def _columns(pairs: Sequence[tuple[int, int]]) -> tuple[Integers, Integers]:
    columns = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    return columns[:, 0].copy(), columns[:, 1].copy()
