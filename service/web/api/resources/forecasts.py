"""Forecasts: what is forecast now, was on a day, and how that has moved."""

import datetime
import zlib
from collections.abc import Sequence
from typing import Annotated, Literal
from weakref import WeakKeyDictionary

from pydantic import Field

from deciban.evidence.items import Day, Identifier
from deciban.model.posterior.summary import (
    ArgumentSummary,
    Checks,
    ScenarioSummary,
    SourceSummary,
    Summary,
)
from deciban.priors import ScaleName
from deciban.service.application.current_forecasts import CurrentForecast, PastForecast
from deciban.service.application.errors import UnknownItemError
from deciban.service.store import fits
from deciban.service.store.fits import FitRecord
from deciban.service.web.api.operation import (
    Answer,
    AnswerBody,
    Call,
    Operations,
    Query,
    Reply,
)
from deciban.service.web.api.paging import DIGITS, MAX_LIMIT
from deciban.service.web.api.scenario_summary import (
    ForecastStanding,
    ForecastSummary,
    forecast_summary,
)

__all__ = ["operations"]

type ForecastBasis = Literal["fit", "what-if", "prior"]


class ForecastsAnswer(AnswerBody):
    """What is forecast: what ``deciban fit --json`` prints, and its standing.

    ``basis`` says what the numbers are: those of ``fit``; or ``what-if``, its draws
    read as of another day; or ``prior``, what is believed without any report, until
    there is a first fit. What only a fit can say is null or empty until then.
    """

    case: str
    as_of: datetime.date
    digest: str | None
    seed: int | None
    checks: Checks | None
    scenarios: list[ForecastSummary]
    sources: list[SourceSummary]
    arguments: list[ArgumentSummary]
    revision: int = Field(description="Of the case now.")
    fit: int | None = Field(description="Number of the fit; null before the first.")
    fit_revision: int | None = Field(description="Of the case, that was fitted.")
    stale: bool = Field(description="Whether the case or the day has changed since.")
    why: str | None = Field(description="Why there is no fit; null where there is.")
    looked: datetime.date | None = Field(
        description="When somebody last looked whether anything had happened; time "
        "since then lowers no forecast."
    )
    scale: ScaleName
    basis: ForecastBasis
    pareto_k: float | None = Field(description="Where draws were read: how far.")


class ForecastQuery(Query):
    """Of which day, and in whose words."""

    as_of: Annotated[
        Day | None, Field(description="With what was known on this day; now if absent.")
    ] = None
    scale: Annotated[ScaleName, Field(description="Verbal scale of the terms.")] = (
        "icd203"
    )


class ForecastPoint(AnswerBody):
    """The forecast of one scenario at one time."""

    scenario: str
    mean: float
    sd: float
    median: float
    eti90: tuple[float, float]
    eti50: tuple[float, float]


class PastDay(AnswerBody):
    """What was forecast with what was known on a day: by today's priors and grades."""

    as_of: datetime.date
    digest: str
    forecasts: list[ForecastPoint]


class PastFit(AnswerBody):
    """What was forecast by a fit, when it was done."""

    fit: int
    revision: int
    as_of: datetime.date
    finished_at: datetime.datetime
    digest: str
    forecasts: list[ForecastPoint]


class Series(AnswerBody):
    """How forecasts moved: by the day of what was known, and as they were published.

    ``missing`` are days that are not computed yet.
    """

    days: list[PastDay]
    missing: list[datetime.date]
    fits: list[PastFit]
    revision: int


class SeriesQuery(Query):
    """Of which scenario, and how many fits."""

    scenario: Annotated[
        Identifier | None, Field(description="One alone; all if absent.")
    ] = None
    limit: Annotated[
        int, Field(ge=1, le=MAX_LIMIT, description="Fits at most."), DIGITS
    ] = 100


operations = Operations("forecasts", "What is forecast, was, and how that moved.")

# Answers that have been written once, for as long as nothing changes: to write one
# takes 0.3 ms, and the whole request as long again.
_written: WeakKeyDictionary[CurrentForecast, dict[ScaleName, Reply]] = (
    WeakKeyDictionary()
)


@operations.add(
    "GET",
    "/cases/<case>/forecasts",
    {200: Answer("The forecasts.", ForecastsAnswer, headers=("ETag",))},
    query=ForecastQuery,
    errors={
        409: "There is no fit of that day, and none near enough to read it from: "
        "ask for one by POST .../fits."
    },
)
def get_forecasts(call: Call[ForecastQuery, None], case: str) -> Reply:
    """Read what is forecast now, or with what was known on a past day.

    Now: the newest fit that passed its checks; ``stale`` where the case or the day has
    changed since, and a refit is under way. Of a past day: the newest fit of that day,
    or else the draws of the current fit, read as of that day where they reach.
    """
    query = call.query
    current = call.forecasts.current(case)
    if query.as_of is not None and query.as_of != current.as_of:
        return _past(current, call.forecasts.past(case, query.as_of), query)
    known = _written.setdefault(current, {})
    if query.scale not in known:
        known[query.scale] = _now(current, query.scale)
    return known[query.scale]


