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

Everything is on the scale of logarithms, so that no evidence is too strong, and draws
lie side by side on the last axis.
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from deciban.model.likelihood.joint import Joint

__all__ = ["Plan", "Step", "plan", "sum_out"]

type Floats = NDArray[np.float64]
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
    """In which order scenarios are summed out.

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
        Causes of each scenario.

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
    chosen = plan(_causes(joint))
    tables = _tables(of_cell, joint, chosen)
    shares = []
    for step in chosen.steps:
        message, share = _without_first(_product(step, tables, chosen))
        tables.append(message)
        shares.append(share)

    # What is left at the end speaks of nothing: one number for each set.
    log_evidence = np.zeros(of_cell.shape[1])
    for scope, table in zip(chosen.scopes, tables, strict=True):
        if not scope:
            log_evidence = log_evidence + table
    slopes = [np.empty(0)] * len(tables)
    possible = np.isfinite(log_evidence).astype(float)
    n_scenarios = len(chosen.causes)
    for i in reversed(range(n_scenarios)):
        step, of_message = chosen.steps[i], slopes[n_scenarios + i]
        slope = shares[i] * (of_message if len(step.scope) > 1 else possible)
        for number in step.tables:
            away = [s not in chosen.scopes[number] for s in step.scope]
            slopes[number] = slope.sum(axis=tuple(np.flatnonzero(away)))
    return log_evidence, _cells(slopes[:n_scenarios], joint, chosen, of_cell.shape)


def _causes(joint: Joint) -> tuple[Scope, ...]:
    """Read the causes of each scenario from the tables."""
    effects = np.zeros(len(joint.link_cause), dtype=np.int64)
    effects[joint.parent_link] = joint.cell_scenario[joint.parent_cell]
    causes: list[list[int]] = [[] for _ in range(int(joint.cell_scenario[-1]) + 1)]
    for cause, effect in zip(joint.link_cause.tolist(), effects.tolist(), strict=True):
        causes[effect].append(cause)
    return tuple(map(tuple, causes))


def _tables(of_cell: Floats, joint: Joint, chosen: Plan) -> list[Floats]:
    """Cut the cells into one table for each scenario, its axes as in its scope."""
    no, yes = of_cell.reshape(2, len(joint.cell_scenario), -1)
    tables, start = [], 0
    for s, causes in enumerate(chosen.causes):
        cells = slice(start, start + 2 ** len(causes))
        start = cells.stop
        both = np.stack([no[cells], yes[cells]], axis=1)
        both = both.reshape(*(2,) * (len(causes) + 1), -1)
        tables.append(both.transpose(*_axes(s, chosen), len(causes) + 1))
    return tables


def _axes(scenario: int, chosen: Plan) -> list[int]:
    """Places of a table's scope among causes and scenario, as cells have them."""
    written = (*chosen.causes[scenario], scenario)
    return [written.index(s) for s in chosen.scopes[scenario]]


def _cells(
    tables: list[Floats], joint: Joint, chosen: Plan, shape: tuple[int, ...]
) -> Floats:
    """Put the tables of scenarios back into cells."""
    cells = np.empty(shape)
    no, yes = cells.reshape(2, len(joint.cell_scenario), -1)
    start = 0
    for s, table in enumerate(tables):
        both = table.transpose(*np.argsort(_axes(s, chosen)), table.ndim - 1)
        both = both.reshape(-1, 2, shape[1])
        no[start : start + len(both)] = both[:, 0]
        yes[start : start + len(both)] = both[:, 1]
        start += len(both)
    return cells


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
