"""From the tables that older versions left to those of this one, step by step.

Each module of ``versions`` is one step, by Alembic; a step that has been released is
never altered. A test holds the tables that all steps lead to against
``service.store.tables``, and says what the next step has to do.
"""

from functools import cache
from pathlib import Path
from typing import Any

from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, text

from deciban.service.store.errors import SchemaError
from deciban.service.store.tables import TableBase

__all__ = ["check_at_head", "migrate", "migration_options"]

# Of the advisory lock that upgrades of a PostgreSQL database take turns by; not that
# which a service holds while it runs.
_TURN = int.from_bytes(b"upgrades")


def migrate(connection: Connection) -> None:
    """Bring the tables to the newest revision, in the transaction that is open.

    Raises
    ------
    SchemaError
        If the tables are of a revision that this version does not know.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SELECT pg_advisory_xact_lock({_TURN})"))
    steps = _steps()
    _check_known(steps, _revision(connection))

    def upgrade(revision: Any, _context: MigrationContext) -> Any:
        return steps._upgrade_revs("head", revision)  # as Alembic's manual has it

    with EnvironmentContext(Config(), steps, fn=upgrade) as environment:
        environment.configure(connection, **migration_options())
        environment.run_migrations()
    if connection.dialect.name == "sqlite":
        broken = connection.execute(text("PRAGMA foreign_key_check")).all()
        assert not broken, broken  # no step may leave rows that refer to none


def migration_options() -> dict[str, Any]:
    """Options of Alembic, for steps and for comparing."""
    return {"target_metadata": TableBase.metadata, "render_as_batch": True}


def check_at_head(connection: Connection) -> None:
    """Check that the tables are of the newest revision.

    Raises
    ------
    SchemaError
        If they are not.
    """
    steps, revision = _steps(), _revision(connection)
    _check_known(steps, revision)
    if revision != steps.get_current_head():
        rule = f"must be at revision {steps.get_current_head()}, to which "
        raise SchemaError(f"{rule}'deciban db upgrade' brings it", revision)


@cache
def _steps() -> ScriptDirectory:
    return ScriptDirectory(str(Path(__file__).parent))


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _check_known(steps: ScriptDirectory, revision: str | None) -> None:
    try:
        steps.get_revision(revision) if revision else None
    except CommandError as error:
        rule = "must be of this version of Deciban or an older one"
        raise SchemaError(rule, revision) from error
