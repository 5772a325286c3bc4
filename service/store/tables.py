"""The tables of the store.

A case is what its changes add up to: one row for each revision, a transaction with its
author and moment, and one for each change in it. Neither is ever altered, which
triggers of the first migration hold. Large contents stand in tables of their own, so
that lists of fits do not load them.
"""

import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    Dialect,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    TypeDecorator,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

__all__ = [
    "ChangeRow",
    "DayRow",
    "DrawsRow",
    "EndedSessionRow",
    "FileRow",
    "FitRow",
    "LeaseRow",
    "Moment",
    "ReplyRow",
    "RevisionRow",
    "SecretRow",
    "SignInRow",
    "TableBase",
    "TokenRow",
    "Words",
]


class Words(TypeDecorator[str]):
    """Text that every database holds: NUL and halves of characters are replaced.

    So a name that no item can have is looked up, and not found, as any other.
    """

    impl = String
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Replace what cannot be kept."""
        if value is None:
            return None
        whole = value.encode(errors="replace").decode()
        return whole.replace("\0", "\N{REPLACEMENT CHARACTER}")


class Moment(TypeDecorator[datetime.datetime]):
    """A moment with its zone, kept in UTC: SQLite has no zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(
        self, value: datetime.datetime | None, dialect: Dialect
    ) -> datetime.datetime | None:
        """Take a moment that knows its zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a moment must have a zone, got {value.isoformat()}")
        moment = value.astimezone(datetime.UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(
        self, value: datetime.datetime | None, dialect: Dialect
    ) -> datetime.datetime | None:
        """Give it back in UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            return value.replace(tzinfo=datetime.UTC)
        return value.astimezone(datetime.UTC)


class TableBase(DeclarativeBase):
    """What all tables share: the names of their constraints, which migrations need."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 (SQLAlchemy's own way to say it)
        datetime.datetime: Moment,
        dict[str, Any]: JSON(none_as_null=True),
        list[dict[str, int]]: JSON(none_as_null=True),
        str: Words(),
    }


class RevisionRow(TableBase):
    """One transaction of a case: who changed it, when and why."""

    __tablename__ = "revisions"
    __table_args__ = (Index(None, "case", "at"),)

    case: Mapped[str] = mapped_column(Words(80), primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime.datetime]
    who: Mapped[str] = mapped_column(Words(200))
    token: Mapped[int | None] = mapped_column(ForeignKey("tokens.id"))
    because: Mapped[str | None]


class ChangeRow(TableBase):
    """One change of a revision; ``body`` is null where the item was taken out."""

    __tablename__ = "changes"
    __table_args__ = (
        ForeignKeyConstraint(
            ["case", "revision"], ["revisions.case", "revisions.revision"]
        ),
        Index(None, "case", "kind", "key"),
    )

    case: Mapped[str] = mapped_column(Words(80), primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(Words(16))
    key: Mapped[str] = mapped_column(Words(162))
    body: Mapped[dict[str, Any] | None]


class FitRow(TableBase):
    """One fit: what it was asked of, how far it is, and what came of it."""

    __tablename__ = "fits"
    __table_args__ = (
        ForeignKeyConstraint(
            ["case", "revision"], ["revisions.case", "revisions.revision"]
        ),
        Index(None, "case", "revision"),
        Index(None, "state"),
        {"sqlite_autoincrement": True},  # the number of a fit is never given again
    )

    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True
    )
    case: Mapped[str] = mapped_column(Words(80))
    revision: Mapped[int]
    as_of: Mapped[datetime.date]
    state: Mapped[str] = mapped_column(Words(16))
    stage: Mapped[str | None] = mapped_column(Words(80))
    chains: Mapped[list[dict[str, int]]]
    settings: Mapped[dict[str, Any]]
    digest: Mapped[str] = mapped_column(Words(64))
    seed: Mapped[str | None] = mapped_column(Words(40))  # may exceed 64 bits
    summary: Mapped[str | None]
    is_good: Mapped[bool]
    has_draws: Mapped[bool]
    error: Mapped[str | None]
    asked_by: Mapped[str] = mapped_column(Words(200))
    asked_at: Mapped[datetime.datetime]
    started_at: Mapped[datetime.datetime | None]
    finished_at: Mapped[datetime.datetime | None]
    attempts: Mapped[int]


class DrawsRow(TableBase):
    """The draws of a fit, packed."""

    __tablename__ = "fit_draws"

    fit: Mapped[int] = mapped_column(ForeignKey("fits.id"), primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class FileRow(TableBase):
    """What was made of a fit after its summary, such as a plot."""

    __tablename__ = "fit_files"

    fit: Mapped[int] = mapped_column(ForeignKey("fits.id"), primary_key=True)
    name: Mapped[str] = mapped_column(Words(80), primary_key=True)
    media_type: Mapped[str] = mapped_column(Words(80))
    content: Mapped[bytes] = mapped_column(LargeBinary)


class DayRow(TableBase):
    """What was forecast of a casebook as it was known on one day, by its digest."""

    __tablename__ = "forecast_days"

    case: Mapped[str] = mapped_column(Words(80), primary_key=True)
    digest: Mapped[str] = mapped_column(Words(64), primary_key=True)
    as_of: Mapped[datetime.date]
    summary: Mapped[str]


class TokenRow(TableBase):
    """Who may use the service; of the secret only its SHA-256 is kept."""

    __tablename__ = "tokens"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Words(80), unique=True)
    role: Mapped[str] = mapped_column(Words(16))
    secret_hash: Mapped[str] = mapped_column(Words(64), unique=True)
    created_at: Mapped[datetime.datetime]
    revoked_at: Mapped[datetime.datetime | None]
    last_used_at: Mapped[datetime.datetime | None]


class SignInRow(TableBase):
    """A link by which a browser signs in, once."""

    __tablename__ = "sign_ins"

    secret_hash: Mapped[str] = mapped_column(Words(64), primary_key=True)
    token: Mapped[int | None] = mapped_column(ForeignKey("tokens.id"))
    role: Mapped[str] = mapped_column(Words(16))
    created_at: Mapped[datetime.datetime]
    expires_at: Mapped[datetime.datetime]
    used_at: Mapped[datetime.datetime | None]


class EndedSessionRow(TableBase):
    """A session of a browser that was signed out: its cookie is good no more."""

    __tablename__ = "ended_sessions"

    id: Mapped[str] = mapped_column(Words(40), primary_key=True)
    at: Mapped[datetime.datetime]


class SecretRow(TableBase):
    """A secret of the service itself."""

    __tablename__ = "secrets"

    name: Mapped[str] = mapped_column(Words(40), primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class LeaseRow(TableBase):
    """Which service something belongs to, and until when unless it is renewed."""

    __tablename__ = "leases"

    name: Mapped[str] = mapped_column(Words(40), primary_key=True)
    holder: Mapped[str] = mapped_column(Words(64))
    expires_at: Mapped[datetime.datetime]


class ReplyRow(TableBase):
    """What a request was answered that came with a key, so as to answer it again."""

    __tablename__ = "replies"
    __table_args__ = (Index(None, "at"),)

    # 0 for who has no token: a primary key holds no null.
    token: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    key: Mapped[str] = mapped_column(Words(200), primary_key=True)
    request_hash: Mapped[str] = mapped_column(Words(64))
    status: Mapped[int]
    headers: Mapped[dict[str, Any]]
    body: Mapped[bytes] = mapped_column(LargeBinary)
    at: Mapped[datetime.datetime]
