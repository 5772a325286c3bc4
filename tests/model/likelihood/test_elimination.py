"""One scenario summed out after another, against the sum over all configurations."""

import tracemalloc
from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deciban.model.likelihood.elimination import plan, sum_out
from deciban.model.likelihood.joint import joint
from deciban.model.likelihood.kernel import sum_out as over_configurations


@st.composite
def tables_and_cells(draw):
    """Draw links among some scenarios, and log-probabilities of which some are none."""
    n = draw(st.integers(1, 6))
    possible = list(combinations(range(n), 2))
    links = draw(st.lists(st.sampled_from(possible), unique=True)) if possible else []
    tables = joint(n, links)
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    cells = rng.normal(-3, 40, (2 * len(tables.cell_scenario), 3))
    cells[rng.random(cells.shape) < draw(st.sampled_from([0, 0.1, 0.5]))] = -np.inf
    return tables, cells


def configurations_summed(tables, cell):
    """Run the sampler's loops as plain Python, for they are compiled elsewhere."""
    with np.errstate(all="ignore"):
        return over_configurations.py_func(
            cell,
            tables.branch_stem,
            tables.branch_cell,
            tables.configuration_branch,
            tables.configuration_set,
            int(tables.n_sets),
        )


@given(tables_and_cells())
@settings(max_examples=200, deadline=None, derandomize=True)
def test_the_sum_is_that_over_all_configurations(drawn):
    tables, cells = drawn
    log_evidence, posterior = sum_out(cells, tables)

    for i, cell in enumerate(cells.T):
        expected, of_cell = configurations_summed(tables, cell)
        np.testing.assert_allclose(log_evidence[i], expected, rtol=1e-12, atol=1e-12)
        if np.isfinite(expected):
            np.testing.assert_allclose(posterior[:, i], of_cell, rtol=0, atol=1e-12)
        else:
            assert np.all(posterior[:, i] == 0)


def test_a_star_of_twelve_and_a_chain_are_summed_two_at_a_time():
    star = plan(((), *((0,) for _ in range(11))))
    chain = plan(((), *((s,) for s in range(11))))

    for one in (star, chain):
        assert max(len(step.scope) for step in one.steps) == 2
        assert sorted(step.scope[0] for step in one.steps) == list(range(12))


def test_an_effect_of_eleven_causes_is_one_table():
    many = plan((*(() for _ in range(11)), tuple(range(11))))

    assert len(many.scopes[11]) == 12


@pytest.mark.parametrize("links", [list(pairwise(range(12))), []], ids=["linked", "-"])
def test_twelve_scenarios_are_summed_out_of_four_thousand_draws_at_once(links):
    """Over configurations it would be 16 million numbers: 130 MB, and half a second."""
    tables = joint(12, links)
    cells = np.random.default_rng(1).normal(0, 3, (2 * len(tables.cell_scenario), 4000))

    tracemalloc.start()
    log_evidence, _ = sum_out(cells, tables)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert most < 20_000_000  # bytes
    assert np.all(np.isfinite(log_evidence))


def test_probabilities_of_a_scenarios_cells_sum_to_one():
    tables = joint(4, [(0, 2), (1, 2), (2, 3)])
    cells = np.random.default_rng(2).normal(0, 3, (2 * len(tables.cell_scenario), 50))
    _, posterior = sum_out(cells, tables)

    either = posterior.reshape(2, -1, 50).sum(axis=0)
    for s in range(4):
        np.testing.assert_allclose(either[tables.cell_scenario == s].sum(axis=0), 1)
