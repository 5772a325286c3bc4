"""A fit of the store as its plots take it."""

from functools import partial

from deciban.model.array_types import Floats
from deciban.model.casebook.casebook import Casebook
from deciban.model.plots.plotted_fit import PlottedFit
from deciban.model.posterior.summaries import prior_probability
from deciban.service.application.services import Services
from deciban.service.store import casebooks
from deciban.service.store.fits import FitRecord

__all__ = ["plotted_record"]


def plotted_record(shared: Services, record: FitRecord) -> PlottedFit:
    """Take from a fit of the store what its plots need; draws where one needs them.

    Parameters
    ----------
    shared : Services
        Where it is.
    record : FitRecord
        One that is done, hence has a summary.
    """
    assert record.summary is not None
    with shared.store.reading() as session:
        casebook = casebooks.casebook(session, record.case, record.revision)
    return PlottedFit(
        casebook.priors.title,
        {source.id: source.name for source in casebook.evidence.sources},
        record.summary,
        partial(_probability, shared, record, casebook),
        partial(_prior_probability, record, casebook),
        lambda: shared.forecasts.basis(record).draws.stats,
    )


def _probability(shared: Services, record: FitRecord, casebook: Casebook) -> Floats:
    told = shared.forecasts.reading(record, casebook, record.as_of).summary.told
    draws = told.probability[:, _columns(told.scenarios, record)]
    return draws.reshape(told.chains, -1, draws.shape[1])


def _prior_probability(record: FitRecord, casebook: Casebook) -> Floats:
    before = prior_probability(casebook, record.as_of)
    return before.belief.probability[:, _columns(before.design.scenarios, record)]


def _columns(scenarios: tuple[str, ...], record: FitRecord) -> list[int]:
    """Places of the scenarios in the order of the fit's summary."""
    assert record.summary is not None
    return [scenarios.index(scenario.id) for scenario in record.summary.scenarios]
