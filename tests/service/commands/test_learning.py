"""``deciban learn``."""

import json

import pytest

from deciban.model.casebook.files import read_priors
from deciban.model.learning import Learned


@pytest.fixture
def cases(tmp_path):
    """Two cases in which one source decides ten questions, and is always right."""
    for case in ("one", "two"):
        questions = [f"question-{i}" for i in range(10)]
        scenarios = [
            {
                "id": name,
                "question": "Is it so?",
                "criteria": "It is.",
                "opens": "2024-01-01",
                "closes": "2024-12-31",
                "hazard": "none",
                "prior": {"median": 0.5, "low": 0.2, "high": 0.8},
                "outcome": {"occurred": True, "on": "2024-12-01"},
            }
            for name in questions
        ]
        reports = [
            {
                "id": f"report-{name}",
                "claim": f"{name} is so",
                "source": "radio",
                "credibility": 6,
                "published": "2024-05-01",
                "bears_on": [
                    {"scenario": name, "direction": "supports", "decibans": 40}
                ],
            }
            for name in questions
        ]
        sources = [{"id": "radio", "name": "Radio", "reliability": "F"}]
        priors = {"case": case, "title": case.title(), "scenarios": scenarios}
        evidence = {"case": case, "sources": sources, "reports": reports}
        (tmp_path / f"{case}.priors.yaml").write_text(json.dumps(priors))
        (tmp_path / f"{case}.evidence.yaml").write_text(json.dumps(evidence))
    return [tmp_path / "one", tmp_path / "two"]


def test_what_settled_cases_teach_is_printed_and_taken_over(deciban, cases, tmp_path):
    result = deciban("learn", *cases, "--quiet", "--out", tmp_path / "learned.yaml")

    assert (result.exit_code, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert lines[0] == "one: 10 settled, 10 yes and 0 no; 0 left out"
    (radio,) = [line.split() for line in lines if line.startswith("radio")]
    assert radio[-5:] == ["20", "of", "20", "one,", "two"]
    assert "learned of 0 of 20 numbers and 1 of 1 source" in result.stdout

    own = tmp_path / "own.yaml"
    priors = json.loads((tmp_path / "one.priors.yaml").read_text())
    own.write_text(json.dumps(priors | {"scales": "learned.yaml"}))
    assert read_priors(own).scales.sources["radio"].location > 1


def test_json_is_all_that_was_learned(deciban, cases):
    result = deciban("learn", *cases, "--quiet", "--json", "--draws", 25)

    learned = Learned.model_validate_json(result.stdout)
    assert [one.occurred for one in learned.cases] == [10, 10]
    assert set(learned.scales) == {"sources"}


def test_draws_that_fail_their_checks_are_not_written(deciban, cases, tmp_path):
    words = "--quiet", "--draws", 25, "--out", tmp_path / "learned.yaml"
    result = deciban("learn", *cases, *words)

    assert result.exit_code == 1
    assert "the checks FAILED" in result.stderr
    assert not (tmp_path / "learned.yaml").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["atlantis"], "must be one of the cases"),
        (["one", "--out", "learned.txt"], "ends in .yaml or .yml"),
        (["one", "one"], "Give each case once"),
    ],
)
def test_what_cannot_be_learned_from_is_told(deciban, words, said):
    result = deciban("learn", *words)

    assert result.exit_code in (1, 2)
    assert said in result.stderr


def test_nothing_settled_is_told(deciban, files):
    result = deciban("learn", files[0].parent, "--quiet")

    assert result.exit_code == 1
    assert "must have a scenario that is settled, yes or no" in result.stderr
