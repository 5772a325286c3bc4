"""Why forecasts moved between two days, revisions or fits of a case."""

import datetime
from typing import NamedTuple

from deciban.model.explain.why import Moment, WhyMoved, why_moved
from deciban.model.posterior.what_if import Basis
from deciban.service.application.current_forecasts import (
    CurrentForecast,
    DrawsNotKeptError,
    NoFitError,
)
from deciban.service.application.fits import find_fit
from deciban.service.application.services import Services
from deciban.service.store import casebooks, fits
from deciban.service.store.fits import FitRecord

__all__ = ["Point", "why"]

_WEEK = datetime.timedelta(days=7)


class Point(NamedTuple):
    """One end of a change: a day, a revision or a fit; or none, for the usual."""

    day: datetime.date | None = None
    revision: int | None = None
    fit: int | None = None


def why(shared: Services, case: str, start: Point, end: Point) -> WhyMoved:
    """Say why the forecasts of a case moved.

    Parameters
    ----------
    shared : Services
        Of the service.
    case : str
        Its id.
    start, end : Point
        Of a day: the case as it is now, with what was known then. Of a revision: the
        case as it was, on the day of current forecasts. Unless given, the end is the
        current fit and the start a week before it. The start may be a fit that another
        version made: what its rules did is a part of the change.

    Raises
    ------
    UnknownCaseError, UnknownRevisionError, UnknownItemError
    NoFitError, DrawsNotKeptError
        If there are no draws to read.
    """
    current = shared.forecasts.current(case)
    if current.fit is None:
        raise NoFitError(case, str(current.why))
    after, last = _moment(
        shared, current, end if any(end) else Point(fit=current.fit.id)
    )
    before, first = Moment(after.casebook, after.as_of - _WEEK), None
    if any(start):
        before, first = _moment(shared, current, start)
    bases = [shared.forecasts.basis(last or current.fit)]
    if first is None:
        return why_moved(bases, before, after)
    other_rules = first.state == "done" and first.summary is None
    again = _made_again(shared, first) if other_rules else first
    if again is not None and (other := _basis(shared, again)):
        bases.append(other)
    with shared.store.reading() as session:
        recorded = fits.forecasts(session, first.id)
    refitted = None
    if other_rules and again is not None and again.summary is not None:
        refitted = {said.id: said.mean for said in again.summary.scenarios}
    return why_moved(
        bases,
        before,
        after,
        recorded or None,
        other_rules=other_rules,
        refitted=refitted,
    )


def _made_again(shared: Services, fit: FitRecord) -> FitRecord | None:
    """Find a fit of the same state under the rules of today."""
    with shared.store.reading() as session:
        done = fits.fits(session, fit.case, state="done")
    same = fit.revision, fit.as_of
    return next(
        (one for one in done if one.summary and (one.revision, one.as_of) == same), None
    )


def _moment(
    shared: Services, current: CurrentForecast, point: Point
) -> tuple[Moment, FitRecord | None]:
    case = current.head.case
    if point.day is not None:
        return Moment(current.casebook, point.day), None
    record = None if point.fit is None else find_fit(shared, case, point.fit)
    with shared.store.reading() as session:
        revision = record.revision if record else point.revision
        casebook = casebooks.casebook(session, case, revision)
    return Moment(casebook, record.as_of if record else current.as_of), record


def _basis(shared: Services, record: FitRecord) -> Basis | None:
    try:
        return shared.forecasts.basis(record)
    except DrawsNotKeptError:
        return None
