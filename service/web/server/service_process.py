"""Running the service: one process that listens, and the workers that it starts.

It takes hold of the address first, then brings the store up to date, answers, and fits
by the workers that it was given. At a stop (SIGTERM, Ctrl-C) it takes no more
connections, ends what streams, and lets requests end.
"""

import datetime
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import make_url

from deciban.model.casebook.changes import changes_between
from deciban.model.casebook.files import read_casebook, shipped_case_files
from deciban.model.errors import ModelError
from deciban.service.application.services import Services
from deciban.service.running.allocator import keep_memory
from deciban.service.running.clock import now
from deciban.service.running.settings import Settings
from deciban.service.store import Store, StoreUnavailableError
from deciban.service.store.casebooks import Author, append, heads
from deciban.service.store.leases import Lease
from deciban.service.store.locks import file_lock
from deciban.service.store.tokens import tokens
from deciban.service.web.access import sign_in_link
from deciban.service.web.access.hosts import is_loopback
from deciban.service.web.app import create_app
from deciban.service.web.server.preload import start_warming
from deciban.service.web.server.waitress_server import Server

if TYPE_CHECKING:
    from deciban.service.refits.executor import Executor

__all__ = [
    "Listening",
    "ServeError",
    "load_first_case",
    "only_service",
    "serve",
]

FIRST_CASE = "dprk-russia"


class ServeError(ModelError):
    """The service cannot start here, or not so."""


class Listening(NamedTuple):
    """What whoever started the service needs to know.

    Attributes
    ----------
    address : str
        Where it listens.
    sign_in : str or None
        A link that signs one browser in as an admin, once; None where none can be kept.
    store : str
        Where the data are, without a password.
    trouble : str or None
        Why nothing can be written, so that it only reads until that is mended.
    """

    address: str
    sign_in: str | None
    store: str
    trouble: str | None = None


def serve(
    settings: Settings, executor: "Executor", tell: Callable[[Listening], None]
) -> None:
    """Serve until the process is told to stop.

    Parameters
    ----------
    settings : Settings
        As the environment and the command line say.
    executor : Executor
        The workers, which end with the service.
    tell : callable
        Called once the service listens.

    Raises
    ------
    ServeError
        If the address is taken, or others could reach it and there is no token yet, or
        another process serves the same store, or has taken it over.
    StoreError
        If the store cannot be used.
    """
    keep_memory(in_threads=True)
    stopping = threading.Event()
    with closing(_bound(settings.host, settings.port)) as bound:
        with closing(Store(settings.database_url)) as store:
            store.upgrade()
            with only_service(store, settings.database_url, stopping.set):
                _serve_store(settings, store, executor, bound, tell, stopping)


def load_first_case(store: Store, now: datetime.datetime) -> None:
    """Put the case that comes along into a store that has none."""
    with store.reading() as session:
        if heads(session):
            return
    with store.writing() as session:
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
    executor: "Executor",
    bound: socket.socket,
    tell: Callable[[Listening], None],
    stopping: threading.Event,
) -> None:
    _check_reach(settings.host, store)
    load_first_case(store, now())
    shared = _services(settings, store, executor, stopping)
    app = create_app(shared)
    server = Server(app, bound, settings)
    _stop_by_signal(stopping)
    address = _address(bound)
    link = trouble = None
    try:
        store.try_writing()
        link = sign_in_link(store, settings, "admin", now(), address)
    except StoreUnavailableError as error:
        trouble = str(error)
    where = str(store.file or make_url(settings.database_url))  # without password
    tell(Listening(address, link, where, trouble))
    with _fitting(shared):
        start_warming(app)
        server.answer_until(stopping)


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


def _services(
    settings: Settings, store: Store, executor: "Executor", stopping: threading.Event
) -> Services:
    from deciban.service.application.current_forecasts import day_of_forecasts
    from deciban.service.refits.scheduler import Scheduler

    day_of = partial(day_of_forecasts, clock=now)
    scheduler = Scheduler(store, executor, settings, now, day_of=day_of)
    return Services(settings, store, scheduler, now, stopping)


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
def only_service(
    store: Store, url: str, lost: Callable[[], None] = lambda: None
) -> Iterator[None]:
    """Hold the store against a second server, which would fit everything twice.

    Parameters
    ----------
    store : Store
        Which is held. That of PostgreSQL writes nothing any more once another service
        has taken it over.
    url : str
        Where it is.
    lost : callable, optional
        Called from another thread as soon as it is known that another has taken it.

    Raises
    ------
    ServeError
        If another service holds it, or has taken it over.
    """
    with file_lock(store.file) if store.file else _leased(store, url, lost) as is_held:
        if not is_held:
            raise ServeError("must be the only service on its store, and another runs")
        yield


@contextmanager
def _leased(store: Store, url: str, lost: Callable[[], None]) -> Iterator[bool]:
    with closing(Store(url)) as own:
        lease = Lease(own)
        if not lease.take():
            yield False
            return
        store.guard(lease.check)
        with lease.kept(lost):
            yield True
        if lease.is_lost:
            raise ServeError("has stopped: another service has taken its store over")


def _stop_by_signal(stopping: threading.Event) -> None:
    def stop(_signal: int, _frame: object) -> None:
        if not stopping.is_set():
            stopping.set()

    signal.signal(signal.SIGTERM, stop)
    # Ignored where it was started in the background: Ctrl-C then means another process.
    if signal.getsignal(signal.SIGINT) != signal.SIG_IGN:
        signal.signal(signal.SIGINT, stop)
