"""On what the forecasts of a case rest: read once from the draws of a fit, and kept."""

from collections.abc import Sequence
from weakref import WeakKeyDictionary

from deciban.model.explain.influence import Influence, influence
from deciban.model.posterior.what_if import Basis
from deciban.service.application.current_forecasts import NoFitError
from deciban.service.application.services import Services
from deciban.service.store import casebooks

__all__ = ["influence_of"]

# By the draws that were read. Of the shipped case it takes some seconds to read.
_read: WeakKeyDictionary[Basis, dict[tuple[float, ...], Influence]] = (
    WeakKeyDictionary()
)


def influence_of(shared: Services, case: str, lines: Sequence[float]) -> Influence:
    """Leave out each part of a case's current fit, and look for what would turn it.

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
    current = shared.forecasts.current(case)
    if (fit := current.fit) is None:
        raise NoFitError(case, str(current.why))
    basis = shared.forecasts.basis(fit)
    known, wanted = _read.setdefault(basis, {}), tuple(lines)
    if wanted not in known:
        with shared.store.reading() as session:
            casebook = casebooks.casebook(session, case, fit.revision)
        known[wanted] = influence(basis, casebook, fit.as_of, wanted)
    return known[wanted]
