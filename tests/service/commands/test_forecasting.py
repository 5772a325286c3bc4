"""``deciban fit`` and ``deciban show``."""

import csv
import datetime
import io
import json
import subprocess
import sys
import time
from dataclasses import replace

import arviz
import pytest
import xarray as xr

from deciban.model.errors import FitStoppedError
from deciban.model.fit import Fit
from deciban.model.posterior.summary import Summary

pytestmark = pytest.mark.slow

RESULTS = {"posterior.nc", "summary.json", "summary.csv", "forest.svg", "forest.png"}


def test_a_fit_prints_its_forecasts_with_their_words(deciban, sampled_at_once):
    result = deciban("fit", "dprk-russia", "--as-of", "2024-03-31")

    assert result.exit_code == 0
    assert "munitions" in result.stdout
    assert "very likely (8" in result.stdout
    assert "checks: passed (R-hat 1.0" in result.stdout
    assert "as of 2024-03-31 (as given)" in result.stderr


@pytest.mark.parametrize("zone", ["Etc/GMT-14", "Etc/GMT+12"])
def test_today_is_that_of_utc_wherever_one_is(
    deciban, sampled_at_once, files, monkeypatch, zone
):
    """Of two zones 26 hours apart, one has another day than UTC at any moment."""
    priors, evidence = files
    priors.write_text(priors.read_text().replace("closes: 2025", "closes: 2999"))
    evidence.write_text(evidence.read_text().replace("2022-08", "2998-08"))
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        before = datetime.datetime.now(datetime.UTC).date()
        checked = deciban("check", *files).stderr
        fitted = deciban("fit", "--priors", priors, "--evidence", evidence).stderr
        after = datetime.datetime.now(datetime.UTC).date()
    finally:
        monkeypatch.undo()
        time.tzset()

    days = {before, after}
    assert any(f"lies ahead: today is {day} (UTC)" in checked for day in days)
    assert any(f"as of {day} (today, UTC)" in fitted for day in days)


def test_every_scenario_has_one_line_at_a_width_of_120(
    deciban, sampled_at_once, shipped, monkeypatch
):
    monkeypatch.setenv("COLUMNS", "120")
    lines = deciban("fit", "dprk-russia").stdout.splitlines()
    ids = [scenario.id for scenario in shipped.priors.scenarios]

    assert [line.split()[0] for line in lines[1 : 1 + len(ids)]] == ids


def test_nothing_is_wider_than_80_columns_but_the_digest(
    deciban, sampled_at_once, monkeypatch
):
    monkeypatch.setenv("COLUMNS", "80")
    lines = deciban("fit", "dprk-russia").stdout.splitlines()

    assert max(len(line) for line in lines if not line.startswith("digest")) <= 80
    assert any(line.startswith("technology-transfer") for line in lines)


@pytest.mark.parametrize("day", ["2024-06-31", "20240630", "yesterday"])
def test_a_day_that_is_none_is_refused_as_files_refuse_it(deciban, day):
    result = deciban("fit", "dprk-russia", "--as-of", day)

    assert result.exit_code == 2
    assert f"must be a date, written YYYY-MM-DD, got '{day}'" in result.stderr


def test_json_is_the_summary_and_nothing_else(deciban, sampled_at_once, shipped):
    result = deciban("fit", "dprk-russia", "--json", "--as-of", "2024-03-31")
    printed = json.loads(result.stdout)

    said = Fit(sampled_at_once, shipped, datetime.date(2024, 3, 31)).summary
    assert Summary.model_validate_json(result.stdout) == said
    assert list(printed) == [
        *("case", "as_of", "digest", "seed", "checks"),
        *("scenarios", "sources", "arguments", "rules"),
    ]
    assert {"id", "mean", "sd", "median", "eti90", "eti50", "mcse", "prior_mean"} | {
        *("weight_db", "term", "reports", "origins", "outcome")
    } <= set(printed["scenarios"][0])


def test_quiet_says_nothing_on_standard_error(deciban, sampled_at_once):
    assert deciban("fit", "dprk-russia", "--quiet").stderr == ""


def test_out_gets_fit_summary_and_plots(deciban, sampled_at_once, tmp_path):
    out = tmp_path / "new" / "out"

    result = deciban("fit", "dprk-russia", "--as-of", "2024-03-31", "--out", out)

    assert result.exit_code == 0, result.stderr
    assert {path.name for path in out.iterdir()} >= RESULTS
    saved = xr.open_datatree(out / "posterior.nc", engine="h5netcdf")
    told = arviz.summary(saved, var_names=["probability"])
    assert "probability[munitions]" in told.index
    saved.close()
    written = (out / "summary.json").read_text()
    assert deciban("show", out / "posterior.nc", "--json").stdout == written
    printed = Summary.model_validate_json(written)
    rows = list(csv.DictReader(io.StringIO((out / "summary.csv").read_text())))
    assert [row["id"] for row in rows] == [s.id for s in printed.scenarios]
    assert float(rows[0]["mean"]) == printed.scenarios[0].mean
    assert [path.name for path in out.parent.iterdir()] == ["out"]


