"""The scheduler: one thread that decides what is computed next, and records it.

What it knows that matters stands in the store, so that whatever dies can go on from
there: a fit is a row before it runs, its result is in the store before anyone is told,
and at its start the scheduler takes up every fit that was not finished, and every case
that has changed since its newest. All else, such as the order of work, is made anew.

Other threads speak to it by messages alone. While a fit runs it wakes ten times a
second to pass on how far that is; otherwise it waits.
"""

import datetime
import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from functools import partial

from deciban.model.casebook.casebook import Casebook
from deciban.service.refits.agenda import (
    Agenda,
    Background,
    WantedDay,
    WantedFiles,
    WantedFit,
    WantedLearning,
)
from deciban.service.refits.executor import Executor, JobFailedError
from deciban.service.refits.feed import Feed, News
from deciban.service.refits.fit_records import FitPoint, FitRecords
from deciban.service.refits.lessons import Lesson, Lessons
from deciban.service.refits.outcomes import JobOutcomes
from deciban.service.refits.task_queue import RETRY, TaskQueue
from deciban.service.refits.worker_places import Places, Work
from deciban.service.running.clock import Clock
from deciban.service.running.settings import Settings
from deciban.service.store import Store, StoreUnavailableError
from deciban.service.store.fits import FitRecord

__all__ = ["Scheduler"]

_log = logging.getLogger(__name__)

_PULSE = 0.1  # seconds between looks at how far a fit is
_TELL_STORE = 1.0  # seconds between two records of it
_IDLE = 1.0  # seconds between looks at the workers while nothing happens
_QUIET = 5.0  # seconds after a fit until plots and history may take its worker


