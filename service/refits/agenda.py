"""What is to be computed, in the order in which it will be.

Fits come first, whether asked for or due because a case has changed: of a case one at a
time, and all changes that arrive meanwhile make one more. Then why the newest fits say
what they say, then their other files, then what settled cases have taught, then the
days of the forecasts' history, the newest first.
"""

import datetime
from collections import deque
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from deciban.model.explain.influence import LeftOutKind

__all__ = [
    "Agenda",
    "Background",
    "WantedDay",
    "WantedFiles",
    "WantedFit",
    "WantedLearning",
]


class WantedFit(NamedTuple):
    """A fit that is asked for by its number, or None: one of a case's newest state."""

    case: str
    fit: int | None = None


class WantedFiles(NamedTuple):
    """The files of a fit, or ``only_why``: its explanation, which pages wait for."""

    case: str
    fit: int
    only_why: bool = False


class WantedDay(NamedTuple):
    """A day of the past of a case, from what it says now or said at a revision.

    ``without`` is a part that is left out, by its kind and id: see ``LeftOut``.
    """

    case: str
    day: datetime.date
    revision: int | None = None
    without: tuple[LeftOutKind, str] | None = None


class WantedLearning(NamedTuple):
    """What some cases, each at a revision, have taught up to and with a day."""

    cases: tuple[tuple[str, int], ...]
    day: datetime.date


type Background = WantedFiles | WantedDay | WantedLearning


class Agenda:
    """The order of work; knows nothing of who does it."""

    def __init__(self) -> None:
        self._wanted: deque[WantedFit] = deque()
        self._files: list[WantedFiles] = []
        self._learnings: deque[WantedLearning] = deque()
        self._days: dict[str, deque[WantedDay]] = {}

    def want(self, wanted: WantedFit, *, first: bool = False) -> None:
        """Take a fit in, once: the last, or the first if it was under way before.

        Parameters
        ----------
        wanted : WantedFit
            What is to be fitted.
        first : bool
            Whether it was under way before, and is the next.
        """
        if wanted in self._wanted:
            return
        if first:
            self._wanted.appendleft(wanted)
        else:
            self._wanted.append(wanted)

    def forget(self, wanted: WantedFit) -> bool:
        """Strike a fit out; whether it was there.

        Parameters
        ----------
        wanted : WantedFit
            What is not to be fitted any more.

        Returns
        -------
        bool
            Whether it was there.
        """
        if wanted not in self._wanted:
            return False
        self._wanted.remove(wanted)
        return True

    def want_files(self, files: WantedFiles, *, instead: Collection[int] = ()) -> None:
        """Take the files of a fit in, as the next; ``instead`` of those of others.

        Parameters
        ----------
        files : WantedFiles
            Of which fit.
        instead : collection of int
            Fits whose files nobody wants any more.
        """
        self._files = [f for f in self._files if f != files and f.fit not in instead]
        self._files.append(files)

    def want_days(
        self,
        case: str,
        days: Iterable[datetime.date],
        recorded: Mapping[datetime.date, int] | None = None,
    ) -> None:
        """Take the days of a case in, instead of those it had.

        The newest come first, then those ``recorded``, each with its revision.

        Parameters
        ----------
        case : str
            Its id.
        days : iterable of date
            Past days, in any order.
        recorded : mapping of date to int, optional
            Days of which what was recorded is wanted, with its revision.
        """
        earlier = sorted((recorded or {}).items())
        self._days[case] = deque(WantedDay(case, *one) for one in earlier)
        self._days[case].extend(WantedDay(case, day) for day in sorted(days))

    def want_more_days(self, days: Iterable[WantedDay]) -> None:
        """Take further days in, after those there are."""
        for day in days:
            waiting = self._days.setdefault(day.case, deque())
            if day not in waiting:
                waiting.appendleft(day)

    def want_learning(self, wanted: WantedLearning) -> None:
        """Take in what somebody waits for, once."""
        if wanted not in self._learnings:
            self._learnings.append(wanted)

    def want_again(self, work: Background) -> None:
        """Take in what was stopped for the sake of a fit, as the next."""
        match work:
            case WantedFiles():
                self.want_files(work)
            case WantedLearning():
                self.want_learning(work)
            case WantedDay():
                self._days.setdefault(work.case, deque()).append(work)

    def has_fit(self, busy: Collection[str]) -> bool:
        """Whether a fit waits for nothing but a worker.

        Parameters
        ----------
        busy : collection of str
            Cases that are being fitted.
        """
        return any(wanted.case not in busy for wanted in self._wanted)

    def next_fit(self, busy: Collection[str]) -> WantedFit | None:
        """Take out the next fit, of a case that is not ``busy`` with another.

        Parameters
        ----------
        busy : collection of str
            Cases that are being fitted.

        Returns
        -------
        WantedFit or None
            None where none waits.
        """
        for wanted in self._wanted:
            if wanted.case not in busy:
                self._wanted.remove(wanted)
                return wanted
        return None

    def next_background(self, *, only_why: bool = False) -> Background | None:
        """Take out the next of the rest, or none but an explanation.

        Parameters
        ----------
        only_why : bool
            Whether only an explanation of a fit is worth a worker now.

        Returns
        -------
        WantedFiles, WantedDay, WantedLearning or None
            None where nothing waits.
        """
        for files in reversed(self._files):
            if files.only_why:
                self._files.remove(files)
                return files
        if only_why:
            return None
        if self._files:
            return self._files.pop()
        if self._learnings:
            return self._learnings.popleft()
        for days in self._days.values():
            if days:
                return days.pop()
        return None
