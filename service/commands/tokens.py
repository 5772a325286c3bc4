"""Tokens from the command line: make, list and revoke them, on the store itself."""

import datetime
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from deciban.service.commands.render import plain_table, print_table, terminal
from deciban.service.commands.store_option import opened_store
from deciban.service.running.clock import now
from deciban.service.running.settings import Settings

if TYPE_CHECKING:
    from deciban.service.store import Store
    from deciban.service.store.tokens import Token

__all__ = ["token"]

_ROLES = ("viewer", "forecaster", "admin")


@click.group()
def token() -> None:
    """Make, list and revoke tokens.

    A viewer reads; a forecaster also posts and fits; an admin also begins and alters
    cases. Works on the store of DECIBAN_DATABASE_URL, whether the service runs or not.
    """


@token.command(epilog="\b\nExample:\n  deciban token new anna --role forecaster")
@click.argument("name")
@click.option("--role", type=click.Choice(_ROLES), default="viewer", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def new(name: str, role: Any, as_json: bool) -> None:
    """Make a token and print its secret, which cannot be shown again."""
    from deciban.service.store.tokens import new_token

    with _store() as store, store.writing() as session:
        made, secret = new_token(session, name, role, now())
    if as_json:
        click.echo(json.dumps(_described(made) | {"secret": secret}, indent=2))
    else:
        click.echo(secret)
        click.echo(
            f"{name} may now act as {role}; keep this, it is told once", err=True
        )


@token.command("list", epilog="\b\nExample:\n  deciban token list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON list.")
def list_tokens(as_json: bool) -> None:
    """List the tokens; their secrets are not kept."""
    from deciban.service.store.tokens import tokens

    with _store() as store, store.reading() as session:
        described = [_described(one) for one in tokens(session)]
    if as_json:
        click.echo(json.dumps(described, indent=2))
        return
    columns = ("id", "name", "role", "created", "last_used", "revoked")
    rows = [[_cell(one[column]) for column in columns] for one in described]
    headings = [column.replace("_", " ") for column in columns]
    print_table(plain_table(headings, rows), terminal())


@token.command(epilog="\b\nExample:\n  deciban token revoke anna")
@click.argument("name", required=False)
@click.option(
    "--links",
    is_flag=True,
    help="The sign-in links that 'deciban serve' printed, which are of no token.",
)
def revoke(name: str | None, links: bool) -> None:
    """Let a token, by name or id, be good no more, and end its sessions."""
    from deciban.service.store import tokens

    if (name is None) != links:
        raise click.UsageError("Give either NAME or --links.")
    with _store() as store, store.writing() as session:
        if name is None:
            tokens.revoke_sign_ins(session)
            revoked = "every printed sign-in link"
        else:
            revoked = tokens.revoke(session, name, now()).name
    click.echo(f"{revoked} is revoked; a running service knows within a second")


@token.command(epilog="\b\nExample:\n  deciban token link anna")
@click.argument("name")
def link(name: str) -> None:
    """Print a link that signs a browser in with a token, once."""
    from deciban.service.store import UnknownTokenError
    from deciban.service.store.tokens import tokens
    from deciban.service.web.access.links import sign_in_link

    settings = Settings.from_environment()
    with _store() as store:
        with store.reading() as session:
            known = [one for one in tokens(session) if name in (one.name, str(one.id))]
        if not known or known[0].id is None:
            raise UnknownTokenError(name)
        click.echo(sign_in_link(store, settings, known[0].id, now()))


@contextmanager
def _store() -> "Iterator[Store]":
    """Open the store of the settings, made if there is none yet."""
    with opened_store() as store:
        store.upgrade()
        yield store


def _described(one: "Token") -> dict[str, Any]:
    return {
        "id": one.id,
        "name": one.name,
        "role": one.role,
        "created": _moment(one.created_at),
        "last_used": _moment(one.last_used_at),
        "revoked": _moment(one.revoked_at),
    }


def _moment(at: datetime.datetime | None) -> str | None:
    return at.isoformat(timespec="seconds") if at else None


def _cell(value: Any) -> str:
    return "-" if value is None else str(value)
