"""The shapes of forecasts: the density of each, and of what was believed before.

A fit's explanation has them. Before the first fit, and for the moment until a new one
is explained, they are made here, of draws.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from deciban.model.explain.explanation import Explanation
from deciban.model.posterior.density_curve import cell_densities, cell_ends
from deciban.model.posterior.summaries import prior_probability
from deciban.model.posterior.what_if import Reading
from deciban.service.application.current_forecasts import CurrentForecast

__all__ = ["Shapes"]

type Densities = Mapping[str, Sequence[float] | None]


class Shapes(NamedTuple):
    """Densities by scenario, in cells of the probability axis.

    Attributes
    ----------
    ends : sequence of float
        Of the cells, from 0 to 1.
    forecast, prior : mapping of sequence of float
        By scenario; None where all is one value. ``forecast`` is empty without a fit.
    """

    ends: Sequence[float]
    forecast: Densities
    prior: Densities

    @classmethod
    def explained(cls, explanation: Explanation) -> Self:
        """Take the shapes of a fit from its explanation."""
        scenarios = explanation.scenarios
        return cls(
            explanation.axis,
            {scenario.id: scenario.density for scenario in scenarios},
            {scenario.id: scenario.prior_density for scenario in scenarios},
        )

    @classmethod
    def before(cls, current: CurrentForecast) -> Self:
        """Draw what is believed without any report."""
        before = prior_probability(current.casebook, current.as_of)
        prior = _densities(before.design.scenarios, before.belief.probability)
        return cls(cell_ends().tolist(), {}, prior)

    @classmethod
    def read(cls, current: CurrentForecast, reading: Reading) -> Self:
        """Read the draws of a fit that is not explained yet."""
        told = reading.summary.told
        before = cls.before(current)
        forecast = _densities(told.scenarios, told.probability)
        return cls(before.ends, forecast, before.prior)


def _densities(
    scenarios: Sequence[str], probability: NDArray[np.float64]
) -> dict[str, list[float] | None]:
    densities = (cell_densities(draws) for draws in probability.T)
    return {
        scenario: None if density is None else density.tolist()
        for scenario, density in zip(scenarios, densities, strict=True)
    }
