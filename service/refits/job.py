"""What a worker does. Only workers import this: it loads the sampler.

Whoever runs it says how to tell of progress and whether to stop:
a pool's worker writes and looks for files, a cluster's speaks with its scheduler.
"""

import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

from pydantic import TypeAdapter

from deciban.model.casebook.casebook import Casebook
from deciban.model.casebook.past_days import as_it_stood
from deciban.model.errors import FitStoppedError, ModelError
from deciban.model.fit import Fit
from deciban.model.learning import learn
from deciban.model.plots.fit_plots import plot_fit
from deciban.model.plots.plot import Plot
from deciban.model.posterior.fit_file import fit_bytes
from deciban.model.posterior.summaries import summary_of
from deciban.model.sampling.draws import Draws
from deciban.model.sampling.fit import SamplingSettings, sample
from deciban.model.sampling.progress import ChainProgress, Silent
from deciban.service.refits.artefacts import ARTEFACTS, EXPLANATION, POSTERIOR
from deciban.service.refits.executor import (
    Artefact,
    Fitted,
    Job,
    JobFailedError,
    MadeFiles,
    Progress,
    Result,
)

__all__ = ["outcome_of"]

# After so many seconds the files made so far are brought, and the rest is another job.
_AT_A_TIME = 2.0

type Tell = Callable[[Progress], None]
type Stopped = Callable[[], bool]


def outcome_of(
    job: Job, tell: Tell, stopped: Stopped
) -> Result | FitStoppedError | JobFailedError:
    """Do a job, whatever comes of it.

    Parameters
    ----------
    job : Job
        What to compute.
    tell : callable
        Told how far it is, from any thread.
    stopped : callable
        Asked whether to stop, ten times a second while it samples.
    """
    try:
        return _DO[job.kind](job, _Listener(tell, stopped))
    except FitStoppedError as error:
        return error
    except Exception as error:  # whoever waits must hear of it, in plain data
        return JobFailedError(_plain(error), traceback.format_exc())


def _plain(error: Exception) -> str:
    """Say what went wrong without a word of the machine: ours are written for that."""
    if isinstance(error, ModelError):
        return str(error)
    if isinstance(error, MemoryError):
        return "the worker ran out of memory"
    return (
        f"the fit failed with {type(error).__name__}; whoever runs the service finds "
        "the details in its log"
    )


class _Listener(Silent):
    """Passes on what a fit tells."""

    def __init__(self, tell: Tell, stopped: Stopped) -> None:
        self._tell = tell
        self._stopped = stopped
        self._stage: str | None = None

    def stage(self, name: str) -> None:
        self._stage = name
        self._tell(Progress(name))

    def chains(self, progress: Sequence[ChainProgress]) -> None:
        self._tell(Progress(self._stage, tuple(progress)))

    def stopped(self) -> bool:
        return self._stopped()


def _fit(job: Job, listener: _Listener) -> Fitted:
    casebook = _casebook(job)
    draws = _sampled(job, casebook, listener)
    summary = Fit(draws, casebook, job.as_of).summary
    return Fitted(summary.model_dump_json(), summary.seed, draws.to_bytes())


def _day(job: Job, listener: _Listener) -> Fitted:
    """Fit a day as it stood."""
    stood = as_it_stood(_casebook(job), job.as_of)
    summary = summary_of(_sampled(job, stood, listener), stood, job.as_of)
    return Fitted(summary.model_dump_json(), summary.seed)


def _learn(job: Job, listener: _Listener) -> Fitted:
    casebooks = TypeAdapter(list[Casebook]).validate_json(job.casebook)
    settings = SamplingSettings(**job.settings)
    learned = learn(casebooks, job.as_of, settings, progress=listener)
    return Fitted(learned.model_dump_json(), learned.seed)


def _sampled(job: Job, casebook: Casebook, listener: _Listener) -> Draws:
    draws = sample(
        casebook, job.as_of, SamplingSettings(**job.settings), progress=listener
    )
    listener.stage("weighing the draws")
    return draws


def _keep(job: Job, listener: _Listener) -> MadeFiles:
    began = time.monotonic()
    files = _Files(job, listener.stopped)
    made: list[Artefact] = []
    failed: list[tuple[str, str]] = []
    for name, media_type in ARTEFACTS.items():
        if name in job.have:
            continue
        is_enough = time.monotonic() - began > _AT_A_TIME and (made or failed)
        if is_enough or listener.stopped():
            return MadeFiles(tuple(made), tuple(failed), stopped=True)
        listener.stage(f"making {name}")
        try:
            made.append(Artefact(name, media_type, files.content(name)))
        except FitStoppedError:
            return MadeFiles(tuple(made), tuple(failed), stopped=True)
        except Exception:  # one that cannot be made must not cost the others
            failed.append((name, traceback.format_exc()))
    return MadeFiles(tuple(made), tuple(failed))


class _Files:
    """Files of a fit that has been sampled, made one by one unless that is stopped."""

    def __init__(self, job: Job, stopped: Stopped) -> None:
        self._stopped = stopped
        self._fit = Fit(Draws.from_bytes(job.draws), _casebook(job), job.as_of)
        self._plot: tuple[str, Plot] | None = None

    def content(self, name: str) -> bytes:
        if name == EXPLANATION:
            return self._fit.explanation.model_dump_json().encode()
        if name == POSTERIOR:
            return fit_bytes(self._fit.tree)
        kind, _, suffix = name.rpartition(".")
        plot = self._drawn(kind)
        if self._stopped():  # to write it takes as long again as to draw it
            raise FitStoppedError("the drawing was stopped")
        return plot.content(f".{suffix}")

    def _drawn(self, kind: str) -> Plot:
        """Draw a plot once for all its formats, which are made one after the other."""
        if self._plot is None or self._plot[0] != kind:
            self._plot = kind, plot_fit(self._fit, kind)
        return self._plot[1]


def _casebook(job: Job) -> Casebook:
    return _read(job.casebook)


@lru_cache(1)
def _read(text: str) -> Casebook:
    """Read a casebook; the last is remembered, for its past days come one by one."""
    return Casebook.model_validate_json(text)


_DO: Mapping[str, Callable[[Job, _Listener], Result]] = {
    "fit": _fit,
    "keep": _keep,
    "day": _day,
    "learn": _learn,
}
