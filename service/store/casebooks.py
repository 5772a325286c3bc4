"""Casebooks as changes: append some, and fold them up to any revision or moment.

A revision is one transaction. It holds the changes that were made together, and who
made them, when and why; revisions of a case count from 1. Nothing is ever altered, so
that what anyone has read can be read again.
"""

import datetime
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Select, bindparam, func, insert, select, tuple_
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from deciban.model.casebook.casebook import Casebook
from deciban.model.casebook.changes import (
    Change,
    ChangeError,
    ChangeProblem,
    changed,
    written_change,
)
from deciban.model.casebook.index import Kind
from deciban.service.store.errors import (
    ReasonError,
    RevisionError,
    UnknownCaseError,
    UnknownRevisionError,
)
from deciban.service.store.folds import Folds
from deciban.service.store.tables import ChangeRow, RevisionRow

__all__ = [
    "Author",
    "CaseHead",
    "Entry",
    "append",
    "casebook",
    "entries",
    "entry",
    "head",
    "heads",
    "history",
    "last_revision",
    "previous",
    "prior_writers",
    "revision_at",
    "revision_days",
]

_MOST_CHARACTERS = 10_000
# Each try that fails is another writer's revision; so many at once are a fault.
_TRIES = 100


class Author(NamedTuple):
    """Who makes a change: a name, and the number of a token, if by one."""

    name: str
    token: int | None


class CaseHead(NamedTuple):
    """A case as it is now: title, last revision, and when that was made."""

    case: str
    title: str
    revision: int
    changed_at: datetime.datetime


class Entry(NamedTuple):
    """One change as it was made.

    Attributes
    ----------
    revision, number : int
        Of the case, from 1; of the change in that revision, from 0.
    change : Change
    because, who
        The reason and the author of the revision.
    at : datetime
        In UTC.
    """

    revision: int
    number: int
    change: Change
    because: str | None
    who: str
    at: datetime.datetime


def heads(session: Session) -> list[CaseHead]:
    """Cases by id, as they are now."""
    return [CaseHead(*row) for row in session.execute(_HEADS)]


def head(session: Session, case: str) -> CaseHead:
    """One case as it is now.

    Raises
    ------
    UnknownCaseError
        If there is none.
    """
    row = session.execute(_HEAD, {"case": case}).one_or_none()
    if row is None:
        raise UnknownCaseError(case)
    return CaseHead(*row)


def _heads() -> Select[Any]:
    last = (
        select(RevisionRow.case, func.max(RevisionRow.revision).label("revision"))
        .group_by(RevisionRow.case)
        .subquery()
    )
    header = (
        select(ChangeRow.body)
        .where(
            ChangeRow.case == RevisionRow.case,
            ChangeRow.kind == "case",
            ChangeRow.key == RevisionRow.case,  # so that it is found by its index
        )
        .order_by(ChangeRow.revision.desc(), ChangeRow.number.desc())
        .limit(1)
        .correlate(RevisionRow)
        .scalar_subquery()
    )
    return (
        select(
            RevisionRow.case,
            header["title"].as_string(),
            RevisionRow.revision,
            RevisionRow.at,
        )
        .join(
            last,
            (RevisionRow.case == last.c.case)
            & (RevisionRow.revision == last.c.revision),
        )
        .order_by(RevisionRow.case)
    )


# To build them takes longer than to ask.
_HEADS = _heads()
_HEAD = _HEADS.where(RevisionRow.case == bindparam("case"))


def casebook(session: Session, case: str, revision: int | None = None) -> Casebook:
    """Fold a case's changes up to a revision, the last unless given.

    Raises
    ------
    UnknownCaseError
        If there is no such case.
    UnknownRevisionError
        If it has no such revision.
    """
    if revision is not None:
        folds: Folds = session.info["folds"]
        known, remembered = folds.nearest(case, revision)
        if known == revision and remembered is not None:
            return remembered
    last = last_revision(session, case)
    if last == 0:
        raise UnknownCaseError(case)
    wanted = last if revision is None else revision
    if not 1 <= wanted <= last:
        raise UnknownRevisionError(case, wanted)
    return _folded(session, case, wanted)


def _folded(session: Session, case: str, revision: int) -> Casebook:
    folds: Folds = session.info["folds"]
    known, before = folds.nearest(case, revision)
    if known == revision and before is not None:
        return before
    rows = session.execute(
        select(ChangeRow.kind, ChangeRow.key, ChangeRow.body)
        .where(
            ChangeRow.case == case,
            ChangeRow.revision > known,
            ChangeRow.revision <= revision,
        )
        .order_by(ChangeRow.revision, ChangeRow.number)
    )
    after = changed(before, [written_change(*row) for row in rows])
    folds.keep(case, revision, after)
    return after


