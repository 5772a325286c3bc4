"""Items written one at a time: added once, and never over what another wrote."""

import pytest

from deciban.model.casebook.changes import written_change
from deciban.service.application.errors import UnknownItemError
from deciban.service.application.items import (
    ItemAlteredError,
    ItemTakenError,
    add_item,
    alter_item,
)
from deciban.service.store import ReasonError, casebooks
from tests.service.application.test_current_forecasts import (
    LEAD,
    casebook,
    scheduler,
    war,
)

__all__ = ["casebook", "scheduler", "war"]  # fixtures, here too


def source(name="wire", grade="B"):
    body = {"id": name, "name": name, "reliability": grade}
    return written_change("source", name, body)


def head(shared):
    with shared.store.reading() as session:
        return casebooks.head(session, "war").revision


def grade(shared, name):
    with shared.store.reading() as session:
        sources = casebooks.casebook(session, "war").evidence.sources
    return {one.id: one.reliability for one in sources}.get(name)


def alter(shared, change, seen, because="a reason"):
    alter_item(shared, "war", change, seen=seen, author=LEAD, because=because)


def test_an_item_is_added_once_however_often_the_same_is_sent(shared, war):
    keys = {add_item(shared, "war", lambda _: source(), author=LEAD) for _ in "ab"}

    assert (keys, head(shared)) == ({"wire"}, 2)
    with pytest.raises(ItemTakenError, match="must not be that of another source"):
        add_item(shared, "war", lambda _: source(grade="C"), author=LEAD)


def test_what_somebody_else_has_altered_since_is_told_and_stays(shared, war):
    add_item(shared, "war", lambda _: source(), author=LEAD)
    alter(shared, source(grade="C"), seen=2)

    with pytest.raises(ItemAlteredError, match="as it is now") as told:
        alter(shared, source(grade="E"), seen=2)

    (difference,) = told.value.differences
    assert (difference.before, difference.after) == ("B", "C")
    assert grade(shared, "wire") == "C"


def test_an_item_is_taken_out_with_a_reason_and_cannot_be_altered_then(shared, war):
    add_item(shared, "war", lambda _: source(), author=LEAD)
    gone = source().model_copy(update={"body": None})

    with pytest.raises(ReasonError):
        alter(shared, gone, seen=2, because=None)
    alter(shared, gone, seen=2)

    assert grade(shared, "wire") is None
    with pytest.raises(ItemAlteredError, match="somebody has taken it out"):
        alter(shared, source(), seen=2)
    with pytest.raises(UnknownItemError):
        alter(shared, source(), seen=head(shared))
