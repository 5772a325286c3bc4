"""A fit as its plots take it: what it says, and draws where they are needed."""

import datetime
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deciban.model.array_types import Floats
from deciban.model.casebook.casebook import Casebook
from deciban.model.explain.explanation import Explanation
from deciban.model.fit import Fit, PastDay
from deciban.model.posterior.density_curve import cell_densities
from deciban.model.posterior.statistics import summarise
from deciban.model.posterior.summary import SETTLED, Checks, ScenarioSummary, Summary
from deciban.model.posterior.what_if import prior_summary

__all__ = ["PlottedFit", "plotted_fit"]

type Densities = Mapping[str, Sequence[float] | None]


@dataclass(frozen=True, eq=False)
class PlottedFit:
    """What the plots of a fit are made of.

    Attributes
    ----------
    casebook : Casebook
        That was fitted, whole.
    summary : Summary
        What it says.
    probability : callable
        Gives the draws of the probabilities, shape (chain, draw, scenario), in the
        order of the summary.
    prior_probability : callable
        Gives draws of them before any report, shape (draw, scenario), in that order.
    sample_stats : callable
        Gives what the sampler says of its draws, each of shape (chain, draw).
    explained : callable
        Gives its explanation.
    past : callable
        Gives the days before it on which forecasts may have moved, the oldest first.
    prior_on : callable of date
        Gives what is believed of each scenario on a day before any report.
    """

    casebook: Casebook
    summary: Summary
    probability: Callable[[], Floats]
    prior_probability: Callable[[], Floats]
    sample_stats: Callable[[], Mapping[str, NDArray[Any]]]
    explained: Callable[[], Explanation]
    past: Callable[[], Sequence[PastDay]]
    prior_on: Callable[[datetime.date], Sequence[ScenarioSummary]]

    @property
    def title(self) -> str:
        """Of the case."""
        return self.casebook.priors.title

    @cached_property
    def explanation(self) -> Explanation:
        """What each report, argument and source has part in each forecast."""
        return self.explained()

    @cached_property
    def past_days(self) -> Sequence[PastDay]:
        """What is forecast with what was known on the days before it."""
        return self.past()

    @cached_property
    def by_chain(self) -> Floats:
        """Draws of the probabilities, shape (chain, draw, scenario)."""
        return self.probability()

    @property
    def scenarios(self) -> list[str]:
        """Ids of the scenarios, in the order of the casebook."""
        return [scenario.id for scenario in self.summary.scenarios]

    @property
    def questions(self) -> Mapping[str, str]:
        """What each scenario asks, by id."""
        return {one.id: one.question for one in self.casebook.priors.scenarios}

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


def plotted_fit(fit: Fit) -> PlottedFit:
    """Take from a fit what its plots need; each part when it is asked for."""
    summary = summarise(fit.tree)  # a file has it: no need of ArviZ
    scenarios = [scenario.id for scenario in summary.scenarios]

    def probability(group: str) -> Floats:
        draws = fit.tree[group].to_dataset()["probability"].sel(scenario=scenarios)
        values: Floats = draws.transpose("chain", "draw", "scenario").values
        return values

    def sample_stats() -> Mapping[str, NDArray[Any]]:
        stats = fit.tree["sample_stats"].to_dataset()
        return {str(name): stats[name].values for name in stats.data_vars}

    return PlottedFit(
        fit.casebook,
        summary,
        lambda: probability("posterior"),
        lambda: probability("prior").reshape(-1, len(scenarios)),
        sample_stats,
        lambda: fit.explanation,
        lambda: fit.past_days,
        lambda day: prior_summary(fit.casebook, day),
    )
