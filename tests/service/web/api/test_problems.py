"""Errors as RFC 9457 problems."""

import base64
import gzip
import json

import pytest
from sqlalchemy.exc import OperationalError

from deciban.service.store.outages import translating_outages
from deciban.service.web.api.problems import pointer
from tests.service.web.api.builders import make_report


def refusal(answer):
    """Status, kind, and where it points."""
    where = [
        one.get("pointer") or one.get("parameter")
        for one in answer.json.get("errors", [])
    ]
    return answer.status_code, answer.json["type"].rpartition(":")[2], where


def test_a_problem_says_what_it_is_as_its_media_type(ask, war):
    answer = ask("GET", "/reports/none")

    assert answer.mimetype == "application/problem+json"
    assert answer.json == {
        "type": "urn:deciban:problem:unknown-item",
        "title": "There is no such item",
        "status": 404,
        "detail": "report must be one of the reports of war, got 'none'",
        "instance": "/api/v1/cases/war/reports/none",
    }


def bearing(**changes):
    """Build a report with one bearing, a good one but for the changes."""
    one = {"scenario": "shells", "direction": "supports", "strength": "weak"}
    return make_report(bears_on=[one | changes])


@pytest.mark.parametrize(
    ("body", "where"),
    [
        (make_report(credibility=7), ["#/credibility"]),
        (make_report(credibility="2"), ["#/credibility"]),
        (make_report(published="2023-02-30"), ["#/published"]),
        (make_report(source="nobody"), ["#/source"]),
        (make_report(unknown=1), ["#/unknown"]),
        (bearing(strength="huge"), ["#/bears_on/0/strength"]),
        (bearing(scenario="none"), ["#/bears_on/0/scenario"]),
        (bearing(decibans=3.0), ["#/bears_on/0"]),
        (
            make_report(claim="", source="Not An Id"),
            ["#/claim", "#/source"],
        ),
    ],
)
def test_a_problem_points_at_each_field(ask, war, body, where):
    assert refusal(ask("POST", "/reports", body)) == (422, "invalid-body", where)


def test_a_problem_says_the_rule_and_what_came(ask, war):
    answer = ask("POST", "/reports", make_report(credibility=7))

    [finding] = answer.json["errors"]
    assert finding["detail"] == "must be one of 1, 2, 3, 4, 5, 6"
    assert finding["value"] == 7


def test_a_problem_points_into_a_prior_as_it_is_written(ask, war):
    scenario = {
        "id": "planes",
        "question": "Are planes sent?",
        "criteria": "Seen",
        "opens": "2022-07-01",
        "closes": "2025-12-31",
        "prior": {"median": 0.3, "low": 0.1, "hihg": 0.6},
    }

    answer = ask("POST", "/scenarios", scenario)

    assert refusal(answer)[2] == ["#/prior/high", "#/prior/hihg"]
    assert "known keys are median, low, high" in answer.json["errors"][1]["detail"]


@pytest.mark.parametrize(
    ("data", "media_type", "expected"),
    [
        ("{", "application/json", (400, "malformed-body", [])),
        ('{"credibility": NaN}', "application/json", (400, "malformed-body", [])),
        ("", "application/json", (400, "malformed-body", [])),
        (
            '{"claim": "a", "claim": "b"}',
            "application/json",
            (400, "malformed-body", []),
        ),
        ('{"a": [{"b": 1, "b": 2}]}', "application/json", (400, "malformed-body", [])),
        ("[]", "application/json", (422, "invalid-body", ["#"])),
        ("{}", "text/plain", (415, "not-json", [])),
    ],
)
def test_a_body_must_be_json(ask, war, data, media_type, expected):
    answer = ask("POST", "/reports", data=data, content_type=media_type)

    assert refusal(answer) == expected


def test_a_body_that_is_compressed_is_refused_as_such(ask, war):
    answer = ask(
        "POST",
        "/reports",
        data=gzip.compress(json.dumps(make_report()).encode()),
        content_type="application/json",
        headers={"Content-Encoding": "gzip"},
    )

    assert refusal(answer) == (415, "encoded-body", [])
    assert answer.json["detail"].endswith("with no Content-Encoding: gzip")
    assert answer.headers["Accept-Encoding"] == "identity"


@pytest.mark.parametrize(
    ("query", "where"),
    [
        ("limt=1", ["limt"]),
        ("limit=0", ["limit"]),
        ("limit=+5", ["limit"]),
        ("limit=501", ["limit"]),
        ("limit=1&limit=2", ["limit"]),
        ("cursor=nonsense", ["cursor"]),
        ("published_from=yesterday", ["published_from"]),
        ("retracted=1", ["retracted"]),
    ],
)
def test_a_query_must_be_known_and_right(ask, war, query, where):
    answer = ask("GET", f"/reports?{query}")

    assert refusal(answer) == (422, "invalid-query", where)


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("/fits", [10**20]),
        ("/fits", [-(2**63) - 1]),
        ("/fits", ["7"]),
        ("/history", [2**63, 0]),
        ("/reports", ["2024-01-01", 2**63]),
    ],
)
def test_a_cursor_that_no_page_came_with_is_refused(ask, war, path, key):
    ask("POST", "/reports", make_report("rumour"))
    cursor = base64.urlsafe_b64encode(json.dumps(key).encode()).decode()

    answer = ask("GET", f"{path}?cursor={cursor}")

    assert refusal(answer) == (422, "invalid-query", ["cursor"])


@pytest.mark.parametrize(
    "path",
    ["/api/v1/cases/none", "/api/v1/cases/No%20Id/reports", "/api/v1/cases/none/fits"],
)
def test_a_case_that_is_not_there_is_not_found(ask, war, path):
    assert refusal(ask("GET", path)) == (404, "unknown-case", [])


def test_below_the_prefix_unknown_paths_and_methods_are_problems_too(ask, war):
    nowhere, not_so = ask("GET", "/api/v1/nothing"), ask("PUT", "/reports")

    assert (nowhere.status_code, nowhere.mimetype) == (404, "application/problem+json")
    assert (not_so.status_code, not_so.mimetype) == (405, "application/problem+json")
    assert "POST" in not_so.headers["Allow"]


def test_a_store_that_is_away_says_why_and_when_to_come_back_and_nothing_of_the_machine(
    ask, war, forecasts, monkeypatch
):
    def away(*_args):
        with translating_outages():
            raise OperationalError("SELECT", None, OSError("no room in /home/me"))

    monkeypatch.setattr(forecasts, "current", away)

    answer = ask("GET", "/scenarios")

    assert refusal(answer) == (503, "store-unavailable", [])
    assert int(answer.headers["Retry-After"]) > 0
    assert answer.json["detail"] == (
        "the store cannot be reached: try again in a moment"
    )
    assert "/home" not in answer.text


def test_a_body_that_is_too_large_is_a_problem(ask, war, app):
    app.config["MAX_CONTENT_LENGTH"] = 100

    answer = ask("POST", "/reports", make_report())

    assert (answer.status_code, answer.mimetype) == (413, "application/problem+json")
    assert answer.json["detail"].startswith("the body must have at most ")


def test_a_pointer_escapes_what_json_pointers_and_uris_would_misread():
    assert pointer(("a/b", "c~d", "e f", "é")) == "#/a~1b/c~0d/e%20f/%C3%A9"
