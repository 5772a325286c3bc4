"""Workers on this machine: one Pebble pool of one process for each place.

Pebble replaces a process that died. A pool of several would share one pipe and its
locks, and gives up as a whole if a worker dies while it is idle; with one each, what
happens to a worker concerns nobody else. A process starts as soon as somebody asks
which places there are, and loads the sampler before its first job. A new process means
a new name of its place.

Time limits are not Pebble's, which begin when a worker takes its job: one that hangs
before that would never end. A watch counts from when the job was given, and listens for
the heartbeat of each worker.
"""

import contextlib
import fcntl
import logging
import math
import multiprocessing
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, MutableSequence, Sequence
from concurrent.futures import CancelledError, Future
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from importlib import import_module
from pathlib import Path

from pebble import ProcessExpired, ProcessPool

from deciban.model.errors import FitStoppedError
from deciban.service.refits.exchange import Exchange
from deciban.service.refits.executor import (
    STOP_GRACE,
    FitTimeLimitError,
    Job,
    JobFailedError,
    Progress,
    Result,
    WorkerDiedError,
)
from deciban.service.running.allocator import keep_memory

__all__ = ["PebblePool"]

_log = logging.getLogger(__name__)

_FOLDER = "deciban-jobs-"
_LOCK = "lock"
_CONTEXT = multiprocessing.get_context("spawn")
_WATCH = 0.25  # seconds between looks at time limits and heartbeats
_BEAT = 1.0  # seconds between two heartbeats
# A worker of which nothing has been heard for so long, in seconds, is taken for dead.
# No call keeps its other threads from running for a fraction of that.
_SILENCE = 60.0
_NICENESS = 5  # how far a worker gives way where processors are few
# What a new worker may take to load the sampler, in seconds, is not the job's: the
# first on a machine compiles the density.
_LOAD = 120.0


class PebblePool:
    """An executor whose workers are processes of this machine.

    Parameters
    ----------
    workers : int
        How many.
    serve : callable, optional
        What a worker does with the folder of a job's exchange; for tests.
    grace : float
        Seconds that a cancelled job has to end by itself.
    silence : float
        Seconds without a heartbeat after which a worker is taken for dead.
    """

    def __init__(
        self,
        workers: int = 1,
        serve: Callable[[str], None] | None = None,
        grace: float = STOP_GRACE,
        silence: float = _SILENCE,
    ) -> None:
        self._serve = serve or serve_job
        self._grace = grace
        self._silence = silence
        _remove_orphans()
        self._folder = _new_folder()
        load = load_sampler if serve is None else None
        self._slots = [_Slot(number, load) for number in range(1, workers + 1)]
        self._underway: dict[int, Underway] = {}
        self._stopping = threading.Event()
        self._watch = threading.Thread(target=self._keep_watch, daemon=True)
        self._watch.start()

    def places(self) -> Sequence[str]:
        """Names of the workers, which are started if they are not there."""
        for slot in self._slots:
            slot.started()
        return [slot.place for slot in self._slots]

    def submit(
        self, job: Job, time_limit: float | None, place: str, then: Callable[[], None]
    ) -> "Underway":
        """Start a job: see ``Executor``."""
        # The number comes first in a place's name.
        number = int(place.partition(".")[0])
        if not os.path.isdir(self._folder.name):
            # Whoever tidies up takes folders away that nobody has used for days.
            self._folder.cleanup()
            self._folder = _new_folder()
        exchange = Exchange.opened(job, Path(self._folder.name))
        underway = Underway(exchange, self._slots[number - 1], self._grace, then)
        underway.start(self._serve, time_limit)
        self._underway[number] = underway
        return underway

    def stop(self) -> None:
        """End every worker, side by side: each may take seconds."""
        self._stopping.set()
        self._watch.join()
        for underway in list(self._underway.values()):
            underway.give_up()
        ends = [threading.Thread(target=slot.end) for slot in self._slots]
        for end in ends:
            end.start()
        for end in ends:
            end.join()
        self._folder.cleanup()

    def _keep_watch(self) -> None:
        while not self._stopping.wait(_WATCH):
            for underway in list(self._underway.values()):
                try:
                    underway.look(self._silence)
                except Exception:  # the watch must go on, or no fit would end
                    _log.exception("the watch over the workers went wrong")


