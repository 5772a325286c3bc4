"""News of a case, as they happen: server-sent events for a page that is looked at.

Two kinds are told. ``progress``: how far a refit is. ``now``: the *mark* of what is
forecast, which changes whenever the pages would; a page that carries another one loads
itself again, whatever it missed meanwhile.

Whoever comes when there are as many streams as there may be is told that all are
``busy``, and looks for news by itself, at ``now``. To refuse it would be the same, but
for browsers, which call that an error.
"""

import json
import time
from collections.abc import Generator, Iterable
from typing import Any

from flask import Response
from flask.typing import ResponseReturnValue

from deciban.service.application.services import Services
from deciban.service.refits import News
from deciban.service.store import fits
from deciban.service.web.access import requires, stream
from deciban.service.web.access.errors import RateLimitError
from deciban.service.web.pages.blueprint import bp
from deciban.service.web.shared import services

__all__ = ["progress_of"]

_WAIT_SECONDS = 1.0
# A browser that has gone is noticed when something is sent to it.
_BEAT_SECONDS = 10.0


@bp.get("/cases/<case>/feed")
@requires("viewer")
def feed(case: str) -> ResponseReturnValue:
    """Tell of a case until the browser, or the service, has had enough."""
    shared = services()
    shared.forecasts.current(case)  # 404 where there is none
    events: Iterable[str]
    try:
        events = stream(_events(shared, case))
    except RateLimitError:
        events = [_event("busy", {})]
    headers = {"Cache-Control": "no-store"}
    return Response(events, headers=headers, mimetype="text/event-stream")


@bp.get("/cases/<case>/now")
@requires("viewer")
def now(case: str) -> ResponseReturnValue:
    """Tell the same once, to a page that found no stream free."""
    shared = services()
    told: dict[str, Any] = {"mark": services().views.view(case).mark}
    if (fit := _under_way(shared, case)) and (news := shared.scheduler.progress(fit)):
        told["progress"] = progress_of(news)
    return told


def progress_of(news: News) -> dict[str, Any]:
    """How far a fit is, in plain data."""
    return {
        "fit": news.fit,
        "revision": news.revision,
        "state": news.state,
        "stage": news.stage,
        "done": sum(chain.done for chain in news.chains),
        "total": sum(chain.total for chain in news.chains),
    }


def _events(shared: Services, case: str) -> Generator[str]:
    """Follow the fit that is under way; with none, wait for one."""
    told, fit = "", _under_way(shared, case)
    seen = _seen_already(shared, case, fit)
    beat = time.monotonic()
    while not shared.stopping.is_set():
        if (now := shared.views.view(case).mark) != told:
            told = now
            yield _event("now", {"mark": told})
        if fit is None:
            news = shared.scheduler.wait_for_case(case, seen, _WAIT_SECONDS)
        else:
            news = shared.scheduler.wait_for(fit, seen, _WAIT_SECONDS)
        if news is not None:
            seen = news.number
            fit = _under_way(shared, case) if news.is_last else news.fit
            yield _event("progress", progress_of(news))
        elif time.monotonic() - beat > _BEAT_SECONDS:
            yield ":\n\n"
            beat = time.monotonic()


def _seen_already(shared: Services, case: str, fit: int | None) -> int:
    """Number of the news up to which a page that was just loaded knows all.

    Of a fit that is under way it is told once more how far that is.
    """
    with shared.store.reading() as session:
        last = fit or next((one.id for one in fits.fits(session, case, limit=1)), None)
    news = shared.scheduler.progress(last) if last is not None else None
    if news is None:
        return 0
    return news.number if news.is_last else news.number - 1


def _event(name: str, told: Any) -> str:
    return f"event: {name}\ndata: {json.dumps(told)}\n\n"


def _under_way(shared: Services, case: str) -> int | None:
    """Number of the fit of a case that runs, or is the next to."""
    with shared.store.reading() as session:
        waiting = [fit for fit in fits.unfinished(session) if fit.case == case]
    running = [fit for fit in waiting if fit.state == "running"]
    return next((fit.id for fit in running or waiting), None)
