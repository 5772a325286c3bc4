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

from sqlalchemy.orm import Session

from model.casebook import Casebook
from model.errors import FitStoppedError
from model.summary import Summary
from service.refits.agenda import Agenda, Background, Day, Files, Wanted
from service.refits.artefacts import ARTEFACTS
from service.refits.executor import (
    STOP_GRACE,
    Executor,
    Fitted,
    FitTimeLimitError,
    Job,
    JobFailedError,
    Kept,
    Progress,
    Result,
    Running,
    WorkerDiedError,
)
from service.refits.feed import Feed, News
from service.refits.history import DAY_SETTINGS, as_it_stood, history_days
from service.settings import Settings
from service.store import Store, StoreUnavailableError, casebooks, fits
from service.store.casebooks import CaseHead
from service.store.fits import FitRecord, State

__all__ = ["AUTOMATIC", "MOST_ATTEMPTS", "Scheduler"]

_log = logging.getLogger(__name__)

# Who asks for the fits that follow a change.
AUTOMATIC = "service"
# A fit whose worker died so often is not tried again.
MOST_ATTEMPTS = 3

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
        clock: Callable[[], datetime.datetime],
        *,
        day_of: Callable[[Casebook], datetime.date],
        beat: float = 30.0,
        quiet: float = _QUIET,
    ) -> None:
        self._store = store
        self._executor = executor
        self._settings = settings
        self._clock = clock
        self._day_of = day_of
        self._beat = beat
        self._quiet = quiet
        self._feed = Feed(start=int(1000 * clock().timestamp()))
        self._inbox: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="refits", daemon=True)
        self._agenda = Agenda()
        self._work: dict[str, _Work] = {}
        # By case the revision and the day last fitted.
        self._fitted: dict[str, tuple[int, datetime.date]] = {}
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
        with self._store.writing() as session:
            head = casebooks.head(session, case)
            casebook = casebooks.casebook(session, case, head.revision)
            as_of = as_of or self._day_of(casebook)
            sampling = self._sampling | dict(settings or {})
            record = fits.ask(
                session,
                case,
                revision=head.revision,
                as_of=as_of,
                settings=sampling,
                digest=casebook.digest(as_of, sampling),
                asked_by=who,
                now=self._clock(),
            )
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
        with self._store.reading() as session:
            state = fits.fit(session, fit_id).state
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
            with self._store.reading() as session:
                record = fits.fit(session, fit_id)
            self._feed.publish(
                _news(record, record.state, error=record.error), late=True
            )
        return self._feed.wait_for(fit_id, seen, timeout)

    def wait_for_case(self, case: str, seen: int, timeout: float) -> News | None:
        """Wait until a fit of a case is queued, runs or ends: as ``wait_for``."""
        return self._feed.wait_for_case(case, seen, timeout)

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

    @property
    def _sampling(self) -> dict[str, int]:
        chosen = self._settings
        return {"draws": chosen.draws, "tune": chosen.tune, "chains": chosen.chains}

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
        """Take up fits that were waiting or under way when the service ended."""
        with self._store.writing() as session:
            for record in fits.unfinished(session):
                if record.state == "running" and not self._try_again(session, record):
                    continue
                self._agenda.want(Wanted(record.case, record.id))
                self._tell(record, "queued")
            known = casebooks.heads(session)
            for head in known:
                newest = fits.latest(session, head.case)
                if newest is not None:
                    self._agenda.want_files(Files(head.case, newest.id))
        self._sweep(at_start=True)
        for head in known:
            self._want_days(head.case)

    def _try_again(self, session: Session, record: FitRecord) -> bool:
        """Queue again a fit that was under way, unless it was too often."""
        if record.attempts < MOST_ATTEMPTS:
            return fits.requeue(session, record.id)
        error = f"the process that computed it died {record.attempts} times"
        fits.fail(session, record.id, error, self._clock())
        _log.error("fit %d of %s: %s", record.id, record.case, error)
        return False

    def _sweep(self, *, at_start: bool = False) -> None:
        """Find cases that have changed unheard, or whose day is another by now."""
        self._swept_at = time.monotonic()
        states = {"queued", "running", "done", "cancelled"}
        with self._store.reading() as session:
            for head in casebooks.heads(session):
                wanted = self._newest(session, head)
                if self._fitted.get(head.case) == wanted:
                    continue
                newest = fits.fits(session, head.case, limit=10) if at_start else []
                if any(
                    (fit.revision, fit.as_of) == wanted and fit.state in states
                    for fit in newest
                ):
                    self._fitted[head.case] = wanted
                else:
                    self._agenda.want(Wanted(head.case))

    def _newest(self, session: Session, head: CaseHead) -> tuple[int, datetime.date]:
        casebook = casebooks.casebook(session, head.case, head.revision)
        return head.revision, self._day_of(casebook)

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
        with self._store.writing() as session:
            if wanted.fit is None:
                record = self._asked_by_change(session, wanted.case)
            else:
                record = fits.fit(session, wanted.fit)
            if record is None or not fits.start(session, record.id, self._clock()):
                return
            casebook = casebooks.casebook(session, record.case, record.revision)
        if wanted.fit is None:
            self._fitted[record.case] = (record.revision, record.as_of)
        job = Job(
            "fit",
            casebook.model_dump_json(by_alias=True),
            record.as_of,
            record.settings,
            digest=record.digest,
        )
        self._submit(record, job, place)
        self._tell(record, "running")

    def _asked_by_change(self, session: Session, case: str) -> FitRecord | None:
        """Ask for a fit of a case's newest state; None if that was done already."""
        head = casebooks.head(session, case)
        newest = self._newest(session, head)
        if self._fitted.get(case) == newest:
            return None
        casebook = casebooks.casebook(session, case, head.revision)
        return fits.ask(
            session,
            case,
            revision=head.revision,
            as_of=newest[1],
            settings=self._sampling,
            digest=casebook.digest(newest[1], self._sampling),
            asked_by=AUTOMATIC,
            now=self._clock(),
        )

    def _unprepared(self, place: str) -> str | None:
        """Name the case whose density a worker has yet to compile."""
        if place in self._prepared or not self._inbox.empty():
            return None
        with self._store.reading() as session:
            heads = casebooks.heads(session)
        newest = max(heads, key=lambda head: head.changed_at, default=None)
        if newest is None or self._deaths[_Prepare(newest.case)] >= MOST_ATTEMPTS:
            return None
        return newest.case

    def _begin_preparing(self, what: _Prepare, place: str) -> None:
        self._prepared.add(place)
        with self._store.reading() as session:
            casebook = casebooks.casebook(session, what.case)
        text = casebook.model_dump_json(by_alias=True)
        self._submit(what, Job("prepare", text, self._day_of(casebook)), place)

    def _begin_files(self, files: Files, place: str) -> None:
        with self._store.reading() as session:
            record = fits.fit(session, files.fit)
            have = ARTEFACTS.keys() & fits.kept_names(session, files.fit)
            have |= self._unmakable[files]
            if not record.has_draws or have == ARTEFACTS.keys():
                return
            casebook = casebooks.casebook(session, record.case, record.revision)
            draws = fits.draws(session, files.fit)
        job = Job(
            "keep",
            casebook.model_dump_json(by_alias=True),
            record.as_of,
            record.settings,
            record.seed,
            record.digest,
            draws,
            frozenset(have),
        )
        self._submit(files, job, place)

    def _begin_day(self, what: Day, place: str) -> None:
        with self._store.reading() as session:
            casebook = as_it_stood(casebooks.casebook(session, what.case), what.day)
            digest = casebook.digest(what.day, DAY_SETTINGS)
            if fits.days(session, what.case, [digest]):
                return
        text = casebook.model_dump_json(by_alias=True)
        job = Job("day", text, what.day, DAY_SETTINGS, digest=digest)
        self._submit(what, job, place)

    def _submit(self, what: _What, job: Job, place: str) -> None:
        ended = partial(self._inbox.put, partial(self._finished, place))
        limit = self._settings.fit_seconds
        self._work[place] = _Work(what, self._executor.submit(job, limit, place, ended))

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
            _log.error("%s failed: %s\n%s", work.what, result, result.traceback)
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
            case WorkerDiedError() if not work.is_cancelled:
                self._requeue(record)
            case FitStoppedError() if self._stopping.is_set() and not work.is_cancelled:
                with self._store.writing() as session:
                    fits.requeue(session, record.id)
            case FitStoppedError() | WorkerDiedError():
                with self._store.writing() as session:
                    fits.cancel(session, record.id, self._clock())
                self._tell(record, "cancelled")
            case error:
                with self._store.writing() as session:
                    fits.fail(session, record.id, str(error), self._clock())
                _log.error("fit %d of %s: %s", record.id, record.case, error)
                self._tell(record, "failed", error=str(error))

    def _finish(self, record: FitRecord, fitted: Fitted) -> None:
        summary = Summary.model_validate_json(fitted.summary)
        with self._store.writing() as session:
            taken = fits.finish(
                session,
                record.id,
                summary=summary,
                seed=fitted.seed,
                draws=fitted.draws,
                now=self._clock(),
            )
        if not taken:
            return
        self._quiet_until = time.monotonic() + self._quiet
        self._tell(record, "done")
        _log.info("fit %d of %s is done", record.id, record.case)
        self._want_files_of(record, summary)
        self._want_days(record.case)

    def _want_files_of(self, record: FitRecord, summary: Summary) -> None:
        """Have files made of a fit, and none of the one that it overtakes."""
        overtaken = []
        if record.asked_by == AUTOMATIC and summary.checks.ok:
            overtaken = [self._overtaken.get(record.case, record.id)]
            self._overtaken[record.case] = record.id
        self._agenda.want_files(Files(record.case, record.id), instead=overtaken)

    def _want_days(self, case: str) -> None:
        with self._store.reading() as session:
            casebook = casebooks.casebook(session, case)
        most = self._settings.history_days
        self._agenda.want_days(
            case, history_days(casebook, self._day_of(casebook), most)
        )

    def _requeue(self, record: FitRecord) -> None:
        with self._store.writing() as session:
            again = fits.fit(session, record.id)
            if not self._try_again(session, again):
                error = fits.fit(session, record.id).error
                self._tell(record, "failed", error=error)
                return
        _log.warning("the worker of fit %d died: it runs again", record.id)
        self._agenda.want(Wanted(record.case, record.id), first=True)
        self._tell(record, "queued")

    def _land_files(self, files: Files, result: Result | Exception) -> None:
        if not isinstance(result, Kept):
            self._try_background_again(files, result)
            return
        with self._store.writing() as session:
            for artefact in result.artefacts:
                fits.keep(session, files.fit, *artefact)
        self._unmakable[files] |= {name for name, _ in result.failed}
        for name, traceback in result.failed:
            _log.error("%s of fit %d failed\n%s", name, files.fit, traceback)
        if result.stopped:
            self._agenda.want_again(files)

    def _land_day(self, day: Day, result: Result | Exception) -> None:
        if not isinstance(result, Fitted):
            self._try_background_again(day, result)
            return
        summary = Summary.model_validate_json(result.summary)
        with self._store.writing() as session:
            fits.remember_day(session, day.case, summary.digest, day.day, summary)

    def _try_background_again(
        self, what: Background, result: Result | Exception
    ) -> None:
        self._deaths[what] += isinstance(result, _DEATHS)
        if isinstance(result, JobFailedError) or self._deaths[what] >= MOST_ATTEMPTS:
            _log.error("%s was given up", what)
        else:
            self._agenda.want_again(what)

    def _want_overtaken(self, fit_id: int) -> None:
        with self._store.reading() as session:
            record = fits.fit(session, fit_id)
        self._agenda.want_files(Files(record.case, fit_id))

    def _cancel(self, fit_id: int) -> None:
        for work in self._work.values():
            if isinstance(work.what, FitRecord) and work.what.id == fit_id:
                work.is_cancelled = True
                work.running.cancel()
                return
        with self._store.writing() as session:
            record = fits.fit(session, fit_id)
            taken = fits.cancel(session, fit_id, self._clock())
        self._agenda.forget(Wanted(record.case, fit_id))
        if taken:
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
            chains = [chain._asdict() for chain in progress.chains]
            with self._store.writing() as session:
                fits.progress(session, record.id, progress.stage, chains)

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
