"""Which casebook a command works on, and up to which day.

A case that comes with Deciban is named; one's own is given as files. Commands take both
the same way, by the decorator ``takes_case``.
"""

import datetime
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import click

from deciban.evidence.items import day
from deciban.model.casebook.casebook import Casebook
from deciban.model.casebook.cautions import review
from deciban.model.casebook.files import (
    commented_files,
    read_casebook,
    shipped_case_files,
    shipped_cases,
)
from deciban.model.casebook.states import due
from deciban.model.errors import CaseError, Problem

__all__ = [
    "day_given",
    "given_casebook",
    "named_casebook",
    "takes_case",
    "takes_files",
    "tell_cautions",
    "tell_lost_comments",
]

_EVIDENCE = ("yaml", "yml", "jsonl", "csv")


def day_given(
    _context: click.Context, _parameter: click.Parameter, written: str | None
) -> datetime.date | None:
    """Take a day as files write it.

    Parameters
    ----------
    written : str or None
        As it was typed; None where it was not.
    """
    try:
        return None if written is None else day(written)
    except ValueError as error:
        raise click.BadParameter(f"{error}, got {written!r}") from error


def takes_case[F: Callable[..., Any]](command: F) -> F:
    """Give a command ``CASE``, ``--priors``, ``--evidence`` and ``--as-of``.

    They reach it as ``case``, ``priors``, ``evidence`` and ``as_of``.
    """
    as_of = click.option(
        "--as-of",
        callback=day_given,
        metavar="DATE",
        help="Use what was known on this day, YYYY-MM-DD.  [default: today, UTC; or, "
        "if all scenarios have closed, the day after, or of what came later]",
    )
    return takes_files(as_of(command))


def takes_files[F: Callable[..., Any]](command: F) -> F:
    """Give a command ``CASE``, ``--priors`` and ``--evidence``, of any day."""
    for parameter in (
        click.option(
            "--evidence",
            type=click.Path(path_type=Path),
            multiple=True,
            metavar="FILE",
            help="Your evidence file: YAML, JSON Lines or CSV. Several are merged.",
        ),
        click.option(
            "--priors",
            type=click.Path(path_type=Path),
            metavar="FILE",
            help="Your priors file: YAML.",
        ),
        click.argument("case", required=False),
    ):
        command = parameter(command)
    return command


def given_casebook(
    case: str | None, priors: Path | None, evidence: Sequence[Path]
) -> Casebook:
    """Read the casebook that a command line names.

    Parameters
    ----------
    case : str or None
        A case that comes with Deciban; or else
    priors, evidence : paths
        the files of one's own.

    Raises
    ------
    click.UsageError
        If neither is given, or both, or one of the files without the other.
    CaseError
        If there is no such case, or its files cannot be read.
    """
    if case is not None:
        if priors is not None or evidence:
            raise click.UsageError("Give either CASE or --priors and --evidence.")
        priors, since = shipped_case_files(case)
        return read_casebook(priors, since)
    if priors is None and not evidence:
        raise click.UsageError(
            "Give a CASE, or --priors and --evidence. 'deciban cases' lists the cases."
        )
    if priors is None or not evidence:
        missing = "--priors" if priors is None else "--evidence"
        raise click.UsageError(f"Missing option '{missing}': a casebook needs both.")
    return read_casebook(priors, evidence)


def named_casebook(name: str) -> Casebook:
    """Read one of several cases that a command line names.

    One that comes along, or else the files that begin with its name.

    Raises
    ------
    CaseError
    """
    if name in shipped_cases():
        return read_casebook(*shipped_case_files(name))
    for stem in (f"{name}.", f"{name}/"):
        files = [Path(f"{stem}evidence.{suffix}") for suffix in _EVIDENCE]
        if evidence := [file for file in files if file.exists()]:
            return read_casebook(Path(f"{stem}priors.yaml"), evidence)
    rule = (
        f"must be one of the cases {', '.join(shipped_cases())}, or the name of "
        f"{name}.priors.yaml and {name}.evidence.yaml, .jsonl or .csv"
    )
    raise CaseError([Problem("case", rule, name)])


def tell_cautions(
    casebook: Casebook, today: datetime.date, at_most: int | None = None
) -> int:
    """Print what is allowed in a casebook and yet seldom meant, on standard error.

    Parameters
    ----------
    casebook : Casebook
        That has been taken in.
    today : datetime.date
        Day by which scenarios should be resolved and reports published.
    at_most : int, optional
        How many are printed; of the others, how to see them.

    Returns
    -------
    int
        How many there are.
    """
    cautions = review(casebook, today)
    for one in due(casebook, today):
        if one.state == "open":
            click.echo(f"due: scenario {one.scenario.id!r} {one.sentence}", err=True)
    for caution in cautions[:at_most]:
        click.echo(f"caution: {caution}", err=True)
    if at_most is not None and len(cautions) > at_most:
        more = len(cautions) - at_most
        click.echo(f"and {more} more: 'deciban check' tells all", err=True)
    return len(cautions)


def tell_lost_comments(files: Iterable[Path]) -> None:
    """Say which files have comments, where only what they say is taken on.

    Parameters
    ----------
    files : iterable of Path
        Files of a casebook.
    """
    for file in commented_files(files):
        click.echo(
            f"{file}: its comments are not taken over; reasons are, in because",
            err=True,
        )
