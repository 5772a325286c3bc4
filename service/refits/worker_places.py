"""Places where jobs are done: what is under way at each."""

import concurrent.futures
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

from deciban.model.errors import FitStoppedError
from deciban.service.refits.agenda import Background
from deciban.service.refits.executor import (
    STOP_GRACE,
    Executor,
    FitTimeLimitError,
    Job,
    JobFailedError,
    NeverRan,
    Progress,
    Result,
    Running,
    WorkerDiedError,
)
from deciban.service.store.fits import FitRecord

__all__ = ["Places", "Work"]

_log = logging.getLogger(__name__)

_NOTHING_YET = Progress()
# How long a worker that was asked to make room may go on before it is made to, in
# seconds: longer than it takes to draw a picture or to write it.
_PATIENCE = 30.0


type What = FitRecord | Background


@dataclass
class Work:
    """Something under way at a place."""

    what: What
    running: Running
    is_cancelled: bool = False
    cancelled_at: float = 0.0
    last_progress: Progress = _NOTHING_YET
    recorded_at: float = field(default_factory=time.monotonic)

    @property
    def is_background(self) -> bool:
        """Whether it can wait."""
        return not isinstance(self.what, FitRecord)

    def result(self) -> Result | Exception:
        """What it ended with."""
        try:
            return self.running.outcome.result(timeout=0)
        except (
            FitStoppedError,
            FitTimeLimitError,
            WorkerDiedError,
            JobFailedError,
        ) as error:
            return error


class Places:
    """The workers of an executor.

    Parameters
    ----------
    executor : Executor
        Computes.
    time_limit : float or None
        Seconds that a job may take.
    ended : callable of str
        Told, from any thread, at which place a job has ended.
    """

    def __init__(
        self, executor: Executor, time_limit: float | None, ended: Callable[[str], None]
    ) -> None:
        self._executor = executor
        self._time_limit = time_limit
        self._ended = ended
        self._work: dict[str, Work] = {}

    def __iter__(self) -> Iterator[Work]:
        """Return all that is under way."""
        return iter(self._work.values())

    def __bool__(self) -> bool:
        """Whether anything is under way."""
        return bool(self._work)

    def look(self) -> Sequence[str]:
        """Look which places there are now."""
        return self._executor.places()

    def is_free(self, place: str) -> bool:
        """Whether nothing is under way at a place."""
        return place not in self._work

    @property
    def busy(self) -> set[str]:
        """Cases of which a fit runs."""
        return {work.what.case for work in self if isinstance(work.what, FitRecord)}

    def begin(self, what: What, job: Job, place: str) -> None:
        """Begin a job at a place that is free."""
        ended = partial(self._ended, place)
        try:
            running = self._executor.submit(job, self._time_limit, place, ended)
        except Exception:  # of whatever kind of workers: as if this one had died
            _log.exception("a worker could not be given its job")
            running = NeverRan(place)
            ended()
        self._work[place] = Work(what, running)

    def end(self, place: str) -> tuple[Work, Result | Exception]:
        """Take away what has ended at a place, with its result."""
        work = self._work.pop(place)
        return work, work.result()

    def make_room(self) -> None:
        """Ask one worker to leave what can wait, for a fit that cannot."""
        background = [work for work in self if work.is_background]
        asked = [work for work in background if work.is_cancelled]
        if background and not asked:
            background[0].is_cancelled = True
            background[0].cancelled_at = time.monotonic()
            # Not by force: another worker would have to load the sampler again.
            background[0].running.cancel(force=False)
        for work in asked:
            if time.monotonic() - work.cancelled_at > _PATIENCE:
                work.running.cancel()

    def stop(self) -> list[str]:
        """Stop what is under way; the places where that has ended."""
        for work in self:
            work.running.cancel()
        outcomes = [work.running.outcome for work in self]
        concurrent.futures.wait(outcomes, timeout=2 * STOP_GRACE)
        return [
            place for place, work in self._work.items() if work.running.outcome.done()
        ]
