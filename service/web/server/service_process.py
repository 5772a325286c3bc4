"""Running the service: one process that listens, and the workers that it starts.

It takes hold of the address first, then brings the store up to date, answers, and only
then starts what takes long: workers, which import the sampler and compile. At a stop
(SIGTERM, Ctrl-C) it takes no more connections, ends what streams, and lets requests
end.
"""

import datetime
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from flask import Flask
from sqlalchemy import create_engine, func, make_url, select
from sqlalchemy.pool import NullPool
from waitress.server import create_server

from deciban.model.casebook.changes import changes_between
from deciban.model.casebook.files import read_casebook, shipped_case_files
from deciban.model.errors import ModelError
from deciban.service.application.services import Services
from deciban.service.running.allocator import keep_memory
from deciban.service.running.clock import now
from deciban.service.running.settings import Settings
from deciban.service.store import Store
from deciban.service.store.casebooks import Author, append, heads
from deciban.service.store.locks import file_lock
from deciban.service.store.tokens import tokens
from deciban.service.web.access import sign_in_link
from deciban.service.web.access.hosts import is_loopback
from deciban.service.web.app import create_app
from deciban.service.web.server.preload import start_warming
from deciban.service.web.server.waitress_channel import MOST_READ, Channel

if TYPE_CHECKING:
    from deciban.service.refits import Executor

__all__ = [
    "Listening",
    "ServeError",
    "answer_until_stopped",
    "listening",
    "load_first_case",
    "only_service",
    "serve",
]

FIRST_CASE = "dprk-russia"

_CONNECTIONS = 1000
_BACKLOG = 1024
# Names the lock of PostgreSQL: the letters of "deciban" as a number.
_ADVISORY_LOCK = int.from_bytes(b"deciban")


class ServeError(ModelError):
    """The service cannot start here, or not so."""


class Listening(NamedTuple):
    """What whoever started the service needs to know.

    Attributes
    ----------
    address : str
        Where it listens.
    sign_in : str
        A link that signs one browser in as an admin, once.
    store : str
        Where the data are, without a password.
    """

    address: str
    sign_in: str
    store: str


def serve(settings: Settings, tell: Callable[[Listening], None]) -> None:
    """Serve until the process is told to stop.

    Parameters
    ----------
    settings : Settings
        As the environment and the command line say.
    tell : callable
        Called once the service listens.

    Raises
    ------
    ServeError
        If the address is taken, or others could reach it and there is no token yet, or
        another process serves the same store.
    StoreError
        If the store cannot be used.
    """
    keep_memory(in_threads=True)
    with closing(_bound(settings.host, settings.port)) as bound:
        with closing(Store(settings.database_url)) as store:
            store.upgrade()
            with only_service(store, settings.database_url):
                _serve_store(settings, store, bound, tell)


def load_first_case(store: Store, now: datetime.datetime) -> None:
    """Put the case that comes along into a store that has none."""
    with store.writing() as session:
        if heads(session):
            return
        casebook = read_casebook(*shipped_case_files(FIRST_CASE))
        append(
            session,
            FIRST_CASE,
            changes_between(None, casebook),
            author=Author("deciban", None),
            now=now,
            because="the case that comes with Deciban",
        )


def _serve_store(
    settings: Settings,
    store: Store,
    bound: socket.socket,
    tell: Callable[[Listening], None],
) -> None:
    _check_reach(settings.host, store)
    load_first_case(store, now())
    shared = _services(settings, store)
    app = create_app(shared)
    server = listening(app, bound, settings)
    _stop_by_signal(server, shared)
    address = _address(bound)
    tell(
        Listening(
            address,
            sign_in_link(store, settings, "admin", now(), address),
            str(store.file or make_url(settings.database_url)),  # without password
        )
    )
    with _fitting(shared):
        start_warming(app)
        answer_until_stopped(server, shared)


def listening(app: Flask, bound: socket.socket, settings: Settings) -> Any:
    """Let a server listen for an application, and answer once its loop runs."""
    server: Any = create_server(
        app,
        sockets=[bound],
        threads=settings.threads,
        backlog=_BACKLOG,
        connection_limit=_CONNECTIONS,
        asyncore_use_poll=True,  # select knows no more than 1024 connections
        max_request_body_size=MOST_READ * settings.max_body_bytes,
        clear_untrusted_proxy_headers=settings.proxies == 0,
        ident=None,
    )
    server.channel_class = Channel
    return server


