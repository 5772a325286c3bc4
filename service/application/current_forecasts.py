"""The desk that the API and the pages ask for forecasts, and hand changes to.

It sets the newest good fit beside the casebook as it is, tells whether the fit is
stale, and what a change would do by reading its draws again. It remembers what it has
read until something is written.
"""

import datetime
import json
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from deciban.model.casebook.affected import touched_scenarios
from deciban.model.casebook.casebook import Casebook
from deciban.model.casebook.changes import Change, ChangeError, ChangeProblem, changed
from deciban.model.errors import ModelError
from deciban.model.posterior.summary import can_tell
from deciban.model.posterior.what_if import Basis, Reading
from deciban.model.sampling.draws import Draws
from deciban.service.application.forecasts import (
    Current,
    ImpossibleError,
    LetGoError,
    NoFitError,
    Past,
    UnreadableDayError,
    WhatIf,
    day_of_forecasts,
)
from deciban.service.running.clock import Clock
from deciban.service.running.lru import Remembered
from deciban.service.store import RevisionError, Store, UnknownCaseError
from deciban.service.store import casebooks as kept_casebooks
from deciban.service.store import fits as kept_fits
from deciban.service.store.casebooks import Author
from deciban.service.store.fits import FitRecord

if TYPE_CHECKING:
    from deciban.service.refits import Scheduler

__all__ = ["Changes", "Desk"]

# How long the desk trusts what it read last, in seconds, where another process may have
# written to the store since. What this process writes is seen at once.
_TRUST_SECONDS = 1.0
# Where a day begins first: UTC+14.
_FIRST_ZONE = datetime.timedelta(hours=14)
_BASES_KEPT = 4
_READINGS_KEPT = 32

type Changes = Sequence[Change] | Callable[[Casebook | None], Sequence[Change]]


@dataclass
class _Seen:
    """What the desk read last of a case, and when."""

    current: Current
    commits: int
    today: datetime.date
    at: float


