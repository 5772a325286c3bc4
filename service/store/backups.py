"""A copy of the store, made while it is used."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote
from uuid import uuid4

from deciban.service.store.engine import Store
from deciban.service.store.errors import BackupError, StoreUnavailableError
from deciban.service.store.locks import is_used
from deciban.service.store.outages import reason

__all__ = ["back_up"]


def back_up(store: Store, path: Path) -> None:
    """Copy a store of SQLite, as it is at one moment, in the place of a file.

    Writers need not wait. The copy is made beside the file and then put over it in one
    step, for its owner alone: it holds what signs the sessions.

    Raises
    ------
    BackupError
        If the store is not of SQLite, or the file is its own or another service's.
    StoreUnavailableError
        If the store cannot be read, or the copy has no room.
    OSError
        If the file cannot be written.
    """
    if store.file is None:
        raise BackupError("of PostgreSQL must be made by pg_dump", "a file's name")
    if not store.file.exists():
        raise StoreUnavailableError("is not there")
    file = Path(os.path.realpath(path))
    if file.exists() and file.samefile(store.file):
        raise BackupError("must be another file than the store", path.name)
    if is_used(file):
        raise BackupError("must be a file that no service uses", path.name)
    beside = file.with_name(f".{file.name}.{uuid4().hex}")
    try:
        os.close(os.open(beside, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        _copy(store.file, beside)
        _forget_logs(file)
        os.replace(beside, file)
    except sqlite3.Error as error:
        raise StoreUnavailableError(reason(error)) from error
    finally:
        beside.unlink(missing_ok=True)  # gone already if it has replaced the file


def _forget_logs(file: Path) -> None:
    """Remove what a process that was killed has left beside an older copy.

    SQLite would take it for what is to be written into the new one.
    """
    for suffix in ("-wal", "-shm", "-journal"):
        file.with_name(file.name + suffix).unlink(missing_ok=True)


def _copy(source: Path, target: Path) -> None:
    # A connection of its own: it reads one state, while the store's own go on.
    with (
        closing(sqlite3.connect(f"file:{quote(str(source))}?mode=rw", uri=True)) as one,
        closing(sqlite3.connect(target)) as other,
    ):
        one.backup(other)
        other.execute("PRAGMA journal_mode = DELETE")  # one file, with no log beside
    with open(target, "rb+") as copy:
        os.fsync(copy.fileno())
