"""What was known on a past day, and which days a replay of a case is made of.

A past day is fitted from the casebook as it was known then, cut back to what matters to
it: so a report that is posted today, or a source that speaks for the first time, leaves
every earlier day as it was, and what has been computed is found again by its digest.
"""

import datetime
from collections.abc import Mapping
from typing import Literal

from deciban.model.casebook.casebook import Casebook
from deciban.priors import Scenario

__all__ = [
    "DAY_SETTINGS",
    "Every",
    "as_it_stood",
    "day_digest",
    "day_that_tells",
    "news_days",
    "replay_days",
]

type Every = Literal["day", "week", "report"]

# Enough for the mean to within a tenth of the posterior's width, in half a second.
DAY_SETTINGS: Mapping[str, int] = {"draws": 250, "tune": 400, "chains": 4}

_STEPS = {"day": 1, "week": 7}


def as_it_stood(casebook: Casebook, day: datetime.date) -> Casebook:
    """Cut a casebook back to a day, and to the sources that had spoken by then.

    A review on a later day is none yet, an indicator that is not due says nothing, and
    what others forecast moves nothing. Priors, grades and words bear no days: they are
    those of the casebook; the service has an earlier one by its revision.

    Parameters
    ----------
    casebook : Casebook
        The whole.
    day : date
        Up to and with this day reports, outcomes and reviews are known.
    """
    known = casebook.as_of(day)
    priors, evidence = known.priors, known.evidence
    bare: dict[str, object] = {
        "scenarios": tuple(map(_without_benchmarks, priors.scenarios)),
        "indicators": tuple(one for one in priors.indicators if one.due <= day),
    }
    if priors.reviewed is not None and priors.reviewed > day:
        bare["reviewed"] = None
    spoke = {report.source for report in evidence.reports}
    spoke |= {report.origin for report in evidence.reports if report.origin}
    sources = tuple(s for s in evidence.sources if s.id in spoke)
    return known.followed_by(
        priors.model_copy(update=bare),
        evidence.model_copy(update={"sources": sources}),
    )


def _without_benchmarks(scenario: Scenario) -> Scenario:
    if not scenario.benchmarks:
        return scenario
    return scenario.model_copy(update={"benchmarks": ()})


def day_digest(casebook: Casebook, day: datetime.date) -> str:
    """Digest by which the summary of a day of the whole casebook is known."""
    return as_it_stood(casebook, day).digest(day, DAY_SETTINGS)


def news_days(casebook: Casebook) -> list[datetime.date]:
    """Days on which something became known or somebody looked, or a window opened."""
    days = {report.published for report in casebook.evidence.reports}
    for scenario in casebook.priors.scenarios:
        days.add(scenario.opens)
        if scenario.outcome is not None:
            days.add(scenario.outcome.known_on)
    if casebook.priors.reviewed is not None:
        days.add(casebook.priors.reviewed)
    return sorted(days)


def replay_days(
    casebook: Casebook, every: Every, first: datetime.date, last: datetime.date
) -> list[datetime.date]:
    """Choose the days of a replay.

    Parameters
    ----------
    casebook : Casebook
        The whole.
    every : {"day", "week", "report"}
        Each day, each seventh, or those on which something became known.
    first, last : date
        Between which, both included.
    """
    if every == "report":
        return [day for day in news_days(casebook) if first <= day <= last]
    steps = range(0, (last - first).days + 1, _STEPS[every])
    return [first + datetime.timedelta(days=n) for n in steps]


def day_that_tells(casebook: Casebook, day: datetime.date) -> datetime.date:
    """Choose the day whose forecasts are those of a day too.

    Where evidence does not age, nothing moves between two days of news: the clock goes
    by the day on which somebody last looked.
    """
    if casebook.priors.half_life_days is not None:
        return day
    return max((one for one in news_days(casebook) if one <= day), default=day)
