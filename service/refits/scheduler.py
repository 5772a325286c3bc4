"""The scheduler: one thread that decides what is computed next, and records it.

What it knows that matters stands in the store, so that whatever dies can go on from
there: a fit is a row before it runs, its result is in the store before anyone is told,
and at its start the scheduler takes up every fit that was not finished, and every case
that has changed since its newest. All else, such as the order of work, is made anew.

Other threads speak to it by messages alone. While a fit runs it wakes ten times a
second to pass on how far that is; otherwise it waits.
"""

import concurrent.futures
import datetime
import logging
import queue
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

from model.casebook import Casebook
from model.errors import FitStoppedError
from model.summary import Summary
from service.clock import Clock
from service.refits.agenda import Agenda, Background, Day, Files, Wanted
from service.refits.executor import (
    STOP_GRACE,
    Executor,
    Fitted,
    FitTimeLimitError,
    Job,
    JobFailedError,
    Kept,
    NeverRan,
    Progress,
    Result,
    Running,
    WorkerDiedError,
)
from service.refits.feed import Feed, News
from service.refits.ledger import AUTOMATIC, MOST_ATTEMPTS, Ledger, Point
from service.settings import Settings
from service.store import Store, StoreUnavailableError
from service.store.fits import FitRecord, State

__all__ = ["Scheduler"]

_log = logging.getLogger(__name__)

_PULSE = 0.1  # seconds between looks at how far a fit is
_TELL_STORE = 1.0  # seconds between two records of it
_IDLE = 1.0  # seconds between looks at the workers while nothing happens
_QUIET = 2.0  # seconds after a fit until files and history may take its worker
_RETRY = 1.0  # seconds until a store that is unavailable is tried again


@dataclass(frozen=True)
class _Prepare:
    """A density to compile before it is needed."""

    case: str


_NOTHING_YET = Progress()
_DEATHS = (WorkerDiedError, FitTimeLimitError)

type _What = FitRecord | Background | _Prepare


