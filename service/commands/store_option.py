"""On which store a command works."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from deciban.service.running.settings import Settings

if TYPE_CHECKING:
    from deciban.service.store import Store

__all__ = ["opened_store", "takes_store"]


def takes_store[F: Callable[..., Any]](command: F) -> F:
    """Give a command ``--database``, which reaches it as ``database``."""
    return click.option(
        "--database",
        metavar="URL",
        help="The store: sqlite:///FILE or postgresql://...  [default: "
        "DECIBAN_DATABASE_URL, or else a file in the user's data folder]",
    )(command)


@contextmanager
def opened_store(database: str | None) -> "Iterator[Store]":
    """Open the store that a command line names, or else that of the settings."""
    # Its libraries take half a second to import, which other commands need not pay.
    from deciban.service.store import Store

    store = Store(database or Settings.from_environment().database_url)
    try:
        yield store
    finally:
        store.close()
