"""The store: one database, opened so that what is committed stays.

SQLite writes ahead (WAL) and waits for the disk at each commit (synchronous=FULL). One
thread of a process writes at a time, and says so at once (BEGIN IMMEDIATE): a
transaction that has read cannot be overtaken before it writes. PostgreSQL does all that
by itself.
"""

import logging
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from functools import partial
from itertools import count
from json import dumps
from pathlib import Path
from threading import Lock
from time import monotonic, sleep
from typing import Any
from urllib.parse import quote

from sqlalchemy import (
    URL,
    Connection,
    Engine,
    create_engine,
    delete,
    event,
    insert,
    make_url,
)
from sqlalchemy.exc import ArgumentError
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry, NullPool

from deciban.service.store.errors import (
    DatabaseUrlError,
    SchemaError,
    StoreUnavailableError,
)
from deciban.service.store.folds import Folds
from deciban.service.store.migrations import check_at_head, migrate
from deciban.service.store.outages import FULL, reason, translating_outages
from deciban.service.store.tables import SecretRow

__all__ = ["Store"]

_log = logging.getLogger(__name__)

# Threads that answer requests, and some to spare: each holds a connection at most.
_CONNECTIONS = 100
_WRITES = "writes"

# A file of SQLite shrinks by steps of 2 MB, down to 16 MB that are free for what comes.
_PAGES_AT_ONCE = 512
_PAGES_TO_SPARE = 4096
# Of a disk that has less room, in bytes, the next fit would take all.
_LEAST_ROOM = 4_000_000
# What is written to see whether anything can be: more than one page.
_TRIAL = {"name": "trial", "content": bytes(16_000)}
_LOG_BYTES = 8_000_000  # to which the write-ahead log is cut after a large transaction


