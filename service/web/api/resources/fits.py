"""Fits: asked for, followed while they run, cancelled, and what came of them."""

import datetime
import time
from collections.abc import Generator, Mapping
from typing import Annotated

from flask import request
from pydantic import Field

from deciban.evidence.items import Day
from deciban.model.casebook.messages import BrokenRule
from deciban.model.posterior.summary import Checks, Summary
from deciban.service.application.current_forecasts import DrawsNotKeptError
from deciban.service.application.services import Services
from deciban.service.refits.artefacts import ARTEFACTS, POSTERIOR
from deciban.service.refits.feed import News
from deciban.service.running.settings import Settings
from deciban.service.store import UnknownFitError, fits
from deciban.service.store.fits import FitRecord, Kept, State
from deciban.service.web.access import stream
from deciban.service.web.api.operation import (
    Answer,
    Body,
    Call,
    Operations,
    Query,
    Reply,
    Said,
)
from deciban.service.web.api.paging import PageQuery, cursor_of, read_key
from deciban.service.web.api.problems import ProblemError, broken_body

__all__ = ["artefact", "fit_of_case", "operations"]

_HEARTBEAT_SECONDS = 15.0
# Of all chains of one fit: the file of so many is 300 MB, and the store has to hold it.
_MOST_DRAWS = 80_000


class ChainProgress(Said):
    """How far one chain is, tuning included."""

    done: int
    total: int
    divergences: int


class FitSettings(Said):
    """How long was sampled."""

    draws: int
    tune: int
    chains: int


class Fit(Said):
    """A fit: what of, and how far it is."""

    id: int
    case: str
    revision: int
    as_of: datetime.date
    state: State
    stage: str | None = Field(description="What a fit that runs is at.")
    chains: list[ChainProgress]
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


class FitWithSummary(Fit):
    """A fit, and what it says once it is done."""

    summary: Summary | None


class FitPage(Said):
    """A page of the fits of a case."""

    fits: list[Fit]
    next: str | None


class FitNews(Said):
    """What an event of a fit says."""

    fit: int
    state: State
    stage: str | None
    chains: list[ChainProgress]
    error: str | None


