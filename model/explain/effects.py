"""What speakers add to scenarios, way by way: directly, and through arguments.

A speaker is a claim, or a source with all that it said.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from deciban.evidence import DECIBANS_PER_NAT, weight_of_evidence
from deciban.model.explain.explanation import Effect, Weight
from deciban.model.explain.weights import WeighedDraws, mean_weights
from deciban.model.likelihood.arithmetic import NUMPY
from deciban.model.likelihood.design import Design

__all__ = ["effects"]

type Floats = NDArray[np.float64]
type Integers = NDArray[np.int64]

_BLOCK = 1_000_000  # numbers sorted for their quantiles at a time
_DIRECT = -1  # in place of an argument


class _Ways(NamedTuple):
    """The ways by which speakers reach scenarios, in the order of both [way].

    Attributes
    ----------
    who, scenario : int
        Indices of the speaker, which is a claim, or a source with all that it said, and
        of the scenario.
    argument : int
        What the way goes through, ``_DIRECT`` if nothing.
    column : int
        Of what the speaker says of the scenario itself, or of the argument.
    reasoned : int
        Bearing of the argument on the scenario; 0 for a direct way.
    """

    who: Integers
    scenario: Integers
    argument: Integers
    column: Integers
    reasoned: Integers


def effects(
    draws: WeighedDraws, laid_out: Design, speakers: Sequence[str]
) -> dict[str, tuple[list[Effect], dict[str, Weight]]]:
    """Sum up what each speaker adds to each scenario: way by way, and together.

    Parameters
    ----------
    draws : WeighedDraws
        Of the fit.
    laid_out : Design
        The casebook.
    speakers : sequence of str
        Whose each bearing of a report is.
    """
    names, who = np.unique(np.array(speakers, dtype=str), return_inverse=True)
    target, n_direct = laid_out.arrays.target, laid_out.n_direct
    on_scenario, direct = _said_together(
        draws.direct, who[:n_direct], target.scenario[:n_direct]
    )
    on_argument, testimony = _said_together(
        draws.testimony, who[n_direct:], target.argument
    )
    ways = _ways(on_scenario, on_argument, laid_out)
    found: dict[str, tuple[list[Effect], dict[str, Weight]]] = {}
    for block in _blocks(ways, len(draws.direct)):
        added = _added(block, direct, testimony, draws)
        starts = _starts(block)
        several = np.diff([*starts, len(block.who)]) > 1
        totals = iter(mean_weights(np.add.reduceat(added, starts, axis=1)[:, several]))
        for at in starts[several]:
            _, together = found.setdefault(str(names[block.who[at]]), ([], {}))
            together[laid_out.scenarios[block.scenario[at]]] = next(totals)
        for at, weight in enumerate(mean_weights(added)):
            own, _ = found.setdefault(str(names[block.who[at]]), ([], {}))
            scenario = laid_out.scenarios[block.scenario[at]]
            own.append(Effect(scenario, _through(block, at, laid_out), weight))
    return found


def _said_together(
    weights: Floats, who: Integers, target: Integers
) -> tuple[Integers, Floats]:
    """Add the weights of each speaker on each target: (who, target) [column], sums."""
    pairs, column = np.unique(
        np.stack([who, target], axis=1), axis=0, return_inverse=True
    )
    return pairs, NUMPY.sums(weights, column.ravel(), len(pairs))


def _ways(on_scenario: Integers, on_argument: Integers, laid_out: Design) -> _Ways:
    giver = laid_out.arrays.argument_bearing.giver
    scenario = laid_out.arrays.target.scenario[laid_out.n_direct :]
    ways = [(who, s, _DIRECT, i, 0) for i, (who, s) in enumerate(on_scenario)]
    bearings: dict[int, list[int]] = {}
    for bearing, argument in enumerate(giver):
        bearings.setdefault(int(argument), []).append(bearing)
    ways += [
        (who, scenario[bearing], argument, i, bearing)
        for i, (who, argument) in enumerate(on_argument)
        for bearing in bearings.get(int(argument), [])
    ]
    columns = np.array(sorted(ways), dtype=np.int64).reshape(-1, 5).T
    return _Ways(*columns)


def _starts(ways: _Ways) -> Integers:
    """Find where another speaker or scenario begins."""
    pairs = np.stack([ways.who, ways.scenario])
    changes = np.any(pairs[:, 1:] != pairs[:, :-1], axis=0)
    return np.concatenate([[0], np.flatnonzero(changes) + 1])


def _blocks(ways: _Ways, n_draws: int) -> Iterator[_Ways]:
    """Cut the ways into blocks, between speakers or scenarios."""
    n = len(ways.who)
    if not n:
        return
    starts = _starts(ways)
    wanted = np.arange(0, n, max(1, _BLOCK // n_draws))
    cuts = np.unique([*starts[np.searchsorted(starts, wanted, "right") - 1], n])
    for low, high in pairwise(cuts):
        yield _Ways(*(column[low:high] for column in ways))


def _added(
    ways: _Ways, direct: Floats, testimony: Floats, draws: WeighedDraws
) -> Floats:
    """What is added by each way, in dB [way]: what would be missing without it."""
    added = np.empty((len(draws.direct), len(ways.who)))
    straight = ways.argument == _DIRECT
    added[:, straight] = direct[:, ways.column[straight]]
    _, _, argument, column, bearing = (part[~straight] for part in ways)
    without = draws.argument[:, argument] - testimony[:, column]
    established = np.tanh(without / (2 * DECIBANS_PER_NAT))
    left = weight_of_evidence(established * draws.angle[:, bearing])
    added[:, ~straight] = draws.reasoned[:, bearing] - left
    return added


def _through(ways: _Ways, at: int, laid_out: Design) -> str | None:
    argument = ways.argument[at]
    return None if argument == _DIRECT else laid_out.arguments[argument]
