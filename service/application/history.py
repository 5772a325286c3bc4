"""The history of a case: every change, who made it, when, why, and what it altered."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from deciban.model.casebook.index import Kind
from deciban.model.casebook.yaml_text import yaml_text
from deciban.service.application.services import Services
from deciban.service.store import casebooks
from deciban.service.store.casebooks import Entry

__all__ = [
    "ChangeList",
    "Difference",
    "ItemChange",
    "differences",
    "item_changes",
    "list_changes",
    "title_of",
]

_LONGEST = 400  # characters of a value that are shown


class Difference(NamedTuple):
    """What one key of an item was, and what it became; None where it was not there."""

    name: str
    before: str | None
    after: str | None


class ItemChange(NamedTuple):
    """What was done to an item.

    Attributes
    ----------
    entry : Entry
        The change, with its author, moment and reason.
    verb : str
        ``added``, ``changed``, ``taken out`` or ``put back``.
    differences : list of Difference
        Of an item that was there before.
    title : str
        What the item says, in short.
    """

    entry: Entry
    verb: str
    differences: list[Difference]
    title: str


class ChangeList(NamedTuple):
    """Changes, the newest first; ``next`` is where to go on, None after the last."""

    entries: list[Entry]
    next: tuple[int, int] | None


def list_changes(
    services: Services,
    case: str,
    *,
    kind: Kind | None = None,
    key: str | None = None,
    before: tuple[int, int] | None = None,
    limit: int,
) -> ChangeList:
    """List the changes of a case.

    Parameters
    ----------
    services : Services
        Whose store is read.
    case : str
        Its id.
    kind, key : str, optional
        Of one kind of items only, or of one item.
    before : tuple of int, optional
        Revision and number of the last change that was read: those before it.
    limit : int
        How many at most.

    Raises
    ------
    UnknownCaseError
    """
    with services.store.reading() as session:
        entries = casebooks.history(
            session, case, kind=kind, key=key, before=before, limit=limit + 1
        )
    shown = entries[:limit]
    last = shown[-1] if len(entries) > limit else None
    return ChangeList(shown, last and (last.revision, last.number))


def item_changes(
    services: Services, case: str, entries: Sequence[Entry]
) -> list[ItemChange]:
    """Tell changes of a case, each beside the one of the same item before it.

    Parameters
    ----------
    services : Services
        Whose store is read.
    case : str
        Its id.
    entries : sequence of Entry
        Of its history.

    Returns
    -------
    list of ItemChange
        In the order of the entries.
    """
    with services.store.reading() as session:
        before = casebooks.previous(session, case, entries)
    return [
        _item_change(entry, before.get((entry.revision, entry.number)))
        for entry in entries
    ]


def _item_change(entry: Entry, before: Entry | None) -> ItemChange:
    old = before.change.written if before else None
    new = entry.change.written
    if new is None:
        verb = "taken out"
    elif before is None:
        verb = "added"
    else:
        verb = "put back" if old is None else "changed"
    return ItemChange(entry, verb, differences(old, new), title_of(new or old or {}))


def differences(
    before: Mapping[str, Any] | None, after: Mapping[str, Any] | None
) -> list[Difference]:
    """Find what differs between two bodies of an item.

    Parameters
    ----------
    before, after : mapping or None
        As files write the item; None where it was not there.

    Returns
    -------
    list of Difference
        In the order of the keys of ``after``, then those that are gone; none where the
        item was not there before, or is not after.

    Examples
    --------
    >>> differences({"id": "x", "credibility": 3}, {"id": "x", "credibility": 4})
    [Difference(name='credibility', before='3', after='4')]
    """
    if before is None or after is None:
        return []
    names = [*after, *(name for name in before if name not in after)]
    return [
        Difference(name, _text(before.get(name)), _text(after.get(name)))
        for name in names
        if before.get(name) != after.get(name)
    ]


def _text(value: Any) -> str | None:
    """Write a value as files do."""
    if value is None:
        return None
    if isinstance(value, Mapping | list):
        value = yaml_text(value).rstrip("\n")
    elif not isinstance(value, str):
        value = json.dumps(value)
    return str(value)[:_LONGEST]


def title_of(body: Mapping[str, Any]) -> str:
    """Say in short what an item says."""
    for name in ("claim", "question", "statement", "name", "title"):
        if isinstance(body.get(name), str):
            return str(body[name])[:_LONGEST]
    if "occurred" in body:
        return "yes" if body["occurred"] else "no"
    return ""
