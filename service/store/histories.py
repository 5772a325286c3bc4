"""The history of a case as JSON Lines, a revision each, to be put back elsewhere."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from deciban.evidence.items import CaseIdentifier, Text
from deciban.model.casebook.casebook import Casebook
from deciban.model.casebook.changes import Change, ChangeError, changed, written_change
from deciban.model.casebook.messages import broken_rules, place_text
from deciban.model.errors import AsItStands, CaseError, Problem
from deciban.service.store.casebooks import head
from deciban.service.store.errors import CaseExistsError, UnknownCaseError
from deciban.service.store.tables import ChangeRow, RevisionRow

__all__ = ["Revision", "history_text", "read_history", "restore", "revisions"]


class Revision(BaseModel):
    """One revision of a case: its changes, and who made them, when and why."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    case: CaseIdentifier
    revision: Annotated[int, Field(ge=1)]
    at: AwareDatetime
    who: Annotated[Text, Field(max_length=200)]
    because: Text | None = None
    changes: Annotated[tuple[Change, ...], Field(min_length=1)]


def revisions(session: Session, case: str, last: int | None = None) -> list[Revision]:
    """Revisions of a case in their order, up to the last or to one.

    Raises
    ------
    UnknownCaseError
        If there is no such case.
    """
    upto = head(session, case).revision if last is None else last
    query = (
        select(RevisionRow, ChangeRow)
        .join(
            ChangeRow,
            (ChangeRow.case == RevisionRow.case)
            & (ChangeRow.revision == RevisionRow.revision),
        )
        .where(RevisionRow.case == case, RevisionRow.revision <= upto)
        .order_by(ChangeRow.revision, ChangeRow.number)
    )
    rows = [(revision, change) for revision, change in session.execute(query)]
    return [
        Revision(
            case=case,
            revision=made.revision,
            at=made.at,
            who=made.who,
            because=made.because,
            changes=tuple(written_change(c.kind, c.key, c.body) for _, c in of_it),
        )
        for made, of_it in groupby(rows, key=lambda row: row[0])
    ]


def history_text(history: Iterable[Revision]) -> str:
    """Write a history as JSON Lines."""
    return "".join(f"{one.model_dump_json()}\n" for one in history)


def read_history(text: str, name: str) -> list[Revision]:
    """Read a history, and check that each of its revisions is a casebook.

    Parameters
    ----------
    text : str
        JSON Lines.
    name : str
        Of the file, for the problems.

    Raises
    ------
    CaseError
        With every problem of the first line that has any.
    """
    if not text.strip():
        raise CaseError([Problem(name, "must hold at least one revision", None)])
    read: list[Revision] = []
    book: Casebook | None = None
    # A text may hold other ends of a line, such as U+2028, which are none here.
    for number, line in enumerate(text.removesuffix("\n").split("\n"), start=1):
        where = f"{name}:{number}"
        one = _revision(line, where)
        if problems := list(_out_of_line(one, read, where)):
            raise CaseError(problems)
        try:
            book = changed(book, one.changes)
        except ChangeError as error:
            raise CaseError(
                [p._replace(where=f"{where}: {p.where}") for p in error.problems]
            ) from error
        read.append(one)
    return read


def _revision(line: str, where: str) -> Revision:
    try:
        return Revision.model_validate_json(line)
    except ValidationError as error:
        problems = [
            Problem(f"{where}: {place_text(place)}" if place else where, rule, value)
            for place, rule, value in broken_rules(error, Revision)
        ]
        raise CaseError(problems) from error


def _out_of_line(
    one: Revision, before: list[Revision], where: str
) -> Iterator[Problem]:
    """Find where a revision does not follow those before it."""
    if one.revision != len(before) + 1:
        rule = f"must be the next, {len(before) + 1}"
        yield Problem(f"{where}: revision", rule, one.revision)
    case = before[0].case if before else one.changes[0].key
    if one.case != case:
        yield Problem(f"{where}: case", f"must be {case!r}", one.case)
    if before and one.at < before[-1].at:
        rule = f"must not be before the last, {before[-1].at.isoformat()}"
        yield Problem(f"{where}: at", rule, AsItStands(one.at.isoformat()))
    if any(c.kind == "case" and c.key != one.case for c in one.changes):
        yield Problem(f"{where}: changes", "must be of one case", AsItStands("others"))


def restore(session: Session, history: Iterable[Revision]) -> int:
    """Put a history back with its authors, moments and reasons; return how many.

    Parameters
    ----------
    session : Session
        One that writes.
    history : iterable of Revision
        As ``read_history`` has checked it.

    Raises
    ------
    CaseExistsError
        If there is such a case.
    """
    made = list(history)
    try:
        head(session, made[0].case)
    except UnknownCaseError:
        pass
    else:
        raise CaseExistsError(made[0].case)
    session.execute(insert(RevisionRow), [_row(one) for one in made])
    session.execute(
        insert(ChangeRow),
        [
            {"case": one.case, "revision": one.revision, "number": number}
            | change.model_dump()
            for one in made
            for number, change in enumerate(one.changes)
        ],
    )
    return len(made)


def _row(one: Revision) -> dict[str, object]:
    # The token that made it is one of another store.
    return one.model_dump(exclude={"changes"}) | {"token": None}
