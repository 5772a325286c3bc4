"""What every answer tells a browser not to do.

The content security policy lets a page load scripts, styles, pictures and data from
this service alone, and run nothing that is written into it: a claim that smuggles in a
script is text. A view that needs another policy sets the header itself; it then stays.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from flask import Flask

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

__all__ = ["SECURITY_HEADERS", "init_app"]

SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; "
        "img-src 'self' data:; connect-src 'self'; font-src 'self'; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    # Not no-referrer: browsers would then send the Origin of our own forms as null.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), usb=()",
}


_MISSING = [(name.lower(), (name, value)) for name, value in SECURITY_HEADERS.items()]


def init_app(app: Flask) -> None:
    """Set the headers on every answer of an application."""
    answer = app.wsgi_app

    # Around Flask, which takes a tenth of a millisecond to set so many headers.
    def guarded(
        environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
            return start_response(status, headers + _missing(headers), *error)

        return answer(environ, start)

    app.wsgi_app = guarded  # type: ignore[method-assign]  # as Flask's docs have it


def _missing(headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Headers that a view has not set itself."""
    there = {name.lower() for name, _ in headers}
    missing = [header for name, header in _MISSING if name not in there]
    if "cache-control" not in there:
        # What has an ETag may be kept, and is asked for again each time it is shown.
        kept = "private, no-cache" if "etag" in there else "no-store"
        missing.append(("Cache-Control", kept))
    return missing
