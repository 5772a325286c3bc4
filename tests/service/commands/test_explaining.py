"""``deciban why``, between two fits that were saved."""

import json

import pytest
from click.testing import CliRunner

from deciban.model.likelihood.design import design
from deciban.model.posterior.weighing import prior_draws
from deciban.service.commands.explaining import influence, next_command, why
from tests.model.builders import draws_of


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


def test_what_a_fit_of_another_version_said_is_kept_and_its_rules_have_a_part(
    saved, fitted, sampled_at_once, tmp_path
):
    older = fitted.copy()
    older.attrs["rules"] = 1
    # As if it had said the half of each.
    older["posterior"].dataset = (
        older["posterior"]
        .to_dataset()
        .assign(probability=fitted["posterior"]["probability"] / 2)
    )
    older.to_netcdf(tmp_path / "older.nc", engine="h5netcdf")

    said = json.loads(run(tmp_path / "older.nc", saved, "--json").stdout)
    told = run(tmp_path / "older.nc", saved, "--scenario", "munitions").stdout

    for move in said["scenarios"]:
        assert move["before"] == pytest.approx(move["after"] / 2)
        assert [part["kind"] for part in move["parts"]] == ["rules"]
    assert "rules of another version" in told


@pytest.fixture
def two_revisions(deciban, files, tmp_path, monkeypatch):
    """Keep a case whose source is regraded; return the address of its store."""
    url = f"sqlite:///{tmp_path / 'store.sqlite'}"
    given = ("--priors", files[0], "--evidence", files[1], "--database", url)
    deciban("import", *given)
    text = files[1].read_text()
    files[1].write_text(text.replace("reliability: D", "reliability: B"))
    deciban("import", *given, "--because", "Read again")

    def sample(casebook, as_of, **_):
        labels = design(casebook, as_of).coords()["unknown"]
        z = prior_draws(labels, 1000).T.reshape(4, 250, -1)
        return draws_of(casebook, z, as_of)

    monkeypatch.setattr("deciban.model.sampling.fit.sample", sample)
    return url


def test_between_two_revisions_of_the_store_what_was_regraded_has_a_part(
    two_revisions,
):
    words = ("war", "1", "2", "--database", two_revisions, "--quiet")
    (move,) = json.loads(run(*words, "--json").stdout)["scenarios"]

    parts = {part["kind"]: part for part in move["parts"]}
    assert parts.keys() <= {"grades", "noise"}
    assert list(parts["grades"]["reports"]) == ["threat"]
    assert parts["grades"]["weight_db"] > 0
    assert "grades +" in run(*words).stdout


def test_a_day_beside_a_revision_is_of_the_case_as_it_is_now(two_revisions):
    words = ("war", "2022-07-15", "2", "--database", two_revisions, "--quiet")
    (move,) = json.loads(run(*words, "--json").stdout)["scenarios"]

    (added,) = (part for part in move["parts"] if part["kind"] == "added")
    assert list(added["reports"]) == ["threat"]


def test_a_revision_that_is_not_there_is_told(two_revisions, deciban):
    result = deciban("why", "war", "1", "9", "--database", two_revisions)

    assert result.exit_code == 1
    assert "9" in result.stderr


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


def test_what_only_a_refit_can_tell_is_fitted_again_where_it_is_asked_for(
    saved, sampled_at_once, monkeypatch
):
    answers = iter([False])  # of the first report; the draws tell all others
    monkeypatch.setattr(
        "deciban.model.explain.influence.can_tell", lambda _: next(answers, True)
    )
    words = [saved, "--refit", "--quiet", "--json"]
    said = json.loads(CliRunner().invoke(influence, words).stdout)

    (made,) = (one for one in said["left_out"] if one["refit"])
    assert (made["kind"], made["refit"]) == ("report", "made")


def test_what_to_look_for_next_is_told_on_what_and_from_whom(saved):
    result = CliRunner().invoke(next_command, [saved, "--scenario", "trade"])

    assert result.exit_code == 0
    assert "on what" in result.stdout
    assert "from whom" in result.stdout
    assert "scenario trade" in result.stdout