class Desk:
    """What is forecast now: the newest fit, whether it is stale, and what-if on it."""

    def __init__(self, store: Store, scheduler: "Scheduler", clock: Clock) -> None:
        self.store, self.scheduler, self.clock = store, scheduler, clock
        self._seen: dict[str, _Seen] = {}
        self._bases = Remembered[Basis](_BASES_KEPT)
        self._readings = Remembered[tuple[Casebook, Reading]](_READINGS_KEPT)
        self._digests = Remembered[tuple[Casebook, str]](_READINGS_KEPT)

    def day(self, casebook: Casebook) -> datetime.date:
        """Choose the day of current forecasts."""
        return day_of_forecasts(casebook, self.clock)

    def current(self, case: str) -> Current:
        """Look up what is forecast now.

        The same object as before is returned as long as nothing has changed.

        Raises
        ------
        UnknownCaseError
        """
        commits, today = self.store.commits, self.clock().date()
        now = time.monotonic()
        seen = self._seen.get(case)
        if seen is not None and (seen.commits, seen.today) == (commits, today):
            if now - seen.at < _TRUST_SECONDS:
                return seen.current
            seen.at = now  # one looks again, the others go on with what is known
        with self.store.reading() as session:
            current = self._look(session, case, seen.current if seen else None)
        self._seen[case] = _Seen(current, commits, today, now)
        return current

    def _look(self, session: Session, case: str, last: Current | None) -> Current:
        head = kept_casebooks.head(session, case)
        casebook = kept_casebooks.casebook(session, case, head.revision)
        as_of = self.day(casebook)
        fit = self._newest(session, case, as_of)
        if (
            last is not None
            and (last.head, last.as_of) == (head, as_of)
            and (last.fit and last.fit.id) == (fit and fit.id)
        ):
            return last
        stale = fit is None or self._is_stale(fit, casebook, as_of)
        same = last is not None and last.as_of == as_of
        if last is not None and same and last.casebook.priors == casebook.priors:
            # A report leaves the prior as it was, which takes some time to sum up.
            return Current(head, casebook, as_of, fit, stale, last._prior)
        return Current(head, casebook, as_of, fit, stale)

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

    def past(self, case: str, as_of: datetime.date) -> Past:
        """Look up, or else read, what is forecast with what was known on a day.

        Raises
        ------
        UnknownCaseError, NoFitError
        UnreadableDayError
            If it has no fit, and the draws of the current one say too little of it.
        """
        current = self.current(case)
        with self.store.reading() as session:
            fit = kept_fits.latest(session, case, as_of=as_of)
        if fit is not None:
            return Past(fit, self._is_stale(fit, current.casebook, as_of))
        if current.fit is None:
            raise NoFitError(case)
        reading = self.reading(current.fit, current.casebook, as_of)
        if reading.pareto_k is not None and not can_tell(reading.pareto_k):
            raise UnreadableDayError(as_of, reading.pareto_k)
        return Past(current.fit, stale=True, reading=reading)

    def what_if(
        self,
        case: str,
        changes: Sequence[Change],
        as_of: datetime.date | None = None,
    ) -> WhatIf:
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
        UnknownCaseError, NoFitError, ImpossibleError
        ChangeError
            If the changes do not lead to a casebook.
        """
        current = self.current(case)
        after = changed(current.casebook, changes)
        if current.fit is None:
            raise NoFitError(case)
        day = as_of or self.day(after)
        before = self.reading(current.fit, current.casebook, current.as_of)
        return WhatIf(
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
            Any; what was read of the very same one is remembered.
        as_of : date
            The day.
        near : Reading, optional
            Of the same draws, of a casebook that differs little: it is read faster.

        Raises
        ------
        ImpossibleError
            If none of them is possible under it.
        """
        basis = self.basis(fit)

        def read() -> tuple[Casebook, Reading]:
            try:
                return casebook, basis.read(casebook, as_of, near)
            except ModelError as error:
                raise ImpossibleError(str(error)) from error

        # With the casebook itself, so that no other has its place in memory.
        return self._readings.make((fit.id, id(casebook), as_of), read)[1]

    def _is_stale(
        self, fit: FitRecord, casebook: Casebook, as_of: datetime.date
    ) -> bool:
        return fit.digest != self._digest(casebook, as_of, fit.settings)

    def _digest(
        self, casebook: Casebook, as_of: datetime.date, settings: Mapping[str, Any]
    ) -> str:
        """Return the digest of a casebook; it is asked for again and again."""
        key = id(casebook), as_of, json.dumps(settings, sort_keys=True)
        return self._digests.make(
            key, lambda: (casebook, casebook.digest(as_of, settings))
        )[1]

    @property
    def remembered(self) -> set[int]:
        """Numbers of the fits whose draws are at hand."""
        return self._bases.keys()

    def basis(self, fit: FitRecord) -> Basis:
        """Return the draws of a fit, ready to be read.

        Raises
        ------
        LetGoError
            If they are not kept.
        """

        def basis() -> Basis:
            with self.store.reading() as session:
                if not kept_fits.fit(session, fit.id).has_draws:
                    raise LetGoError(fit.id)
                draws = Draws.from_bytes(kept_fits.draws(session, fit.id))
                casebook = kept_casebooks.casebook(session, fit.case, fit.revision)
            return Basis(draws, casebook, fit.as_of)

        return self._bases.make(fit.id, basis)

    def post(
        self,
        case: str,
        changes: Changes,
        *,
        author: Author,
        because: str | None = None,
        expected: int | None = None,
        also: Callable[[Session, int], None] | None = None,
    ) -> tuple[int, Casebook]:
        """Append changes to a case, and let the refit follow.

        Parameters
        ----------
        case : str
            Its id.
        changes : sequence of Change, or callable
            Or what makes them of the casebook at the head, None where there is no case
            yet, so that they cannot be out of date.
        author : Author
            Who makes them.
        because : str, optional
            Why.
        expected : int, optional
            Revision that must be the head.
        also : callable, optional
            What is to be written together with the changes, given the revision.

        Returns
        -------
        tuple of int and Casebook
            The new revision, and the casebook at it.

        Raises
        ------
        UnknownCaseError, ChangeError, RevisionError, StoreUnavailableError
        """
        with self.store.writing() as session:
            revision = self._append(
                session, case, changes, expected, author=author, because=because
            )
            if also is not None:
                also(session, revision)
            casebook = kept_casebooks.casebook(session, case, revision)
        self.scheduler.notice(case)
        return revision, casebook

    def _append(
        self,
        session: Session,
        case: str,
        changes: Changes,
        expected: int | None,
        **why: Any,
    ) -> int:
        def append(made: Sequence[Change], last: int | None) -> int:
            _check_outcomes(made, self.clock())
            return kept_casebooks.append(
                session, case, made, now=self.clock(), expected=last, **why
            )

        if not callable(changes):
            return append(changes, expected)
        while True:
            last, casebook = _head(session, case)
            try:
                return append(changes(casebook), last if expected is None else expected)
            except RevisionError:
                if expected is not None:
                    raise
                # Another process was first: what was made of the old head is no more.


def _check_outcomes(changes: Sequence[Change], now: datetime.datetime) -> None:
    """Refuse outcomes that nobody can know yet, wherever on Earth they are."""
    today = (now + _FIRST_ZONE).date()
    rule = f"must not be after today, {today}"
    problems = []
    for number, change in enumerate(changes):
        on = (change.body or {}).get("on") if change.kind == "outcome" else None
        with suppress(TypeError, ValueError):  # no day at all is refused elsewhere
            if on is not None and datetime.date.fromisoformat(on) > today:
                item = f"outcome {change.key}"
                problems.append(ChangeProblem(number, ("on",), rule, on, item))
    if problems:
        raise ChangeError(problems)


def _head(session: Session, case: str) -> tuple[int, Casebook | None]:
    try:
        last = kept_casebooks.head(session, case).revision
    except UnknownCaseError:
        return 0, None
    return last, kept_casebooks.casebook(session, case, last)


def _newness(fit: FitRecord) -> tuple[datetime.date, int, int]:
    return fit.as_of, fit.revision, fit.id
