"""What the draws of a fit weigh, in decibans; and how weights are summed up."""

import datetime
from typing import NamedTuple

import numpy as np
from scipy.special import expit

from deciban.evidence import DECIBANS_PER_NAT
from deciban.model.array_types import Floats, Integers
from deciban.model.casebook.casebook import Casebook
from deciban.model.explain.explanation import Weight
from deciban.model.explain.gains import SetGains, gains
from deciban.model.likelihood.accounts import claim_quality, claim_weights
from deciban.model.likelihood.arithmetic import NUMPY
from deciban.model.likelihood.design import Design, design
from deciban.model.likelihood.formula import (
    Evidence,
    Weights,
    bearing_weights,
    evidence,
    weigh,
    weigh_outcomes,
)
from deciban.model.likelihood.shares import Shares, shares, ways
from deciban.model.likelihood.unknowns import strengths, unknowns
from deciban.model.posterior.weighing import clocked, prior_draws

__all__ = ["EDGES", "Bearings", "WeighedDraws", "mean_weights", "weigh_fit"]


# Draws that are weighed: their means err by a fiftieth of a weight's spread. Where
# there are many bearings, as many as fit into 64 MB, but these at least.
_DRAWS = 1500
_MOST = 8_000_000
_FEWEST = 400
_BLOCK = 1_000_000  # numbers weighed at a time
EDGES = (0.05, 0.95)  # of the interval that is told


class WeighedDraws(NamedTuple):
    """What the draws say, weights and log-odds in dB; the first axis is the draw.

    Attributes
    ----------
    way : [way]
        What comes of a claim to a target by one way, as ``Ways`` lists them: its part
        in W.
    testimony : [bearing of a report on an argument]
        Its part in the argument's log-odds.
    alone : [said]
        Weight of a claim by itself.
    argument : [argument]
        Log-odds given its reports.
    reasoned : [bearing of an argument]
        Its weight by itself.
    probability : [scenario]
    reliability : [source]
    prior : [scenario]
        Probability of draws from the prior with its clock, without reports.
    """

    way: Floats
    testimony: Floats
    alone: Floats
    argument: Floats
    reasoned: Floats
    probability: Floats
    reliability: Floats
    prior: Floats


class Bearings(NamedTuple):
    """What the columns of ``WeighedDraws`` are of.

    Attributes
    ----------
    ways : list of (str, str or None, int)
        Report that brought the claim, argument that it goes through, and target.
    testimony : list of (str, str)
        Report and argument.
    alone : list of (str, str, str)
        Report, and kind and id of its target.
    """

    ways: list[tuple[str, str | None, int]]
    testimony: list[tuple[str, str]]
    alone: list[tuple[str, str, str]]


def weigh_fit(
    z: Floats, laid_out: Design, casebook: Casebook, as_of: datetime.date
) -> tuple[WeighedDraws, Bearings, list[SetGains]]:
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
    width = max(1, len(laid_out.arrays.said.claim))
    most = min(_DRAWS, max(_FEWEST, _MOST // width))
    z = z[:: -(-len(z) // most)].T
    bare = design(casebook.as_of(as_of).without_reports(), as_of, laid_out.looked)
    rows = max(1, _BLOCK // width)
    blocks = [z[:, start : start + rows] for start in range(0, z.shape[1], rows)]
    weighed = [_of_block(block, laid_out) for block in blocks]
    said = Evidence(
        *(
            np.concatenate(part, axis=1)
            for part in zip(*(e for _, e in weighed), strict=True)
        )
    )
    x = unknowns(z, laid_out.arrays)
    with np.errstate(divide="ignore", invalid="ignore"):
        seen = weigh_outcomes(x, said, laid_out.arrays, NUMPY)
    prior = prior_draws(bare.coords()["unknown"], max(_FEWEST, z.shape[1]))
    columns = [np.concatenate(p) for p in zip(*(c for c, _ in weighed), strict=True)]
    before = weigh(clocked(prior, bare), bare.arrays).probability
    draws = WeighedDraws._make(
        [*columns, seen.probability.T, expit(x.reliability.T), before.T]
    )
    return draws, _bearings(z[:, :1], laid_out), [*gains(x, said, laid_out)]


def _of_block(z: Floats, laid_out: Design) -> tuple[tuple[Floats, ...], Evidence]:
    arrays = laid_out.arrays
    x = unknowns(z, arrays)
    weights = bearing_weights(x, arrays, NUMPY)
    split = shares(x, weights, arrays)
    quality, size = claim_quality(x, arrays, NUMPY), strengths(x, arrays, NUMPY)
    nats = (
        ways(x, split, weights, laid_out.scenario_of, arrays).part,
        _testimony(split, weights, laid_out),
        claim_weights(x, quality, size, arrays, NUMPY)[_by_itself(laid_out)],
        weights.view[: len(laid_out.arguments)],
        weights.reason,
    )
    said = evidence(x, weights, arrays, NUMPY)
    return tuple(DECIBANS_PER_NAT * part.T for part in nats), said


def _by_itself(laid_out: Design) -> Integers:
    """What is said of targets themselves, each once."""
    side = laid_out.arrays.side
    once = (side.counted > 0) & (side.turned > 0)
    return np.flatnonzero(once[laid_out.arrays.said.side])


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
    split = shares(x, weights, arrays)
    found = ways(x, split, weights, laid_out.scenario_of, arrays)
    said, seat = _seated(laid_out)
    itself = _by_itself(laid_out)
    account = arrays.side.account[arrays.said.side[itself]]
    return Bearings(
        [
            (
                laid_out.claims[claim],
                None if reason < 0 else laid_out.reasons[reason][0],
                int(target),
            )
            for claim, target, reason in zip(
                found.claim, found.target, found.reason, strict=True
            )
        ],
        [
            (laid_out.claims[claim], laid_out.arguments[view])
            for claim, view in zip(
                arrays.said.claim[said], arrays.camp.seen[seat], strict=True
            )
        ],
        [
            (laid_out.claims[claim], *laid_out.accounts[k][1:])
            for claim, k in zip(arrays.said.claim[itself], account, strict=True)
        ],
    )


def mean_weights(draws: Floats) -> list[Weight]:
    """Sum draws up, shape (draw, ...): mean and interval of each, to .001 dB."""
    low, high = np.quantile(draws.T, EDGES, axis=-1)
    columns = zip(draws.mean(axis=0), low, high, strict=True)
    return [Weight(*(round(float(x), 3) + 0.0 for x in column)) for column in columns]
