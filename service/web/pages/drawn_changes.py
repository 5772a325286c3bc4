"""What a change does to forecasts: each before and after it, with their densities."""

import datetime
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from deciban.model.plots.svg.densities import DensityRow, density_row
from deciban.model.plots.svg.lettering import said_of
from deciban.model.posterior.density_curve import cell_densities, cell_ends
from deciban.model.posterior.summary import ScenarioSummary, can_tell
from deciban.model.posterior.what_if import Reading
from deciban.model.posterior.wording import percent, written_day
from deciban.priors import Scenario
from deciban.service.application.current_forecasts import WhatIfReading
from deciban.service.application.forecast_changes import (
    ForecastChange,
    forecast_changes,
)
from deciban.service.application.time_left import TimeLeft, time_left

__all__ = ["DrawnChange", "DrawnChanges", "drawn_changes"]

_WIDTH = 480
_ALL = 20  # scenarios that are shown in the order of the case, moved or not
_MOST = 5  # of more, those that are shown at once


@dataclass(frozen=True)
class DrawnChange:
    """The forecast of one scenario before and after, as pages show it.

    Attributes
    ----------
    change : ForecastChange
    before, after : ScenarioSummary
        Of it.
    time_left : TimeLeft
        How the scenario stands with time after it.
    drawn : Markup
        Both densities, the one before as a ghost.
    """

    change: ForecastChange
    before: ScenarioSummary
    after: ScenarioSummary
    time_left: TimeLeft
    drawn: Markup

    @property
    def scenario(self) -> Scenario:
        """The scenario, as it is written after."""
        return self.change.scenario

    @property
    def decibans(self) -> float | None:
        """How far the odds moved; None where either is settled at 0 or 1."""
        return self.change.decibans

    @property
    def moves(self) -> bool:
        """Whether it moves by as much as one would see."""
        return self.change.moves

    @property
    def is_settled(self) -> bool:
        """Whether what happened is known after it."""
        return self.after.outcome is not None

    @property
    def sentence(self) -> str:
        """Say it in words."""
        means = f"from {percent(self.before.mean)} to {percent(self.after.mean)}"
        return said_of(self.scenario.question, means)


@dataclass(frozen=True)
class DrawnChanges:
    """What a change does to all forecasts of a case.

    Attributes
    ----------
    moved, still : list of DrawnChange
        Those that it touches and moves, the furthest first; and the others.
    pareto_k : float or None
        How far the draws can be trusted.
    days : pair of date
        The day of the forecasts before, and after.
    """

    moved: list[DrawnChange]
    still: list[DrawnChange]
    pareto_k: float | None
    days: tuple[datetime.date, datetime.date]

    @property
    def day_sentence(self) -> str:
        """Say what a day that moves does to all of them; empty where it stays."""
        before, after = self.days
        if before == after:
            return ""
        why = "time that passed" if before < after else "what was not known by then"
        told = f"The day of the forecasts moves to {written_day(after)}"
        return f"{told}: part of this is {why}"

    @property
    def is_doubtful(self) -> bool:
        """Whether only a refit will tell: the draws say too little of such a change."""
        return not can_tell(self.pareto_k)

    @property
    def sentence(self) -> str:
        """Say in one line which forecasts move most."""
        return "; ".join(self._told[:3]) or "No forecast moves"

    @property
    def furthest(self) -> str:
        """Say which forecast moves most."""
        return next(iter(self._told), "No forecast moves")

    @property
    def _told(self) -> list[str]:
        moving = [one for one in self.moved if one.moves]
        moving.sort(key=lambda one: -abs(one.decibans or math.inf))
        return [one.sentence for one in moving]


def drawn_changes(
    read: WhatIfReading, *, backwards: bool = False, in_order: bool = False
) -> DrawnChanges:
    """Draw the forecasts without and with changes, side by side.

    Parameters
    ----------
    read : WhatIfReading
        Of ``ForecastReader``.
    backwards : bool
        Whether the changes undo what is shown: what they leave is then before.
    in_order : bool
        Whether all scenarios are wanted, in the order of the case, unless too many.
    """
    readings = (read.after, read.before) if backwards else (read.before, read.after)
    days = readings[0].summary.as_of, readings[1].summary.as_of
    densities = [_densities(reading) for reading in readings]
    outcomes = readings[1].casebook.as_of(days[1]).outcomes()
    found = [
        DrawnChange(
            change,
            change.before,
            change.after,
            time_left(change.scenario, outcomes.get(change.scenario.id), days[1]),
            _drawn(change.before, change.after, densities),
        )
        for change in forecast_changes(read, backwards=backwards)
        if change.before is not None
    ]
    if in_order and len(found) <= _ALL:
        return DrawnChanges(found, [], read.pareto_k, days)
    found.sort(key=lambda one: (not one.change.touched, -abs(one.decibans or 0)))
    n_moved = sum(one.change.touched and one.moves for one in found)
    n_shown = min(_MOST, max(n_moved, _MOST if in_order else 1))
    return DrawnChanges(found[:n_shown], found[n_shown:], read.pareto_k, days)


def _densities(reading: Reading) -> dict[str, Any]:
    told, weights = reading.summary.told, reading.weights
    return {
        name: cell_densities(told.probability[:, i], weights)
        for i, name in enumerate(told.scenarios)
    }


def _drawn(
    before: ScenarioSummary,
    after: ScenarioSummary,
    densities: Sequence[dict[str, Any]],
) -> Markup:
    old, new = (density.get(after.id) for density in densities)
    row = DensityRow(
        after.id, after.mean, after.eti90, before.mean, density=new, prior_density=old
    )
    return density_row(row, cell_ends().tolist()).svg(_WIDTH)
