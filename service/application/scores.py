"""The scores of a case in the service: as published, and as it had recorded them.

Both are of the days of ``model.scores.foresight``; the workers fit these after each fit
of the case. Until all days of one kind are there, it has no score.
"""

import datetime
import threading
from collections.abc import Mapping
from typing import NamedTuple

from cachetools import LRUCache, cached

from deciban.model.casebook.past_days import (
    as_it_stood,
    day_digest,
    day_that_tells,
    news_days,
)
from deciban.model.errors import ModelError
from deciban.model.explain.explanation import Explanation, ScenarioExplanation
from deciban.model.posterior.summary import Summary, can_tell
from deciban.model.scores.case_scores import CaseScores, scores_of
from deciban.model.scores.foresight import foresight_spans, scored_days, settled_by
from deciban.model.scores.horizons import Horizon
from deciban.model.scores.post_mortem import PostMortem, post_mortem
from deciban.model.scores.record import TrackRecord, track_record
from deciban.service.application.current_forecasts import (
    CurrentForecast,
    DayOutOfReachError,
    NoFitError,
)
from deciban.service.application.services import Services
from deciban.service.refits.artefacts import EXPLANATION
from deciban.service.refits.recorded_days import recorded_days
from deciban.service.store import casebooks, fits
from deciban.service.store.fits import FitRecord

__all__ = [
    "LastLadder",
    "NotSettledError",
    "Scored",
    "case_scores",
    "last_ladder",
    "post_mortem_of",
    "record_of_all",
    "said_last",
]


class NotSettledError(ModelError):
    """A scenario that is not settled, or was on its first day, has no post-mortem."""

    def __init__(self, scenario: str) -> None:
        super().__init__(f"{scenario} must be settled after its first day, and is not")


class Scored(NamedTuple):
    """The scores of a case, and how many days they still wait for."""

    scores: CaseScores
    missing: int


class _Days(NamedTuple):
    """Digests of the days that scores need, as published and as recorded.

    And by scenario, who wrote its prior.
    """

    published: Mapping[datetime.date, str]
    recorded: Mapping[datetime.date, str]
    writers: Mapping[str, str]


def case_scores(services: Services, case: str) -> Scored:
    """Score what is settled of a case.

    Parameters
    ----------
    services : Services
        Whose store and clock are used.
    case : str
        Its id.

    Raises
    ------
    UnknownCaseError
    """
    current, today = services.forecasts.current(case), services.clock().date()
    days = _days(services, current, today)
    wanted = {*days.published.values(), *days.recorded.values()}
    with services.store.reading() as session:
        known = fits.days(session, case, wanted)
    scores = _scores(services, current, today, days, known)
    return Scored(scores, len(wanted - known.keys()))


# To find the digests of the shipped case takes 0.2 s, to score it 0.3 s.
@cached(
    LRUCache[object, _Days](64),
    key=lambda services, current, today: (services.store, current.head, today),
    condition=threading.Condition(),
)
def _days(services: Services, current: CurrentForecast, today: datetime.date) -> _Days:
    case, casebook = current.head.case, current.casebook
    with services.store.reading() as session:
        recorded = [
            (day, casebooks.casebook(session, case, revision))
            for day, revision in recorded_days(session, case, casebook, today)
        ]
        writers = casebooks.prior_writers(session, case)
    published = {day: day_digest(casebook, day) for day in scored_days(casebook, today)}
    told = {day: day_digest(book, day) for day, book in recorded}
    return _Days(published, told, writers)


@cached(
    LRUCache[object, CaseScores](64),
    key=lambda services, current, today, _days, known: (
        *(services.store, current.head, today),
        frozenset(known),
    ),
    condition=threading.Condition(),
)
def _scores(
    _services: Services,
    current: CurrentForecast,
    today: datetime.date,
    days: _Days,
    known: Mapping[str, Summary],
) -> CaseScores:
    means = {
        digest: {said.id: said.mean for said in summary.scenarios}
        for digest, summary in known.items()
    }
    return scores_of(
        current.casebook,
        today,
        _complete(days.published, means),
        _complete(days.recorded, means),
        writers=days.writers,
    )


