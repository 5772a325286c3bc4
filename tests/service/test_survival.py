"""What is left when a server or a worker is killed: all that was answered, once.

Processes are killed by SIGKILL, which nothing can catch, and the same store is served
again. What a client was not answered it sends again with the same idempotency key, as
the README says; then everything is counted.
"""

import contextlib
import http.client
import json
import os
import re
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path

import pytest

from deciban.service.store.casebooks import casebook, head, history
from deciban.service.store.fits import fits
from tests.service.conftest import PATIENCE

CASE = "dprk-russia"
CONNECTIONS = 8
ENOUGH = 40  # reports, before the server is killed
DRAWS = 5000  # so that a fit lasts for seconds, and is killed before it ends

# The command, but for its workers: they would take a core for ten seconds to compile.
WITHOUT_WORKERS = """\
from deciban.service.refits import start
from deciban.service.commands.main import main

class NoWorkers:
    def places(self):
        return []
    def stop(self):
        pass

start._executor = lambda settings: NoWorkers()
main()
"""


class Served:
    """``deciban serve`` in a process of its own."""

    def __init__(self, store, folder, *, workers):
        command = ["-m", "deciban"] if workers else ["-c", WITHOUT_WORKERS]
        self._log = folder / "log"
        with self._log.open("a") as log:
            self._process = subprocess.Popen(
                [sys.executable, *command, "serve", "--port", "0"],
                stderr=log,
                env=os.environ
                | {
                    "DECIBAN_DATABASE_URL": f"sqlite:///{store.file}",
                    "DECIBAN_RATE_LIMIT": "1000000",
                    "DECIBAN_WRITE_LIMIT": "1000000",
                    "DECIBAN_HISTORY_DAYS": "0",
                    "DECIBAN_DRAWS": str(DRAWS),
                    "TMPDIR": str(folder),  # for what a killed one leaves there
                },
            )
        self._workers: dict[int, int] = {}
        self.place = until(self._told_place)[1]

    def _told_place(self):
        log = self._log.read_text()
        assert self._process.poll() is None, log
        return re.search(r"^Deciban listens on http://(\S+)$", log, re.MULTILINE)

    def worker(self):
        """Wait for the worker; return a handle of its process."""
        return until(self._running_worker)

    def _running_worker(self):
        threads = Path(f"/proc/{self._process.pid}/task")
        for children in threads.glob("*/children"):
            for pid in map(int, _read(children).split()):
                if b"spawn_main" in _read(Path(f"/proc/{pid}/cmdline")):
                    # A number may be another process's later; a handle is not.
                    if pid not in self._workers:
                        self._workers[pid] = os.pidfd_open(pid)
                    return self._workers[pid]
        return None

    def kill(self):
        """End the server at once, as a power cut would."""
        self._process.kill()
        self._process.wait()

    def end(self):
        """End all that was started and still runs."""
        self._running_worker()
        self.kill()
        for handle in self._workers.values():
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(handle, signal.SIGKILL)
            os.close(handle)


def _read(file):
    """Read what is told of a thread or a process; nothing where that has ended."""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        return file.read_bytes()
    return b""


@pytest.fixture
def served(store, tmp_path):
    """Return how the store is served; whatever was started is ended after the test."""
    started = []

    def serve(*, workers):
        folder = tmp_path / f"server-{len(started)}"
        folder.mkdir()
        started.append(Served(store, folder, workers=workers))
        return started[-1]

    yield serve
    for one in started:
        one.end()


def until(look):
    """Wait until something is there; return it."""
    end = time.monotonic() + PATIENCE
    while not (seen := look()):
        assert time.monotonic() < end, "it never came"
        time.sleep(0.02)
    return seen


