"""Tokens: who may use the service, and the links by which a browser signs in.

A secret is told once, when it is made; the store knows its SHA-256 alone. It has 256
random bits, so that a slow hash would protect nothing more.
"""

import datetime
import hmac
import secrets
from hashlib import sha256
from typing import Any, Literal, NamedTuple, cast, get_args

from sqlalchemy import CursorResult, delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from deciban.service.store.errors import TokenNameError, UnknownTokenError
from deciban.service.store.tables import (
    EndedSessionRow,
    SecretRow,
    SignInRow,
    TokenRow,
)

__all__ = [
    "Role",
    "Token",
    "end_session",
    "find_sign_in",
    "find_token",
    "is_ended",
    "known_secret_key",
    "new_sign_in",
    "new_token",
    "note_use",
    "revoke",
    "revoke_sign_ins",
    "secret_key",
    "sign_in_id",
    "tokens",
    "use_sign_in",
]

type Role = Literal["viewer", "forecaster", "admin"]

_ROLES: tuple[Role, ...] = get_args(Role.__value__)
_LONGEST_NAME = 80


class Token(NamedTuple):
    """Someone who may use the service.

    Attributes
    ----------
    id : int or None
        None for who has signed in by a link that belongs to no token.
    name : str
    role : str
    created_at, revoked_at, last_used_at : datetime or None
        In UTC.
    """

    id: int | None
    name: str
    role: Role
    created_at: datetime.datetime
    revoked_at: datetime.datetime | None
    last_used_at: datetime.datetime | None


def new_token(
    session: Session, name: str, role: Role, now: datetime.datetime
) -> tuple[Token, str]:
    """Make a token; return it and its secret, which cannot be told again.

    Parameters
    ----------
    session : Session
        One that writes.
    name : str
        By which changes tell who made them: 1 to 80 characters that can be printed.
    role : str
        ``viewer``, ``forecaster`` or ``admin``.
    now : datetime
        With its zone.

    Raises
    ------
    TokenNameError
        If the name is another token's, revoked or not: changes are known by it.
    """
    if role not in _ROLES:
        raise ValueError(f"role must be one of {', '.join(_ROLES)}, got {role!r}")
    if not name.strip() or not name.isprintable() or len(name) > _LONGEST_NAME:
        rule = f"must be 1 to {_LONGEST_NAME} characters that can be printed"
        raise TokenNameError(rule, name)
    if name.isdecimal():
        raise TokenNameError("must not be a number", name)
    secret = "deciban_" + secrets.token_urlsafe(32)
    row = TokenRow(name=name, role=role, secret_hash=_hash(secret), created_at=now)
    try:
        with session.begin_nested():
            session.add(row)
            session.flush()
    except IntegrityError as error:
        raise TokenNameError("must be that of no other token", name) from error
    return _token(row), secret


def find_token(session: Session, secret: str) -> Token | None:
    """Token of a secret; None where there is none, or it is revoked.

    Parameters
    ----------
    session : Session
        One that reads.
    secret : str
        As whoever asks has sent it.
    """
    own = _hash(secret)
    row = session.scalar(select(TokenRow).where(TokenRow.secret_hash == own))
    # The index compares hashes, whose timing tells nothing of a secret; this is for
    # databases that compare texts by other rules than bytes.
    if row is None or not hmac.compare_digest(row.secret_hash, own):
        return None
    return _token(row) if row.revoked_at is None else None


def note_use(session: Session, token: int, now: datetime.datetime) -> None:
    """Note when a token was used last.

    Parameters
    ----------
    session : Session
        One that writes.
    token : int
        Its id.
    now : datetime
        With its zone.
    """
    session.execute(
        update(TokenRow).where(TokenRow.id == token).values(last_used_at=now)
    )


def tokens(session: Session) -> list[Token]:
    """Tokens in the order in which they were made, revoked ones as well."""
    return [
        _token(row) for row in session.scalars(select(TokenRow).order_by(TokenRow.id))
    ]


def revoke(session: Session, name_or_id: str | int, now: datetime.datetime) -> Token:
    """Let a token be good no more; one that is revoked already stays as it is.

    Parameters
    ----------
    session : Session
        One that writes.
    name_or_id : str or int
        Of the token; digits alone are an id.
    now : datetime
        With its zone.

    Returns
    -------
    Token
        As it is from now on.

    Raises
    ------
    UnknownTokenError
        If there is none of this name or number.
    """
    is_number = isinstance(name_or_id, int) or name_or_id.isdecimal()
    which = TokenRow.id == int(name_or_id) if is_number else TokenRow.name == name_or_id
    row = session.scalar(select(TokenRow).where(which))
    if row is None:
        raise UnknownTokenError(name_or_id)
    row.revoked_at = row.revoked_at or now
    session.flush()
    return _token(row)


