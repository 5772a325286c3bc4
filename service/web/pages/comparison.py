"""What a change does to forecasts: each before and after it, with their densities."""

import datetime
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from deciban.evidence import DECIBANS_PER_NAT
from deciban.model.plots.svg.densities import DensityRow, density_row
from deciban.model.posterior.density_curve import cell_densities, cell_ends
from deciban.model.posterior.summary import ScenarioSummary, can_tell
from deciban.model.posterior.what_if import Reading
from deciban.model.posterior.wording import percent, written_day
from deciban.priors import Scenario
from deciban.service.application.current_forecasts import WhatIf
from deciban.service.web.pages.time_left import Clock, clock_of

__all__ = ["Shift", "Shifts", "shifts"]

_WIDTH = 480
# Changes smaller than this, in dB, are no news.
_NOTHING = 0.05


@dataclass(frozen=True)
class Shift:
    """One forecast before and after.

    Attributes
    ----------
    scenario : Scenario
    before, after : ScenarioSummary
    touched : bool
        Whether the change bears on it, links included, or moves the day.
    clock : Clock
        How the scenario stands with time after it.
    drawn : Markup
        Both densities, the one before as a ghost.
    """

    scenario: Scenario
    before: ScenarioSummary
    after: ScenarioSummary
    touched: bool
    clock: Clock
    drawn: Markup

    @property
    def decibans(self) -> float | None:
        """How far the odds moved; None where either is settled at 0 or 1."""
        means = (self.before.mean, self.after.mean)
        if not all(0 < mean < 1 for mean in means):
            return None
        before, after = (math.log(mean / (1 - mean)) for mean in means)
        return DECIBANS_PER_NAT * (after - before)

    @property
    def is_settled(self) -> bool:
        """Whether what happened is known after it."""
        return self.after.outcome is not None

    @property
    def moves(self) -> bool:
        """Whether it moves by as much as one would see."""
        moved = self.decibans
        return moved is None or abs(moved) >= _NOTHING

    @property
    def sentence(self) -> str:
        """Say it in words."""
        means = f"{percent(self.before.mean)} to {percent(self.after.mean)}"
        return f"{self.scenario.id}: {means}"


@dataclass(frozen=True)
class Shifts:
    """What a change does to all forecasts of a case.

    Attributes
    ----------
    moved, still : list of Shift
        Those that it touches and moves, the furthest first; and the others.
    pareto_k : float or None
        How far the draws can be trusted.
    days : pair of date
        The day of the forecasts before, and after.
    """

    moved: list[Shift]
    still: list[Shift]
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
        moving = [shift for shift in self.moved if shift.moves]
        moving.sort(key=lambda shift: -abs(shift.decibans or math.inf))
        return [shift.sentence for shift in moving]


def shifts(read: WhatIf, *, backwards: bool = False, all_moved: bool = False) -> Shifts:
    """Set forecasts without and with a change side by side.

    Parameters
    ----------
    read : WhatIf
        Of ``ForecastReader``.
    backwards : bool
        Whether the change undoes what is shown: what it leaves is then before.
    all_moved : bool
        Whether all scenarios are wanted, in the order of the case.
    """
    readings = (read.after, read.before) if backwards else (read.before, read.after)
    days = readings[0].summary.as_of, readings[1].summary.as_of
    before, after = ({s.id: s for s in r.summary.scenarios} for r in readings)
    densities = [_densities(reading) for reading in readings]
    found = [
        Shift(
            scenario,
            before[scenario.id],
            after[scenario.id],
            scenario.id in read.touched,
            clock_of(scenario, days[1]),
            _drawn(before[scenario.id], after[scenario.id], densities),
        )
        for scenario in read.casebook.priors.scenarios
        if scenario.id in before and scenario.id in after
    ]
    if all_moved:
        return Shifts(found, [], read.pareto_k, days)
    found.sort(key=lambda shift: (not shift.touched, -abs(shift.decibans or 0)))
    n_moved = max(1, sum(shift.touched and shift.moves for shift in found))
    return Shifts(found[:n_moved], found[n_moved:], read.pareto_k, days)


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
