"""Fits: asked for, followed while they run, cancelled, and what came of them."""

import datetime
from collections.abc import Generator
from typing import Annotated

from flask import request
from pydantic import Field

from deciban.evidence.items import Day
from deciban.model.casebook.messages import BrokenRule
from deciban.model.posterior.summary import Checks, Summary
from deciban.service.application.fits import (
    LEAST_DRAWS,
    MOST_DRAWS,
    DrawsLimitError,
    ask_for_fit,
    find_fit,
    fit_file,
    newest_of_fit,
    news_of_fit,
)
from deciban.service.application.services import Services
from deciban.service.refits.artefacts import ARTEFACTS, POSTERIOR
from deciban.service.refits.feed import News
from deciban.service.store import fits
from deciban.service.store.fits import State
from deciban.service.web.access import stream
from deciban.service.web.api.operation import (
    Answer,
    AnswerBody,
    Call,
    Operations,
    Query,
    Reply,
    RequestBody,
)
from deciban.service.web.api.paging import PageQuery, cursor_of, read_key
from deciban.service.web.api.problems import ProblemError, broken_body
from deciban.service.web.server_sent_events import COMMENT, server_sent_event

__all__ = ["operations"]


class ChainAnswer(AnswerBody):
    """How far one chain is, tuning included."""

    done: int
    total: int
    divergences: int


class FitSettings(AnswerBody):
    """How long was sampled."""

    draws: int
    tune: int
    chains: int


class FitAnswer(AnswerBody):
    """A fit: what of, and how far it is."""

    id: int
    case: str
    revision: int
    as_of: datetime.date
    state: State
    stage: str | None = Field(description="What a fit that runs is at.")
    chains: list[ChainAnswer]
    settings: FitSettings
    digest: str
    seed: int | None
    checks: Checks | None = Field(description="Null until it is done.")
    error: str | None = Field(description="Why it failed.")
    asked_by: str
    asked_at: datetime.datetime
    started_at: datetime.datetime | None
    finished_at: datetime.datetime | None
    attempts: int = Field(
        description="How often it was begun, but for when the service was stopped."
    )


class FitWithSummary(FitAnswer):
    """A fit, and what it says once it is done."""

    summary: Summary | None


class FitPage(AnswerBody):
    """A page of the fits of a case."""

    fits: list[FitAnswer]
    next: str | None


class FitNews(AnswerBody):
    """What an event of a fit says."""

    fit: int
    state: State
    stage: str | None
    chains: list[ChainAnswer]
    error: str | None


class AskedFit(RequestBody):
    """Which fit is asked for: what is not said is as in fits that follow a change."""

    as_of: Day | None = None
    draws: (
        Annotated[
            int,
            Field(
                ge=LEAST_DRAWS,
                le=MOST_DRAWS,
                description=f"Of each chain; at most {MOST_DRAWS:,} of all together.",
            ),
        ]
        | None
    ) = None
    tune: Annotated[int, Field(ge=50, le=20_000)] | None = None
    chains: Annotated[int, Field(ge=2, le=16)] | None = None


class FitQuery(PageQuery):
    """Which fits."""

    state: State | None = None


operations = Operations("fits", "Runs of the model: asked for, followed, and read.")


@operations.add(
    "POST",
    "/cases/<case>/fits",
    {202: Answer("The fit is queued.", FitAnswer, headers=("Location",))},
    role="forecaster",
    body=AskedFit,
    example={"as_of": "2022-12-01"},
)
def ask_fit(call: Call[Query, AskedFit], case: str) -> Reply:
    """Ask for a fit.

    Of the case as it is now; with what was known on a day, if one is said. Changes are
    fitted without being asked for.
    """
    asked = call.body.model_dump(exclude_none=True)
    day = asked.pop("as_of", None)
    try:
        record = ask_for_fit(call.services, case, day, asked, call.author.name)
    except DrawsLimitError as error:
        raise broken_body([BrokenRule((), error.rule, error.value)]) from error
    place = f"/api/v1/cases/{case}/fits/{record.id}"
    return Reply(FitAnswer.model_validate(record), 202, {"Location": place})


