"""What the draws of a fit weigh, in decibans; and how weights are summed up."""

import datetime
from typing import NamedTuple

import numpy as np
from scipy.special import expit

from deciban.evidence import DECIBANS_PER_NAT
from deciban.model.array_types import Floats, Integers
from deciban.model.casebook.casebook import Casebook
from deciban.model.explain.explanation import Weight
from deciban.model.likelihood.arithmetic import NUMPY
from deciban.model.likelihood.design import Design, design
from deciban.model.likelihood.formula import Weighed, Weights, bearing_weights, weigh
from deciban.model.likelihood.shares import Shares, shares, ways
from deciban.model.likelihood.unknowns import unknowns
from deciban.model.posterior.weighing import clocked, prior_draws

__all__ = [
    "EDGES",
    "Bearings",
    "WeighedDraws",
    "mean_weight",
    "mean_weights",
    "weigh_fit",
]


# Draws by bearings: 64 MB an array. Where there are more, draws are taken at even
# steps, but this many at least, whose means err by a tenth of a deciban at most.
_MOST = 8_000_000
_FEWEST = 400
_BLOCK = 1_000_000  # numbers weighed at a time
# Probabilities 0 and 1, as far as a computer tells them from others, in nats.
_FURTHEST = 700.0
EDGES = (0.05, 0.95)  # of the interval that is told


class WeighedDraws(NamedTuple):
    """What the draws say, weights and log-odds in dB; the first axis is the draw.

    Attributes
    ----------
    way : [way]
        What comes of a claim to a scenario by one way, as ``Ways`` lists them.
    testimony : [bearing of a report on an argument]
        Its part in the argument's log-odds.
    argument : [argument]
        Log-odds given its reports.
    reasoned : [bearing of an argument]
        Its part in what bears on its scenario.
    probability : [scenario]
    after, before : [scenario]
        Log-odds, the latter with neither reports nor outcomes, at the same z.
    reliability : [source]
    prior : [scenario]
        Probability of draws from the prior with its clock, without reports.
    """

    way: Floats
    testimony: Floats
    argument: Floats
    reasoned: Floats
    probability: Floats
    after: Floats
    before: Floats
    reliability: Floats
    prior: Floats


class Bearings(NamedTuple):
    """What the columns of ``WeighedDraws`` are of.

    Attributes
    ----------
    ways : list of (str, str or None, str)
        Report that brought the claim, argument that it goes through, and scenario.
    testimony : list of (str, str)
        Report and argument.
    """

    ways: list[tuple[str, str | None, str]]
    testimony: list[tuple[str, str]]


