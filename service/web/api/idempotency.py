"""Idempotency keys: what is sent again changes nothing, and is answered again.

The answer is kept in the same transaction as what the request changed, so that there is
either both or neither. A key is known to whoever sent it alone, for a day at least.
"""

import datetime
import hashlib
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Response, request
from sqlalchemy.orm import Session

from deciban.service.application.services import Services
from deciban.service.store import replies
from deciban.service.web.api.problems import ProblemError, RequestFault

__all__ = ["Keyed", "keyed"]

_KEY = re.compile(r"[\x21-\x7e]{1,200}")
_KEPT_FOR = datetime.timedelta(days=1)
# One request in 256, whose hash begins so, clears old answers away: to look for them
# takes longer than to keep one.
_CLEARS = "00"
# Two requests with one key that arrive together wait for each other here.
_LOCKS = [threading.Lock() for _ in range(64)]


class Keyed:
    """A request with an idempotency key."""

    def __init__(self, services: Services, token: int | None, key: str) -> None:
        self._services, self._token, self._key = services, token, key
        asked = (request.method, request.full_path, request.get_data())
        self._hash = hashlib.sha256(repr(asked).encode()).hexdigest()

    def replay(self) -> Response | None:
        """Answer as before, if the same request came before.

        Raises
        ------
        ProblemError
            If the key came with another request.
        """
        with self._services.store.reading() as session:
            kept = replies.recall(session, self._token, self._key)
        if kept is None:
            return None
        if kept.request_hash != self._hash:
            rule = "must be new for each request that is not the same"
            fault = RequestFault(parameter="Idempotency-Key", detail=rule)
            raise ProblemError("key-used-before", f"Idempotency-Key {rule}", [fault])
        response = Response(kept.body, kept.status, kept.headers)
        if "Content-Type" not in kept.headers:  # nothing to have a type
            del response.headers["Content-Type"]
        response.headers["Idempotency-Replayed"] = "true"
        return response

    def remember(self, session: Session, response: Response) -> None:
        """Keep an answer, together with all else that a transaction writes."""
        now = self._services.clock()
        if self._hash.startswith(_CLEARS):
            replies.forget_before(session, now - _KEPT_FOR)
        replies.remember(
            session,
            token=self._token,
            key=self._key,
            request_hash=self._hash,
            status=response.status_code,
            headers=dict(response.headers),
            body=response.get_data(),
            now=now,
        )


@contextmanager
def keyed(services: Services, token: int | None) -> Iterator[Keyed | None]:
    """Read the request's idempotency key, and hold others of the same key back.

    Raises
    ------
    ProblemError
        If it is none.
    """
    key = request.headers.get("Idempotency-Key")
    if key is None:
        yield None
        return
    if not _KEY.fullmatch(key):
        rule = "must be 1 to 200 letters, digits and signs of ASCII"
        fault = RequestFault(parameter="Idempotency-Key", detail=rule, value=key[:200])
        raise ProblemError("invalid-header", f"Idempotency-Key {rule}", [fault])
    with _LOCKS[hash((token, key)) % len(_LOCKS)]:
        yield Keyed(services, token, key)
