"""Fits: asked for, under way, and what came of them.

A fit is queued, runs, and is done, failed or cancelled. Its state is kept, so that a
service that was killed finds what was under way and begins it again. Each step tells
whether it was taken: a fit that was cancelled meanwhile is not done any more.
"""

import datetime
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any, Literal, NamedTuple, cast

from pydantic import ValidationError
from sqlalchemy import (
    CursorResult,
    Select,
    and_,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from deciban.model.posterior.summary import RULES, Checks, Summary
from deciban.service.store.errors import UnknownFitError
from deciban.service.store.tables import DayRow, DrawsRow, FileRow, FitRow

__all__ = [
    "FitRecord",
    "State",
    "StoredFile",
    "ask",
    "cancel",
    "days",
    "draws",
    "fail",
    "finish",
    "fit",
    "fits",
    "forecasts",
    "keep",
    "kept",
    "kept_names",
    "last_kept",
    "latest",
    "let_go",
    "progress",
    "put_back",
    "remember_day",
    "requeue",
    "start",
    "unfinished",
]

type State = Literal["queued", "running", "done", "failed", "cancelled"]


@dataclass(frozen=True)
class FitRecord:
    """What the store knows of a fit, but for its draws.

    Attributes
    ----------
    id : int
    case, revision, as_of
        The casebook that is fitted, and the day up to which it is known.
    state : str
    stage : str or None
        What a fit that runs is at.
    chains : list of dict
        How far each chain is: ``done``, ``total``, ``divergences``.
    settings : dict
        ``draws``, ``tune``, ``chains``.
    digest : str
        Of what the fit starts from.
    seed : int or None
    summary : Summary or None
        None until it is done, or where another version made it, under other rules.
    error : str or None
        Why it failed.
    asked_by, asked_at, started_at, finished_at
        Moments are in UTC.
    attempts : int
        How often it was begun; but not when it was stopped together with the service.
    has_draws : bool
        Until they are let go of.
    """

    id: int
    case: str
    revision: int
    as_of: datetime.date
    state: State
    stage: str | None
    chains: list[dict[str, int]]
    settings: dict[str, Any]
    digest: str
    seed: int | None
    summary: Summary | None
    error: str | None
    asked_by: str
    asked_at: datetime.datetime
    started_at: datetime.datetime | None
    finished_at: datetime.datetime | None
    attempts: int
    has_draws: bool

    @property
    def checks(self) -> Checks | None:
        """Those of the summary."""
        return self.summary.checks if self.summary else None


class StoredFile(NamedTuple):
    """Something that was made of a fit, such as a plot."""

    name: str
    media_type: str
    content: bytes


def ask(
    session: Session,
    case: str,
    *,
    revision: int,
    as_of: datetime.date,
    settings: Mapping[str, Any],
    digest: str,
    asked_by: str,
    now: datetime.datetime,
) -> FitRecord:
    """Queue a fit of a case's revision, as it was known on a day.

    Parameters
    ----------
    session : Session
        One that writes.
    case, revision
        The casebook that is fitted.
    as_of : date
        The day up to which it is known.
    settings : mapping
        ``draws``, ``tune``, ``chains``.
    digest : str
        Of the casebook, the day and the settings.
    asked_by : str
        Who asks.
    now : datetime
        With its zone.

    Returns
    -------
    FitRecord
    """
    row = FitRow(
        case=case,
        revision=revision,
        as_of=as_of,
        state="queued",
        chains=[],
        settings=dict(settings),
        digest=digest,
        is_good=False,
        has_draws=False,
        asked_by=asked_by,
        asked_at=now,
        attempts=0,
    )
    session.add(row)
    session.flush()
    return _record(row)


def fit(session: Session, fit_id: int) -> FitRecord:
    """One fit.

    Raises
    ------
    UnknownFitError
        If there is none of this number.
    """
    row = session.get(FitRow, fit_id, populate_existing=True)
    if row is None:
        raise UnknownFitError(fit_id)
    return _record(row)


def fits(
    session: Session,
    case: str,
    *,
    state: State | None = None,
    before: int | None = None,
    limit: int = 50,
) -> list[FitRecord]:
    """Fits of a case, the newest first.

    Parameters
    ----------
    session : Session
        One that reads.
    case : str
        There need be none.
    state : str, optional
        Those in this state only.
    before : int, optional
        Number of the last that was read: those before it.
    limit : int
        How many at most.
    """
    # Numbers first: to put thousands of fits in order with their summaries takes long.
    numbers = select(FitRow.id).where(FitRow.case == case)
    if state is not None:
        numbers = numbers.where(FitRow.state == state)
    if before is not None:
        numbers = numbers.where(FitRow.id < before)
    newest = numbers.order_by(FitRow.id.desc()).limit(limit)
    query = select(FitRow).where(FitRow.id.in_(newest))
    return list(_each(session, query.order_by(FitRow.id.desc())))


def latest(
    session: Session,
    case: str,
    *,
    as_of: datetime.date | None = None,
) -> FitRecord | None:
    """Newest fit that is done and passed its checks, of the highest revision.

    Parameters
    ----------
    session : Session
        One that reads.
    case : str
        There need be none.
    as_of : date, optional
        Those of this day only.
    """
    # Numbers first: all but the newest need not be read.
    numbers = select(FitRow.id).where(
        FitRow.case == case, FitRow.state == "done", FitRow.is_good
    )
    if as_of is not None:
        numbers = numbers.where(FitRow.as_of == as_of)
    newest = numbers.order_by(FitRow.revision.desc(), FitRow.id.desc())
    read = (fit(session, number) for number in session.scalars(newest))
    return next((one for one in read if one.summary is not None), None)


def forecasts(session: Session, fit_id: int) -> dict[str, float]:
    """Probability of each scenario that a fit said, under whatever rules; {} of none.

    Raises
    ------
    UnknownFitError
        If there is none of this number.
    """
    row = session.get(FitRow, fit_id)
    if row is None:
        raise UnknownFitError(fit_id)
    said = json.loads(row.summary or "{}").get("scenarios", [])
    return {one["id"]: one["mean"] for one in said}


def unfinished(session: Session) -> list[FitRecord]:
    """Fits of all cases that are queued or run, the oldest first."""
    query = select(FitRow).where(FitRow.state.in_(("queued", "running")))
    return list(_each(session, query.order_by(FitRow.id)))


def start(session: Session, fit_id: int, now: datetime.datetime) -> bool:
    """Let a queued fit run; whether it was queued."""
    return _step(
        session,
        fit_id,
        ["queued"],
        state="running",
        stage=None,
        chains=[],
        started_at=now,
        attempts=FitRow.attempts + 1,
    )


def progress(
    session: Session, fit_id: int, stage: str, chains: Sequence[Mapping[str, int]]
) -> bool:
    """Note how far a fit is; whether it runs."""
    told = [dict(chain) for chain in chains]
    return _step(session, fit_id, ["running"], stage=stage, chains=told)


def finish(
    session: Session,
    fit_id: int,
    *,
    summary: Summary,
    seed: int,
    draws: bytes,
    now: datetime.datetime,
) -> bool:
    """Keep what a fit found, if it was running.

    Parameters
    ----------
    session : Session
        One that writes.
    fit_id : int
        Its number.
    summary : Summary
        What it says.
    seed : int
        Of its draws.
    draws : bytes
        As ``Draws.to_bytes`` writes them.
    now : datetime
        With its zone.

    Returns
    -------
    bool
        Whether it was running; else nothing is kept.
    """
    taken = _step(
        session,
        fit_id,
        ["running"],
        state="done",
        stage=None,
        summary=summary.model_dump_json(),
        is_good=summary.checks.ok,
        seed=str(seed),
        has_draws=True,
        finished_at=now,
    )
    if taken:
        session.execute(insert(DrawsRow).values(fit=fit_id, content=draws))
    return taken


def fail(session: Session, fit_id: int, error: str, now: datetime.datetime) -> bool:
    """Note why a fit failed; whether it was queued or running."""
    return _step(
        session,
        fit_id,
        ["queued", "running"],
        state="failed",
        stage=None,
        error=error,
        finished_at=now,
    )


def cancel(session: Session, fit_id: int, now: datetime.datetime) -> bool:
    """Cancel a fit; whether it was queued or running."""
    return _step(
        session,
        fit_id,
        ["queued", "running"],
        state="cancelled",
        stage=None,
        finished_at=now,
    )


def requeue(session: Session, fit_id: int) -> bool:
    """Queue again a fit whose worker has died; whether it was running."""
    return _queue_again(session, fit_id)


def put_back(session: Session, fit_id: int) -> bool:
    """Queue again a fit that was stopped, as if it had not begun; whether it ran."""
    return _queue_again(session, fit_id, attempts=FitRow.attempts - 1)


def _queue_again(session: Session, fit_id: int, **values: Any) -> bool:
    return _step(
        session,
        fit_id,
        ["running"],
        state="queued",
        stage=None,
        chains=[],
        started_at=None,
        **values,
    )


def _step(session: Session, fit_id: int, froms: Sequence[State], **values: Any) -> bool:
    """Take a step from certain states, in one statement: others may take it too."""
    result = session.execute(
        update(FitRow)
        .where(FitRow.id == fit_id, FitRow.state.in_(froms))
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    if cast("CursorResult[Any]", result).rowcount:
        return True
    fit(session, fit_id)  # raises if there is none
    return False


def draws(session: Session, fit_id: int) -> bytes:
    """Draws of a fit, as they were given.

    Raises
    ------
    UnknownFitError
        If there is no such fit, or it has none.
    """
    content = session.scalar(select(DrawsRow.content).where(DrawsRow.fit == fit_id))
    if content is None:
        raise UnknownFitError(fit_id)
    return content


def keep(
    session: Session, fit_id: int, name: str, media_type: str, content: bytes
) -> None:
    """Keep something that was made of a fit, in place of what had its name."""
    fit(session, fit_id)
    session.merge(
        FileRow(fit=fit_id, name=name, media_type=media_type, content=content)
    )
    session.flush()


def kept(session: Session, fit_id: int, name: str) -> StoredFile | None:
    """Something that was made of a fit; None where it has not been made."""
    row = session.get(FileRow, (fit_id, name))
    return None if row is None else StoredFile(row.name, row.media_type, row.content)


def kept_names(session: Session, fit_id: int) -> set[str]:
    """Names of what has been made of a fit."""
    return set(session.scalars(select(FileRow.name).where(FileRow.fit == fit_id)))


def last_kept(session: Session, fit: FitRecord, name: str) -> int | None:
    """Number of the newest fit up to a good one of which something has been made.

    It is good as well. Those of the same day come first, then those of days before.

    Parameters
    ----------
    session : Session
        One that reads.
    fit : FitRecord
        The good one.
    name : str
        Of the file.
    """
    query = (
        select(FitRow.id)
        .join(FileRow, FileRow.fit == FitRow.id)
        .where(FileRow.name == name, FitRow.case == fit.case, FitRow.is_good)
        .where(FitRow.id <= fit.id, FitRow.as_of <= fit.as_of)
        .order_by(FitRow.as_of.desc(), FitRow.revision.desc(), FitRow.id.desc())
    )
    return session.scalar(query.limit(1))


def let_go(
    session: Session,
    case: str,
    *,
    asked_by: str,
    most: int,
    but: str = "",
    at_once: int | None = None,
) -> int:
    """Let go of the draws of old fits and of what was made of them, not of the fits.

    Parameters
    ----------
    session : Session
        One that writes.
    case : str
        Whose fits.
    asked_by : str
        Those that nobody else asked for.
    most : int
        How many of them keep all: of those that passed their checks the newest, and of
        the others as many that are no older.
    but : str, optional
        The file of which the newest stays.
    at_once : int, optional
        Of how many at most; the oldest first.

    Returns
    -------
    int
        How many fits had draws, and have none now.
    """
    its = select(FitRow.id).where(FitRow.case == case, FitRow.asked_by == asked_by)

    def oldest_kept(is_good: bool) -> int:
        newest = its.where(FitRow.has_draws, FitRow.is_good == is_good)
        kept = newest.order_by(FitRow.id.desc()).offset(most - 1).limit(1)
        return session.scalar(kept) or 0

    is_old = or_(
        FitRow.id < oldest_kept(True),
        and_(~FitRow.is_good, FitRow.id < oldest_kept(False)),
    )
    oldest = its.where(FitRow.has_draws, is_old).order_by(FitRow.id).limit(at_once)
    old = session.scalars(oldest).all()
    stays = select(func.max(FileRow.fit)).where(
        FileRow.name == but, FileRow.fit.in_(its)
    )
    session.execute(delete(DrawsRow).where(DrawsRow.fit.in_(old)))
    session.execute(
        delete(FileRow)
        .where(FileRow.fit.in_(old))
        .where(or_(FileRow.name != but, FileRow.fit != stays.scalar_subquery()))
    )
    session.execute(update(FitRow).where(FitRow.id.in_(old)).values(has_draws=False))
    return len(old)


def remember_day(
    session: Session, case: str, digest: str, as_of: datetime.date, summary: Summary
) -> None:
    """Remember what was forecast of a casebook as it was known on a day.

    Parameters
    ----------
    session : Session
        One that writes.
    case : str
        Its id.
    digest : str
        By which it is found: see ``model.casebook.past_days.day_digest``.
    as_of : date
        The day.
    summary : Summary
        What was forecast.
    """
    row = {"case": case, "digest": digest, "as_of": as_of}
    try:
        with session.begin_nested():
            session.execute(
                insert(DayRow).values(summary=summary.model_dump_json(), **row)
            )
    except IntegrityError:
        return  # the digest names all it came from: it is known already


def days(session: Session, case: str, digests: Iterable[str]) -> dict[str, Summary]:
    """What was forecast, of those of these digests that are remembered."""
    rows = session.execute(
        select(DayRow.digest, DayRow.summary).where(
            DayRow.case == case, DayRow.digest.in_(list(digests))
        )
    )
    read = {digest: _summary(text) for digest, text in rows}
    return {digest: summary for digest, summary in read.items() if summary is not None}


def _each(session: Session, query: Select[FitRow]) -> Iterator[FitRecord]:
    rows = session.scalars(query.execution_options(populate_existing=True))
    return (_record(row) for row in rows)


def _record(row: FitRow) -> FitRecord:
    values = {field.name: getattr(row, field.name) for field in fields(FitRecord)}
    values["seed"] = None if row.seed is None else int(row.seed)
    values["summary"] = None if row.summary is None else _summary(row.summary)
    return FitRecord(**values)


# The newest fit's is read at each look at what is forecast now; of 800 scenarios that
# takes 5 ms.
@lru_cache(maxsize=16)
def _summary(text: str) -> Summary | None:
    """Read a summary; None where another version wrote it, under other rules."""
    try:
        summary = Summary.model_validate_json(text)
    except ValidationError:
        return None
    return summary if summary.rules == RULES else None
