"""What the scheduler reads in the store, and what it puts on record there.

Each method is one transaction. A fit is a row before it runs; what it found stands in
the store before anyone is told.
"""

import datetime
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import NamedTuple

from sqlalchemy.orm import Session

from deciban.model.casebook.casebook import Casebook
from deciban.model.casebook.history_days import history_days
from deciban.model.casebook.past_days import DAY_SETTINGS, day_digest
from deciban.model.explain.influence import casebook_without
from deciban.model.posterior.summary import Summary
from deciban.model.scores.foresight import scored_days
from deciban.service.refits.agenda import (
    WantedDay,
    WantedFiles,
    WantedFit,
    WantedLearning,
)
from deciban.service.refits.artefacts import ARTEFACTS, EXPLANATION
from deciban.service.refits.executor import Artefact, Fitted, Job, JobKind, Progress
from deciban.service.refits.recorded_days import recorded_days
from deciban.service.running.clock import Clock
from deciban.service.running.settings import Settings
from deciban.service.store import Store, casebooks, fits
from deciban.service.store.casebooks import CaseHead
from deciban.service.store.fits import FitRecord

__all__ = ["AUTOMATIC", "FitPoint", "FitRecords"]

# Who asks for the fits that follow a change.
AUTOMATIC = "service"


class FitPoint(NamedTuple):
    """What of a case is fitted: its revision, as known on a day."""

    revision: int
    as_of: datetime.date

    @classmethod
    def of(cls, record: FitRecord) -> "FitPoint":
        """That of a fit."""
        return cls(record.revision, record.as_of)