@contextmanager
def _fitting(shared: Services) -> Iterator[None]:
    """Fit what changes until the service stops."""

    def stop() -> None:
        shared.stopping.wait()
        shared.scheduler.stop(shared.settings.stop_seconds)

    # On a thread, while requests end: those that follow a fit end only with it.
    stopping = threading.Thread(target=stop, name="stop")
    shared.scheduler.start()
    stopping.start()
    try:
        yield
    finally:
        shared.stopping.set()
        stopping.join()


def _services(settings: Settings, store: Store) -> Services:
    from deciban.service.application.current_forecasts import day_of_forecasts
    from deciban.service.refits import Scheduler

    executor = _executor(settings)
    day_of = partial(day_of_forecasts, clock=now)
    scheduler = Scheduler(store, executor, settings, now, day_of=day_of)
    return Services(settings, store, scheduler, now)


def _executor(settings: Settings) -> "Executor":
    if settings.cluster:
        from deciban.service.refits.cluster import DaskCluster

        return DaskCluster(settings.cluster)
    from deciban.service.refits.pool import PebblePool

    return PebblePool(settings.workers)


def _bound(host: str, port: int) -> socket.socket:
    """Take hold of an address, without listening yet."""
    try:
        kind, *_, place = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except OSError as error:
        raise ServeError(
            f"host must be an address of this machine, got {host!r}"
        ) from error
    bound = socket.socket(kind, socket.SOCK_STREAM)
    try:
        # A port whose last connections are still closing is free.
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(place)
    except OSError as error:
        bound.close()
        raise ServeError(
            f"must be able to listen on {host}, port {port}: "
            f"{(error.strerror or str(error)).lower()}; choose another with --port"
        ) from error
    return bound


def _address(bound: socket.socket) -> str:
    host, port, *_ = bound.getsockname()
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _check_reach(host: str, store: Store) -> None:
    """Refuse to be reached from elsewhere while nobody has a token."""
    if is_loopback(host):
        return
    with store.reading() as session:
        if any(token.revoked_at is None for token in tokens(session)):
            return
    raise ServeError(
        f"must have a token before others can reach it at {host}: make one with "
        "'deciban token new NAME --role admin', or listen on 127.0.0.1"
    )


@contextmanager
def only_service(store: Store, url: str) -> Iterator[None]:
    """Hold the store against a second server, which would fit everything twice."""
    held = file_lock(store.file) if store.file else _advisory_lock(url)
    with held as is_held:
        if not is_held:
            raise ServeError("must be the only service on its store, and another runs")
        yield


@contextmanager
def _advisory_lock(url: str) -> Iterator[bool]:
    """Lock a number that all services on one database of PostgreSQL agree on."""
    engine = create_engine(
        make_url(url).set(drivername="postgresql+psycopg"),
        isolation_level="AUTOCOMMIT",
        poolclass=NullPool,
    )
    with engine.connect() as lock:
        yield bool(lock.scalar(select(func.pg_try_advisory_lock(_ADVISORY_LOCK))))


def _stop_by_signal(server: Any, shared: Services) -> None:
    def stop(_signal: int, _frame: object) -> None:
        if not shared.stopping.is_set():
            shared.stopping.set()
            server.pull_trigger()  # wakes the loop

    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(one, stop)


def answer_until_stopped(server: Any, shared: Services) -> None:
    """Answer until the service stops, then until all is answered or time is up.

    Waitress's own loop ends at once: what is under way is not sent any more.

    Parameters
    ----------
    server : waitress server
        That listens.
    shared : Services
        Tells by ``stopping`` when to stop; who sets it wakes the server up.
    """
    while not shared.stopping.is_set():
        _turn(server)
    server.asyncore.dispatcher.close(server)  # its own close would stop the waking too
    deadline = time.monotonic() + shared.settings.stop_seconds
    while _is_busy(server) and time.monotonic() < deadline:
        _turn(server, 0.05)
    server.task_dispatcher.shutdown(timeout=max(0.0, deadline - time.monotonic()))
    server.asyncore.close_all(server._map)


def _turn(server: Any, timeout_seconds: float = 1.0) -> None:
    server.asyncore.loop(
        timeout=timeout_seconds, use_poll=True, map=server._map, count=1
    )


def _is_busy(server: Any) -> bool:
    return any(
        channel.requests or channel.total_outbufs_len
        for channel in list(server.active_channels.values())
    )
