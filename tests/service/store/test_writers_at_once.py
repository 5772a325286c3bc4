"""Two processes want to write the same, while one of them is in the midst of it.

Each is a store of its own. The first is held in its transaction until the second waits,
which PostgreSQL tells of its connections; SQLite does not tell, but lets nobody begin.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event
from typing import Any

import psycopg
import pytest

from deciban.model.casebook.casebook import Casebook
from deciban.model.casebook.changes import Change, changes_between
from deciban.service.application.posting import post_changes
from deciban.service.application.services import Services
from deciban.service.running.settings import Settings
from deciban.service.store import RevisionError, Store, casebooks
from deciban.service.store.casebooks import Author, append, casebook
from deciban.service.store.migrations import migrate
from tests.service.conftest import IdleScheduler
from tests.service.store.conftest import PATIENCE, moment, patient

ADA = Author("ada", None)


class Turn:
    """The first of the two: it stops amid its transaction until it may go on."""

    def __init__(self, pool: ThreadPoolExecutor, url: str) -> None:
        self._pool, self._url = pool, url
        self.is_amid, self.goes_on = Event(), Event()

    def stop(self) -> None:
        """Stop here, once."""
        if not self.is_amid.is_set():
            self.is_amid.set()
            assert self.goes_on.wait(PATIENCE)

    def first(self, deed: Callable[[], Any]) -> "Future[Any]":
        """Begin what stops."""
        begun = self._pool.submit(deed)
        assert self.is_amid.wait(PATIENCE)
        return begun

    def then(self, deed: Callable[[], Any]) -> "Future[Any]":
        """Begin what has to wait; let the first go on as soon as it does."""
        begun = self._pool.submit(deed)
        if self._url.startswith("postgresql"):
            self._await_one_who_waits()
        self.goes_on.set()
        return begun

    def _await_one_who_waits(self) -> None:
        waiting = """
            SELECT count(*) FROM pg_stat_activity
            WHERE datname = current_database() AND wait_event_type = 'Lock'
        """
        end = time.monotonic() + PATIENCE
        with psycopg.connect(self._url, autocommit=True) as looking:
            while looking.execute(waiting).fetchone() == (0,):
                assert time.monotonic() < end, "nobody waits"
                time.sleep(0.01)


@pytest.fixture
def turn(url: str) -> Iterator[Turn]:
    with ThreadPoolExecutor(2) as pool:
        one = Turn(pool, url)
        yield one
        one.goes_on.set()


@pytest.fixture
def tries(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Return whether each revision that was tried was written."""
    tried: list[bool] = []
    write = casebooks._written

    def noted(*args: Any) -> bool:
        tried.append(write(*args))
        return tried[-1]

    monkeypatch.setattr(casebooks, "_written", noted)
    return tried


@pytest.fixture
def case(store: Store, war: Casebook) -> str:
    with store.writing() as session:
        changes = changes_between(None, war)
        append(session, "war", changes, author=ADA, now=moment(9))
    return "war"


def report(key: str) -> Change:
    body = {"id": key, "claim": "War comes", "source": "kcna", "credibility": 3}
    return Change(kind="report", key=key, body=body | {"published": "2022-09-01"})


def post(store: Store, key: str, amid: Callable[[], None] = int, **options: Any) -> int:
    with store.writing() as session:
        changes = [report(key)]
        made = append(session, "war", changes, author=ADA, now=moment(9), **options)
        amid()
    return made


def reports(book: Casebook) -> list[str]:
    return [report.id for report in book.evidence.reports]


def kept(store: Store) -> list[str]:
    with store.reading() as session:
        return reports(casebook(session, "war"))


def test_who_comes_second_makes_the_revision_after(store, other, case, turn, tries):
    first = turn.first(lambda: post(store, "one", turn.stop))
    second = turn.then(lambda: post(other, "two"))

    assert (first.result(PATIENCE), second.result(PATIENCE)) == (2, 3)
    assert kept(store) == kept(other) == ["threat", "one", "two"]
    # SQLite lets the second look only when the first is done.
    assert tries == [True, True] if store.is_sqlite else [True, False, True]


def test_who_comes_second_takes_the_place_of_who_gives_up(store, other, case, turn):
    def give_up() -> None:
        turn.stop()
        raise KeyError

    first = turn.first(lambda: post(store, "one", give_up))
    second = turn.then(lambda: post(other, "two"))

    assert second.result(PATIENCE) == 2
    assert isinstance(first.exception(PATIENCE), KeyError)
    assert kept(store) == kept(other) == ["threat", "two"]


def test_who_comes_second_is_refused_if_nobody_may_be_first(store, other, case, turn):
    turn.first(lambda: post(store, "one", turn.stop))
    second = turn.then(lambda: post(other, "two", expected=1))

    with pytest.raises(RevisionError):
        second.result(PATIENCE)
    assert kept(store) == ["threat", "one"]


def test_what_is_made_of_the_casebook_is_made_anew_of_who_was_first(
    store, other, case, turn
):
    seen: list[list[str]] = []

    def changes(book: Casebook | None) -> Sequence[Change]:
        assert book is not None
        seen.append(reports(book))
        return [report(f"after-{len(book.evidence.reports)}")]

    settings = Settings.from_environment({})
    services = Services(settings, other, IdleScheduler(), lambda: moment(9))
    turn.first(lambda: post(store, "one", turn.stop))
    second = turn.then(lambda: post_changes(services, "war", changes, author=ADA))

    revision, book = second.result(PATIENCE)
    assert revision == 3
    assert reports(book) == ["threat", "one", "after-2"]
    assert seen[-1] == ["threat", "one"]
    assert len(seen) == (1 if store.is_sqlite else 2)


def test_tables_are_made_by_one_while_the_other_waits(empty_url, monkeypatch):
    with ThreadPoolExecutor(2) as pool:
        turn = Turn(pool, empty_url)

        def migrate_and_stop(connection: Any) -> None:
            migrate(connection)
            turn.stop()

        monkeypatch.setattr("deciban.service.store.engine.migrate", migrate_and_stop)
        stores = patient(empty_url), patient(empty_url)
        first = turn.first(stores[0].upgrade)
        second = turn.then(stores[1].upgrade)

        assert (first.result(PATIENCE), second.result(PATIENCE)) == (None, None)
    for store in stores:
        store.check_schema()
        store.close()