class FitRecords:
    """Fits and their cases as they stand in the store.

    Parameters
    ----------
    store : Store
        The state of record.
    settings : Settings
        ``draws``, ``tune``, ``chains`` and ``history_days``.
    clock : callable
        The time now, in UTC and aware of it.
    day_of : callable
        The day up to which a casebook's reports count in a fit that nobody asked for.
    """

    def __init__(
        self,
        store: Store,
        settings: Settings,
        clock: Clock,
        day_of: Callable[[Casebook], datetime.date],
    ) -> None:
        self._store = store
        self._settings = settings
        self._clock = clock
        self._day_of = day_of

    # Fits.

    def fit(self, fit_id: int) -> FitRecord:
        """Read a fit."""
        with self._store.reading() as session:
            return fits.fit(session, fit_id)

    def ask(
        self,
        case: str,
        as_of: datetime.date | None,
        settings: Mapping[str, int],
        who: str,
    ) -> FitRecord:
        """Ask for a fit of a case as it is now; settings as far as they differ.

        Parameters
        ----------
        case : str
            Its id.
        as_of : date or None
            The day of the forecasts; None for that of current ones.
        settings : mapping of str to int
            Draws, tuning steps and chains, as far as they differ from the
            service's.
        who : str
            Who asks.
        """
        with self._store.writing() as session:
            head = casebooks.head(session, case)
            as_of = as_of or self._newest(session, head).as_of
            return self._ask(
                session, case, FitPoint(head.revision, as_of), settings, who
            )

    def begin(
        self, wanted: WantedFit, fitted: FitPoint | None
    ) -> tuple[FitRecord, Job] | None:
        """Begin a fit.

        Parameters
        ----------
        wanted : WantedFit
            Which.
        fitted : FitPoint or None
            What of its case is fitted already, or under way.

        Returns
        -------
        tuple of FitRecord and Job, or None
            None if it was cancelled, or nothing has changed since ``fitted``.
        """
        with self._store.writing() as session:
            if wanted.fit is not None:
                record = fits.fit(session, wanted.fit)
            else:
                newest = self._newest(session, casebooks.head(session, wanted.case))
                if newest == fitted:
                    return None
                record = self._ask(session, wanted.case, newest, {}, AUTOMATIC)
            if not fits.start(session, record.id, self._clock()):
                return None
            casebook = casebooks.casebook(session, record.case, record.revision)
        job = _job("fit", casebook, record.as_of, record.settings)
        return record, job

    def note(self, record: FitRecord, stage: str, progress: Progress) -> None:
        """Record how far a fit is.

        Parameters
        ----------
        record : FitRecord
            The fit.
        stage : str
            What its worker does.
        progress : Progress
            Draws of each chain so far.
        """
        chains = [chain._asdict() for chain in progress.chains]
        with self._store.writing() as session:
            fits.progress(session, record.id, stage, chains)

    def finish(self, record: FitRecord, fitted: Fitted) -> Summary | None:
        """Keep what a fit found, and return it; None if it was not wanted any more.

        Parameters
        ----------
        record : FitRecord
            The fit.
        fitted : Fitted
            What its worker brought.

        Returns
        -------
        Summary or None
            None if it was cancelled meanwhile.
        """
        summary = Summary.model_validate_json(fitted.summary)
        with self._store.writing() as session:
            is_kept = fits.finish(
                session,
                record.id,
                summary=summary,
                seed=fitted.seed,
                draws=fitted.draws,
                now=self._clock(),
            )
        return summary if is_kept else None

    def fail(self, record: FitRecord, error: str) -> None:
        """Record why a fit failed.

        Parameters
        ----------
        record : FitRecord
            The fit.
        error : str
            In words for readers.
        """
        with self._store.writing() as session:
            fits.fail(session, record.id, error, self._clock())

    def cancel(self, fit_id: int) -> bool:
        """Record that a fit is not wanted any more; whether it waited or ran."""
        with self._store.writing() as session:
            return fits.cancel(session, fit_id, self._clock())

    def put_back(self, record: FitRecord) -> None:
        """Let a fit that was stopped wait again; that is no attempt that failed."""
        with self._store.writing() as session:
            fits.put_back(session, record.id)

    def try_again(self, record: FitRecord) -> FitRecord:
        """Let a fit whose worker died wait again."""
        with self._store.writing() as session:
            fits.requeue(session, record.id)
            return fits.fit(session, record.id)

    def take_up(self) -> list[FitRecord]:
        """Return what waits, and what was under way when the service ended."""
        with self._store.writing() as session:
            for record in fits.unfinished(session):
                if record.state == "running":
                    fits.requeue(session, record.id)
            return fits.unfinished(session)

    def _ask(
        self,
        session: Session,
        case: str,
        point: FitPoint,
        settings: Mapping[str, int],
        who: str,
    ) -> FitRecord:
        sampling = {**self._sampling, **settings}
        casebook = casebooks.casebook(session, case, point.revision)
        return fits.ask(
            session,
            case,
            revision=point.revision,
            as_of=point.as_of,
            settings=sampling,
            digest=casebook.digest(point.as_of, sampling),
            asked_by=who,
            now=self._clock(),
        )

    # Cases.

    def newest(self) -> dict[str, FitPoint]:
        """What of each case should be fitted."""
        with self._store.reading() as session:
            return {
                head.case: self._newest(session, head)
                for head in casebooks.heads(session)
            }

    def fitted(self) -> dict[str, FitPoint]:
        """Cases of which what should be fitted is, or will be, or was not wanted."""
        points = self.newest()
        with self._store.reading() as session:
            return {
                case: point
                for case, point in points.items()
                if any(
                    FitPoint.of(fit) == point and fit.state != "failed"
                    for fit in fits.fits(session, case, limit=10)
                )
            }

    def last_good(self) -> list[WantedFiles]:
        """Of each case the fit that is served."""
        with self._store.reading() as session:
            served = [
                fits.latest(session, head.case) for head in casebooks.heads(session)
            ]
        return [WantedFiles(fit.case, fit.id) for fit in served if fit is not None]

    def days(self, case: str) -> list[datetime.date]:
        """Past days of a case that are shown: of its history and of its scores."""
        with self._store.reading() as session:
            casebook = casebooks.casebook(session, case)
        as_of, today = self._day_of(casebook), self._clock().date()
        days = set(history_days(casebook, as_of, self._settings.history_days))
        return sorted(days.union(scored_days(casebook, today)))

    def recorded(self, case: str) -> dict[datetime.date, int]:
        """Days of which scores need what had been recorded, each with its revision."""
        with self._store.reading() as session:
            casebook = casebooks.casebook(session, case)
            today = self._clock().date()
            return dict(recorded_days(session, case, casebook, today))

    def _newest(self, session: Session, head: CaseHead) -> FitPoint:
        casebook = casebooks.casebook(session, head.case, head.revision)
        return FitPoint(head.revision, self._day_of(casebook))

    # What is not a fit.

    def making_files(
        self, files: WantedFiles, unmakable: Collection[str]
    ) -> Job | None:
        """Make the job that makes the files of a fit.

        Parameters
        ----------
        files : WantedFiles
            Of which fit.
        unmakable : collection of str
            Names of those that cannot be made.

        Returns
        -------
        Job or None
            None if none are to be made.
        """
        with self._store.reading() as session:
            record = fits.fit(session, files.fit)
            have = fits.kept_names(session, files.fit) | set(unmakable)
            if files.only_why:
                have |= ARTEFACTS.keys() - {EXPLANATION}
            if not record.has_draws or have >= ARTEFACTS.keys():
                return None
            casebook = casebooks.casebook(session, record.case, record.revision)
            draws = fits.draws(session, files.fit)
        return Job(
            "keep",
            casebook.model_dump_json(by_alias=True),
            record.as_of,
            draws=draws,
            have=frozenset(have),
        )

    def keep(self, files: WantedFiles, artefacts: Iterable[Artefact]) -> None:
        """Keep files of a fit, unless it has been let go of meanwhile.

        Parameters
        ----------
        files : WantedFiles
            Of which fit.
        artefacts : iterable of Artefact
            What was made.
        """
        with self._store.writing() as session:
            if fits.fit(session, files.fit).has_draws:
                for artefact in artefacts:
                    fits.keep(session, files.fit, *artefact)

    def let_go(self, case: str) -> bool:
        """Let go of the draws and files of one fit too many; whether more is left.

        One at a time: a hundred would make a write-ahead log of a hundred times 20 MB.
        The newest explanation stays, which pages show until there is another.
        """
        with self._store.writing() as session:
            gone = fits.let_go(
                session,
                case,
                asked_by=AUTOMATIC,
                most=self._settings.fits_kept,
                but=EXPLANATION,
                at_once=1,
            )
        return self._store.give_back() or gone > 0

    def fitting_day(self, day: WantedDay) -> Job | None:
        """Make the job that fits a past day; None if that is known."""
        with self._store.reading() as session:
            casebook = casebooks.casebook(session, day.case, day.revision)
            if day.without is not None:
                casebook = casebook_without(casebook, day.day, *day.without)
            digest = day_digest(casebook, day.day)
            if fits.days(session, day.case, [digest]):
                return None
        return _job("day", casebook, day.day, DAY_SETTINGS)

    def learning(self, wanted: WantedLearning) -> Job:
        """Make the job that learns from what is settled in some cases."""
        with self._store.reading() as session:
            texts = [
                casebooks.casebook(session, case, revision).model_dump_json(
                    by_alias=True
                )
                for case, revision in wanted.cases
            ]
        return Job("learn", f"[{','.join(texts)}]", wanted.day, self._sampling)

    @property
    def _sampling(self) -> dict[str, int]:
        own = self._settings
        return {"draws": own.draws, "tune": own.tune, "chains": own.chains}

    def remember(self, day: WantedDay, fitted: Fitted) -> None:
        """Keep what was found of a day."""
        summary = Summary.model_validate_json(fitted.summary)
        with self._store.writing() as session:
            fits.remember_day(session, day.case, summary.digest, day.day, summary)


def _job(
    kind: JobKind,
    casebook: Casebook,
    as_of: datetime.date,
    settings: Mapping[str, int],
) -> Job:
    text = casebook.model_dump_json(by_alias=True)
    return Job(kind, text, as_of, dict(settings))
