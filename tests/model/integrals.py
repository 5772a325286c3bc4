"""Integrals over z, by points that are spread evenly and not by chance of a sampler.

Each point is weighed by the formula in NumPy, which is held to brute force.
"""

import itertools
from typing import Any, NamedTuple

import numpy as np
from scipy import special, stats

from deciban.model.likelihood.design import design
from deciban.model.likelihood.formula import weigh
from deciban.model.likelihood.unknowns import unknowns


class Estimate(NamedTuple):
    """Posterior mean and sd, and the standard error with which the mean is known."""

    mean: float
    sd: float
    error: float


class Integrals:
    """A casebook as of a day."""

    def __init__(self, casebook: Any, as_of: Any, looked: Any = None) -> None:
        self.design = design(casebook, as_of, looked)
        self.labels = self.design.coords()["unknown"]
        # Unknowns that the reports and outcomes could depend on.
        self.places = [i for i in range(len(self.labels)) if self._matters(i)]
        self.active = [self.labels[i] for i in self.places]

    def _matters(self, place: int) -> bool:
        rng = np.random.default_rng(place)
        z = np.repeat(rng.standard_normal((len(self.labels), 3)), 2, axis=1)
        z[place, 1::2] += 1
        seen = weigh(z, self.design.arrays)
        told = [seen.log_likelihood[None], seen.probability, seen.complement]
        return any(
            not np.allclose(some[:, ::2], some[:, 1::2], rtol=1e-12, atol=0)
            for some in told
        )

    def posterior(self, scrambles: int = 8, log2_points: int = 13) -> Any:
        """Integrate over z by scrambled Sobol points: their scatter is the error.

        Keys are ``probability x``, and ``reliability k`` of sources that matter.
        """
        means, squares = [], []
        for seed in range(scrambles):
            sobol = stats.qmc.Sobol(max(1, len(self.active)), rng=seed)
            points = special.ndtri(sobol.random_base2(log2_points))
            mean, square = self._moments(points, np.ones(len(points)))
            means.append(mean)
            squares.append(square)
        found = {}
        for name in means[0]:
            centre = np.mean([m[name] for m in means])
            found[name] = Estimate(
                centre,
                spread(centre, np.mean([m[name] for m in squares])),
                np.std([m[name] for m in means], ddof=1) / scrambles**0.5,
            )
        return found

    def quadrature(self, nodes: int = 40) -> Any:
        """Integrate over z by a Gauss-Hermite rule in every active unknown."""
        x, weights = special.roots_hermitenorm(nodes)
        points = np.array(list(itertools.product(x, repeat=len(self.active))))
        each = np.array(list(itertools.product(weights, repeat=len(self.active))))
        mean, square = self._moments(points, each.prod(axis=1))
        return {
            name: Estimate(mean[name], spread(mean[name], square[name]), 0.0)
            for name in mean
        }

    def _moments(self, points: Any, weights: Any) -> tuple[Any, Any]:
        z = np.zeros((len(self.labels), len(points)))
        z[self.places] = points.T[: len(self.places)]
        seen = weigh(z, self.design.arrays)
        weights = weights * np.exp(seen.log_likelihood - seen.log_likelihood.max())
        reliability = special.expit(unknowns(z, self.design.arrays).reliability)
        values = {
            f"probability {name}": p
            for name, p in zip(self.design.scenarios, seen.probability, strict=True)
        } | {
            f"reliability {name}": rho
            for name, rho in zip(self.design.sources, reliability, strict=True)
            if f"source {name}" in self.active
        }
        return tuple(
            {
                name: float(np.average(v**power, weights=weights))
                for name, v in values.items()
            }
            for power in (1, 2)
        )


def spread(mean: float, square: float) -> float:
    return max(square - mean**2, 0) ** 0.5
