"""What comes of work that has ended: its record, the news of it, and what follows."""

import logging
import time
from collections import Counter
from collections.abc import Set

from deciban.model.errors import FitStoppedError
from deciban.model.posterior.summary import Summary
from deciban.service.refits.agenda import (
    Agenda,
    Background,
    WantedDay,
    WantedFiles,
    WantedFit,
    WantedLearning,
)
from deciban.service.refits.executor import (
    Fitted,
    FitTimeLimitError,
    JobFailedError,
    MadeFiles,
    Result,
    WorkerDiedError,
)
from deciban.service.refits.feed import Feed, News
from deciban.service.refits.fit_records import AUTOMATIC, FitRecords
from deciban.service.refits.lessons import Lesson, Lessons
from deciban.service.refits.worker_places import Work
from deciban.service.store.fits import FitRecord

__all__ = ["JobOutcomes"]

_log = logging.getLogger(__name__)

_DEATHS = (WorkerDiedError, FitTimeLimitError)
# What so many workers died of is not tried again until the next start.
_MOST_DEATHS = 3


class JobOutcomes:
    """What is done about outcomes, and what is learned of them until the next start.

    Parameters
    ----------
    records : FitRecords
        What is found goes on record there.
    agenda : Agenda
        What follows is wanted there.
    feed : Feed
        Who waits is told there.
    lessons : Lessons
        What was learned is kept there.
    quiet : float
        Seconds after a fit in which what can wait is left alone.
    """

    def __init__(
        self,
        records: FitRecords,
        agenda: Agenda,
        feed: Feed,
        lessons: Lessons,
        quiet: float,
    ) -> None:
        self._lessons = lessons
        self._records = records
        self._agenda = agenda
        self._feed = feed
        self._quiet = quiet
        self._quiet_until = 0.0
        # By case the fit that followed the last change.
        self._overtaken: dict[str, int] = {}
        # By fit, names of files that cannot be made.
        self._unmakable: dict[int, set[str]] = {}
        # How often a worker died of a fit, by its number, or of what is none. That the
        # service was killed is the fault of neither.
        self._deaths: Counter[int | Background] = Counter()

    @property
    def is_quiet(self) -> bool:
        """Whether a fit has just ended: others may follow it."""
        return time.monotonic() < self._quiet_until

    def unmakable(self, files: WantedFiles) -> Set[str]:
        """Names of the files of a fit that cannot be made."""
        return self._unmakable.get(files.fit, frozenset())

    def is_given_up(self, what: Background) -> bool:
        """Whether so many workers died of something that it is not tried again."""
        return self._deaths[what] >= _MOST_DEATHS

    def land(self, work: Work, result: Result | Exception, *, stopping: bool) -> None:
        """Do what follows from a result.

        Parameters
        ----------
        work : Work
            What has ended.
        result : Result or Exception
            With what: one of the errors of ``refits.executor``.
        stopping : bool
            Whether the service stops: a fit is then left to be taken up again.
        """
        match work.what:
            case FitRecord() as record:
                self._land_fit(record, work, result, stopping)
            case WantedFiles() as files:
                self._land_files(files, result)
            case WantedDay() as day:
                self._land_day(day, result)
            case WantedLearning() as wanted:
                self._land_learning(wanted, result)

    def _land_fit(
        self,
        record: FitRecord,
        work: Work,
        result: Result | Exception,
        stopping: bool,
    ) -> None:
        match result:
            case Fitted():
                self._finish(record, result)
            case FitStoppedError() | WorkerDiedError() if work.is_cancelled:
                self._records.cancel(record.id)
                self._feed.publish(News.of(record, "cancelled"))
            # Ctrl-C in a terminal ends the workers as well.
            case FitStoppedError() | WorkerDiedError() if stopping:
                self._records.put_back(record)
            case FitStoppedError() | WorkerDiedError():
                self._deaths[record.id] += 1
                if self._deaths[record.id] < _MOST_DEATHS:
                    self._try_again(record)
                else:
                    died = f"the process that computed it died {_MOST_DEATHS} times"
                    self._fail(record, died)
            case error:
                self._fail(record, str(error))

    def _fail(self, record: FitRecord, error: str) -> None:
        self._records.fail(record, error)
        _log.error("fit %d of %s: %s", record.id, record.case, error)
        self._feed.publish(News.of(record, "failed", error=error))

    def _finish(self, record: FitRecord, fitted: Fitted) -> None:
        summary = self._records.finish(record, fitted)
        if summary is None:
            return
        self._quiet_until = time.monotonic() + self._quiet
        self._feed.publish(News.of(record, "done"))
        _log.info("fit %d of %s is done", record.id, record.case)
        self._want_files_of(record, summary)
        self._want_days(record.case)

    def _want_days(self, case: str) -> None:
        days, recorded = self._records.days(case), self._records.recorded(case)
        self._agenda.want_days(case, days, recorded)

    def _try_again(self, record: FitRecord) -> None:
        again = self._records.try_again(record)
        if again.state == "queued":
            _log.warning("the worker of fit %d is gone: it runs again", record.id)
            self._agenda.want(WantedFit(record.case, record.id), first=True)
        self._feed.publish(News.of(again, again.state, error=again.error))

    def _want_files_of(self, record: FitRecord, summary: Summary) -> None:
        """Have files made of a fit, and none of the one that it overtakes."""
        overtaken = []
        if record.asked_by == AUTOMATIC and summary.checks.ok:
            overtaken = [self._overtaken.get(record.case, record.id)]
            self._overtaken[record.case] = record.id
        self._agenda.want_files(WantedFiles(record.case, record.id), instead=overtaken)
        self._agenda.want_files(WantedFiles(record.case, record.id, only_why=True))

    def _land_files(self, files: WantedFiles, result: Result | Exception) -> None:
        if not isinstance(result, MadeFiles):
            self._try_background_again(files, result)
            return
        self._records.keep(files, result.artefacts)
        for name, traceback in result.failed:
            self._unmakable.setdefault(files.fit, set()).add(name)
            _log.error("%s of fit %d failed\n%s", name, files.fit, traceback)
        if result.stopped:
            self._agenda.want_again(files)

    def _land_day(self, day: WantedDay, result: Result | Exception) -> None:
        if not isinstance(result, Fitted):
            self._try_background_again(day, result)
            return
        self._records.remember(day, result)

    def _land_learning(
        self, wanted: WantedLearning, result: Result | Exception
    ) -> None:
        if isinstance(result, Fitted):
            self._lessons.keep(wanted, Lesson(result.summary))
            return
        self._try_background_again(wanted, result)
        if isinstance(result, JobFailedError) or self.is_given_up(wanted):
            self._lessons.keep(wanted, Lesson(None, str(result)))

    def _try_background_again(
        self, what: Background, result: Result | Exception
    ) -> None:
        self._deaths[what] += isinstance(result, _DEATHS)
        if isinstance(result, JobFailedError) or self.is_given_up(what):
            _log.error("%s was given up", what)
        else:
            self._agenda.want_again(what)
