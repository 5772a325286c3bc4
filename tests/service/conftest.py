"""A case's files and a command line; a store, and the application on it."""

import datetime
import os
import shutil
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from deciban.service.application.services import Services
from deciban.service.commands.main import main
from deciban.service.running.settings import Settings
from deciban.service.store import Store
from deciban.service.store.tokens import new_token
from deciban.service.store.tokens import tokens as all_tokens
from deciban.service.web.access import sign_in_link
from deciban.service.web.app import create_app
from deciban.service.web.server.waitress_server import Server

PATIENCE = 300.0  # seconds in which anything happens, unless it never does

PRIORS = """\
case: war
title: A war
scenarios:
  - id: war
    question: Does war come by 31 December 2025?
    criteria: Shots
    opens: 2022-07-01
    closes: 2025-12-31
    prior: {median: 0.3, low: 0.1, high: 0.6, because: As in other years}
"""
EVIDENCE = """\
case: war
sources:
  - {id: kcna, name: KCNA, reliability: D}
reports:
  - id: threat
    claim: War comes
    source: kcna
    credibility: 3
    published: 2022-08-01
    bears_on:
      - {scenario: war, direction: supports, strength: weak}
"""


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """Return a priors file and an evidence file that agree."""
    priors, evidence = tmp_path / "priors.yaml", tmp_path / "evidence.yaml"
    priors.write_text(PRIORS)
    evidence.write_text(EVIDENCE)
    return priors, evidence


@pytest.fixture
def deciban() -> Callable[..., Result]:
    """Return the command line: its words in, exit code and output out."""

    def run(*words: object) -> Result:
        return CliRunner().invoke(main, [str(word) for word in words])

    return run


@pytest.fixture
def sampled_at_once(monkeypatch: pytest.MonkeyPatch, sampled):
    """Let ``deciban fit`` sample the shared draws, whatever it is given."""
    monkeypatch.setattr("deciban.model.sampling.fit.sample", lambda *_, **__: sampled)
    return sampled


@pytest.fixture(scope="session", autouse=True)
def routes_compiled_once() -> Iterator[None]:
    """Let the applications of a session share what Werkzeug makes of each route.

    It compiles Python for each; all of ours take 60 ms, and hundreds of tests have an
    application of their own.
    """
    compile_anew, known = Rule._compile_builder, {}

    def compile_builder(rule: Rule, append_unknown: bool = True) -> Callable[..., Any]:
        key = rule.rule, tuple(rule._trace), repr(rule.defaults), append_unknown
        if key not in known:
            known[key] = compile_anew(rule, append_unknown)
        return known[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Rule, "_compile_builder", compile_builder)
        yield


class Clock:
    """A clock that stands still until it is told to go on."""

    def __init__(self) -> None:
        self.now = datetime.datetime(2024, 3, 31, 12, tzinfo=datetime.UTC)

    def __call__(self) -> datetime.datetime:
        """Tell the time."""
        return self.now

    def advance(self, **duration: float) -> None:
        """Go on by so many ``hours``, ``seconds`` and so on."""
        self.now += datetime.timedelta(**duration)


class IdleScheduler:
    """A scheduler that fits nothing; it remembers which cases it was told of."""

    def __init__(self) -> None:
        self.noticed: list[str] = []

    def notice(self, case: str) -> None:
        """Hear that a case has changed."""
        self.noticed.append(case)


@pytest.fixture
def clock() -> Clock:
    """Return the time of the service."""
    return Clock()


