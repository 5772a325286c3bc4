r"""Draws of :math:`z` weighed: from what is unknown to what is believed.

All is NumPy, a block of draws at a time, so that a casebook of thousands of reports
fits in memory. Unknowns go by their labels here, ``source kcna`` or ``link a -> b``:
the same label is the same unknown in any casebook.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from scipy.special import expit, ndtri

from deciban.evidence import DECIBANS_PER_NAT
from deciban.model.array_types import Floats
from deciban.model.likelihood.arithmetic import NUMPY
from deciban.model.likelihood.design import Design
from deciban.model.likelihood.formula import (
    PriorLeaves,
    bearing_weights,
    evidence,
    outcome_sums,
    weigh_outcomes,
)
from deciban.model.likelihood.shares import on_targets, shares
from deciban.model.likelihood.unknowns import Unknowns, unknowns
from deciban.model.posterior.evidence_cache import Hearing, blocks, hear, of_draws

__all__ = [
    "Belief",
    "believe",
    "clocked",
    "even_draws",
    "prior_draws",
    "reason_parts",
    "weighed_draws",
]


# Any will do: the draws of one label are spread evenly, and those of two unrelated.
_SEED = 20240331


# 4,000 draws take 0.1 ms, for each unknown that is new since a fit.
@lru_cache(maxsize=512)
def even_draws(label: str, n: int) -> Floats:
    """Draw an unknown from its prior, spread evenly: one draw in each of n slices.

    Parameters
    ----------
    label : str
        Decides the draws: the same for the same label, always.
    n : int
        How many.

    Returns
    -------
    ndarray, shape (n,)
        Standard normals, in random order; not to be altered.
    """
    rng = np.random.default_rng([_SEED, *label.encode()])
    z: Floats = ndtri((rng.permutation(n) + rng.random(n)) / n)
    z.flags.writeable = False
    return z


def prior_draws(labels: Sequence[str], n: int) -> Floats:
    """Draw z from its prior, each unknown by its label, shape (unknown, n)."""
    z = np.zeros((len(labels), n))
    for row, label in zip(z, labels, strict=True):
        row[:] = even_draws(label, n)
    return z


class Belief(NamedTuple):
    """What is believed under each draw of z; the first axis is the draw.

    Attributes
    ----------
    log_likelihood : ndarray, shape (draw,)
        Log-probability of the reports and outcomes; minus infinity where these are
        impossible.
    probability, complement : ndarray, shape (draw, scenario)
        That a scenario occurs, and that it does not: exact however small.
    argument_log_odds : ndarray, shape (draw, argument)
        Of each argument given the reports on it.
    """

    log_likelihood: Floats
    probability: Floats
    complement: Floats
    argument_log_odds: Floats


def believe(
    x: Unknowns, hearing: Hearing, laid_out: Design, before: PriorLeaves | None = None
) -> Belief:
    """Draw the conclusions from what was heard.

    Parameters
    ----------
    x : Unknowns
        What each draw of z stands for in the design; members have shape (..., draw).
    hearing : Hearing
        What reports and arguments say under the same draws.
    laid_out : Design
        The casebook.
    before : PriorLeaves, optional
        What outcomes are made of before it is told what bears on them, if known.
    """
    arrays, n_draws = laid_out.arrays, x.prior.shape[1]
    log_likelihood = np.empty(n_draws)
    probability, complement = (
        np.empty((len(laid_out.scenarios), n_draws)) for _ in range(2)
    )
    for rows in blocks(n_draws, len(arrays.joint.place)):
        # Under an impossible draw no scenario has a probability: 0 / 0.
        with np.errstate(divide="ignore", invalid="ignore"):
            seen = weigh_outcomes(
                of_draws(x, rows),
                hearing.on(laid_out, rows),
                arrays,
                NUMPY,
                before and PriorLeaves(*(part[:, rows] for part in before)),
            )
        log_likelihood[rows] = seen.log_likelihood
        probability[:, rows], complement[:, rows] = seen.probability, seen.complement
    log_odds = hearing.on(laid_out, slice(None)).view
    return Belief(log_likelihood, probability.T, complement.T, log_odds.T)


def clocked(z: Floats, laid_out: Design) -> Floats:
    """Let draws from the prior learn what the clock says.

    That nothing has been settled is an observation, of the unknowns too. It is one of
    each set of scenarios that hang together, for itself.

    Parameters
    ----------
    z : ndarray, shape (unknown, draw)
        From the prior.
    laid_out : Design
        A casebook without reports.

    Returns
    -------
    ndarray, shape (unknown, draw)
        As many draws, those that are more likely more often.
    """
    x = unknowns(z, laid_out.arrays)
    said = hear(x, laid_out).on(laid_out, slice(None))
    with np.errstate(divide="ignore"):
        log_sums, _ = outcome_sums(x, said, laid_out.arrays, NUMPY)
    weights = np.exp(log_sums - log_sums.max(axis=1, keepdims=True))
    weights /= weights.sum(axis=1, keepdims=True)
    n_draws = z.shape[1]
    evenly = (np.arange(n_draws) + 0.5) / n_draws
    # In their order by weight, so that those taken are spread as evenly as they were.
    order = np.argsort(weights, axis=1, kind="stable")
    chosen = []
    for of_set, by_weight in zip(weights, order, strict=True):
        ends = np.cumsum(of_set[by_weight])
        taken = np.searchsorted(ends, evenly).clip(max=n_draws - 1)
        chosen.append(by_weight[taken])
    set_of, alike = laid_out.set_of, z.copy()
    for row, label in zip(alike, laid_out.coords()["unknown"], strict=True):
        if label in set_of:
            row[:] = row[chosen[set_of[label]]]
    return alike


def reason_parts(x: Unknowns, laid_out: Design) -> Floats:
    """What each argument has part in W of its scenario, in dB, shape (draw, reason)."""
    arrays, n_draws = laid_out.arrays, x.prior.shape[1]
    found = np.empty((len(arrays.reason.seen), n_draws))
    for rows in blocks(n_draws, len(arrays.said.claim)):
        of_block = of_draws(x, rows)
        weights = bearing_weights(of_block, arrays, NUMPY)
        _, found[:, rows], _ = on_targets(of_block, weights, arrays)
    return DECIBANS_PER_NAT * found.T


def weighed_draws(z: Floats, laid_out: Design) -> dict[str, Floats]:
    """Weigh draws of z: every variable of the model.

    Parameters
    ----------
    z : ndarray, shape (chain, draw, unknown)
        Standard normals, in the places of the design.
    laid_out : Design
        The casebook.

    Returns
    -------
    dict of ndarray, shape (chain, draw, ...)
        ``probability`` and ``prior_probability`` [scenario], ``source_reliability``
        [source], ``credibility`` [digit], ``strength`` [word] in dB, ``calibration``
        [], ``overlap`` [scope], ``grade_shift`` [grade] in nats, ``link_shift`` [link]
        in dB, ``argument_probability`` [argument], ``weight`` [bearing] in dB, the part
        of each account and argument in all that bears on a scenario, and ``z``
        [unknown].
    """
    flat = z.reshape(-1, z.shape[-1]).T
    variables: dict[str, Floats] = {}
    width = len(laid_out.arrays.said.claim) + len(laid_out.arrays.joint.place)
    for rows in blocks(flat.shape[1], width):
        for name, block in _weighed(flat[:, rows], laid_out).items():
            if name not in variables:
                # Weights are by far the most numbers, and are shown to a tenth of a dB.
                kind = np.float32 if name == "weight" else np.float64
                variables[name] = np.empty((flat.shape[1], *block.shape[:-1]), kind)
            variables[name][rows] = block.T
    return {
        name: values.reshape(*z.shape[:2], *values.shape[1:])
        for name, values in variables.items()
    }


def _weighed(z: Floats, laid_out: Design) -> dict[str, Floats]:
    arrays = laid_out.arrays
    x = unknowns(z, arrays)
    weights = bearing_weights(x, arrays, NUMPY)
    said = evidence(x, weights, arrays, NUMPY)
    with np.errstate(divide="ignore", invalid="ignore"):
        seen = weigh_outcomes(x, said, arrays, NUMPY)
    split = shares(x, weights, arrays)
    return {
        "probability": seen.probability,
        "prior_probability": expit(x.prior),
        "source_reliability": expit(x.reliability),
        "credibility": expit(x.credibility),
        "strength": np.exp(x.strength),
        "calibration": np.exp(x.calibration[0]),
        "overlap": expit(x.overlap),
        "grade_shift": x.grade,
        "link_shift": DECIBANS_PER_NAT * x.link,
        "argument_probability": expit(said.view[: len(laid_out.arguments)]),
        "weight": DECIBANS_PER_NAT * laid_out.weights_on_scenarios(split),
        "z": z,
    }
