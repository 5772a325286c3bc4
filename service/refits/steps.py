"""Steps that one thread takes, as other threads ask for them.

A step that finds the store unavailable is taken again soon. Whatever else goes wrong is
logged: without its thread no case would ever be fitted again.
"""

import logging
import queue
import threading
import time
from collections.abc import Callable

from deciban.service.store import StoreUnavailableError

__all__ = ["RETRY", "Step", "Steps"]

_log = logging.getLogger(__name__)

RETRY = 1.0  # seconds until a store that is unavailable is tried again

type Step = Callable[[], None]


class Steps:
    """Steps to take; all but ``ask`` is for the thread that takes them.

    Parameters
    ----------
    stopping : Event
        Once it is set, what is asked for is left.
    """

    def __init__(self, stopping: threading.Event) -> None:
        self._stopping = stopping
        self._asked: queue.SimpleQueue[Step] = queue.SimpleQueue()
        self._later: list[tuple[float, Step]] = []

    def ask(self, step: Step) -> None:
        """Have a step taken as soon as can be, from any thread."""
        self._asked.put(step)

    @property
    def has_asked(self) -> bool:
        """Whether a step is asked for."""
        return not self._asked.empty()

    @property
    def has_later(self) -> bool:
        """Whether a step is to be taken again."""
        return bool(self._later)

    def take(self, step: Step, *, again: bool = True) -> None:
        """Take a step; ``again`` soon if the store could not be used."""
        try:
            step()
        except StoreUnavailableError as error:
            _log.warning("%s; trying again", error)
            if again:
                self._later.append((time.monotonic() + RETRY, step))
        except Exception:
            _log.exception("the scheduler of refits went wrong")

    def take_asked(self, wait: float) -> None:
        """Wait so many seconds for a step, and take all that are asked for."""
        try:
            self.take(self._asked.get(timeout=wait))
            while not self._stopping.is_set():
                self.take(self._asked.get_nowait())
        except queue.Empty:
            return

    def take_due(self) -> None:
        """Take again what is due."""
        now = time.monotonic()
        due = [step for at, step in self._later if at <= now]
        self._later = [(at, step) for at, step in self._later if at > now]
        for step in due:
            self.take(step)
