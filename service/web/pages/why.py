"""The page that says why forecasts moved between two days, fits or revisions."""

from flask import request
from flask.typing import ResponseReturnValue

from deciban.evidence.items import day
from deciban.model.errors import ModelError
from deciban.model.explain.why import ScenarioMove
from deciban.model.plots.move_drawing import draw_move, move_sentence, part_title
from deciban.model.posterior.summary import can_tell
from deciban.service.application.why import Point, why
from deciban.service.store import fits
from deciban.service.web.access import requires
from deciban.service.web.pages.blueprint import bp, page
from deciban.service.web.pages.case import FULL
from deciban.service.web.pages.parameters import row_number
from deciban.service.web.shared import services

__all__ = ["why_page"]

_OFFERED = 20  # fits and revisions, the newest of each


@bp.get("/cases/<case>/why", endpoint="why")
@requires("viewer")
def why_page(case: str) -> ResponseReturnValue:
    """Say why each forecast moved; since a week before the fit unless asked."""
    known = services().views.view(case)
    start, end = _point("from"), _point("to")
    found, fault = None, None
    try:
        found = why(services(), case, start, end)
    except ModelError as error:
        fault = str(error)
    with services().store.reading() as session:
        done = fits.fits(session, case, state="done", limit=_OFFERED)
    newest = known.current.head.revision
    moves = sorted(found.scenarios, key=_size, reverse=True) if found else []
    return page(
        "why.html",
        case=known.case,
        known=known,
        found=found,
        fault=fault,
        moves=[
            (
                move,
                # What it asks stands above it.
                move_sentence(move, known.casebook)
                .removeprefix(known.questions[move.id])
                .strip(),
                draw_move(move, known.casebook) if _size(move) >= 0.05 else None,
            )
            for move in moves
        ],
        fits=done,
        revisions=range(newest, max(newest - _OFFERED, 0), -1),
        start=start,
        end=end,
        can_tell=found is None or can_tell(found.pareto_k),
        part_title=part_title,
        most=FULL,
    )


def _size(move: ScenarioMove) -> float:
    return abs(move.change_db or 0.0)


def _point(name: str) -> Point:
    """Read a day, ``fit-7`` or ``revision-3``; what is none is taken as not given."""
    text = request.args.get(name, "")
    kind, _, number = text.partition("-")
    if kind == "fit":
        return Point(fit=row_number(number))
    if kind == "revision":
        return Point(revision=row_number(number))
    try:
        return Point(day=day(text))
    except ValueError:
        return Point()
