"""What is forecast now, what was and what would be, and why that may not be known.

A fit is a snapshot; the casebook moves on.
"""

import datetime
from dataclasses import dataclass, field

from deciban.model.casebook.casebook import Casebook
from deciban.model.casebook.forecast_day import day_to_take
from deciban.model.errors import ModelError
from deciban.model.posterior.summary import ScenarioSummary, Summary
from deciban.model.posterior.what_if import Reading, prior_summary
from deciban.service.running.clock import Clock
from deciban.service.store.casebooks import CaseHead
from deciban.service.store.fits import FitRecord

__all__ = [
    "Current",
    "ImpossibleError",
    "LetGoError",
    "NoFitError",
    "Past",
    "UnreadError",
    "UnreadableDayError",
    "WhatIf",
    "day_of_forecasts",
]


class UnreadError(ModelError):
    """The draws of no fit say what would be; a refit will."""


class NoFitError(UnreadError):
    """There is no fit yet whose draws could be read."""

    def __init__(self, case: str) -> None:
        super().__init__(f"{case} must have a fit first; one is under way")
        self.case = case


class ImpossibleError(UnreadError):
    """None of the draws is possible under a casebook."""


class LetGoError(UnreadError):
    """The draws of a fit are not kept any longer."""

    def __init__(self, fit: int) -> None:
        super().__init__(f"fit {fit} must be made again: its draws are not kept")
        self.fit = fit


class UnreadableDayError(ModelError):
    """The draws of the current fit say too little of another day."""

    def __init__(self, day: datetime.date, pareto_k: float) -> None:
        super().__init__(
            f"must be a day that has a fit, or is near enough to one that has, got "
            f"{day} with a Pareto k of {pareto_k:.2f}: ask for a fit of that day"
        )
        self.day, self.pareto_k = day, pareto_k


@dataclass(frozen=True, eq=False)
class Current:
    """What is forecast now of one case.

    Attributes
    ----------
    head : CaseHead
    casebook : Casebook
        At the head's revision.
    as_of : date
        The day of current forecasts.
    fit : FitRecord or None
        The newest good fit; None before the first.
    stale : bool
        Whether that fit is of another casebook or day, or there is none.
    """

    head: CaseHead
    casebook: Casebook
    as_of: datetime.date
    fit: FitRecord | None
    stale: bool
    _prior: list[list[ScenarioSummary]] = field(default_factory=list, repr=False)

    @property
    def summary(self) -> Summary | None:
        """What the fit says, None before the first."""
        return self.fit.summary if self.fit else None

    @property
    def prior(self) -> list[ScenarioSummary]:
        """What is believed without any report, with links, and with the clock."""
        if not self._prior:
            self._prior.append(prior_summary(self.casebook, self.as_of))
        return self._prior[0]


@dataclass(frozen=True)
class WhatIf:
    """Forecasts without and with a set of changes, from the draws of one fit.

    Attributes
    ----------
    fit : FitRecord
        Whose draws were read.
    casebook, as_of
        What ``after`` reads, and of which day.
    before, after : Reading
        What is forecast now, and what would be.
    touched : list of str
        Scenarios that the changes bear on, links included; all of them where the day
        of forecasts is another after the changes, which moves their clocks.
    """

    fit: FitRecord
    casebook: Casebook
    as_of: datetime.date
    before: Reading
    after: Reading
    touched: list[str]

    @property
    def pareto_k(self) -> float | None:
        """How far the draws can be trusted: see ``can_tell``."""
        known = [
            r.pareto_k for r in (self.before, self.after) if r.pareto_k is not None
        ]
        return max(known, default=None)


@dataclass(frozen=True)
class Past:
    """The forecasts of a day that was asked for: those of a fit, or a reading."""

    fit: FitRecord
    stale: bool
    reading: Reading | None = None


def day_of_forecasts(casebook: Casebook, clock: Clock) -> datetime.date:
    """Choose the day of current forecasts, up to which reports are known to them."""
    return day_to_take(casebook, None, clock().date()).day
