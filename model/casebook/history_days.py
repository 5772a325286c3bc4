"""Of which days a forecast has a history: those on which it may have moved."""

import datetime

from deciban.model.casebook.casebook import Casebook

__all__ = ["history_days"]


def history_days(
    casebook: Casebook, as_of: datetime.date, most: int
) -> list[datetime.date]:
    """Choose the days of a history: where forecasts move.

    Those on which a report that bears on anything was published or an outcome was
    settled, or an indicator was due; the first of each month from then on, for the
    clock; and those on which something closed, if they are few. What is older than
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
    days |= {one.due for one in casebook.priors.indicators}
    days = {day for day in days if day < as_of}
    if opened := [s.opens for s in casebook.priors.scenarios if s.opens < as_of]:
        days = {max(day, min(opened)) for day in days}
    if days:
        days |= set(_month_firsts(min(days), as_of))
    closes = {s.closes for s in casebook.priors.scenarios if s.closes < as_of}
    if len(closes) > most // 2:
        closes = set()
    rest = _thinned(sorted(days - closes), most - len(closes))
    return sorted({*rest, *closes})


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
