"""Of which days a forecast's history is computed, and from what.

A day is fitted from the casebook as it was known then, cut back to what matters to it:
so a report that is posted today, or a source that speaks for the first time, leaves
every earlier day as it was, and what has been computed is found again by its digest.
"""

import datetime
from collections.abc import Mapping

from deciban.model.casebook.casebook import Casebook

__all__ = ["DAY_SETTINGS", "as_it_stood", "day_digest", "history_days"]

# Enough for the mean to within a tenth of the posterior's width, in half a second.
DAY_SETTINGS: Mapping[str, int] = {"draws": 250, "tune": 400, "chains": 4}


def history_days(
    casebook: Casebook, as_of: datetime.date, most: int
) -> list[datetime.date]:
    """Choose the days of a history: where forecasts move.

    Those on which a report that bears on anything was published or an outcome was
    settled, and the first of each month from then on, for the clock. What is older than
    every window counts on the day on which the first of them opens.

    Parameters
    ----------
    casebook : Casebook
        The whole.
    as_of : date
        The day of the current forecast, which has a fit of its own: earlier ones only.
    most : int
        Days at most; of more, as many at even steps, the first and the last with them.
    """
    roots = casebook.evidence.roots()
    days = {r.published for r in casebook.evidence.reports if roots[r.id].bears_on}
    days |= {s.outcome.on for s in casebook.priors.scenarios if s.outcome is not None}
    days = {day for day in days if day < as_of}
    if opened := [s.opens for s in casebook.priors.scenarios if s.opens < as_of]:
        days = {max(day, min(opened)) for day in days}
    if days:
        days |= set(_month_firsts(min(days), as_of))
    return _thinned(sorted(days), most)


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


def _month_firsts(first: datetime.date, before: datetime.date) -> list[datetime.date]:
    firsts = []
    month = (first.replace(day=1) + datetime.timedelta(days=32)).replace(day=1)
    while month < before:
        firsts.append(month)
        month = (month + datetime.timedelta(days=32)).replace(day=1)
    return firsts


def _thinned(days: list[datetime.date], most: int) -> list[datetime.date]:
    if len(days) <= most:
        return days
    if most < 2:
        return days[-1:] * most
    step = (len(days) - 1) / (most - 1)
    return [days[round(i * step)] for i in range(most)]
