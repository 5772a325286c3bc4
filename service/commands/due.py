"""``deciban due``: what awaits its settlement, and since when nobody has looked."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from deciban.model.casebook.casebook import Casebook
from deciban.model.casebook.states import due as due_in
from deciban.service.commands.case_option import given_casebook, takes_files
from deciban.service.commands.render import plain_table, print_table, terminal
from deciban.service.commands.store_option import opened_store, takes_store
from deciban.service.running.clock import today

__all__ = ["due"]


@click.command(
    epilog="\b\nExamples:\n  deciban due\n"
    "  deciban due --priors mine.priors.yaml --evidence mine.evidence.yaml"
)
@takes_files
@takes_store
@click.option("--json", "as_json", is_flag=True, help="Print one JSON list.")
def due(
    case: str | None,
    priors: Path | None,
    evidence: Sequence[Path],
    database: str | None,
    as_json: bool,
) -> None:
    """List what awaits its settlement.

    What has closed and nobody has settled, and from 30 days before its close what is
    open: over all cases of the store, or of a CASE that comes along, or of your files.
    Days are those of UTC.
    """
    if case is not None or priors is not None or evidence:
        casebooks = [given_casebook(case, priors, evidence)]
    else:
        casebooks = _kept(database)
    rows = [row for casebook in casebooks for row in _rows(casebook)]
    rows.sort(key=lambda row: row["days"])
    if as_json:
        click.echo(json.dumps(rows, indent=2))
        return
    if not rows:
        click.echo("nothing is due")
        return
    headings = ("case", "scenario", "closes", "so it", "last looked at")
    keys = ("case", "scenario", "closes", "told", "looked")
    table = [[row[key] or "never" for key in keys] for row in rows]
    print_table(plain_table(headings, table), terminal())


def _kept(database: str | None) -> list[Casebook]:
    from deciban.service.store.casebooks import casebook, heads

    with opened_store(database) as store:
        store.check_schema()
        with store.reading() as session:
            return [casebook(session, head.case) for head in heads(session)]


def _rows(casebook: Casebook) -> list[dict[str, Any]]:
    looked = casebook.looked(today())
    return [
        {
            "case": casebook.case,
            "scenario": one.scenario.id,
            "question": one.scenario.question,
            "closes": one.scenario.closes.isoformat(),
            "days": one.days,
            "state": one.state,
            "told": one.sentence,
            "looked": looked and looked.isoformat(),
        }
        for one in due_in(casebook, today())
    ]
