"""The direction of dependency: service -> model -> {priors, evidence}."""

import ast
import importlib
import json
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import deciban.model as model
import deciban.priors as priors

SAMPLERS_AND_PLOTS = [
    "arviz",
    "arviz_plots",
    "matplotlib",
    "nutpie",
    "preliz",
    "pymc",
    "pytensor",
]
MAY_NOT_IMPORT = {
    "evidence": [
        "deciban.priors",
        "deciban.model",
        "deciban.service",
        "flask",
        "click",
        *SAMPLERS_AND_PLOTS,
    ],
    "priors": [
        "deciban.model",
        "deciban.service",
        "flask",
        "click",
        *SAMPLERS_AND_PLOTS,
    ],
    "model": ["deciban.service", "flask", "click", "sqlalchemy"],
}
SAMPLING_AND_PLOTTING = {
    "model.likelihood.kernel",
    "model.likelihood.pymc_model",
    "model.sampling.fit",
    "model.sampling.nutpie_model",
    "model.sampling.pymc_sampler",
    "model.plots.diagnostics",
    "model.plots.matplotlib_style",
}
NUMPY_PART = {
    module.name
    for module in pkgutil.walk_packages(model.__path__, "deciban.model.")
    if not module.name.startswith(
        tuple(f"deciban.{name}" for name in SAMPLING_AND_PLOTTING)
    )
}


def loaded_by(modules: list[str], suspects: list[str]) -> dict[str, str]:
    """Import modules, one after the other, in a fresh interpreter.

    Returns
    -------
    dict
        Those of ``suspects`` that are loaded, each with the module that loads it first.
    """
    script = (
        "import importlib, json, sys\n"
        "found = {}\n"
        f"for module in {modules!r}:\n"
        "    importlib.import_module(module)\n"
        f"    for name in set({suspects!r}) & set(sys.modules) - set(found):\n"
        "        found[name] = module\n"
        "print(json.dumps(found))"
    )
    result = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    return dict(json.loads(result.stdout))


@pytest.mark.parametrize("package", MAY_NOT_IMPORT)
def test_package_imports_nothing_above_it(package):
    name = f"deciban.{package}"
    path = importlib.import_module(name).__path__
    modules = [name, *(m.name for m in pkgutil.walk_packages(path, f"{name}."))]

    assert loaded_by(modules, MAY_NOT_IMPORT[package]) == {}


def test_priors_take_from_evidence_only_what_both_files_are_written_in():
    taken = {
        node.module
        for path in Path(priors.__path__[0]).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and node.module
    }

    assert {name for name in taken if name.startswith("deciban.evidence")} == {
        "deciban.evidence.items"
    }


def test_weighing_and_serving_load_no_sampler_and_no_plot():
    assert loaded_by(sorted(NUMPY_PART), SAMPLERS_AND_PLOTS) == {}


def test_what_answers_requests_loads_nothing_that_takes_seconds():
    """ArviZ and xarray are loaded when they are first needed, not when one starts."""
    modules = [
        "casebook.changes",
        "likelihood.formula",
        "posterior.summaries",
        "posterior.summary",
        "posterior.what_if",
        "sampling.draws",
    ]
    slow = [*SAMPLERS_AND_PLOTS, "arviz_stats", "pandas", "xarray", "scipy.stats"]

    assert loaded_by([f"deciban.model.{name}" for name in modules], slow) == {}