def _new_folder() -> tempfile.TemporaryDirectory[str]:
    """Make a folder, with a lock in it that ends with this process."""
    folder = tempfile.TemporaryDirectory(prefix=_FOLDER, ignore_cleanup_errors=True)
    aside = Path(folder.name) / "lock.part"
    lock = os.open(aside, os.O_CREAT | os.O_RDWR, 0o600)  # until the process ends
    fcntl.flock(lock, fcntl.LOCK_EX)
    os.replace(aside, aside.with_name(_LOCK))
    return folder


def _remove_orphans() -> None:
    """Remove folders of services that were killed, which nobody else would."""
    for lock in Path(tempfile.gettempdir()).glob(f"{_FOLDER}*/{_LOCK}"):
        try:
            with lock.open("rb+") as held:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(lock.parent, ignore_errors=True)
        except OSError:  # of a service that runs, or of another user
            continue


def load_sampler() -> None:
    """Load all that jobs need, and the density: what a worker does at its start."""
    keep_memory(in_threads=False)
    from deciban.model.likelihood.kernel import compiled
    from deciban.service.refits import job  # noqa: F401

    compiled()
    # What a fit needs at its end, in the time in which nothing asks for one, or in
    # which the chains run.
    later = partial(import_module, "deciban.model.sampling.checks")
    threading.Thread(target=later, daemon=True).start()


def begin(pulse: MutableSequence[int], load: Callable[[], None] | None) -> None:
    """Begin to beat, then load: what a worker's process does first.

    It gives way to the process that answers: a fit has time, and whoever posts a report
    while it runs has not.

    Parameters
    ----------
    pulse : sequence of int
        Shared with whoever watches: heartbeats, and 1 once all is loaded. It has no
        lock, which a process that is killed would keep.
    load : callable or None
        Loads what jobs need.
    """
    os.nice(_NICENESS)
    pulse[1] = 0
    threading.Thread(target=_beat, args=[pulse], daemon=True).start()
    if load is not None:
        load()
    pulse[1] = 1


def _beat(pulse: MutableSequence[int]) -> None:
    while True:
        pulse[0] += 1
        time.sleep(_BEAT)


def serve_job(folder: str) -> None:
    """Do the job of an exchange; what a worker runs.

    Parameters
    ----------
    folder : str
        Of the exchange.
    """
    exchange = Exchange(folder)
    # Loads the sampler, which the web process must not.
    from deciban.service.refits.job import outcome_of

    with contextlib.suppress(FileNotFoundError):  # nobody waits for it any longer
        exchange.bring(outcome_of(exchange.job(), exchange.tell, exchange.stopped))


class _Slot:
    """One place: a pool of one process.

    Parameters
    ----------
    number : int
        The first part of its name.
    load : callable, optional
        What a new process does first.
    """

    def __init__(self, number: int, load: Callable[[], None] | None) -> None:
        self._number = number
        self._load = load
        self._life = 1
        self._pool: ProcessPool | None = None
        self._pulse: MutableSequence[int] = _CONTEXT.RawArray("Q", 2)
        self._lock = threading.Lock()

    @property
    def place(self) -> str:
        return f"{self._number}.{self._life}"

    @property
    def beats(self) -> int:
        """How often the heart of its process has beaten."""
        return self._pulse[0]

    @property
    def is_loaded(self) -> bool:
        """Whether its process is ready for jobs."""
        return bool(self._pulse[1])

    def schedule(self, serve: Callable[[str], None], folder: str) -> "Future[None]":
        pool = self.started()
        future: Future[None] = pool.schedule(serve, args=[folder])
        return future

    def started(self) -> ProcessPool:
        """Return the pool, its process under way."""
        # A process that dies while it is idle takes its pool with it.
        if self._pool is not None and not self._pool.active:
            _log.warning("a worker died while it was idle")
            self.end()
        with self._lock:
            if self._pool is None:
                # Its own: one that is being ended may beat for a while.
                self._pulse = _CONTEXT.RawArray("Q", 2)
                self._pool = ProcessPool(
                    max_workers=1,
                    context=_CONTEXT,
                    initializer=begin,
                    initargs=[self._pulse, self._load],
                )
            assert self._pool.active  # starts it
            return self._pool

    def renewed(self) -> None:
        """Take note that Pebble has another process here."""
        with self._lock:
            self._life += 1

    def end(self) -> None:
        """End the process, by force if it does not hear; the next job starts another.

        Pebble's own way to cancel a task marks it first and looks for its worker later,
        which may by then have taken the next one.
        """
        with self._lock:
            pool, self._pool = self._pool, None
            self._life += 1
        if pool is not None:
            stop: Callable[[], None] = pool.stop  # Pebble has types in part only
            stop()
            pool.join()


