"""A scenario's clock, as people read it: what time is left to it, and of how much."""

import datetime
from typing import Literal, NamedTuple

from deciban.model.posterior.wording import written_day
from deciban.priors import Scenario

__all__ = ["TimeLeft", "time_left"]

type TimeState = Literal["resolved", "annulled", "awaiting", "ahead", "running"]


class TimeLeft(NamedTuple):
    """How a scenario stands with time.

    Attributes
    ----------
    state : str
        ``resolved`` or ``annulled``; ``awaiting`` resolution since it closed; ``ahead``
        of its window; or ``running``.
    sentence : str
        In words.
    left : float
        Share of its window that is left, from 0 to 1.
    """

    state: TimeState
    sentence: str
    left: float


def time_left(scenario: Scenario, day: datetime.date) -> TimeLeft:
    """Tell a scenario's clock as of a day.

    Parameters
    ----------
    scenario : Scenario
        As it is written.
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
    >>> time_left(shells, date(2022, 7, 9)).sentence
    '2 of 10 days left, constant hazard'
    """
    if (outcome := scenario.outcome) is not None and outcome.on <= day:
        on = f"on {written_day(outcome.on)}"
        if outcome.annulled:
            return TimeLeft("annulled", f"annulled {on}", 0.0)
        return TimeLeft("resolved", f"{'yes' if outcome.occurred else 'no'}, {on}", 0.0)
    if day >= scenario.closes:
        sentence = f"closed on {written_day(scenario.closes)}, awaiting resolution"
        return TimeLeft("awaiting", sentence, 0.0)
    if day < scenario.opens:
        return TimeLeft("ahead", f"opens on {written_day(scenario.opens)}", 1.0)
    left, whole = scenario.closes - day, scenario.closes - scenario.opens
    hazard = "constant hazard" if scenario.hazard == "constant" else "no hazard"
    sentence = f"{left.days:,} of {whole.days:,} days left, {hazard}"
    return TimeLeft("running", sentence, left / whole)
