"""Which reports count in current forecasts, by the day that these are of.

It is today, in UTC, until all scenarios have closed; from then on it is the day after
the last close, or that of a later report (``model.casebook.forecast_day``).
"""

import datetime

from deciban.model.posterior.wording import written_day

__all__ = ["day_sentence", "why_late"]


def day_sentence(as_of: datetime.date, today: datetime.date) -> str:
    """Say which day current forecasts are of, and what a later report does to it.

    Parameters
    ----------
    as_of : date
        The day of a case's current forecasts.
    today : date
        By the clock, in UTC.
    """
    if as_of == today:
        return (
            f"The forecasts are as of today, {written_day(today)} (UTC): what is "
            "published later counts once its day has come."
        )
    return (
        f"All scenarios have closed, and the forecasts are as of {written_day(as_of)}. "
        "A later report moves that day."
    )


def why_late(published: datetime.date, today: datetime.date) -> str:
    """Say why a report that is later than current forecasts does not count in them.

    Parameters
    ----------
    published : date
        Its day, after that of the forecasts.
    today : date
        By the clock, in UTC.
    """
    return (
        f"It does not count yet: {written_day(published)} lies after today, "
        f"{written_day(today)} (UTC)"
    )
