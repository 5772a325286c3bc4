"""The lock of a store of SQLite: whether a service uses it."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

__all__ = ["file_lock", "is_used"]


@contextmanager
def file_lock(file: Path) -> Iterator[bool]:
    """Lock a file beside the store, as SQLite does: a lock ends with its process.

    Yields
    ------
    bool
        Whether it is locked now; False where another holds it.
    """
    lock = sqlite3.connect(_beside(file), timeout=0, isolation_level=None)
    with closing(lock):
        try:
            lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError:
            yield False
        else:
            yield True


def is_used(file: Path) -> bool:
    """Whether a service holds the lock of a file; none is made where there is none."""
    if not _beside(file).exists():
        return False
    with file_lock(file) as is_free:
        return not is_free


def _beside(file: Path) -> Path:
    return file.with_name(f"{file.name}.lock")
