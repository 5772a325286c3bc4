"""Cases: begun, read, changed."""

import copy

from tests.service.web.api.builders import CASE, make_report

CASES = "/api/v1/cases"


def new_case(name="peace", **changes):
    case = copy.deepcopy(CASE)
    case["priors"] |= {"case": name} | changes
    case["evidence"]["case"] = name
    return case


def test_a_case_is_begun_with_its_files(ask, war, scheduler):
    begun = ask("POST", CASES, new_case(), role="admin")
    read = ask("GET", f"{CASES}/peace").json

    assert begun.status_code == 201, begun.text
    assert begun.headers["Location"] == f"{CASES}/peace"
    assert read["counts"] == {
        "scenarios": 3,
        "arguments": 1,
        "links": 1,
        "rivals": 0,
        "sources": 2,
        "reports": 0,
    }
    assert scheduler.noticed == ["peace"]


def test_a_case_is_not_begun_twice(ask, war):
    refused = ask("POST", CASES, new_case("war"), role="admin")

    assert refused.status_code == 409
    assert refused.json["errors"][0]["pointer"] == "#/priors/case"


def test_what_is_wrong_with_a_new_case_is_said_at_its_place(ask, war):
    case = new_case()
    case["evidence"]["reports"] = [
        make_report(bears_on=[{"scenario": "x", "likelihoods": [0.5, 0.1]}])
    ]
    case["priors"]["scenarios"][1]["prior"]["low"] = 0.2

    prior = ask("POST", CASES, case, role="admin")
    case["priors"]["scenarios"][1]["prior"]["low"] = 0.02
    bearing = ask("POST", CASES, case, role="admin")

    assert prior.json["errors"][0]["pointer"] == "#/priors/scenarios/1/prior"
    assert bearing.json["errors"][0]["pointer"] == (
        "#/evidence/reports/0/bears_on/0/scenario"
    )


def test_a_case_changes_its_scales_and_every_forecast_is_touched(ask, fit):
    header = ask("GET", "").json["header"]
    header["scales"]["strength"]["weak"]["decibans"] = 5.0

    changed = ask("PUT", "?because=read+again", header, role="admin")

    assert changed.status_code == 200, changed.text
    assert [e["scenario"] for e in changed.json["what_if"]] == [
        "shells",
        "troops",
        "treaty",
    ]
    kept = ask("GET", "/history?kind=case&limit=1").json["changes"][0]["body"]
    assert kept["scales"] == {"strength": {"weak": {"decibans": 5.0, "log_sd": 0.2}}}


def test_a_casebook_is_read_as_it_was_at_any_revision(ask, war):
    ask("POST", "/reports", make_report())
    ask("DELETE", "/reports/seen?because=wrong")

    reports = [
        len(ask("GET", f"/casebook?revision={n}").json["evidence"]["reports"])
        for n in (1, 2, 3)
    ]

    assert reports == [0, 1, 0]
    assert ask("GET", "/casebook?revision=4").status_code == 404


def test_a_casebook_that_was_read_begins_another_case(ask, war):
    files = ask("GET", "/casebook").json
    files["priors"]["case"] = files["evidence"]["case"] = "again"
    del files["revision"]

    begun = ask("POST", CASES, files, role="admin")

    assert begun.status_code == 201, begun.text


def test_cases_come_in_pages_in_the_order_of_their_ids(ask, war):
    for name in ("b", "a"):
        ask("POST", CASES, new_case(name), role="admin")

    first = ask("GET", f"{CASES}?limit=2").json
    second = ask("GET", f"{CASES}?limit=2&cursor={first['next']}").json

    assert [one["case"] for one in first["cases"] + second["cases"]] == [
        "a",
        "b",
        "war",
    ]
    assert second["next"] is None
