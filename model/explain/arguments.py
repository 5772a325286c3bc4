"""How far each argument is established, by which reports, and what it adds."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
from scipy.special import expit

from deciban.evidence import DECIBANS_PER_NAT
from deciban.model.array_types import Floats
from deciban.model.casebook.casebook import Casebook
from deciban.model.explain.explanation import (
    ArgumentExplanation,
    Reasoned,
    Weight,
)
from deciban.model.explain.moves import Moved
from deciban.model.explain.weights import EDGES, Bearings, WeighedDraws, mean_weights
from deciban.model.likelihood.design import Design
from deciban.model.posterior.statistics import Forecasts
from deciban.model.posterior.summary import Summary

__all__ = ["explained_arguments"]


def explained_arguments(
    draws: WeighedDraws,
    bearings: Bearings,
    moved: Mapping[str, Moved],
    laid_out: Design,
    known: Casebook,
    summary: Summary | Forecasts,
) -> Iterator[ArgumentExplanation]:
    """Take each argument apart, in the order of the file."""
    place = {argument: i for i, argument in enumerate(laid_out.arguments)}
    said = _columns((argument, report) for report, argument in bearings.testimony)
    bears = _columns(laid_out.reasons)
    probabilities = {said.id: said.probability for said in summary.arguments}
    for argument in known.priors.arguments:
        name = argument.id
        log_odds = draws.argument[:, place[name]] / DECIBANS_PER_NAT
        probability = expit(log_odds)
        low, high = np.quantile(probability, EDGES)
        reports = _by_name(draws.testimony, said.get(name, []))
        yield ArgumentExplanation(
            id=name,
            probability=probabilities[name],
            eti90=(float(low), float(high)),
            reports=dict(sorted(reports.items(), key=lambda x: -abs(x[1].mean))),
            on={
                scenario: Reasoned(_here(moved[scenario], name), alone)
                for scenario, alone in _by_name(
                    draws.reasoned, bears.get(name, [])
                ).items()
            },
        )


def _here(moved: Moved, argument: str) -> float:
    parts = (size for (_, through), size in moved.own.items() if through == argument)
    return round(sum(parts), 4) + 0.0


def _columns(pairs: Iterable[tuple[str, str]]) -> dict[str, list[tuple[int, str]]]:
    """Group (group, name) pairs, each name with its position."""
    grouped: dict[str, list[tuple[int, str]]] = {}
    for column, (group, name) in enumerate(pairs):
        grouped.setdefault(group, []).append((column, name))
    return grouped


def _by_name(draws: Floats, columns: Sequence[tuple[int, str]]) -> dict[str, Weight]:
    weights = mean_weights(draws[:, [column for column, _ in columns]])
    return {name: w for (_, name), w in zip(columns, weights, strict=True)}
