"""Why a database cannot be used, in words that tell nothing of the machine."""

import sqlite3

import pytest

from deciban.service.store.outages import reason


def sqlite_error(code: int) -> sqlite3.OperationalError:
    error = sqlite3.OperationalError("/home/ada/secret.sqlite")
    error.sqlite_errorcode = code
    return error


class PostgresqlError(Exception):
    """One as psycopg raises it."""

    def __init__(self, sqlstate: str) -> None:
        super().__init__("host=10.0.0.1 password=secret")
        self.sqlstate = sqlstate


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (sqlite_error(sqlite3.SQLITE_BUSY_SNAPSHOT), "is locked by another process"),
        (sqlite_error(sqlite3.SQLITE_FULL), "is full: its disk has no room"),
        (sqlite_error(sqlite3.SQLITE_IOERR_SHMSIZE), "is full: its disk has no room"),
        (
            sqlite_error(sqlite3.SQLITE_IOERR_READ),
            "cannot be read or written: its disk fails",
        ),
        (PostgresqlError("53100"), "is full: its disk has no room"),
        (PostgresqlError("53300"), "is busy: no connection is free"),
        (OSError("10.0.0.1 refused"), "cannot be reached"),
        (None, "cannot be reached"),
    ],
)
def test_each_failure_has_its_reason(error, said):
    assert reason(error) == said


def test_the_reason_is_found_in_what_an_error_came_of():
    last = sqlite_error(sqlite3.SQLITE_ERROR)
    last.__context__ = sqlite_error(sqlite3.SQLITE_FULL)

    assert reason(last) == "is full: its disk has no room"