@operations.add(
    "GET",
    "/cases/<case>/fits",
    {200: Answer("A page of fits.", FitPage)},
    query=FitQuery,
)
def list_fits(call: Call[FitQuery, None], case: str) -> Reply:
    """List the fits of a case, the newest first."""
    query = call.query
    call.forecasts.current(case)  # whether there is such a case
    before = read_key(query.cursor, (0,))
    with call.services.store.reading() as session:
        found = fits.fits(
            session,
            case,
            state=query.state,
            before=before[0] if before else None,
            limit=query.limit + 1,
        )
    shown = found[: query.limit]
    after = cursor_of(shown[-1].id) if len(found) > len(shown) else None
    return Reply(FitPage.model_validate({"fits": shown, "next": after}))


@operations.add(
    "GET",
    "/cases/<case>/fits/<int(max=2147483647):fit>",
    {200: Answer("The fit.", FitWithSummary)},
)
def get_fit(call: Call[Query, None], case: str, fit: int) -> Reply:
    """Read one fit: how far it is, and what it says once it is done."""
    record = find_fit(call.services, case, fit)
    return Reply(FitWithSummary.model_validate(record))


@operations.add(
    "POST",
    "/cases/<case>/fits/<int(max=2147483647):fit>/cancel",
    {202: Answer("It is being cancelled.", FitAnswer)},
    role="forecaster",
    errors={409: "It is over already."},
)
def cancel_fit(call: Call[Query, None], case: str, fit: int) -> Reply:
    """Cancel a fit that waits or runs."""
    record = find_fit(call.services, case, fit)
    if not call.services.scheduler.cancel(fit):
        raise ProblemError("already-over", f"fit {fit} must wait or run, it is over")
    return Reply(FitAnswer.model_validate(record), 202)


@operations.add(
    "GET",
    "/cases/<case>/fits/<int(max=2147483647):fit>/events",
    {
        200: Answer(
            "Server-sent events: `progress` with `FitNews` as its data, `end` with the "
            "last; between them comments, so that proxies keep the line open.",
            media_types=("text/event-stream",),
        ),
        204: Answer(
            "The fit is over, and Last-Event-ID names its end: do not come back.",
            media_types=(),
        ),
    },
)
def follow_fit(call: Call[Query, None], case: str, fit: int) -> Reply:
    """Follow a fit while it runs, as server-sent events.

    Whoever comes back with Last-Event-ID misses nothing. There are only so many streams
    at once: follow one fit at a time.
    """
    find_fit(call.services, case, fit)
    seen = request.headers.get("Last-Event-ID", "")
    start = int(seen[:18]) if seen.isascii() and seen.isdigit() else 0
    newest = newest_of_fit(call.services, fit)
    if newest and newest.is_last and start == newest.number:
        return Reply(None, 204)
    if newest and start > newest.number:  # no news of ours had this number
        start = 0
    events = stream(_events(call.services, fit, start))
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return Reply(events, headers=headers, media_type="text/event-stream")


def _events(services: Services, fit: int, seen: int) -> Generator[bytes]:
    yield COMMENT  # the answer begins at once
    for news in news_of_fit(services, fit, seen):
        yield COMMENT if news is None else _event(news)


def _event(news: News) -> bytes:
    told = FitNews.model_validate(news)
    name = "end" if news.is_last else "progress"
    return server_sent_event(name, told.model_dump_json(), news.number)


@operations.add(
    "GET",
    "/cases/<case>/fits/<int(max=2147483647):fit>/posterior.nc",
    {
        200: Answer(
            "The fit as ArviZ reads it: NetCDF 4 with the groups posterior, prior, "
            "sample_stats and constant_data.",
            media_types=(ARTEFACTS[POSTERIOR],),
            headers=("ETag",),
        )
    },
    errors={
        404: "There is no such fit, or its file is not made yet.",
        409: "Its draws are not kept any longer.",
    },
)
def get_posterior(call: Call[Query, None], case: str, fit: int) -> Reply:
    """Download all draws of a fit."""
    made = fit_file(call.services, case, fit, POSTERIOR)
    name = f"{case}-{fit}-posterior.nc"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Reply(made.content, 200, headers, f"fit-{fit}", made.media_type)