def _complete(
    digests: Mapping[datetime.date, str], means: Mapping[str, Mapping[str, float]]
) -> dict[datetime.date, Mapping[str, float]]:
    """Take the forecasts of all days, or none: half of them would mislead."""
    if not means.keys() >= set(digests.values()):
        return {}
    return {day: means[digest] for day, digest in digests.items()}


def said_last(services: Services, case: str, scenario: str) -> float | None:
    """Look up the last forecast before a scenario was settled, as published.

    Returns
    -------
    float or None
        Its probability; None where it is not settled, or that day is not fitted yet.
    """
    casebook = services.forecasts.current(case).casebook
    span = foresight_spans(casebook, services.clock().date()).get(scenario)
    days = [day for day in news_days(casebook) if span and span[0] <= day <= span[1]]
    if not days:
        return None
    digest = day_digest(casebook, days[-1])
    with services.store.reading() as session:
        known = fits.days(session, case, [digest]).values()
    return next(
        (s.mean for day in known for s in day.scenarios if s.id == scenario), None
    )


class LastLadder(NamedTuple):
    """The way to the last forecast before a scenario was settled, and its day."""

    day: datetime.date
    explained: ScenarioExplanation


def last_ladder(services: Services, case: str, scenario: str) -> LastLadder | None:
    """Look up how the last forecast before a scenario was settled came to be.

    Returns
    -------
    LastLadder or None
        Of a fit of that day, or of the last day of news before it; None where there
        is none that is taken apart.
    """
    casebook = services.forecasts.current(case).casebook
    span = foresight_spans(casebook, services.clock().date()).get(scenario)
    if span is None:
        return None
    with services.store.reading() as session:
        for day in dict.fromkeys((span[1], day_that_tells(casebook, span[1]))):
            fit = fits.latest(session, case, as_of=day)
            file = fits.kept(session, fit.id, EXPLANATION) if fit else None
            if file is None:
                continue
            for explained in Explanation.model_validate_json(file.content).scenarios:
                if explained.id == scenario and explained.steps:
                    return LastLadder(day, explained)
    return None


def post_mortem_of(services: Services, case: str, scenario: str) -> PostMortem:
    """Say what helped and what misled the last forecast of a settled scenario.

    It is that of the day whose forecast the scores carry on, read from a fit of the
    last day before it was settled or of that day, or else from the current one where
    its draws reach.

    Raises
    ------
    UnknownCaseError, NotSettledError, UnreadableDrawsError
    DayOutOfReachError
        If neither tells of that day: it must be fitted.
    """
    current = services.forecasts.current(case)
    today = services.clock().date()
    outcome = settled_by(current.casebook, today).get(scenario)
    first, last = foresight_spans(current.casebook, today).get(scenario, (today, today))
    if outcome is None or outcome.occurred is None or last < first:
        raise NotSettledError(scenario)
    day = day_that_tells(current.casebook, last)
    with services.store.reading() as session:
        fit = (
            fits.latest(session, case, as_of=last)
            or fits.latest(session, case, as_of=day)
            or current.fit
        )
    if fit is None:
        raise NoFitError(case, str(current.why))
    return _made(services, fit, current, scenario, day, outcome.occurred)


# To make one takes seconds: of the shipped case a hundred readings.
@cached(
    LRUCache[object, PostMortem](64),
    key=lambda services, fit, current, scenario, *_: (
        services.store,
        fit.id,
        current.head,
        scenario,
    ),
    condition=threading.Condition(),
)
def _made(
    services: Services,
    fit: FitRecord,
    current: CurrentForecast,
    scenario: str,
    day: datetime.date,
    occurred: bool,
) -> PostMortem:
    stood = as_it_stood(current.casebook, day)
    k = services.forecasts.reading(fit, stood, day).pareto_k
    if k is not None and not can_tell(k):
        raise DayOutOfReachError(day, k)
    return post_mortem(services.forecasts.basis(fit), stood, scenario, day, occurred)


def record_of_all(
    services: Services,
    *,
    tag: str | None = None,
    horizon: Horizon | None = None,
    who: str | None = None,
) -> TrackRecord:
    """Sum up the scores of all cases, or of some scenarios: see ``track_record``."""
    with services.store.reading() as session:
        names = [head.case for head in casebooks.heads(session)]
    return track_record(
        [case_scores(services, case).scores for case in names],
        services.clock().date(),
        tag=tag,
        horizon=horizon,
        who=who,
    )
