"""What is forecast now of a case, was on a day, and would be after changes.

A fit is a snapshot; the casebook moves on. The newest good fit is set beside the
casebook as it is, and is *stale* where either the casebook or the day is another. What
another day or another casebook would say is read from the draws of that fit.
"""

import datetime
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from operator import attrgetter

from cachetools import LRUCache, cachedmethod
from sqlalchemy.orm import Session

from deciban.model.casebook.affected import touched_scenarios
from deciban.model.casebook.casebook import Casebook
from deciban.model.casebook.changes import Change, changed
from deciban.model.casebook.forecast_day import day_to_take
from deciban.model.errors import ModelError
from deciban.model.posterior.summary import ScenarioSummary, Summary, can_tell
from deciban.model.posterior.what_if import Basis, Reading, prior_summary
from deciban.model.posterior.wording import checks_line
from deciban.model.sampling.draws import Draws
from deciban.priors import Indicator, PriorsFile
from deciban.service.running.clock import Clock
from deciban.service.store import Store
from deciban.service.store import casebooks as kept_casebooks
from deciban.service.store import fits as kept_fits
from deciban.service.store.casebooks import CaseHead
from deciban.service.store.fits import FitRecord

__all__ = [
    "CurrentForecast",
    "DayOutOfReachError",
    "DrawsNotKeptError",
    "ForecastReader",
    "ImpossibleCasebookError",
    "NoFitError",
    "PastForecast",
    "UnreadableDrawsError",
    "WhatIfReading",
    "day_of_forecasts",
]

# How long what was read last is trusted, in seconds, where another process may have
# written to the store since. What this process writes is seen at once.
_TRUST_SECONDS = 1.0


class UnreadableDrawsError(ModelError):
    """The draws of no fit say what would be; a refit will."""


class NoFitError(UnreadableDrawsError):
    """There is no fit yet whose draws could be read."""

    def __init__(self, case: str, why: str) -> None:
        super().__init__(f"{case} must have a fit first; {why}")
        self.case, self.why = case, why


class ImpossibleCasebookError(UnreadableDrawsError):
    """None of the draws is possible under a casebook."""


class DrawsNotKeptError(UnreadableDrawsError):
    """The draws of a fit are not kept any longer, or are of another version."""

    def __init__(self, fit: int, why: str = "its draws are not kept") -> None:
        super().__init__(f"fit {fit} must be made again: {why}")
        self.fit = fit


class DayOutOfReachError(ModelError):
    """The draws of the current fit say too little of another day."""

    def __init__(self, day: datetime.date, pareto_k: float) -> None:
        super().__init__(
            f"must be a day that has a fit, or is near enough to one that has, got "
            f"{day} with a Pareto k of {pareto_k:.2f}: ask for a fit of that day"
        )
        self.day, self.pareto_k = day, pareto_k


