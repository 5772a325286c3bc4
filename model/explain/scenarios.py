"""From prior to forecast: the steps of each scenario, and its densities."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from deciban.evidence import Report
from deciban.model.array_types import Floats
from deciban.model.casebook.casebook import Casebook
from deciban.model.explain.explanation import (
    ScenarioExplanation,
    Settled,
    Step,
    StepKind,
    Weight,
)
from deciban.model.explain.weights import (
    Bearings,
    WeighedDraws,
    mean_weight,
    mean_weights,
)
from deciban.model.likelihood.design import Design
from deciban.model.posterior.density_curve import cell_densities
from deciban.model.posterior.summary import ScenarioSummary, Summary

__all__ = ["explained_scenarios"]


_MOST_STEPS = 40  # told apart; a reader follows no more


def explained_scenarios(
    draws: WeighedDraws,
    bearings: Bearings,
    laid_out: Design,
    known: Casebook,
    summary: Summary,
    told: Mapping[str, Sequence[Report]],
) -> Iterator[ScenarioExplanation]:
    """Take each forecast apart, in the order of its summary."""
    parts = _parts(bearings, laid_out, told)
    linked = {scenario for pair in known.joined() for scenario in pair}
    place = {scenario: i for i, scenario in enumerate(laid_out.scenarios)}
    for said in summary.scenarios:
        s = place[said.id]
        steps: list[Step] = []
        if said.weight_db is not None:
            steps = _steps(s, draws, parts.get(said.id, []), said.id in linked)
            steps.append(_remainder(said.weight_db, steps))
        yield ScenarioExplanation(
            id=said.id,
            mean=said.mean,
            prior_mean=said.prior_mean,
            weight_db=said.weight_db,
            settled=_settled(said),
            density=_density(draws.probability[:, s]),
            prior_density=_density(draws.prior[:, s]),
            steps=steps,
        )


class _Part(NamedTuple):
    """What bears on a scenario: a claim or an argument, and the reports in it."""

    kind: StepKind
    id: str
    columns: list[int]  # of the draws of ways, or of arguments' parts
    reports: list[Report]


def _parts(
    bearings: Bearings, laid_out: Design, tellings: Mapping[str, Sequence[Report]]
) -> dict[str, list[_Part]]:
    """Gather what bears on each scenario; arguments without reports say nothing."""
    parts: dict[str, list[_Part]] = {}
    direct: dict[tuple[str, str], list[int]] = {}
    about: dict[tuple[str, str], list[Report]] = {}
    for column, (report, argument, scenario) in enumerate(bearings.ways):
        if argument is None:
            direct.setdefault((scenario, report), []).append(column)
        else:
            about.setdefault((scenario, argument), []).extend(tellings[report])
    for (scenario, report), columns in direct.items():
        told = [*tellings[report]]
        parts.setdefault(scenario, []).append(_Part("report", report, columns, told))
    for column, (argument, scenario) in enumerate(laid_out.reasons):
        if (scenario, argument) in about:
            reports = about[scenario, argument]
            part = _Part("argument", argument, [column], reports)
            parts.setdefault(scenario, []).append(part)
    return parts


def _settled(said: ScenarioSummary) -> Settled | None:
    if said.outcome is None:
        return None
    return "occurred" if said.outcome else "did not occur"


def _density(draws: Floats) -> list[float] | None:
    density = cell_densities(draws)
    if density is None:
        return None
    return [float(f"{x:.4g}") if x >= 1e-4 else 0.0 for x in density]


def _steps(
    s: int, draws: WeighedDraws, parts: Sequence[_Part], linked: bool
) -> list[Step]:
    own = np.empty((len(draws.way), len(parts)))
    for i, part in enumerate(parts):
        columns = draws.way if part.kind == "report" else draws.reasoned
        own[:, i] = columns[:, part.columns].sum(axis=1)
    weights = mean_weights(own)
    order = sorted(range(len(parts)), key=lambda i: -abs(weights[i].mean))
    told_apart = len(order) if len(order) <= _MOST_STEPS else _MOST_STEPS - 1
    steps = [
        _step(parts[i].kind, parts[i].id, weights[i], parts[i].reports)
        for i in order[:told_apart]
    ]
    if rest := order[told_apart:]:
        gathered = [report for i in rest for report in parts[i].reports]
        steps.append(
            _step("gathered", None, mean_weight(own[:, rest].sum(1)), gathered)
        )
    if linked:
        through = draws.after[:, s] - draws.before[:, s] - own.sum(1)
        steps.append(_step("links", None, mean_weight(through), []))
    return steps


def _step(
    kind: StepKind, name: str | None, weight: Weight, reports: Sequence[Report]
) -> Step:
    return Step(
        kind=kind,
        id=name,
        weight_db=weight.mean,
        eti90=(weight.low, weight.high),
        on=max((report.published for report in reports), default=None),
        reports=len({report.id for report in reports}),
    )


def _remainder(weight_db: float, steps: Sequence[Step]) -> Step:
    return Step(
        kind="remainder",
        id=None,
        weight_db=weight_db - sum(step.weight_db for step in steps),
        eti90=None,
        on=None,
        reports=0,
    )
