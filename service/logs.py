"""Logs: one event a line, with its values, and the request that it happened in.

As JSON for machines or as text for people, on standard error. A request has an id: the
caller's, if it sends a sane one in ``X-Request-Id``, or one made here; the answer
carries it back, and everything logged meanwhile has it. A query string is never logged,
for a sign-in link has its code there; nor is a header.
"""

import datetime
import json
import logging
import queue
import random
import re
import sys
import threading
import time
from collections.abc import Iterable
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, TextIO

from flask import Flask

from service.access.identities import IDENTITY
from service.settings import Settings

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

__all__ = ["begin_logging", "init_app", "request_id"]

_log = logging.getLogger(__name__)
_request_id: ContextVar[str] = ContextVar("request_id", default="")

# An id is no secret; to ask the system for randomness is to let go of the interpreter.
_ids = random.Random()
_BATCH_SECONDS = 0.05
_SANE_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")
_PLAIN = re.compile(r"[^\s\"=\x00-\x1f\x7f-\x9f]+")
# What every record has; the rest is what was given as ``extra``.
_COMMON = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "taskName"}


def request_id() -> str:
    """Return the id of the current request; empty outside of one."""
    return _request_id.get()


def begin_logging(settings: Settings, stream: TextIO | None = None) -> None:
    """Log as the settings say, to standard error unless another stream is given."""
    form = _JsonLines() if settings.log_format == "json" else _TextLines()
    handler = _Batches(stream or sys.stderr)
    handler.setFormatter(form)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.log_level.upper())
    # What we do not show need not be found out for each record.
    logging.logThreads = logging.logProcesses = False
    logging.logMultiprocessing = False
    logging.getLogger("alembic").setLevel(logging.WARNING)
    # It warns of each request that waits for a thread, as metrics show better.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)


def init_app(app: Flask) -> None:
    """Log the requests to an application, and give each an id."""
    answer = app.wsgi_app

    def logged(
        environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        began = time.perf_counter()
        given = environ.get("HTTP_X_REQUEST_ID", "")
        known = given if _SANE_ID.fullmatch(given) else f"{_ids.getrandbits(64):016x}"
        _request_id.set(known)

        def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
            _log_request(environ, int(status[:3]), time.perf_counter() - began)
            return start_response(status, [*headers, ("X-Request-Id", known)], *error)

        try:
            return answer(environ, start)
        finally:
            _request_id.set("")

    app.wsgi_app = logged  # type: ignore[method-assign]  # as Flask's docs have it


def _log_request(environ: "WSGIEnvironment", status: int, seconds: float) -> None:
    if not _log.isEnabledFor(logging.INFO):
        return
    asker = environ.get(IDENTITY)
    values = {
        "method": environ["REQUEST_METHOD"],
        "path": environ.get("PATH_INFO", ""),
        "status": status,
        "ms": round(seconds * 1000, 2),
        "who": asker.name if asker else None,
    }
    # Not _log.info: it would look for the line of code that logs, at each request.
    _log.handle(
        _log.makeRecord(
            _log.name, logging.INFO, __file__, 0, "request", (), None, extra=values
        )
    )


class _Batches(logging.StreamHandler[TextIO]):
    """Writes what was logged a moment later, all at once, from a thread of its own.

    To write is to let go of the interpreter and to wait for it afterwards, behind every
    other thread: a request that wrote its own line would take twice as long.
    """

    def __init__(self, stream: TextIO) -> None:
        super().__init__(stream)
        self._records: queue.SimpleQueue[logging.LogRecord] = queue.SimpleQueue()
        self._writing = threading.Lock()
        self._ended = threading.Event()
        threading.Thread(target=self._run, name="logs", daemon=True).start()

    def emit(self, record: logging.LogRecord) -> None:
        """Put a record down, with the request that it happened in."""
        record.request_id = _request_id.get()
        self._records.put(record)

    def flush(self) -> None:
        """Write all that was put down."""
        with self._writing:
            lines = []
            while not self._records.empty():
                lines.append(self.format(self._records.get()) + self.terminator)
            if lines:
                self.stream.write("".join(lines))
                self.stream.flush()

    def close(self) -> None:
        """Write what is left, and end."""
        self._ended.set()
        self.flush()
        super().close()

    def _run(self) -> None:
        while not self._ended.wait(_BATCH_SECONDS):
            self.flush()


class _JsonLines(logging.Formatter):
    """Each record as one object of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        return json.dumps(_values(self, record), default=str)


class _TextLines(logging.Formatter):
    """Each record as its time, level and event, then names and values."""

    def format(self, record: logging.LogRecord) -> str:
        values = _values(self, record)
        head = [str(values.pop(name)) for name in ("time", "level", "event")]
        head = [text if text.isprintable() else json.dumps(text) for text in head]
        return " ".join([*head, *(f"{name}={_text(v)}" for name, v in values.items())])


def _values(formatter: logging.Formatter, record: logging.LogRecord) -> dict[str, Any]:
    at = datetime.datetime.fromtimestamp(record.created, datetime.UTC)
    values: dict[str, Any] = {
        "time": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "level": record.levelname.lower(),
        "event": record.getMessage(),
        "logger": record.name,
    }
    values |= {k: v for k, v in record.__dict__.items() if k not in _COMMON}
    if not values.get("request_id"):
        values.pop("request_id", None)
    if record.exc_info:
        values["error"] = formatter.formatException(record.exc_info)
    return values


def _text(value: Any) -> str:
    text = str(value)
    return text if _PLAIN.fullmatch(text) else json.dumps(text)
