"""Forecasts of past days for the command line: fitted side by side, and kept.

What has been found of a day is kept under its digest, in a file: a replay that was
stopped goes on where it was, and a second one reads.
"""

import contextlib
import datetime
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, wait
from importlib.metadata import version
from pathlib import Path

from pydantic import ValidationError

from deciban.model.casebook.atomic_file import write_whole
from deciban.model.casebook.casebook import Casebook
from deciban.model.casebook.past_days import (
    DAY_SETTINGS,
    day_digest,
    day_that_tells,
)
from deciban.model.posterior.summary import Summary
from deciban.service.refits.executor import Fitted, Job, Result
from deciban.service.refits.pool import PebblePool

__all__ = ["Replay"]


class Replay:
    """The forecasts of past days of one case, from what was known by each.

    Parameters
    ----------
    casebook : Casebook
        The whole.
    days : iterable of date
        Of any order.
    folder : Path
        Where forecasts are kept; made if there is none.
    """

    def __init__(
        self, casebook: Casebook, days: Iterable[datetime.date], folder: Path
    ) -> None:
        self._casebook = casebook
        self._folder = folder / version("deciban")
        # Between two days of news nothing moves: many days, one fit.
        self._told_by = {day: day_that_tells(casebook, day) for day in sorted(days)}
        self._digests = {
            day: day_digest(casebook, day) for day in set(self._told_by.values())
        }
        self._known = {
            day: summary
            for day, digest in self._digests.items()
            if (summary := _read(self._file(digest))) is not None
        }

    @property
    def missing(self) -> list[datetime.date]:
        """Days that are still to be fitted, the oldest first."""
        return sorted(self._digests.keys() - self._known.keys())

    def fit(self, workers: int, advance: Callable[[], None]) -> None:
        """Fit the days that are missing.

        Parameters
        ----------
        workers : int
            Processes at most.
        advance : callable
            Told of each day that is done.

        Raises
        ------
        JobFailedError, WorkerDiedError
            If a day cannot be fitted; those that were are kept.
        """
        wanted = self.missing
        if not wanted:
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        text = self._casebook.model_dump_json(by_alias=True)
        pool = PebblePool(min(workers, len(wanted)))
        underway: dict[Future[Result], tuple[datetime.date, str]] = {}

        def begin(place: str) -> None:
            if wanted:
                day = wanted.pop(0)
                job = Job("day", text, day, dict(DAY_SETTINGS))
                running = pool.submit(job, None, place, lambda: None)
                underway[running.outcome] = day, place

        try:
            for place in pool.places():
                begin(place)
            while underway:
                for done in wait(underway, return_when=FIRST_COMPLETED).done:
                    day, place = underway.pop(done)
                    begin(place)  # no worker waits until this one is kept
                    self._keep(day, done.result())
                    advance()
        finally:
            pool.stop()

    def forecasts(self) -> Mapping[datetime.date, Summary]:
        """What was forecast on each day, in their order; all are fitted by now."""
        return {day: self._known[told_by] for day, told_by in self._told_by.items()}

    def _keep(self, day: datetime.date, result: Result) -> None:
        assert isinstance(result, Fitted)  # as jobs of this kind give
        self._known[day] = Summary.model_validate_json(result.summary)
        write_whole(self._file(self._digests[day]), result.summary.encode())

    def _file(self, digest: str) -> Path:
        return self._folder / f"{digest}.json"


def _read(file: Path) -> Summary | None:
    """Read what is kept; None where there is nothing, or what cannot be read."""
    with contextlib.suppress(FileNotFoundError, ValidationError):
        return Summary.model_validate_json(file.read_bytes())
    return None
