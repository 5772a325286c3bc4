r"""Draws of :math:`z` weighed: from what is unknown to what is believed.

All is NumPy, a block of draws at a time, so that a casebook of thousands of reports
fits in memory. Unknowns go by their labels here, ``source kcna`` or ``link a -> b``:
the same label is the same unknown in any casebook.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, ndtri

from deciban.evidence import DECIBANS_PER_NAT, weight_of_evidence
from deciban.model.likelihood.arithmetic import NUMPY
from deciban.model.likelihood.design import Design
from deciban.model.likelihood.formula import (
    Evidence,
    Unknowns,
    unknowns,
    weigh,
    weigh_outcomes,
)
from deciban.model.posterior.evidence_cache import Hearing, blocks, of_draws

__all__ = ["Belief", "believe", "even_draws", "prior_draws", "weighed_draws"]

type Floats = NDArray[np.float64]

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
    """Draw z from its prior, each unknown by its label, shape (n, unknown)."""
    z = np.zeros((len(labels), n))
    for row, label in zip(z, labels, strict=True):
        row[:] = even_draws(label, n)
    return z.T


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


def believe(x: Unknowns, hearing: Hearing, laid_out: Design) -> Belief:
    """Draw the conclusions from what was heard.

    Parameters
    ----------
    x : Unknowns
        What each draw of z stands for in the design; members have shape (draw, ...).
    hearing : Hearing
        What reports and arguments say under the same draws.
    laid_out : Design
        The casebook.
    """
    arrays, n_draws = laid_out.arrays, len(x.prior)
    log_likelihood = np.empty(n_draws)
    probability, complement = (
        np.empty((len(laid_out.scenarios), n_draws)).T for _ in range(2)
    )
    about = hearing.on("argument", laid_out.arguments, slice(None))
    for rows in blocks(n_draws, 2 * len(arrays.joint.cell_scenario)):
        direct = hearing.on("scenario", laid_out.scenarios, rows)
        reasoned = hearing.on("reasoned", laid_out.scenarios, rows)
        # Under an impossible draw no scenario has a probability: 0 / 0.
        with np.errstate(invalid="ignore"):
            log_likelihood[rows], probability[rows], complement[rows] = weigh_outcomes(
                of_draws(x, rows),
                Evidence(direct.yes + reasoned.yes, direct.no + reasoned.no),
                Evidence(about.yes[rows], about.no[rows]),
                arrays,
                NUMPY,
            )
    return Belief(log_likelihood, probability, complement, about.log_odds)


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
        [], ``link_shift`` [link] in dB, ``argument_probability`` [argument], ``weight``
        [bearing] in dB of all that bears on a scenario, and ``z`` [unknown].
    """
    flat = z.reshape(-1, z.shape[-1])
    variables: dict[str, Floats] = {}
    for rows in blocks(len(flat), len(laid_out.bearings)):
        for name, block in _weighed(flat[rows], laid_out).items():
            if name not in variables:
                # Weights are by far the most numbers, and are shown to a tenth of a dB.
                kind = np.float32 if name == "weight" else np.float64
                variables[name] = np.empty((len(flat), *block.shape[1:]), kind)
            variables[name][rows] = block
    return {
        name: values.reshape(*z.shape[:2], *values.shape[1:])
        for name, values in variables.items()
    }


def _weighed(z: Floats, laid_out: Design) -> dict[str, Floats]:
    x = unknowns(z, laid_out.arrays)
    seen = weigh(z, laid_out.arrays)
    direct = seen.tilt[:, : laid_out.n_direct]
    tilt = np.concatenate([direct, seen.argued.tilt], axis=-1)
    return {
        "probability": seen.probability,
        "prior_probability": expit(x.prior),
        "source_reliability": expit(x.reliability),
        "credibility": expit(x.credibility),
        "strength": np.exp(x.strength),
        "calibration": np.exp(x.calibration[:, 0]),
        "link_shift": DECIBANS_PER_NAT * x.link,
        "argument_probability": expit(seen.argued.log_odds),
        "weight": weight_of_evidence(tilt),
        "z": z,
    }
