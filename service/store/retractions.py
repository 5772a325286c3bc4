"""What was taken out of a case and has not come back: who did it, when and why."""

from typing import NamedTuple

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session, aliased

from deciban.evidence import Report
from deciban.model.casebook.changes import written_change
from deciban.service.store.casebooks import Entry
from deciban.service.store.tables import ChangeRow, RevisionRow

__all__ = ["Retraction", "retractions"]


class Retraction(NamedTuple):
    """A report that was taken out.

    Attributes
    ----------
    report : Report
        As it stood last.
    entry : Entry
        That took it out.
    """

    report: Report
    entry: Entry


def retractions(session: Session, case: str) -> list[Retraction]:
    """Reports that are taken out now, the last first."""
    taken_out = _last(session, case, with_body=False)
    written = _last(session, case, with_body=True)
    return [
        Retraction(report, entry)
        for key, entry in taken_out.items()
        if key in written and _place(written[key]) < _place(entry)
        if isinstance(report := written[key].change.body, Report)
    ]


def _place(entry: Entry) -> tuple[int, int]:
    return entry.revision, entry.number


def _last(session: Session, case: str, *, with_body: bool) -> dict[str, Entry]:
    """Last change of each report that was ever taken out, with a body or without."""
    ever = aliased(ChangeRow)
    keys = select(ever.key).where(
        ever.case == case, ever.kind == "report", ever.body.is_(None)
    )
    by_age = func.row_number().over(
        partition_by=ChangeRow.key,
        order_by=(ChangeRow.revision.desc(), ChangeRow.number.desc()),
    )
    ranked = (
        select(ChangeRow.revision, ChangeRow.number, by_age.label("age"))
        .where(
            ChangeRow.case == case,
            ChangeRow.kind == "report",
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
            written_change("report", change.key, change.body),
            revision.because,
            revision.who,
            revision.at,
        )
        for change, revision in session.execute(query)
    }
