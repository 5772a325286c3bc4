"""From what the days of a forecast's history are computed.

A day is fitted from the casebook as it was known then, cut back to what matters to it:
so a report that is posted today, or a source that speaks for the first time, leaves
every earlier day as it was, and what has been computed is found again by its digest.
"""

import datetime
from collections.abc import Mapping

from deciban.model.casebook.casebook import Casebook

__all__ = ["DAY_SETTINGS", "as_it_stood", "day_digest"]

# Enough for the mean to within a tenth of the posterior's width, in half a second.
DAY_SETTINGS: Mapping[str, int] = {"draws": 250, "tune": 400, "chains": 4}


def as_it_stood(casebook: Casebook, day: datetime.date) -> Casebook:
    """Cut a casebook back to a day, and to the sources that had spoken by then.

    Parameters
    ----------
    casebook : Casebook
        The whole.
    day : date
        Up to and with this day reports and outcomes are known.
    """
    known = casebook.as_of(day)
    evidence = known.evidence
    spoke = {report.source for report in evidence.reports}
    spoke |= {report.origin for report in evidence.reports if report.origin}
    sources = tuple(s for s in evidence.sources if s.id in spoke)
    return known.model_copy(
        update={"evidence": evidence.model_copy(update={"sources": sources})}
    )


def day_digest(casebook: Casebook, day: datetime.date) -> str:
    """Digest by which the store knows the summary of a day of the whole casebook."""
    return as_it_stood(casebook, day).digest(day, DAY_SETTINGS)
