"""What was taken out of a case and has not come back."""

import datetime

from deciban.model.casebook.changes import Change, changes_between
from deciban.service.store.casebooks import Author, append
from deciban.service.store.retractions import retractions
from tests.model.builders import CASE, make_casebook, make_report, says

NOW = datetime.datetime(2024, 6, 1, tzinfo=datetime.UTC)
ADA = Author("Ada", None)


def revise(store, *changes, because="wrong"):
    with store.writing() as session:
        append(session, CASE, changes, author=ADA, now=NOW, because=because)


def test_a_report_that_is_taken_out_is_told_with_its_last_words_and_the_reason(store):
    casebook = make_casebook([make_report("a", says()), make_report("b", says())])
    revise(store, *changes_between(None, casebook))
    later = make_report("a", says(), claim="It is over")
    revise(store, Change(kind="report", key="a", body=later))
    revise(store, Change(kind="report", key="a"), because="satire")

    with store.reading() as session:
        (gone,) = retractions(session, CASE)
    assert gone.report.claim == "It is over"
    assert (gone.entry.because, gone.entry.who, gone.entry.revision) == (
        "satire",
        "Ada",
        3,
    )


def test_a_report_that_came_back_is_not_told(store):
    casebook = make_casebook([make_report("a", says())])
    revise(store, *changes_between(None, casebook))
    revise(store, Change(kind="report", key="a"))
    revise(store, Change(kind="report", key="a", body=make_report("a", says())))

    with store.reading() as session:
        assert retractions(session, CASE) == []
