"""The session of a browser: whom it signed in as, and when, in a signed cookie.

The cookie is kept from scripts (HttpOnly), and is SameSite=Lax: a form on another site
does not send it. Strict would not do: whoever follows a link to a scenario out of a
message, or the sign-in link itself, would arrive signed out, since such a link comes
from another site. What Lax leaves open, a token in every form closes (``cross_site``).

Of a session only is kept that it was signed out, so that a copy of its cookie is good
no more. It also ends when its token is revoked, or the link that it came of where that
belonged to no token; when it is too old; or when the browser forgets it.
"""

import datetime
from secrets import token_urlsafe
from typing import NamedTuple

from flask import Flask, Request, Response, request, session
from flask.sessions import (
    SecureCookieSession,
    SecureCookieSessionInterface,
    SessionMixin,
)
from itsdangerous import URLSafeTimedSerializer

from deciban.service.application.services import Services
from deciban.service.store import tokens
from deciban.service.store.tokens import known_secret_key, secret_key

__all__ = [
    "COOKIE",
    "SignedIn",
    "begin_session",
    "end_session",
    "init_app",
    "signed_in",
]

COOKIE = "deciban_session"


class _Sessions(SecureCookieSessionInterface):
    """Flask's sessions: Secure where the request was, and free without a cookie."""

    def __init__(self, app: Flask) -> None:
        # Flask makes one for each request, whether it has a cookie or not.
        self._signer = super().get_signing_serializer(app)

    def get_cookie_secure(self, app: Flask) -> bool:
        return request.is_secure

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        if COOKIE not in request.environ.get("HTTP_COOKIE", ""):
            return self.session_class()
        return super().open_session(app, request)

    def save_session(
        self, app: Flask, session: SessionMixin, response: Response
    ) -> None:
        if session.accessed or session.modified:
            super().save_session(app, session, response)

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        return self._signer


def init_app(app: Flask, shared: Services) -> None:
    """Give an application sessions, signed with the store's own key."""
    with shared.store.reading() as opened:
        key = known_secret_key(opened)
    if key is None:
        with shared.store.writing() as opened:
            key = secret_key(opened)
    app.secret_key = key
    app.config.update(
        SESSION_COOKIE_NAME=COOKIE,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_REFRESH_EACH_REQUEST=False,
        PERMANENT_SESSION_LIFETIME=datetime.timedelta(
            hours=shared.settings.session_hours
        ),
    )
    app.session_interface = _Sessions(app)


class SignedIn(NamedTuple):
    """Whom a browser signed in as: a token, or who came by a link of none.

    ``session`` tells its sessions apart; None for who is no browser.
    """

    token: int | None
    link: str | None
    session: str | None = None


def begin_session(who: SignedIn, now: datetime.datetime) -> None:
    """Sign the browser in that makes the current request."""
    session.clear()
    session.permanent = True
    session["as"] = who._replace(session=token_urlsafe(16))
    session["since"] = int(now.timestamp())


def end_session(shared: Services) -> None:
    """Sign the browser out, and whoever else has its cookie.

    Raises
    ------
    StoreUnavailableError
        If that cannot be kept; the browser itself forgets it all the same.
    """
    who = signed_in(shared)
    session.clear()
    if who is not None and who.session is not None:
        longest = datetime.timedelta(hours=shared.settings.session_hours)
        with shared.store.writing() as opened:
            tokens.end_session(opened, who.session, shared.clock(), longest)


def signed_in(shared: Services) -> SignedIn | None:
    """Return whom the browser signed in as; None if it did not, or too long ago."""
    if "as" not in session:
        return None
    age_seconds = shared.clock().timestamp() - session["since"]
    if age_seconds >= shared.settings.session_hours * 3600:
        return None
    who = SignedIn(*session["as"])
    return who if who.session is not None else None  # of an older version
