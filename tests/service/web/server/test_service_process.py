"""The service runs as one process that stops without cutting anybody off."""

import contextlib
import datetime
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from http.cookiejar import CookieJar
from types import SimpleNamespace

import pytest

from deciban.model.casebook.changes import changes_between
from deciban.model.casebook.files import read_casebook, shipped_case_files
from deciban.service.running.settings import Settings
from deciban.service.store.casebooks import (
    Author,
    append,
    casebook,
    heads,
    history,
)
from deciban.service.store.tokens import new_token, secret_key
from deciban.service.web.server.service_process import (
    ServeError,
    _stop_by_signal,
    load_first_case,
    only_service,
    serve,
)
from tests.service.conftest import PATIENCE, fill

pytestmark = pytest.mark.slow

NO_WORKERS = SimpleNamespace(places=list, stop=lambda: None)

# The command, but for its workers: they would take a core for ten seconds to compile.
WITHOUT_WORKERS = """\
import sys
from deciban.service.refits import start
from deciban.service.web.server import service_process as server
from deciban.service.commands.main import main

class NoWorkers:
    def places(self):
        return []
    def stop(self):
        pass

def told(app, start=server.start_warming):
    print("keeps warm", file=sys.stderr, flush=True)
    return start(app)

start._executor = lambda settings: NoWorkers()
server.start_warming = told
main()
"""


class Running:
    """A service in a process of its own."""

    def __init__(self, folder, *words, **environment):
        self.process = subprocess.Popen(
            [sys.executable, "-c", WITHOUT_WORKERS, "serve", "--port", "0", *words],
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | {"XDG_DATA_HOME": str(folder)} | environment,
        )
        self.said = []

    def line(self, begins):
        """Wait for a line of standard error that begins so; return its rest."""
        for line in self.process.stderr:
            self.said.append(line)
            if line.startswith(begins):
                return line.removeprefix(begins).strip()
        pytest.fail("".join(self.said))

    def stop(self, how=signal.SIGTERM):
        """Send a signal; return the exit code and what it says to that."""
        self.process.send_signal(how)
        rest = self.process.communicate(timeout=PATIENCE)[1]
        return self.process.returncode, rest


@pytest.fixture
def running(tmp_path):
    """Return how to start a service, which is ended after the test."""
    started = []

    def start(*words, **environment):
        started.append(Running(tmp_path, *words, **environment))
        return started[-1]

    yield start
    for one in started:
        one.process.kill()
        one.process.communicate()


def test_it_says_where_it_is_signs_in_once_serves_the_case_and_stops(running, tmp_path):
    service = running()
    address = service.line("Deciban listens on ")
    link = service.line("sign in, once, within 30 minutes: ")
    data = service.line("data: ")

    with urllib.request.urlopen(f"{address}/healthz") as answer:
        assert answer.status == 200
    browser = urllib.request.build_opener(
        urllib.request.HTTPCookieProcessor(CookieJar())
    )
    with contextlib.suppress(urllib.error.HTTPError):
        browser.open(link)  # leads on to the first page
    with browser.open(f"{address}/sign-in") as answer:
        assert "signed in as admin" in answer.read().decode()
    assert link.startswith(address)
    assert data == str(tmp_path / "deciban" / "deciban.sqlite")

    second = running()
    assert "must be the only service on its store" in second.process.stderr.read()
    assert second.process.wait(timeout=PATIENCE) == 1

    code, rest = service.stop()
    assert code == 0
    assert "stopped; what was posted is kept\n" in rest


def test_on_a_full_disk_it_starts_and_reads(running, full_disk, store, clock, files):
    with store.writing() as session:
        secret_key(session)
        secret = new_token(session, "ada", "viewer", clock())[1]
        append(
            session,
            "war",
            changes_between(None, read_casebook(*files)),
            author=Author("ada", None),
            now=clock(),
        )
    store.close()
    folder = full_disk / "deciban"
    folder.mkdir()
    shutil.copy(store.file, folder)
    fill(full_disk)

    service = running(XDG_DATA_HOME=str(full_disk))
    address = service.line("Deciban listens on ")

    assert "its disk has no room" in service.line("it only reads for now: ")
    asked = urllib.request.Request(
        f"{address}/api/v1/cases", headers={"Authorization": f"Bearer {secret}"}
    )
    with urllib.request.urlopen(asked, timeout=PATIENCE) as answer:
        assert b"A war" in answer.read()
    assert service.stop()[0] == 0


def test_it_does_beforehand_what_the_first_request_would_wait_for(running):
    running().line("keeps warm")


def test_ctrl_c_stops_it_as_well(heeds_ctrl_c, running):
    service = running()
    service.line("data: ")

    assert service.stop(signal.SIGINT)[0] == 0


@pytest.fixture
def signals():
    """Put back afterwards what signals do."""
    before = {one: signal.getsignal(one) for one in (signal.SIGTERM, signal.SIGINT)}
    yield
    for one, handler in before.items():
        signal.signal(one, handler)


def test_ctrl_c_does_not_stop_one_that_a_shell_has_put_in_the_background(signals):
    """A shell without job control has the signal ignored there, and so does nohup."""
    stopping = threading.Event()
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    _stop_by_signal(stopping)

    assert signal.getsignal(signal.SIGINT) == signal.SIG_IGN
    signal.raise_signal(signal.SIGTERM)
    assert stopping.is_set()


@pytest.fixture
def settings(store):
    url = f"sqlite:///{store.file}"
    return Settings.from_environment({}, database_url=url, stop_seconds=2 * PATIENCE)


def test_others_cannot_reach_it_before_there_is_a_token(store):
    settings = Settings.from_environment(
        {}, database_url=f"sqlite:///{store.file}", host="0.0.0.0", port=0
    )

    with pytest.raises(ServeError, match="'deciban token new NAME --role admin'"):
        serve(settings, NO_WORKERS, pytest.fail)


def test_a_port_that_is_taken_is_told(settings):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        with pytest.raises(ServeError, match=rf"port {port}: address already in use"):
            serve(
                Settings.from_environment(
                    {}, database_url=settings.database_url, port=port
                ),
                NO_WORKERS,
                pytest.fail,
            )


def test_a_host_that_is_none_is_told(settings):
    with pytest.raises(ServeError, match=r"address of this machine, got 'no\.invalid'"):
        serve(
            Settings.from_environment(
                {}, database_url=settings.database_url, host="no.invalid"
            ),
            NO_WORKERS,
            pytest.fail,
        )


def test_a_store_has_one_service_at_a_time(store, settings):
    with (
        only_service(store, settings.database_url),
        pytest.raises(ServeError, match="and another runs"),
        only_service(store, settings.database_url),
    ):
        pytest.fail("two at once")

    with only_service(store, settings.database_url):
        pass


def test_an_empty_store_begins_with_the_case_that_comes_along(store, clock):
    load_first_case(store, clock())

    with store.reading() as session:
        kept = casebook(session, "dprk-russia")
        (entry, *_) = history(session, "dprk-russia")
    assert kept == read_casebook(*shipped_case_files("dprk-russia"))
    assert entry.who == "deciban"


def test_a_store_that_has_a_case_is_left_as_it_is(store, clock):
    load_first_case(store, clock())
    clock.now += datetime.timedelta(days=1)

    load_first_case(store, clock())

    with store.reading() as session:
        assert [head.revision for head in heads(session)] == [1]
