"""What a case is, or was, is what its changes add up to."""

import datetime
import re
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from deciban.model.casebook.changes import Change, ChangeError, changed, changes_between
from deciban.model.casebook.files import read_casebook, shipped_case_files
from deciban.service.store import (
    ReasonError,
    RevisionError,
    Store,
    UnknownCaseError,
    UnknownRevisionError,
)
from deciban.service.store.casebooks import (
    Author,
    append,
    casebook,
    head,
    heads,
    history,
    previous,
    prior_writers,
    revision_at,
)
from tests.service.store.conftest import PATIENCE, moment

ADA = Author("ada", None)
# Who makes the changes of a test, when and why, unless it says otherwise.
WITH = {"author": ADA, "now": moment(9), "because": "Read again"}


def post(store: Store, *changes: Change, case: str = "war", **options: Any) -> int:
    with store.writing() as session:
        return append(session, case, changes, **WITH | options)


def begin(store: Store, war: Any, **options: Any) -> int:
    return post(store, *changes_between(None, war), **options)


def report(key: str, **values: Any) -> Change:
    body = {"id": key, "claim": "War comes", "source": "kcna", "credibility": 3}
    return Change(
        kind="report", key=key, body=body | {"published": "2022-09-01"} | values
    )


def source(grade: str, **values: str) -> Change:
    body = {"id": "kcna", "name": "KCNA", "reliability": grade} | values
    return Change(kind="source", key="kcna", body=body)


def title(words: str) -> Change:
    return Change(kind="case", key="war", body={"case": "war", "title": words})


def outcome(**body: Any) -> Change:
    return Change(kind="outcome", key="war", body=body or None)


def read(store: Store, revision: int | None = None) -> Any:
    with store.reading() as session:
        return casebook(session, "war", revision)


def test_a_casebook_comes_back_as_it_was_put(store):
    shipped = read_casebook(*shipped_case_files("dprk-russia"))

    with store.writing() as session:
        changes = changes_between(None, shipped)
        append(session, "dprk-russia", changes, author=ADA, now=moment(9))

    with store.reading() as session:
        assert casebook(session, "dprk-russia") == shipped


def test_it_comes_back_in_another_process_that_remembers_nothing(store, url, war):
    begin(store, war)
    post(store, report("second"))
    again = Store(url)

    assert read(again) == changed(war, [report("second")])
    again.close()


def test_any_revision_can_be_read_whatever_was_read_before(store, war):
    """Posted, claim edited, regraded, settled, taken back, retracted: seven states."""
    steps = [
        [report("second")],
        [report("second", claim="War may come")],
        [source("B")],
        [outcome(occurred=True, on="2023-01-01")],
        [outcome()],
        [Change(kind="report", key="second")],
    ]
    states = [war]
    begin(store, war)
    for step in steps:
        post(store, *step)
        states.append(changed(states[-1], step))

    for revision in (4, 7, 1, 6, 5, 2, 3):
        assert read(store, revision) == states[revision - 1]
    assert read(store) == states[-1]


def test_what_a_reader_saw_at_a_moment_can_be_seen_again(store, war):
    begin(store, war, now=moment(9))
    post(store, source("B"), now=moment(12))

    with store.reading() as session:
        seen = [revision_at(session, "war", moment(hour)) for hour in (9, 11, 12, 23)]
        assert seen == [1, 1, 2, 2]
        with pytest.raises(UnknownRevisionError, match="must be from its first on"):
            revision_at(session, "war", moment(8))


def test_moments_of_other_zones_are_the_same_moments(store, war):
    korea = datetime.timezone(datetime.timedelta(hours=9))
    begin(store, war, now=datetime.datetime(2025, 6, 1, 18, tzinfo=korea))

    with store.reading() as session:
        assert head(session, "war").changed_at == moment(9)
        assert revision_at(session, "war", moment(9).astimezone(korea)) == 1


def test_a_clock_that_is_set_back_does_not_undo_the_order_of_revisions(store, war):
    begin(store, war, now=moment(9))
    post(store, source("B"), now=moment(8))

    with store.reading() as session:
        assert head(session, "war").changed_at == moment(9)
        assert revision_at(session, "war", moment(9)) == 2