@dataclass(frozen=True, eq=False)
class CurrentForecast:
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
    why : str or None
        Why there is no good fit yet; None where there is one.
    """

    head: CaseHead
    casebook: Casebook
    as_of: datetime.date
    fit: FitRecord | None
    stale: bool
    why: str | None
    _prior: Callable[[], list[ScenarioSummary]] = field(repr=False)

    @property
    def summary(self) -> Summary | None:
        """What the fit says, None before the first."""
        return self.fit.summary if self.fit else None

    @property
    def prior(self) -> list[ScenarioSummary]:
        """What is believed without any report, with links, and with the clock."""
        return self._prior()


@dataclass(frozen=True)
class WhatIfReading:
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
class PastForecast:
    """The forecasts of a day that was asked for: those of a fit, or a reading."""

    fit: FitRecord
    stale: bool
    reading: Reading | None = None


@dataclass
class _LastLook:
    """What was read last of a case, and when."""

    current: CurrentForecast
    commits: int
    today: datetime.date
    at: float


class ForecastReader:
    """Reads forecasts from the store, and from the draws of fits.

    Parameters
    ----------
    store : Store
        Of casebooks and fits.
    clock : callable
        The time now, in UTC and aware of it.
    """

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock
        # Times below are those of the shipped case, of 83 reports and 4,000 draws.
        # By case; to look takes 1.5 ms, of a request that takes 0.4 ms in all.
        self._looks: dict[str, _LastLook] = {}
        # Two who ask for the same at once wait for one that makes it.
        self._making = threading.Condition()
        # Of 4 fits, of some 10 MB each; to make one ready takes 100 ms.
        self._bases = LRUCache[int, Basis](4)
        # Of 32 casebooks; to read one takes 17 ms.
        self._readings = LRUCache[object, Reading](32)
        # The last of each fit: of 8,000 reports it takes 30 ms to read near it what has
        # changed since, and a second or more from the fit's own casebook.
        self._latest = LRUCache[int, Reading](4)
        # Of 32 cases and days; to sum one up takes 18 ms.
        self._priors = LRUCache[object, tuple[PriorsFile, list[ScenarioSummary]]](32)

    def day(self, casebook: Casebook) -> datetime.date:
        """Choose the day of current forecasts.

        Parameters
        ----------
        casebook : Casebook
            Of the case.
        """
        return day_of_forecasts(casebook, self._clock)

    def current(self, case: str) -> CurrentForecast:
        """Look up what is forecast now.

        The same object as before is returned as long as nothing has changed.

        Parameters
        ----------
        case : str
            Its id.

        Raises
        ------
        UnknownCaseError
        """
        commits, today = self._store.commits, self._clock().date()
        now = time.monotonic()
        last = self._looks.get(case)
        if last is not None and (last.commits, last.today) == (commits, today):
            if now - last.at < _TRUST_SECONDS:
                return last.current
            last.at = now  # one looks again, the others go on with what is known
        with self._store.reading() as session:
            current = self._look(session, case, last.current if last else None)
        self._looks[case] = _LastLook(current, commits, today, now)
        return current

    def _look(
        self, session: Session, case: str, last: CurrentForecast | None
    ) -> CurrentForecast:
        head = kept_casebooks.head(session, case)
        casebook = kept_casebooks.casebook(session, case, head.revision)
        as_of = self.day(casebook)
        fit = self._newest(session, case, as_of)
        why = None if fit else _why_none(session, case)
        if (
            last is not None
            and (last.head, last.as_of, last.why) == (head, as_of, why)
            and (last.fit and last.fit.id) == (fit and fit.id)
        ):
            return last
        stale = fit is None or self._is_stale(fit, casebook, as_of)
        prior = partial(self.prior, casebook, as_of)
        return CurrentForecast(head, casebook, as_of, fit, stale, why, prior)

    def prior(self, casebook: Casebook, as_of: datetime.date) -> list[ScenarioSummary]:
        """Sum up what is believed without any report, with links, and with the clock.

        It stays the same while reports come in.

        Parameters
        ----------
        casebook : Casebook
            Of the case; its reports do not count.
        as_of : date
            The day at which the clock stands.

        Returns
        -------
        list of ScenarioSummary
            Of each scenario, in the order of the case; probabilities from 0 to 1.
        """
        # The clock stands where somebody last looked, and knows what was not seen.
        unseen: tuple[Indicator, ...] = ()
        if casebook.priors.indicators:
            unseen = casebook.as_of(as_of).priors.indicators
        key = casebook.case, as_of, casebook.looked(as_of), unseen
        with self._making:
            last = self._priors.get(key)
        if last is not None and (
            last[0] is casebook.priors or last[0] == casebook.priors
        ):
            return last[1]
        summaries = prior_summary(casebook, as_of)
        with self._making:
            self._priors[key] = casebook.priors, summaries
        return summaries

    def _newest(
        self, session: Session, case: str, as_of: datetime.date
    ) -> FitRecord | None:
        """Find the newest good fit of a day, or else of the nearest day before it."""
        if found := kept_fits.latest(session, case, as_of=as_of):
            return found
        done = [
            fit
            for fit in kept_fits.fits(session, case, state="done")
            if fit.summary is not None and fit.summary.checks.ok
        ]
        before = [fit for fit in done if fit.as_of < as_of]
        return max(before or done, key=_newness, default=None)

    def past(self, case: str, as_of: datetime.date) -> PastForecast:
        """Look up, or else read, what is forecast with what was known on a day.

        Parameters
        ----------
        case : str
            Its id.
        as_of : date
            The day.

        Raises
        ------
        UnknownCaseError, NoFitError
        DayOutOfReachError
            If it has no fit, and the draws of the current one say too little of it.
        """
        current = self.current(case)
        with self._store.reading() as session:
            fit = kept_fits.latest(session, case, as_of=as_of)
        if fit is not None:
            return PastForecast(fit, self._is_stale(fit, current.casebook, as_of))
        if current.fit is None:
            raise NoFitError(case, str(current.why))
        reading = self.reading(current.fit, current.casebook, as_of)
        if reading.pareto_k is not None and not can_tell(reading.pareto_k):
            raise DayOutOfReachError(as_of, reading.pareto_k)
        return PastForecast(current.fit, stale=True, reading=reading)

    def what_if(
        self,
        case: str,
        changes: Sequence[Change],
        as_of: datetime.date | None = None,
    ) -> WhatIfReading:
        """Read what changes would do; nothing is stored.

        Parameters
        ----------
        case : str
            Its id.
        changes : sequence of Change
            Taken together.
        as_of : date, optional
            The day to read after the changes; that of current forecasts unless given.

        Raises
        ------
        UnknownCaseError, NoFitError, ImpossibleCasebookError
        ChangeError
            If the changes do not lead to a casebook.
        """
        current = self.current(case)
        after = changed(current.casebook, changes)
        if current.fit is None:
            raise NoFitError(case, str(current.why))
        day = as_of or self.day(after)
        with self._making:
            near = self._latest.get(current.fit.id)
        before = self.reading(current.fit, current.casebook, current.as_of, near)
        with self._making:
            self._latest[current.fit.id] = before
        return WhatIfReading(
            current.fit,
            after,
            day,
            before,
            self.reading(current.fit, after, day, before),
            touched_scenarios(current.casebook, after, changes)
            if day == current.as_of
            else [scenario.id for scenario in after.priors.scenarios],
        )

    def reading(
        self,
        fit: FitRecord,
        casebook: Casebook,
        as_of: datetime.date,
        near: Reading | None = None,
    ) -> Reading:
        """Read the draws of a fit as if it had been of another casebook and day.

        Parameters
        ----------
        fit : FitRecord
            Whose draws.
        casebook : Casebook
            Any; what was read of one that says the same is remembered.
        as_of : date
            The day.
        near : Reading, optional
            Of the same draws, of a casebook that differs little: it is read faster.

        Raises
        ------
        ImpossibleCasebookError
            If none of them is possible under it.
        """
        return self._reading(self.basis(fit), fit, casebook, as_of, near)

    @cachedmethod(
        attrgetter("_readings"),
        key=lambda _self, _basis, fit, casebook, as_of, _near: (
            fit.id,
            casebook.digest(as_of, fit.settings),
        ),
        condition=attrgetter("_making"),
    )
    def _reading(
        self,
        basis: Basis,
        _fit: FitRecord,
        casebook: Casebook,
        as_of: datetime.date,
        near: Reading | None,
    ) -> Reading:
        try:
            return basis.read(casebook, as_of, near)
        except ModelError as error:
            raise ImpossibleCasebookError(str(error)) from error

    def _is_stale(
        self, fit: FitRecord, casebook: Casebook, as_of: datetime.date
    ) -> bool:
        return fit.digest != casebook.digest(as_of, fit.settings)

    @property
    def remembered(self) -> set[int]:
        """Numbers of the fits whose draws are at hand."""
        with self._making:
            return set(self._bases)

    @cachedmethod(
        attrgetter("_bases"),
        key=lambda _self, fit: fit.id,
        condition=attrgetter("_making"),
    )
    def basis(self, fit: FitRecord) -> Basis:
        """Return the draws of a fit, ready to be read.

        Parameters
        ----------
        fit : FitRecord
            Whose draws.

        Raises
        ------
        DrawsNotKeptError
            If they are not kept, or were made under other rules of the model.
        """
        with self._store.reading() as session:
            if not kept_fits.fit(session, fit.id).has_draws:
                raise DrawsNotKeptError(fit.id)
            if fit.summary is None:
                why = "another version made it, under other rules"
                raise DrawsNotKeptError(fit.id, why)
            draws = Draws.from_bytes(kept_fits.draws(session, fit.id))
            casebook = kept_casebooks.casebook(session, fit.case, fit.revision)
        return Basis(draws, casebook, fit.as_of)


def day_of_forecasts(casebook: Casebook, clock: Clock) -> datetime.date:
    """Choose the day of current forecasts, up to which reports are known to them.

    Parameters
    ----------
    casebook : Casebook
        Of the case.
    clock : callable
        The time now, in UTC and aware of it.
    """
    return day_to_take(casebook, None, clock().date()).day


def _why_none(session: Session, case: str) -> str:
    """Say why there is no good fit, by the newest of all."""
    newest = next(iter(kept_fits.fits(session, case, limit=1)), None)
    if newest is None or newest.state == "queued":
        return "the first one waits for a worker"
    if newest.state == "running":
        return "the first one is under way"
    if newest.state == "failed":
        return f"fit {newest.id} failed: {newest.error}"
    if newest.state == "cancelled":
        return f"fit {newest.id} was cancelled"
    if newest.summary is None:
        return f"fit {newest.id} was made under other rules, of another version"
    return f"fit {newest.id} failed its checks: {checks_line(newest.summary.checks)}"


def _newness(fit: FitRecord) -> tuple[datetime.date, int, int]:
    return fit.as_of, fit.revision, fit.id
