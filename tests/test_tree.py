"""Tests mirror the tree: a module has a test of its name, or a reason why not."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("evidence", "priors", "model")

# Where a module has no test of its name: the tests that hold what it does.
HELD_BY = {
    # Types alone, which mypy holds.
    "model/array_types.py": "model/sampling/test_nutpie_model.py",
    "model/casebook/atomic_file.py": "model/posterior/test_fit_file.py",
    "model/errors.py": "model/casebook/test_files.py",
    # An explanation is one thing, whose parts add up.
    "model/explain/arguments.py": "model/explain/test_taking_apart.py",
    "model/explain/claims.py": "model/explain/test_taking_apart.py",
    "model/explain/effects.py": "model/explain/test_taking_apart.py",
    "model/explain/explanation.py": "model/explain/test_taking_apart.py",
    "model/explain/scenarios.py": "model/explain/test_taking_apart.py",
    "model/explain/sources.py": "model/explain/test_taking_apart.py",
    "model/explain/weights.py": "model/explain/test_taking_apart.py",
    "model/plots/move_drawing.py": "model/explain/test_why.py",
    "model/explain/gains.py": "model/explain/test_taking_apart.py",
    "model/explain/moves.py": "model/explain/test_taking_apart.py",
    "model/explain/rungs.py": "model/explain/test_taking_apart.py",
    # The likelihood is one formula, held to a brute force as a whole.
    "model/likelihood/accounts.py": "model/likelihood/test_formula.py",
    "model/likelihood/arithmetic.py": "model/likelihood/test_formula.py",
    "model/likelihood/joint.py": "model/likelihood/test_elimination.py",
    "model/likelihood/outcomes.py": "model/likelihood/test_formula.py",
    "model/likelihood/overlap.py": "model/likelihood/test_formula.py",
    "model/likelihood/rivals.py": "model/likelihood/test_formula.py",
    "model/likelihood/shares.py": "model/explain/test_taking_apart.py",
    "model/likelihood/testimony.py": "model/likelihood/test_design.py",
    "model/likelihood/unknowns.py": "model/likelihood/test_formula.py",
    "model/likelihood/layout.py": "model/likelihood/test_design.py",
    "model/plots/fonts.py": "model/plots/test_plot.py",
    "model/plots/kinds.py": "model/plots/test_fit_plots.py",
    "model/plots/matplotlib_style.py": "model/plots/test_diagnostics.py",
    "model/plots/plot_numbers.py": "service/web/api/resources/test_plots.py",
    "model/plots/plotted_fit.py": "model/plots/test_fit_drawings.py",
    "model/plots/prior_drawing.py": "service/commands/test_elicitation.py",
    # Drawings are held as wholes: what they say, and where their marks stand.
    "model/plots/svg/*": "model/plots/svg/test_drawings.py "
    "model/plots/svg/test_positions.py",
    "model/posterior/summaries.py": "model/posterior/test_what_if.py "
    "service/commands/test_forecasting.py",
    "model/posterior/summary.py": "service/commands/test_forecasting.py",
    "model/sampling/progress.py": "model/sampling/test_fit.py",
    # The file is the unit: its items are refused with their places in it.
    "priors/argument.py": "priors/test_file.py",
    "priors/link.py": "priors/test_file.py",
    "priors/prior.py": "priors/test_file.py",
    "priors/scenario.py": "priors/test_file.py",
}
# Tests of no one module: properties of the whole, and what it is held against.
OF_THE_WHOLE = {
    "model/plots/svg/test_drawings.py",
    "model/plots/svg/test_positions.py",
    "model/test_calibration.py",
    "model/test_known_answers.py",
    "model/test_properties.py",
    "model/test_worked_examples.py",
}


def modules(package: str) -> list[Path]:
    paths = (path.relative_to(ROOT) for path in (ROOT / package).rglob("*.py"))
    return sorted(path for path in paths if path.name != "__init__.py")


def own_test(module: Path) -> Path:
    return Path("tests") / module.parent / f"test_{module.name}"


def entry_of(module: Path) -> str | None:
    return next((name for name in HELD_BY if module.match(name)), None)


@pytest.mark.parametrize("package", PACKAGES)
def test_every_module_has_a_test_of_its_name_or_a_reason(package):
    assert [
        str(module)
        for module in modules(package)
        if not (ROOT / own_test(module)).exists() and entry_of(module) is None
    ] == []


@pytest.mark.parametrize("package", PACKAGES)
def test_every_test_has_a_module_of_its_name_or_is_of_the_whole(package):
    known = {own_test(module) for module in modules(package)}
    known |= {Path("tests") / name for name in OF_THE_WHOLE}
    tests = (ROOT / "tests" / package).rglob("test_*.py")

    assert {test.relative_to(ROOT) for test in tests} <= known


def test_no_reason_is_out_of_date():
    every = [module for package in PACKAGES for module in modules(package)]
    needed = {entry_of(m) for m in every if not (ROOT / own_test(m)).exists()}

    assert set(HELD_BY) == needed - {None}
    for tests in HELD_BY.values():
        for test in tests.split():
            assert (ROOT / "tests" / test).exists(), test
