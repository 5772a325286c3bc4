"""What was taken out of a case and has not come back: who did it, when and why."""

from typing import NamedTuple

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session, aliased

from deciban.model.casebook.changes import Change, Kind
from deciban.service.store.casebooks import Entry
from deciban.service.store.tables import ChangeRow, RevisionRow

__all__ = ["Retraction", "retractions"]


class Retraction(NamedTuple):
    """An item that was taken out.

    Attributes
    ----------
    last : Change
        That which put it there last, so with its body.
    entry : Entry
        That took it out.
    """

    last: Change
    entry: Entry


def retractions(session: Session, case: str, kind: Kind = "report") -> list[Retraction]:
    """Items of one kind that are taken out now, the last first."""
    taken_out = _last(session, case, kind, with_body=False)
    written = _last(session, case, kind, with_body=True)
    return [
        Retraction(written[key].change, entry)
        for key, entry in taken_out.items()
        if key in written and _place(written[key]) < _place(entry)
    ]


def _place(entry: Entry) -> tuple[int, int]:
    return entry.revision, entry.number


def _last(
    session: Session, case: str, kind: Kind, *, with_body: bool
) -> dict[str, Entry]:
    """Last change of each item that was ever taken out, with a body or without."""
    ever = aliased(ChangeRow)
    keys = select(ever.key).where(
        ever.case == case, ever.kind == kind, ever.body.is_(None)
    )
    by_age = func.row_number().over(
        partition_by=ChangeRow.key,
        order_by=(ChangeRow.revision.desc(), ChangeRow.number.desc()),
    )
    ranked = (
        select(ChangeRow.revision, ChangeRow.number, by_age.label("age"))
        .where(
            ChangeRow.case == case,
            ChangeRow.kind == kind,
            ChangeRow.key.in_(keys),
            ChangeRow.body.is_not(None) if with_body else ChangeRow.body.is_(None),
        )
        .subquery()
    )
    query = (
        select(ChangeRow, RevisionRow)
        .join(
            ranked,
            and_(
                ChangeRow.revision == ranked.c.revision,
                ChangeRow.number == ranked.c.number,
                ranked.c.age == 1,
            ),
        )
        .join(
            RevisionRow,
            and_(
                ChangeRow.case == RevisionRow.case,
                ChangeRow.revision == RevisionRow.revision,
            ),
        )
        .where(ChangeRow.case == case)
        .order_by(ChangeRow.revision.desc(), ChangeRow.number.desc())
    )
    return {
        change.key: Entry(
            change.revision,
            change.number,
            Change(kind=kind, key=change.key, body=change.body),
            revision.because,
            revision.who,
            revision.at,
        )
        for change, revision in session.execute(query)
    }
