"""What the draws of a fit weigh, in decibans; and how weights are summed up."""

import datetime
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from deciban.evidence import DECIBANS_PER_NAT, weight_of_evidence
from deciban.model.casebook.casebook import Casebook
from deciban.model.explain.explanation import Weight
from deciban.model.likelihood.arithmetic import NUMPY
from deciban.model.likelihood.design import Design, design
from deciban.model.likelihood.formula import Weighed, argument_tilt, unknowns, weigh
from deciban.model.posterior.weighing import prior_draws

__all__ = [
    "EDGES",
    "WeighedDraws",
    "mean_weight",
    "mean_weights",
    "weigh_fit",
]

type Floats = NDArray[np.float64]

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
    direct : [bearing of a report on a scenario]
    testimony : [bearing of a report on an argument]
    argument : [argument]
        Log-odds given its reports.
    reasoned : [bearing of an argument]
    angle : [bearing of an argument]
        Its tilt if the argument were certainly true.
    probability, prior : [scenario]
        The latter of draws from the prior, without reports and outcomes.
    after, before : [scenario]
        Log-odds, the latter with neither reports nor outcomes, at the same z.
    reliability : [source]
    """

    direct: Floats
    testimony: Floats
    argument: Floats
    reasoned: Floats
    angle: Floats
    probability: Floats
    after: Floats
    before: Floats
    reliability: Floats
    prior: Floats


def weigh_fit(
    z: Floats, laid_out: Design, casebook: Casebook, as_of: datetime.date
) -> WeighedDraws:
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
    bare = design(casebook.without_reports(), as_of)
    rows = max(1, _BLOCK // max(1, len(laid_out.bearings)))
    blocks = [z[start : start + rows] for start in range(0, len(z), rows)]
    weighed = zip(*(_of_block(block, laid_out, bare) for block in blocks), strict=True)
    prior = prior_draws(bare.coords()["unknown"], max(_FEWEST, len(z)))
    prior_probability = weigh(prior, bare.arrays).probability
    return WeighedDraws._make([*map(np.concatenate, weighed), prior_probability])


def _thinned(z: Floats, laid_out: Design) -> Floats:
    most = max(_FEWEST, _MOST // max(1, len(laid_out.bearings)))
    return z[:: -(-len(z) // most)]


def _of_block(z: Floats, laid_out: Design, bare: Design) -> tuple[Floats, ...]:
    arrays = laid_out.arrays
    x, seen = unknowns(z, arrays), weigh(z, arrays)
    certain = np.full_like(seen.argued.log_odds, np.inf)
    return (
        weight_of_evidence(seen.tilt[:, : laid_out.n_direct]),
        weight_of_evidence(seen.tilt[:, laid_out.n_direct :]),
        DECIBANS_PER_NAT * seen.argued.log_odds,
        weight_of_evidence(seen.argued.tilt),
        argument_tilt(x, certain, arrays, NUMPY),
        seen.probability,
        _log_odds(seen),
        _log_odds(weigh(z, bare.arrays)),
        expit(x.reliability),
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
