"""On what forecasts rest, and what to look for next: of the draws of a fit."""

from collections.abc import Sequence
from weakref import WeakKeyDictionary

from deciban.model.casebook.casebook import Casebook
from deciban.model.casebook.past_days import day_digest
from deciban.model.explain.influence import (
    Influence,
    casebook_without,
    influence,
    with_refits,
)
from deciban.model.explain.next_report import NextReport, next_report
from deciban.model.posterior.what_if import Basis
from deciban.service.application.current_forecasts import NoFitError
from deciban.service.application.services import Services
from deciban.service.refits.agenda import WantedDay
from deciban.service.store import casebooks, fits
from deciban.service.store.fits import FitRecord

__all__ = ["influence_of", "next_report_of"]

# By the draws that were read. Of the shipped case it takes some seconds to read.
_read: WeakKeyDictionary[Basis, dict[tuple[float, ...], Influence]] = (
    WeakKeyDictionary()
)


def influence_of(shared: Services, case: str, lines: Sequence[float]) -> Influence:
    """Leave out each part of a case's current fit, and look for what would turn it.

    What only a refit can tell, workers fit; until then it waits.

    Parameters
    ----------
    shared : Services
        Of the service.
    case : str
        Its id.
    lines : sequence of float
        Probabilities whose crossing is looked for.

    Raises
    ------
    UnknownCaseError, NoFitError, DrawsNotKeptError
    """
    basis, fit = _basis(shared, case)
    known, wanted = _read.setdefault(basis, {}), tuple(lines)
    if wanted not in known:
        casebook = _fitted(shared, fit)
        others = next(iter(known.values()), None)
        known[wanted] = influence(basis, casebook, fit.as_of, wanted, others)
    return _with_refits(shared, fit, known[wanted])


def _with_refits(shared: Services, fit: FitRecord, found: Influence) -> Influence:
    """Take what refits say of what the draws cannot; have made those that are not."""
    untold = [one for one in found.left_out if one.refit is not None]
    if not untold or fit.summary is None:
        return found
    casebook, day = _fitted(shared, fit), fit.as_of
    digests = {
        (one.kind, one.id): day_digest(
            casebook_without(casebook, day, one.kind, one.id), day
        )
        for one in untold
    }
    with shared.store.reading() as session:
        made = fits.days(session, fit.case, set(digests.values()))
    missing = [part for part, digest in digests.items() if digest not in made]
    if missing:
        shared.scheduler.want_days(
            WantedDay(fit.case, day, fit.revision, part) for part in missing
        )
    refits = {
        part: {said.id: said.mean for said in made[digest].scenarios}
        for part, digest in digests.items()
        if digest in made
    }
    now = {said.id: said.mean for said in fit.summary.scenarios}
    return with_refits(found, now, refits, "waits")


def next_report_of(
    shared: Services, case: str, scenario: str, line: float
) -> NextReport:
    """Rank what could be reported next of a scenario, by what it would tell.

    Parameters
    ----------
    shared : Services
        Of the service.
    case, scenario : str
        Their ids.
    line : float
        Probability whose crossing is looked for.

    Raises
    ------
    UnknownCaseError, NoFitError, DrawsNotKeptError
    ModelError
        If the fit knows no such scenario, or it is settled.
    """
    basis, fit = _basis(shared, case)
    return next_report(basis, _fitted(shared, fit), fit.as_of, scenario, line)


def _basis(shared: Services, case: str) -> tuple[Basis, FitRecord]:
    current = shared.forecasts.current(case)
    if current.fit is None:
        raise NoFitError(case, str(current.why))
    return shared.forecasts.basis(current.fit), current.fit


def _fitted(shared: Services, fit: FitRecord) -> Casebook:
    with shared.store.reading() as session:
        return casebooks.casebook(session, fit.case, fit.revision)
