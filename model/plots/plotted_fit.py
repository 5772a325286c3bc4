"""A fit as its plots take it: what it says, and draws in percent."""

import textwrap
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import xarray as xr

from deciban.model.posterior.statistics import summarise
from deciban.model.posterior.summary import ScenarioSummary, Summary

__all__ = ["FLAT", "PlottedFit", "plotted_fit"]

# Draws that spread less have no density to see: where the clock has run out they differ
# by 1e-308.
FLAT = 1e-9  # percent


@dataclass(frozen=True, eq=False)
class PlottedFit:
    """What the plots need of a fit.

    Attributes
    ----------
    summary : Summary
    title : str
        Of the case.
    posterior, prior : Dataset
        Probabilities of scenarios and reliabilities of sources, in percent.
    sample_stats : Dataset
        What the sampler says of its draws.
    """

    summary: Summary
    title: str
    posterior: xr.Dataset
    prior: xr.Dataset
    sample_stats: xr.Dataset

    @cached_property
    def scenarios(self) -> dict[str, ScenarioSummary]:
        """What is said of each scenario, by id, in the order of the casebook."""
        return {scenario.id: scenario for scenario in self.summary.scenarios}

    @cached_property
    def unsettled(self) -> list[str]:
        """Ids of the scenarios whose draws differ."""
        draws = self.posterior["probability"]
        spread = np.ptp(draws.values, axis=(0, 1))
        return [str(s) for s in draws["scenario"].values[spread > FLAT]]

    def heading(self, what: str) -> str:
        """Say what a plot shows, of which case and day; and whether checks failed."""
        lines = [
            textwrap.shorten(self.title, 96, placeholder=" ..."),
            f"{what}: {self.summary.case}, as of {self.summary.as_of}",
        ]
        if not self.summary.checks.ok:
            lines.append("This fit failed its checks: see trace, rank and energy")
        return "\n".join(lines)


def plotted_fit(fit: xr.DataTree) -> PlottedFit:
    """Take from a fit what its plots need."""
    summary = summarise(fit)
    scenarios = [scenario.id for scenario in summary.scenarios]
    sources = [source.id for source in summary.sources]

    def percent(group: str) -> xr.Dataset:
        draws = fit[group].to_dataset()[["probability", "source_reliability"]]
        return 100 * draws.sel(scenario=scenarios, source=sources)

    return PlottedFit(
        summary,
        str(fit.attrs["title"]),
        percent("posterior"),
        percent("prior"),
        fit["sample_stats"].to_dataset(),
    )
