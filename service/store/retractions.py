"""What was taken out of a case and has not come back: who did it, when and why."""

from typing import NamedTuple

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session, aliased

from deciban.evidence import Report
from deciban.service.store.casebooks import Entry, entries, entry
from deciban.service.store.tables import ChangeRow

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
        Retraction(report, gone)
        for key, gone in taken_out.items()
        if key in written and _place(written[key]) < _place(gone)
        if isinstance(report := written[key].change.body, Report)
    ]


def _place(made: Entry) -> tuple[int, int]:
    return made.revision, made.number


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
        entries()
        .join(
            ranked,
            and_(
                ChangeRow.revision == ranked.c.revision,
                ChangeRow.number == ranked.c.number,
                ranked.c.age == 1,
            ),
        )
        .where(ChangeRow.case == case)
    )
    found = (entry(*row) for row in session.execute(query))
    return {one.change.key: one for one in found}
