"""How far each argument is established, by which reports, and what it adds."""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from scipy.special import expit

from deciban.evidence import DECIBANS_PER_NAT
from deciban.model.array_types import Floats
from deciban.model.casebook.casebook import Casebook
from deciban.model.explain.explanation import ArgumentExplanation, Weight
from deciban.model.explain.weights import EDGES, Bearings, WeighedDraws, mean_weights
from deciban.model.likelihood.design import Design

__all__ = ["explained_arguments"]


def explained_arguments(
    draws: WeighedDraws, bearings: Bearings, laid_out: Design, known: Casebook
) -> Iterator[ArgumentExplanation]:
    """Take each argument apart, in the order of the file."""
    place = {argument: i for i, argument in enumerate(laid_out.arguments)}
    said = _columns((argument, report) for report, argument in bearings.testimony)
    bears = _columns(laid_out.reasons)
    for argument in known.priors.arguments:
        name = argument.id
        log_odds = draws.argument[:, place[name]] / DECIBANS_PER_NAT
        probability = expit(log_odds)
        low, high = np.quantile(probability, EDGES)
        reports = _by_name(draws.testimony, said.get(name, []))
        yield ArgumentExplanation(
            id=name,
            probability=float(probability.mean()),
            eti90=(float(low), float(high)),
            reports=dict(sorted(reports.items(), key=lambda x: -abs(x[1].mean))),
            on=_by_name(draws.reasoned, bears.get(name, [])),
        )


def _columns(pairs: Iterable[tuple[str, str]]) -> dict[str, list[tuple[int, str]]]:
    """Group (group, name) pairs, each name with its position."""
    grouped: dict[str, list[tuple[int, str]]] = {}
    for column, (group, name) in enumerate(pairs):
        grouped.setdefault(group, []).append((column, name))
    return grouped


def _by_name(draws: Floats, columns: Sequence[tuple[int, str]]) -> dict[str, Weight]:
    weights = mean_weights(draws[:, [column for column, _ in columns]])
    return {name: w for (_, name), w in zip(columns, weights, strict=True)}
