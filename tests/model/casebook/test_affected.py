"""Which scenarios a change touches."""

import json

import pytest

from deciban.model.casebook.affected import touched_scenarios
from deciban.model.casebook.casebook import Casebook
from deciban.model.casebook.changes import Change, changed
from tests.service.web.api.builders import CASE, make_report

ON_ARGUMENT = {
    "argument": "short-of-shells",
    "direction": "supports",
    "strength": "weak",
}
ON_TROOPS = {"scenario": "troops", "direction": "supports", "strength": "weak"}


@pytest.fixture
def casebook():
    """A casebook in which ``troops`` and ``treaty`` are linked, and two reports."""
    bare = Casebook.model_validate_json(json.dumps(CASE))
    reports = [
        make_report("argued", bears_on=[ON_ARGUMENT]),
        make_report("sent", source="kcna", bears_on=[ON_TROOPS]),
    ]
    return changed(bare, [Change(kind="report", key=r["id"], body=r) for r in reports])


@pytest.mark.parametrize(
    ("kind", "key", "body", "expected"),
    [
        ("report", "argued", None, ["shells"]),
        ("report", "sent", None, ["troops", "treaty"]),
        (
            "report",
            "echo",
            make_report("echo", repeats="argued", bears_on=[]),
            ["shells"],
        ),
        (
            "source",
            "kcna",
            {"id": "kcna", "name": "KCNA", "reliability": "E"},
            ["troops", "treaty"],
        ),
        ("outcome", "shells", {"occurred": True, "on": "2023-01-01"}, ["shells"]),
        ("link", "treaty--troops", None, ["troops", "treaty"]),
        (
            "link",
            "shells--treaty",
            {"if": "shells", "then": "treaty", "probability": 0.5},
            ["shells", "troops", "treaty"],
        ),
        ("case", "war", {"case": "war", "title": "W"}, ["shells", "troops", "treaty"]),
    ],
)
def test_a_change_touches_what_it_bears_on_and_what_is_linked_with_that(
    casebook, kind, key, body, expected
):
    changes = [Change(kind=kind, key=key, body=body)]

    after = changed(casebook, changes)

    assert touched_scenarios(casebook, after, changes) == expected
