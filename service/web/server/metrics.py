"""What Prometheus scrapes: requests, fits, what waits, and how late forecasts are.

Requests are counted here, by the template of their route: its paths would be without
end. What concerns casebooks and fits is read from the store when it is scraped, so that
it is true whichever thread or worker brought it about. Fits are counted from the start
of the process, as all counters are.
"""

import datetime
import threading
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Flask, Response
from prometheus_client import CollectorRegistry, Gauge, Histogram, generate_latest
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.exceptions import HTTPException

from deciban.service.application.services import Services
from deciban.service.running.settings import Settings
from deciban.service.store.tables import FitRow, RevisionRow
from deciban.service.web.access.hosts import is_loopback
from deciban.service.web.access.identities import demand
from deciban.service.web.shared import services

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

__all__ = ["Metrics", "init_app"]

REQUEST_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0)
FIT_SECONDS = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 900.0)
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_ENDED = ("done", "failed", "cancelled")
# What passes at most from the end of a fit until that can be read: others that ended
# later may be read before.
_COMMIT = datetime.timedelta(minutes=1)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Metrics:
    """The measurements of one application.

    Parameters
    ----------
    now : datetime
        Fits that ended before are not counted.
    """

    def __init__(self, now: datetime.datetime) -> None:
        self.registry = registry = CollectorRegistry()
        self._began = self._last_end = now
        self._counted: set[int] = set()
        self._counting = threading.Lock()
        self._requests = Histogram(
            "deciban_request_seconds",
            "Duration of requests, until the answer begins.",
            ("method", "route", "status"),
            buckets=REQUEST_SECONDS,
            registry=registry,
        )
        self._fits = Histogram(
            "deciban_fit_seconds",
            "Duration of fits that ended, from their start.",
            ("state",),
            buckets=FIT_SECONDS,
            registry=registry,
        )
        for state in _ENDED:
            self._fits.labels(state)

        def gauge(name: str, help_text: str) -> Gauge:
            return Gauge(f"deciban_{name}", help_text, registry=registry)

        self._queued = gauge("fits_queued", "Fits that wait for a worker.")
        self._running = gauge("fits_running", "Fits under way.")
        self._unfitted = gauge(
            "oldest_unfitted_change_seconds",
            "Age of the oldest change that no fit holds; 0 if there is none.",
        )
        self._cases = gauge("cases", "Cases in the store.")

    def count_request(
        self, method: str, route: str, status: int, seconds: float
    ) -> None:
        """Count one request that was answered."""
        self._requests.labels(method, route, status).observe(seconds)

    def text(self, shared: Services) -> bytes:
        """Return all measurements as Prometheus reads them."""
        now = shared.clock()
        with shared.store.reading() as session:
            self._count_fits(session)
            states = dict(_states(session))
            since = _oldest_unfitted(session)
            self._cases.set(_number_of_cases(session))
        self._queued.set(states.get("queued", 0))
        self._running.set(states.get("running", 0))
        self._unfitted.set((now - since).total_seconds() if since else 0)
        return generate_latest(self.registry)

    def _count_fits(self, session: Session) -> None:
        with self._counting:  # two scrapes at once would count the same fits
            since = max(self._began, self._last_end - _COMMIT)
            ended = session.execute(
                select(FitRow.id, FitRow.state, FitRow.started_at, FitRow.finished_at)
                .where(FitRow.state.in_(_ENDED))
                .where(FitRow.finished_at > since)
            ).all()
            for number, state, began, end in ended:
                assert end is not None  # the query asks for those that have one
                self._last_end = max(self._last_end, end)
                if number not in self._counted:
                    seconds = (end - (began or end)).total_seconds()
                    self._fits.labels(state).observe(seconds)
            # Those before are not asked for again.
            self._counted = {row.id for row in ended}


def init_app(app: Flask, shared: Services) -> None:
    """Measure the requests to an application, and show it at ``/metrics``."""
    metrics = Metrics(shared.clock())
    is_open = is_for_this_machine_only(shared.settings)

    answer = app.wsgi_app

    def counted(
        environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        began = time.perf_counter()

        def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
            took = time.perf_counter() - began
            method = environ["REQUEST_METHOD"]
            known = method if method in _METHODS else "other"
            metrics.count_request(known, _route(environ), int(status[:3]), took)
            return start_response(status, headers, *error)

        return answer(environ, start)

    app.wsgi_app = counted  # type: ignore[method-assign]  # as Flask's docs have it

    bp = Blueprint("metrics", __name__)

    @bp.get("/metrics")
    def show() -> Response:
        if not is_open:
            demand("viewer")
        return Response(metrics.text(services()), content_type=CONTENT_TYPE)

    @bp.errorhandler(HTTPException)
    def plain(error: HTTPException) -> HTTPException:
        return error  # as it is: no program reads a page

    app.register_blueprint(bp)


def _route(environ: "WSGIEnvironment") -> str:
    """Template of the route of a request that Flask has seen."""
    request = environ.get("werkzeug.request")
    rule = request.url_rule if request is not None else None
    return rule.rule if rule is not None else "none"


def is_for_this_machine_only(settings: Settings) -> bool:
    """Whether only who is on this machine can ask: no proxy lets in others."""
    behind_a_proxy = settings.proxies > 0 or settings.public_url
    return is_loopback(settings.host) and not behind_a_proxy


def _states(session: Session) -> list[tuple[str, int]]:
    """Count the fits that have not ended, by state."""
    count = select(FitRow.state, func.count()).group_by(FitRow.state)
    rows = session.execute(count.where(FitRow.state.in_(("queued", "running"))))
    return [(state, n) for state, n in rows]


def _oldest_unfitted(session: Session) -> datetime.datetime | None:
    """Moment of the oldest change of a case that is newer than its last fit."""
    fitted = (
        select(FitRow.case, func.max(FitRow.revision).label("revision"))
        .where(FitRow.state == "done")
        .group_by(FitRow.case)
        .subquery()
    )
    return session.scalar(
        select(func.min(RevisionRow.at))
        .join(fitted, fitted.c.case == RevisionRow.case, isouter=True)
        .where(RevisionRow.revision > func.coalesce(fitted.c.revision, 0))
    )


def _number_of_cases(session: Session) -> int:
    return session.scalar(select(func.count(RevisionRow.case.distinct()))) or 0
