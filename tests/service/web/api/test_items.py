"""What all kinds of items have in common."""

import pytest

from tests.service.web.api.builders import SCENARIO, make_report

NEW = {
    "scenarios": {
        **SCENARIO,
        "id": "planes",
        "question": "Are planes sent?",
        "prior": {"words": "unlikely"},
    },
    "arguments": {"id": "short-of-men", "statement": "Men run out"},
    "links": {"if": "shells", "then": "treaty", "probability": 0.5},
    "sources": {"id": "tass", "name": "TASS", "reliability": "E"},
    "reports": make_report(),
}
KEY = {
    "scenarios": "planes",
    "arguments": "short-of-men",
    "links": "shells--treaty",
    "sources": "tass",
    "reports": "seen",
}
ALTERED = {
    "scenarios": {"question": "Are any planes sent?"},
    "arguments": {"statement": "Soldiers run out"},
    "links": {"probability": 0.6},
    "sources": {"reliability": "D"},
    "reports": {"credibility": 3},
}


@pytest.mark.parametrize("plural", NEW)
def test_an_item_is_added_read_changed_and_taken_out(ask, war, plural):
    item, path = NEW[plural], f"/{plural}/{KEY[plural]}"

    added = ask("POST", f"/{plural}", item)
    altered = ask("PUT", f"{path}?because=read+again", item | ALTERED[plural])
    read = ask("GET", path)
    gone = ask("DELETE", f"{path}?because=no+more")

    assert added.status_code == 201, added.text
    assert added.headers["Location"] == f"/api/v1/cases/war{path}"
    assert added.json[plural[:-1]]["id" if "id" in item else "if"] in KEY[plural]
    assert (altered.status_code, altered.json["revision"]) == (200, 3)
    assert read.json.items() >= ALTERED[plural].items()
    assert (gone.status_code, gone.headers["ETag"]) == (200, '"4"')
    assert ask("GET", path).status_code == 404


@pytest.mark.parametrize("plural", NEW)
def test_an_item_is_not_changed_without_a_reason(ask, war, plural):
    path = f"/{plural}/{KEY[plural]}"
    ask("POST", f"/{plural}", NEW[plural])

    refused = ask("PUT", path, NEW[plural] | ALTERED[plural])

    assert refused.status_code == 422
    (finding,) = refused.json["errors"]
    assert finding["parameter"] == "because"
    assert finding["detail"].startswith("must say why")
    assert ask("GET", path).headers["ETag"] == '"2"'


@pytest.mark.parametrize("plural", NEW)
def test_an_item_that_is_there_is_not_added_again(ask, war, plural):
    ask("POST", f"/{plural}", NEW[plural])

    again = ask("POST", f"/{plural}", NEW[plural])

    assert again.status_code == 409
    assert again.json["type"] == "urn:deciban:problem:already-there"


@pytest.mark.parametrize("plural", NEW)
def test_an_item_that_is_not_there_is_neither_changed_nor_taken_out(ask, war, plural):
    path = f"/{plural}/{KEY[plural]}"

    assert ask("PUT", path, NEW[plural]).status_code == 404
    assert ask("DELETE", f"{path}?because=no").status_code == 404
    assert ask("GET", "").json["revision"] == 1


def test_a_body_must_be_of_the_item_that_its_path_names(ask, war):
    other = {"id": "nis", "name": "NIS", "reliability": "A"}

    refused = ask("PUT", "/sources/kcna", other)

    assert refused.status_code == 422
    assert refused.json["errors"] == [
        {"pointer": "#/id", "detail": "must be 'kcna'", "value": "nis"}
    ]


def test_what_others_refer_to_is_not_taken_out(ask, war):
    ask("POST", "/reports", make_report())

    refused = ask("DELETE", "/sources/nis?because=closed")

    assert refused.status_code == 409
    [finding] = refused.json["errors"]
    assert finding["detail"].startswith("report seen: source: must be one of")


def test_nothing_is_taken_out_without_a_reason(ask, war):
    refused = ask("DELETE", "/sources/kcna")

    assert refused.status_code == 422
    assert refused.json["errors"] == [
        {"parameter": "because", "detail": "must be here"}
    ]


