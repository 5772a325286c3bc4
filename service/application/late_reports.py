"""Which reports count in current forecasts, by the day that these are of.

It is today, until all scenarios have closed; from then on it is the day of the last
report or outcome, which a later report moves (``model.casebook.forecast_day``).
"""

import datetime

from deciban.model.casebook.casebook import Casebook
from deciban.model.posterior.wording import written_day

__all__ = ["day_sentence", "why_late"]


def day_sentence(casebook: Casebook, as_of: datetime.date, today: datetime.date) -> str:
    """Say which day current forecasts are of, and what a later report does to it.

    Parameters
    ----------
    casebook : Casebook
        Of the case.
    as_of : date
        The day of its current forecasts.
    today : date
        By the clock.
    """
    if as_of == today:
        return (
            f"The forecasts are as of today, {written_day(today)}: what is published "
            "later counts once its day has come."
        )
    return (
        f"All scenarios have closed, and the forecasts are as of {written_day(as_of)}, "
        "the day of the last report or outcome. A later report moves that day; one "
        f"after {written_day(_last_close(casebook))} does not count."
    )


def why_late(casebook: Casebook, published: datetime.date, today: datetime.date) -> str:
    """Say why a report that is later than current forecasts does not count in them.

    Parameters
    ----------
    casebook : Casebook
        With the report.
    published : date
        Its day, after that of the forecasts.
    today : date
        By the clock.
    """
    last_close = _last_close(casebook)
    reasons = []
    if published > today:
        reasons.append(
            f"{written_day(published)} lies after today, {written_day(today)}"
        )
    if published > last_close:
        reasons.append(f"the last scenario closed on {written_day(last_close)}")
    return f"It does not count{' yet' * (published <= last_close)}: " + ", and ".join(
        reasons
    )


def _last_close(casebook: Casebook) -> datetime.date:
    return max(scenario.closes for scenario in casebook.priors.scenarios)
