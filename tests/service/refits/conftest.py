"""A scheduler on a store of its own, and an executor that does what a test says."""

import datetime
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import replace
from typing import Any

import pytest

from deciban.model.casebook.casebook import Casebook
from deciban.model.casebook.changes import changes_between
from deciban.model.errors import FitStoppedError
from deciban.model.posterior.summary import Checks, Summary
from deciban.service.refits.executor import Fitted, Job, JobKind, Progress, Result
from deciban.service.refits.scheduler import Scheduler
from deciban.service.running.settings import Settings
from deciban.service.store import Store, casebooks, fits
from deciban.service.store.casebooks import Author
from tests.model.builders import CASE, make_casebook, make_report, says

TODAY = datetime.date(2024, 6, 29)
LONG = 150.0  # seconds in which anything happens, unless it never does


class Told:
    """A job that ends when a test says so."""

    def __init__(self, job: Job, place: str, then: Callable[[], None]) -> None:
        self.job = job
        self.place = place
        self.outcome: Future[Result] = Future()
        self.now = Progress()
        self.forced: list[bool] = []  # of each time it was cancelled
        self.when_cancelled: Result | Exception = FitStoppedError("was stopped")
        self.is_deaf = False  # to what is not force
        self._then = then

    def progress(self) -> Progress:
        """How far a test says it is."""
        return self.now

    def cancel(self, *, force: bool = True) -> None:
        """End as a test says."""
        self.forced.append(force)
        if not self.outcome.done() and (force or not self.is_deaf):
            self.ends(self.when_cancelled)

    def ends(self, result: Result | Exception) -> None:
        """End with a result or an error."""
        if isinstance(result, Exception):
            self.outcome.set_exception(result)
        else:
            self.outcome.set_result(result)
        self._then()

    def is_fitted(self, *, ok: bool = True) -> None:
        """End with a summary that says nothing but that it is one."""
        self.ends(Fitted(summary_of(self.job, ok=ok).model_dump_json(), 7, b"draws"))


class ToldExecutor:
    """Workers that wait for a test; jobs in the order in which they were given."""

    def __init__(self, n: int = 1) -> None:
        self.names = [f"{i}.1" for i in range(1, n + 1)]
        self.jobs: list[Told] = []
        self.is_stopped = False
        self.refuses = 0  # jobs, from now on

    def places(self) -> list[str]:
        """Names that a test may change."""
        return list(self.names)

    def submit(
        self, job: Job, time_limit: float | None, place: str, then: Callable[[], None]
    ) -> Told:
        """Take a job down."""
        if self.refuses:
            self.refuses -= 1
            raise RuntimeError("the pool is not active")
        told = Told(job, place, then)
        self.jobs.append(told)
        return told

    def stop(self) -> None:
        """Take down that it was stopped."""
        self.is_stopped = True

    def next(self, kind: JobKind | None = None) -> Told:
        """Wait for a job, the oldest not asked for yet; it must be of this kind."""
        until(lambda: self.jobs)
        told = self.jobs.pop(0)
        assert kind in (None, told.job.kind)
        return told


class Service:
    """A store, an executor and a scheduler between them, as a test drives them."""

    def __init__(self, store: Store, settings: Settings, clock: Any) -> None:
        self.store = store
        self.settings = replace(settings, history_days=0)
        self.clock = clock
        self.day = TODAY
        self.quiet = 0.0
        self.executor = ToldExecutor()
        self.scheduler = self._new_scheduler()

    def _new_scheduler(self) -> Scheduler:
        return Scheduler(
            self.store,
            self.executor,
            self.settings,
            self.clock,
            day_of=lambda _: self.day,
            beat=0.05,
            quiet=self.quiet,
        )

    def starts(self, executor: Any = None) -> None:
        """Start, as if for the first time or after a kill: all but the store is new."""
        self.scheduler._wind_up = lambda: None  # which a kill gives no time for
        self.scheduler.stop()
        self.executor = executor or ToldExecutor()
        self.scheduler = self._new_scheduler()
        self.scheduler.start()

    def has(self, *reports: str, case: str = CASE) -> int:
        """Change the case to one of these reports, one a day; the revision."""
        casebook = reported(*reports, case=case)
        with self.store.writing() as session:
            heads = {head.case for head in casebooks.heads(session)}
            before = casebooks.casebook(session, case) if case in heads else None
            return casebooks.append(
                session,
                case,
                changes_between(before, casebook),
                author=Author("tester", None),
                now=self.clock(),
                because="a test",
            )

    def rows(self, case: str = CASE) -> list[fits.FitRecord]:
        """Return the fits of the case, the oldest first."""
        with self.store.reading() as session:
            return fits.fits(session, case)[::-1]

    def states(self, case: str = CASE) -> list[str]:
        """Return the states of the fits of the case, the oldest first."""
        return [row.state for row in self.rows(case)]

    def are(self, *states: str, case: str = CASE) -> None:
        """Wait until the fits of the case are in these states."""
        until(lambda: self.states(case) == list(states))


def until(condition: Callable[[], Any]) -> None:
    """Wait until something holds."""
    end = time.monotonic() + LONG
    while not condition():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.005)


def reported(*reports: str, case: str = CASE) -> Casebook:
    """Build a casebook of reports on consecutive days from 1 May 2024."""
    first = datetime.date(2024, 5, 1)
    written = make_casebook(
        [
            make_report(name, says(), published=str(first + datetime.timedelta(days=i)))
            for i, name in enumerate(reports)
        ]
    )
    files = {
        "priors": written.priors.model_copy(update={"case": case}),
        "evidence": written.evidence.model_copy(update={"case": case}),
    }
    return written.model_copy(update=files)


def summary_of(job: Job, *, ok: bool = True) -> Summary:
    checks = Checks(
        ok=ok, r_hat_max=1.0, ess_bulk_min=1000, ess_tail_min=1000, divergences=0
    )
    casebook = Casebook.model_validate_json(job.casebook)
    return Summary(
        case=casebook.case,
        as_of=job.as_of,
        digest=casebook.digest(job.as_of, job.settings),
        seed=7,
        checks=checks,
        scenarios=[],
        sources=[],
        arguments=[],
    )


@pytest.fixture
def service(store: Store, settings: Settings, clock: Any) -> Iterator[Service]:
    """Return a service whose scheduler has not started."""
    service = Service(store, settings, clock)
    yield service
    service.executor.jobs.clear()
    service.scheduler.stop()
