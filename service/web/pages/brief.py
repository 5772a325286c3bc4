"""The brief: a case on one printed page, for those who decide and do not click."""

import math
from collections import defaultdict
from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

from flask import request
from flask.typing import ResponseReturnValue

from deciban.evidence import Report
from deciban.model.explain.explanation import Step
from deciban.model.plots.evidence_drawings import step_title
from deciban.priors import VERBAL_SCALES, ScaleName, Scenario
from deciban.service.application.case_view import CaseView
from deciban.service.application.confidence import confidence
from deciban.service.application.verbal_probability import SCALES
from deciban.service.web.access import requires
from deciban.service.web.pages.blueprint import bp, page
from deciban.service.web.pages.case import ScenarioRow, row_of
from deciban.service.web.pages.parameters import asked_scale
from deciban.service.web.pages.plots import forest, rivals_of
from deciban.service.web.shared import services

__all__ = ["Judgement", "Mattering"]

_REPORTS = 5
_REASONS = 2
_TURNING = 3
_NOTICED = 0.05  # dB
# Scenarios whose sentences and intervals one sheet has room for.
_SHEET = 10


class Judgement(NamedTuple):
    """A scenario as the brief judges it, with the steps that carry most of it."""

    row: ScenarioRow
    reasons: list[Step]

    @property
    def without(self) -> float:
        """Probability that the forecast would be without its first reason's part."""
        mean = self.row.said.mean
        return 1 / (1 + (1 / mean - 1) * 10 ** (self.reasons[0].weight_db / 10))


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
    judgements = [_judgement(known, scenario, scale) for scenario in shown]
    return page(
        "brief.html",
        case=known.case,
        known=known,
        judgements=judgements,
        turning=_turning(judgements),
        taken_as_true=_taken_as_true(known, judgements),
        confidence=confidence,
        is_open=_is_open,
        title=partial(step_title, known.casebook),
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


def _judgement(known: CaseView, scenario: Scenario, scale: ScaleName) -> Judgement:
    row = row_of(known, scenario, scale)
    steps = row.explained.ordered() if row.explained and _is_open(row) else []
    return Judgement(row, [s for s in steps if _is_reason(s)][:_REASONS])


def _is_open(row: ScenarioRow) -> bool:
    """Whether a judgement is made of it: it is neither settled nor annulled."""
    return row.time_left.state in ("open", "closed, not settled")


def _is_reason(step: Step) -> bool:
    return step.kind in ("report", "argument") and abs(step.weight_db) >= _NOTICED


def _turning(judgements: Sequence[Judgement]) -> list[Judgement]:
    """Find the judgements whose first reason carries most, largest first."""
    reasoned = [one for one in judgements if one.reasons]
    return sorted(reasoned, key=lambda one: -abs(one.reasons[0].weight_db))[:_TURNING]


def _taken_as_true(
    known: CaseView, judgements: Sequence[Judgement]
) -> list[tuple[str, float]]:
    """Find the arguments that carry most of the judgements, and how likely each is."""
    found = known.explanation.arguments if known.explanation else []
    probability = {argument.id: argument.probability for argument in found}
    steps = [step for one in judgements for step in one.reasons if step.id]
    steps.sort(key=lambda step: -abs(step.weight_db))
    carrying = {s.id: s for s in reversed(steps) if s.kind == "argument"}
    most = sorted(carrying.values(), key=lambda step: -abs(step.weight_db))[:_TURNING]
    return [
        (step_title(known.casebook, step), probability[step.id])
        for step in most
        if step.id in probability
    ]


def _mattering(known: CaseView) -> list[Mattering]:
    """Find the reports that matter most: of each scenario one, before a second of any.

    Those of the scenarios that the evidence moved most come first into the choice, and
    the largest first into the list.
    """
    if known.explanation is None:
        return []
    reports = {report.id: report for report in known.casebook.evidence.reports}
    matter = known.explanation.matter_most(len(known.explanation.claims))
    moved = {s.id: abs(s.weight_db or 0.0) for s in known.explanation.scenarios}
    of_each: dict[str, int] = defaultdict(int)
    ranked = []
    for claim, scenario, here in matter:
        ranked.append((of_each[scenario], -moved[scenario], claim, scenario, here))
        of_each[scenario] += 1
    ranked.sort(key=lambda entry: entry[:2])
    chosen = [
        Mattering(reports[claim.report], scenario, here)
        for _, _, claim, scenario, here in ranked[:_REPORTS]
        if abs(here) >= _NOTICED
    ]
    return sorted(chosen, key=lambda one: -abs(one.here))
