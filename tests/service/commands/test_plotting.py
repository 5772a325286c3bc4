"""``deciban plot`` draws a fit that was saved."""

import datetime
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

import deciban.model.plots.fonts as fonts
from deciban.model.fit import Fit
from deciban.service.commands.plotting import plot


@pytest.fixture(scope="module")
def saved(fitted, tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("fit") / "posterior.nc"
    fitted.to_netcdf(path, engine="h5netcdf")
    return path


def run(*options: object):
    return CliRunner().invoke(plot, [str(option) for option in options])


def test_path_is_printed_so_that_it_can_be_piped(saved, tmp_path):
    out = tmp_path / "sources.png"
    result = run(saved, "--kind", "sources", "--out", out)

    assert result.exit_code == 0
    assert result.stdout == f"{out}\n"
    assert out.read_bytes().startswith(b"\x89PNG")


def test_plot_goes_to_the_current_directory_by_case_and_kind(
    saved, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    result = run(saved)

    assert result.stdout == "dprk-russia-forest.svg\n"
    assert (tmp_path / "dprk-russia-forest.svg").exists()


@pytest.mark.parametrize("kind", ["ladder", "history"])
def test_plot_of_one_scenario_is_called_by_it(saved, tmp_path, monkeypatch, kind):
    monkeypatch.chdir(tmp_path)
    result = run(saved, "--kind", kind, "--scenario", "munitions")

    assert result.stdout == f"dprk-russia-{kind}-munitions.svg\n"
    svg = (tmp_path / f"dprk-russia-{kind}-munitions.svg").read_text("utf-8")
    assert "Does North Korea ship artillery ammunition to Russia" in svg


@pytest.mark.parametrize("scenario", [(), ("--scenario", "pie")])
def test_a_ladder_without_its_scenario_exits_with_2_and_lists_them(
    saved, shipped, scenario
):
    result = run(saved, "--kind", "ladder", *scenario)

    assert result.exit_code == 2
    listed = ", ".join(one.id for one in shipped.priors.scenarios)
    told = " ".join(result.stderr.split())
    assert f"--scenario must be one of {listed} for a ladder, got " in told


def test_a_plot_of_all_scenarios_takes_none(saved):
    result = run(saved, "--scenario", "munitions")

    assert result.exit_code == 2
    assert "--scenario must be left out for forest" in result.stderr


def test_dash_is_svg_on_standard_output_alone(saved):
    result = run(saved, "--kind", "energy", "--out", "-")

    assert result.stdout.startswith("<?xml")
    assert result.stdout.rstrip().endswith("</svg>")


def test_letters_that_an_image_lacks_are_named(sampled, shipped, tmp_path, monkeypatch):
    monkeypatch.setattr(fonts, "_machine_files", list)
    title = {"title": "북한의 지원"}
    priors = shipped.priors.model_copy(update=title)
    korean = shipped.model_copy(update={"priors": priors})
    Fit(sampled, korean, datetime.date(2024, 3, 31)).save(tmp_path / "fit.nc")

    image = run(tmp_path / "fit.nc", "--out", tmp_path / "plot.png")
    drawing = run(tmp_path / "fit.nc", "--out", tmp_path / "plot.svg")

    assert image.exit_code == 0
    assert image.stderr.startswith("This machine has no font for Hangul: ")
    assert drawing.stderr == ""


def test_unknown_suffix_exits_with_2_and_lists_those_known(saved):
    result = run(saved, "--out", "plot.gif")

    assert result.exit_code == 2
    assert ".svg, .png, .pdf" in result.stderr


def test_unknown_kind_exits_with_2(saved):
    assert run(saved, "--kind", "pie").exit_code == 2


def test_file_that_is_no_fit_exits_with_1(tmp_path):
    other = tmp_path / "notes.nc"
    other.write_text("no fit")
    result = run(other)

    assert result.exit_code == 1
    assert "must be a fit saved by 'deciban fit --out'" in result.stderr


def test_folder_that_is_not_there_exits_with_1(saved, tmp_path):
    result = run(saved, "--out", tmp_path / "no" / "plot.svg")

    assert result.exit_code == 1
    assert "name another with --out" in result.stderr


def test_help_tells_each_kind():
    result = run("--help")

    assert "reliability of each source, before and after the reports" in result.stdout


def test_commands_are_at_hand_without_loading_a_plotting_library():
    script = (
        "import sys, deciban.service.commands.plotting\n"
        "import deciban.service.commands.elicitation\n"
        "names = ('matplotlib', 'arviz_plots', 'jinja2', 'pymc', 'xarray')\n"
        "print(*[name for name in names if name in sys.modules])"
    )
    result = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )

    assert result.stdout.split() == []


@pytest.mark.parametrize("backend", ["module://no.such.backend", "nonsense"])
def test_backend_of_the_environment_does_not_matter(saved, tmp_path, backend):
    script = "from deciban.service.commands.plotting import plot; plot()"
    result = subprocess.run(
        [sys.executable, "-c", script, saved, "--out", "plot.svg", "--kind", "energy"],
        cwd=tmp_path,
        env={"MPLBACKEND": backend, "PYTHONPATH": str(Path(__file__).parents[3])},
        capture_output=True,
        text=True,
    )

    assert result.stdout == "plot.svg\n", result.stderr


def test_what_a_fit_says_is_drawn_without_matplotlib_or_arviz(saved, tmp_path):
    script = (
        "import sys\n"
        "from deciban.service.commands.plotting import plot\n"
        "plot(standalone_mode=False)\n"
        "names = ('matplotlib', 'arviz_plots', 'arviz_stats', 'pymc', 'numba')\n"
        "print(*[name for name in names if name in sys.modules])"
    )
    result = subprocess.run(
        [sys.executable, "-c", script, saved, "--kind", "ridge", "--out", "plot.png"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(Path(__file__).parents[3])},
        capture_output=True,
        text=True,
        check=True,
    )

    assert result.stdout.split() == ["plot.png"]
