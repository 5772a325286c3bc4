"""How answers leave: at once, the head together with the body.

To send is to let go of the interpreter and to wait for it afterwards, behind every
other thread. Waitress sends twice, first the head, and copies a body through a buffer
before; for an answer of 20 kB that takes as long as all else it does.
"""

from typing import Any

from waitress.channel import HTTPChannel
from waitress.task import WSGITask

__all__ = ["Channel"]


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


class Channel(HTTPChannel):
    """One connection."""

    task_class = _Task

    def write_soon(self, data: Any) -> int:
        """Send what can be sent at once, unless something waits; let the rest wait."""
        sent = 0
        with self.outbuf_lock:
            if isinstance(data, bytes) and self.connected:
                if data and not self.total_outbufs_len:
                    sent = self.send(data, do_close=False)
                data = data[sent:]
            return sent + super().write_soon(data)
