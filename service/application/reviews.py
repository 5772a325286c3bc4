"""Looking whether anything has happened: what awaits its settlement, and since when.

While nobody looks, time lowers no forecast. Whoever has looked, and has found that
nothing happened, says so by a change of the case: its ``reviewed``.
"""

import datetime
from collections.abc import Callable, Sequence
from typing import NamedTuple

from deciban.model.casebook.casebook import Casebook
from deciban.model.casebook.changes import Change, ChangeError, ChangeProblem
from deciban.model.casebook.states import Due, due
from deciban.service.application.current_forecasts import CurrentForecast
from deciban.service.application.services import Services
from deciban.service.store import casebooks

__all__ = ["NOTHING_HAPPENED", "CaseDue", "due_in_all", "reviewed"]

NOTHING_HAPPENED = "Reviewed: nothing has happened"


def reviewed(
    day: datetime.date, today: datetime.date
) -> Callable[[Casebook | None], Sequence[Change]]:
    """Make the change that says that somebody looked, and nothing had happened.

    Parameters
    ----------
    day : date
        On which somebody looked; where a later review is known, nothing changes.
    today : date
        By the clock, in UTC.

    Returns
    -------
    callable
        Of the casebook as it is.

    Raises
    ------
    ChangeError
        If the day is still to come.
    """
    if day > today:
        rule = f"must not be after today, {today} (UTC)"
        raise ChangeError([ChangeProblem(0, ("reviewed",), rule, day, "case")])

    def changes(casebook: Casebook | None) -> Sequence[Change]:
        if casebook is None or (casebook.priors.reviewed or day) > day:
            return []
        header = casebook.header.model_copy(update={"reviewed": day})
        return [Change(kind="case", key=casebook.case, body=header)]

    return changes


class CaseDue(NamedTuple):
    """A scenario that awaits its settlement, and its case as it is forecast now."""

    current: CurrentForecast
    due: Due


def due_in_all(services: Services) -> list[CaseDue]:
    """List what awaits its settlement over all cases, or is due within 30 days.

    Parameters
    ----------
    services : Services
        Whose store and clock are used.

    Returns
    -------
    list of CaseDue
        What closed longest ago first.
    """
    with services.store.reading() as session:
        heads = casebooks.heads(session)
    today = services.clock().date()
    found = [
        CaseDue(current, one)
        for current in (services.forecasts.current(head.case) for head in heads)
        for one in due(current.casebook, today)
    ]
    return sorted(found, key=lambda one: one.due.days)
