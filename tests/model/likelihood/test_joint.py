"""The tables of joint outcomes: their sizes by formula, and what they sum to."""

import time
from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deciban.model.likelihood.design import design
from deciban.model.likelihood.formula import weigh
from deciban.model.likelihood.joint import joint
from tests.model.builders import (
    DAY,
    make_casebook,
    make_report,
    make_scenario,
    named_draws,
    says,
)


@st.composite
def acyclic_links(draw):
    """Draw links among some scenarios, each from the earlier to the later."""
    n = draw(st.integers(1, 6))
    possible = list(combinations(range(n), 2))
    chosen = draw(st.lists(st.sampled_from(possible), unique=True)) if possible else []
    return n, chosen


def sizes_of_sets(n, links):
    """Give what is linked one colour, until nothing changes."""
    colour = list(range(n))
    for _ in range(n):
        for a, b in links:
            colour[a] = colour[b] = min(colour[a], colour[b])
    return [colour.count(c) for c in set(colour)]


@given(acyclic_links())
@settings(max_examples=60, deadline=None, derandomize=True)
def test_tables_are_as_large_as_the_formulas_say(structure):
    n, links = structure
    tables = joint(n, links)

    sizes = sizes_of_sets(n, links)
    causes = [sum(effect == s for _, effect in links) for s in range(n)]
    assert tables.n_sets == len(sizes)
    assert len(tables.cell_scenario) == sum(2**k for k in causes)
    # A cause is active in half of the cells of its effect.
    assert len(tables.parent_cell) == sum(k * 2**k // 2 for k in causes)
    assert len(tables.configuration_set) == sum(2**k for k in sizes)
    # A tree of depth k has 2 + 4 + ... + 2 ** k branches.
    assert len(tables.branch_cell) == sum(2 ** (k + 1) - 2 for k in sizes)


@given(acyclic_links())
@settings(max_examples=60, deadline=None, derandomize=True)
def test_a_configuration_has_each_member_of_its_set_once(structure):
    n, links = structure
    tables = joint(n, links)

    members = [set(outcomes(tables, leaf)) for leaf in tables.configuration_branch]
    of_set = {k: members[i] for i, k in enumerate(tables.configuration_set)}
    assert all(members[i] == of_set[k] for i, k in enumerate(tables.configuration_set))
    assert sorted(s for one in of_set.values() for s in one) == list(range(n))
    for a, b in links:
        assert any({a, b} <= one for one in of_set.values())


@given(acyclic_links())
@settings(max_examples=60, deadline=None, derandomize=True)
def test_every_joint_outcome_is_there_with_the_cells_of_its_causes(structure):
    n, links = structure
    tables = joint(n, links)

    active = [set() for _ in tables.cell_scenario]
    for cell, link in zip(tables.parent_cell, tables.parent_link, strict=True):
        active[cell].add(links[link][0])
    seen = [outcomes(tables, leaf) for leaf in tables.configuration_branch]
    assert len(
        {frozenset((s, yes) for s, (_, yes) in one.items()) for one in seen}
    ) == (len(seen))
    for one in seen:
        for scenario, (cell, _) in one.items():
            assert tables.cell_scenario[cell] == scenario
            assert active[cell] == {a for a, b in links if b == scenario and one[a][1]}


def outcomes(tables, branch):
    """Cell of each scenario, and whether it occurs, from a branch to its trunk."""
    found, n_cells = {}, len(tables.cell_scenario)
    while branch < len(tables.branch_stem):
        yes, cell = divmod(int(tables.branch_cell[branch]), n_cells)
        found[int(tables.cell_scenario[cell])] = cell, bool(yes)
        branch = tables.branch_stem[branch]
    return found


def test_without_scenarios_linked_every_set_is_of_one():
    tables = joint(3, [])

    np.testing.assert_array_equal(tables.configuration_set, [0, 0, 1, 1, 2, 2])


@pytest.mark.parametrize("shape", ["chain", "star"])
def test_a_set_of_twelve_is_weighed_in_a_second(shape):
    names = [f"s{i}" for i in range(12)]
    pairs = pairwise(names) if shape == "chain" else [("s0", b) for b in names[1:]]
    casebook = make_casebook(
        [make_report("a", says("strong", scenario="s0"))],
        scenarios=[make_scenario(name) for name in names],
        links=[{"if": a, "then": b, "probability": 0.7} for a, b in pairs],
    )

    start = time.thread_time()  # of work, not of waiting for a busy machine
    laid_out = design(casebook, DAY)
    seen = weigh(named_draws(laid_out, n=20), laid_out.arrays)
    assert time.thread_time() - start < 1
    assert len(laid_out.arrays.joint.configuration_set) == 4096
    # One report, on which nothing is known beforehand but its own scenario's prior.
    assert np.all((seen.probability > 0) & (seen.probability < 1))


def test_a_chain_passes_probability_on_as_a_markov_chain_does():
    """From p, the next has .7 p + .2 (1 - p), at the centre of z."""
    names = [f"s{i:02}" for i in range(12)]
    casebook = make_casebook(
        scenarios=[make_scenario(name) for name in names],
        links=[{"if": a, "then": b, "probability": 0.7} for a, b in pairwise(names)],
    )
    expected = [0.2]
    for _ in names[1:]:
        expected.append(expected[-1] * 0.7 + (1 - expected[-1]) * 0.2)

    laid_out = design(casebook, DAY)
    seen = weigh(np.zeros(laid_out.layout.size), laid_out.arrays)
    np.testing.assert_allclose(seen.probability, expected, rtol=1e-12)
