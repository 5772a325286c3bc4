"""From prior to forecast: the steps of each scenario, and its densities."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from deciban.evidence import DECIBANS_PER_NAT, Report
from deciban.model.array_types import Floats
from deciban.model.casebook.casebook import Casebook
from deciban.model.explain.explanation import ScenarioExplanation, Settled, Step
from deciban.model.explain.moves import Moved
from deciban.model.explain.rungs import Rungs
from deciban.model.explain.weights import WeighedDraws
from deciban.model.likelihood.design import Design
from deciban.model.posterior.density_curve import cell_densities
from deciban.model.posterior.statistics import Forecasts
from deciban.model.posterior.summary import ScenarioSummary, Summary

__all__ = ["changes", "explained_scenarios"]


_MOST_STEPS = 40  # told apart; a reader follows no more
_NOTHING = 0.0005  # dB, which is told as 0


def changes(summary: Summary | Forecasts, before: Rungs) -> dict[str, float]:
    """What reports change the log-odds of each mean, in dB; not of what is settled."""
    return {
        said.id: said.weight_db
        if said.id not in before.settled
        else said.weight_db - _decibans(said.prior_mean, before.settled[said.id])
        for said in summary.scenarios
        if said.weight_db is not None
    }


def _decibans(one: float, other: float) -> float:
    """From the odds of one probability to those of another."""
    nats = math.log(other / one) - math.log((1 - other) / (1 - one))
    return DECIBANS_PER_NAT * nats


def explained_scenarios(
    draws: WeighedDraws,
    moved: Mapping[str, Moved],
    before: Rungs,
    laid_out: Design,
    known: Casebook,
    summary: Summary | Forecasts,
    told: Mapping[str, Sequence[Report]],
) -> Iterator[ScenarioExplanation]:
    """Take each forecast apart, in the order of its summary."""
    place = {scenario: i for i, scenario in enumerate(laid_out.scenarios)}
    for said in summary.scenarios:
        s = place[said.id]
        steps: list[Step] = []
        if said.weight_db is not None:
            steps = [*_before(said, before), *_steps(moved[said.id], told)]
        yield ScenarioExplanation(
            id=said.id,
            written_mean=before.written[said.id],
            mean=said.mean,
            prior_mean=said.prior_mean,
            weight_db=said.weight_db,
            settled=_settled(said),
            density=_density(draws.probability[:, s]),
            prior_density=_density(draws.prior[:, s]),
            steps=steps,
        )


def _before(said: ScenarioSummary, before: Rungs) -> Iterator[Step]:
    """Steps from the prior as written to where the reports begin."""
    written, tied = before.written[said.id], before.tied[said.id]
    settled = before.settled.get(said.id, said.prior_mean)
    for kind, one, other in (
        ("ties", written, tied),
        ("time", tied, said.prior_mean),
        ("outcomes", said.prior_mean, settled),
    ):
        weight = _decibans(one, other)
        if abs(weight) >= _NOTHING:
            yield _step(kind, None, weight)


def _settled(said: ScenarioSummary) -> Settled | None:
    if said.outcome is None:
        return None
    return "occurred" if said.outcome else "did not occur"


def _density(draws: Floats) -> list[float] | None:
    density = cell_densities(draws)
    if density is None:
        return None
    return [float(f"{x:.4g}") if x >= 1e-4 else 0.0 for x in density]


def _steps(moved: Moved, told: Mapping[str, Sequence[Report]]) -> Iterator[Step]:
    """One step an argument, and a claim that bears on the scenario itself."""
    sizes: dict[tuple[str, str], float] = {}
    reports: dict[tuple[str, str], list[Report]] = {}
    for (report, argument), size in moved.own.items():
        key = ("argument", argument) if argument else ("report", report)
        sizes[key] = sizes.get(key, 0.0) + size
        reports.setdefault(key, []).extend(told[report])
    order = sorted(sizes, key=lambda key: -abs(sizes[key]))
    told_apart = len(order) if len(order) <= _MOST_STEPS else _MOST_STEPS - 1
    for kind, name in order[:told_apart]:
        yield _step(kind, name, sizes[kind, name], reports[kind, name])
    if rest := order[told_apart:]:
        gathered = [report for key in rest for report in reports[key]]
        yield _step("gathered", None, sum(sizes[key] for key in rest), gathered)
    through = {s: size for s, size in moved.through.items() if abs(size) >= _NOTHING}
    if through:
        total = sum(moved.through.values())
        by_size = sorted(through.items(), key=lambda one: -abs(one[1]))
        yield _step("links", None, total, through=dict(by_size))
    if abs(moved.missed) >= _NOTHING:
        yield _step("noise", None, moved.missed)


def _step(
    kind: Any,
    name: str | None,
    weight: float,
    reports: Sequence[Report] = (),
    through: Mapping[str, float] | None = None,
) -> Step:
    return Step(
        kind=kind,
        id=name,
        weight_db=round(weight, 4) + 0.0,
        on=max((report.published for report in reports), default=None),
        reports=len({report.id for report in reports}),
        through={s: round(size, 4) for s, size in (through or {}).items()},
    )
