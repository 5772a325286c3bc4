"""What each claim has part in: the change of a forecast, way by way.

The parts of a scenario add up to the change of the log-odds of its mean, from the prior
with its clock and outcomes to the forecast. Draws tell that change to a few hundredths
of a deciban, more where reports move a forecast far; what they miss is shared out in
proportion to the sizes of the parts.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from deciban.model.array_types import Floats
from deciban.model.explain.gains import SetGains
from deciban.model.explain.weights import Bearings, WeighedDraws
from deciban.model.likelihood.design import Design

__all__ = ["Moved", "moves"]

type Way = tuple[str, str | None]  # a report, and the argument it goes through


class Moved(NamedTuple):
    """What moved one scenario, in dB.

    Attributes
    ----------
    own : dict of float
        Of each way of what bears on the scenario itself or on a rival.
    through : dict of float
        What comes through links, by the scenario or set of rivals that it comes from.
    missed : float
        What no part tells, because there are none.
    """

    own: dict[Way, float]
    through: dict[str, float]
    missed: float


def moves(
    draws: WeighedDraws,
    bearings: Bearings,
    sets: Sequence[SetGains],
    laid_out: Design,
    changes: Mapping[str, float],
) -> dict[str, Moved]:
    """Share out what moved each scenario.

    Parameters
    ----------
    draws : WeighedDraws
        Of the fit.
    bearings : Bearings
        What its columns are of.
    sets : sequence of SetGains
        Of the same draws.
    laid_out : Design
        The casebook.
    changes : mapping of float
        Change of each scenario that is not settled, in dB; of one that is, the parts
        are those in all that bears on it.
    """
    name_of, place = _target_names(laid_out)
    target = np.array([t for _, _, t in bearings.ways], dtype=np.int64)
    found = {}
    for one in sets:
        columns = np.flatnonzero(np.isin(target, one.targets))
        parts = draws.way[:, columns].T
        at = np.searchsorted(one.targets, target[columns])
        for i, s in enumerate(one.scenarios):
            scenario = laid_out.scenarios[s]
            rivals = {t for t in one.targets if place[t] == place[s]}
            if scenario in changes:
                moved = np.einsum("wd,wd->w", parts, one.gain[i][at])
                bonds = one.of_bonds[i]
                moved, bonds, missed = _to(changes[scenario], moved, bonds)
            else:
                own = [t == s or name_of[t] == scenario for t in target[columns]]
                moved = np.where(own, parts.mean(axis=1), 0.0)
                bonds, missed = np.zeros(len(one.bonds)), 0.0
            result = Moved({}, {}, missed)
            for column, size in zip(columns, moved.tolist(), strict=True):
                report, argument, t = bearings.ways[column]
                if t in rivals:
                    key = report, argument
                    result.own[key] = result.own.get(key, 0.0) + size
                else:
                    _add(result.through, place[t], size)
            for bond, size in zip(one.bonds, bonds.tolist(), strict=True):
                ends = [e for e in laid_out.bonds[bond] if e != scenario]
                for end in ends:
                    _add(result.through, end, size / len(ends))
            found[scenario] = result
    return found


def _add(sizes: dict[str, float], name: str, size: float) -> None:
    sizes[name] = sizes.get(name, 0.0) + size


def _to(change: float, moved: Floats, bonds: Floats) -> tuple[Floats, Floats, float]:
    """Share out what draws miss of a change."""
    missed = change - moved.sum() - bonds.sum()
    whole = np.abs(moved).sum() + np.abs(bonds).sum()
    if not whole:
        return moved, bonds, float(missed)
    rate = missed / whole
    return moved + rate * np.abs(moved), bonds + rate * np.abs(bonds), 0.0


def _target_names(laid_out: Design) -> tuple[list[str], list[str]]:
    """Name of each target, and of what it is part of: of a set, its first rival."""
    names, places = [*laid_out.scenarios], [*laid_out.scenarios]
    for one in laid_out.known.priors.rivals:
        for answer in one.answers:
            names.append(answer)
            places.append(one.scenarios[0])
            if answer in laid_out.scenarios:
                places[laid_out.scenarios.index(answer)] = one.scenarios[0]
    return names, places
