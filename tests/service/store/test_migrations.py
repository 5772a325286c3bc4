"""Tables of any older version become those of this one, with all that is in them."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Timer

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from deciban.model.casebook.changes import Change, changed
from deciban.service.store import (
    SchemaError,
    Store,
    StoreError,
    StoreUnavailableError,
    fits,
    replies,
    tokens,
)
from deciban.service.store.casebooks import casebook, heads, history, revision_at
from deciban.service.store.migrations import migration_options
from deciban.service.store.tables import TableBase
from deciban.service.web.server.service_process import only_service
from tests.service.store.conftest import moment, patient

FOLDER = Path(__file__).parent


def test_the_tables_are_those_that_the_code_knows(empty_url):
    with closing(Store(empty_url)) as store:
        store.upgrade()
        with store._engine.connect() as connection:
            context = MigrationContext.configure(connection, opts=migration_options())
            assert compare_metadata(context, TableBase.metadata) == []


def test_tables_are_made_once_by_many_processes_at_once(empty_url):
    stores = [patient(empty_url) for _ in range(4)]

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda store: store.upgrade(), stores))

    for store in stores:
        store.check_schema()
        store.close()


def test_a_command_finds_its_tables_while_a_service_runs(empty_url):
    with closing(Store(empty_url)) as store:
        store.upgrade()
        with only_service(store, empty_url):
            store.upgrade()


def test_a_new_file_that_another_is_turning_over_is_waited_for(tmp_path):
    """SQLite refuses the second at once, whatever its time limit."""
    file = tmp_path / "store.sqlite"
    other = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    later = Timer(0.3, other.rollback)
    later.start()

    with closing(patient(f"sqlite:///{file}")) as store:
        store.upgrade()
        store.check_schema()
    later.join()
    other.close()


def test_a_new_file_that_another_holds_is_told_within_the_time_limit(tmp_path):
    file = tmp_path / "store.sqlite"
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with closing(Store(f"sqlite:///{file}", timeout_seconds=0.2)) as store:
            with pytest.raises(StoreUnavailableError, match="is locked by another"):
                store.upgrade()


def test_tables_that_are_not_there_are_told(empty_url):
    with closing(Store(empty_url)) as store:
        with pytest.raises(SchemaError, match=r"'deciban db upgrade'.*got nothing"):
            store.check_schema()


def test_tables_of_a_newer_version_are_left_alone(store):
    with store.writing() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '999'"))

    for deed in (store.upgrade, store.check_schema):
        with pytest.raises(SchemaError, match=r"version of Deciban or an older.* 999"):
            deed()


def test_a_step_that_fails_leaves_the_tables_as_they_were(empty_url, monkeypatch):
    """On both databases the tables are made in one transaction."""
    made = "deciban.service.store.engine.migrate"

    def migrate_and_fail(connection):
        from deciban.service.store.migrations import migrate

        migrate(connection)
        raise StoreError("power cut")

    with closing(Store(empty_url)) as store:
        with monkeypatch.context() as patch, pytest.raises(StoreError):
            patch.setattr(made, migrate_and_fail)
            store.upgrade()
        with pytest.raises(SchemaError, match="got nothing"):
            store.check_schema()
        store.upgrade()
        store.check_schema()


def fill(url: str) -> None:
    """Make a database of the first schema, from the file that was kept of it."""
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
            connection.executescript((FOLDER / "schema_1.sqlite.sql").read_text())
    else:
        with closing(psycopg.connect(url, autocommit=True)) as connection:
            connection.execute((FOLDER / "schema_1.postgresql.sql").read_bytes())


def test_the_first_schema_is_brought_to_this_one_with_its_content(empty_url, war):
    fill(empty_url)
    regraded = {"id": "kcna", "name": "KCNA", "reliability": "B"}
    steps = [
        [Change(kind="source", key="kcna", body=regraded)],
        [Change(kind="report", key="threat")],
    ]

    with closing(Store(empty_url)) as store:
        store.upgrade()
        store.check_schema()
        with store.reading() as session:
            assert heads(session) == [("war", "A war", 3, moment(11))]
            assert casebook(session, "war", 1) == war
            assert casebook(session, "war", 2) == changed(war, steps[0])
            assert casebook(session, "war") == changed(war, steps[0] + steps[1])
            assert revision_at(session, "war", moment(10, 59)) == 2
            newest = history(session, "war", limit=1)[0]
            assert newest[2:] == (steps[1][0], "Retracted", "bob", moment(11))
            assert [(t.id, t.name, t.role) for t in tokens.tokens(session)] == [
                (1, "ada", "admin"),
                (2, "bob", "forecaster"),
            ]
            assert tokens.secret_key(session) == bytes(range(32))
            [fit] = fits.fits(session, "war")
            assert (fit.state, fit.revision, fit.seed, fit.attempts) == (
                "done",
                1,
                7,
                1,
            )
            assert fits.draws(session, 1) == b"draws"
            assert fits.kept(session, 1, "forest.svg").content == b"<svg/>"
            assert replies.recall(session, 1, "key").status == 201


@pytest.mark.parametrize("table", ["revisions", "changes"])
def test_what_came_from_the_first_schema_cannot_be_altered(empty_url, table):
    """SQLite alters a table by copying it, without its triggers."""
    fill(empty_url)
    with closing(Store(empty_url)) as store:
        store.upgrade()
        with pytest.raises(IntegrityError, match="never altered"):
            with store.writing() as session:
                session.execute(text(f"DELETE FROM {table}"))


def test_numbers_go_on_after_those_of_the_first_schema(empty_url):
    fill(empty_url)
    with closing(Store(empty_url)) as store:
        store.upgrade()
        with store.writing() as session:
            token, _ = tokens.new_token(session, "eve", "viewer", moment(12))
            assert token.id == 3
