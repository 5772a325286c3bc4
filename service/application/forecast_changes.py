"""What changes do to forecasts: each before and after, from the draws of one fit."""

import datetime
import math
from collections.abc import Sequence
from dataclasses import dataclass

from deciban.evidence import DECIBANS_PER_NAT, Report
from deciban.model.casebook.changes import Change
from deciban.model.posterior.summary import ScenarioSummary
from deciban.priors import Scenario
from deciban.service.application.current_forecasts import WhatIfReading

__all__ = ["ForecastChange", "forecast_changes", "late_reports"]

# Changes smaller than this, in dB, are no news.
_NOTHING = 0.05


@dataclass(frozen=True)
class ForecastChange:
    """The forecast of one scenario before and after.

    Attributes
    ----------
    scenario : Scenario
        As it is written after.
    before : ScenarioSummary or None
        None where it is new.
    after : ScenarioSummary
    touched : bool
        Whether the changes bear on it, links included, or move the day.
    """

    scenario: Scenario
    before: ScenarioSummary | None
    after: ScenarioSummary
    touched: bool

    @property
    def decibans(self) -> float | None:
        """How far the odds moved; None where it is new, or settled at 0 or 1."""
        if self.before is None:
            return None
        means = (self.before.mean, self.after.mean)
        if not all(0 < mean < 1 for mean in means):
            return None
        before, after = (math.log(mean / (1 - mean)) for mean in means)
        return DECIBANS_PER_NAT * (after - before)

    @property
    def moves(self) -> bool:
        """Whether it moves by as much as one would see."""
        moved = self.decibans
        return moved is None or abs(moved) >= _NOTHING


def forecast_changes(
    read: WhatIfReading, *, backwards: bool = False, only: Sequence[str] | None = None
) -> list[ForecastChange]:
    """Set the forecasts without and with changes side by side.

    Parameters
    ----------
    read : WhatIfReading
        Of ``ForecastReader``.
    backwards : bool
        Whether the changes undo what is asked about: what they leave is then before.
    only : sequence of str, optional
        These scenarios alone, and with each all that are linked to it, which takes
        less time; all unless given.

    Returns
    -------
    list of ForecastChange
        Of each scenario that there is after, in the order of the case.
    """
    readings = (read.after, read.before) if backwards else (read.before, read.after)
    before, after = (
        {
            summary.id: summary
            for summary in (r.summary.scenarios if only is None else r.forecasts(only))
        }
        for r in readings
    )
    touched = set(read.touched)
    return [
        ForecastChange(
            scenario,
            before.get(scenario.id),
            after[scenario.id],
            scenario.id in touched,
        )
        for scenario in read.casebook.priors.scenarios
        if scenario.id in after
    ]


def late_reports(changes: Sequence[Change], as_of: datetime.date) -> list[Report]:
    """Return the reports among changes that are later than the day of forecasts.

    Such a report does not count in them.

    Parameters
    ----------
    changes : sequence of Change
        What is put in, or taken out.
    as_of : date
        The day of the forecasts after them.
    """
    reports = (change.body for change in changes)
    return [r for r in reports if isinstance(r, Report) and r.published > as_of]
