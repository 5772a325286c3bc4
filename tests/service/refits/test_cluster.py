"""Tests of service/refits/cluster.py, on a cluster of one process."""

import sys
import time

import pytest

from model.casefiles import read_casebook, shipped_case_files
from model.errors import FitStoppedError
from model.summary import Summary
from service.refits.cluster import ClusterError, DaskCluster
from service.refits.executor import Fitted, Job

LONG = 120.0  # seconds in which a worker has loaded and compiled, on a busy machine


@pytest.mark.slow
def test_a_cluster_does_the_same_jobs_tells_how_far_it_is_and_can_be_stopped():
    distributed = pytest.importorskip("distributed", reason="Dask is not installed")
    casebook = read_casebook(*shipped_case_files("dprk-russia"))
    day = casebook.last_day()
    settings = {"draws": 500, "tune": 300, "chains": 4}
    fit = Job("fit", casebook.model_dump_json(by_alias=True), day, settings)
    endless = Job("fit", fit.casebook, day, settings | {"draws": 1_000_000})
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=1, processes=True, dashboard_address=None
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


def test_an_address_at_which_nobody_answers_is_refused(monkeypatch):
    pytest.importorskip("distributed", reason="Dask is not installed")
    monkeypatch.setattr("service.refits.cluster._CONNECT", 0.5)

    with pytest.raises(ClusterError, match=r"got 'tcp://127\.0\.0\.1:9'"):
        DaskCluster("tcp://127.0.0.1:9")


def test_a_cluster_without_dask_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)

    with pytest.raises(ClusterError, match="pip install"):
        DaskCluster("tcp://127.0.0.1:9")
