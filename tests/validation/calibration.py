"""Simulation-based calibration over everything unknown, and coverage elsewhere.

A casebook is drawn from the model: the unknowns, what happens and whether it has been
noticed, then the direction of every report, at even odds from an outcome of its own and
accepted in proportion to what it says of the one that came. Each report has one target,
each argument one scenario, no source an interest: there the likelihood is a probability
of directions, and the truth is as likely to be anywhere among its posterior draws [1]_.
Where reports share an error that the model does not have, only the coverage of
intervals is told.

``simuk`` does the same for models whose data are observed variables of PyMC, which it
draws and puts back; here what reports say is data that the graph is computed from, so
the loop is written out.

References
----------
.. [1] S. Talts, M. Betancourt, D. Simpson, A. Vehtari and A. Gelman. *Validating
   Bayesian inference algorithms with simulation-based calibration* (2018).
"""

from collections import defaultdict
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from deciban.model.sampling.fit import SamplingSettings, sample
from deciban.model.sampling.simulate import Size, simulate

__all__ = ["calibration_table", "coverage", "least", "ranks", "uniformity"]

type Floats = NDArray[np.float64]

_SIZE = Size(reports=12, scenarios=3, sources=4, arguments=2, links=1)
_SETTINGS = SamplingSettings(draws=250, tune=200, chains=2)
_THIN = 5  # every fifth of 500 draws: near enough independent
_BINS = 10
# Of these another number stands in each casebook: one is taken at random.
_OF_A_CASE = ("scenario", "source", "link")


def ranks(n_worlds: int, shared_error: float | None = None) -> dict[str, Floats]:
    """Rank the truth among its posterior draws in simulated casebooks.

    Parameters
    ----------
    n_worlds : int
        Casebooks.
    shared_error : float, optional
        As ``simulate`` has it; not the model's own dependence, if it is given.

    Returns
    -------
    dict of ndarray, shape (world,)
        By unknown, in (0, 1): spread evenly between the two draws it lies between.
    """
    found: dict[str, list[float]] = defaultdict(list)
    rng = np.random.default_rng(n_worlds)
    for seed in range(n_worlds):
        world = simulate(_SIZE, seed, shared_error=shared_error)
        draws = sample(world.casebook, world.as_of, _SETTINGS)
        z = draws.z.reshape(-1, draws.z.shape[-1])[::_THIN]
        below = (z < world.z).sum(axis=0)
        rank = (below + rng.random(len(below))) / (len(z) + 1)
        of_kind: dict[str, list[float]] = defaultdict(list)
        for label, one in zip(draws.labels, rank.tolist(), strict=True):
            kind = label.split()[0]
            of_kind[kind if kind in _OF_A_CASE else label].append(one)
        for label, some in of_kind.items():
            found[label].append(some[rng.integers(len(some))])
    return {label: np.array(some) for label, some in found.items()}


def uniformity(some: Floats) -> float:
    """Probability of ranks that lie as unevenly, were they uniform: chi-square."""
    counts, _ = np.histogram(some, bins=_BINS, range=(0, 1))
    return float(stats.chisquare(counts).pvalue)


def coverage(some: Floats, level: float) -> float:
    """Share of truths within the central interval of a level."""
    return float(np.mean(np.abs(some - 0.5) < level / 2))


def calibration_table(n_worlds: int, shared_error: float) -> None:
    """Print the ranks' uniformity, and coverage where an error is shared.

    Parameters
    ----------
    n_worlds : int
        Casebooks of each kind.
    shared_error : float
        Of those for which only coverage is claimed.
    """
    own, other = ranks(n_worlds), ranks(n_worlds, shared_error)
    print(f"\nCalibration in {n_worlds} simulated casebooks; with shared error beside")
    names = ("p of uniform", "50 %", "90 %", "50 % shared", "90 % shared")
    print(f"  {'':24}" + "".join(f"{name:>14}" for name in names))
    for label, some in own.items():
        cells = [uniformity(some), *(_both(some)), *(_both(other[label]))]
        print(f"  {label:24}" + "".join(f"{cell:14.3f}" for cell in cells))
    print(f"  least p, times {len(own)}: {least(own):.4f}", flush=True)


def _both(some: Floats) -> tuple[float, float]:
    return coverage(some, 0.5), coverage(some, 0.9)


def least(found: Mapping[str, Floats]) -> float:
    """Least p of all unknowns, times their number (Bonferroni), at most 1."""
    return min(1.0, len(found) * min(map(uniformity, found.values())))
