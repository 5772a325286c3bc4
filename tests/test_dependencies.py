"""What is imported is declared, and what is declared is used."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
OPTIONAL = PROJECT["optional-dependencies"]

# Declared, and reached by a name that is no import.
BY_NAME = {
    "h5netcdf": "xarray's engine for the files of fits",
    "flask-swagger-ui": "its files are served, by importlib.resources",
    "psycopg": "SQLAlchemy's driver, by the address of a database",
}
# Tools of development that no test imports: commands, and pytest's plugins.
TOOLS = {
    "import-linter",
    "mypy",
    "pytest-playwright",
    "pytest-xdist",
    "ruff",
}


def declared(requirements: list[str]) -> set[str]:
    """Return the names in a list of requirements, as package indexes compare them."""
    names = (re.match(r"[\w.-]+", requirement) for requirement in requirements)
    return {normalised(name.group()) for name in names if name}


def normalised(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def imported(folders: list[str]) -> set[str]:
    """Return the distributions that the modules of some folders import."""
    homes = packages_distributions()
    ours = {"deciban", "tests", "_typeshed"}  # the last is known to type checkers only
    found = set()
    for folder in folders:
        for path in (ROOT / folder).rglob("*.py"):
            found |= set(modules(ast.parse(path.read_text("utf-8"))))
    others = found - set(sys.stdlib_module_names) - ours
    return {normalised(homes[name][0]) if name in homes else name for name in others}


def modules(tree: ast.AST) -> Iterator[str]:
    """Return what is imported: by a statement, or by a function that takes its name."""
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from (alias.name.split(".")[0] for alias in names)
            case ast.ImportFrom(module=str(name), level=0):
                yield name.split(".")[0]
            case ast.Call(
                func=ast.Attribute(attr="import_module" | "importorskip"),
                args=[name, *_],
            ):
                if isinstance(name, ast.Constant):
                    yield str(name.value).split(".")[0]


PRODUCT = ["deciban", "evidence", "priors", "model", "service"]
# What gives the product more than it needs.
EXTRAS = set().union(*(declared(OPTIONAL[name]) for name in OPTIONAL if name != "dev"))


def test_the_product_imports_what_it_declares_and_no_more():
    used = imported(PRODUCT)

    assert used - EXTRAS == declared(PROJECT["dependencies"]) - set(BY_NAME)
    assert used >= EXTRAS


def test_the_tests_import_what_is_declared_for_development():
    used = imported(["tests"]) - declared(PROJECT["dependencies"])
    asked = {
        name for name in declared(OPTIONAL["dev"]) if not name.startswith("types-")
    }

    assert used | EXTRAS == asked - TOOLS


@pytest.mark.parametrize("extra", sorted(OPTIONAL))
def test_an_extra_repeats_no_dependency(extra):
    assert declared(OPTIONAL[extra]).isdisjoint(declared(PROJECT["dependencies"]))
