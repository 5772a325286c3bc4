"""The store commits all or nothing, and says plainly when it cannot be used."""

import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import psycopg
import pytest
from sqlalchemy import delete, select, text

from deciban.model.casebook.changes import Change, changes_between
from deciban.service.store import (
    DatabaseUrlError,
    SchemaError,
    Store,
    StoreUnavailableError,
    casebooks,
    tokens,
)
from deciban.service.store.casebooks import Author
from deciban.service.store.tables import SecretRow
from tests.service.conftest import PATIENCE, fill
from tests.service.store.conftest import moment

ADA = Author("ada", None)


def names(store: Store) -> list[str]:
    with store.reading() as session:
        return [token.name for token in tokens.tokens(session)]


def add(store: Store, name: str) -> None:
    with store.writing() as session:
        tokens.new_token(session, name, "viewer", moment(9))


def test_what_was_committed_is_there_after_opening_again(store, url):
    add(store, "ada")
    store.close()

    with closing(Store(url)) as again:
        assert names(again) == ["ada"]


def test_a_transaction_that_fails_leaves_nothing(store):
    with pytest.raises(KeyError), store.writing() as session:
        tokens.new_token(session, "ada", "viewer", moment(9))
        raise KeyError

    assert names(store) == []


def test_a_reader_sees_one_state_whatever_is_written_meanwhile(store):
    with store.reading() as session:
        before = len(tokens.tokens(session))
        add(store, "ada")
        session.expire_all()

        assert len(tokens.tokens(session)) == before


def test_a_reader_cannot_write(store):
    with pytest.raises(StoreUnavailableError, match="cannot be written to"):
        with store.reading() as session:
            tokens.new_token(session, "ada", "viewer", moment(9))


def test_two_threads_of_one_process_write_in_turn(store):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: add(store, f"token {n}"), range(40)))

    assert sorted(names(store)) == sorted(f"token {n}" for n in range(40))