@dataclass
class _Work:
    """Something under way at a place."""

    what: _What
    running: Running
    is_cancelled: bool = False
    told: Progress = _NOTHING_YET
    recorded_at: float = field(default_factory=time.monotonic)

    @property
    def is_background(self) -> bool:
        return isinstance(self.what, Files | Day)


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
        after the other, and none should have to wait for a plot to be drawn.
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
        self._ledger = Ledger(store, settings, clock, day_of)
        self._executor = executor
        self._time_limit = settings.fit_seconds
        self._beat = beat
        self._quiet = quiet
        self._feed = Feed(start=int(1000 * clock().timestamp()))
        self._inbox: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="refits", daemon=True)
        self._agenda = Agenda()
        self._work: dict[str, _Work] = {}
        # By case the revision and the day last fitted.
        self._fitted: dict[str, Point] = {}
        # Places that have been told to compile a density, and those that have one.
        self._prepared: set[str] = set()
        self._warm: frozenset[str] = frozenset()
        # By case the fit that followed the last change.
        self._overtaken: dict[str, int] = {}
        # Names of files that cannot be made, until the next start.
        self._unmakable: defaultdict[Files, set[str]] = defaultdict(set)
        # How often a worker died of what is not a fit.
        self._deaths: Counter[Background | _Prepare] = Counter()
        self._later: list[tuple[float, Callable[[], None]]] = []
        self._paused_until = 0.0
        self._quiet_until = 0.0
        self._swept_at = 0.0

    # What other threads call.

    def start(self) -> None:
        """Take up what was left, and go on until ``stop``."""
        self._thread.start()

    def stop(self, timeout: float = 10.0) -> None:
        """Stop every fit, to be run again after the next start, and the workers."""
        self._stopping.set()
        self._inbox.put(lambda: None)
        self._feed.close()
        if self._thread.is_alive():
            self._thread.join(timeout)

    def notice(self, case: str) -> None:
        """Hear that a case has changed: it is fitted as soon as can be."""
        self._inbox.put(partial(self._agenda.want, Wanted(case)))

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
        record = self._ledger.ask(case, as_of, settings or {}, who)
        self._tell(record, "queued")
        self._inbox.put(partial(self._agenda.want, Wanted(case, record.id)))
        return record

    def cancel(self, fit_id: int) -> bool:
        """Stop a fit that waits or runs; whether it did either.

        Raises
        ------
        UnknownFitError
            If there is no such fit.
        """
        state = self._ledger.fit(fit_id).state
        self._inbox.put(partial(self._cancel, fit_id))
        return state in ("queued", "running")

    def make_files(self, fit_id: int) -> None:
        """Make the files of a fit that has none, such as one overtaken by others."""
        self._inbox.put(partial(self._want_overtaken, fit_id))

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
            record = self._ledger.fit(fit_id)
            self._feed.publish(
                _news(record, record.state, error=record.error), late=True
            )
        return self._feed.wait_for(fit_id, seen, timeout)

    def wait_for_case(self, case: str, seen: int, timeout: float) -> News | None:
        """Wait until a fit of a case is queued, runs or ends: as ``wait_for``."""
        return self._feed.wait_for_case(case, seen, timeout)

    def wait_for_any(self, seen: int, timeout: float) -> News | None:
        """Wait until a fit of any case is queued, runs or ends: as ``wait_for``."""
        return self._feed.wait_for_any(seen, timeout)

    @property
    def is_warm(self) -> bool:
        """Whether a worker has compiled a density."""
        return bool(self._warm)

    @property
    def is_alive(self) -> bool:
        """Whether the scheduler runs."""
        return self._thread.is_alive()

    @property
    def waiting(self) -> int:
        """How many fits wait for a worker, or for another fit of their case."""
        return len(self._agenda)

    # All below runs in the scheduler's own thread.

    def _run(self) -> None:
        self._safely(self._recover)
        while not self._stopping.is_set():
            self._safely(self._hand_out)
            self._hear()
            self._safely(self._look_around)
        self._wind_up()

    def _safely(self, step: Callable[[], None]) -> None:
        """Take a step; again soon if the store could not be used.

        Whatever else goes wrong is logged: without its thread no case would ever be
        fitted again.
        """
        try:
            step()
        except StoreUnavailableError as error:
            _log.warning("%s; trying again", error)
            if step != self._hand_out:
                self._later.append((time.monotonic() + _RETRY, step))
        except Exception:
            _log.exception("the scheduler of refits went wrong")

    def _hear(self) -> None:
        """Wait for messages, and act on all that there are."""
        soon = self._work or self._later or time.monotonic() < self._quiet_until
        wait = _PULSE if soon else min(_IDLE, self._beat)
        try:
            self._safely(self._inbox.get(timeout=wait))
            while not self._stopping.is_set():
                self._safely(self._inbox.get_nowait())
        except queue.Empty:
            return

    def _look_around(self) -> None:
        now = time.monotonic()
        due = [step for at, step in self._later if at <= now]
        self._later = [(at, step) for at, step in self._later if at > now]
        for step in due:
            self._safely(step)
        for work in self._work.values():
            self._safely(partial(self._relay, work))
        if now - self._swept_at > self._beat:
            self._safely(self._sweep)

    def _recover(self) -> None:
        """Take up what was left when the service ended."""
        for record in self._ledger.take_up():
            self._agenda.want(Wanted(record.case, record.id))
            self._tell(record, "queued")
        self._fitted = self._ledger.fitted()
        for files in self._ledger.last_good():
            self._agenda.want_files(files)
        self._sweep()
        for case in self._ledger.newest():
            self._agenda.want_days(case, self._ledger.days(case))

    def _sweep(self) -> None:
        """Find cases that have changed unheard, or whose day is another by now."""
        self._swept_at = time.monotonic()
        for case, point in self._ledger.newest().items():
            if self._fitted.get(case) != point:
                self._agenda.want(Wanted(case))

    # Handing out.

    def _hand_out(self) -> None:
        """Give each free worker the next thing to do."""
        if time.monotonic() < self._paused_until:
            return
        places = self._executor.places()
        self._warm &= frozenset(places)
        self._prepared &= set(places)
        for place in places:
            while place not in self._work and not self._stopping.is_set():
                if not self._give(place):
                    break
        if self._agenda.has_fit(self._busy) and self._work.keys() >= set(places):
            self._make_room()

    @property
    def _busy(self) -> set[str]:
        """Cases of which a fit is under way."""
        return {
            work.what.case
            for work in self._work.values()
            if isinstance(work.what, FitRecord)
        }

    def _give(self, place: str) -> bool:
        """Begin the next thing at a place; False if there is none."""
        if wanted := self._agenda.next_fit(self._busy):
            return self._try(self._begin_fit, wanted, place)
        if (case := self._unprepared(place)) is not None:
            return self._try(self._begin_preparing, _Prepare(case), place)
        if not self._inbox.empty() or time.monotonic() < self._quiet_until:
            return False
        match self._agenda.next_background():
            case None:
                return False
            case Files() as files:
                return self._try(self._begin_files, files, place)
            case Day() as day:
                return self._try(self._begin_day, day, place)

    def _try[T: Wanted | Background | _Prepare](
        self, begin: Callable[[T, str], None], what: T, place: str
    ) -> bool:
        """Begin something; keep it for later if the store cannot be used."""
        try:
            begin(what, place)
        except StoreUnavailableError:
            self._paused_until = time.monotonic() + _RETRY
            if isinstance(what, Wanted):
                self._agenda.want(what, first=True)
            elif not isinstance(what, _Prepare):
                self._agenda.want_again(what)
            raise
        return True

    def _begin_fit(self, wanted: Wanted, place: str) -> None:
        begun = self._ledger.begin(wanted, self._fitted.get(wanted.case))
        if begun is None:
            return
        record, job = begun
        if wanted.fit is None:
            self._fitted[record.case] = Point.of(record)
        self._submit(record, job, place)
        self._tell(record, "running")

    def _unprepared(self, place: str) -> str | None:
        """Name the case whose density a worker has yet to compile."""
        if place in self._prepared or not self._inbox.empty():
            return None
        case = self._ledger.newest_case()
        if case is None or self._deaths[_Prepare(case)] >= MOST_ATTEMPTS:
            return None
        return case

    def _begin_preparing(self, what: _Prepare, place: str) -> None:
        self._prepared.add(place)
        self._submit(what, self._ledger.preparing(what.case), place)

    def _begin_files(self, files: Files, place: str) -> None:
        if job := self._ledger.making_files(files, self._unmakable[files]):
            self._submit(files, job, place)

    def _begin_day(self, day: Day, place: str) -> None:
        if job := self._ledger.fitting_day(day):
            self._submit(day, job, place)

    def _submit(self, what: _What, job: Job, place: str) -> None:
        ended = partial(self._inbox.put, partial(self._finished, place))
        try:
            running = self._executor.submit(job, self._time_limit, place, ended)
        except Exception:  # of whatever kind of workers: as if this one had died
            _log.exception("a worker could not be given its job")
            running = NeverRan(place)
            self._inbox.put(partial(self._finished, place))
        self._work[place] = _Work(what, running)

    def _make_room(self) -> None:
        """Ask one worker to leave what can wait, for a fit that cannot."""
        if any(w.is_background and w.is_cancelled for w in self._work.values()):
            return
        for work in self._work.values():
            if work.is_background:
                work.is_cancelled = True
                # Not by force: its worker would have to compile again.
                work.running.cancel(force=False)
                return

    # What comes of it.

    def _finished(self, place: str) -> None:
        work = self._work.pop(place)
        try:
            result: Result | Exception = work.running.outcome.result(timeout=0)
        except (
            FitStoppedError,
            FitTimeLimitError,
            WorkerDiedError,
            JobFailedError,
        ) as error:
            result = error
        if not isinstance(result, Exception) and not isinstance(work.what, Files):
            self._prepared.add(place)
            self._warm |= {place}
        if isinstance(result, JobFailedError):
            _log.error("a job failed: %s\n%s", result, result.traceback)
        self._safely(partial(self._land, work, result))

    def _land(self, work: _Work, result: Result | Exception) -> None:
        match work.what:
            case FitRecord() as record:
                self._land_fit(record, work, result)
            case Files() as files:
                self._land_files(files, result)
            case Day() as day:
                self._land_day(day, result)
            case _Prepare() as preparing:
                self._deaths[preparing] += isinstance(result, _DEATHS)

    def _land_fit(
        self, record: FitRecord, work: _Work, result: Result | Exception
    ) -> None:
        match result:
            case Fitted():
                self._finish(record, result)
            case FitStoppedError() if self._stopping.is_set() and not work.is_cancelled:
                self._ledger.put_back(record)
            case FitStoppedError() | WorkerDiedError() if work.is_cancelled:
                self._ledger.cancel(record.id)
                self._tell(record, "cancelled")
            case FitStoppedError() | WorkerDiedError():
                self._try_again(record)
            case error:
                self._ledger.fail(record, str(error))
                _log.error("fit %d of %s: %s", record.id, record.case, error)
                self._tell(record, "failed", error=str(error))

    def _finish(self, record: FitRecord, fitted: Fitted) -> None:
        summary = self._ledger.finish(record, fitted)
        if summary is None:
            return
        self._quiet_until = time.monotonic() + self._quiet
        self._tell(record, "done")
        _log.info("fit %d of %s is done", record.id, record.case)
        self._want_files_of(record, summary)
        self._agenda.want_days(record.case, self._ledger.days(record.case))

    def _try_again(self, record: FitRecord) -> None:
        again = self._ledger.try_again(record)
        if again.state == "queued":
            _log.warning("the worker of fit %d died: it runs again", record.id)
            self._agenda.want(Wanted(record.case, record.id), first=True)
        self._tell(again, again.state, error=again.error)

    def _want_files_of(self, record: FitRecord, summary: Summary) -> None:
        """Have files made of a fit, and none of the one that it overtakes."""
        overtaken = []
        if record.asked_by == AUTOMATIC and summary.checks.ok:
            overtaken = [self._overtaken.get(record.case, record.id)]
            self._overtaken[record.case] = record.id
        self._agenda.want_files(Files(record.case, record.id), instead=overtaken)

    def _land_files(self, files: Files, result: Result | Exception) -> None:
        if not isinstance(result, Kept):
            self._try_background_again(files, result)
            return
        self._ledger.keep(files, result.artefacts)
        self._unmakable[files] |= {name for name, _ in result.failed}
        for name, traceback in result.failed:
            _log.error("%s of fit %d failed\n%s", name, files.fit, traceback)
        if result.stopped:
            self._agenda.want_again(files)

    def _land_day(self, day: Day, result: Result | Exception) -> None:
        if not isinstance(result, Fitted):
            self._try_background_again(day, result)
            return
        self._ledger.remember(day, result)

    def _try_background_again(
        self, what: Background, result: Result | Exception
    ) -> None:
        self._deaths[what] += isinstance(result, _DEATHS)
        if isinstance(result, JobFailedError) or self._deaths[what] >= MOST_ATTEMPTS:
            _log.error("%s was given up", what)
        else:
            self._agenda.want_again(what)

    def _want_overtaken(self, fit_id: int) -> None:
        self._agenda.want_files(Files(self._ledger.fit(fit_id).case, fit_id))

    def _cancel(self, fit_id: int) -> None:
        for work in self._work.values():
            if isinstance(work.what, FitRecord) and work.what.id == fit_id:
                work.is_cancelled = True
                work.running.cancel()
                return
        record = self._ledger.fit(fit_id)
        self._agenda.forget(Wanted(record.case, fit_id))
        if self._ledger.cancel(fit_id):
            self._tell(record, "cancelled")

    def _relay(self, work: _Work) -> None:
        """Pass on how far a fit is, to those who wait and now and then to the store."""
        record, progress = work.what, work.running.progress()
        if not isinstance(record, FitRecord) or progress == work.told:
            return
        work.told = progress
        self._tell(record, "running", progress)
        now = time.monotonic()
        if progress.stage is not None and now - work.recorded_at > _TELL_STORE:
            work.recorded_at = now
            self._ledger.note(record, progress.stage, progress)

    def _tell(
        self,
        record: FitRecord,
        state: State,
        progress: Progress = _NOTHING_YET,
        error: str | None = None,
    ) -> None:
        self._feed.publish(_news(record, state, progress, error))

    def _wind_up(self) -> None:
        """Stop what is under way, leave it to be taken up again, end the workers."""
        for work in self._work.values():
            work.running.cancel()
        outcomes = [work.running.outcome for work in self._work.values()]
        concurrent.futures.wait(outcomes, timeout=2 * STOP_GRACE)
        for place, work in list(self._work.items()):
            if work.running.outcome.done():
                self._safely(partial(self._finished, place))
        self._executor.stop()


def _news(
    record: FitRecord,
    state: State,
    progress: Progress = _NOTHING_YET,
    error: str | None = None,
) -> News:
    return News(record.id, record.case, record.revision, state, *progress, error=error)
