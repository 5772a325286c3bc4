"""The OpenAPI document: what a reader finds in it."""

import json
import re
from itertools import product

import pytest
from jsonschema import Draft202012Validator
from pydantic import ValidationError

from deciban.evidence.report import Bearing, Interest, Report
from deciban.priors.argument import ArgumentBearing
from deciban.priors.link import Link
from deciban.priors.scenario import Outcome
from deciban.service.web.api import PREFIX
from deciban.service.web.api.document import openapi
from deciban.service.web.api.resources import OPERATIONS

DOCUMENT = json.loads(openapi(OPERATIONS, PREFIX))
DECLARED = [
    operation for path in DOCUMENT["paths"].values() for operation in path.values()
]


@pytest.mark.parametrize("operation", DECLARED, ids=lambda one: one["operationId"])
def test_every_operation_is_described_with_its_role_and_its_refusals(operation):
    assert operation["summary"]
    assert operation["description"].endswith(f"Needs the role {operation['x-role']}.")
    assert {"401", "403", "422", "503"} <= operation["responses"].keys()
    for status, response in operation["responses"].items():
        if int(status) >= 400:
            assert response["content"].keys() == {"application/problem+json"}


def test_every_body_comes_with_an_example_that_its_type_takes():
    bodies = {one.id: one for group in OPERATIONS for one in group.declared if one.body}

    for operation in bodies.values():
        operation.body.model_validate_json(json.dumps(operation.example))


def test_what_writes_takes_idempotency_keys_and_changes_take_preconditions():
    for path in DOCUMENT["paths"].values():
        for method, operation in path.items():
            headers = {
                p["name"] for p in operation["parameters"] if p["in"] == "header"
            }
            assert ("Idempotency-Key" in headers) == (method != "get")
            if operation["x-role"] != "viewer" and method in ("put", "delete"):
                assert "If-Match" in headers


def test_a_report_is_described_by_the_type_that_reads_it():
    report = DOCUMENT["components"]["schemas"]["Report"]

    assert report["required"] == ["id", "claim", "source", "credibility", "published"]
    assert report["additionalProperties"] is False


def test_keys_of_grades_are_text_as_json_has_them():
    credibility = DOCUMENT["components"]["schemas"]["Scales"]["properties"][
        "credibility"
    ]

    assert credibility["propertyNames"] == {"enum": ["1", "2", "3", "4", "5"]}


def test_the_cookie_of_a_session_is_named_as_browsers_send_it(signed_in):
    browser, _ = signed_in("viewer")

    scheme = DOCUMENT["components"]["securitySchemes"]["session"]

    assert browser.get_cookie(scheme["name"]) is not None


def test_bounds_of_numbers_are_said_in_words_of_json_schema():
    def keys(part):
        if isinstance(part, dict):
            yield from part
        for one in part.values() if isinstance(part, dict) else part:
            if isinstance(one, dict | list):
                yield from keys(one)

    assert not {"ge", "le", "gt", "lt"} & set(keys(DOCUMENT))
    (limit,) = [
        p
        for p in DOCUMENT["paths"]["/api/v1/cases"]["get"]["parameters"]
        if p["name"] == "limit"
    ]
    assert (limit["schema"]["minimum"], limit["schema"]["maximum"]) == (1, 500)


LIKELY = [0.6, 0.1]
SAMPLES = {
    Bearing: {
        "argument": ["a"],
        "scenario": ["s"],
        "rivals": ["r"],
        "direction": ["supports", None],
        "strength": ["weak"],
        "decibans": [3.0],
        "likelihoods": [None, LIKELY, {"a": 0.5, "b": 0.1}],
        "words": [{"a": "supports weak"}],
    },
    ArgumentBearing: {
        "scenario": ["s"],
        "direction": ["supports", None],
        "strength": ["weak"],
        "decibans": [3.0],
        "likelihoods": [LIKELY],
    },
    Interest: {
        "argument": ["a"],
        "scenario": ["s", None],
        "wants": ["denied"],
        "pull": ["clear"],
    },
    Link: {
        "if": ["a"],
        "then": ["b"],
        "probability": [0.5],
        "direction": ["raises", None],
        "strength": ["weak"],
    },
    Outcome: {
        "occurred": [True, False, None],
        "annulled": [True, False],
        "on": ["2024-01-01"],
    },
    Report: {
        "id": ["a"],
        "claim": ["b"],
        "source": ["c"],
        "credibility": [1],
        "published": ["2024-01-01"],
        "repeats": ["d", None],
        "bears_on": [[], [{"scenario": "s", "likelihoods": LIKELY}]],
    },
}


@pytest.mark.parametrize("kind", SAMPLES, ids=lambda kind: kind.__name__)
def test_rules_between_keys_are_said_as_the_types_hold_them(kind):
    """Of every choice of keys, there or not, or null where that may be."""
    known = SAMPLES[kind]
    described = Draft202012Validator(kind.model_json_schema())
    absent = object()
    taken = 0
    for values in product(*([absent, *some] for some in known.values())):
        body = {
            key: value
            for key, value in zip(known, values, strict=True)
            if value is not absent
        }
        try:
            kind.model_validate_json(json.dumps(body))
            is_taken = True
        except ValidationError:
            is_taken = False
        taken += is_taken
        assert described.is_valid(body) == is_taken, body

    assert taken


def test_what_characters_a_text_may_have_is_said():
    text = DOCUMENT["components"]["schemas"]["Text"]
    (because,) = [
        one["schema"]
        for one in DOCUMENT["paths"]["/api/v1/cases/{case}/sources/{source}"]["delete"][
            "parameters"
        ]
        if one["name"] == "because"
    ]

    for described in (text, because):
        assert re.fullmatch(described["pattern"], "Shells go by rail")
        assert not re.search(described["pattern"], "shells \x18")
