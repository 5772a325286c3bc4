"""The day of a forecast: up to which reports and outcomes are known to it."""

import datetime
from typing import NamedTuple

from deciban.model.casebook.casebook import Casebook

__all__ = ["DayTaken", "day_to_take"]


class DayTaken(NamedTuple):
    """The day up to which reports are known, and why it is this one."""

    day: datetime.date
    reason: str


def day_to_take(
    casebook: Casebook, as_of: datetime.date | None, today: datetime.date
) -> DayTaken:
    """Choose the day up to which reports and outcomes are known.

    The day that was asked for; or else today. Where all scenarios have closed, it is
    the day after the last close, or that of the last report, outcome or review since
    then: nothing moves them any longer but what is said of them.

    Parameters
    ----------
    casebook : Casebook
        What is forecast.
    as_of : date or None
        The day that was asked for.
    today : date
        The day it is, in UTC, where every day ends.
    """
    if as_of is not None:
        return DayTaken(as_of, "as given")
    closed = max(scenario.closes for scenario in casebook.priors.scenarios)
    closed += datetime.timedelta(days=1)
    if today < closed:
        return DayTaken(today, "today, UTC")
    known = casebook.as_of(today)
    day = max(closed, known.last_day() or closed, known.looked(today) or closed)
    what = "after the last close"
    if day > closed:
        what = "of the last report, outcome or review"
    return DayTaken(day, f"the day {what}, since all scenarios have closed")
