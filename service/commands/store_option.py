"""On which store a command works."""

from collections.abc import Callable
from contextlib import closing
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


def opened_store(database: str | None = None) -> "closing[Store]":
    """Open the store that a command line names, or else that of the settings.

    Parameters
    ----------
    database : str, optional
        Its address, as ``--database`` takes it.

    Returns
    -------
    context manager of Store
        That closes it.
    """
    # Its libraries take half a second to import, which other commands need not pay.
    from deciban.service.store import Store

    return closing(Store(database or Settings.from_environment().database_url))
