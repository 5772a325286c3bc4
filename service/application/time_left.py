"""A scenario's clock, as people read it: what time is left to it, and of how much."""

import datetime
from typing import NamedTuple

from deciban.model.casebook.states import DUE_DAYS, State, state_of
from deciban.model.posterior.wording import counted, written_day
from deciban.priors import Outcome, Scenario

__all__ = ["TimeLeft", "time_left"]


class TimeLeft(NamedTuple):
    """How a scenario stands with time.

    Attributes
    ----------
    state : str
        See ``state_of``.
    sentence : str
        In words.
    is_due : bool
        Whether it awaits its settlement, or closes within 30 days.
    """

    state: State
    sentence: str
    is_due: bool = False


def time_left(
    scenario: Scenario, outcome: Outcome | None, day: datetime.date
) -> TimeLeft:
    """Tell a scenario's clock as of a day.

    Parameters
    ----------
    scenario : Scenario
        As it is written.
    outcome : Outcome or None
        The one that is known on the day.
    day : date
        Of the forecast.

    Examples
    --------
    >>> from datetime import date
    >>> shells = Scenario(
    ...     id="shells", question="Shells?", criteria="Shells", hazard="constant",
    ...     opens=date(2022, 7, 1), closes=date(2022, 7, 11),
    ...     prior={"median": 0.3, "low": 0.1, "high": 0.6},
    ... )
    >>> time_left(shells, None, date(2022, 7, 9)).sentence
    '2 of 10 days left, constant hazard'
    """
    state = state_of(scenario, outcome, day)
    if outcome is not None:
        return TimeLeft(state, f"{state} on {written_day(outcome.on)}")
    if state != "open":
        sentence = f"closed on {written_day(scenario.closes)}, not settled"
        return TimeLeft(state, sentence, is_due=True)
    if day < scenario.opens:
        return TimeLeft(state, f"opens on {written_day(scenario.opens)}")
    left, whole = scenario.closes - day, scenario.closes - scenario.opens
    hazard = "constant hazard" if scenario.hazard == "constant" else "no hazard"
    sentence = f"{left.days:,} of {counted(whole.days, 'day')} left, {hazard}"
    return TimeLeft(state, sentence, is_due=left.days <= DUE_DAYS)
