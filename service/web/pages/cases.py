"""The first page: every case there is."""

from typing import NamedTuple

from flask.typing import ResponseReturnValue

from deciban.model.casebook.states import DUE_DAYS, Due, due
from deciban.service.application.current_forecasts import CurrentForecast
from deciban.service.store import casebooks, fits
from deciban.service.store.fits import FitRecord
from deciban.service.web.access import requires
from deciban.service.web.pages.blueprint import bp, page
from deciban.service.web.shared import services

__all__ = ["CaseLine"]


class CaseLine(NamedTuple):
    """One case: what is forecast now, its newest fit, and what is due."""

    current: CurrentForecast
    newest: FitRecord | None
    due: list[Due]

    @property
    def due_told(self) -> str:
        """Count what has closed and is not settled, and what soon will."""
        closed = sum(one.state != "open" for one in self.due)
        told = [f"{closed} closed, not settled"] if closed else []
        if soon := len(self.due) - closed:
            told.append(f"{soon} within {DUE_DAYS} days")
        return "; ".join(told)


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
    today = shared.clock().date()
    lines = [
        CaseLine(current, newest[head.case], due(current.casebook, today))
        for head in heads
        for current in [shared.forecasts.current(head.case)]
    ]
    return page("cases.html", lines=lines)
