"""Logs: one event a line, with its values, and the request that it happened in.

As JSON for machines or as text for people, on standard error. A request has an id: the
caller's, if it sends a sane one in ``X-Request-Id``, or one made here; the answer
carries it back, and everything logged meanwhile has it. A query string is never logged,
for a sign-in link has its code there; nor is a header.
"""

import datetime
import json
import logging
import re
import secrets
import sys
import time
from contextvars import ContextVar
from typing import Any

from flask import Flask, Response, g, request

from service.settings import Settings

__all__ = ["begin_logging", "elapsed_seconds", "init_app", "request_id"]

_log = logging.getLogger(__name__)
_request_id: ContextVar[str] = ContextVar("request_id", default="")

_SANE_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")
_PLAIN = re.compile(r"[^\s\"=\x00-\x1f\x7f-\x9f]+")
# What every record has; the rest is what was given as ``extra``.
_COMMON = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "taskName"}


def request_id() -> str:
    """Return the id of the current request; empty outside of one."""
    return _request_id.get()


def elapsed_seconds() -> float:
    """Return how long the current request has taken so far."""
    return time.perf_counter() - float(g.began) if "began" in g else 0.0


def begin_logging(settings: Settings) -> None:
    """Log to standard error, as the settings say."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        _JsonLines() if settings.log_format == "json" else _TextLines()
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.log_level.upper())
    logging.getLogger("alembic").setLevel(logging.WARNING)
    # It warns of each request that waits for a thread, as metrics show better.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)


def init_app(app: Flask) -> None:
    """Log the requests to an application."""
    app.before_request(_begin)
    app.after_request(_end)


def _begin() -> None:
    given = request.headers.get("X-Request-Id", "")
    known = given if _SANE_ID.fullmatch(given) else secrets.token_hex(8)
    g.began = time.perf_counter()
    _request_id.set(known)


def _end(response: Response) -> Response:
    response.headers["X-Request-Id"] = request_id()
    if _log.isEnabledFor(logging.INFO):
        asker = g.get("identity")
        _log.info(
            "request",
            extra={
                "method": request.method,
                "path": request.path,
                "status": response.status_code,
                "ms": round(elapsed_seconds() * 1000, 2),
                "who": asker.name if asker else None,
            },
        )
    return response


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
    if known := _request_id.get():
        values["request_id"] = known
    values |= {k: v for k, v in record.__dict__.items() if k not in _COMMON}
    if record.exc_info:
        values["error"] = formatter.formatException(record.exc_info)
    return values


def _text(value: Any) -> str:
    text = str(value)
    return text if _PLAIN.fullmatch(text) else json.dumps(text)