def test_a_change_names_what_it_touches_links_included(ask, fit):
    body = {"id": "nis", "name": "NIS", "reliability": "A"}
    report = make_report(
        bears_on=[{"scenario": "treaty", "direction": "opposes", "strength": "weak"}]
    )

    effect = ask("POST", "/reports", report).json
    ask("PUT", "/sources/nis", body)

    touched = [one["scenario"] for one in effect["what_if"]]
    assert touched == ["troops", "treaty"]
    assert all(
        one["after"]["mean"] < one["before"]["mean"] for one in effect["what_if"]
    )


@pytest.mark.parametrize("plural", ["scenarios", "arguments", "sources"])
def test_what_moves_no_forecast_is_added_beside_a_fit(ask, fit, plural):
    added = ask("POST", f"/{plural}", NEW[plural])

    assert added.status_code == 201
    assert [one["before"] for one in added.json["what_if"]] == (
        [None] if plural == "scenarios" else []
    )


def test_before_the_first_fit_an_answer_says_why_it_has_no_what_if(ask, war):
    answer = ask("POST", "/reports", make_report()).json

    assert answer["what_if"] == []
    why = "war must have a fit first; the first one waits for a worker"
    assert answer["reason"] == why


def test_a_report_of_a_day_to_come_is_answered_by_why_it_moves_nothing(ask, fit):
    late = ask("POST", "/reports", make_report("slip", published="2999-01-01")).json
    today = ask("POST", "/reports", make_report("today", published="2024-03-31")).json

    assert all(one["after"]["mean"] == one["before"]["mean"] for one in late["what_if"])
    assert late["reason"] == (
        "slip is published 2999-01-01, after the day of the forecast, 2024-03-31: "
        "it does not count in it"
    )
    assert today["reason"] is None


@pytest.mark.parametrize("query", ["", "?what_if=no"])
def test_the_same_claim_of_the_same_origin_is_answered_with_a_caution(ask, war, query):
    first = ask("POST", f"/reports{query}", make_report("one")).json
    body = make_report("two", published="2024-03-30")

    (caution,) = ask("POST", f"/reports{query}", body).json["cautions"]

    assert first["cautions"] == []
    assert caution.startswith(
        "report 'two': has the claim and the origin of report 'one'"
    )


def test_each_of_many_reports_gets_its_own_caution(ask, war):
    reports = [make_report(f"r{n}") for n in range(3)]

    cautions = ask("POST", "/reports:batch", reports).json["cautions"]

    assert [caution.split(":")[0] for caution in cautions] == [
        "report 'r1'",
        "report 'r2'",
    ]


def test_of_many_reports_of_days_to_come_the_first_are_named(ask, fit):
    reports = [make_report(f"r{n}", published="2999-01-01") for n in range(5)]

    reason = ask("POST", "/reports:batch", reports).json["reason"]

    assert [f"r{n} is" in reason for n in range(5)] == [True, True, True, False, False]
    assert reason.endswith("; and 2 more")


def test_a_change_is_told_to_the_scheduler_and_kept_with_its_author(
    ask, war, scheduler
):
    ask("POST", "/reports?because=a+friend+told+me", make_report())

    [entry] = ask("GET", "/history?limit=1").json["changes"]
    assert scheduler.noticed == ["war"]
    assert (entry["who"], entry["because"]) == ("forecaster", "a friend told me")


@pytest.mark.parametrize("plural", NEW)
def test_what_a_change_does_is_not_read_where_it_is_not_asked_for(ask, war, plural):
    path = f"/{plural}/{KEY[plural]}"
    written = [
        ask("POST", f"/{plural}?what_if=no", NEW[plural]),
        ask("PUT", f"{path}?what_if=no&because=no", NEW[plural] | ALTERED[plural]),
        ask("DELETE", f"{path}?what_if=no&because=no+more"),
    ]

    assert [answer.status_code for answer in written] == [201, 200, 200]
    assert [answer.json["revision"] for answer in written] == [2, 3, 4]
    for answer in written:
        assert answer.json["what_if"] == []
        assert answer.json["reason"] == "not asked for"


def test_a_report_is_refused_by_the_same_rules_where_nothing_is_read(ask, war):
    bad = make_report(source="nobody")

    answers = [ask("POST", f"/reports{query}", bad) for query in ("", "?what_if=no")]

    assert [answer.status_code for answer in answers] == [422, 422]
    assert answers[0].json["errors"] == answers[1].json["errors"]
