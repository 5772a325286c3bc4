"""What the pages have read of the store, and remember: none of it ever changes.

What was computed when a fit was made, its explanation and the days of its history, is
read once.
"""

import datetime
from typing import cast

from flask import current_app
from sqlalchemy.orm import Session

from deciban.model.casebook.casebook import Casebook
from deciban.model.explain.explanation import Explanation
from deciban.model.posterior.summary import ScenarioSummary, Summary
from deciban.model.posterior.what_if import prior_summary
from deciban.priors import PriorsFile
from deciban.service.application.current_forecasts import CurrentForecast
from deciban.service.application.services import Services
from deciban.service.refits.artefacts import EXPLANATION
from deciban.service.refits.day_digests import day_digests
from deciban.service.refits.past_days import history_days
from deciban.service.running.lru import Remembered
from deciban.service.store import casebooks, fits
from deciban.service.web.pages.density_shapes import Shapes

__all__ = ["Explained", "believed", "days", "explained", "shapes"]

type _DayDigests = tuple[Casebook, datetime.date, list[str]]
type Explained = tuple[int, Explanation]  # with the number of the fit

_NAME = "deciban-outlook"


def shapes(shared: Services, current: CurrentForecast, why: Explained | None) -> Shapes:
    """Take the densities out of the fit's explanation, or else make them of draws."""
    if why and current.fit and why[0] == current.fit.id:
        known = Shapes.explained(why[1])
        written = {scenario.id for scenario in current.casebook.priors.scenarios}
        if written <= known.prior.keys():
            return known
        bare = _shapes_before(current)
        return Shapes(known.ends, known.forecast, {**bare.prior, **known.prior})
    fit = current.fit
    if fit is None:
        return _shapes_before(current)

    def drawn() -> Shapes:
        with shared.store.reading() as session:
            casebook = casebooks.casebook(session, fit.case, fit.revision)
        return Shapes.read(current, shared.forecasts.reading(fit, casebook, fit.as_of))

    return _memory().shapes.make(("fit", fit.id), drawn)


def _shapes_before(current: CurrentForecast) -> Shapes:
    key = ("prior", current.head, current.as_of)
    return _memory().shapes.make(key, lambda: Shapes.before(current))


def explained(session: Session, current: CurrentForecast) -> Explained | None:
    """Find the explanation of the fit, or while it is made that of one before."""
    if current.fit is None:
        return None
    number: int | None = current.fit.id
    if _memory().explanations.get(current.fit.id) is None:
        number = fits.last_kept(session, current.fit, EXPLANATION)
    if number is None:
        return None
    explanation = _explanation(session, number)
    reports = {report.id for report in current.casebook.evidence.reports}
    standing = [claim for claim in explanation.claims if claim.report in reports]
    return number, explanation.model_copy(update={"claims": standing})


def _explanation(session: Session, fit_id: int) -> Explanation:
    def read() -> Explanation:
        kept = fits.kept(session, fit_id, EXPLANATION)
        assert kept is not None  # a session sees one state of the store
        return Explanation.model_validate_json(kept.content)

    return _memory().explanations.make(fit_id, read)


def days(
    shared: Services, session: Session, current: CurrentForecast
) -> list[Summary | None]:
    """Forecasts of the days before, the oldest first; None for one to be computed."""
    memory = _memory()
    digests = _day_digests(shared, current)
    missing = [digest for digest in digests if memory.days.get(digest) is None]
    for digest, summary in fits.days(session, current.head.case, missing).items():
        memory.days.keep(digest, summary)
    return [memory.days.get(digest) for digest in digests]


def _day_digests(shared: Services, current: CurrentForecast) -> list[str]:
    """Digests of the days before; they stay the same until the case changes."""
    known = _memory().digests
    case, casebook = current.head.case, current.casebook
    last = known.get(case)
    if last is not None and last[0] is casebook and last[1] == current.as_of:
        return last[2]
    days = history_days(casebook, current.as_of, shared.settings.history_days)
    digests = list(day_digests(casebook, days).values())
    known.keep(case, (casebook, current.as_of, digests))
    return digests


def believed(casebook: Casebook, day: datetime.date) -> list[ScenarioSummary]:
    """What is believed without reports: it stays the same while reports come in."""
    known = _memory().believed
    key = (casebook.case, day)
    last = known.get(key)
    if last is None or last[0] != casebook.priors:
        last = (casebook.priors, prior_summary(casebook, day))
        known.keep(key, last)
    return last[1]


class _Memory:
    """What one application has read, none of which ever changes."""

    def __init__(self) -> None:
        self.explanations = Remembered[Explanation](16)
        self.digests = Remembered[_DayDigests](32)
        self.days = Remembered[Summary](1000)
        self.shapes = Remembered[Shapes](16)
        self.believed = Remembered[tuple[PriorsFile, list[ScenarioSummary]]](32)


def _memory() -> _Memory:
    memory = current_app.extensions.setdefault(_NAME, _Memory())
    return cast(_Memory, memory)
