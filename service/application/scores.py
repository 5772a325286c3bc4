"""The scores of a case in the service: as published, and as it had recorded them.

Both are of the days of ``model.scores.foresight``; the workers fit these after each fit
of the case. Until all days of one kind are there, it has no score.
"""

import datetime
from collections.abc import Mapping
from typing import NamedTuple

from deciban.model.casebook.past_days import day_digest
from deciban.model.scores.case_scores import CaseScores, scores_of
from deciban.model.scores.foresight import foresight_spans, scored_days
from deciban.model.scores.record import TrackRecord, track_record
from deciban.service.application.services import Services
from deciban.service.refits.recorded_days import recorded_days
from deciban.service.store import casebooks, fits

__all__ = ["Scored", "case_scores", "record_of_all"]


class Scored(NamedTuple):
    """The scores of a case, and how many days they still wait for."""

    scores: CaseScores
    missing: int


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
    today = services.clock().date()
    with services.store.reading() as session:
        casebook = casebooks.casebook(session, case)
        if not foresight_spans(casebook, today):
            return Scored(scores_of(casebook, today, {}), 0)
        published = {
            day: day_digest(casebook, day) for day in scored_days(casebook, today)
        }
        recorded = {
            day: day_digest(casebooks.casebook(session, case, revision), day)
            for day, revision in recorded_days(session, case, casebook, today)
        }
        known = fits.days(session, case, {*published.values(), *recorded.values()})
    means = {
        digest: {said.id: said.mean for said in summary.scenarios}
        for digest, summary in known.items()
    }
    missing = {*published.values(), *recorded.values()} - means.keys()
    scores = scores_of(
        casebook, today, _complete(published, means), _complete(recorded, means)
    )
    return Scored(scores, len(missing))


def _complete(
    digests: Mapping[datetime.date, str], means: Mapping[str, Mapping[str, float]]
) -> dict[datetime.date, Mapping[str, float]]:
    """Take the forecasts of all days, or none: half of them would mislead."""
    if not means.keys() >= set(digests.values()):
        return {}
    return {day: means[digest] for day, digest in digests.items()}


def record_of_all(services: Services) -> TrackRecord:
    """Sum up the scores of all cases."""
    with services.store.reading() as session:
        names = [head.case for head in casebooks.heads(session)]
    return track_record(
        [case_scores(services, case).scores for case in names],
        services.clock().date(),
    )