def test_failure_while_writing_keeps_the_results_of_before(
    deciban, sampled_at_once, tmp_path, monkeypatch
):
    out = tmp_path / "out"
    out.mkdir()
    (out / "summary.json").write_text("before")

    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("deciban.model.plots.fit_plots.write_plots", fail)
    result = deciban("fit", "dprk-russia", "--out", out)

    assert result.exit_code == 1
    assert "No space left on device; nothing was written" in result.stderr
    assert [p.read_text() for p in out.iterdir()] == ["before"]
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_place_that_cannot_be_written_to_is_refused_before_the_fit(
    deciban, tmp_path, monkeypatch
):
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(
        "deciban.model.sampling.fit.sample",
        lambda *_, **__: pytest.fail("it was fitted"),
    )

    result = deciban("fit", "dprk-russia", "--out", tmp_path / "file")

    assert result.exit_code == 1
    assert "must be a directory" in result.stderr


@pytest.mark.parametrize(
    ("stop", "code", "message"),
    [
        (KeyboardInterrupt(), 130, "stopped; nothing was written\n"),
        (FitStoppedError("the fit was stopped"), 1, "Error: the fit was stopped\n"),
    ],
    ids=["Ctrl-C", "cancelled"],
)
def test_a_stopped_fit_writes_nothing(
    deciban, tmp_path, monkeypatch, stop, code, message
):
    def stopped(*_, **__):
        raise stop

    monkeypatch.setattr("deciban.model.sampling.fit.sample", stopped)
    result = deciban("fit", "dprk-russia", "--quiet", "--out", tmp_path / "out")

    assert (result.exit_code, result.stderr) == (code, message)
    assert list(tmp_path.iterdir()) == []


def test_a_fit_that_fails_its_checks_is_printed_and_exits_with_1(
    deciban, sampled, monkeypatch
):
    diverging = sampled.stats["diverging"].copy()
    diverging[0, 0] = True
    diverged = replace(sampled, stats={**sampled.stats, "diverging": diverging})
    monkeypatch.setattr("deciban.model.sampling.fit.sample", lambda *_, **__: diverged)

    result = deciban("fit", "dprk-russia")

    assert result.exit_code == 1
    assert "munitions" in result.stdout
    assert "checks: FAILED" in result.stdout
    assert "1 divergence): do not rely on these numbers. Try more: --draws" in (
        result.stderr
    )


def test_show_prints_what_fit_printed(
    deciban, sampled_at_once, fitted, shipped, tmp_path
):
    fitted.to_netcdf(tmp_path / "fit.nc", engine="h5netcdf")

    shown = deciban("show", tmp_path / "fit.nc")

    day = datetime.date(2024, 3, 31)
    assert shown.stdout == deciban("fit", "dprk-russia", "--as-of", day).stdout
    assert "shells-run-out" not in shown.stdout
    assert (
        "shells-run-out" in deciban("show", tmp_path / "fit.nc", "--arguments").stdout
    )
    assert "korochenko" in deciban("show", tmp_path / "fit.nc", "--sources").stdout
    told = deciban("show", tmp_path / "fit.nc", "--by-when").stdout
    assert "has occurred" in told and told.count("2025-12-31") >= 1


def test_show_loads_no_sampler_and_no_statistics(fitted, tmp_path):
    """What a saved fit says stands in its file: ArviZ takes seconds to load."""
    fitted.to_netcdf(tmp_path / "fit.nc", engine="h5netcdf")
    suspects = ["arviz_stats", "matplotlib", "nutpie", "numba", "pymc", "scipy.stats"]
    script = (
        "import sys\n"
        "from click.testing import CliRunner\n"
        "from deciban.service.commands.main import main\n"
        f"shown = CliRunner().invoke(main, ['show', {str(tmp_path / 'fit.nc')!r}])\n"
        "assert shown.exit_code == 0, shown.output\n"
        f"print([m for m in {suspects!r} if m in sys.modules])"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )

    assert ran.stdout == "[]\n"


def test_show_sorts_as_asked(deciban, fitted, tmp_path):
    fitted.to_netcdf(tmp_path / "fit.nc", engine="h5netcdf")
    lines = deciban("show", tmp_path / "fit.nc", "--sort", "forecast").stdout

    assert lines.index("munitions") < lines.index("rockets") < lines.index("troops")


@pytest.mark.parametrize("content", [None, b"", b"case: war\n"])
def test_show_refuses_what_is_no_fit(deciban, tmp_path, content):
    path = tmp_path / "fit.nc"
    if content is not None:
        path.write_bytes(content)

    result = deciban("show", path)

    assert result.exit_code == 1
    assert "must be a fit saved by 'deciban fit --out'" in result.stderr


def test_show_says_shortly_that_a_folder_is_no_fit(deciban, tmp_path):
    result = deciban("show", tmp_path)

    assert result.exit_code == 1
    assert result.stderr == (
        f"Error: {tmp_path}: must be a fit saved by 'deciban fit --out', "
        "got Is a directory\n"
    )


def test_a_fit_kept_report_by_report_is_read_by_arviz_and_as_any_other(
    deciban, sampled_at_once, tmp_path
):
    out = tmp_path / "out"
    given = ("fit", "dprk-russia", "--as-of", "2024-03-31", "--pointwise")
    alone, result = deciban(*given), deciban(*given, "--out", out)

    assert alone.exit_code == 2
    assert "Give --pointwise with --out" in alone.stderr
    assert result.exit_code == 0, result.stderr
    with xr.open_datatree(out / "posterior.nc", engine="h5netcdf") as tree:
        assert arviz.loo(tree).n_data_points == tree["observed_data"].sizes["report"]
    shown = deciban("show", out / "posterior.nc", "--json")
    assert json.loads(shown.stdout)["scenarios"]
