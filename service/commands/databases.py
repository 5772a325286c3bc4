"""Casebooks between files and store; the store's tables; its backup."""

import datetime
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from deciban.model.casebook.atomic_file import write_whole
from deciban.model.casebook.casebook import Casebook
from deciban.model.casebook.changes import changes_between
from deciban.model.casebook.files import write_evidence, write_priors
from deciban.model.errors import AsItStands, CaseError, Problem
from deciban.model.posterior.wording import counted
from deciban.service.commands.case_option import (
    given_casebook,
    takes_files,
    tell_cautions,
    tell_lost_comments,
)
from deciban.service.commands.fit_files import replacing_together
from deciban.service.commands.store_option import opened_store, takes_store
from deciban.service.running.clock import now, today

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from deciban.service.store.histories import Revision

__all__ = ["backup", "db", "export", "import_command"]

_LONGEST_NAME = 80


@click.group()
def db() -> None:
    """Look after the store's tables."""


@db.command(epilog="\b\nExample:\n  deciban db upgrade")
@takes_store
def upgrade(database: str | None) -> None:
    """Bring the store's tables to what this version needs.

    They are made if there are none. 'deciban serve' does so by itself.
    """
    with opened_store(database) as store:
        store.upgrade()
    click.echo("the store is as this version needs it")


@db.command("check", epilog="\b\nExample:\n  deciban db check")
@takes_store
def check_store(database: str | None) -> None:
    """Check the store's tables, and that each case in it can be read."""
    from deciban.service.store.casebooks import casebook, heads

    with opened_store(database) as store:
        store.check_schema()
        with store.reading() as session:
            cases = heads(session)
            for one in cases:
                casebook(session, one.case)
    click.echo(f"the store is as this version needs it; {counted(len(cases), 'case')}")


def _name(_context: Any, _parameter: Any, text: str) -> str:
    if not text.strip() or not text.isprintable() or len(text) > _LONGEST_NAME:
        rule = f"must be 1 to {_LONGEST_NAME} characters that can be printed"
        raise click.BadParameter(f"{rule}, got {text!r}")
    return text


@click.command(
    "import", epilog="\b\nExample:\n  deciban import dprk-russia --because 'first load'"
)
@takes_files
@click.option(
    "--history",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Put back a whole history, as 'deciban export --history' wrote it.",
)
@click.option("--because", metavar="TEXT", help="Why, for the history.")
@click.option(
    "--who",
    callback=_name,
    metavar="NAME",
    default="command line",
    show_default=True,
    help="Who makes the changes, for the history.",
)
@takes_store
def import_command(
    case: str | None,
    priors: Path | None,
    evidence: Sequence[Path],
    history: Path | None,
    because: str | None,
    who: str,
    database: str | None,
) -> None:
    """Bring a casebook from files into the store.

    The case is begun if there is none. Else what the files add, alter or leave out
    becomes changes of one revision; to alter or leave out something, or to settle a
    question, needs --because.
    """
    if history is not None:
        if case is not None or priors is not None or evidence:
            raise click.UsageError("Give either --history or a casebook.")
        click.echo(_put_back(history, database))
    else:
        files = given_casebook(case, priors, evidence)
        brought_in = _bring_in(files, because, who, database)
        tell_cautions(files, today())
        tell_lost_comments([*evidence, priors] if priors else evidence)
        click.echo(brought_in)


def _bring_in(
    files: Casebook, because: str | None, who: str, database: str | None
) -> str:
    from deciban.service.store import UnknownCaseError
    from deciban.service.store.casebooks import Author, append, casebook

    with opened_store(database) as store:
        store.upgrade()
        with store.writing() as session:
            try:
                before = casebook(session, files.case)
            except UnknownCaseError:
                before = None
            changes = changes_between(before, files)
            revision = append(
                session,
                files.case,
                changes,
                author=Author(who, None),
                now=now(),
                because=because,
            )
    return f"{files.case}: {counted(len(changes), 'change')}, revision {revision}"


def _put_back(file: Path, database: str | None) -> str:
    from deciban.service.store.histories import read_history, restore

    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        said = AsItStands(getattr(error, "strerror", None) or "other characters")
        rule = "must be a readable file in UTF-8"
        raise CaseError([Problem(str(file), rule, said)]) from error
    history = read_history(text, str(file))
    with opened_store(database) as store:
        store.upgrade()
        with store.writing() as session:
            n = restore(session, history)
    return f"{history[0].case}: {counted(n, 'revision')} put back"


def _moment(_context: Any, _parameter: Any, text: str | None) -> Any:
    if text is None:
        return None
    try:
        moment = datetime.datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(f"must be a time in ISO 8601, got {text!r}") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)


@click.command(epilog="\b\nExample:\n  deciban export dprk-russia --dir out --history")
@click.argument("case")
@click.option(
    "--dir",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("."),
    show_default=True,
    help="Folder to write to, made if there is none.",
)
@click.option("--revision", type=int, metavar="N", help="As it was at a revision.")
@click.option(
    "--at",
    callback=_moment,
    metavar="TIME",
    help="As a reader saw it at this time: ISO 8601, UTC unless it says otherwise.",
)
@click.option(
    "--history", is_flag=True, help="Also write every change, to CASE.history.jsonl."
)
@takes_store
def export(
    case: str,
    folder: Path,
    revision: int | None,
    at: datetime.datetime | None,
    history: bool,
    database: str | None,
) -> None:
    """Write a case of the store to files.

    These are CASE.priors.yaml and CASE.evidence.yaml, as it is now, or was. The store
    has no comments of the files that were imported; 'deciban import' said which had.
    """
    from deciban.service.store.histories import history_text

    if revision is not None and at is not None:
        raise click.UsageError("Give either --revision or --at.")
    with opened_store(database) as store:
        store.check_schema()
        with store.reading() as session:
            book, made = _as_it_was(session, case, revision, at)
    endings = ("priors.yaml", "evidence.yaml", "history.jsonl")
    priors, evidence, lines = (f"{case}.{ending}" for ending in endings)
    with replacing_together(folder) as draft:
        write_priors(book.priors, draft / priors)
        write_evidence(book.evidence, draft / evidence)
        if history:
            write_whole(draft / lines, history_text(made).encode())
    for name in (priors, evidence, lines)[: 3 if history else 2]:
        click.echo(folder / name)


def _as_it_was(
    session: "Session",
    case: str,
    revision: int | None,
    at: datetime.datetime | None,
) -> "tuple[Casebook, list[Revision]]":
    from deciban.service.store.casebooks import casebook, revision_at
    from deciban.service.store.histories import revisions

    if at is not None:
        revision = revision_at(session, case, at)
    return casebook(session, case, revision), revisions(session, case, revision)


@click.command(epilog="\b\nExample:\n  deciban backup store-2026-01-31.sqlite")
@click.argument("file", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path))
@takes_store
def backup(file: Path, database: str | None) -> None:
    """Copy the store to FILE, while the service runs.

    The copy is the store as it is at one moment; to use it, let DECIBAN_DATABASE_URL
    name it. A file of this name is replaced. PostgreSQL has pg_dump for this.
    """
    from deciban.service.store.backups import back_up

    with opened_store(database) as store:
        back_up(store, file)
    click.echo(file)
