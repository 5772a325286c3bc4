r"""Joint outcomes of linked scenarios summed out one scenario at a time.

The sum over all configurations of a set of n scenarios has 2 ** n terms; but most links
concern two scenarios only. Summed out one after another, each scenario meets only those
that are linked to it, or have become so by what was summed out before:

.. math::

    \sum_{Z} \prod_i f_i(Z) = \sum_{Z \setminus s} \Bigl( \prod_{i \not\ni s} f_i \Bigr)
        \sum_{Z_s} \prod_{i \ni s} f_i

The inner sum is a table over the neighbours of s, a *message*. For a chain or a tree of
links each has two values, whatever the length. The way back, from the last scenario to
the first, gives the posterior probability of each cell: the derivative of the logarithm
of the sum by the logarithm of the cell.

Each set of linked scenarios is planned by itself, and sets with the same pattern of
links are summed out side by side: most are single scenarios, all of which take one
step together. Everything is on the scale of logarithms, so that no evidence is too
strong, and draws lie side by side on the last axis.
"""

from collections import defaultdict
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from deciban.model.casebook.links import linked_sets
from deciban.model.likelihood.joint import Joint

__all__ = ["Alike", "Plan", "Step", "alike", "plan", "sum_out"]

type Floats = NDArray[np.float64]
type Integers = NDArray[np.int64]
type Scope = tuple[int, ...]


class Step(NamedTuple):
    """One scenario is summed out.

    Attributes
    ----------
    scope : tuple of int
        It, then those it meets, in the order in which they are summed out.
    tables : tuple of int
        Which tables speak of it: those of scenarios by their index, then messages, that
        of the first step being number ``n_scenarios``.
    """

    scope: Scope
    tables: tuple[int, ...]


class Plan(NamedTuple):
    """In which order the scenarios of a set are summed out.

    Attributes
    ----------
    causes : tuple of tuple of int
        Causes of each scenario, in the order of the links.
    scopes : tuple of tuple of int
        What each table speaks of, in the order in which they are summed out: scenarios'
        first, then messages.
    steps : tuple of Step
        One for each scenario.
    """

    causes: tuple[Scope, ...]
    scopes: tuple[Scope, ...]
    steps: tuple[Step, ...]


@lru_cache(maxsize=64)
def plan(causes: tuple[Scope, ...]) -> Plan:
    """Choose an order: always the scenario that meets the fewest others.

    Parameters
    ----------
    causes : tuple of tuple of int
        Causes of each scenario of a set; its scenarios are numbered from 0.

    Examples
    --------
    In a chain no message is about more than one scenario.

    >>> [step.scope for step in plan(((), (0,), (1,))).steps]
    [(0, 1), (1, 2), (2,)]
    """
    tables = [{s, *of_it} for s, of_it in enumerate(causes)]
    waiting = dict(enumerate(tables))
    order: list[int] = []
    met: list[tuple[int, ...]] = []
    while len(order) < len(causes):
        neighbours = {
            s: set().union(*(scope for scope in waiting.values() if s in scope)) - {s}
            for s in range(len(causes))
            if s not in order
        }
        chosen = min(neighbours, key=lambda s: (len(neighbours[s]), s))
        used = tuple(i for i, scope in waiting.items() if chosen in scope)
        for i in used:
            del waiting[i]
        waiting[len(tables)] = neighbours[chosen]
        tables.append(neighbours[chosen])
        order.append(chosen)
        met.append(used)
    at = {s: i for i, s in enumerate(order)}
    scopes = tuple(tuple(sorted(scope, key=at.__getitem__)) for scope in tables)
    steps = tuple(
        Step((s, *scopes[len(causes) + i]), used)
        for i, (s, used) in enumerate(zip(order, met, strict=True))
    )
    return Plan(causes, scopes, steps)


class Alike(NamedTuple):
    """Sets of linked scenarios with one pattern of links.

    Attributes
    ----------
    plan : Plan
        In which order each is summed out, its scenarios numbered from 0.
    members : ndarray of int, shape (set, scenario of the set)
        The scenarios that have these numbers.
    """

    plan: Plan
    members: Integers


@lru_cache(maxsize=16)
def alike(causes: tuple[Scope, ...]) -> tuple[Alike, ...]:
    """Part scenarios into sets that are linked, and these by their pattern of links.

    Parameters
    ----------
    causes : tuple of tuple of int
        Causes of each scenario.

    Examples
    --------
    Two pairs of cause and effect, and one scenario by itself:

    >>> [one.members.tolist() for one in alike(((), (0,), (), (2,), ()))]
    [[[0, 1], [2, 3]], [[4]]]
    """
    links = [(cause, s) for s, of_it in enumerate(causes) for cause in of_it]
    found: dict[tuple[Scope, ...], list[list[int]]] = defaultdict(list)
    for members in linked_sets(range(len(causes)), links):
        number = {s: i for i, s in enumerate(members)}
        pattern = tuple(tuple(number[c] for c in causes[s]) for s in members)
        found[pattern].append(members)
    return tuple(Alike(plan(one), np.array(sets)) for one, sets in found.items())


