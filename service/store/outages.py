"""Why a database cannot be used, said without its address or its statements."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import (
    DataError,
    DBAPIError,
    IntegrityError,
    ProgrammingError,
    TimeoutError,
)

from deciban.service.store.errors import StoreUnavailableError

__all__ = ["FULL", "reason", "translating_outages"]


@contextmanager
def translating_outages() -> Iterator[None]:
    """Turn what a driver raises of a database that cannot be used into our own error.

    Raises
    ------
    StoreUnavailableError
        With the reason, in words that tell nothing of the machine.
    """
    try:
        yield
    except (IntegrityError, DataError, ProgrammingError):
        raise  # not the database's fault
    except DBAPIError as error:
        raise StoreUnavailableError(reason(error)) from error
    except TimeoutError as error:
        raise StoreUnavailableError("is busy: no connection is free") from error


FULL = "is full: its disk has no room"
# What SQLite says where it has no room for what it shares between connections.
_NO_ROOM_TO_SHARE = (sqlite3.SQLITE_IOERR_SHMSIZE, sqlite3.SQLITE_IOERR_SHMOPEN)
_SQLITE_REASONS = {
    sqlite3.SQLITE_BUSY: "is locked by another process",
    sqlite3.SQLITE_LOCKED: "is locked by another process",
    sqlite3.SQLITE_FULL: FULL,
    sqlite3.SQLITE_READONLY: "cannot be written to",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened",
    sqlite3.SQLITE_IOERR: "cannot be read or written: its disk fails",
    sqlite3.SQLITE_CORRUPT: "is damaged",
    sqlite3.SQLITE_NOTADB: "is no database",
}
_POSTGRESQL_REASONS = {
    "25006": "cannot be written to",
    "40P01": "is locked by another process",
    "53100": FULL,
    "53300": "is busy: no connection is free",
    "55P03": "is locked by another process",
}


def reason(error: BaseException | None) -> str:
    """Why the database cannot be used, in public words.

    It is found in the error or in one that it came of.

    On a full disk, SQLite undoes the whole transaction at once, so that the savepoint
    which is to be undone then is not there: the last error says nothing of the disk.
    """
    while error is not None:
        code = getattr(error, "sqlite_errorcode", 0)
        state = getattr(error, "sqlstate", None) or ""
        # The last byte of SQLite's code is the kind of error, the others the detail.
        if code in _NO_ROOM_TO_SHARE:
            return FULL
        known = _SQLITE_REASONS.get(code & 0xFF) or _POSTGRESQL_REASONS.get(state)
        if known is not None:
            return known
        error = error.__cause__ or error.__context__
    return "cannot be reached"
