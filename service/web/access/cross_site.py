"""Changes that a browser asks for must come from our own pages.

A browser sends its cookie along with whatever any page makes it ask for. So a request
that changes something by a session needs the session's token, which other sites cannot
read: in the form field ``csrf_token`` or the header ``X-CSRF-Token``. What the browser
itself says of where a request comes from, it is held to as well. A request with a
bearer token needs neither: no browser sends that by itself.
"""

import hmac
import secrets
from urllib.parse import urlsplit

from flask import Request, request, session

from deciban.service.web.access.errors import CrossSiteError
from deciban.service.web.access.identities import identity
from deciban.service.web.shared import services

__all__ = ["check_change", "check_form", "csrf_token"]

_READING = {"GET", "HEAD", "OPTIONS"}


def csrf_token() -> str:
    """Return the token of the browser's session, made when it is first asked for."""
    if "csrf" not in session:
        session["csrf"] = secrets.token_urlsafe(32)
    return str(session["csrf"])


def check_form() -> None:
    """Hold the current request to come from one of our pages.

    Raises
    ------
    CrossSiteError
        If it does not, or its page belongs to a session that is over.
    """
    given = request.headers.get("X-CSRF-Token") or request.form.get("csrf_token", "")
    own = str(session.get("csrf", ""))
    if not own or not hmac.compare_digest(given.encode(), own.encode()):
        raise CrossSiteError
    # Older browsers send the second only, and programs neither.
    if site := request.headers.get("Sec-Fetch-Site"):
        is_ours = site in {"same-origin", "none"}
    else:
        ours = {request.host, _host(services().settings.public_url)} - {""}
        is_ours = request.origin is None or _host(request.origin) in ours
    if not is_ours:
        raise CrossSiteError


def _host(url: str) -> str:
    return urlsplit(url).netloc


def check_change(asked: Request) -> None:
    """Hold the current request to that, if it changes something by a session.

    Parameters
    ----------
    asked : Request
        The current one.

    Raises
    ------
    CrossSiteError
        If it comes from elsewhere.
    """
    if asked.method in _READING:
        return
    asker = identity()
    if asker is not None and asker.by == "session":
        check_form()
