"""Sums over joint outcomes, against those that visit each."""

import itertools
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deciban.model.likelihood.elimination import steps, sum_out
from deciban.model.likelihood.joint import Variable, joint


@st.composite
def structures(draw):
    """Variables, links that lead from earlier to later ones, and bonds on some."""
    variables, n = [], 0
    for size in draw(
        st.lists(st.sampled_from([1, 1, 1, 2, 3]), min_size=1, max_size=5)
    ):
        scenarios = tuple(range(n, n + size))
        none = draw(st.booleans())
        variables.append(Variable(scenarios, size > 1, none and size > 1))
        n += size
    number = {s: i for i, v in enumerate(variables) for s in v.scenarios}
    possible = [
        (a, b) for a in range(n) for b in range(a + 1, n) if number[a] < number[b]
    ]
    links = (
        draw(st.lists(st.sampled_from(possible), unique=True, max_size=5))
        if (possible)
        else []
    )
    bonds = [link for link in links if draw(st.booleans())]
    return variables, links, bonds


def cell_leaf(tables, variables, i, states, links):
    """Find the leaf of a variable's state, by what is linked into it and occurs."""
    variable, state = variables[i], states[i]
    of = {s: k for k, v in enumerate(variables) for s in v.scenarios}

    def active_into(scenario):
        return {
            k
            for k, (a, b) in enumerate(links)
            if b == scenario and variables[of[a]].occurs(a, states[of[a]])
        }

    n_cells = len(tables.cell_scenario)
    if not variable.exclusive:
        (cell,) = (
            c
            for c in range(n_cells)
            if tables.cell_scenario[c] == variable.scenarios[0]
            and set(tables.parent_link[tables.parent_cell == c])
            == active_into(variable.scenarios[0])
        )
        return cell + n_cells * state
    first = sum(v.n_states for v in variables[:i] if v.exclusive)
    wanted = {s: active_into(s) for s in variable.scenarios}
    for cell in np.unique(tables.entry_cell[tables.entry_answer == first]):
        entries = np.flatnonzero(tables.entry_cell == cell)
        found = [set(tables.entry_link[tables.entry_parent == e]) for e in entries]
        if all(found[k] == wanted[s] for k, s in enumerate(variable.scenarios)):
            return 2 * n_cells + entries[state]
    raise AssertionError("no cell for this state")


@given(structures(), st.integers(0, 2**32 - 1))
@settings(max_examples=5 * settings.default.max_examples)  # each is quick
def test_the_sum_is_that_over_all_joint_outcomes(structure, seed):
    variables, links, bonds = structure
    tables = joint(variables, links, bonds)
    of = {s: k for k, v in enumerate(variables) for s in v.scenarios}
    first_bond = 2 * len(tables.cell_scenario) + len(tables.entry_cell)
    leaves = np.random.default_rng(seed).normal(size=(first_bond + 4 * len(bonds), 2))

    total = np.zeros(2)
    posterior = np.zeros_like(leaves)
    for states in itertools.product(*(range(v.n_states) for v in variables)):
        places = [
            cell_leaf(tables, variables, i, states, links)
            for i in range(len(variables))
        ]
        for k, (a, b) in enumerate(bonds):
            occurs = [variables[of[s]].occurs(s, states[of[s]]) for s in (a, b)]
            places.append(first_bond + 4 * k + 2 * occurs[0] + occurs[1])
        weight = np.exp(leaves[places].sum(axis=0))
        total += weight
        np.add.at(posterior, places, weight)

    log_sums, found = sum_out(leaves, tables)
    np.testing.assert_allclose(log_sums.sum(axis=0), np.log(total), rtol=1e-12)
    np.testing.assert_allclose(found, posterior / total, atol=1e-12)


@pytest.mark.parametrize("shape", ["chain", "star"])
def test_a_chain_and_a_star_of_thirty_are_summed_two_at_a_time(shape):
    links = list(pairwise(range(30)))
    if shape == "star":
        links = [(0, i) for i in range(1, 30)]
    tables = joint([Variable((i,)) for i in range(30)], links)

    assert max(step.shape[1] * step.shape[2] for step in steps(tables)) <= 4 * 29
    # Nothing is as impossible as what cannot be: leaves of minus infinity.
    leaves = np.zeros((2 * len(tables.cell_scenario), 1))
    log_sum, _ = sum_out(leaves, tables)
    assert log_sum[0, 0] == pytest.approx(30 * np.log(2))


def test_fourteen_rivals_with_links_out_of_them_are_one_small_table_each():
    rivals = Variable(tuple(range(14)), exclusive=True)
    effects = [Variable((14 + i,)) for i in range(14)]
    links = [(i, 14 + i) for i in range(14)]
    tables = joint([rivals, *effects], links)

    assert max(step.shape[1] * step.shape[2] for step in steps(tables)) <= 2 * 14 * 14


def test_what_is_impossible_has_no_probability_and_no_sum():
    tables = joint([Variable((0,)), Variable((1,))], [(0, 1)])
    leaves = np.zeros((2 * len(tables.cell_scenario), 2))
    leaves[0] = -np.inf
    leaves[len(tables.cell_scenario), 0] = -np.inf

    log_sum, posterior = sum_out(leaves, tables)
    assert log_sum[0, 0] == -np.inf
    assert not posterior[:, 0].any()
    assert np.isfinite(log_sum[0, 1])
    assert posterior[0, 1] == 0
