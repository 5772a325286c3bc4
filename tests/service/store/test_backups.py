"""A backup is the store as it was at one moment, made while it is used."""

import shutil
import sqlite3
import stat
from contextlib import closing
from threading import Event, Thread

import pytest

from deciban.service.store import BackupError, Store, StoreUnavailableError, tokens
from deciban.service.store.backups import back_up
from deciban.service.store.locks import file_lock
from tests.service.store.conftest import PATIENCE, moment


def names(store: Store) -> list[str]:
    with store.reading() as session:
        return [token.name for token in tokens.tokens(session)]


def add_two(store: Store, n: int) -> None:
    with store.writing() as session:
        for half in "ab":
            tokens.new_token(session, f"{n} {half}", "viewer", moment(9))


def test_a_backup_made_while_others_write_is_whole(sqlite_store, tmp_path):
    stop, begun = Event(), Event()

    def write() -> None:
        n = 0
        while not stop.is_set():
            add_two(sqlite_store, n := n + 1)
            begun.set()

    writer = Thread(target=write, daemon=True)
    writer.start()
    try:
        assert begun.wait(PATIENCE)
        files = [tmp_path / f"{n}.sqlite" for n in range(5)]
        for file in files:
            back_up(sqlite_store, file)
    finally:
        stop.set()
        writer.join(PATIENCE)

    for file in files:
        with closing(Store(f"sqlite:///{file}")) as copy:
            copy.check_schema()
            kept = names(copy)
        assert kept
        assert kept == [f"{n + 1} {h}" for n in range(len(kept) // 2) for h in "ab"]
        with closing(sqlite3.connect(file)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_backup_takes_the_place_of_an_older_one_in_one_file(sqlite_store, tmp_path):
    folder = tmp_path / "backups"
    folder.mkdir()
    file = folder / "store.sqlite"
    back_up(sqlite_store, file)
    add_two(sqlite_store, 1)
    back_up(sqlite_store, file)

    assert [one.name for one in folder.iterdir()] == ["store.sqlite"]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with closing(Store(f"sqlite:///{file}")) as copy:
        assert names(copy) == ["1 a", "1 b"]


def test_what_a_killed_process_left_beside_an_older_one_is_not_taken_for_the_new_one(
    sqlite_store, tmp_path
):
    used, file = tmp_path / "used.sqlite", tmp_path / "old" / "store.sqlite"
    file.parent.mkdir()
    back_up(sqlite_store, used)
    with closing(sqlite3.connect(used)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE left_behind (content BLOB)")
        connection.execute("INSERT INTO left_behind VALUES (zeroblob(100000))")
        connection.commit()
        for suffix in ("", "-wal", "-shm"):  # as they are when it is killed now
            shutil.copy(f"{used}{suffix}", f"{file}{suffix}")
    add_two(sqlite_store, 1)

    back_up(sqlite_store, file)

    assert [one.name for one in file.parent.iterdir()] == ["store.sqlite"]
    with closing(Store(f"sqlite:///{file}")) as copy:
        assert names(copy) == ["1 a", "1 b"]
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_file_that_a_service_uses_is_left_as_it_is(sqlite_store, tmp_path):
    file = tmp_path / "served.sqlite"
    back_up(sqlite_store, file)
    add_two(sqlite_store, 1)

    with (
        file_lock(file) as is_held,
        pytest.raises(BackupError, match="must be a file that no service uses"),
    ):
        back_up(sqlite_store, file)

    assert is_held
    with closing(Store(f"sqlite:///{file}")) as copy:
        assert names(copy) == []
    back_up(sqlite_store, file)  # the lock has been let go of
    with closing(Store(f"sqlite:///{file}")) as copy:
        assert names(copy) == ["1 a", "1 b"]


def test_a_store_is_no_backup_of_itself(sqlite_store, tmp_path):
    link = tmp_path / "link"
    link.symlink_to(sqlite_store.file)

    for file in (sqlite_store.file, link):
        with pytest.raises(BackupError, match="must be another file than the store"):
            back_up(sqlite_store, file)


def test_a_full_disk_leaves_the_older_backup(sqlite_store, full_disk):
    back_up(sqlite_store, full_disk / "store.sqlite")
    before = (full_disk / "store.sqlite").read_bytes()
    with sqlite_store.writing() as session:
        tokens.secret_key(session)
        from deciban.service.store.tables import SecretRow

        session.add(SecretRow(name="large", content=bytes(2_000_000)))

    with pytest.raises(StoreUnavailableError, match="its disk has no room"):
        back_up(sqlite_store, full_disk / "store.sqlite")

    assert [one.name for one in full_disk.iterdir()] == ["store.sqlite"]
    assert (full_disk / "store.sqlite").read_bytes() == before


def test_what_is_not_there_cannot_be_copied(tmp_path):
    with closing(Store(f"sqlite:///{tmp_path}/none.sqlite")) as store:
        with pytest.raises(StoreUnavailableError, match="is not there"):
            back_up(store, tmp_path / "copy.sqlite")

    assert not list(tmp_path.iterdir())


def test_a_server_has_its_own_way(postgresql_store, tmp_path):
    with pytest.raises(BackupError, match="of PostgreSQL must be made by pg_dump"):
        back_up(postgresql_store, tmp_path / "copy.sqlite")
