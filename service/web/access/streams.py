"""Streams: answers that go on, such as news of a fit, each of which holds a thread.

So there are only so many at once, or nobody else would be answered. And what a request
is asked once, who it is, a stream is asked for as long as it lasts: it ends when the
token that asked for it, or the sign-in link, is revoked.
"""

import threading
from collections.abc import Callable, Generator, Iterator
from typing import cast

from flask import current_app, request

from deciban.service.application.services import Services
from deciban.service.web.access.errors import RateLimitError
from deciban.service.web.access.identities import known_still
from deciban.service.web.shared import services

__all__ = ["stream"]

_NAME = "deciban-streams"
_SHARE = 2  # of this many threads, one may stream
_RETRY_AFTER_SECONDS = 10


def stream[T](parts: Generator[T]) -> Iterator[T]:
    """Let the current request be answered by a stream.

    Parameters
    ----------
    parts : generator
        What is sent, each at once. It yields now and then even where there is nothing
        to tell: a browser that has left, or a token that is revoked, is noticed then.

    Raises
    ------
    RateLimitError
        If there are as many streams as there may be.
    """
    if request.method == "HEAD":  # which gets no parts, and does not close them
        return iter(())
    places = _places(services())
    if not places.acquire(blocking=False):
        rule = "must wait for one of the streams that are open to end"
        raise RateLimitError(rule, _RETRY_AFTER_SECONDS)
    return _Stream(parts, known_still(), places.release)


def _places(shared: Services) -> threading.Semaphore:
    made = threading.Semaphore(max(1, shared.settings.threads // _SHARE))
    return cast(threading.Semaphore, current_app.extensions.setdefault(_NAME, made))


class _Stream[T](Iterator[T]):
    def __init__(
        self,
        parts: Generator[T],
        is_known: Callable[[], bool],
        give_back: Callable[[], None],
    ) -> None:
        self._parts = parts
        self._is_known = is_known
        self._give_back: Callable[[], None] | None = give_back

    def __next__(self) -> T:
        part = next(self._parts)
        if not self._is_known():
            raise StopIteration
        return part

    def close(self) -> None:
        """Give the place back; whoever serves the answer calls this at its end."""
        give_back, self._give_back = self._give_back, None
        try:
            self._parts.close()
        finally:
            if give_back is not None:
                give_back()
