"""Sets of scenarios of which one comes true."""

import pytest

from tests.service.web.api.builders import SCENARIO, make_report

CUP = {"id": "end", "scenarios": ["truce", "victory"], "because": "It ends in one way"}


@pytest.fixture
def ends(ask, war):
    """Two scenarios that can be rivals; the case is at its third revision then."""
    for name, prior in (("truce", 0.7), ("victory", 0.3)):
        end = {
            **SCENARIO,
            "id": name,
            "question": f"Does it end in {name}?",
            "hazard": "none",
            "prior": {"mean": prior, "sd": 0.05},
        }
        ask("POST", "/scenarios?what_if=no", end)


def test_a_set_of_rivals_is_added_read_listed_changed_and_taken_out(ask, ends):
    added = ask("POST", "/rivals", CUP)
    altered = ask(
        "PUT", "/rivals/end?because=more", CUP | {"none": {"mean": 0.1, "sd": 0.05}}
    )
    read = ask("GET", "/rivals/end")
    listed = ask("GET", "/rivals")
    counts = ask("GET", "").json["counts"]
    gone = ask("DELETE", "/rivals/end?because=no+more")

    assert added.status_code == 201, added.text
    assert added.headers["Location"] == "/api/v1/cases/war/rivals/end"
    assert altered.status_code == 200, altered.text
    assert read.json["none"]["mean"] == 0.1
    assert listed.json["rivals"] == [read.json]
    assert counts["rivals"] == 1
    assert gone.status_code == 200
    assert ask("GET", "/rivals/end").status_code == 404


def test_a_set_of_what_is_no_scenario_is_refused_at_its_place(ask, ends):
    refused = ask("POST", "/rivals", CUP | {"scenarios": ["truce", "war"]})

    assert refused.status_code == 422
    (finding,) = refused.json["errors"]
    assert finding["pointer"] == "#/scenarios/1"
    assert finding["detail"].startswith("must be one of the scenarios")


def test_what_bears_on_rivals_touches_each_of_them(ask, fit, ends):
    """No fit knows them: so their priors move, by what is said of both."""
    ask("POST", "/rivals", CUP)
    bearing = {"rivals": "end", "likelihoods": {"truce": 0.1, "victory": 0.9}}

    answer = ask("POST", "/reports", make_report(bears_on=[bearing]))
    wrong = ask(
        "POST",
        "/reports",
        make_report("b", bears_on=[bearing | {"likelihoods": {"truce": 1, "war": 1}}]),
    )

    assert answer.status_code == 201, answer.text
    moved = {one["scenario"]: one for one in answer.json["what_if"]}
    assert moved.keys() == {"truce", "victory"}
    assert moved["truce"]["before"]["mean"] == pytest.approx(0.7, abs=0.02)
    assert moved["truce"]["after"]["mean"] < 0.6
    assert sum(one["after"]["mean"] for one in moved.values()) == pytest.approx(1)
    assert wrong.json["errors"][0]["pointer"] == "#/bears_on/0/likelihoods"


def test_a_set_that_reports_bear_on_is_not_taken_out(ask, ends):
    ask("POST", "/rivals", CUP)
    bearing = {"rivals": "end", "words": {"truce": "supports strong"}}
    ask("POST", "/reports", make_report(bears_on=[bearing]))

    refused = ask("DELETE", "/rivals/end?because=no")

    assert refused.status_code == 409
    assert "must be one of the rivals" in refused.json["errors"][0]["detail"]