def _now(current: CurrentForecast, scale: ScaleName) -> Reply:
    fit = current.fit
    basis: ForecastBasis = "fit" if fit else "prior"
    as_of = fit.as_of if fit else current.as_of
    standing = ForecastStanding(current.head.revision, fit, as_of, current.stale)
    summary = current.summary
    scenarios = summary.scenarios if summary else current.prior
    made = _forecasts(current, standing, scenarios, scale, basis)
    tag = f"{current.head.revision}-{basis}-{fit and fit.id}-{as_of}-{current.stale:d}"
    if current.why:
        tag += f"-{zlib.crc32(current.why.encode()):x}"
    return Reply(made.model_dump_json().encode(), etag=f"{tag}-{scale}")


def _past(current: CurrentForecast, past: PastForecast, query: ForecastQuery) -> Reply:
    assert query.as_of is not None and past.fit.summary is not None
    standing = ForecastStanding(
        current.head.revision, past.fit, query.as_of, past.stale
    )
    if past.reading is None:
        scenarios = past.fit.summary.scenarios
        made = _forecasts(current, standing, scenarios, query.scale, "fit")
    else:
        scenarios = past.reading.summary.scenarios
        made = _forecasts(current, standing, scenarios, query.scale, "what-if")
        made = made.model_copy(update={"pareto_k": past.reading.pareto_k})
    tag = f"{current.head.revision}-{made.basis}-{past.fit.id}-{query.as_of}"
    return Reply(made, etag=f"{tag}-{past.stale:d}-{query.scale}")


def _forecasts(
    current: CurrentForecast,
    standing: ForecastStanding,
    scenarios: Sequence[ScenarioSummary],
    scale: ScaleName,
    basis: ForecastBasis,
) -> ForecastsAnswer:
    prior = {one.id: one for one in current.prior}
    summary: Summary | None = standing.fit.summary if standing.fit else None
    is_fit = basis == "fit"
    return ForecastsAnswer.model_construct(
        case=current.head.case,
        as_of=standing.as_of,
        digest=summary and summary.digest,
        seed=summary and summary.seed,
        checks=summary and summary.checks,
        scenarios=[
            forecast_summary(one, standing, scale, prior.get(one.id))
            for one in scenarios
        ],
        sources=summary.sources if summary and is_fit else [],
        arguments=summary.arguments if summary and is_fit else [],
        revision=standing.revision,
        fit=standing.fit and standing.fit.id,
        fit_revision=standing.fit and standing.fit.revision,
        stale=standing.stale,
        why=None if standing.fit else current.why,
        looked=current.casebook.looked(standing.as_of),
        scale=scale,
        basis=basis,
        pareto_k=None,
    )


@operations.add(
    "GET",
    "/cases/<case>/forecasts/series",
    {200: Answer("The series.", Series)},
    query=SeriesQuery,
)
def get_forecast_series(call: Call[SeriesQuery, None], case: str) -> Reply:
    """Read how forecasts moved.

    By the days on which something became known, each computed with today's priors and
    grades; and fit by fit, as they were published.
    """
    query = call.query
    current = call.forecasts.current(case)
    if query.scenario not in (None, *current.casebook.index.items["scenario"]):
        raise UnknownItemError("scenario", str(query.scenario))
    with call.services.store.reading() as session:
        days = call.services.views.history(session, current)
        done = fits.fits(session, case, state="done", limit=query.limit)
    series = Series(
        days=[
            PastDay(
                as_of=one.day,
                digest=one.digest,
                forecasts=_points(one.summary, query),
            )
            for one in days
            if one.summary is not None
        ],
        missing=[one.day for one in days if one.summary is None],
        fits=[_published(fit, query) for fit in reversed(done)],
        revision=current.head.revision,
    )
    return Reply(series)


def _published(fit: FitRecord, query: SeriesQuery) -> PastFit:
    assert fit.finished_at is not None  # since it is done
    return PastFit(
        fit=fit.id,
        revision=fit.revision,
        as_of=fit.as_of,
        finished_at=fit.finished_at,
        digest=fit.digest,
        forecasts=_points(fit.summary, query) if fit.summary else [],
    )


def _points(summary: Summary, query: SeriesQuery) -> list[ForecastPoint]:
    return [
        ForecastPoint(
            scenario=one.id,
            mean=one.mean,
            sd=one.sd,
            median=one.median,
            eti90=one.eti90,
            eti50=one.eti50,
        )
        for one in summary.scenarios
        if query.scenario in (None, one.id)
    ]
