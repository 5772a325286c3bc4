"""Replies to requests that came with an ``Idempotency-Key``, to be given again."""

import datetime
from collections.abc import Mapping
from typing import Any, NamedTuple, cast

from sqlalchemy import CursorResult, delete, insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from deciban.service.store.errors import RepeatedKeyError
from deciban.service.store.tables import ReplyRow

__all__ = ["KeptReply", "forget_before", "recall", "remember"]


class KeptReply(NamedTuple):
    """What a request was answered, and the hash of what it had asked."""

    request_hash: str
    status: int
    headers: dict[str, str]
    body: bytes


def remember(
    session: Session,
    *,
    token: int | None,
    key: str,
    request_hash: str,
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    now: datetime.datetime,
) -> None:
    """Remember a reply, in the transaction that did what it tells of.

    Raises
    ------
    RepeatedKeyError
        If there is one meanwhile: what this transaction did must be undone, and the
        other reply given.
    """
    try:
        with session.begin_nested():
            session.execute(
                insert(ReplyRow).values(
                    token=token or 0,
                    key=key,
                    request_hash=request_hash,
                    status=status,
                    headers=dict(headers),
                    body=body,
                    at=now,
                )
            )
    except IntegrityError as error:
        raise RepeatedKeyError(key) from error


def recall(session: Session, token: int | None, key: str) -> KeptReply | None:
    """What a request of this key was answered; None where there was none yet."""
    row = session.get(ReplyRow, (token or 0, key))
    if row is None:
        return None
    return KeptReply(row.request_hash, row.status, row.headers, row.body)


def forget_before(session: Session, moment: datetime.datetime) -> int:
    """Forget the replies given before a moment; return how many."""
    gone = session.execute(delete(ReplyRow).where(ReplyRow.at < moment))
    return cast("CursorResult[Any]", gone).rowcount