def sum_out(of_cell: Floats, joint: Joint) -> tuple[Floats, Floats]:
    """Sum joint outcomes out.

    Parameters
    ----------
    of_cell : ndarray, shape (2 * cell, draw)
        Log-probability of each cell with its evidence: not occurring, then occurring.
    joint : Joint
        The tables; configurations are not looked at.

    Returns
    -------
    log_evidence : ndarray, shape (draw,)
        Minus infinity where no configuration is possible.
    cell : ndarray, shape (2 * cell, draw)
        Posterior probability of each cell; 0 where no configuration is possible.
    """
    causes = _causes(joint)
    log_evidence = np.zeros(of_cell.shape[1])
    summed = []
    for sets in alike(causes):
        cells = _cells_of(sets, causes, joint)
        of_sets, shares = _forwards(of_cell, cells, sets.plan)
        log_evidence = log_evidence + of_sets.sum(axis=0)
        summed.append((sets.plan, cells, shares))
    posterior = np.empty(of_cell.shape)
    possible = np.isfinite(log_evidence).astype(float)
    for chosen, cells, shares in summed:
        _backwards(posterior, possible, chosen, cells, shares)
    return log_evidence, posterior


def _causes(joint: Joint) -> tuple[Scope, ...]:
    """Read the causes of each scenario from the tables."""
    effects = np.zeros(len(joint.link_cause), dtype=np.int64)
    effects[joint.parent_link] = joint.cell_scenario[joint.parent_cell]
    causes: list[list[int]] = [[] for _ in range(int(joint.cell_scenario[-1]) + 1)]
    for cause, effect in zip(joint.link_cause.tolist(), effects.tolist(), strict=True):
        causes[effect].append(cause)
    return tuple(map(tuple, causes))


def _cells_of(sets: Alike, causes: tuple[Scope, ...], joint: Joint) -> list[Integers]:
    """Cells of each scenario of a set [set, not occurring; occurring, cell]."""
    n_cells = len(joint.cell_scenario)
    start = np.cumsum([0, *(2 ** len(of_it) for of_it in causes)])
    occurring = np.array([0, n_cells])[:, None]
    return [
        start[sets.members[:, i], None, None] + occurring + np.arange(2 ** len(of_it))
        for i, of_it in enumerate(sets.plan.causes)
    ]


def _forwards(
    of_cell: Floats, cells: list[Integers], chosen: Plan
) -> tuple[Floats, list[Floats]]:
    """Sum the scenarios out one by one: the sums [set, draw], and all shares."""
    tables = [
        _table(of_cell[cells[s]], len(causes)).transpose(*_axes(s, chosen), -2, -1)
        for s, causes in enumerate(chosen.causes)
    ]
    shares = []
    for step in chosen.steps:
        message, share = _without_first(_product(step, tables, chosen))
        tables.append(message)
        shares.append(share)
    # The last message is about nothing: one number for each set.
    return tables[-1], shares


def _backwards(
    posterior: Floats,
    possible: Floats,
    chosen: Plan,
    cells: list[Integers],
    shares: list[Floats],
) -> None:
    """Give each cell its probability, from the last scenario back to the first."""
    n_scenarios = len(chosen.causes)
    slopes = [np.empty(0)] * (2 * n_scenarios)
    for i in reversed(range(n_scenarios)):
        step, of_message = chosen.steps[i], slopes[n_scenarios + i]
        slope = shares[i] * (of_message if len(step.scope) > 1 else possible)
        for number in step.tables:
            away = [s not in chosen.scopes[number] for s in step.scope]
            slopes[number] = slope.sum(axis=tuple(np.flatnonzero(away)))
    for s, table in enumerate(slopes[:n_scenarios]):
        axes = np.argsort(_axes(s, chosen))
        flat = table.transpose(*axes, -2, -1).reshape(-1, 2, *table.shape[-2:])
        posterior[cells[s]] = flat.transpose(2, 1, 0, 3)


def _table(cells: Floats, n_causes: int) -> Floats:
    """Give each cause, and the scenario itself, an axis; sets and draws come last."""
    n_sets, _, _, n_draws = cells.shape
    shape = *(2,) * (n_causes + 1), n_sets, n_draws
    return cells.transpose(2, 1, 0, 3).reshape(shape)


def _axes(scenario: int, chosen: Plan) -> list[int]:
    """Places of a table's scope among causes and scenario, as cells have them."""
    written = (*chosen.causes[scenario], scenario)
    return [written.index(s) for s in chosen.scopes[scenario]]


def _product(step: Step, tables: list[Floats], chosen: Plan) -> Floats:
    """Multiply the tables that speak of a scenario, on the scale of logarithms."""
    spread = []
    for number in step.tables:
        scope = chosen.scopes[number]
        index = tuple(slice(None) if s in scope else None for s in step.scope)
        spread.append(tables[number][index])
    product = spread[0]
    for table in spread[1:]:
        product = product + table
    return product


def _without_first(table: Floats) -> tuple[Floats, Floats]:
    """Sum a table over its first axis: its logarithm, and each term's share."""
    no, yes = table
    best = np.maximum(no, yes)
    with np.errstate(invalid="ignore"):
        ratio = no - yes
    # Where both are impossible, neither is more so.
    ratio[np.isneginf(best)] = 0
    lesser = np.exp(-np.abs(ratio))
    share_of_best = 1 / (1 + lesser)
    share_of_lesser = lesser * share_of_best
    is_no = ratio >= 0
    share = np.empty(table.shape)
    share[0] = np.where(is_no, share_of_best, share_of_lesser)
    share[1] = np.where(is_no, share_of_lesser, share_of_best)
    return best + np.log1p(lesser), share
