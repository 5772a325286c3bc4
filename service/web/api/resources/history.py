"""History: every change of a case, who made it, when and why."""

import datetime
from typing import Annotated, Any

from pydantic import Field

from deciban.model.casebook.index import Kind
from deciban.service.application import history
from deciban.service.store.casebooks import Entry
from deciban.service.web.api.operation import (
    Answer,
    AnswerBody,
    Call,
    Operations,
    Reply,
)
from deciban.service.web.api.paging import PageQuery, cursor_of, read_key

__all__ = ["operations"]


class HistoryEntry(AnswerBody):
    """One change as it was made; all of one revision were made together."""

    revision: int
    number: int = Field(description="In its revision, from 0.")
    kind: Kind
    key: str
    body: dict[str, Any] | None = Field(description="Null where it was taken out.")
    because: str | None
    who: str
    at: datetime.datetime


class HistoryPage(AnswerBody):
    """A page of the history of a case."""

    changes: list[HistoryEntry]
    next: str | None


class HistoryQuery(PageQuery):
    """Which changes."""

    kind: Kind | None = None
    key: Annotated[str | None, Field(max_length=162, pattern=r"^[A-Za-z0-9._~-]+$")] = (
        None
    )


operations = Operations("history", "Every change, who made it, when and why.")


@operations.add(
    "GET",
    "/cases/<case>/history",
    {200: Answer("A page of changes.", HistoryPage)},
    query=HistoryQuery,
)
def list_changes(call: Call[HistoryQuery, None], case: str) -> Reply:
    """List the changes of a case, the newest first.

    Of all items, of those of one kind, or of one item.
    """
    query = call.query
    before = read_key(query.cursor, (0, 0))
    found = history.list_changes(
        call.services,
        case,
        kind=query.kind,
        key=query.key,
        before=(before[0], before[1]) if before else None,
        limit=query.limit,
    )
    after = found.next and cursor_of(*found.next)
    changes = [_history_entry(one) for one in found.entries]
    return Reply(HistoryPage(changes=changes, next=after))


def _history_entry(entry: Entry) -> HistoryEntry:
    fields = entry._asdict()
    change = fields.pop("change")
    return HistoryEntry(**fields, **change.model_dump())