@pytest.fixture(scope="session")
def new_store_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the file of a store with tables and nothing in them, to be copied."""
    file = tmp_path_factory.mktemp("store") / "new.sqlite"
    store = Store(f"sqlite:///{file}")
    store.upgrade()
    store.close()
    return file


@pytest.fixture
def store(new_store_file: Path, tmp_path: Path) -> Iterator[Store]:
    """Return a store of its own, with nothing in it."""
    file = tmp_path / "deciban.sqlite"
    shutil.copy(new_store_file, file)
    # It waits for others however busy the machine is.
    store = Store(f"sqlite:///{file}", timeout_seconds=120)
    yield store
    store.close()


@pytest.fixture
def settings(store: Store) -> Settings:
    """Return the settings as they are by default, for this store."""
    return Settings.from_environment({}, database_url=f"sqlite:///{store.file}")


@pytest.fixture
def scheduler() -> IdleScheduler:
    """Return a scheduler that fits nothing."""
    return IdleScheduler()


@pytest.fixture
def shared(
    settings: Settings, store: Store, scheduler: IdleScheduler, clock: Clock
) -> Services:
    """Return what the views share."""
    return Services(settings, store, scheduler, clock)


class Answering:
    """A server that answers for an application, on a thread, until it is stopped."""

    def __init__(self, app: Flask, shared: Services) -> None:
        bound = socket.create_server(("127.0.0.1", 0))
        server = Server(app, bound, shared.settings)
        self._stopping = shared.stopping
        self.port: int = bound.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"
        self._thread = threading.Thread(
            target=server.answer_until, args=(self._stopping,)
        )
        self._thread.start()

    def begin_to_stop(self) -> None:
        """Tell it to stop."""
        self._stopping.set()

    def stop(self, patience_seconds: float = PATIENCE) -> None:
        """Tell it to stop, and wait until it has."""
        self.begin_to_stop()
        self._thread.join(patience_seconds)
        assert not self._thread.is_alive()


@pytest.fixture
def serve(shared: Services) -> Iterator[Callable[[Flask], Answering]]:
    """Return how to answer for an application until the test ends."""
    started = []

    def start(app: Flask) -> Answering:
        started.append(Answering(app, shared))
        return started[-1]

    yield start
    for answering in started:
        answering.stop()


@pytest.fixture
def app(shared: Services) -> Flask:
    """Return the application."""
    return create_app(shared)


@pytest.fixture
def full_disk(tmp_path: Path) -> Iterator[Path]:
    """Return a folder on a file system of 1 MB, where one may be mounted."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("no file system can be mounted here to be filled")
    yield disk
    subprocess.run(["umount", "--lazy", disk], check=True)


def fill(disk: Path) -> Path:
    """Take all the room that a disk has; return the file that does."""
    ballast = disk / "ballast"
    # Unbuffered, or what could not be written would be written again at the close.
    with open(ballast, "wb", buffering=0) as file:
        with pytest.raises(OSError, match="No space left"):
            while True:
                file.write(bytes(4096))
    return ballast


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Return a browser that has not signed in."""
    return app.test_client()


@pytest.fixture
def tokens(store: Store, clock: Clock) -> dict[str, str]:
    """Return a secret of each role; the tokens are named for their roles."""
    with store.writing() as session:
        return {
            role: new_token(session, role, role, clock())[1]
            for role in ("viewer", "forecaster", "admin")
        }


@pytest.fixture
def bearer(tokens: dict[str, str]) -> Callable[[str], dict[str, str]]:
    """Return the headers by which a role asks: ``client.get(path, headers=...)``."""
    return lambda role: {"Authorization": f"Bearer {tokens[role]}"}


@pytest.fixture
def signed_in(app: Flask, shared: Services, tokens: dict[str, str]):
    """Return how a browser signs in as a role, which gives it its CSRF token."""

    def sign_in(role: str) -> tuple[FlaskClient, str]:
        browser = app.test_client()
        with shared.store.reading() as session:
            number = next(t.id for t in all_tokens(session) if t.name == role)
        link = sign_in_link(shared.store, shared.settings, number, shared.clock())
        assert browser.get(link[link.index("/sign-in") :]).status_code == 302
        page = browser.get("/sign-in").text
        return browser, page.split('name="csrf_token" value="')[1].split('"')[0]

    return sign_in
