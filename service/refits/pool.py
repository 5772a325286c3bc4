"""Workers on this machine: one Pebble pool of one process for each place.

Pebble ends a process that takes too long and replaces one that died. A pool of several
would share one pipe and its locks, and gives up as a whole if a worker dies while it is
idle; with one each, what happens to a worker concerns nobody else. A process starts as
soon as somebody asks which places there are, and loads the sampler before its first
job. A new process means a new name of its place.
"""

import contextlib
import logging
import multiprocessing
import os
import tempfile
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, Future
from concurrent.futures.process import BrokenProcessPool
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
    """

    def __init__(
        self,
        workers: int = 1,
        serve: Callable[[str], None] | None = None,
        grace: float = STOP_GRACE,
    ) -> None:
        self._serve = serve or serve_job
        self._grace = grace
        self._folder = _new_folder()
        load = load_sampler if serve is None else None
        self._slots = [_Slot(number, load) for number in range(1, workers + 1)]
        self._underway: dict[int, Underway] = {}

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
        self._underway[number] = underway
        underway.start(self._serve, time_limit)
        return underway

    def stop(self) -> None:
        """End every worker, side by side: each may take seconds."""
        for underway in list(self._underway.values()):
            underway.give_up()
        ends = [threading.Thread(target=slot.end) for slot in self._slots]
        for end in ends:
            end.start()
        for end in ends:
            end.join()
        self._folder.cleanup()


def _new_folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="deciban-", ignore_cleanup_errors=True)


def load_sampler() -> None:
    """Load all that jobs need, and the density: what a worker does at its start."""
    keep_memory(in_threads=False)
    from deciban.model.likelihood.kernel import compiled
    from deciban.service.refits import job  # noqa: F401

    compiled()


def serve_job(folder: str) -> None:
    """Do the job of an exchange; what a worker runs."""
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
        self._lock = threading.Lock()

    @property
    def place(self) -> str:
        return f"{self._number}.{self._life}"

    def schedule(
        self, serve: Callable[[str], None], folder: str, time_limit: float | None
    ) -> "Future[None]":
        pool = self.started()
        future: Future[None] = pool.schedule(serve, args=[folder], timeout=time_limit)
        return future

    def started(self) -> ProcessPool:
        """Return the pool, its process under way."""
        # A process that dies while it is idle takes its pool with it.
        if self._pool is not None and not self._pool.active:
            _log.warning("a worker died while it was idle")
            self.end()
        with self._lock:
            if self._pool is None:
                self._pool = ProcessPool(
                    max_workers=1,
                    context=multiprocessing.get_context("spawn"),
                    initializer=self._load,
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
        self._killer: threading.Timer | None = None
        self._ending = threading.Lock()

    def start(self, serve: Callable[[str], None], time_limit: float | None) -> None:
        """Hand the job to the worker."""
        self._time_limit = time_limit
        folder = str(self._exchange.folder)
        task = self._slot.schedule(serve, folder, time_limit)
        task.add_done_callback(self._ended)

    def progress(self) -> Progress:
        """How far it is; where it was, once it has ended."""
        if not self.outcome.done():
            self._progress = self._exchange.progress()
        return self._progress

    def cancel(self, *, force: bool = True) -> None:
        """Leave word to stop; end the worker if it has not heard after the grace."""
        if self.outcome.done():
            return
        with contextlib.suppress(FileNotFoundError):  # it has ended meanwhile
            self._exchange.ask_to_stop()
        if force and self._killer is None:
            self._killer = threading.Timer(self._grace, self._kill)
            self._killer.daemon = True
            self._killer.start()

    def give_up(self) -> None:
        """Take the job as stopped, whatever becomes of its worker."""
        self._settle(FitStoppedError("the fit was stopped"))

    def _kill(self) -> None:
        if not self.outcome.done():
            self._slot.end()
            self.give_up()

    def _ended(self, task: "Future[None]") -> None:
        try:
            task.result()
            result: Result | Exception = self._exchange.result()
        except (ProcessExpired, BrokenProcessPool, CancelledError):
            result = self._died()
        except TimeoutError:
            self._slot.renewed()
            result = FitTimeLimitError(self._time_limit or 0)
        except (FitStoppedError, JobFailedError) as error:
            result = error
        except Exception as error:  # whatever else: nobody hears it in Pebble's thread
            _log.exception("a worker could not do its job")
            result = JobFailedError(f"the worker failed: {type(error).__name__}")
        self._settle(result)

    def _died(self) -> Exception:
        self._slot.renewed()
        if self._killer is not None:
            return FitStoppedError("the fit was stopped")
        return WorkerDiedError(self._slot.place)

    def _settle(self, result: Result | Exception) -> None:
        with self._ending:  # killing a worker ends its task as well
            if self.outcome.done():
                return
            if self._killer is not None:
                self._killer.cancel()
            self._exchange.close()
            if isinstance(result, Exception):
                self.outcome.set_exception(result)
            else:
                self.outcome.set_result(result)
        self._then()
