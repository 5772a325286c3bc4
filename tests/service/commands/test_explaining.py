"""``deciban why``, between two fits that were saved."""

import json

import pytest
from click.testing import CliRunner

from deciban.service.commands.explaining import influence, next_command, why


@pytest.fixture(scope="module")
def saved(fitted, tmp_path_factory):
    path = tmp_path_factory.mktemp("fit") / "posterior.nc"
    fitted.to_netcdf(path, engine="h5netcdf")
    return str(path)


def run(*words):
    return CliRunner().invoke(why, [*map(str, words)])


def test_between_a_fit_and_itself_nothing_moved(saved):
    result = run(saved, saved)

    assert result.exit_code == 0
    assert all(" It stayed at " in line for line in result.stdout.splitlines())
    said = json.loads(run(saved, saved, "--json").stdout)
    assert (said["from_day"], said["to_day"]) == ("2024-03-31", "2024-03-31")


def test_one_scenario_is_told_in_full(saved):
    result = run(saved, saved, "--scenario", "munitions")

    assert " It stayed at " in result.stdout
    assert "what changed" in result.stdout


@pytest.mark.parametrize(
    "words", [["2024-01-01"], ["a", "b", "2024-01-01", "2024-02-01"]]
)
def test_an_end_too_few_or_too_many_is_told(words):
    result = run(*words)

    assert result.exit_code == 2
    assert "Give [CASE] FROM TO" in result.stderr


def test_what_is_no_day_is_told_with_what_came():
    result = run("dprk-russia", "soon", "2024-02-01")

    assert result.exit_code == 2
    assert "got 'soon'" in result.stderr


def test_a_scenario_that_is_none_is_told_with_those_that_are(saved):
    result = run(saved, saved, "--scenario", "pie")

    assert result.exit_code == 2
    assert "must be one of troops" in result.stderr


def test_influence_of_one_scenario_has_parts_and_says_what_it_answers_to(saved):
    result = CliRunner().invoke(influence, [saved, "--scenario", "munitions"])

    assert result.exit_code == 0
    assert result.stdout.startswith("munitions: it ")
    assert "left out" in result.stdout
    assert "report car-for-kim" in result.stdout


def test_what_to_look_for_next_is_told_on_what_and_from_whom(saved):
    result = CliRunner().invoke(next_command, [saved, "--scenario", "trade"])

    assert result.exit_code == 0
    assert "on what" in result.stdout
    assert "from whom" in result.stdout
    assert "scenario trade" in result.stdout
