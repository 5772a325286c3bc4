"""The brief: a case on one printed page, for those who decide and do not click."""

import math
from typing import NamedTuple

from flask import request
from flask.typing import ResponseReturnValue

from deciban.evidence import Report
from deciban.priors import VERBAL_SCALES, Scenario
from deciban.service.application.case_view import CaseView
from deciban.service.application.verbal_probability import SCALES
from deciban.service.web.access import requires
from deciban.service.web.pages.blueprint import bp, page
from deciban.service.web.pages.case import row_of
from deciban.service.web.pages.parameters import asked_scale
from deciban.service.web.pages.plots import forest, rivals_of
from deciban.service.web.shared import services

__all__ = ["Mattering"]

_REPORTS = 5
# Scenarios whose sentences and intervals one sheet has room for.
_SHEET = 10


class Mattering(NamedTuple):
    """A report that matters, the scenario it matters most to, and how much, in dB."""

    report: Report
    scenario: str
    here: float


@bp.get("/cases/<case>/brief")
@requires("viewer")
def brief(case: str) -> ResponseReturnValue:
    """Show a case on one page; all of a large one, on more, if that is asked."""
    known, scale = services().views.view(case), asked_scale()
    every = known.casebook.priors.scenarios
    chosen = _moved_most(known) if len(every) > _SHEET else {s.id for s in every}
    is_whole = request.args.get("scenarios") == "all" or len(chosen) == len(every)
    shown = [s for s in every if is_whole or s.id in chosen]
    return page(
        "brief.html",
        case=known.case,
        known=known,
        rows=[row_of(known, scenario, scale) for scenario in shown],
        most=_SHEET,
        n_scenarios=len(every),
        mattering=_mattering(known),
        names=known.source_names,
        grades={s.id: s.reliability for s in known.casebook.evidence.sources},
        drawing=forest(known, scale, [scenario.id for scenario in shown]),
        rivals=rivals_of(known),
        scale_title=VERBAL_SCALES[scale].title,
        scale=scale,
        scales=SCALES,
    )


def _moved_most(known: CaseView) -> set[str]:
    """Find the scenarios a sheet has room for: those settled, then those moved most."""

    def moved(scenario: Scenario) -> float:
        weight = known.forecast_of(scenario.id).weight_db
        return math.inf if weight is None else abs(weight)

    most = sorted(known.casebook.priors.scenarios, key=moved, reverse=True)[:_SHEET]
    return {scenario.id for scenario in most}


def _mattering(known: CaseView) -> list[Mattering]:
    """Find the reports that matter most."""
    if known.explanation is None:
        return []
    reports = {report.id: report for report in known.casebook.evidence.reports}
    return [
        Mattering(reports[claim.report], scenario, here)
        for claim, scenario, here in known.explanation.matter_most(_REPORTS)
    ]
