"""What is computed away from the web process, and what computes it.

A ``Job`` is plain data, so that it can be sent anywhere. An ``Executor`` has *places*,
each a worker that does one job at a time and keeps the densities it has compiled. A job
that is under way is a ``Running``: it tells how far it is, can be cancelled, and ends
with a result or with one of four errors:

``FitStoppedError``
    It was cancelled; its worker goes on, unless it had to be killed.
``FitTimeLimitError``
    It took too long; its worker was killed.
``WorkerDiedError``
    Its worker is gone, through no known fault of the job: it may be tried again.
``JobFailedError``
    The job itself went wrong, and would again.
"""

import datetime
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, Protocol

from deciban.model.errors import ModelError
from deciban.model.sampling.progress import ChainProgress

__all__ = [
    "STOP_GRACE",
    "Artefact",
    "Executor",
    "FitTimeLimitError",
    "Fitted",
    "Job",
    "JobFailedError",
    "JobKind",
    "MadeFiles",
    "NeverRan",
    "Progress",
    "Result",
    "Running",
    "WorkerDiedError",
]

type JobKind = Literal["fit", "keep", "day", "learn"]

# How long a cancelled job may take to end by itself before its worker is killed, in
# seconds: another takes as long to load the sampler.
STOP_GRACE = 3.0


@dataclass(frozen=True)
class Job:
    """What to compute, as plain data.

    Attributes
    ----------
    kind : str
        ``fit``: sample, and summarise. ``keep``: what is made of the draws of a fit
        afterwards. ``day``: a short fit of a past day, for a forecast's history.
        ``learn``: what several cases have taught.
    casebook : str
        As JSON; a list of them for ``learn``.
    as_of : date
        Up to and with this day reports and outcomes are known.
    settings : mapping
        ``draws``, ``tune`` and ``chains``.
    draws : bytes
        Of the fit, for ``keep``.
    have : frozenset of str
        Artefacts that ``keep`` need not make.
    """

    kind: JobKind
    casebook: str
    as_of: datetime.date
    settings: Mapping[str, int] = field(default_factory=dict)
    draws: bytes = b""
    have: frozenset[str] = frozenset()


class Progress(NamedTuple):
    """How far a job is: its stage, in the present participle, and its chains."""

    stage: str | None = None
    chains: tuple[ChainProgress, ...] = ()


class Fitted(NamedTuple):
    """What is sampled gives: a summary as JSON, the seed; draws of ``fit`` alone.

    The summary of ``learn`` is ``model.learning.Learned``.
    """

    summary: str
    seed: int
    draws: bytes = b""


class Artefact(NamedTuple):
    """A file made of a fit."""

    name: str
    media_type: str
    content: bytes


class MadeFiles(NamedTuple):
    """What ``keep`` gives: what it made, and whether it stopped before the end.

    ``failed`` has the names of what could not be made, each with its traceback.
    """

    artefacts: tuple[Artefact, ...] = ()
    failed: tuple[tuple[str, str], ...] = ()
    stopped: bool = False


type Result = Fitted | MadeFiles | None


class FitTimeLimitError(ModelError):
    """A fit took longer than it may."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"the fit must end within {seconds:g} seconds, and did not")
        self.seconds = seconds


class WorkerDiedError(ModelError):
    """The process that computed is gone: killed, or out of memory."""

    def __init__(self, place: str) -> None:
        super().__init__("the process that computed the fit died")
        self.place = place


class JobFailedError(ModelError):
    """What a job raised: a message fit to be shown, and the traceback for the log."""

    def __init__(self, message: str, traceback: str = "") -> None:
        super().__init__(message)
        self.traceback = traceback


class Running(Protocol):
    """A job under way."""

    @property
    def outcome(self) -> Future[Result]:
        """The result, or one of the four errors, once the job has ended."""
        ...

    def progress(self) -> Progress:
        """How far it is."""
        ...

    def cancel(self, *, force: bool = True) -> None:
        """Stop it: by asking, and with ``force`` by killing its worker if that fails.

        A worker that is only asked keeps its densities, however long it takes to hear.

        Parameters
        ----------
        force : bool
            Whether its worker is killed if it does not hear.
        """
        ...


class NeverRan:
    """A job that no worker took: as if its worker had died. See ``Running``."""

    def __init__(self, place: str) -> None:
        self.outcome: Future[Result] = Future()
        self.outcome.set_exception(WorkerDiedError(place))

    def progress(self) -> Progress:
        """None."""
        return Progress()

    def cancel(self, *, force: bool = True) -> None:
        """Do nothing: it has ended."""


class Executor(Protocol):
    """Workers, each of which does one job at a time."""

    def places(self) -> Sequence[str]:
        """Names of the workers that there are now."""
        ...

    def submit(
        self, job: Job, time_limit: float | None, place: str, then: Callable[[], None]
    ) -> Running:
        """Start a job on a worker that is free.

        Parameters
        ----------
        job : Job
            What to compute.
        time_limit : float or None
            Seconds from now after which its worker is killed.
        place : str
            One of ``places``.
        then : callable
            Called from some thread as soon as the job has ended.
        """
        ...

    def stop(self) -> None:
        """End every worker, and with them every job."""
        ...
