"""The page that says on what forecasts rest, and what would turn them."""

from collections.abc import Mapping

from flask import request
from flask.typing import ResponseReturnValue

from deciban.model.errors import ModelError
from deciban.model.explain.influence import Influence, LeftOut
from deciban.model.posterior.summary import can_tell
from deciban.service.application.case_view import CaseView
from deciban.service.application.influence import influence_of, next_report_of
from deciban.service.web.access import requires
from deciban.service.web.pages.blueprint import bp, page
from deciban.service.web.pages.case import FULL
from deciban.service.web.shared import services

__all__ = ["influence_page", "next_page"]

_LINE = 0.5
_MOST = 6


@bp.get("/cases/<case>/influence", endpoint="influence")
@requires("viewer")
def influence_page(case: str) -> ResponseReturnValue:
    """Say of each scenario which parts do most, and what would turn its forecast."""
    known = services().views.view(case)
    line = _line()
    found, fault = None, None
    try:
        found = influence_of(services(), case, [line])
    except ModelError as error:
        fault = str(error)
    return page(
        "influence.html",
        case=known.case,
        known=known,
        fault=fault,
        line=line,
        doubts=_doubts(found) if found else [],
        names=_names(known),
        most=FULL,
    )


@bp.get("/cases/<case>/scenarios/<scenario>/next", endpoint="next_report")
@requires("viewer")
def next_page(case: str, scenario: str) -> ResponseReturnValue:
    """Say what to look for next about a scenario."""
    known = services().views.view(case)
    written = known.scenario(scenario)
    line = _line()
    found, fault = None, None
    try:
        found = next_report_of(services(), case, scenario, line)
    except ModelError as error:
        fault = str(error)
    return page(
        "next.html",
        case=known.case,
        known=known,
        scenario=written,
        found=found,
        fault=fault,
        line=line,
        names=_names(known),
        can_tell=can_tell,
    )


def _line() -> float:
    """Read the line that is to be crossed; 50 % unless a probability is given."""
    line = request.args.get("line", _LINE, type=float)
    return line if 0 < line < 1 else _LINE


def _doubts(found: Influence) -> list[tuple[str, str, list[LeftOut], list[object]]]:
    """Of each scenario its sensitivity, what does most, and what would turn it."""
    doubts = []
    for one in found.sensitivity:
        name = one.scenario
        most = sorted(found.left_out, key=lambda part: -abs(part.moves_db[name]))
        shown = [part for part in most if abs(part.moves_db[name]) >= 0.05][:_MOST]
        flips = [flip for flip in found.flips if flip.scenario == name]
        doubts.append((name, one.told, shown, list[object](flips)))
    return doubts


def _names(known: CaseView) -> Mapping[str, str]:
    """Claims, names and statements by id, of whatever kind."""
    arguments = {a.id: a.statement for a in known.casebook.priors.arguments}
    questions = {s.id: s.question for s in known.casebook.priors.scenarios}
    return {**questions, **arguments, **known.source_names, **known.claims_by_report}