class Store:
    """A database of casebooks, fits and tokens.

    Parameters
    ----------
    url : str
        ``sqlite:///FILE`` or ``postgresql://USER@HOST/NAME``.
    timeout_seconds : float
        How long to wait for another writer, or for a connection.

    Raises
    ------
    DatabaseUrlError
        If the URL is neither.
    """

    def __init__(self, url: str, *, timeout_seconds: float = 5.0) -> None:
        self._url = _database_url(url)
        self._timeout = timeout_seconds
        self._folds = Folds()
        self._writer_lock = Lock()
        self._counter = count(1)
        self._commits = 0
        self._guard: Callable[[Session], None] = lambda _session: None
        self._engine = self._open(
            pool_size=5, max_overflow=_CONNECTIONS, pool_timeout=timeout_seconds
        )
        self._writer = self._engine.execution_options(**{_WRITES: True})
        self._reader = self._engine
        if not self.is_sqlite:
            self._reader = self._engine.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )

    @property
    def is_sqlite(self) -> bool:
        """Whether it is a file of SQLite."""
        return self._url.get_backend_name() == "sqlite"

    @property
    def file(self) -> Path | None:
        """The file of SQLite; None for PostgreSQL."""
        return Path(str(self._url.database)) if self.is_sqlite else None

    @property
    def commits(self) -> int:
        """Changes whenever this process has written something: what was read is old."""
        return self._commits

    def guard(self, check: Callable[[Session], None]) -> None:
        """Have each transaction that writes begin with a check, which may refuse it."""
        self._guard = check

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Read one state of the store, whatever is written meanwhile.

        Raises
        ------
        StoreUnavailableError
            If the database cannot be reached.
        """
        with (
            translating_outages(),
            Session(self._reader, info={"folds": self._folds}) as session,
        ):
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Write all or nothing: committed at the end, undone after any error.

        A thread must not open a second one inside the first.

        Raises
        ------
        StoreUnavailableError
            If the database cannot be reached, is locked for longer than the time limit,
            or has no room.
        LeaseLostError
            If it belongs to another service now.
        """
        folds = Folds(below=self._folds)
        with (
            self._turn(),
            translating_outages(),
            Session(
                self._writer, info={"folds": folds}, expire_on_commit=False
            ) as session,
            session.begin(),
        ):
            session.connection()  # begins, and so waits for other processes here
            self._guard(session)
            yield session
        folds.hand_down()
        self._commits = next(self._counter)

    def upgrade(self) -> None:
        """Bring the tables to what this version needs, making them if there are none.

        Several processes may do so at once. Nothing is written where they are there.

        Raises
        ------
        SchemaError
            If a newer version has made the tables.
        StoreUnavailableError
            If the database cannot be reached or written.
        """
        with suppress(SchemaError):
            self.check_schema()
            return
        if self.file is not None:
            _make_file(self.file)
        # SQLite alters a table by copying it, which foreign keys would not let pass.
        engine = self._open(foreign_keys=False, poolclass=NullPool)
        with (
            self._turn(),
            translating_outages(),
            engine.execution_options(**{_WRITES: True}).begin() as connection,
        ):
            migrate(connection)
        if self.file is not None:
            with self._turn():
                _let_shrink(self.file, self._timeout)

    def give_back(self) -> bool:
        """Give the disk back a piece of what is free in the file; whether more is left.

        PostgreSQL sees to that by itself.

        Raises
        ------
        StoreUnavailableError
            If the database cannot be reached or written.
        """
        if not self.is_sqlite:
            return False
        with self._turn(), translating_outages(), self._writer.begin() as connection:
            free = connection.exec_driver_sql("PRAGMA freelist_count").scalar_one()
            pages = min(free - _PAGES_TO_SPARE, _PAGES_AT_ONCE)
            if pages <= 0:
                return False
            # Each row is a page, though it has no column: SQLAlchemy would read none.
            file = connection.connection.cursor()
            file.execute(f"PRAGMA incremental_vacuum({pages})")
            file.fetchall()
            left = connection.exec_driver_sql("PRAGMA freelist_count").scalar_one()
            return bool(_PAGES_TO_SPARE < left < free)

    def try_writing(self) -> None:
        """Write something, and take it back.

        Raises
        ------
        StoreUnavailableError
            If that cannot be, or the disk has hardly any room.
        """
        if self.file is not None and self.file.exists():
            disk = os.statvfs(self.file)
            if disk.f_bavail * disk.f_frsize < _LEAST_ROOM:
                raise StoreUnavailableError(FULL)
        again = delete(SecretRow).where(SecretRow.name == _TRIAL["name"])
        for deeds in ([again, insert(SecretRow).values(_TRIAL)], [again]):
            with self._turn(), translating_outages(), self._writer.begin() as trial:
                for deed in deeds:
                    trial.execute(deed)

    def check_schema(self) -> None:
        """Check that the tables are those that this version needs.

        Raises
        ------
        SchemaError
            If they are not.
        """
        if self.file is not None and not self.file.exists():
            raise SchemaError("must be set up first by 'deciban db upgrade'", None)
        with translating_outages(), self._reader.connect() as connection:
            check_at_head(connection)

    def close(self) -> None:
        """Let go of all connections."""
        self._engine.dispose()

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Wait until no other thread writes: SQLite's own waiting is unfair."""
        if not self.is_sqlite:
            yield
            return
        if not self._writer_lock.acquire(timeout=self._timeout):
            raise StoreUnavailableError("is busy: others are writing")
        try:
            yield
        finally:
            self._writer_lock.release()

    def _open(self, *, foreign_keys: bool = True, **pool: Any) -> Engine:
        options = pool | {
            "json_serializer": partial(
                dumps, ensure_ascii=False, separators=(",", ":")
            ),
            "hide_parameters": True,  # an error that is logged must not tell them
        }
        if self.file is not None:
            connect = partial(_connect, self.file, self._timeout, foreign_keys)
            engine = create_engine(self._url, creator=connect, **options)
            event.listen(engine, "begin", _begin)
            event.listen(engine, "checkin", _forget_makeshift)
            return engine
        engine = create_engine(
            self._url,
            pool_pre_ping=True,
            connect_args={"connect_timeout": max(2, round(self._timeout))},
            **options,
        )
        event.listen(engine, "connect", partial(_limit_waiting, self._timeout))
        return engine


