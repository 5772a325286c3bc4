"""Replay: what was forecast on past days, from what was known by each.

As published: by the dates of reports and outcomes, with the priors and grades of now.
As recorded: from the case as the store had it at the end of the day. What is not fitted
yet is asked for.
"""

import datetime
from collections.abc import Sequence
from typing import Literal, NamedTuple

from deciban.model.casebook.past_days import (
    Every,
    day_digest,
    day_that_tells,
    replay_days,
)
from deciban.model.posterior.summary import Summary
from deciban.service.application.services import Services
from deciban.service.refits.agenda import WantedDay
from deciban.service.store import casebooks, fits

__all__ = ["MOST_DAYS", "Known", "Replayed", "TooManyDaysError", "replayed"]

type Known = Literal["published", "recorded"]

MOST_DAYS = 400


class TooManyDaysError(ValueError):
    """More days than are replayed at a time."""

    def __init__(self, n: int) -> None:
        super().__init__(f"must be of at most {MOST_DAYS} days, got {n:,}")


class Replayed(NamedTuple):
    """A day, the digest of what was known by then, and what was forecast.

    ``summary`` is None where it is not fitted yet.
    """

    day: datetime.date
    digest: str
    summary: Summary | None


def replayed(
    services: Services,
    case: str,
    *,
    every: Every = "report",
    first: datetime.date | None = None,
    last: datetime.date | None = None,
    known: Known = "published",
) -> Sequence[Replayed]:
    """Look up the forecasts of past days, and have those fitted that are missing.

    Parameters
    ----------
    services : Services
        Whose store and scheduler are used.
    case : str
        Its id.
    every : {"report", "day", "week"}
        Which days; ``report``: those on which something became known.
    first, last : date, optional
        From the opening of the first window to today, or the last close, unless given.
    known : {"published", "recorded"}
        By whose dates. Of days before the case was begun nothing was recorded.

    Raises
    ------
    UnknownCaseError, TooManyDaysError
    """
    casebook = services.forecasts.current(case).casebook
    scenarios = casebook.priors.scenarios
    first = first or min(scenario.opens for scenario in scenarios)
    today = services.clock().date()
    last = last or min(today, max(scenario.closes for scenario in scenarios))
    days = replay_days(casebook, every, first, last)
    if len(days) > MOST_DAYS:
        raise TooManyDaysError(len(days))
    with services.store.reading() as session:
        made = dict(casebooks.revision_days(session, case))
        wanted: dict[datetime.date, tuple[str, WantedDay]] = {}
        for day in days:
            revision, book = None, casebook
            if known == "recorded":
                revision = max((r for on, r in made.items() if on <= day), default=None)
                if revision is None:
                    continue
                book = casebooks.casebook(session, case, revision)
            told_by = day_that_tells(book, day)
            wanted[day] = (
                day_digest(book, told_by),
                WantedDay(case, told_by, revision),
            )
        found = fits.days(session, case, {digest for digest, _ in wanted.values()})
    missing = {one for digest, one in wanted.values() if digest not in found}
    if missing:
        services.scheduler.want_days(sorted(missing))
    return [
        Replayed(day, digest, found.get(digest)) for day, (digest, _) in wanted.items()
    ]
