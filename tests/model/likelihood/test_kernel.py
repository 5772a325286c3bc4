"""The compiled density, against the formula and what its cache holds."""

import ast
import datetime
import inspect
import os
import subprocess
import sys

import numpy as np
import pytest

from deciban.model.likelihood import kernel
from deciban.model.likelihood.arrays import PLACES
from deciban.model.likelihood.design import design
from deciban.model.likelihood.formula import weigh
from tests.model.builders import (
    DAY,
    case_of,
    make_argument,
    make_casebook,
    make_report,
    make_scenario,
    named_draws,
    says,
)
from tests.model.likelihood.slopes import (
    evaluated,
    formula_density,
    numerical_gradient,
)


@pytest.mark.parametrize("seed", range(60))
def test_one_compiled_density_serves_every_casebook(seed):
    casebook, day = case_of(seed)
    laid_out = design(casebook, day)
    packed = laid_out.arrays.packed()
    log_density = formula_density(laid_out)

    here = named_draws(laid_out, n=1)[0]
    code, at_here, gradient = evaluated(packed, here)
    assert code == 0
    constant = len(here) * np.log(2 * np.pi) / 2
    assert at_here == pytest.approx(log_density(here)[0] - constant, abs=1e-10)
    slope = numerical_gradient(log_density, here)
    np.testing.assert_allclose(gradient, slope, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("direction", ["supports", "opposes"])
@pytest.mark.parametrize("target", ["scenario", "argument"])
def test_certainty_neither_overflows_nor_loses_its_slope(target, direction):
    """Forty claims of 100 dB, by sources that err once in 1e13."""
    name = {"scenario": "war", "argument": "able"}[target]
    bearing = says(100, direction=direction, **{target: name})
    casebook = make_casebook(
        [
            make_report(f"r{i}", bearing, source=f"s{i}", credibility=6)
            for i in range(40)
        ],
        scenarios=[make_scenario(prior={"mean": 0.5, "sd": 0.2})],
        sources={f"s{i}": "A" for i in range(40)},
        arguments=[make_argument("able", says(5))],
        scales={"reliability": {"A": {"location": 30, "sd": 10}}},
    )
    laid_out = design(casebook, DAY)

    for z in named_draws(laid_out, n=2):
        code, density, gradient = evaluated(laid_out.arrays.packed(), z)
        prior = -(z**2 + np.log(2 * np.pi)).sum() / 2
        expected = prior + weigh(z[:, None], laid_out.arrays).log_likelihood[0]
        assert code == 0
        assert density == pytest.approx(expected, rel=1e-12)
        assert np.all(np.isfinite(gradient))


def test_before_any_report_only_the_prior_has_a_slope():
    """No array may be missed because it is empty."""
    casebook, _ = case_of(118)
    laid_out = design(casebook, datetime.date(2023, 6, 1))

    z = named_draws(laid_out, n=1)[0]
    _, _, gradient = evaluated(laid_out.arrays.packed(), z)
    np.testing.assert_allclose(gradient, -z, atol=1e-12)


def test_a_density_that_is_not_finite_is_told_apart():
    laid_out = design(*case_of(33))
    z = np.full(laid_out.layout.size, np.nan)

    assert evaluated(laid_out.arrays.packed(), z)[0] == kernel.DIVERGED


def test_what_was_packed_for_another_kernel_or_another_z_is_refused():
    laid_out = design(*case_of(33))
    packed, z = laid_out.arrays.packed(), named_draws(laid_out, n=1)[0]
    other = packed.copy()
    other[0] += 1

    assert evaluated(other, z)[0] == kernel.FOREIGN
    assert evaluated(packed, z[1:].copy())[0] == kernel.FOREIGN


def test_all_that_is_compiled_in_from_elsewhere_is_known_to_the_cache():
    """Where arrays stand is known by the number of the packing."""
    taken = {
        alias.name
        for node in ast.walk(ast.parse(inspect.getsource(kernel)))
        if isinstance(node, ast.ImportFrom)
        and str(node.module).startswith("deciban.")
        and node.col_offset == 0
        for alias in node.names
    }
    known = {name for name in taken if getattr(kernel, name) in kernel._TAKEN}

    assert taken - known - {"ACROSS", "IN_CAMP", "IN_ACCOUNT"} == {"PLACES"}
    assert kernel.PLACES == PLACES


# What is kept and when is the same for any density; this one is compiled in a second.
SMALL = "kernel._evaluate = numba.njit(lambda z, *memory: (0.0, z))"


def in_a_process(folder, first="", locator=None):
    """Start to load a kernel elsewhere; it says whether it had to compile."""
    script = (
        "import numba\n"
        "from deciban.model.likelihood import kernel\n"
        f"{SMALL}\n{first}\n"
        "told = []\n"
        "kernel.compiled(lambda: told.append('compiled'))\n"
        "print(*told, kernel.compiled().log_density.address > 0)"
    )
    environment = os.environ | {"NUMBA_CACHE_DIR": str(folder)}
    if locator:
        environment["NUMBA_CACHE_LOCATOR_CLASSES"] = locator
    return subprocess.Popen(
        [sys.executable, "-c", script],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_processes_that_compile_at_once_leave_a_cache_that_others_load(tmp_path):
    together = [in_a_process(tmp_path) for _ in range(2)]
    assert [p.communicate()[0] for p in together] == ["compiled True\n"] * 2

    assert in_a_process(tmp_path).communicate()[0] == "True\n"
    changed = "kernel._TAKEN = (kernel._TAKEN[0] + 1, *kernel._TAKEN[1:])"
    assert in_a_process(tmp_path, changed).communicate()[0] == "compiled True\n"


def test_where_nothing_can_be_written_it_is_compiled_and_not_kept(tmp_path):
    """Numba looks for a folder in one place alone, and there is a file in its way."""
    (tmp_path / "file").touch()
    process = in_a_process(
        tmp_path / "file" / "cache", locator="UserProvidedCacheLocator"
    )

    assert process.communicate()[0] == "compiled True\n"
