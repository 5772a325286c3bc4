"""What speakers add to scenarios, way by way: directly, and through arguments.

A speaker is a claim, or a source with all that it said.
"""

from collections.abc import Mapping

import numpy as np

from deciban.model.array_types import Floats
from deciban.model.explain.explanation import Effect, Weight
from deciban.model.explain.weights import Bearings, WeighedDraws, mean_weights
from deciban.model.likelihood.design import Design

__all__ = ["effects"]


_BLOCK = 1_000_000  # numbers sorted for their quantiles at a time


def effects(
    draws: WeighedDraws,
    bearings: Bearings,
    laid_out: Design,
    speakers: Mapping[str, str],
) -> dict[str, tuple[list[Effect], dict[str, Weight]]]:
    """Sum up what each speaker adds to each scenario: way by way, and together.

    Parameters
    ----------
    draws : WeighedDraws
        Of the fit.
    bearings : Bearings
        What its columns are of.
    laid_out : Design
        The casebook.
    speakers : mapping of str
        Whose each claim is, by its report.
    """
    scenario = {name: i for i, name in enumerate(laid_out.scenarios)}
    argument = {None: -1} | {name: i for i, name in enumerate(laid_out.arguments)}
    by_way: dict[tuple[str, str, str | None], list[int]] = {}
    for column, (report, through, target) in enumerate(bearings.ways):
        by_way.setdefault((speakers[report], target, through), []).append(column)
    ordered = sorted(by_way, key=lambda w: (w[0], scenario[w[1]], argument[w[2]]))
    by_pair: dict[tuple[str, str], list[int]] = {}
    for way in ordered:
        by_pair.setdefault(way[:2], []).extend(by_way[way])

    found: dict[str, tuple[list[Effect], dict[str, Weight]]] = {}
    weights = _summed(draws.way, [by_way[way] for way in ordered])
    for (who, target, through), weight in zip(ordered, weights, strict=True):
        own, _ = found.setdefault(who, ([], {}))
        own.append(Effect(target, through, weight))
    several = [
        pair
        for pair in by_pair
        if sum(effect.scenario == pair[1] for effect in found[pair[0]][0]) > 1
    ]
    weights = _summed(draws.way, [by_pair[pair] for pair in several])
    for (who, target), weight in zip(several, weights, strict=True):
        found[who][1][target] = weight
    return found


def _summed(way: Floats, columns: list[list[int]]) -> list[Weight]:
    """Sum up groups of columns, some at a time."""
    step = max(1, _BLOCK // len(way))
    weights: list[Weight] = []
    for start in range(0, len(columns), step):
        together = [
            way[:, group].sum(axis=1) for group in columns[start : start + step]
        ]
        weights += mean_weights(np.stack(together, axis=1))
    return weights
