"""What-if: any changes, nothing stored."""

import pytest

from tests.service.web.api.builders import make_report


def means(answer):
    return {
        one["scenario"]: (one["before"]["mean"], one["after"]["mean"])
        for one in answer.json["scenarios"]
    }


def test_what_if_tells_before_and_after_and_stores_nothing(ask, fit, scheduler):
    change = {"kind": "report", "key": "seen", "body": make_report()}

    answer = ask("POST", "/what-if", {"changes": [change]}, role="viewer")

    assert answer.status_code == 200, answer.text
    before, after = means(answer)["shells"]
    assert after > before
    assert answer.json["touched"] == ["shells"]
    assert answer.json["pareto_k"] < 0.7
    assert answer.json["advice"] is None
    assert ask("GET", "").json["revision"] == 1
    assert scheduler.noticed == []


def test_what_is_switched_off_leaves_what_was_there_without_it(ask, fit):
    ask("POST", "/reports", make_report("one"))
    ask("POST", "/reports", make_report("relayed", source="kcna", origin="nis"))

    off = ask("POST", "/what-if", {"without_origins": ["nis"]})

    forecast = ask("GET", "/forecasts").json["scenarios"][0]
    before, after = means(off)["shells"]
    assert before > after == pytest.approx(forecast["mean"], abs=1e-12)


def test_a_later_day_leaves_less_time_where_somebody_looked(ask, fit):
    scenario = ask("GET", "/scenarios/shells").json | {"hazard": "constant"}
    del scenario["outcome"]
    changes = [{"kind": "scenario", "key": "shells", "body": scenario}]
    header = {"case": "war", "title": "A war", "reviewed": "2025-06-01"}
    looked = [*changes, {"kind": "case", "key": "war", "body": header}]

    now, unseen, later = (
        means(ask("POST", "/what-if", {"changes": some, "as_of": day}))["shells"][1]
        for some, day in (
            (changes, None),
            (changes, "2025-06-01"),
            (looked, "2025-06-01"),
        )
    )

    assert unseen == pytest.approx(now)
    assert later < now / 2


def test_a_new_scenario_has_nothing_before(ask, fit):
    body = ask("GET", "/scenarios/troops").json | {"id": "planes"}
    del body["outcome"]

    answer = ask(
        "POST",
        "/what-if",
        {"changes": [{"kind": "scenario", "key": "planes", "body": body}]},
    )

    new = answer.json["scenarios"][-1]
    assert (new["scenario"], new["before"]) == ("planes", None)


def test_draws_that_do_not_reach_say_so(ask, fit):
    # What almost nobody held possible has happened: few draws are left to say so.
    wide = {"median": 1e-12, "low": 1.4e-15, "high": 7.2e-10}
    scenario = ask("GET", "/scenarios/shells").json | {"prior": wide}
    del scenario["outcome"]
    happened = {"occurred": True, "on": "2023-10-13"}
    changes = [
        {"kind": "scenario", "key": "shells", "body": scenario},
        {"kind": "outcome", "key": "shells", "body": happened},
    ]

    answer = ask("POST", "/what-if", {"changes": changes})

    assert answer.json["pareto_k"] > 0.7
    assert answer.json["advice"] == "wait for the refit"


def test_a_wrong_change_is_pointed_at_in_its_list(ask, fit):
    changes = [
        {"kind": "report", "key": "good", "body": make_report("good")},
        {"kind": "report", "key": "bad", "body": make_report("bad", credibility=9)},
    ]

    wrong = ask("POST", "/what-if", {"changes": changes})
    unknown = ask("POST", "/what-if", {"without_sources": ["kcna", "none"]})

    assert wrong.json["errors"][0]["pointer"] == "#/changes/1/body/credibility"
    assert unknown.json["errors"][0]["pointer"] == "#/without_sources/1"


def test_without_a_fit_there_is_nothing_to_read(ask, war):
    answer = ask("POST", "/what-if", {})

    assert answer.status_code == 409
    assert answer.json["type"] == "urn:deciban:problem:no-fit"
