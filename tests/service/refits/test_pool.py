"""Tests of service/refits/pool.py, with workers that do not sample."""

import datetime
import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator

import pytest

from deciban.model.errors import FitStoppedError
from deciban.model.sampling.progress import ChainProgress
from deciban.service.refits.executor import (
    Fitted,
    FitTimeLimitError,
    Job,
    JobFailedError,
    Progress,
    WorkerDiedError,
)
from deciban.service.refits.pool import PebblePool, Underway
from tests.service.refits.conftest import LONG
from tests.service.refits.workers import DEAF_SECONDS, serve


@pytest.fixture(scope="module")
def pool() -> Iterator[PebblePool]:
    """Return one worker for all: it takes seconds to start."""
    pool = PebblePool(1, serve, grace=LONG)
    yield pool
    pool.stop()


@pytest.fixture
def impatient(pool: PebblePool, monkeypatch: pytest.MonkeyPatch) -> PebblePool:
    """Return the same, that waits for nobody who was asked to stop."""
    monkeypatch.setattr(pool, "_grace", 0.3)
    return pool


def job(what: str) -> Job:
    return Job("fit", what, datetime.date(2024, 1, 1))


def begin(pool: PebblePool, what: str, limit: float | None = None) -> Underway:
    return pool.submit(job(what), limit, pool.places()[0], lambda: None)


def process_of(pool: PebblePool) -> int:
    """Return the number of the process at work."""
    result = begin(pool, "answers").outcome.result(LONG)
    assert isinstance(result, Fitted)
    return int(result.summary)


def until_told(running: Underway) -> Progress:
    end = time.monotonic() + LONG
    while running.progress().stage is None:
        assert time.monotonic() < end
        time.sleep(0.01)
    return running.progress()


def test_one_process_does_one_job_after_another(pool):
    place = pool.places()

    assert process_of(pool) == process_of(pool) != os.getpid()
    assert pool.places() == place


def test_a_worker_gives_way_to_the_process_that_answers(pool):
    worker = os.getpriority(os.PRIO_PROCESS, process_of(pool))

    assert worker > os.getpriority(os.PRIO_PROCESS, os.getpid())


def test_whoever_waits_is_called_when_a_job_has_ended(pool):
    ended = threading.Event()

    running = pool.submit(job("fails"), None, pool.places()[0], ended.set)

    assert ended.wait(LONG)
    assert running.outcome.done()


def test_what_a_job_raises_comes_with_its_traceback(pool):
    with pytest.raises(JobFailedError, match="no") as caught:
        begin(pool, "fails").outcome.result(LONG)

    assert caught.value.traceback == "Traceback: no"


def test_a_worker_that_raises_tells_no_detail(pool):
    with pytest.raises(JobFailedError) as caught:
        begin(pool, "raises").outcome.result(LONG)

    assert "secret" not in str(caught.value)


def test_a_cancelled_job_that_hears_leaves_its_worker_alive(pool):
    process, place = process_of(pool), pool.places()
    running = begin(pool, "listens")
    assert until_told(running) == Progress("sampling", (ChainProgress(7, 100, 1),))

    running.cancel()

    with pytest.raises(FitStoppedError):
        running.outcome.result(LONG)
    assert process_of(pool) == process
    assert pool.places() == place


def test_a_cancelled_job_that_does_not_hear_is_ended_after_the_grace(impatient):
    process, place = process_of(impatient), impatient.places()
    running = begin(impatient, "deaf")
    until_told(running)

    running.cancel()

    with pytest.raises(FitStoppedError):
        running.outcome.result(LONG)
    assert impatient.places() != place
    assert process_of(impatient) != process


def test_a_job_cancelled_without_force_may_go_on(impatient):
    running = begin(impatient, "deaf")
    until_told(running)

    running.cancel(force=False)

    with pytest.raises(TimeoutError):
        running.outcome.result(timeout=1)
    running.cancel()
    with pytest.raises(FitStoppedError):
        running.outcome.result(LONG)


def test_a_job_that_takes_too_long_is_ended(pool):
    place = pool.places()
    running = begin(pool, "deaf", limit=0.5)

    with pytest.raises(FitTimeLimitError, match=r"within 0\.5 seconds"):
        running.outcome.result(LONG)
    assert pool.places() != place
    process_of(pool)


