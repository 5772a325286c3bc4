"""Scores: how good forecasts were, of one case and of all."""

import datetime

from pydantic import Field

from deciban.evidence.items import Day
from deciban.model.casebook.past_days import Every
from deciban.model.scores.case_scores import CaseScores
from deciban.model.scores.horizons import Horizon
from deciban.model.scores.post_mortem import PostMortem
from deciban.model.scores.record import TrackRecord
from deciban.service.application.replay import Known, TooManyDaysError, replayed
from deciban.service.application.scores import (
    case_scores,
    post_mortem_of,
    record_of_all,
)
from deciban.service.web.api.operation import (
    Answer,
    AnswerBody,
    Call,
    Operations,
    Query,
    Reply,
)
from deciban.service.web.api.problems import ProblemError

__all__ = ["operations"]


class ScoresAnswer(CaseScores):
    """The scores of a case."""

    missing: int = Field(
        description="Past days that are still to be fitted; until then `published` or "
        "`recorded` is null."
    )


class ReplayedForecast(AnswerBody):
    """The forecast of a scenario on a past day."""

    id: str
    mean: float
    eti90: tuple[float, float]
    prior_mean: float
    weight_db: float | None
    outcome: bool | None = Field(description="Where it was known by then.")


class ReplayedDay(AnswerBody):
    """A past day: its digest, and what was forecast; null until it is fitted."""

    day: datetime.date
    digest: str
    scenarios: list[ReplayedForecast] | None


class ReplayAnswer(AnswerBody):
    """Forecasts of past days; those ``missing`` are being fitted."""

    case: str
    days: list[ReplayedDay]
    missing: int


class ReplayQuery(Query):
    """Which days, and from what was known."""

    every: Every = "report"
    first: Day | None = Field(None, alias="from")
    last: Day | None = Field(None, alias="to")
    known: Known = "published"


class RecordQuery(Query):
    """Of which scenarios, and of which of their forecasts."""

    tag: str | None = None
    horizon: Horizon | None = Field(
        None,
        description="How long before the scheduled close: up to 7 days, to 31, to 92, "
        "to 366, longer.",
    )
    who: str | None = Field(None, description="Who wrote the prior.")


operations = Operations("scores", "How good forecasts were, once they are settled.")


@operations.add(
    "GET", "/cases/<case>/scores", {200: Answer("The scores.", ScoresAnswer)}
)
def get_scores(call: Call[Query, None], case: str) -> Reply:
    """Score the forecasts of what is settled.

    `published` are forecasts from what was published by each day, `recorded` those from
    what had been recorded here by then: only these are foresight beyond doubt. Brier
    scores are from 0 to 1, log scores in nats, taken between `clip` and 1 - `clip`.
    """
    scored = case_scores(call.services, case)
    return Reply(ScoresAnswer(**dict(scored.scores), missing=scored.missing))


@operations.add(
    "GET",
    "/cases/<case>/replay",
    {200: Answer("The forecasts of these days.", ReplayAnswer)},
    query=ReplayQuery,
)
def get_replay(call: Call[ReplayQuery, None], case: str) -> Reply:
    """Read what was forecast on past days, from what was known by each.

    `published`: by the dates of reports and outcomes, with today's priors and grades;
    `recorded`: from the case as it stood here at the end of the day. At most 400 days.
    """
    query = call.query
    try:
        found = replayed(
            call.services,
            case,
            every=query.every,
            first=query.first,
            last=query.last,
            known=query.known,
        )
    except TooManyDaysError as error:
        raise ProblemError("invalid-query", str(error)) from error
    days = [
        ReplayedDay(
            day=one.day,
            digest=one.digest,
            scenarios=[
                ReplayedForecast.model_validate(said) for said in one.summary.scenarios
            ]
            if one.summary
            else None,
        )
        for one in found
    ]
    missing = sum(one.scenarios is None for one in days)
    return Reply(ReplayAnswer(case=case, days=days, missing=missing))


@operations.add(
    "GET",
    "/cases/<case>/scenarios/<scenario>/post-mortem",
    {200: Answer("What helped, and what misled.", PostMortem)},
    errors={
        404: "There is no such scenario, or it is not settled.",
        409: "No fit tells of the last day before it was settled: ask for one by POST "
        ".../fits.",
    },
)
def get_post_mortem(call: Call[Query, None], case: str, scenario: str) -> Reply:
    """Say what helped and what misled the last forecast before it was settled.

    Each report, origin and argument is left out in turn, and all that one grade or one
    word of strength said: `helped` is what the log score would lose, in nats. With the
    fit of that day, or the current one where its draws reach.
    """
    return Reply(post_mortem_of(call.services, case, scenario))


@operations.add(
    "GET",
    "/record",
    {200: Answer("The track record of all cases.", TrackRecord)},
    query=RecordQuery,
)
def get_record(call: Call[RecordQuery, None]) -> Reply:
    """Sum up the scores of all cases: calibration, by month, best and worst calls.

    And by case, tag, horizon, who wrote the prior, and beside whoever entered
    benchmarks. At a `horizon` the last forecast within it takes the place of that at
    the close.
    """
    query = call.query
    return Reply(
        record_of_all(
            call.services, tag=query.tag, horizon=query.horizon, who=query.who
        )
    )
