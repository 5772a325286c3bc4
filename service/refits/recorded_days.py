"""Days on which what the service had recorded is scored, each with its revision then.

What was posted, regraded or settled later is no part of a day: it is fitted from the
casebook as it stood in the store at its end.
"""

import datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from deciban.model.casebook.casebook import Casebook
from deciban.model.scores.foresight import foresight_spans
from deciban.service.store import casebooks

__all__ = ["RecordedDay", "recorded_days"]


class RecordedDay(NamedTuple):
    """A day, and the last revision of a case that was made by its end, 24:00 UTC."""

    day: datetime.date
    revision: int


def recorded_days(
    session: Session, case: str, casebook: Casebook, today: datetime.date
) -> list[RecordedDay]:
    """List the days whose recorded forecasts the scores of a case need.

    Those on which something was recorded while a scenario that is settled by now was
    open, and those of its opening.

    Parameters
    ----------
    session : Session
        One that reads.
    case : str
        Its id.
    casebook : Casebook
        As it is now.
    today : date
        By which outcomes are known.
    """
    spans = foresight_spans(casebook, today).values()
    if not spans:
        return []
    last_of = dict(casebooks.revision_days(session, case))
    days = set(last_of) | {first for first, _ in spans}
    recorded = []
    for day in sorted(days):
        revision = max((r for on, r in last_of.items() if on <= day), default=None)
        if revision is not None and any(a <= day <= b for a, b in spans):
            recorded.append(RecordedDay(day, revision))
    return recorded
