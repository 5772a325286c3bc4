"""What settled cases have taught, as far as it has been computed since the start."""

import threading
from collections import OrderedDict
from typing import NamedTuple

from deciban.service.refits.agenda import WantedLearning

__all__ = ["Lesson", "Lessons"]

_MOST = 16  # kept: of all cases, and without the own outcomes of some


class Lesson(NamedTuple):
    """What came of learning: ``model.learning.Learned`` as JSON, or why nothing."""

    learned: str | None
    why: str | None = None


class Lessons:
    """By what they are of; the newest are kept. May be asked from any thread."""

    def __init__(self) -> None:
        self._found: OrderedDict[WantedLearning, Lesson] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, wanted: WantedLearning) -> Lesson | None:
        """Return what came of it; None if that is not known yet."""
        with self._lock:
            return self._found.get(wanted)

    def keep(self, wanted: WantedLearning, lesson: Lesson) -> None:
        """Keep what came of it, and let go of the oldest."""
        with self._lock:
            self._found[wanted] = lesson
            while len(self._found) > _MOST:
                self._found.popitem(last=False)