class AskedFit(Body):
    """Which fit is asked for: what is not said is as in fits that follow a change."""

    as_of: Day | None = None
    draws: (
        Annotated[
            int,
            Field(
                ge=100,
                le=20_000,
                description=f"Of each chain; at most {_MOST_DRAWS:,} of all together.",
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
    {202: Answer("The fit is queued.", Fit, headers=("Location",))},
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
    _check_draws(asked, call.services.settings)
    record = call.services.scheduler.ask(case, day, asked, who=call.author.name)
    place = f"/api/v1/cases/{case}/fits/{record.id}"
    return Reply(_said(record), 202, {"Location": place})


def _check_draws(asked: Mapping[str, int], settings: Settings) -> None:
    """Refuse more draws than are kept; those of the settings are not the asker's."""
    if not asked.keys() & {"draws", "chains"}:
        return
    n = asked.get("draws", settings.draws) * asked.get("chains", settings.chains)
    if n > _MOST_DRAWS:
        rule = f"must ask for at most {_MOST_DRAWS:,} draws, all chains together"
        raise broken_body([BrokenRule((), rule, n)])


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
    return Reply(FitPage(fits=[_said(one) for one in shown], next=after))


@operations.add(
    "GET",
    "/cases/<case>/fits/<int(max=2147483647):fit>",
    {200: Answer("The fit.", FitWithSummary)},
)
def get_fit(call: Call[Query, None], case: str, fit: int) -> Reply:
    """Read one fit: how far it is, and what it says once it is done."""
    record = fit_of_case(call.services, case, fit)
    return Reply(FitWithSummary(**dict(_said(record)), summary=record.summary))


@operations.add(
    "POST",
    "/cases/<case>/fits/<int(max=2147483647):fit>/cancel",
    {202: Answer("It is being cancelled.", Fit)},
    role="forecaster",
    errors={409: "It is over already."},
)
def cancel_fit(call: Call[Query, None], case: str, fit: int) -> Reply:
    """Cancel a fit that waits or runs."""
    record = fit_of_case(call.services, case, fit)
    if not call.services.scheduler.cancel(fit):
        raise ProblemError("already-over", f"fit {fit} must wait or run, it is over")
    return Reply(_said(record), 202)


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
    fit_of_case(call.services, case, fit)
    seen = request.headers.get("Last-Event-ID", "")
    start = int(seen[:18]) if seen.isascii() and seen.isdigit() else 0
    newest = _newest(call.services, fit)
    if newest and newest.is_last and start == newest.number:
        return Reply(None, 204)
    if newest and start > newest.number:  # no news of ours had this number
        start = 0
    events = stream(_events(call.services, fit, start))
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return Reply(events, headers=headers, media_type="text/event-stream")


def _newest(services: Services, fit: int) -> News | None:
    services.scheduler.wait_for(fit, 0, 0.0)  # has news of a fit that ended long ago
    return services.scheduler.progress(fit)


def _events(services: Services, fit: int, seen: int) -> Generator[bytes]:
    yield b": follows\n\n"
    until = time.monotonic() + services.settings.fit_seconds + 3600
    while time.monotonic() < until and not services.stopping.is_set():
        news = services.scheduler.wait_for(fit, seen, _HEARTBEAT_SECONDS)
        if news is None:
            services.stopping.wait(0.05)  # a feed that is closed lets go at once
            yield b": still here\n\n"
            continue
        seen = news.number
        yield _event(news)
        if news.is_last:
            return


def _event(news: News) -> bytes:
    told = FitNews(
        fit=news.fit,
        state=news.state,
        stage=news.stage,
        chains=[ChainProgress(**chain._asdict()) for chain in news.chains],
        error=news.error,
    )
    name = "end" if news.is_last else "progress"
    text = f"id: {news.number}\nevent: {name}\ndata: {told.model_dump_json()}\n\n"
    return text.encode()


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
    made = artefact(call.services, case, fit, POSTERIOR)
    name = f"{case}-{fit}-posterior.nc"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Reply(made.content, 200, headers, f"fit-{fit}", made.media_type)


def fit_of_case(services: Services, case: str, fit: int) -> FitRecord:
    """Read a fit of a case.

    Raises
    ------
    UnknownCaseError, UnknownFitError
    """
    services.forecasts.current(case)
    with services.store.reading() as session:
        record = fits.fit(session, fit)
    if record.case != case:
        raise UnknownFitError(fit)
    return record


def artefact(services: Services, case: str, fit: int, name: str) -> Kept:
    """Read a file that was made of a fit; have it made where it is not there.

    Raises
    ------
    UnknownCaseError, UnknownFitError
    DrawsNotKeptError
        If it cannot be made any longer.
    ProblemError
        If it is not made yet.
    """
    record = fit_of_case(services, case, fit)
    with services.store.reading() as session:
        made = fits.kept(session, fit, name)
    if made is not None:
        return made
    if record.state == "done" and not record.has_draws:
        raise DrawsNotKeptError(fit)
    if record.state == "done":
        services.scheduler.make_files(fit)
        told = f"{name} of fit {fit} is being made: try again in a few seconds"
        raise ProblemError("not-made-yet", told, headers={"Retry-After": "5"})
    told = f"{name} comes when the fit is done; fit {fit} is {record.state}"
    raise ProblemError("not-made-yet", told)


def _said(record: FitRecord) -> Fit:
    fields = {name: getattr(record, name) for name in Fit.model_fields if name in _OWN}
    return Fit.model_validate(
        fields | {"checks": record.summary.checks if record.summary else None}
    )


_OWN = set(FitRecord.__dataclass_fields__) - {"summary", "has_draws"}
