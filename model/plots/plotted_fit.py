"""A fit as its plots take it: what it says, and draws where they are needed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from deciban.model.array_types import Floats
from deciban.model.posterior.density_curve import cell_densities
from deciban.model.posterior.statistics import casebook_of, summarise
from deciban.model.posterior.summary import SETTLED, Checks, ScenarioSummary, Summary

# xarray takes half a second to load. The one who passes a DataTree has it.
if TYPE_CHECKING:
    import xarray as xr

__all__ = ["PlottedFit", "plotted_fit"]

type Densities = Mapping[str, Sequence[float] | None]


@dataclass(frozen=True, eq=False)
class PlottedFit:
    """What the plots of a fit are made of.

    Attributes
    ----------
    title : str
        Of the case.
    source_names : mapping of str to str
        By id.
    summary : Summary
        What it says.
    probability : callable
        Gives the draws of the probabilities, shape (chain, draw, scenario), in the
        order of the summary.
    prior_probability : callable
        Gives draws of them before any report, shape (draw, scenario), in that order.
    sample_stats : callable
        Gives what the sampler says of its draws, each of shape (chain, draw).
    """

    title: str
    source_names: Mapping[str, str]
    summary: Summary
    probability: Callable[[], Floats]
    prior_probability: Callable[[], Floats]
    sample_stats: Callable[[], Mapping[str, NDArray[Any]]]

    @cached_property
    def by_chain(self) -> Floats:
        """Draws of the probabilities, shape (chain, draw, scenario)."""
        return self.probability()

    @property
    def scenarios(self) -> list[str]:
        """Ids of the scenarios, in the order of the casebook."""
        return [scenario.id for scenario in self.summary.scenarios]

    @property
    def unsettled(self) -> list[str]:
        """Ids of the scenarios whose draws differ."""
        return [s.id for s in self.summary.scenarios if not is_settled(s)]

    @cached_property
    def densities(self) -> Densities:
        """Density of each probability in cells of the axis; None where it has none."""
        return self._densities(self.by_chain.reshape(-1, len(self.scenarios)))

    @cached_property
    def prior_densities(self) -> Densities:
        """The same before any report."""
        return self._densities(self.prior_probability())

    def _densities(self, draws: Floats) -> Densities:
        densities = map(cell_densities, np.ascontiguousarray(draws.T))
        return {
            scenario: None if density is None else density.tolist()
            for scenario, density in zip(self.scenarios, densities, strict=True)
        }

    @cached_property
    def convergence(self) -> Mapping[str, Checks]:
        """R-hat and effective sample sizes of each probability by itself."""
        # With ArviZ, which only diagnostics should have to load.
        from deciban.model.sampling.checks import check_draws

        draws = self.by_chain
        nowhere = np.zeros(draws.shape[:2], dtype=bool)
        return {
            scenario: check_draws(draws[..., [i]], nowhere)
            for i, scenario in enumerate(self.scenarios)
        }

    def heading(self, what: str) -> list[str]:
        """Say what a plot shows, of which case and day; and whether checks failed."""
        lines = [f"{what}: {self.summary.case}, as of {self.summary.as_of}"]
        if not self.summary.checks.ok:
            lines.append("This fit failed its checks: see trace, rank and energy")
        return lines


def is_settled(scenario: ScenarioSummary) -> bool:
    """Whether all draws of a probability are one value."""
    return not scenario.sd > SETTLED


def plotted_fit(fit: "xr.DataTree") -> PlottedFit:
    """Take from a fit what its plots need.

    Parameters
    ----------
    fit : DataTree
        As ``model.sampling.fit.fit`` returns it, or as it was saved.
    """
    summary = summarise(fit)
    scenarios = [scenario.id for scenario in summary.scenarios]

    def probability(group: str) -> Floats:
        draws = fit[group].to_dataset()["probability"].sel(scenario=scenarios)
        values: Floats = draws.transpose("chain", "draw", "scenario").values
        return values

    def sample_stats() -> Mapping[str, NDArray[Any]]:
        stats = fit["sample_stats"].to_dataset()
        return {str(name): stats[name].values for name in stats.data_vars}

    return PlottedFit(
        str(fit.attrs["title"]),
        {source.id: source.name for source in casebook_of(fit).evidence.sources},
        summary,
        lambda: probability("posterior"),
        lambda: probability("prior").reshape(-1, len(scenarios)),
        sample_stats,
    )
