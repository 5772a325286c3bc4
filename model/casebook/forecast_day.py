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
    the day of the last outcome, or of the last report before the close: any later, the
    clock would leave them no chance, whatever the reports said. They are not to be
    forecast any longer, but to be resolved.

    Parameters
    ----------
    casebook : Casebook
        What is forecast.
    as_of : date or None
        The day that was asked for.
    today : date
        The day it is.
    """
    if as_of is not None:
        return DayTaken(as_of, "as given")
    last_close = max(scenario.closes for scenario in casebook.priors.scenarios)
    last = casebook.last_day(reports_until=last_close)
    if today <= last_close or last is None or last > today:
        return DayTaken(today, "today")
    return DayTaken(
        last,
        "the day of the last outcome, or of the last report before the close, since "
        "all scenarios have closed",
    )
