"""Tests of service/refits/cluster.py, on a cluster of one process."""

import datetime
import sys
import threading
import time
from unittest.mock import MagicMock

import pytest

from deciban.model.casebook.files import read_casebook, shipped_case_files
from deciban.model.errors import FitStoppedError
from deciban.model.posterior.summary import Summary
from deciban.service.refits.cluster import ClusterError, DaskCluster
from deciban.service.refits.executor import Fitted, Job, WorkerDiedError

LONG = 600.0  # seconds in which a worker has loaded and compiled, on a busy machine


@pytest.mark.slow
def test_a_cluster_does_the_same_jobs_tells_how_far_it_is_and_can_be_stopped(
    monkeypatch,
):
    distributed = pytest.importorskip("distributed", reason="Dask is not installed")
    casebook = read_casebook(*shipped_case_files("dprk-russia"))
    day = datetime.date(2024, 3, 31)
    settings = {"draws": 500, "tune": 300, "chains": 4}
    fit = Job("fit", casebook.model_dump_json(by_alias=True), day, settings)
    endless = Job("fit", fit.casebook, day, settings | {"draws": 1_000_000})

    class PatientNanny(distributed.Nanny):
        """Lets its worker end by itself; Dask would kill it after four seconds."""

        async def close(self, timeout=LONG, reason="the test is over"):
            return await super().close(timeout=timeout, reason=reason)

    monkeypatch.setattr("deciban.service.refits.cluster._CONNECT", LONG)
    with distributed.LocalCluster(
        n_workers=1,
        threads_per_worker=1,
        worker_class=PatientNanny,
        dashboard_address=None,
    ) as local:
        cluster = DaskCluster(local.scheduler_address, grace=LONG)
        (place,) = cluster.places()

        fitted = cluster.submit(fit, LONG, place, lambda: None).outcome.result(LONG)
        running = cluster.submit(endless, LONG, place, lambda: None)
        end = time.monotonic() + LONG
        while not any(chain.done for chain in running.progress().chains):
            assert time.monotonic() < end
            time.sleep(0.05)
        running.cancel()
        with pytest.raises(FitStoppedError):
            running.outcome.result(LONG)

        assert isinstance(fitted, Fitted)
        digest = casebook.digest(day, settings)
        assert Summary.model_validate_json(fitted.summary).digest == digest
        assert list(cluster.places()) == [place]  # the worker heard, and lives
        cluster.stop()


class ScriptedClient:
    """A client of a cluster that has the workers it is told to have."""

    def __init__(self) -> None:
        self.workers: list[str] | Exception | None = ["tcp://a"]
        self.while_submitting = lambda: None
        self.looks = threading.Semaphore(0)

    def subscribe_topic(self, topic, handler):
        """Tell of nothing."""

    def close(self, timeout):
        """Close nothing."""

    def scheduler_info(self):
        """Tell who is there."""
        self.looks.release()
        if isinstance(self.workers, Exception):
            raise self.workers
        if self.workers is None:
            return {"type": "Scheduler"}  # what Dask says once the connection is lost
        return {"workers": dict.fromkeys(self.workers)}

    def submit(self, *job, **options):
        """Take a job, and never do it."""
        self.while_submitting()
        return MagicMock()

    def await_looks(self, number):
        """Wait until so many more looks have begun."""
        while self.looks.acquire(blocking=False):
            pass
        for _ in range(number):
            assert self.looks.acquire(timeout=LONG)


@pytest.fixture
def client(monkeypatch):
    """Return the client of the next cluster."""
    client = ScriptedClient()
    monkeypatch.setattr(
        "deciban.service.refits.cluster._connected", lambda _: (client, MagicMock())
    )
    return client


def test_the_watch_goes_on_whatever_goes_wrong_in_it(client, caplog):
    cluster = DaskCluster("tcp://127.0.0.1:9")

    client.workers = RuntimeError("no running event loop")
    client.await_looks(2)
    client.workers = ["tcp://b"]
    client.await_looks(2)

    assert list(cluster.places()) == ["tcp://b"]
    assert "the watch over the cluster went wrong" in caplog.messages
    cluster.stop()


def test_a_cluster_out_of_reach_has_no_workers_and_ends_what_they_did(client, caplog):
    cluster = DaskCluster("tcp://127.0.0.1:9")
    running = cluster.submit(MagicMock(), None, "tcp://a", lambda: None)

    client.workers = None

    with pytest.raises(WorkerDiedError):
        running.outcome.result(LONG)
    assert list(cluster.places()) == []
    assert caplog.messages == []
    cluster.stop()


def test_a_worker_may_die_while_it_is_given_a_job(client):
    cluster = DaskCluster("tcp://127.0.0.1:9")

    def die():
        client.workers = []
        client.await_looks(2)

    client.while_submitting = die
    running = cluster.submit(MagicMock(), None, "tcp://a", lambda: None)

    with pytest.raises(WorkerDiedError):
        running.outcome.result(LONG)
    cluster.stop()


def test_an_address_at_which_nobody_answers_is_refused(monkeypatch):
    pytest.importorskip("distributed", reason="Dask is not installed")
    monkeypatch.setattr("deciban.service.refits.cluster._CONNECT", 0.5)

    with pytest.raises(ClusterError, match=r"got 'tcp://127\.0\.0\.1:9'"):
        DaskCluster("tcp://127.0.0.1:9")


def test_a_cluster_without_dask_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)

    with pytest.raises(ClusterError, match="pip install"):
        DaskCluster("tcp://127.0.0.1:9")