def new_sign_in(
    session: Session,
    who: int | Role,
    now: datetime.datetime,
    expires: datetime.datetime,
) -> str:
    """Make the secret of a link that signs a browser in, once and until it expires.

    Parameters
    ----------
    session : Session
        One that writes.
    who : int or str
        Number of the token that signs in; or a role, for who starts the service.
    now, expires : datetime
        When it is made, and when it ends.

    Raises
    ------
    UnknownTokenError
        If there is no such token, or it is revoked.
    """
    token = role = None
    if isinstance(who, int):
        row = session.get(TokenRow, who)
        if row is None or row.revoked_at is not None:
            raise UnknownTokenError(who)
        token, role = row.id, row.role
    secret = secrets.token_urlsafe(32)
    session.execute(
        insert(SignInRow).values(
            secret_hash=_hash(secret),
            token=token,
            role=role or who,
            created_at=now,
            expires_at=expires,
        )
    )
    return secret


def use_sign_in(session: Session, secret: str, now: datetime.datetime) -> Token | None:
    """Who signs in by a link; None where it is unknown, used, expired or revoked.

    Parameters
    ----------
    session : Session
        One that writes.
    secret : str
        Of the link.
    now : datetime
        With its zone.
    """
    own = _hash(secret)
    used = session.execute(
        update(SignInRow)
        .where(
            SignInRow.secret_hash == own,
            SignInRow.used_at.is_(None),
            SignInRow.expires_at > now,
        )
        .values(used_at=now)
        .execution_options(synchronize_session=False)
    )
    if not cast("CursorResult[Any]", used).rowcount:
        return None
    link = session.get_one(SignInRow, own)
    if link.token is None:
        return _token_of_none(link)
    row = session.get_one(TokenRow, link.token)
    return _token(row) if row.revoked_at is None else None


def sign_in_id(secret: str) -> str:
    """Name of a link, by which a session remembers what it came of; no secret.

    Parameters
    ----------
    secret : str
        Of the link.
    """
    return _hash(secret)


def find_sign_in(session: Session, link: str) -> Token | None:
    """Who signed in by a link that belongs to no token; None where it is revoked.

    Parameters
    ----------
    session : Session
        One that reads.
    link : str
        Its name, of ``sign_in_id``.
    """
    row = session.get(SignInRow, link)
    return None if row is None or row.token is not None else _token_of_none(row)


def revoke_sign_ins(session: Session) -> None:
    """Let the links that belong to no token be good no more, used or not."""
    session.execute(delete(SignInRow).where(SignInRow.token.is_(None)))


def end_session(
    session: Session, id: str, now: datetime.datetime, longest: datetime.timedelta
) -> None:
    """Let a browser's session be good no more.

    Parameters
    ----------
    session : Session
        One that writes.
    id : str
        Of the browser's session.
    now : datetime
        With its zone.
    longest : timedelta
        How long a session lasts: what ended before is forgotten, as too old anyway.
    """
    session.execute(delete(EndedSessionRow).where(EndedSessionRow.at < now - longest))
    session.merge(EndedSessionRow(id=id, at=now))


def is_ended(session: Session, id: str) -> bool:
    """Whether a browser's session was ended.

    Parameters
    ----------
    session : Session
        One that reads.
    id : str
        Of the browser's session.
    """
    return session.get(EndedSessionRow, id) is not None


def known_secret_key(session: Session) -> bytes | None:
    """Key that signs sessions; None where none has been made."""
    row = session.get(SecretRow, "sessions")
    return None if row is None else row.content


def secret_key(session: Session) -> bytes:
    """Key that signs sessions, made at its first use; the session must write then."""
    known = known_secret_key(session)
    if known is not None:
        return known
    key = secrets.token_bytes(32)
    try:
        with session.begin_nested():
            session.add(SecretRow(name="sessions", content=key))
            session.flush()
    except IntegrityError:  # another process was first
        return session.get_one(SecretRow, "sessions").content
    return key


def _hash(secret: str) -> str:
    return sha256(secret.encode(errors="replace")).hexdigest()


def _token_of_none(link: SignInRow) -> Token:
    role = cast("Role", link.role)
    return Token(None, role, role, link.created_at, None, link.used_at)


def _token(row: TokenRow) -> Token:
    return Token(
        row.id,
        row.name,
        cast("Role", row.role),
        row.created_at,
        row.revoked_at,
        row.last_used_at,
    )
