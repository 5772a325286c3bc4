"""The lock of a store of SQLite: whether a service uses it."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["file_lock", "is_used"]


@contextmanager
def file_lock(file: Path) -> Iterator[bool]:
    """Lock a file beside the store, for its owner alone: it ends with its process.

    It stays empty, so that it can be made and locked on a full disk.

    Yields
    ------
    bool
        Whether it is locked now; False where another holds it.
    """
    lock = os.open(_beside(file), os.O_CREAT | os.O_RDWR, 0o600)
    try:
        os.fchmod(lock, 0o600)  # an older version left it open to be read
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(lock)


def is_used(file: Path) -> bool:
    """Whether a service holds the lock of a file; none is made where there is none."""
    if not _beside(file).exists():
        return False
    with file_lock(file) as is_free:
        return not is_free


def _beside(file: Path) -> Path:
    return file.with_name(f"{file.name}.lock")
