"""Sets of scenarios of which one comes true: what they must agree on."""

import json

import pytest

from deciban.evidence.items import readable_part
from deciban.priors import PriorsFile, priors_problems

WINDOW = {"opens": "2022-07-01", "closes": "2025-12-31"}


def team(name, **changes):
    return {
        "id": name,
        "question": "Does this team win?",
        "criteria": "It is announced.",
        **WINDOW,
        "prior": {"median": 0.3, "low": 0.1, "high": 0.6},
    } | changes


def season(*teams, none=None, links=(), sets=1):
    rivals = {"id": "cup", "scenarios": [one["id"] for one in teams], "none": none}
    return {
        "case": "season",
        "title": "Who wins",
        "scenarios": list(teams),
        "links": list(links),
        "rivals": [rivals | {"id": f"cup-{i}"} for i in range(sets)],
    }


def broken(written):
    part = readable_part(PriorsFile, written)
    return [str(problem["type"].message_template) for problem in priors_problems(part)]


def test_without_none_one_of_them_comes_true():
    read = PriorsFile.model_validate_json(json.dumps(season(team("b"), team("a"))))

    assert read.rivals[0].answers == ("a", "b")


def test_with_none_none_of_them_may():
    prior = {"median": 0.1, "low": 0.05, "high": 0.2}
    text = json.dumps(season(team("a"), team("b"), none=prior))
    read = PriorsFile.model_validate_json(text)

    assert read.rivals[0].answers == ("a", "b", "none")


YES = {"occurred": True, "on": "2025-01-01"}
NO = {"occurred": False, "on": "2025-01-01"}
LINK = {"if": "a", "then": "b", "probability": 0.6}


@pytest.mark.parametrize(
    ("written", "rule"),
    [
        (season(team("a"), team("b", closes="2025-06-30")), "of one window"),
        (season(team("a"), team("b", hazard="constant")), "whose hazard is none"),
        (season(team("a", outcome=YES), team("b", outcome=YES)), "at most one"),
        (season(team("a", outcome=NO), team("b", outcome=NO)), "may have occurred"),
        (season(team("a"), team("b"), links=[LINK]), "to its rival"),
        (season(team("a"), team("b"), sets=2), "in one set only"),
    ],
    ids=["windows", "clock", "two winners", "no winner", "link", "two sets"],
)
def test_what_cannot_be_one_question_is_refused(written, rule):
    assert any(rule in message for message in broken(written))
    assert broken(season(team("a"), team("b"))) == []