def revision_at(session: Session, case: str, moment: datetime.datetime) -> int:
    """Revision that a reader saw at a moment, as long ago as one likes.

    Raises
    ------
    UnknownCaseError
        If there is no such case.
    UnknownRevisionError
        If there was none yet.
    """
    found = session.scalar(
        select(func.max(RevisionRow.revision)).where(
            RevisionRow.case == case, RevisionRow.at <= moment
        )
    )
    if found is not None:
        return found
    if last_revision(session, case) == 0:
        raise UnknownCaseError(case)
    raise UnknownRevisionError(case, moment)


def revision_days(session: Session, case: str) -> list[tuple[datetime.date, int]]:
    """Days in UTC on which a case was changed, each with its last revision."""
    rows = session.execute(
        select(RevisionRow.at, RevisionRow.revision)
        .where(RevisionRow.case == case)
        .order_by(RevisionRow.revision)
    )
    return list({at.date(): revision for at, revision in rows}.items())


def append(
    session: Session,
    case: str,
    changes: Iterable[Change],
    *,
    author: Author,
    now: datetime.datetime,
    because: str | None = None,
    expected: int | None = None,
) -> int:
    """Make a revision of some changes.

    Parameters
    ----------
    session : Session
        One that writes.
    case : str
        There need be none yet if the changes begin it.
    changes : iterable of Change
        Taken together: the rules between items need hold at the end only.
    author : Author
        Who makes them.
    now : datetime
        With its zone. A clock that was set back does not undo the order of revisions:
        a revision is never earlier than the one before.
    because : str, optional
        The reason. Needed to take something out; and to change something or to settle a
        question, unless the ``because`` of its body says why, and anew.
    expected : int, optional
        The last revision that the author has read, 0 for no case; a later one refuses
        the changes.

    Returns
    -------
    int
        The new revision; or the last one where the changes change nothing, which leaves
        no trace.

    Raises
    ------
    ChangeError
        If the changes do not lead to a casebook.
    ReasonError
        If the reason is missing, or is no text.
    RevisionError
        If the case has been changed since ``expected``.
    UnknownCaseError
        If there is no such case and the changes do not begin one.
    """
    made = list(changes)
    reason = _plain(because)
    _check_case(case, made)
    for _ in range(_TRIES):
        last, before_at = _last(session, case)
        if expected is not None and expected != last:
            raise RevisionError(case, expected, last)
        before = _folded(session, case, last) if last else None
        if before is None and not any(change.kind == "case" for change in made):
            raise UnknownCaseError(case)
        after = changed(before, made)
        if after == before:
            return last
        if reason is None and before is not None:
            _check_reasons(made, before, after)
        revision = {
            "case": case,
            "revision": last + 1,
            "at": max(now, before_at or now),
            "who": author.name,
            "token": author.token,
            "because": reason,
        }
        if _written(session, revision, made):
            folds: Folds = session.info["folds"]
            folds.keep(case, last + 1, after)
            return last + 1
    raise RevisionError(case, last, last_revision(session, case))


def _plain(because: str | None) -> str | None:
    """Return a reason as it is kept, None where there is none."""
    reason = (because or "").strip() or None
    if reason is None:
        return None
    if len(reason) > _MOST_CHARACTERS:
        raise ReasonError(f"must have at most {_MOST_CHARACTERS} characters", reason)
    if not all(c.isprintable() or c in "\t\r\n" for c in reason):
        raise ReasonError("must hold no control characters", reason)
    return reason


def _check_reasons(
    changes: Iterable[Change], before: Casebook, after: Casebook
) -> None:
    """Refuse what must say why, and does not by itself; what is added may be silent."""
    for kind, key in dict.fromkeys((change.kind, change.key) for change in changes):
        old, new = (one.index.items[kind].get(key) for one in (before, after))
        if new == old or (old is None and kind != "outcome"):
            continue
        said = getattr(new, "because", None)
        if said is None or said == getattr(old, "because", None):
            deed = "settled" if old is None else "changed" if new else "taken out"
            name = _name(after if old is None else before, kind, key)
            what = name.removeprefix("outcome of ") if old is None else name
            raise ReasonError(f"must say why {what} is {deed}", None)


def _name(casebook: Casebook, kind: Kind, key: str) -> str:
    """Name an item by what it says, an outcome by what was asked; else by its key."""
    if kind == "outcome":
        return f"outcome of {_name(casebook, 'scenario', key)}"
    item = casebook.index.items[kind].get(key)
    words = ("claim", "question", "statement", "name", "title")
    said = next((text for w in words if (text := getattr(item, w, None))), None)
    return f"{kind} “{said}”" if said else f"{kind} {key}"


