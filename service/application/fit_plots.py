"""A fit of the store as its plots take it."""

from collections.abc import Collection
from functools import partial

from deciban.model.array_types import Floats
from deciban.model.casebook.casebook import Casebook
from deciban.model.casebook.history_days import history_days
from deciban.model.casebook.past_days import day_digest
from deciban.model.explain.explanation import Explanation
from deciban.model.fit import PastDay, past_day
from deciban.model.plots.kinds import DIAGNOSTICS
from deciban.model.plots.plotted_fit import PlottedFit
from deciban.model.posterior.summaries import prior_probability
from deciban.service.application.fits import fit_file
from deciban.service.application.services import Services
from deciban.service.refits.artefacts import EXPLANATION
from deciban.service.store import casebooks, fits
from deciban.service.store.fits import FitRecord

__all__ = ["can_be_drawn", "plotted_record"]

# What the evidence weighs is taken from the explanation, which a worker makes.
_EXPLAINED = ("matrix", "ladder", "history")


def can_be_drawn(kind: str, record: FitRecord, names: Collection[str]) -> bool:
    """Whether what a plot of a fit is made of is there.

    Parameters
    ----------
    kind : str
        One of ``model.plots.kinds.KINDS``.
    record : FitRecord
        The fit.
    names : collection of str
        Of the files that were made of it.
    """
    if kind in DIAGNOSTICS:
        return f"{kind}.png" in names
    is_explained = EXPLANATION in names
    return record.summary is not None and (kind not in _EXPLAINED or is_explained)


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
        casebook,
        record.summary,
        partial(_probability, shared, record, casebook),
        partial(_prior_probability, record, casebook),
        lambda: shared.forecasts.basis(record).draws.stats,
        partial(_explanation, shared, record),
        partial(_past_days, shared, record, casebook),
        partial(shared.forecasts.prior, casebook),
    )


def _explanation(shared: Services, record: FitRecord) -> Explanation:
    made = fit_file(shared, record.case, record.id, EXPLANATION)
    return Explanation.model_validate_json(made.content)


def _past_days(
    shared: Services, record: FitRecord, casebook: Casebook
) -> list[PastDay]:
    """Take the fits of the days, where there are, or else read the fit's own draws."""
    most = shared.settings.history_days
    digests = {
        day: day_digest(casebook, day)
        for day in history_days(casebook, record.as_of, most)
    }
    with shared.store.reading() as session:
        known = fits.days(session, record.case, digests.values())
    days = []
    for day, digest in digests.items():
        if digest in known:
            days.append(PastDay(day, known[digest].scenarios))
        elif record.has_draws:
            days.append(past_day(shared.forecasts.basis(record), casebook, day))
        else:
            days.append(PastDay(day, None))
    return days


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
