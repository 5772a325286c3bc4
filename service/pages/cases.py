"""The first page: every case there is."""

from typing import NamedTuple

from flask.typing import ResponseReturnValue

from service.access import requires
from service.forecasts import Current
from service.pages.blueprint import bp, page
from service.services import services
from service.store import casebooks, fits
from service.store.fits import FitRecord

__all__ = ["CaseLine"]


class CaseLine(NamedTuple):
    """One case: what is forecast now, and its newest fit."""

    current: Current
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
        CaseLine(shared.desk.current(head.case), newest[head.case]) for head in heads
    ]
    return page("cases.html", lines=lines)