def _check_case(case: str, changes: Sequence[Change]) -> None:
    """Refuse what begins another case than the one that is changed."""
    problems = [
        ChangeProblem(n, (), f"must be of case {case!r}", change.key, "case")
        for n, change in enumerate(changes)
        if change.kind == "case" and change.key != case
    ]
    if problems:
        raise ChangeError(problems)


def last_revision(session: Session, case: str) -> int:
    """Last revision of a case; 0 where there is no such case."""
    return _last(session, case)[0]


def _last(session: Session, case: str) -> tuple[int, datetime.datetime | None]:
    """Last revision of a case and its moment; 0 where there is no such case."""
    row = session.execute(
        select(RevisionRow.revision, RevisionRow.at)
        .where(RevisionRow.case == case)
        .order_by(RevisionRow.revision.desc())
        .limit(1)
    ).one_or_none()
    return (0, None) if row is None else (row.revision, row.at)


def _written(
    session: Session, revision: Mapping[str, Any], changes: Sequence[Change]
) -> bool:
    """Write a revision; False if another process has written it meanwhile."""
    its = {name: revision[name] for name in ("case", "revision")}
    rows = [
        its | {"number": n} | change.model_dump() for n, change in enumerate(changes)
    ]
    try:
        with session.begin_nested():
            session.execute(insert(RevisionRow).values(**revision))
            session.execute(insert(ChangeRow), rows)
    except IntegrityError:
        if last_revision(session, revision["case"]) < revision["revision"]:
            raise  # by something else than another writer
        return False
    return True


def history(
    session: Session,
    case: str,
    *,
    kind: Kind | None = None,
    key: str | None = None,
    before: tuple[int, int] | None = None,
    limit: int = 100,
) -> list[Entry]:
    """Changes as they were made, the newest first.

    Parameters
    ----------
    session : Session
        One that reads.
    case : str
        Whose changes.
    kind, key : str, optional
        Of one kind of items only, or of one item.
    before : tuple of int, optional
        Revision and number of the last entry that was read: those before it.
    limit : int
        How many at most.

    Raises
    ------
    UnknownCaseError
        If there is no such case.
    """
    if last_revision(session, case) == 0:
        raise UnknownCaseError(case)
    query = entries().where(ChangeRow.case == case).limit(limit)
    if kind is not None:
        query = query.where(ChangeRow.kind == kind)
    if key is not None:
        query = query.where(ChangeRow.key == key)
    if before is not None:
        query = query.where(tuple_(ChangeRow.revision, ChangeRow.number) < before)
    return [entry(*row) for row in session.execute(query)]


def prior_writers(session: Session, case: str) -> dict[str, str]:
    """By scenario, who wrote its prior as it stands: the last who altered it."""
    query = entries().where(ChangeRow.case == case, ChangeRow.kind == "scenario")
    priors: dict[str, tuple[object, str]] = {}
    for change, revision in reversed(session.execute(query).all()):
        prior = (change.body or {}).get("prior")
        if change.key not in priors or priors[change.key][0] != prior:
            priors[change.key] = prior, revision.who
    return {key: who for key, (_, who) in priors.items()}


def previous(
    session: Session, case: str, made: Collection[Entry]
) -> dict[tuple[int, int], Entry]:
    """Find the change before each of some, of the same item.

    Parameters
    ----------
    session : Session
        One that reads.
    case : str
        Whose changes.
    made : collection of Entry
        Some of them.

    Returns
    -------
    dict of Entry
        By revision and number of the change that followed; none for the first of an
        item.
    """
    items = {(one.change.kind, one.change.key) for one in made}
    wanted = {(one.revision, one.number) for one in made}
    query = entries().where(
        ChangeRow.case == case, tuple_(ChangeRow.kind, ChangeRow.key).in_(items)
    )
    found: dict[tuple[int, int], Entry] = {}
    followed: dict[tuple[str, str], tuple[int, int]] = {}
    for change, revision in session.execute(query):
        item, place = (change.kind, change.key), (change.revision, change.number)
        if followed.get(item) in wanted:
            found[followed[item]] = entry(change, revision)
        followed[item] = place
    return found


def entries() -> Select[ChangeRow, RevisionRow]:
    """Ask for changes with their revisions, the newest first: rows for ``entry``."""
    return (
        select(ChangeRow, RevisionRow)
        .join(
            RevisionRow,
            (ChangeRow.case == RevisionRow.case)
            & (ChangeRow.revision == RevisionRow.revision),
        )
        .order_by(ChangeRow.revision.desc(), ChangeRow.number.desc())
    )


def entry(change: ChangeRow, revision: RevisionRow) -> Entry:
    """Read a change as it was made from its row and that of its revision."""
    return Entry(
        change.revision,
        change.number,
        written_change(change.kind, change.key, change.body),
        revision.because,
        revision.who,
        revision.at,
    )
