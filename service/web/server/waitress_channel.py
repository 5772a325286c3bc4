"""How answers leave: at once, the head together with the body; errors as problems.

To send is to let go of the interpreter and to wait for it afterwards, behind every
other thread. Waitress sends twice, first the head, and copies a body through a buffer
before; for an answer of 20 kB that takes as long as all else it does.

What Waitress refuses by itself, before the application sees it, is answered as the API
answers its own errors.
"""

from http import HTTPStatus
from typing import Any

from waitress.channel import HTTPChannel
from waitress.task import ErrorTask, WSGITask
from waitress.utilities import RequestEntityTooLarge, RequestHeaderFieldsTooLarge

from deciban.service.web.api.problems import PROBLEM_TYPE, Problem, content, too_large

__all__ = ["MOST_READ", "Channel"]

# Of a body so many times as large as it may be the rest is not even read; what is less
# too large the application refuses.
MOST_READ = 2


class _Task(WSGITask):
    """Answers one request."""

    def write(self, data: bytes) -> None:
        """Send a part of the body; the first and only one together with the head."""
        is_whole = bool(data) and len(data) == self.content_length
        if self.wrote_header or not is_whole or not self.has_body:
            super().write(data)
            return
        head = self.build_response_header()
        self.wrote_header = True
        self.content_bytes_written = len(data)
        self.channel.write_soon(head + data)


class _ErrorTask(ErrorTask):
    """Answers one request that Waitress refuses."""

    def execute(self) -> None:
        """Send a problem: see ``service.web.api.problems``."""
        request: Any = self.request
        error = request.error
        title = HTTPStatus(error.code).phrase
        problem = Problem(
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
        self.content_length = len(body)
        self.write(body)

    def _detail(self, error: Any) -> str:
        limits = self.channel.server.adj
        if isinstance(error, RequestEntityTooLarge):
            return too_large(limits.max_request_body_size // MOST_READ)
        if isinstance(error, RequestHeaderFieldsTooLarge):
            most = limits.max_request_header_size
            return f"the head of the request must have at most {most:,} bytes"
        return str(error.body)


class Channel(HTTPChannel):
    """One connection."""

    task_class = _Task
    error_task_class = _ErrorTask

    def write_soon(self, data: Any) -> int:
        """Send what can be sent at once, unless something waits; let the rest wait."""
        sent = 0
        with self.outbuf_lock:
            if isinstance(data, bytes) and self.connected:
                if data and not self.total_outbufs_len:
                    sent = self.send(data, do_close=False)
                data = data[sent:]
            return sent + super().write_soon(data)