def _database_url(text: str) -> URL:
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):  # ValueError: a port that is no number
        raise DatabaseUrlError from None
    if url.drivername == "sqlite" and url.database not in (None, "", ":memory:"):
        return url
    if url.drivername in ("postgresql", "postgres", "postgresql+psycopg"):
        return url.set(drivername="postgresql+psycopg")
    raise DatabaseUrlError


def _make_file(file: Path) -> None:
    """Make the file for its owner alone: it holds what signs the sessions."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        said = error.strerror or "unknown error"
        raise StoreUnavailableError(f"cannot be opened ({said})") from error


# On a disk without room each needs the file for itself for a moment.
_opening = Lock()


def _connect(file: Path, timeout: float, foreign_keys: bool) -> sqlite3.Connection:
    with _opening:
        return _connected(file, timeout, foreign_keys)


def _connected(file: Path, timeout: float, foreign_keys: bool) -> sqlite3.Connection:
    connection = _opened(file, "mode=rw", timeout)  # to open is not to make
    try:
        # A new file can shrink, to which it must make up its mind before all else.
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
        _write_ahead(connection, timeout)
        connection.execute(f"PRAGMA journal_size_limit = {_LOG_BYTES}")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute(f"PRAGMA foreign_keys = {'ON' if foreign_keys else 'OFF'}")
    except sqlite3.Error as error:
        connection.close()
        if reason(error) == FULL:
            return _makeshift(file, timeout)
        raise
    return connection


class _Makeshift(sqlite3.Connection):
    """A connection that reads a file on a disk without room, and knows of no others.

    One that writes as soon as there is room again would pull the file from under it:
    so each is used for one transaction.
    """


def _makeshift(file: Path, timeout: float) -> sqlite3.Connection:
    """Open a file on a disk that has no room for what connections share."""
    # What a process that was killed has left in the log goes to its place first, which
    # takes no room where it is an older state's. Alone, it shares nothing.
    with closing(_opened(file, "mode=rw", timeout)) as alone:
        alone.execute("PRAGMA locking_mode = EXCLUSIVE")
        is_busy, *_ = alone.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if is_busy:
            raise StoreUnavailableError(FULL)
    return _opened(file, "immutable=1", timeout, _Makeshift)


def _opened(
    file: Path,
    how: str,
    timeout: float,
    kind: type[sqlite3.Connection] = sqlite3.Connection,
) -> sqlite3.Connection:
    # Transactions are begun by ``_begin``.
    return sqlite3.connect(
        f"file:{quote(str(file))}?{how}",
        uri=True,
        timeout=timeout,
        isolation_level=None,
        check_same_thread=False,
        factory=kind,
    )


def _forget_makeshift(connection: Any, record: ConnectionPoolEntry) -> None:
    if isinstance(connection, _Makeshift):
        record.invalidate()


def _let_shrink(file: Path, timeout: float) -> None:
    """Let a file shrink that an older version has made, which means to copy it once.

    Where there is no room, or others use it, it is left as it is.
    """
    with closing(_connect(file, timeout, foreign_keys=False)) as connection:
        (can_shrink,) = connection.execute("PRAGMA auto_vacuum").fetchone()
        if can_shrink:
            return
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
        try:
            connection.execute("VACUUM")
        except sqlite3.OperationalError as error:
            _log.warning("the store's file will not shrink: %s", reason(error))


def _write_ahead(connection: sqlite3.Connection, timeout: float) -> None:
    """Have the file written ahead; it stays so.

    Of two connections that turn a new file over at once, SQLite refuses one without
    waiting, whatever the time limit: both hold the lock to read that the other needs
    gone. So the one that is refused asks again.
    """
    end = monotonic() + timeout
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            # The low byte is the kind of error, the others say more about it.
            is_busy = error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
            if not is_busy or monotonic() > end:
                raise
        sleep(0.01)


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql(f"PRAGMA query_only = {'OFF' if writes else 'ON'}")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _limit_waiting(timeout: float, connection: Any, _record: Any) -> None:
    connection.execute(f"SET lock_timeout = {round(timeout * 1000)}")
    connection.commit()