class Scheduler:
    """Keeps every case fitted.

    Parameters
    ----------
    store : Store
        The state of record.
    executor : Executor
        Computes; stopped together with the scheduler.
    settings : Settings
        ``draws``, ``tune``, ``chains``, ``fit_seconds`` and ``history_days``.
    clock : callable
        The time now, in UTC and aware of it.
    day_of : callable
        The day up to which a casebook's reports count in a fit that nobody asked for;
        when it changes, the case is fitted again.
    beat : float
        Seconds between looks at the day, and at the store for changes that nobody told
        of, such as those of another process.
    quiet : float
        Seconds after a fit before a worker begins what can wait: reports often come one
        after the other, and none should have to wait for a plot to be drawn. A fit's
        explanation does not wait: it takes a fraction of a second.
    """

    def __init__(
        self,
        store: Store,
        executor: Executor,
        settings: Settings,
        clock: Clock,
        *,
        day_of: Callable[[Casebook], datetime.date],
        beat: float = 30.0,
        quiet: float = _QUIET,
    ) -> None:
        self._beat = beat
        self._records = FitRecords(store, settings, clock, day_of)
        self._executor = executor
        self._agenda = Agenda()
        self._feed = Feed(start=int(1000 * clock().timestamp()))
        self._lessons = Lessons()
        self._outcomes = JobOutcomes(
            self._records, self._agenda, self._feed, self._lessons, quiet
        )
        self._stopping = threading.Event()
        self._tasks = TaskQueue(self._stopping)
        self._places = Places(executor, settings.fit_seconds, self._hear_of_end)
        self._thread = threading.Thread(target=self._run, name="refits", daemon=True)
        # By case the revision and the day last fitted.
        self._fitted: dict[str, FitPoint] = {}
        self._paused_until = 0.0
        self._swept_at = 0.0

    # What other threads call.

    def start(self) -> None:
        """Take up what was left, and go on until ``stop``."""
        self._thread.start()

    def stop(self, timeout: float = 10.0) -> None:
        """Stop every fit, to be run again after the next start, and the workers.

        Parameters
        ----------
        timeout : float
            Seconds to wait for that at most.
        """
        self._stopping.set()
        self._tasks.ask(lambda: None)
        self._feed.close()
        if self._thread.is_alive():
            self._thread.join(timeout)

    def notice(self, case: str) -> None:
        """Hear that a case has changed: it is fitted as soon as can be.

        Parameters
        ----------
        case : str
            Its id.
        """
        self._tasks.ask(partial(self._agenda.want, WantedFit(case)))

    def ask(
        self,
        case: str,
        as_of: datetime.date | None = None,
        settings: Mapping[str, int] | None = None,
        *,
        who: str,
    ) -> FitRecord:
        """Ask for a fit of a case as it is now.

        Parameters
        ----------
        case : str
            Its id.
        as_of : date, optional
            Up to and with this day reports count; that of automatic fits unless given.
        settings : mapping, optional
            ``draws``, ``tune`` and ``chains``, as far as they differ.
        who : str
            Asks.

        Raises
        ------
        UnknownCaseError
            If there is no such case.
        """
        record = self._records.ask(case, as_of, settings or {}, who)
        self._feed.publish(News.of(record, "queued"))
        self._tasks.ask(partial(self._agenda.want, WantedFit(case, record.id)))
        return record

    def cancel(self, fit_id: int) -> bool:
        """Stop a fit that waits or runs; whether it did either.

        Parameters
        ----------
        fit_id : int
            Its number.

        Returns
        -------
        bool
            Whether it was queued or running.

        Raises
        ------
        UnknownFitError
            If there is no such fit.
        """
        state = self._records.fit(fit_id).state
        self._tasks.ask(partial(self._cancel, fit_id))
        return state in ("queued", "running")

    def make_files(self, fit_id: int) -> None:
        """Make the files of a fit that has none, such as one overtaken by others.

        Parameters
        ----------
        fit_id : int
            Its number.
        """
        self._tasks.ask(partial(self._want_overtaken, fit_id))

    def want_days(self, days: Iterable[WantedDay]) -> None:
        """Have past days fitted, after all that is more urgent."""
        self._tasks.ask(partial(self._agenda.want_more_days, days))

    def learned(self, wanted: WantedLearning) -> Lesson | None:
        """What cases have taught; None where that is being learned from now on."""
        lesson = self._lessons.get(wanted)
        if lesson is None:
            self._tasks.ask(partial(self._agenda.want_learning, wanted))
        return lesson

    def progress(self, fit_id: int) -> News | None:
        """How far a fit is, where this scheduler has had to do with it."""
        return self._feed.newest(fit_id)

    def wait_for(self, fit_id: int, seen: int, timeout: float) -> News | None:
        """Wait for news of a fit.

        Parameters
        ----------
        fit_id : int
            Its number.
        seen : int
            Number of the news last seen; 0 for none.
        timeout : float
            Seconds to wait at most.

        Returns
        -------
        News or None
            The next, or None if none came. A fit that ended before this scheduler
            started has one: how it ended.
        """
        if self._feed.newest(fit_id) is None:
            record = self._records.fit(fit_id)
            news = News.of(record, record.state, error=record.error)
            self._feed.publish(news, late=True)
        return self._feed.wait_for(fit_id, seen, timeout)

    def wait_for_case(self, case: str, seen: int, timeout: float) -> News | None:
        """Wait until a fit of a case is queued, runs or ends: as ``wait_for``.

        Parameters
        ----------
        case : str
            Its id.
        seen : int
            Number of the last news that were seen.
        timeout : float
            In seconds.
        """
        return self._feed.wait_for_case(case, seen, timeout)

    def wait_for_any(self, seen: int, timeout: float) -> News | None:
        """Wait until a fit of any case is queued, runs or ends: as ``wait_for``.

        Parameters
        ----------
        seen : int
            Number of the last news that were seen.
        timeout : float
            In seconds.
        """
        return self._feed.wait_for_any(seen, timeout)

    # All below runs in the scheduler's own thread.

    def _run(self) -> None:
        self._tasks.take(self._recover)
        while not self._stopping.is_set():
            self._tasks.take(self._hand_out, again=False)
            self._tasks.take_asked(_PULSE if self._is_awake else min(_IDLE, self._beat))
            self._look_around()
        self._wind_up()

    @property
    def _is_awake(self) -> bool:
        """Whether there is something to see to before anyone asks."""
        return bool(self._places or self._tasks.has_later or self._outcomes.is_quiet)

    def _look_around(self) -> None:
        self._tasks.take_due()
        for work in self._places:
            self._tasks.take(partial(self._relay, work))
        if time.monotonic() - self._swept_at > self._beat:
            self._tasks.take(self._sweep)

    def _recover(self) -> None:
        """Take up what was left when the service ended."""
        for record in self._records.take_up():
            self._agenda.want(WantedFit(record.case, record.id))
            self._feed.publish(News.of(record, "queued"))
        self._fitted = self._records.fitted()
        for files in self._records.last_good():
            self._agenda.want_files(files)
        self._sweep()
        for case in self._records.newest():
            days, recorded = self._records.days(case), self._records.recorded(case)
            self._agenda.want_days(case, days, recorded)
            self._tasks.ask(partial(self._let_go, case))

    def _sweep(self) -> None:
        """Find cases that have changed unheard, or whose day is another by now."""
        self._swept_at = time.monotonic()
        for case, point in self._records.newest().items():
            if self._fitted.get(case) != point:
                self._agenda.want(WantedFit(case))

    # Handing out.

    def _hand_out(self) -> None:
        """Give each free worker the next thing to do."""
        if time.monotonic() < self._paused_until:
            return
        places = self._places.look()
        for place in places:
            while self._places.is_free(place) and not self._stopping.is_set():
                if not self._give(place):
                    break
        if self._agenda.has_fit(self._places.busy) and not any(
            map(self._places.is_free, places)
        ):
            self._places.make_room()

    def _give(self, place: str) -> bool:
        """Begin the next thing at a place; False if there is none."""
        if wanted := self._agenda.next_fit(self._places.busy):
            return self._try(self._begin_fit, wanted, place)
        if self._tasks.has_asked:
            return False
        match self._agenda.next_background(only_why=self._outcomes.is_quiet):
            case None:
                return False
            case WantedFiles() as files:
                return self._try(self._begin_files, files, place)
            case WantedDay() as day:
                return self._try(self._begin_day, day, place)
            case WantedLearning() as learning:
                return self._try(self._begin_learning, learning, place)

    def _try[T: WantedFit | Background](
        self, begin: Callable[[T, str], None], what: T, place: str
    ) -> bool:
        """Begin something; keep it for later if the store cannot be used."""
        try:
            begin(what, place)
        except StoreUnavailableError:
            self._paused_until = time.monotonic() + RETRY
            if isinstance(what, WantedFit):
                self._agenda.want(what, first=True)
            else:
                self._agenda.want_again(what)
            raise
        return True

    def _begin_fit(self, wanted: WantedFit, place: str) -> None:
        begun = self._records.begin(wanted, self._fitted.get(wanted.case))
        if begun is None:
            return
        record, job = begun
        if wanted.fit is None:
            self._fitted[record.case] = FitPoint.of(record)
        self._places.begin(record, job, place)
        self._feed.publish(News.of(record, "running"))

    def _begin_files(self, files: WantedFiles, place: str) -> None:
        if job := self._records.making_files(files, self._outcomes.unmakable(files)):
            self._places.begin(files, job, place)

    def _begin_day(self, day: WantedDay, place: str) -> None:
        if job := self._records.fitting_day(day):
            self._places.begin(day, job, place)

    def _begin_learning(self, wanted: WantedLearning, place: str) -> None:
        under_way = any(work.what == wanted for work in self._places)
        if not under_way and self._lessons.get(wanted) is None:
            self._places.begin(wanted, self._records.learning(wanted), place)

    # What comes of it.

    def _hear_of_end(self, place: str) -> None:
        """Hear from any thread that a job has ended."""
        self._tasks.ask(partial(self._finished, place))

    def _finished(self, place: str) -> None:
        work, result = self._places.end(place)
        if isinstance(result, JobFailedError):
            _log.error("a job failed: %s\n%s", result, result.traceback)
        stopping = self._stopping.is_set()
        self._tasks.take(partial(self._outcomes.land, work, result, stopping=stopping))
        if isinstance(work.what, FitRecord):
            self._tasks.ask(partial(self._let_go, work.what.case))

    def _let_go(self, case: str) -> None:
        """Let go of what is too much, piece by piece: others may ask in between."""
        if self._records.let_go(case):
            self._tasks.ask(partial(self._let_go, case))

    def _want_overtaken(self, fit_id: int) -> None:
        self._agenda.want_files(WantedFiles(self._records.fit(fit_id).case, fit_id))

    def _cancel(self, fit_id: int) -> None:
        for work in self._places:
            if isinstance(work.what, FitRecord) and work.what.id == fit_id:
                work.is_cancelled = True
                work.running.cancel()
                return
        record = self._records.fit(fit_id)
        self._agenda.forget(WantedFit(record.case, fit_id))
        if self._records.cancel(fit_id):
            self._feed.publish(News.of(record, "cancelled"))

    def _relay(self, work: Work) -> None:
        """Pass on how far a fit is, to those who wait and now and then to the store."""
        record, progress = work.what, work.running.progress()
        if not isinstance(record, FitRecord) or progress == work.last_progress:
            return
        work.last_progress = progress
        self._feed.publish(News.of(record, "running", progress))
        now = time.monotonic()
        if progress.stage is not None and now - work.recorded_at > _TELL_STORE:
            work.recorded_at = now
            self._records.note(record, progress.stage, progress)

    def _wind_up(self) -> None:
        """Stop what is under way, leave it to be taken up again, end the workers."""
        for place in self._places.stop():
            self._tasks.take(partial(self._finished, place))
        self._executor.stop()
