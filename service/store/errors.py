"""What the store refuses, and that it cannot be used."""

import datetime

from deciban.model.errors import ModelError

__all__ = [
    "BackupError",
    "CaseExistsError",
    "DatabaseUrlError",
    "LeaseLostError",
    "ReasonError",
    "RepeatedKeyError",
    "RevisionError",
    "SchemaError",
    "StoreError",
    "StoreUnavailableError",
    "TokenNameError",
    "UnknownCaseError",
    "UnknownFitError",
    "UnknownRevisionError",
    "UnknownTokenError",
]


class StoreError(ModelError):
    """Base class of the errors of the store."""


class DatabaseUrlError(StoreError):
    """A text names no database that Deciban can use; it may hold a password."""

    def __init__(self) -> None:
        super().__init__("database must be sqlite:///FILE or postgresql://HOST/NAME")


class SchemaError(StoreError):
    """The tables of a database are not those that this version works with.

    Attributes
    ----------
    revision : str or None
        Of the tables there are; None where there are none.
    """

    def __init__(self, rule: str, revision: str | None) -> None:
        super().__init__(f"the store {rule}, got {revision or 'nothing'}")
        self.revision = revision


class StoreUnavailableError(StoreError):
    """The database cannot be reached, or cannot write; nothing was written.

    Attributes
    ----------
    reason : str
        What is the matter with the store, in words that tell nothing of the machine.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(f"the store {reason}")
        self.reason = reason


class LeaseLostError(StoreUnavailableError):
    """The store belongs to another service now, which has waited for this one."""

    def __init__(self) -> None:
        super().__init__("has been taken over by another service")


class UnknownCaseError(StoreError):
    """There is no case of this id."""

    def __init__(self, case: str) -> None:
        super().__init__(f"case must be one of those in the store, got {case!r}")
        self.case = case


class CaseExistsError(StoreError):
    """A history cannot be put back where there is a case of its id."""

    def __init__(self, case: str) -> None:
        super().__init__(f"case must be none of those in the store, got {case!r}")
        self.case = case


class UnknownRevisionError(StoreError):
    """A case has no such revision, or had none yet at such a moment."""

    def __init__(self, case: str, revision: int | datetime.datetime) -> None:
        if isinstance(revision, datetime.datetime):
            rule, got = "from its first on", revision.isoformat()
        else:
            rule, got = "one of those it has had", str(revision)
        super().__init__(f"revision of {case!r} must be {rule}, got {got}")
        self.case = case
        self.revision = revision


class RevisionError(StoreError):
    """A case has been changed since it was read.

    Attributes
    ----------
    case : str
    expected, head : int
        The revision that the writer had read, and the last there is; 0 for no case.
    """

    def __init__(self, case: str, expected: int, head: int) -> None:
        super().__init__(
            f"revision of {case!r} must be still that which was read, {expected}, "
            f"got {head}"
        )
        self.case = case
        self.expected = expected
        self.head = head


class ReasonError(StoreError):
    """A change needs a reason that it has not, or has one that is no text.

    Attributes
    ----------
    rule : str
        What must hold of ``because``.
    value : str or None
        What came.
    """

    def __init__(self, rule: str, value: str | None) -> None:
        got = "nothing" if value is None else repr(value[:60])
        super().__init__(f"because {rule}, got {got}")
        self.rule = rule
        self.value = value


class UnknownFitError(StoreError):
    """There is no fit of this number, or it has not what is asked of it."""

    def __init__(self, fit: int) -> None:
        super().__init__(f"fit must be one of those in the store, got {fit}")
        self.fit = fit


class UnknownTokenError(StoreError):
    """There is no token of this name or number."""

    def __init__(self, token: int | str) -> None:
        super().__init__(f"token must be one of those in the store, got {token!r}")
        self.token = token


class TokenNameError(StoreError):
    """A token cannot have this name."""

    def __init__(self, rule: str, name: str) -> None:
        super().__init__(f"name of a token {rule}, got {name!r}")
        self.rule = rule
        self.name = name


class RepeatedKeyError(StoreError):
    """Another request of the same key has been answered meanwhile."""

    def __init__(self, key: str) -> None:
        super().__init__(f"idempotency key must not be answered yet, got {key!r}")
        self.key = key


class BackupError(StoreError):
    """A backup cannot be made so."""

    def __init__(self, rule: str, got: str) -> None:
        super().__init__(f"a backup {rule}, got {got}")
