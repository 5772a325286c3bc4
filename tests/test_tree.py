"""Tests mirror the tree: a module has a test of its name, or a reason why not."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("evidence", "priors", "model", "service")

# Where a module has no test of its name: the tests that hold what it does.
HELD_BY = {
    # Types alone, which mypy holds.
    "model/array_types.py": "model/sampling/test_nutpie_model.py",
    "model/said.py": "model/scores/test_scoring.py",
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
    # A page shows what a use case gives: both are held where the two meet.
    "service/application/case_view.py": "service/web/pages/test_case_view.py",
    "service/application/errors.py": "service/application/test_reports.py",
    "service/application/fit_plots.py": "service/web/pages/test_fits.py",
    "service/application/influence.py": "service/web/api/resources/test_influence.py",
    "service/application/late_reports.py": "service/web/pages/test_reports.py",
    "service/application/learned.py": "service/web/api/resources/test_learned.py",
    "service/application/replay.py": "service/web/api/resources/test_scores.py",
    "service/application/reviews.py": "service/web/api/resources/test_due.py",
    "service/application/services.py": "service/web/test_app.py",
    "service/application/why.py": "service/web/api/resources/test_why.py",
    # Options of several commands, held by the commands that take them.
    "service/commands/case_option.py": "service/commands/test_cases.py",
    "service/commands/store_option.py": "service/commands/test_databases.py",
    # The parts of the scheduler, and what it hands to workers and takes back.
    "service/refits/artefacts.py": "service/refits/test_job.py",
    "service/refits/exchange.py": "service/refits/test_pool.py",
    "service/refits/executor.py": "service/refits/test_job.py",
    "service/refits/fit_records.py": "service/refits/test_scheduler.py",
    "service/refits/lessons.py": "service/refits/test_scheduler.py",
    "service/refits/outcomes.py": "service/refits/test_scheduler.py",
    "service/refits/recorded_days.py": "service/application/test_scores.py",
    "service/refits/worker_places.py": "service/refits/test_scheduler.py",
    "service/running/clock.py": "service/web/server/test_service_process.py",
    "service/store/errors.py": "service/store/test_casebooks.py",
    "service/store/locks.py": "service/store/test_backups.py",
    "service/store/migrations/versions/*": "service/store/test_migrations.py",
    "service/store/tables.py": "service/store/test_migrations.py",
    "service/web/access/errors.py": "service/web/access/test_identities.py",
    "service/web/access/links.py": "service/web/access/test_sign_in.py",
    "service/web/access/sessions.py": "service/web/access/test_sign_in.py",
    # The API is one table of operations, all of which keep to its document.
    "service/web/api/changed_forecasts.py": "service/web/api/resources/test_what_if.py",
    "service/web/api/dispatch.py": "service/web/api/test_problems.py",
    "service/web/api/operation.py": "service/web/api/test_document.py",
    "service/web/api/resources/arguments.py": "service/web/api/test_items.py",
    "service/web/api/resources/links.py": "service/web/api/test_items.py",
    "service/web/api/resources/sources.py": "service/web/api/test_items.py",
    "service/web/api/scenario_summary.py": "service/web/api/resources/"
    "test_forecasts.py",
    # What several pages share is held by the pages.
    "service/web/pages/blueprint.py": "service/web/pages/test_every_page.py",
    "service/web/pages/cases.py": "service/web/pages/test_every_page.py",
    "service/web/pages/drawn_changes.py": "service/web/pages/test_what_if.py",
    "service/web/pages/drawn_rows.py": "service/web/pages/test_case.py",
    "service/web/pages/effects.py": "service/web/pages/test_report_form.py",
    "service/web/pages/errors.py": "service/web/pages/test_every_page.py",
    "service/web/pages/feed.py": "service/web/pages/test_live.py",
    "service/web/pages/how_to_read.py": "service/web/pages/test_every_page.py",
    "service/web/pages/influence.py": "service/web/pages/test_every_page.py",
    "service/web/pages/matrix.py": "service/web/pages/test_reports.py",
    "service/web/pages/parameters.py": "service/web/pages/test_every_page.py",
    "service/web/pages/plots.py": "service/web/pages/test_scenario.py",
    "service/web/pages/posting.py": "service/web/pages/test_item_form.py",
    "service/web/pages/reader_priors.py": "service/web/pages/test_what_if_query.py",
    "service/web/pages/why.py": "service/web/pages/test_every_page.py",
    "service/web/server/preload.py": "service/web/pages/test_warming.py",
    "service/web/server_sent_events.py": "service/web/api/resources/test_fits.py",
    "service/web/shared.py": "service/web/test_app.py",
}
# Tests of no one module: properties of the whole, and what it is held against.
OF_THE_WHOLE = {
    "model/plots/svg/test_drawings.py",
    "model/plots/svg/test_positions.py",
    "model/test_calibration.py",
    "model/test_known_answers.py",
    "model/test_properties.py",
    "model/test_worked_examples.py",
    "service/store/test_writers_at_once.py",
    "service/test_survival.py",
    "service/web/api/test_contract.py",
    "service/web/api/test_outages.py",
    "service/web/api/test_roles.py",
    "service/web/pages/test_case_view.py",
    "service/web/pages/test_every_page.py",
    "service/web/pages/test_explaining.py",
    "service/web/pages/test_foreign_ids.py",
    "service/web/pages/test_live.py",
    "service/web/pages/test_rivals.py",
    "service/web/pages/test_warming.py",
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
    # What a package itself holds is tested by the package's name.
    inits = (ROOT / package).rglob("__init__.py")
    known |= {own_test(p.parent.relative_to(ROOT).with_suffix(".py")) for p in inits}
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