class Underway:
    """A job on a worker of this machine: see ``Running``."""

    def __init__(
        self,
        exchange: Exchange,
        slot: _Slot,
        grace: float,
        then: Callable[[], None],
    ) -> None:
        self.outcome: Future[Result] = Future()
        self._exchange = exchange
        self._slot = slot
        self._grace = grace
        self._then = then
        self._progress = Progress()
        self._end_by = math.inf
        self._overdue: Exception = FitStoppedError("the fit was stopped")
        # What it ended of, if its worker dies from now on.
        self._gone_of: Exception | None = None
        self._on_loaded: Callable[[], None] | None = None
        self._beats = -1
        self._silence = 0.0
        self._looked_at = time.monotonic()
        self._ending = threading.Lock()

    def start(self, serve: Callable[[str], None], time_limit: float | None) -> None:
        """Hand the job to the worker.

        Parameters
        ----------
        serve : callable
            What the worker runs, given the folder of the exchange.
        time_limit : float or None
            In seconds.
        """
        folder = str(self._exchange.folder)
        task = self._slot.schedule(serve, folder)
        if time_limit is not None:
            limit = partial(self._must_end, FitTimeLimitError(time_limit))
            if self._slot.is_loaded:
                limit(time_limit)
            else:
                limit(_LOAD + time_limit)
                self._on_loaded = partial(limit, time_limit)
        task.add_done_callback(self._ended)

    def progress(self) -> Progress:
        """How far it is; where it was, once it has ended."""
        if not self.outcome.done():
            self._progress = self._exchange.progress()
        return self._progress

    def cancel(self, *, force: bool = True) -> None:
        """Leave word to stop; end the worker if it has not heard after the grace.

        Parameters
        ----------
        force : bool
            Whether its worker is ended if it does not hear.
        """
        if self.outcome.done():
            return
        with contextlib.suppress(FileNotFoundError):  # it has ended meanwhile
            self._exchange.ask_to_stop()
        if force:
            self._gone_of = FitStoppedError("the fit was stopped")
            self._must_end(self._gone_of, self._grace)

    def look(self, silence: float) -> None:
        """End the worker if the job is overdue, or nothing is heard for so long.

        Parameters
        ----------
        silence : float
            Seconds for which a worker may say nothing.
        """
        if self.outcome.done():
            return
        if self._on_loaded is not None and self._slot.is_loaded:
            self._on_loaded()
            self._on_loaded = None
        self._listen()
        if time.monotonic() > self._end_by:
            self._end_worker(self._overdue)
        elif self._silence > silence:
            _log.warning("nothing was heard of a worker for %g seconds", self._silence)
            self._end_worker(WorkerDiedError(self._slot.place))

    def give_up(self) -> None:
        """Take the job as stopped, whatever becomes of its worker."""
        self._settle(FitStoppedError("the fit was stopped"))

    def _must_end(self, reason: Exception, seconds: float) -> None:
        until = time.monotonic() + seconds
        if until < self._end_by:
            self._end_by, self._overdue = until, reason

    def _listen(self) -> None:
        """Add to the silence, but not what this process has slept through itself."""
        now, beats = time.monotonic(), self._slot.beats
        if beats != self._beats:
            self._beats, self._silence = beats, 0.0
        else:
            self._silence += min(now - self._looked_at, 2 * _WATCH)
        self._looked_at = now

    def _end_worker(self, reason: Exception) -> None:
        self._gone_of = reason
        self._slot.end()
        self._settle(reason)

    def _ended(self, task: "Future[None]") -> None:
        try:
            task.result()
            result: Result | Exception = self._exchange.result()
        except (ProcessExpired, BrokenProcessPool, CancelledError):
            self._slot.renewed()
            result = self._gone_of or WorkerDiedError(self._slot.place)
        except (FitStoppedError, JobFailedError) as error:
            result = error
        except Exception as error:  # whatever else: nobody hears it in Pebble's thread
            _log.exception("a worker could not do its job")
            result = JobFailedError(f"the worker failed: {type(error).__name__}")
        self._settle(result)

    def _settle(self, result: Result | Exception) -> None:
        with self._ending:  # killing a worker ends its task as well
            if self.outcome.done():
                return
            self._exchange.close()
            if isinstance(result, Exception):
                self.outcome.set_exception(result)
            else:
                self.outcome.set_result(result)
        self._then()
