"""Who asks: a token in the Authorization header, or the session of a browser."""

import datetime
import functools
import hashlib
import logging
import time
from collections.abc import Callable
from typing import Any, Literal, NamedTuple, cast

from flask import Flask, current_app, request
from sqlalchemy.orm import Session

from deciban.service.application.services import Services
from deciban.service.store import StoreUnavailableError
from deciban.service.store.tokens import (
    Role,
    Token,
    find_sign_in,
    find_token,
    is_ended,
    note_use,
    tokens,
)
from deciban.service.web.access.counts import MinuteCounts
from deciban.service.web.access.errors import (
    ForbiddenError,
    RateLimitError,
    UnauthorizedError,
)
from deciban.service.web.access.sessions import SignedIn, signed_in
from deciban.service.web.shared import services

__all__ = [
    "IDENTITY",
    "WRONG_TOKENS",
    "Identity",
    "demand",
    "forget_tokens",
    "identity",
    "init_app",
    "known_still",
    "requires",
    "token_of",
]

# Wrong tokens a minute from one address. They are drawn from 2^256: this is not against
# guessing, but against being kept busy.
WRONG_TOKENS = 20
KNOWN_SECONDS = 1.0
# How old the note of a token's last use may grow: each costs a write.
NOTE_USE_EACH = datetime.timedelta(minutes=10)

_log = logging.getLogger(__name__)
_RANKS: dict[Role, int] = {"viewer": 0, "forecaster": 1, "admin": 2}
_NAME = "deciban-tokens"
# Where it stands in the environment of a request, for who logs it afterwards.
IDENTITY = "deciban.identity"


class Identity(NamedTuple):
    """Who asks.

    Attributes
    ----------
    name : str
        Of the token.
    role : str
        viewer, forecaster or admin; each may what those before it may.
    token : int or None
        Its id; None for who signed in by the link that the service printed.
    by : str
        ``bearer``, or ``session`` of a browser.
    """

    name: str
    role: Role
    token: int | None
    by: Literal["bearer", "session"]

    def may(self, role: Role) -> bool:
        """Whether this one may what a role may."""
        return _RANKS[self.role] >= _RANKS[role]


def identity() -> Identity | None:
    """Return who makes the current request; None for one who does not say.

    Raises
    ------
    UnauthorizedError
        If it comes with a token that is none, or is revoked.
    RateLimitError
        If too many such came from its address.
    """
    environ = request.environ
    if IDENTITY not in environ:
        environ[IDENTITY] = None  # for who answers that the token is wrong
        environ[IDENTITY] = _identified()
    return cast(Identity | None, environ[IDENTITY])


def demand(role: Role) -> Identity:
    """Return who makes the current request, if they may what a role may.

    Raises
    ------
    UnauthorizedError
        If nobody says who they are.
    ForbiddenError
        If their role is less.
    """
    asker = identity()
    if asker is None:
        raise UnauthorizedError
    if not asker.may(role):
        raise ForbiddenError(role, asker.role)
    return asker


def requires[F: Callable[..., Any]](role: Role) -> Callable[[F], F]:
    """Let a view answer only those who may what a role may."""

    def guard(view: F) -> F:
        @functools.wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            demand(role)
            return view(*args, **kwargs)

        return cast(F, guarded)

    return guard


def token_of(secret: str) -> Token:
    """Return the token with a secret that somebody gives.

    Raises
    ------
    UnauthorizedError
        If there is none, or it is revoked.
    RateLimitError
        If too many such came from the same address.
    """
    tokens = _tokens()
    token = tokens.by_secret(secret)
    if token is None:
        if wait := tokens.wrong.add(str(request.remote_addr)):
            raise RateLimitError("must be a token that is right", wait)
        raise UnauthorizedError("must be a token that is in use")
    return token


def forget_tokens() -> None:
    """Look every token up anew: one was revoked."""
    _tokens().forget()


def known_still() -> Callable[[], bool]:
    """Return what tells, after the current request as well, whether its asker is known.

    Whoever was nobody stays that.
    """
    asker, known = identity(), _tokens()
    who = signed_in(services()) if asker and asker.by == "session" else None
    if who is None and asker is not None:
        who = SignedIn(asker.token, None)
    return lambda: who is None or known.of_session(who) is not None


def init_app(app: Flask, shared: Services) -> None:
    """Let an application know tokens."""
    app.extensions[_NAME] = _Tokens(shared)


class _Tokens:
    """Tokens as the store had them within the last second.

    To look one up takes 0.33 ms, about as long as all else of reading a forecast.
    A secret is known by its hash, so that how long it takes to find one tells nothing
    of those that are there.
    """

    def __init__(self, shared: Services) -> None:
        self.wrong = MinuteCounts(WRONG_TOKENS, shared.clock)
        self._shared = shared
        self._known: dict[bytes | SignedIn, tuple[float, Token]] = {}
        self._noted: dict[int, datetime.datetime] = {}

    def by_secret(self, secret: str) -> Token | None:
        key = hashlib.sha256(secret.encode(errors="replace")).digest()
        return self._kept(key, lambda session: find_token(session, secret))

    def of_session(self, browser: SignedIn) -> Token | None:
        def find(session: Session) -> Token | None:
            if browser.session is not None and is_ended(session, browser.session):
                return None
            if browser.link is not None:
                return find_sign_in(session, browser.link)
            for token in tokens(session):
                if token.id == browser.token and token.revoked_at is None:
                    return token
            return None

        return self._kept(browser, find)

    def forget(self) -> None:
        self._known.clear()

    def _kept(
        self, key: bytes | SignedIn, find: Callable[[Session], Token | None]
    ) -> Token | None:
        now = time.monotonic()
        until, token = self._known.get(key, (0.0, None))
        if now < until:
            return token
        if token is not None:
            # Whoever asks meanwhile need not look it up as well.
            self._known[key] = now + KNOWN_SECONDS, token
        with self._shared.store.reading() as session:
            token = find(session)
        if token is None:
            self._known.pop(key, None)
        else:
            self._known[key] = now + KNOWN_SECONDS, token
            self._note_use(token)
        return token

    def _note_use(self, token: Token) -> None:
        now, number = self._shared.clock(), token.id
        if number is None:
            return
        last = self._noted.get(number) or token.last_used_at
        if last is not None and now - last < NOTE_USE_EACH:
            return
        self._noted[number] = now  # before writing: others ask meanwhile
        try:
            with self._shared.store.writing() as session:
                note_use(session, number, now)
        except StoreUnavailableError:
            # Who only reads must not be refused because nothing can be written.
            _log.warning("use of a token not noted", extra={"token": number})


def _tokens() -> _Tokens:
    return cast(_Tokens, current_app.extensions[_NAME])


def _identified() -> Identity | None:
    given = request.environ.get("HTTP_AUTHORIZATION", "")
    scheme, _, secret = given.partition(" ")
    if scheme.lower() == "bearer":
        token = token_of(secret.strip())
        return Identity(token.name, token.role, token.id, "bearer")
    browser = signed_in(services())
    if browser is None:
        return None
    own = _tokens().of_session(browser)
    return Identity(own.name, own.role, own.id, "session") if own else None
