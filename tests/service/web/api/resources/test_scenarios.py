"""Scenarios, and how their questions ended."""

import pytest

OUTCOME = "/scenarios/shells/outcome"
YES = {"occurred": True, "on": "2023-10-13", "because": "A white paper says so"}


@pytest.mark.parametrize(
    "outcome",
    [
        YES,
        {"occurred": False, "on": "2024-01-01", "because": "It is over"},
        {"annulled": True, "on": "2024-01-01", "because": "Nobody can know"},
    ],
)
def test_a_question_is_settled_and_opened_again(ask, war, outcome):
    settled = ask("PUT", OUTCOME, outcome)
    read = ask("GET", OUTCOME)
    opened = ask("DELETE", f"{OUTCOME}?because=too+early")

    assert settled.status_code == 200, settled.text
    assert read.json.items() >= outcome.items()
    assert opened.json["revision"] == 3
    assert ask("GET", OUTCOME).status_code == 404
    assert ask("DELETE", f"{OUTCOME}?because=again").status_code == 404


def test_a_question_is_not_settled_without_a_reason(ask, war):
    refused = ask("PUT", OUTCOME, {"occurred": True, "on": "2023-10-13"})

    assert refused.status_code == 422
    (finding,) = refused.json["errors"]
    assert finding["parameter"] == "because"
    assert "must say why scenario “Are shells shipped?” is settled" in finding["detail"]
    assert ask("GET", OUTCOME).status_code == 404


def test_an_outcome_outside_of_the_window_is_refused_at_its_place(ask, war):
    refused = ask("PUT", OUTCOME, YES | {"on": "2021-01-01"})

    assert refused.status_code == 422
    (finding,) = refused.json["errors"]
    assert finding["pointer"] == "#/on"
    assert "within the window" in finding["detail"]


def test_an_outcome_that_nobody_can_know_yet_is_refused(ask, war, clock):
    """The 1st has begun on Kiritimati; but days are those of UTC."""
    today = ask("PUT", OUTCOME, YES | {"on": "2024-03-31"})
    refused = ask("PUT", OUTCOME, YES | {"on": "2024-04-01"})

    assert today.status_code == 200
    assert refused.status_code == 422
    (finding,) = refused.json["errors"]
    assert finding["pointer"] == "#/on"
    assert finding["detail"] == "must not be after today, 2024-03-31 (UTC)"


def test_a_changed_scenario_keeps_its_outcome_unless_another_is_said(ask, war):
    ask("PUT", OUTCOME, YES)
    scenario = ask("GET", "/scenarios/shells").json

    kept = ask("PUT", "/scenarios/shells", scenario | {"outcome": None})
    other = scenario | {
        "outcome": {"occurred": False, "on": "2023-12-01", "because": "Not so"}
    }
    replaced = ask("PUT", "/scenarios/shells", other)

    assert (kept.status_code, replaced.status_code) == (200, 200), kept.text
    assert ask("GET", OUTCOME).json["occurred"] is False


def test_a_settled_question_moves_those_linked_with_it(ask, fit):
    effect = ask("PUT", "/scenarios/treaty/outcome", YES).json["what_if"]

    moved = {one["scenario"]: one for one in effect}
    assert moved.keys() == {"troops", "treaty"}
    assert moved["treaty"]["after"]["mean"] == 1
    assert moved["treaty"]["after"]["sentence"] == "The answer is known: yes."
    assert moved["troops"]["after"]["mean"] > moved["troops"]["before"]["mean"]