def test_changes_made_together_are_one_revision_or_none(store, war):
    begin(store, war)

    with pytest.raises(ChangeError, match="must be one of the sources"):
        post(store, report("second"), report("third", source="unheard-of"))

    assert read(store) == war
    assert post(store, report("second"), report("third")) == 2


def test_changes_that_change_nothing_make_no_revision(store, war):
    begin(store, war)

    assert post(store) == 1
    assert post(store, source("D")) == 1
    with store.reading() as session:
        assert head(session, "war").revision == 1


@pytest.mark.parametrize("because", [None, "", "  \n"])
@pytest.mark.parametrize(
    ("change", "deed"),
    [
        (Change(kind="report", key="threat"), "report “War comes” is taken out"),
        (report("threat", claim="War may come"), "report “War comes” is changed"),
        (source("B"), "source “KCNA” is changed"),
        (title("Another war"), "case “A war” is changed"),
        (
            outcome(occurred=True, on="2023-01-01"),
            "scenario “Does war come by 31 December 2025?” is settled",
        ),
    ],
)
def test_what_undoes_a_judgement_or_settles_a_question_needs_a_reason(
    store, war, because, change, deed
):
    begin(store, war)

    with pytest.raises(ReasonError, match=re.escape(f"must say why {deed}")):
        post(store, change, because=because)

    assert read(store) == war
    assert post(store, change, because="Its agency says so") == 2


def test_a_reason_may_stand_in_what_is_written_where_it_is_a_new_one(store, war):
    begin(store, war)
    why = {"because": "It was wrong about the parade"}
    settled = outcome(occurred=True, on="2023-01-01", **why)

    assert post(store, source("B", **why), because=None) == 2
    assert post(store, settled, because=None) == 3
    with pytest.raises(ReasonError, match="must say why source “KCNA” is changed"):
        post(store, source("C", **why), because=None)
    with pytest.raises(ReasonError, match="must say why outcome of scenario “Does war"):
        post(store, outcome(), because=None)


def test_what_is_added_or_stays_as_it_was_needs_no_reason(store, war):
    begin(store, war, because=None)

    assert post(store, source("D"), because=None) == 1
    assert post(store, report("second"), source("D"), because=None) == 2


@pytest.mark.parametrize("because", ["\x00", "a\x1b[1mb", "\ud800", "x" * 10_001])
def test_a_reason_that_is_no_plain_text_is_refused(store, war, because):
    begin(store, war)

    with pytest.raises(ReasonError):
        post(store, source("B"), because=because)


def test_a_writer_who_has_not_seen_the_last_revision_is_refused(store, war):
    begin(store, war)
    post(store, source("B"), expected=1)

    with pytest.raises(RevisionError) as caught:
        post(store, source("C"), expected=1)

    assert (caught.value.expected, caught.value.head) == (1, 2)
    assert read(store).evidence.sources[0].reliability == "B"


def test_a_case_is_begun_once_by_who_expects_none(store, war):
    assert begin(store, war, expected=0) == 1

    with pytest.raises(RevisionError):
        begin(store, war, expected=0)


def test_an_unknown_case_is_told(store, war):
    begin(store, war)
    with store.reading() as session:
        for ask in (head, casebook, history):
            for name in ("peace", "peace\x00", "\ud800"):
                with pytest.raises(UnknownCaseError, match="must be one of those in"):
                    ask(session, name)
        with pytest.raises(UnknownCaseError):
            revision_at(session, "peace", moment(9))
    with pytest.raises(UnknownCaseError):
        post(store, source("B"), case="peace")


@pytest.mark.parametrize("revision", [-1, 0, 3])
def test_an_unknown_revision_is_told(store, war, revision):
    begin(store, war)
    post(store, source("B"))

    with pytest.raises(UnknownRevisionError, match=f"got {revision}$"):
        read(store, revision)


def test_a_change_of_another_case_is_refused(store, war):
    begin(store, war)
    other = Change(kind="case", key="peace", body={"case": "peace", "title": "Peace"})

    with pytest.raises(ChangeError, match="must be of case 'war', got 'peace'"):
        post(store, other)


