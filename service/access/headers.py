"""What every answer tells a browser not to do.

The content security policy lets a page load scripts, styles, pictures and data from
this service alone, and run nothing that is written into it: a claim that smuggles in a
script is text. A view that needs another policy sets the header itself; it then stays.
"""

from flask import Flask, Response

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


def init_app(app: Flask) -> None:
    """Set the headers on every answer of an application."""
    app.after_request(_set_headers)


def _set_headers(response: Response) -> Response:
    headers = response.headers
    for name, value in SECURITY_HEADERS.items():
        headers.setdefault(name, value)
    if "Cache-Control" not in headers:
        # What has an ETag may be kept, and is asked for again each time it is shown.
        headers["Cache-Control"] = (
            "private, no-cache" if "ETag" in headers else "no-store"
        )
    return response
