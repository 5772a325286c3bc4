"""Workers on a Dask cluster, which is found by the address of its scheduler.

Each worker of the cluster is a place; it should have one thread, and a nanny, which
starts it again when a job must be ended by force. Workers import the same ``job`` as
those of this machine, so Deciban must be installed there. Dask's own retries are not
used: whether a fit runs again is decided where it is on record.
"""

import logging
import math
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any

from deciban.model.errors import FitStoppedError, ModelError
from deciban.model.sampling.progress import ChainProgress
from deciban.service.refits.executor import (
    STOP_GRACE,
    FitTimeLimitError,
    Job,
    JobFailedError,
    Progress,
    Result,
    WorkerDiedError,
)

__all__ = ["ClusterError", "DaskCluster"]

_log = logging.getLogger(__name__)

_TOPIC = "deciban-progress"
_WATCH = 0.25  # seconds between looks at time limits and at who is there
_CONNECT = 10.0  # seconds in which the cluster must answer
_RESTART = 30.0  # seconds in which a worker must be there again


class ClusterError(ModelError):
    """A cluster cannot be used: Dask is not installed, or nobody answers."""


class DaskCluster:
    """An executor whose workers are those of a Dask cluster.

    Parameters
    ----------
    address : str
        Of the cluster's scheduler, such as ``tcp://10.0.0.5:8786``.
    grace : float
        Seconds that a cancelled job has to end by itself.

    Raises
    ------
    ClusterError
        If Dask is not installed, or nobody answers at the address.
    """

    def __init__(self, address: str, grace: float = STOP_GRACE) -> None:
        self._client, self._event = _connected(address)
        self._grace = grace
        self._places: list[str] = []
        self._underway: dict[str, _Underway] = {}
        self._stopping = threading.Event()
        self._client.subscribe_topic(_TOPIC, self._heard)
        self._look()
        self._watch = threading.Thread(target=self._keep_watch, daemon=True)
        self._watch.start()

    def places(self) -> Sequence[str]:
        """Addresses of the workers, as of a moment ago."""
        return list(self._places)

    def submit(
        self, job: Job, time_limit: float | None, place: str, then: Callable[[], None]
    ) -> "_Underway":
        """Start a job: see ``Executor``."""
        name = f"deciban-{uuid.uuid4().hex}"
        underway = _Underway(place, self._event(name, self._client), self._grace, then)
        if time_limit is not None:
            underway.must_end(FitTimeLimitError(time_limit), time_limit)
        underway.follow(
            self._client.submit(
                serve_job,
                job,
                name,
                key=name,
                workers=[place],
                allow_other_workers=False,
                retries=0,
                pure=False,
            )
        )
        self._underway[name] = underway  # now the watch may settle it
        return underway

    def stop(self) -> None:
        """Stop every job; the cluster itself stays."""
        self._stopping.set()
        self._watch.join()
        for underway in self._underway.values():
            underway.cancel(force=False)
            underway.settle(FitStoppedError("the fit was stopped"))
        self._client.close(timeout=2)

    def _heard(self, event: tuple[float, Any]) -> None:
        name, stage, chains = event[1]
        if underway := self._underway.get(name):
            told = tuple(ChainProgress(*chain) for chain in chains)
            underway.told = Progress(stage, told)

    def _keep_watch(self) -> None:
        while not self._stopping.wait(_WATCH):
            try:
                self._look()
            except OSError:  # the cluster's scheduler is away; the client looks for it
                self._places = []
            except Exception:  # the watch must go on, or no fit would end
                self._places = []
                _log.exception("the watch over the cluster went wrong")

    def _look(self) -> None:
        """See who is there, and end what must end."""
        # While the client has lost the scheduler, it knows of no workers at all.
        self._places = sorted(self._client.scheduler_info().get("workers", ()))
        for name, underway in list(self._underway.items()):
            if underway.outcome.done():
                del self._underway[name]
            elif underway.place not in self._places:
                underway.settle(WorkerDiedError(underway.place))
            elif time.monotonic() > underway.end_by:
                self._restart(underway.place)
                underway.settle(underway.reason)

    def _restart(self, place: str) -> None:
        self._places.remove(place)
        done = self._client.restart_workers(
            [place], timeout=_RESTART, raise_for_error=False
        )
        if done.get(place) != "OK":
            _log.error("the worker at %s could not be started again: %s", place, done)


def serve_job(job: Job, name: str) -> Result | FitStoppedError | JobFailedError:
    """Do a job; what a worker runs."""
    # Only a worker has these, and only it may load the sampler.
    from distributed import Event, get_worker

    from deciban.service.refits.job import outcome_of

    event: Any = Event  # Dask has types in part only
    worker, stop = get_worker(), event(name)

    def tell(progress: Progress) -> None:
        chains = [list(chain) for chain in progress.chains]
        worker.log_event(_TOPIC, [name, progress.stage, chains])

    return outcome_of(job, tell, stop.is_set)


class _Underway:
    """A job on a worker of the cluster: see ``Running``."""

    def __init__(
        self, place: str, stop: Any, grace: float, then: Callable[[], None]
    ) -> None:
        self.outcome: Future[Result] = Future()
        self.place = place
        self.told = Progress()
        self.end_by = math.inf
        self.reason: Exception = FitStoppedError("the fit was stopped")
        self._stop = stop
        self._grace = grace
        self._then = then
        self._task: Any = None
        self._ending = threading.Lock()

    def must_end(self, reason: Exception, seconds: float) -> None:
        """Have its worker started again if the job goes on for longer."""
        until = time.monotonic() + seconds
        if until < self.end_by:
            self.end_by, self.reason = until, reason

    def follow(self, task: Any) -> None:
        """Wait for Dask's future."""
        self._task = task
        task.add_done_callback(self._ended)

    def progress(self) -> Progress:
        """How far it is."""
        return self.told

    def cancel(self, *, force: bool = True) -> None:
        """Give its worker the sign to stop."""
        if self.outcome.done():
            return
        self._stop.set()
        if force:
            self.must_end(FitStoppedError("the fit was stopped"), self._grace)

    def settle(self, result: Result | Exception) -> None:
        """Take this for its result, unless there is one already."""
        with self._ending:
            if self.outcome.done():
                return
            if isinstance(result, Exception):
                self.outcome.set_exception(result)
            else:
                self.outcome.set_result(result)
        self._then()
        self._stop.clear()
        self._task.release()

    def _ended(self, task: Any) -> None:
        match task.status:
            case "finished":
                self.settle(task.result())
            case "error":
                self.settle(_mishap(task.exception(), self.place))
            case _:  # cancelled or lost, with the connection to the cluster
                self.settle(WorkerDiedError(self.place))


def _mishap(error: BaseException, place: str) -> Exception:
    """What went wrong on the cluster rather than in the job."""
    from distributed import KilledWorker

    if isinstance(error, KilledWorker):
        return WorkerDiedError(place)
    return JobFailedError(f"the worker failed: {type(error).__name__}", repr(error))


def _connected(address: str) -> tuple[Any, Any]:
    """Return a client of a cluster, and the type of its events."""
    try:
        from distributed import Client, Event
    except ImportError as error:
        raise ClusterError(
            "a cluster needs Dask, which must be installed: "
            ".venv/bin/pip install -e '.[cluster]'"
        ) from error
    connect: Any = Client
    try:
        client = connect(address, set_as_default=False, timeout=_CONNECT)
    except (OSError, ValueError) as error:
        raise ClusterError(
            f"there must be a Dask scheduler at the address, got {address!r}"
        ) from error
    return client, Event
