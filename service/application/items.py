"""Items of a casebook, written one at a time: added, altered, and taken out."""

from collections.abc import Callable

from deciban.evidence.items import Item
from deciban.model.casebook.casebook import Casebook
from deciban.model.casebook.changes import Change, body_of
from deciban.model.casebook.index import Key
from deciban.model.errors import ModelError
from deciban.service.application.errors import UnknownItemError
from deciban.service.application.history import Difference, differences
from deciban.service.application.posting import post_changes
from deciban.service.application.services import Services
from deciban.service.store import UnknownCaseError, UnknownRevisionError, casebooks
from deciban.service.store.casebooks import Author

__all__ = [
    "ItemAlteredError",
    "ItemTakenError",
    "add_item",
    "alter_item",
    "check_unaltered",
    "item_at",
]


class ItemTakenError(ModelError):
    """There is another item of this kind and key."""

    def __init__(self, place: Key) -> None:
        kind, key = place
        super().__init__(f"must not be that of another {kind}, got {key[:80]!r}")


class ItemAlteredError(ModelError):
    """Somebody has altered an item, or taken it out, since it was read.

    Attributes
    ----------
    differences : list of Difference
        What they altered; none where it is gone.
    """

    def __init__(self, kind: str, made: list[Difference], *, is_gone: bool) -> None:
        rule = f"must be a change of the {kind} as it is now: somebody has changed it"
        if is_gone:
            verb = "retracted it" if kind == "report" else "taken it out"
            rule = f"must be a {kind} that stands: somebody has {verb}"
        super().__init__(f"{rule} since this form was shown")
        self.differences = made


def item_at(
    services: Services, case: str, place: Key, revision: int | None
) -> Item | None:
    """Return an item as it stood at a revision; None where there was none."""
    if revision is None:
        return None
    with services.store.reading() as session:
        try:
            casebook = casebooks.casebook(session, case, revision)
        except (UnknownCaseError, UnknownRevisionError):
            return None
    return casebook.index.items[place[0]].get(place[1])


def check_unaltered(place: Key, seen: Item | None, head: Casebook) -> None:
    """Refuse a change of an item that is not, at the head, as its author saw it.

    Raises
    ------
    UnknownItemError
        If there is none, and was none.
    ItemAlteredError
    """
    kind, key = place
    now = head.index.items[kind].get(key)
    if now == seen and now is not None:
        return
    if now is None and seen is None:
        raise UnknownItemError(kind, key)
    before, after = (body_of(one) if one else None for one in (seen, now))
    raise ItemAlteredError(kind, differences(before, after), is_gone=now is None)


def add_item(
    services: Services,
    case: str,
    make: Callable[[Casebook], Change],
    *,
    author: Author,
    because: str | None = None,
) -> str:
    """Add an item.

    To add it twice as the same is to add it once: an answer may have been lost.

    Parameters
    ----------
    services : Services
        Whose store is written.
    case : str
        Its id.
    make : callable
        Of the casebook at the head makes the change that puts it there.
    author : Author
        Who adds it.
    because : str, optional
        Why.

    Returns
    -------
    str
        The key of the item.

    Raises
    ------
    UnknownCaseError, ItemTakenError, ChangeError, ReasonError
    """
    key = ""

    def changes(head: Casebook | None) -> list[Change]:
        nonlocal key
        if head is None:
            raise UnknownCaseError(case)
        made = make(head)
        key = made.key
        there = head.index.items[made.kind].get(key)
        if there is not None and there != made.body:
            raise ItemTakenError(made.place)
        return [made]

    post_changes(services, case, changes, author=author, because=because)
    return key


def alter_item(
    services: Services,
    case: str,
    change: Change,
    *,
    seen: int | None,
    author: Author,
    because: str | None,
) -> None:
    """Put an item in the place of the one there is, or take it out.

    Parameters
    ----------
    services : Services
        Whose store is written.
    case : str
        Its id.
    change : Change
        What is put there; without a body it takes the item out.
    seen : int or None
        Revision at which its author read the item.
    author : Author
        Who alters it.
    because : str or None
        Why.

    Raises
    ------
    UnknownCaseError, UnknownItemError, ItemAlteredError, ChangeError, ReasonError
    """
    then = item_at(services, case, change.place, seen)

    def changes(head: Casebook | None) -> list[Change]:
        if head is None:
            raise UnknownCaseError(case)
        check_unaltered(change.place, then, head)
        return [change]

    post_changes(services, case, changes, author=author, because=because)
