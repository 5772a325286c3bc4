"""Tasks that one thread does, as other threads ask for them.

A task that finds the store unavailable is taken again soon. Whatever else goes wrong is
logged: without its thread no case would ever be fitted again.
"""

import logging
import queue
import threading
import time
from collections.abc import Callable

from deciban.service.store import StoreUnavailableError

__all__ = ["RETRY", "Task", "TaskQueue"]

_log = logging.getLogger(__name__)

RETRY = 1.0  # seconds until a store that is unavailable is tried again
_WARN = 60.0  # seconds between two warnings that it still is

type Task = Callable[[], None]


class TaskQueue:
    """Tasks to do; all but ``ask`` is for the thread that takes them.

    Parameters
    ----------
    stopping : Event
        Once it is set, what is asked for is left.
    """

    def __init__(self, stopping: threading.Event) -> None:
        self._stopping = stopping
        self._asked: queue.SimpleQueue[Task] = queue.SimpleQueue()
        self._later: list[tuple[float, Task]] = []
        self._warned: tuple[str, float] | None = None

    def ask(self, task: Task) -> None:
        """Have a task taken as soon as can be, from any thread."""
        self._asked.put(task)

    @property
    def has_asked(self) -> bool:
        """Whether a task is asked for."""
        return not self._asked.empty()

    @property
    def has_later(self) -> bool:
        """Whether a task is to be taken again."""
        return bool(self._later)

    def take(self, task: Task, *, again: bool = True) -> None:
        """Take a task; ``again`` soon if the store could not be used.

        Parameters
        ----------
        task : callable
            What is to be done with the store.
        again : bool
            Whether it is tried again if the store cannot be used.
        """
        try:
            task()
        except StoreUnavailableError as error:
            self._warn(str(error))
            if again:
                self._later.append((time.monotonic() + RETRY, task))
        except Exception:
            _log.exception("the scheduler of refits went wrong")

    def _warn(self, said: str) -> None:
        """Log a trouble when it is new, and then once a minute."""
        now = time.monotonic()
        last, at = self._warned or ("", 0.0)
        if said != last or now - at > _WARN:
            _log.warning("%s; trying again", said)
            self._warned = said, now

    def take_asked(self, wait: float) -> None:
        """Wait so many seconds for a task, and take all that are asked for.

        Parameters
        ----------
        wait : float
            Seconds to wait for the first.
        """
        try:
            self.take(self._asked.get(timeout=wait))
            while not self._stopping.is_set():
                self.take(self._asked.get_nowait())
        except queue.Empty:
            return

    def take_due(self) -> None:
        """Take again what is due."""
        now = time.monotonic()
        due = [task for at, task in self._later if at <= now]
        self._later = [(at, task) for at, task in self._later if at > now]
        for task in due:
            self.take(task)
