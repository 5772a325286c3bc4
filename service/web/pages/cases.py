"""The first page: every case there is."""

from typing import NamedTuple

from flask.typing import ResponseReturnValue

from deciban.service.application.current_forecasts import CurrentForecast
from deciban.service.store import casebooks, fits
from deciban.service.store.fits import FitRecord
from deciban.service.web.access import requires
from deciban.service.web.pages.blueprint import bp, page
from deciban.service.web.shared import services

__all__ = ["CaseLine"]


class CaseLine(NamedTuple):
    """One case: what is forecast now, and its newest fit."""

    current: CurrentForecast
    newest: FitRecord | None


@bp.get("/")
@requires("viewer")
def cases() -> ResponseReturnValue:
    """List the cases, the one that changed last first."""
    shared = services()
    with shared.store.reading() as session:
        heads = casebooks.heads(session)
        newest = {
            head.case: next(iter(fits.fits(session, head.case, limit=1)), None)
            for head in heads
        }
    heads.sort(key=lambda head: head.changed_at, reverse=True)
    lines = [
        CaseLine(shared.forecasts.current(head.case), newest[head.case])
        for head in heads
    ]
    return page("cases.html", lines=lines)
