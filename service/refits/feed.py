"""News of fits, for those who wait: a page that shows that a refit runs, and landed.

Whoever waits names the number of the last news that it has seen, and gets the next. The
numbers grow across all topics and, beginning at the time of day, across restarts, so
that a browser that reconnects misses nothing that is still known.
"""

import threading
from collections import OrderedDict, deque
from dataclasses import dataclass, replace
from time import monotonic
from typing import Literal

from deciban.model.sampling.progress import ChainProgress
from deciban.service.refits.executor import Progress
from deciban.service.store.fits import FitRecord, State

__all__ = ["Feed", "News"]

type Topic = tuple[Literal["fit", "case", "any"], int | str]

_ANY: Topic = ("any", "")
_NOTHING_YET = Progress()

# Of a topic, and topics: older ones are forgotten, so that memory stays bounded.
_MOST_NEWS = 64
_MOST_TOPICS = 1024


@dataclass(frozen=True)
class News:
    """What became of a fit.

    Attributes
    ----------
    fit : int
    case : str
    revision : int
        Of the casebook that is fitted.
    state : str
        ``queued``, ``running``, ``done``, ``failed`` or ``cancelled``.
    stage : str or None
        What a running fit does, in the present participle.
    chains : tuple of ChainProgress
        How far each chain is.
    error : str or None
        Why it failed.
    number : int
        Grows from news to news.
    """

    fit: int
    case: str
    revision: int
    state: State
    stage: str | None = None
    chains: tuple[ChainProgress, ...] = ()
    error: str | None = None
    number: int = 0

    @classmethod
    def of(
        cls,
        record: FitRecord,
        state: State,
        progress: Progress = _NOTHING_YET,
        error: str | None = None,
    ) -> "News":
        """Tell what became of a fit that is on record.

        Parameters
        ----------
        record : FitRecord
            The fit.
        state : str
            What it is from now on.
        progress : Progress
            How far it is.
        error : str, optional
            Why it failed, in words for readers.
        """
        fit, case, revision = record.id, record.case, record.revision
        return cls(fit, case, revision, state, *progress, error=error)

    @property
    def is_last(self) -> bool:
        """Whether no more is to come of this fit."""
        return self.state in ("done", "failed", "cancelled")


class Feed:
    """The newest news by fit and by case; safe to use from any thread."""

    def __init__(self, start: int = 0) -> None:
        self._number = start
        self._changed = threading.Condition()
        self._topics: OrderedDict[Topic, deque[News]] = OrderedDict()
        self._closed = False

    def publish(self, news: News, *, late: bool = False) -> None:
        """Tell those who wait for this fit or its case.

        A case is told of changes of state only, and not of news that come ``late``: of
        a fit that ended before anyone asked. They are none once there are others.

        Parameters
        ----------
        news : News
            What there is to tell.
        late : bool
            Whether it happened before anyone asked.
        """
        with self._changed:
            before = self.newest(news.fit)
            if late and before is not None:
                return
            self._number += 1
            numbered = replace(news, number=self._number)
            self._append(("fit", news.fit), numbered)
            if not late and (before is None or before.state != news.state):
                self._append(("case", news.case), numbered)
                self._append(_ANY, numbered)
            self._changed.notify_all()

    def newest(self, fit: int) -> News | None:
        """Return the newest news of a fit.

        Parameters
        ----------
        fit : int
            Its number.

        Returns
        -------
        News or None
            None where there has been none.
        """
        with self._changed:
            known = self._topics.get(("fit", fit))
            return known[-1] if known else None

    def wait_for(self, fit: int, seen: int, timeout: float) -> News | None:
        """Wait for news of a fit.

        Parameters
        ----------
        fit : int
            Its number.
        seen : int
            Number of the news last seen: those after it are waited for.
        timeout : float
            Seconds to wait at most.

        Returns
        -------
        News or None
            The next; None if there are none by then, or the feed is closed.
        """
        return self._wait(("fit", fit), seen, timeout)

    def wait_for_case(self, case: str, seen: int, timeout: float) -> News | None:
        """Wait until a fit of a case changes its state: as ``wait_for``.

        Parameters
        ----------
        case : str
            Its id.
        seen : int
            Number of the last news that were seen.
        timeout : float
            In seconds.
        """
        return self._wait(("case", case), seen, timeout)

    def wait_for_any(self, seen: int, timeout: float) -> News | None:
        """Wait until a fit of any case changes its state: as ``wait_for``.

        Parameters
        ----------
        seen : int
            Number of the last news that were seen.
        timeout : float
            In seconds.
        """
        return self._wait(_ANY, seen, timeout)

    def close(self) -> None:
        """Let everyone go who waits."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _append(self, topic: Topic, news: News) -> None:
        known = self._topics.setdefault(topic, deque(maxlen=_MOST_NEWS))
        known.append(news)
        self._topics.move_to_end(topic)
        while len(self._topics) > _MOST_TOPICS:
            self._topics.popitem(last=False)

    def _wait(self, topic: Topic, seen: int, timeout: float) -> News | None:
        until = monotonic() + timeout

        def arrived() -> News | None:
            return next(
                (n for n in self._topics.get(topic, ()) if n.number > seen), None
            )

        with self._changed:
            while not (news := arrived()) and not self._closed:
                left = until - monotonic()
                if left <= 0 or not self._changed.wait(left):
                    break
            return news or arrived()