def weigh_fit(
    z: Floats, laid_out: Design, casebook: Casebook, as_of: datetime.date
) -> tuple[WeighedDraws, Bearings]:
    """Weigh the draws of a fit, or as many as are enough.

    Parameters
    ----------
    z : ndarray, shape (draw, unknown)
        From the posterior.
    laid_out : Design
        The casebook as of the day: it has the places of ``z``.
    casebook : Casebook
        The whole casebook.
    as_of : date
        The day.
    """
    z = _thinned(z, laid_out)
    bare = design(casebook.without_reports(), as_of, laid_out.looked)
    rows = max(1, _BLOCK // max(1, len(laid_out.arrays.said.claim)))
    blocks = [z[start : start + rows] for start in range(0, len(z), rows)]
    weighed = [_of_block(block.T, laid_out, bare) for block in blocks]
    prior = clocked(prior_draws(bare.coords()["unknown"], max(_FEWEST, len(z))), bare)
    columns = [np.concatenate(parts) for parts in zip(*weighed, strict=True)]
    draws = WeighedDraws._make([*columns, weigh(prior, bare.arrays).probability.T])
    return draws, _bearings(z[:1].T, laid_out)


def _thinned(z: Floats, laid_out: Design) -> Floats:
    most = max(_FEWEST, _MOST // max(1, len(laid_out.arrays.said.claim)))
    return z[:: -(-len(z) // most)]


def _of_block(z: Floats, laid_out: Design, bare: Design) -> tuple[Floats, ...]:
    arrays = laid_out.arrays
    x = unknowns(z, arrays)
    weights = bearing_weights(x, arrays, NUMPY)
    split = shares(x, weights, arrays)
    seen = weigh(z, arrays)
    of_claims = ways(split, weights, laid_out.scenario_of, arrays)
    nats = (
        of_claims.part,
        _testimony(split, weights, laid_out),
        weights.view[: len(laid_out.arguments)],
        split.reason,
    )
    return (
        *(DECIBANS_PER_NAT * part.T for part in nats),
        seen.probability.T,
        _log_odds(seen).T,
        _log_odds(weigh(_same(z, laid_out, bare), bare.arrays)).T,
        expit(x.reliability.T),
    )


def _same(z: Floats, laid_out: Design, bare: Design) -> Floats:
    """Put z into the places of another design, by labels."""
    place = {label: i for i, label in enumerate(laid_out.coords()["unknown"])}
    return z[[place[label] for label in bare.coords()["unknown"]]]


def _testimony(split: Shares, weights: Weights, laid_out: Design) -> Floats:
    """What each claim has part in W of the argument that it bears on."""
    said, seat = _seated(laid_out)
    camp = laid_out.arrays.camp.seat[seat]
    account = laid_out.arrays.side.account[laid_out.arrays.said.side[said]]
    rate = _ratio(split.account, weights.accounts.weight)[account]
    rate = rate * _ratio(split.seat[seat], weights.camp[camp])
    part: Floats = split.said[said] * rate
    return part


def _ratio(part: Floats, whole: Floats) -> Floats:
    ratio: Floats = np.where(whole != 0, part, 0.0) / np.where(whole != 0, whole, 1.0)
    return ratio


def _seated(laid_out: Design) -> tuple[Integers, Integers]:
    """What is said of arguments as such, and the seat of the camp that says it."""
    arrays = laid_out.arrays
    themselves = arrays.camp.seen < len(laid_out.arguments)
    seat_of = {
        camp: seat
        for seat, camp in enumerate(arrays.camp.seat.tolist())
        if themselves[seat]
    }
    camp = arrays.account.camp[arrays.side.account[arrays.said.side]]
    said = [i for i, one in enumerate(camp.tolist()) if one in seat_of]
    return np.array(said, dtype=np.int64), np.array(
        [seat_of[camp[i]] for i in said], dtype=np.int64
    )


def _bearings(z: Floats, laid_out: Design) -> Bearings:
    arrays = laid_out.arrays
    x = unknowns(z, arrays)
    weights = bearing_weights(x, arrays, NUMPY)
    found = ways(shares(x, weights, arrays), weights, laid_out.scenario_of, arrays)
    said, seat = _seated(laid_out)
    return Bearings(
        [
            (
                laid_out.claims[claim],
                None if reason < 0 else laid_out.reasons[reason][0],
                laid_out.scenarios[scenario],
            )
            for claim, scenario, reason in zip(
                found.claim, found.scenario, found.reason, strict=True
            )
        ],
        [
            (laid_out.claims[claim], laid_out.arguments[view])
            for claim, view in zip(
                arrays.said.claim[said], arrays.camp.seen[seat], strict=True
            )
        ],
    )


def _log_odds(seen: Weighed) -> Floats:
    """Log-odds in dB, those of 0 and 1 as far out as a computer goes."""
    with np.errstate(divide="ignore"):
        nats = np.log(seen.probability) - np.log(seen.complement)
    decibans: Floats = DECIBANS_PER_NAT * np.clip(nats, -_FURTHEST, _FURTHEST)
    return decibans


def mean_weight(draws: Floats) -> Weight:
    """Sum draws up, shape (draw,): mean and interval."""
    return mean_weights(draws[:, None])[0]


def mean_weights(draws: Floats) -> list[Weight]:
    """Sum draws up, shape (draw, ...): mean and interval of each, to .001 dB."""
    low, high = np.quantile(draws.T, EDGES, axis=-1)
    columns = zip(draws.mean(axis=0), low, high, strict=True)
    return [Weight(*(round(float(x), 3) + 0.0 for x in column)) for column in columns]
