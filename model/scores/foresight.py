"""Which forecasts count as foresight, and of which days they are.

Foresight ends the day before a scenario was settled, and with its close: a forecast of
the day itself may have heard what happened.
"""

import datetime

from deciban.model.casebook.casebook import Casebook
from deciban.model.casebook.past_days import news_days
from deciban.priors import Outcome, Scenario

__all__ = ["foresight_spans", "last_foresight", "scored_days", "settled_by"]


def settled_by(casebook: Casebook, today: datetime.date) -> dict[str, Outcome]:
    """Outcomes that are known by a day, by scenario; what was annulled left out."""
    known = casebook.as_of(today).outcomes()
    return {name: one for name, one in known.items() if not one.annulled}


def last_foresight(scenario: Scenario, outcome: Outcome) -> datetime.date:
    """Last day whose forecast counts as foresight."""
    return min(scenario.closes, outcome.on - datetime.timedelta(days=1))


def foresight_spans(
    casebook: Casebook, today: datetime.date
) -> dict[str, tuple[datetime.date, datetime.date]]:
    """First and last day whose forecast counts, of each scenario settled by a day."""
    settled = settled_by(casebook, today)
    return {
        scenario.id: (scenario.opens, last_foresight(scenario, settled[scenario.id]))
        for scenario in casebook.priors.scenarios
        if scenario.id in settled
    }


def scored_days(casebook: Casebook, today: datetime.date) -> list[datetime.date]:
    """Days of which the scores of a case need the forecasts, as published."""
    spans = foresight_spans(casebook, today).values()
    return [
        day
        for day in news_days(casebook)
        if any(first <= day <= last for first, last in spans)
    ]
