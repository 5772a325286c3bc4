"""How a scenario stands on a day: open, closed, settled or annulled; and what is due.

That its window has closed does not settle a question: somebody must say how it ended.
Until then it is closed, not settled, and its forecast is the probability that it has
occurred.
"""

import datetime
from typing import Literal, NamedTuple

from deciban.model.casebook.casebook import Casebook
from deciban.priors import Outcome, Scenario

__all__ = ["DUE_DAYS", "Due", "State", "due", "state_of"]

type State = Literal[
    "open", "closed, not settled", "settled yes", "settled no", "annulled"
]

# From so many days before its close a scenario is announced.
DUE_DAYS = 30


def state_of(scenario: Scenario, outcome: Outcome | None, day: datetime.date) -> State:
    """Tell how a scenario stands on a day.

    Parameters
    ----------
    scenario : Scenario
        As it is written.
    outcome : Outcome or None
        The one that is known on the day: ``Casebook.outcomes`` says also how it ended
        for the rivals of what occurred.
    day : date
        The last day of a window still belongs to it.

    Examples
    --------
    >>> from datetime import date
    >>> shells = Scenario(
    ...     id="shells", question="Shells?", criteria="Shells",
    ...     opens=date(2022, 7, 1), closes=date(2022, 7, 11),
    ...     prior={"median": 0.3, "low": 0.1, "high": 0.6},
    ... )
    >>> state_of(shells, None, date(2022, 7, 11))
    'open'
    >>> state_of(shells, None, date(2022, 7, 12))
    'closed, not settled'
    """
    if outcome is None:
        return "open" if day <= scenario.closes else "closed, not settled"
    if outcome.annulled:
        return "annulled"
    return "settled yes" if outcome.occurred else "settled no"


class Due(NamedTuple):
    """A scenario that awaits its settlement, or soon will.

    Attributes
    ----------
    scenario : Scenario
    state : str
        ``open``, or ``closed, not settled``.
    days : int
        Until its close, negative since then.
    """

    scenario: Scenario
    state: State
    days: int

    @property
    def sentence(self) -> str:
        """Say when it closes or has closed."""
        count = f"{abs(self.days):,} day{'s' * (abs(self.days) != 1)}"
        if self.days == 0:
            return "closes today (UTC)"
        return f"closes in {count}" if self.days > 0 else f"closed {count} ago"


def due(casebook: Casebook, today: datetime.date) -> list[Due]:
    """List what has closed and is not settled, or closes within 30 days.

    Parameters
    ----------
    casebook : Casebook
        Of a case.
    today : date
        The day it is, in UTC.

    Returns
    -------
    list of Due
        The one that closes first, or has closed longest ago, first.
    """
    outcomes = casebook.as_of(today).outcomes()
    found = []
    for scenario in casebook.priors.scenarios:
        state = state_of(scenario, outcomes.get(scenario.id), today)
        days = (scenario.closes - today).days
        if state in ("open", "closed, not settled") and days <= DUE_DAYS:
            found.append(Due(scenario, state, days))
    return sorted(found, key=lambda one: one.days)