class Sender:
    """Somebody who posts from many connections, and notes what was answered."""

    def __init__(self, secret):
        self._headers = {
            "Authorization": f"Bearer {secret}",
            "Content-Type": "application/json",
        }
        self.answered: dict[str, int] = {}
        self.unanswered: list[str] = []

    def send(self, place, names):
        """Post reports, each once; stop at the first that is not answered."""
        connection = http.client.HTTPConnection(place, timeout=PATIENCE)
        for name in names:
            headers = self._headers | {"Idempotency-Key": f"key-of-{name}"}
            body = json.dumps(report(name))
            path = f"/api/v1/cases/{CASE}/reports"
            try:
                connection.request("POST", path, body, headers)
                answer = connection.getresponse()
                said = json.loads(answer.read())
            except (OSError, http.client.HTTPException):
                self.unanswered.append(name)
                break
            assert answer.status == 201, said
            assert name not in self.answered
            self.answered[name] = said["revision"]
        connection.close()

    def send_from_all(self, place, shares):
        """Begin to post from many connections, a share of the names from each."""
        pool = ThreadPoolExecutor(CONNECTIONS)
        sent = [pool.submit(self.send, place, share) for share in shares]
        pool.shutdown(wait=False)
        return sent

    def get(self, place, path):
        """Read JSON."""
        connection = http.client.HTTPConnection(place, timeout=PATIENCE)
        with contextlib.closing(connection):
            connection.request("GET", f"/api/v1{path}", headers=self._headers)
            return json.loads(connection.getresponse().read())


def report(name):
    return {
        "id": name,
        "claim": f"Volunteers are ready, says {name}",
        "source": "kcna",
        "credibility": 4,
        "published": "2022-08-05",
        "bears_on": [
            {"scenario": "troops", "direction": "supports", "strength": "weak"}
        ],
    }


@pytest.fixture
def sender(tokens):
    return Sender(tokens["forecaster"])


def kept_reports(store):
    """Return the name and the revision of each report that was sent and is kept."""
    with store.reading() as session:
        entries = history(session, CASE, kind="report", limit=10_000)
    return [
        (entry.change.key, entry.revision)
        for entry in entries
        if entry.change.key.startswith("sent-")
    ]


def test_a_server_killed_amid_posts_has_kept_what_it_answered_and_takes_the_rest_once(
    served, sender, store
):
    first = served(workers=False)
    shares = [map(f"sent-{n}-{{}}".format, count()) for n in range(CONNECTIONS)]
    sending = sender.send_from_all(first.place, shares)
    until(lambda: len(sender.answered) > ENOUGH)
    first.kill()
    for one in sending:
        one.result()
    answered, cut_off = dict(sender.answered), list(sender.unanswered)
    assert len(cut_off) == CONNECTIONS

    assert answered.items() <= set(kept_reports(store))

    second = served(workers=False)
    for one in sender.send_from_all(second.place, [[name] for name in cut_off]):
        one.result()

    kept = kept_reports(store)
    names = [*answered, *cut_off]
    assert sorted(kept) == sorted(sender.answered.items())
    assert sorted(name for name, _ in kept) == sorted(names)
    # The case itself came with the first revision, then one report with each.
    assert sorted(revision for _, revision in kept) == list(range(2, len(names) + 2))
    with store.reading() as session:
        assert head(session, CASE).revision == len(names) + 1
        ids = [one.id for one in casebook(session, CASE).evidence.reports]
    assert sorted(name for name in ids if name.startswith("sent-")) == sorted(names)


@pytest.mark.slow
def test_a_fit_whose_server_or_worker_is_killed_runs_again_and_lands(
    served, sender, store
):
    def newest():
        with store.reading() as session:
            return next(iter(fits(session, CASE, limit=1)), None)

    def running():
        record = newest()
        return record if record and record.state == "running" else None

    def settled(place):
        forecasts = sender.get(place, f"/cases/{CASE}/forecasts")
        return None if forecasts["stale"] else forecasts

    first = served(workers=True)
    cut_off = until(running)
    first.worker()
    sender.send(first.place, ["sent-before"])
    first.kill()

    second = served(workers=True)
    place = second.place
    forecasts = until(lambda: settled(place))
    assert forecasts["revision"] == sender.answered["sent-before"] == 2
    with store.reading() as session:
        records = {record.id: record for record in fits(session, CASE)}
    assert {record.state for record in records.values()} == {"done"}
    assert records[cut_off.id].attempts == 2

    sender.send(place, ["sent-later"])
    until(lambda: (record := running()) and record.revision == 3)
    signal.pidfd_send_signal(second.worker(), signal.SIGKILL)

    forecasts = until(lambda: settled(place))
    assert forecasts["fit_revision"] == sender.answered["sent-later"] == 3
    assert (newest().state, newest().attempts) == ("done", 2)
    assert sender.unanswered == []
