"""A history goes from one store to another with its authors, moments and reasons."""

import pytest

from deciban.model.casebook.changes import Change, changes_between
from deciban.model.errors import CaseError
from deciban.service.store import CaseExistsError, Store, UnknownCaseError
from deciban.service.store.casebooks import Author, append, casebook, head, history
from deciban.service.store.histories import (
    history_text,
    read_history,
    restore,
    revisions,
)
from tests.service.store.conftest import moment


@pytest.fixture
def lived(store: Store, war) -> str:
    """Return the history of a case that was begun, regraded and cut back, as text."""
    source = {"id": "kcna", "name": "K\u2028CNA", "reliability": "B"}
    steps = [
        changes_between(None, war),
        [Change(kind="source", key="kcna", body=source)],
        [Change(kind="report", key="threat")],
    ]
    with store.writing() as session:
        for hour, changes in enumerate(steps, start=9):
            append(
                session,
                "war",
                changes,
                author=Author(f"author {hour}", None),
                now=moment(hour),
                because="Read\nagain",
            )
        return history_text(revisions(session, "war"))


def test_a_history_is_put_back_without_loss(store, lived, sqlite_store):
    with sqlite_store.writing() as session:
        assert restore(session, read_history(lived, "war.jsonl")) == 3

    with store.reading() as before, sqlite_store.reading() as after:
        assert history(after, "war") == history(before, "war")
        assert head(after, "war") == head(before, "war")
        for revision in (1, 2, 3):
            assert casebook(after, "war", revision) == casebook(before, "war", revision)
        assert history_text(revisions(after, "war")) == lived


def test_a_history_can_end_before_the_last_revision(store, lived):
    with store.reading() as session:
        first_two = history_text(revisions(session, "war", 2))
        with pytest.raises(UnknownCaseError):
            revisions(session, "peace")

    assert first_two.split("\n") == [*lived.split("\n")[:2], ""]


def test_a_history_is_not_put_back_over_another(store, lived):
    with pytest.raises(CaseExistsError, match="must be none of those in the store"):
        with store.writing() as session:
            restore(session, read_history(lived, "war.jsonl"))


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('"revision":2', '"revision":4', ":2: revision: must be the next, 2, got 4"),
        ("T10:", "T08:", ":2: at: must not be before the last, 2025-06-01T09"),
        ('"reliability":"B"', '"reliability":"Z"', ":2: source kcna: reliability: "),
        ('"who":"author 10",', "", ":2: who: must be here"),
        ('"key":"threat",', "", r":1: changes\[3\]\.key: must be here"),
        ('"war","revision":3', '"peace","revision":3', ":3: case: must be 'war'"),
        ('"author 9"', '"author 9', ":1: "),
    ],
)
def test_what_is_wrong_with_a_history_is_told_with_its_line(lived, old, new, told):
    assert old in lived

    with pytest.raises(CaseError, match=told):
        read_history(lived.replace(old, new), "war.jsonl")


def test_an_empty_history_is_refused():
    with pytest.raises(CaseError, match="must hold at least one revision"):
        read_history("\n", "war.jsonl")
