"""The history of a case: what was done to each item, page by page."""

import pytest

from deciban.model.casebook.changes import Change
from deciban.service.application.history import (
    differences,
    item_changes,
    list_changes,
)
from deciban.service.application.posting import post_changes
from deciban.service.store import UnknownCaseError
from deciban.service.store.casebooks import Author
from tests.service.web.api import conftest as small_case
from tests.service.web.api.builders import make_report

# The fixtures of the small case, here too.
casebook, war = small_case.casebook, small_case.war
scheduler = small_case.scheduler


def post(shared, key, body, because=None):
    change = Change(kind="report", key=key, body=body)
    post_changes(shared, "war", [change], author=Author("lead", None), because=because)


@pytest.fixture
def reported(shared, war):
    """Add a report, regrade it, take it out, and put it back."""
    post(shared, "seen", make_report())
    post(shared, "seen", make_report(credibility=4), "it was a rumour")
    post(shared, "seen", None, "invented")
    post(shared, "seen", make_report(), "it was not")
    return shared


def test_each_change_of_an_item_is_told_beside_the_one_before_it(reported):
    found = list_changes(reported, "war", kind="report", key="seen", limit=9)
    told = item_changes(reported, "war", found.entries)

    assert [one.verb for one in told] == ["put back", "taken out", "changed", "added"]
    assert [one.entry.because for one in told][:2] == ["it was not", "invented"]
    assert told[2].differences == [("credibility", "2", "4")]
    assert {one.title for one in told} == {"Trains with shells were seen"}


def test_the_change_before_is_found_where_the_list_ends_above_it(reported):
    newest = list_changes(reported, "war", limit=1).entries

    assert [one.verb for one in item_changes(reported, "war", newest)] == ["put back"]


def test_a_list_goes_on_where_it_ended(reported):
    first = list_changes(reported, "war", limit=2)
    second = list_changes(reported, "war", before=first.next, limit=2)

    assert [one.revision for one in first.entries + second.entries] == [5, 4, 3, 2]
    assert list_changes(reported, "war", kind="report", limit=4).next is None


def test_without_a_case_there_is_no_history(shared):
    with pytest.raises(UnknownCaseError):
        list_changes(shared, "war", limit=1)


def test_what_was_taken_away_and_what_was_added_differ():
    before = {"id": "x", "origin": "radio", "claim": "It is so"}
    after = {"id": "x", "claim": "It is so", "bears_on": [{"scenario": "war"}]}

    assert differences(before, after) == [
        ("bears_on", None, "- {scenario: war}"),
        ("origin", "radio", None),
    ]


def test_what_has_parts_is_told_as_files_write_it():
    before = {"prior": {"beta": [2, 8]}, "bears_on": [], "ages": False}
    bearing = {"scenario": "war", "direction": "supports", "strength": "weak"}
    after = {"prior": {"median": 0.05, "because": "It is rare"}, "bears_on": [bearing]}

    assert differences(before, after | {"ages": True}) == [
        ("prior", "beta: [2, 8]", "median: 0.05\nbecause: It is rare"),
        ("bears_on", "[]", "- {scenario: war, direction: supports, strength: weak}"),
        ("ages", "false", "true"),
    ]
