"""The server that answers for the application: Waitress, with an end that is graceful.

All that leans on how Waitress works inside is in this module: the loop, which Waitress
would leave at a stop with answers unsent; what it refuses by itself, answered as the
API answers its own errors; and answers sent by the thread that made them. To hand them
to the loop is to wait for the interpreter behind every other thread: 16 connections
read 0.82 to 0.88 times as many forecasts a second then (medians of 14 rounds).

Servers whose graceful stop is documented were measured beside it, each with 32 threads
on two busy cores: forecasts read by 16 connections, as a share of what Waitress answers
in the same run; how long a read takes while 64 clients have sent half of a request; and
what becomes of a request and four streams at a SIGTERM, with ten seconds to end:

====================  =====  ===================  ==================
server                reads  64 halves            SIGTERM
====================  =====  ===================  ==================
Waitress, as here      1     1 ms                 whole, after 2.3 s
cheroot 11             0.7   not within 25 s      whole, after 2.4 s
gunicorn 27, gthread   0.7   not within 25 s      streams cut, 10 s
granian 2.8            1.4   not within 25 s [1]  streams cut, 10 s
====================  =====  ===================  ==================

[1] Of a body; halves of a head hold none of its threads.

gunicorn and granian also answer from a child process, whose application hears of a stop
only after its streams; here the scheduler of refits lives in the process that answers.
"""

import contextlib
import socket
import threading
import time
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from waitress import wasyncore
from waitress.channel import HTTPChannel
from waitress.server import create_server
from waitress.task import ErrorTask
from waitress.utilities import RequestEntityTooLarge, RequestHeaderFieldsTooLarge

from deciban.service.running.settings import Settings
from deciban.service.web.api.problems import (
    PROBLEM_TYPE,
    ProblemDetails,
    content,
    too_large,
)

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

__all__ = ["Server"]

_CONNECTIONS = 1000
_BACKLOG = 1024
# Of a body so many times as large as it may be the rest is not even read; what is less
# too large the application refuses.
_MOST_READ = 2
# How long whoever is refused may go on sending before the connection is reset.
_LINGER_SECONDS = 30.0
# How soon it sees that it shall stop, and, once it stops, that all is sent.
_TURN_SECONDS, _LAST_TURN_SECONDS = 0.25, 0.05


class Server:
    """A server that listens for an application, and answers once it is told to.

    Parameters
    ----------
    app : WSGI application
    bound : socket
        The address, taken hold of already. It listens from now on: who connects waits.
    settings : Settings
        Of them ``threads``, ``max_body_bytes``, ``proxies`` and ``stop_seconds``.
    """

    def __init__(
        self, app: "WSGIApplication", bound: socket.socket, settings: Settings
    ) -> None:
        self._stop_seconds = settings.stop_seconds
        self._polled: dict[int, Any] = {}  # by file descriptor, kept by Waitress
        server: Any = create_server(
            app,
            map=self._polled,
            sockets=[bound],
            threads=settings.threads,
            backlog=_BACKLOG,
            connection_limit=_CONNECTIONS,
            max_request_body_size=_MOST_READ * settings.max_body_bytes,
            clear_untrusted_proxy_headers=settings.proxies == 0,
            ident=None,
        )
        server.channel_class = _Channel
        self._waitress = server

    def answer_until(self, stopping: threading.Event) -> None:
        """Answer until an event is set, then until all is answered or time is up.

        From then on nobody can connect any more, and a thread that still works after
        ``stop_seconds`` is left alone.
        """
        while not stopping.is_set():
            self._turn(_TURN_SECONDS)
        # Waitress's own close would also end what wakes the loop for an answer.
        wasyncore.dispatcher.close(self._waitress)
        deadline = time.monotonic() + self._stop_seconds
        while self._is_busy() and time.monotonic() < deadline:
            self._turn(_LAST_TURN_SECONDS)
        left = max(0.0, deadline - time.monotonic())
        self._waitress.task_dispatcher.shutdown(timeout=left)
        for channel in list(self._waitress.active_channels.values()):
            channel.handle_close()  # its files too: a large answer waits in one
        wasyncore.close_all(self._polled)

    def _turn(self, timeout_seconds: float) -> None:
        # By poll: select knows no more than 1024 connections.
        wasyncore.loop(timeout_seconds, use_poll=True, map=self._polled, count=1)

    def _is_busy(self) -> bool:
        return any(
            channel.requests or channel.total_outbufs_len
            for channel in list(self._waitress.active_channels.values())
        )


class _ErrorTask(ErrorTask):
    """Answers one request that Waitress refuses."""

    def execute(self) -> None:
        """Send a problem: see ``service.web.api.problems``."""
        request: Any = self.request
        error = request.error
        title = HTTPStatus(error.code).phrase
        problem = ProblemDetails(
            type="about:blank",
            title=title,
            status=error.code,
            detail=self._detail(error),
            instance=getattr(request, "path", "/"),  # it may not have got so far
        )
        body = content(problem).encode()
        self.status = f"{error.code} {title}"
        self.response_headers = [
            *self.response_headers,
            ("Content-Type", PROBLEM_TYPE),
        ]
        self.set_close_on_finish()
        channel: Any = self.channel
        channel.lingers = True
        self.content_length = len(body)
        self.write(body)

    def _detail(self, error: Any) -> str:
        limits = self.channel.server.adj
        if isinstance(error, RequestEntityTooLarge):
            return too_large(limits.max_request_body_size // _MOST_READ)
        if isinstance(error, RequestHeaderFieldsTooLarge):
            most = limits.max_request_header_size
            return f"the head of the request must have at most {most:,} bytes"
        return str(error.body)


class _Channel(HTTPChannel):
    """One connection."""

    error_task_class = _ErrorTask
    # Whether what is still coming is read before it closes, and until when.
    lingers = False
    _closes_at: float | None = None

    def handle_write(self) -> None:
        """Send what waits; then close, unless whoever was refused still sends.

        To close on bytes that nobody has read is to reset the connection, and the
        refusal with it, before it has been read. So the end is told, and the rest
        read and forgotten for a while.
        """
        if self.lingers and self.close_when_flushed and not self.total_outbufs_len:
            self.lingers = self.close_when_flushed = False
            self._closes_at = time.monotonic() + _LINGER_SECONDS
            with contextlib.suppress(OSError):  # it has gone
                assert self.socket is not None
                self.socket.shutdown(socket.SHUT_WR)
            return
        super().handle_write()

    def readable(self) -> bool:
        """Whether it reads: a request, or what is forgotten."""
        if self._closes_at is None:
            return bool(super().readable())
        if time.monotonic() > self._closes_at:
            self.will_close = True
        return not self.will_close

    def handle_read(self) -> None:
        """Read a part of a request, or of what is forgotten."""
        if self._closes_at is None:
            super().handle_read()
            return
        try:
            self.recv(self.adj.recv_bytes)  # closes at the end
        except OSError:
            self.handle_close()

    def write_soon(self, data: Any) -> int:
        """Send what can be sent at once, unless something waits; let the rest wait."""
        sent = 0
        with self.outbuf_lock:
            if isinstance(data, bytes) and self.connected:
                if data and not self.total_outbufs_len:
                    sent = self.send(data, do_close=False)
                data = data[sent:]
            return sent + super().write_soon(data)