def test_a_locked_database_is_told_within_the_time_limit(store, url):
    add(store, "ada")
    impatient = Store(url, timeout_seconds=0.2)
    assert names(impatient) == ["ada"]  # the connection is there, and stays
    if store.is_sqlite:
        other = sqlite3.connect(store.file, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
    else:
        other = psycopg.connect(url)
        other.execute("LOCK TABLE tokens IN EXCLUSIVE MODE")

    began = time.monotonic()
    with pytest.raises(StoreUnavailableError, match="is locked by another process"):
        add(impatient, "bob")
    assert time.monotonic() - began < PATIENCE

    assert names(impatient) == ["ada"]  # to read, nobody has to wait
    other.close()
    add(impatient, "bob")
    assert names(impatient) == ["ada", "bob"]
    impatient.close()


def test_a_full_disk_is_told_and_nothing_half_written(sqlite_store):
    add(sqlite_store, "ada")
    with sqlite_store.writing() as session:
        pages = session.scalar(text("PRAGMA page_count"))

    with pytest.raises(StoreUnavailableError, match="its disk has no room"):
        with sqlite_store.writing() as session:
            session.execute(text(f"PRAGMA max_page_count = {pages + 2}"))
            for n in range(1000):
                tokens.new_token(session, f"token {n}", "viewer", moment(9))

    assert names(sqlite_store) == ["ada"]


def test_a_disk_that_fills_up_leaves_a_store_that_can_be_used(full_disk):
    """A file system of its own, so that the log that is written ahead fills it."""
    store = Store(f"sqlite:///{full_disk / 'store.sqlite'}")
    store.upgrade()
    add(store, "ada")
    ballast = fill(full_disk)

    with pytest.raises(StoreUnavailableError) as caught:
        for n in range(1000):
            add(store, f"token {n}")
    kept = names(store)
    ballast.unlink()
    add(store, "bob")

    assert str(full_disk) not in str(caught.value)
    assert names(store) == [*kept, "bob"]
    store.close()


def test_a_full_disk_is_read_until_there_is_room_again(full_disk):
    """SQLite needs room even to read a file that is written ahead."""
    url = f"sqlite:///{full_disk / 'store.sqlite'}"
    with closing(Store(url)) as store:
        store.upgrade()
        add(store, "ada")
    ballast = fill(full_disk)
    with closing(Store(url)) as store:
        store.upgrade()

        assert names(store) == ["ada"]
        for deed in (lambda: add(store, "bob"), store.try_writing):
            with pytest.raises(StoreUnavailableError):
                deed()

        ballast.unlink()
        add(store, "bob")
        assert names(store) == ["ada", "bob"]


def test_on_a_full_disk_all_read_who_ask_at_once(full_disk):
    """Each opens the file by itself at first, and alone."""
    url = f"sqlite:///{full_disk / 'store.sqlite'}"
    with closing(Store(url)) as store:
        store.upgrade()
        add(store, "ada")
    fill(full_disk)

    with closing(Store(url)) as store, ThreadPoolExecutor(8) as pool:
        read = list(pool.map(lambda _: names(store), range(80)))

    assert read == [["ada"]] * 80


def test_what_a_killed_process_has_left_in_the_log_is_read_on_a_full_disk(
    full_disk, sqlite_store
):
    add(sqlite_store, "ada")
    for file in sqlite_store.file.parent.glob("own.sqlite*"):
        if not file.name.endswith("-shm"):
            shutil.copy(file, full_disk)
    fill(full_disk)

    with closing(Store(f"sqlite:///{full_disk / 'own.sqlite'}")) as store:
        assert names(store) == ["ada"]


def test_a_store_that_can_be_written_to_is_as_it_was_after_a_trial(store):
    before = store.commits

    store.try_writing()

    with store.reading() as session:
        assert session.scalar(select(SecretRow)) is None
    assert store.commits == before


def test_a_connection_that_was_lost_is_told_and_made_anew(postgresql_store, postgresql):
    add(postgresql_store, "ada")

    with pytest.raises(StoreUnavailableError, match="cannot be reached"):
        with postgresql_store.writing() as session:
            tokens.new_token(session, "bob", "viewer", moment(9))
            own = session.scalar(text("SELECT pg_backend_pid()"))
            ms = int(1000 * PATIENCE)
            with psycopg.connect(postgresql(), autocommit=True) as admin:
                admin.execute("SELECT pg_terminate_backend(%s, %s)", [own, ms])

    assert names(postgresql_store) == ["ada"]


def test_a_process_killed_while_it_writes_leaves_nothing_half_written(store, url, war):
    """It reports each commit; it is killed in the midst of one or between two."""
    script = f"""
from deciban.service.store import Store, tokens
from tests.service.store.conftest import moment
store = Store({url!r})
for n in range(10_000):
    with store.writing() as session:
        for half in "ab":
            tokens.new_token(session, f"{{n}} {{half}}", "viewer", moment(9))
    print(n, flush=True)
"""
    with subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        told = [int(child.stdout.readline()) for _ in range(5)]
        os.kill(child.pid, signal.SIGKILL)
        last = max(told + [int(line) for line in child.stdout.read().split()])

    kept = names(store)
    assert len(kept) in (2 * (last + 1), 2 * (last + 2))
    assert kept == [f"{n} {half}" for n in range(len(kept) // 2) for half in "ab"]


def test_a_server_that_is_not_there_is_told_without_its_address():
    store = Store("postgresql://ada:secret@127.0.0.1:9/none", timeout_seconds=2)

    with pytest.raises(StoreUnavailableError, match="cannot be reached") as caught:
        names(store)

    assert "127.0.0.1" not in str(caught.value)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "url", ["", "sqlite://", "mysql://host/name", "postgresql://host:port/x", "store"]
)
def test_what_names_no_database_is_refused(url):
    with pytest.raises(DatabaseUrlError, match="must be sqlite:///FILE or postgresql"):
        Store(url)


def test_a_file_that_is_no_database_is_told(tmp_path):
    file = tmp_path / "letter"
    file.write_text("Dear Ada, " * 1000)

    with pytest.raises(StoreUnavailableError, match="is no database"):
        Store(f"sqlite:///{file}").check_schema()


def test_a_folder_that_cannot_be_made_is_told_without_its_name(tmp_path):
    (tmp_path / "file").touch()
    store = Store(f"sqlite:///{tmp_path}/file/store.sqlite")

    with pytest.raises(StoreUnavailableError, match="cannot be opened") as caught:
        store.upgrade()

    assert str(tmp_path) not in str(caught.value)


def test_to_open_a_store_is_not_to_make_one(tmp_path):
    store = Store(f"sqlite:///{tmp_path}/none.sqlite")

    with pytest.raises(SchemaError, match="must be set up first by 'deciban db upgr"):
        store.check_schema()
    with pytest.raises(StoreUnavailableError, match="cannot be opened"):
        names(store)
    assert not list(tmp_path.iterdir())


def test_the_file_is_made_with_its_folder_for_its_owner_alone(tmp_path):
    store = Store(f"sqlite:///{tmp_path}/a/b%c/store.sqlite")
    store.upgrade()
    store.check_schema()
    store.close()

    mode = (tmp_path / "a" / "b%c" / "store.sqlite").stat().st_mode
    assert stat.S_IMODE(mode) == 0o600


def test_commits_wait_for_the_disk(sqlite_store):
    with sqlite_store.writing() as session:
        assert session.scalar(text("PRAGMA journal_mode")) == "wal"
        assert session.scalar(text("PRAGMA synchronous")) == 2  # FULL
        assert session.scalar(text("PRAGMA foreign_keys")) == 1


def test_a_file_shrinks_again_by_pieces_that_its_log_can_hold(sqlite_store):
    file = sqlite_store.file
    log = file.with_name(file.name + "-wal")
    ballast = 100  # MB
    for n in range(ballast):
        with sqlite_store.writing() as session:
            row = SecretRow(name=str(n), content=bytes(1_000_000))
            session.add(row)
    full = file.stat().st_size
    for n in range(ballast):
        with sqlite_store.writing() as session:
            session.execute(delete(SecretRow).where(SecretRow.name == str(n)))
    logs = []

    while sqlite_store.give_back():
        logs.append(log.stat().st_size)
    sqlite_store.close()

    assert full > ballast * 1e6
    assert file.stat().st_size < 20e6
    assert max(logs) < 20e6


def test_a_file_of_an_older_version_can_shrink_after_the_next_start(tmp_path):
    file = tmp_path / "store.sqlite"
    with closing(sqlite3.connect(file)) as older:
        older.execute("PRAGMA journal_mode = WAL")
        older.execute("CREATE TABLE own (x)")
    with closing(Store(f"sqlite:///{file}")) as store:
        store.upgrade()

    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("PRAGMA auto_vacuum").fetchone() == (2,)


def test_a_casebook_that_was_not_committed_is_not_remembered(store, war):
    """Another writer's revision of the same number takes its place."""

    def title(words: str) -> Change:
        return Change(kind="case", key="war", body={"case": "war", "title": words})

    made = {"author": ADA, "now": moment(9), "because": "A better title"}
    with store.writing() as session:
        casebooks.append(session, "war", changes_between(None, war), **made)
    with pytest.raises(KeyError), store.writing() as session:
        casebooks.append(session, "war", [title("Undone")], **made)
        assert casebooks.casebook(session, "war").priors.title == "Undone"
        raise KeyError
    with store.writing() as session:
        casebooks.append(session, "war", [title("Done")], **made)

    with store.reading() as session:
        assert casebooks.casebook(session, "war", 2).priors.title == "Done"