@pytest.fixture
def hangs():
    """Return a pool whose worker has been stopped before it takes a job."""
    started = []

    def make(**options: float) -> PebblePool:
        before = set(multiprocessing.active_children())
        pool = PebblePool(1, serve, **options)
        started.append(pool)
        pool.places()
        (process,) = set(multiprocessing.active_children()) - before
        os.kill(process.pid, signal.SIGSTOP)
        return pool

    yield make
    for pool in started:
        pool.stop()


def test_a_worker_that_hangs_before_it_takes_its_job_is_replaced(hangs):
    pool = hangs(silence=0.5)
    place = pool.places()
    running = begin(pool, "answers", limit=LONG)

    with pytest.raises(WorkerDiedError):
        running.outcome.result(LONG)

    assert pool.places() != place


def test_the_time_limit_of_a_job_counts_before_its_worker_takes_it(hangs, monkeypatch):
    monkeypatch.setattr("deciban.service.refits.pool._LOAD", 0.0)
    running = begin(hangs(silence=LONG), "answers", limit=0.5)

    with pytest.raises(FitTimeLimitError, match=r"within 0\.5 seconds"):
        running.outcome.result(LONG)


def test_a_worker_that_hangs_amid_its_job_is_replaced(pool, monkeypatch):
    process = process_of(pool)
    running = begin(pool, "deaf")
    until_told(running)

    os.kill(process, signal.SIGSTOP)
    monkeypatch.setattr(pool, "_silence", 0.5)

    with pytest.raises(WorkerDiedError):
        running.outcome.result(LONG)
    monkeypatch.undo()
    assert process_of(pool) != process


def test_a_worker_that_is_killed_ends_its_job_alone():
    pool = PebblePool(2, serve)
    one, other = pool.places()
    lives = pool.submit(job("listens"), None, other, lambda: None)
    until_told(lives)

    dies = begin(pool, "dies")

    with pytest.raises(WorkerDiedError):
        dies.outcome.result(LONG)
    assert pool.places()[0] != one
    assert pool.places()[1] == other
    process_of(pool)
    lives.cancel()
    with pytest.raises(FitStoppedError):
        lives.outcome.result(LONG)
    pool.stop()


def test_a_worker_that_is_killed_while_idle_is_replaced(pool):
    process, place = process_of(pool), pool.places()

    os.kill(process, signal.SIGKILL)

    end = time.monotonic() + LONG
    while pool.places() == place:
        assert time.monotonic() < end
        time.sleep(0.05)
    assert process_of(pool) != process


def test_a_folder_that_was_tidied_away_is_made_anew(pool):
    process = process_of(pool)
    shutil.rmtree(pool._folder.name)

    assert process_of(pool) == process


def test_folders_of_services_that_were_killed_are_removed(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    lives = PebblePool(0)
    killed = f"""
import os, signal, tempfile
from deciban.service.refits.pool import PebblePool
tempfile.tempdir = {str(tmp_path)!r}
pool = PebblePool(0)
os.kill(os.getpid(), signal.SIGKILL)
"""
    subprocess.run([sys.executable, "-c", killed], check=False)
    assert len(list(tmp_path.iterdir())) == 2

    new = PebblePool(0)

    assert {str(path) for path in tmp_path.iterdir()} == {
        lives._folder.name,
        new._folder.name,
    }
    lives.stop()
    new.stop()
    assert list(tmp_path.iterdir()) == []


def test_stopping_ends_what_is_under_way():
    pool = PebblePool(1, serve)
    running = begin(pool, "deaf")
    until_told(running)
    began = time.monotonic()

    pool.stop()

    with pytest.raises(FitStoppedError):
        running.outcome.result(LONG)
    assert time.monotonic() - began < DEAF_SECONDS / 2


def test_a_worker_loads_no_part_of_the_store():
    script = (
        "import sys\n"
        "from deciban.service.refits import job, pool\n"
        "print([m for m in ('sqlalchemy', 'alembic', 'flask') if m in sys.modules])"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )

    assert ran.stdout == "[]\n"