def test_cases_are_listed_as_they_are_now(store, war):
    begin(store, war)
    post(store, title("The war"), now=moment(10))
    post(store, source("B"), now=moment(11))
    peace = war.model_copy(
        update={
            "priors": war.priors.model_copy(update={"case": "peace"}),
            "evidence": war.evidence.model_copy(update={"case": "peace"}),
        }
    )
    begin(store, peace, case="peace", now=moment(12))

    with store.reading() as session:
        assert heads(session) == [
            ("peace", "A war", 1, moment(12)),
            ("war", "The war", 3, moment(11)),
        ]
        assert head(session, "war") == heads(session)[1]


def test_who_changed_what_when_and_why_is_kept(store, war):
    begin(store, war)
    post(
        store,
        Change(kind="report", key="threat"),
        report("second"),
        author=Author("bob", None),
        because="Retracted",
        now=moment(12),
    )

    with store.reading() as session:
        newest, before, *_ = history(session, "war")
    assert newest == (2, 1, report("second"), "Retracted", "bob", moment(12))
    assert before == (2, 0, Change(kind="report", key="threat"), *newest[3:])


def test_history_is_read_in_pages_and_by_item(store, war):
    begin(store, war)
    for grade in "BCA":
        post(store, source(grade))

    with store.reading() as session:
        whole = history(session, "war")
        page = history(session, "war", limit=3)
        rest = history(session, "war", before=(page[-1].revision, page[-1].number))
        regraded = history(session, "war", kind="source", key="kcna")
    assert page + rest == whole
    assert len(whole) == 3 + len(changes_between(None, war))
    assert [e.change.written["reliability"] for e in regraded] == ["A", "C", "B", "D"]


def test_the_change_before_is_that_of_the_same_item(store, war):
    begin(store, war)
    post(store, source("E"))
    post(store, source("C"), report("seen"))
    post(store, source("A"))

    with store.reading() as session:
        whole = history(session, "war")
        before = previous(session, "war", whole[:3])

    regraded = [one for one in whole if one.change.key == "kcna"]
    places = [(one.revision, one.number) for one in regraded]
    assert before == {places[0]: regraded[1], places[1]: regraded[2]}


def test_writers_at_once_lose_nothing(store, other, war):
    """Two stores, as of two processes: what one lock orders, the other does not see."""
    begin(store, war)
    names = [f"report-{n}" for n in range(24)]

    with ThreadPoolExecutor(6) as pool:
        made = list(
            pool.map(lambda n: post((store, other)[n % 2], report(names[n])), range(24))
        )

    assert sorted(made) == list(range(2, 26))
    for one in (store, other):
        assert {r.id for r in read(one).evidence.reports} == {"threat", *names}


def test_of_two_writers_who_saw_the_same_one_is_refused(store, other, war):
    begin(store, war)
    together = Barrier(2, timeout=PATIENCE)

    def regrade(at: Store, grade: str) -> str | None:
        together.wait()
        try:
            post(at, source(grade), expected=1)
        except RevisionError:
            return None
        return grade

    with ThreadPoolExecutor(2) as pool:
        won = list(pool.map(regrade, (store, other), "AB"))

    assert won.count(None) == 1
    assert read(store).evidence.sources[0].reliability in won


@pytest.mark.parametrize("table", ["revisions", "changes"])
@pytest.mark.parametrize("deed", ["UPDATE {} SET revision = 9", "DELETE FROM {}"])
def test_nothing_that_was_changed_can_be_altered(store, war, table, deed):
    begin(store, war)

    with pytest.raises(IntegrityError, match=f"{table} are never altered"):
        with store.writing() as session:
            session.execute(text(deed.format(table)))

    assert read(store, 1) == war


def test_who_wrote_a_prior_is_the_last_who_altered_it(store, war):
    begin(store, war)
    (written, *_) = war.priors.scenarios

    def writer_after(who, **changes):
        body = written.model_dump(mode="json", exclude_defaults=True) | changes
        change = Change(kind="scenario", key=written.id, body=body)
        post(store, change, author=Author(who, None))
        with store.reading() as session:
            return prior_writers(session, "war")[written.id]

    other = {"median": 0.5, "low": 0.2, "high": 0.8}
    assert writer_after("bob", question="Does it come after all?") == "ada"
    assert writer_after("cyn", prior=other) == "cyn"
    assert writer_after("bob", prior=other, tags=["east"]) == "cyn"
