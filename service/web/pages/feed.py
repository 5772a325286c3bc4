"""News of a case, as they happen: server-sent events for a page that is looked at.

Two kinds are told. ``progress``: how far a refit is. ``now``: the *mark* of what is
forecast, which changes whenever the pages would; a page that carries another one loads
itself again, whatever it missed meanwhile.

Whoever comes when there are as many streams as there may be is told that all are
``busy``, and looks for news by itself, at ``now``. To refuse it would be the same, but
for browsers, which call that an error.
"""

import json
from collections.abc import Generator, Iterable
from typing import Any

from flask import Response
from flask.typing import ResponseReturnValue

from deciban.service.application.fits import fit_under_way, news_of_case
from deciban.service.application.services import Services
from deciban.service.refits.feed import News
from deciban.service.web.access import requires, stream
from deciban.service.web.access.errors import RateLimitError
from deciban.service.web.pages.blueprint import bp
from deciban.service.web.server_sent_events import COMMENT, server_sent_event
from deciban.service.web.shared import services

__all__ = ["progress_of"]


@bp.get("/cases/<case>/feed")
@requires("viewer")
def feed(case: str) -> ResponseReturnValue:
    """Tell of a case until the browser, or the service, has had enough."""
    shared = services()
    shared.forecasts.current(case)  # 404 where there is none
    events: Iterable[bytes]
    try:
        events = stream(_events(shared, case))
    except RateLimitError:
        events = [server_sent_event("busy", "{}")]
    headers = {"Cache-Control": "no-store"}
    return Response(events, headers=headers, mimetype="text/event-stream")


@bp.get("/cases/<case>/now")
@requires("viewer")
def now(case: str) -> ResponseReturnValue:
    """Tell the same once, to a page that found no stream free."""
    shared = services()
    told: dict[str, Any] = {"mark": services().views.view(case).mark}
    if (fit := fit_under_way(shared, case)) and (
        news := shared.scheduler.progress(fit)
    ):
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


def _events(shared: Services, case: str) -> Generator[bytes]:
    for event in news_of_case(shared, case):
        match event:
            case None:
                yield COMMENT
            case ("now", str() as mark):
                yield server_sent_event("now", json.dumps({"mark": mark}))
            case ("progress", News() as news):
                yield server_sent_event("progress", json.dumps(progress_of(news)))
