"""Draws summed up: the mean, spread and quantiles of all that a fit tells.

They are a sampler's, or those of a fit's DataTree alone, so that a fit that was saved
can be read again without its casebook's files. Draws may have weights: then it is what
they say of another casebook (``model.posterior.what_if``).
"""

import datetime
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from deciban.model.array_types import Floats
from deciban.model.casebook.casebook import Casebook
from deciban.model.casebook.states import state_of
from deciban.model.posterior.summary import (
    QUANTILE_LEVELS,
    RULES,
    SETTLED,
    ArgumentSummary,
    Checks,
    ScenarioSummary,
    SourceSummary,
    Summary,
)
from deciban.priors import VERBAL_SCALES, LogitNormal, Outcome, Scenario

# xarray takes half a second to load. The one who passes a DataTree has it.
if TYPE_CHECKING:
    import xarray as xr

__all__ = ["Forecasts", "Told", "casebook_of", "summarise"]


@dataclass(frozen=True, eq=False)
class Told:
    """Draws of all that is told; the first axis is the draw, chain after chain.

    Attributes
    ----------
    chains : int
        How many chains the draws are of, equally long.
    scenarios, sources, arguments : tuple of str
        Ids, in the order of the columns.
    reasons : tuple of (str, str)
        Argument and scenario of each bearing of an argument.
    probability : ndarray, shape (draw, scenario)
    reliability : callable
        Gives that of the sources, shape (draw, source), if it is asked for.
    established : callable
        Gives the probability of each argument given the reports on it, shape (draw,
        argument).
    reasoning : callable
        Gives the weight of each bearing of an argument in dB, shape (draw, reason).
    complement : ndarray, shape (draw, scenario), optional
        That a scenario does not occur, where that is known better than by ``1 -
        probability``, which rounds.
    """

    chains: int
    scenarios: tuple[str, ...]
    sources: tuple[str, ...]
    arguments: tuple[str, ...]
    reasons: tuple[tuple[str, str], ...]
    probability: Floats
    reliability: Callable[[], Floats]
    established: Callable[[], Floats]
    reasoning: Callable[[], Floats]
    complement: Floats | None = None


class Forecasts:
    """Draws summed up, with weights or without; each part when it is first asked for.

    Parameters
    ----------
    told : Told
        The draws.
    prior_mean : mapping of str to float
        Of each scenario.
    known : Casebook
        As of the day.
    as_of : date
        The day.
    weights : ndarray, shape (draw,), optional
        Of the draws, with sum 1; equal unless given.
    standard_errors : callable, optional
        Gives the Monte Carlo standard error of the mean of each column of draws, shape
        (chain, draw, column); by default ``model.sampling.checks.standard_errors``.
    """

    def __init__(
        self,
        told: Told,
        prior_mean: Mapping[str, float],
        known: Casebook,
        as_of: datetime.date,
        weights: Floats | None = None,
        standard_errors: Callable[[Floats], Floats] | None = None,
    ) -> None:
        self.told, self.as_of, self.weights = told, as_of, weights
        self._prior_mean, self._known = prior_mean, known
        self._standard_errors = standard_errors

    @cached_property
    def scenarios(self) -> list[ScenarioSummary]:
        """What is forecast of each scenario, in the order of the file."""
        draws, against = self.told.probability, self.told.complement
        means, levels = self._means(draws), self._quantiles(draws, QUANTILE_LEVELS)
        complements = self._means(1 - draws if against is None else against)
        sds = np.sqrt(self._means((draws - means) ** 2))
        errors = self._errors(draws - means)
        counts = {
            scenario.id: self._known.index.counts(scenario.id)
            for scenario in self._known.priors.scenarios
        }
        place = {name: i for i, name in enumerate(self.told.scenarios)}
        outcomes = self._known.outcomes()
        return [
            _scenario(
                scenario,
                outcomes.get(scenario.id),
                self.as_of,
                mean=float(means[i]),
                complement=float(complements[i]),
                sd=float(sds[i]),
                quantiles=dict(
                    zip(QUANTILE_LEVELS, levels[:, i].tolist(), strict=True)
                ),
                mcse=float(errors[i]),
                prior_mean=self._prior_mean[scenario.id],
                reports=counts[scenario.id].reports,
                origins=counts[scenario.id].origins,
            )
            for scenario in self._known.priors.scenarios
            for i in [place[scenario.id]]
        ]

    @cached_property
    def sources(self) -> list[SourceSummary]:
        """What is thought of each source, in the order of the file."""
        draws = self.told.reliability()
        means, ends = self._means(draws), self._quantiles(draws, (0.05, 0.95))
        place = {name: i for i, name in enumerate(self.told.sources)}
        scales = self._known.priors.scales
        before = {
            source.id: LogitNormal(
                own.location,
                math.hypot(own.sd, scales.shift_sd_of(source.id, source.reliability)),
            ).mean
            for source in self._known.evidence.sources
            for own in [scales.source(source.id, source.reliability)]
        }
        return [
            SourceSummary(
                id=source.id,
                grade=source.reliability,
                prior_mean=before[source.id],
                mean=float(means[i]),
                eti90=(float(ends[0, i]), float(ends[1, i])),
            )
            for source in self._known.evidence.sources
            for i in [place[source.id]]
        ]

    @cached_property
    def arguments(self) -> list[ArgumentSummary]:
        """How far each argument is established, in the order of the file."""
        means = dict(
            zip(self.told.arguments, self._means(self.told.established()), strict=True)
        )
        weights: dict[str, dict[str, float]] = {name: {} for name in means}
        for (argument, scenario), weight in zip(
            self.told.reasons, self._means(self.told.reasoning()), strict=True
        ):
            weights[argument][scenario] = float(weight)
        return [
            ArgumentSummary(
                id=argument.id,
                probability=float(means[argument.id]),
                weight_db=weights[argument.id],
            )
            for argument in self._known.priors.arguments
        ]

    def summary(self, *, digest: str, seed: int, checks: Checks) -> Summary:
        """Gather all parts, with the proof of their computation."""
        return Summary(
            case=self._known.case,
            as_of=self.as_of,
            digest=digest,
            seed=seed,
            checks=checks,
            scenarios=self.scenarios,
            sources=self.sources,
            arguments=self.arguments,
            rules=RULES,
        )

    def _means(self, draws: Floats) -> Floats:
        if self.weights is None:
            means: Floats = draws.mean(axis=0)
            return means
        # From one of the draws, so that the mean of what is certain is certain.
        certain: Floats = draws[0]
        return certain + self.weights @ (draws - certain)

    def _quantiles(self, draws: Floats, levels: tuple[float, ...]) -> Floats:
        """Quantiles of each column, shape (level, column)."""
        if self.weights is None or not draws.shape[1]:
            quantiles: Floats = np.quantile(draws, levels, axis=0)
            return quantiles
        return np.stack(
            [_weighted_quantiles(column, self.weights, levels) for column in draws.T],
            axis=1,
        )

    def _errors(self, deviations: Floats) -> Floats:
        """Standard errors of the means, from what each draw adds to them.

        Notes
        -----
        A weighted mean is a ratio of sums. Near its limit it is the plain mean of n w
        (x - mean), which hang together as the draws do.
        """
        n_draws, width = deviations.shape
        if self.weights is not None:
            deviations = n_draws * self.weights[:, None] * deviations
        of_columns = deviations.reshape(self.told.chains, -1, width)
        if self._standard_errors is not None:
            return self._standard_errors(of_columns)
        from deciban.model.sampling.checks import standard_errors

        return standard_errors(of_columns)


def _weighted_quantiles(
    draws: Floats, weights: Floats, levels: tuple[float, ...]
) -> Floats:
    """Interpolate between draws as NumPy does, which spaces them evenly, by weight."""
    possible = weights > 0
    order = np.argsort(draws[possible])
    ascending, share = draws[possible][order], weights[possible][order]
    at = np.cumsum(share) - (share + share[0]) / 2
    quantiles: Floats = np.interp(np.array(levels) * at[-1], at, ascending)
    return quantiles


def _scenario(
    scenario: Scenario,
    outcome: Outcome | None,
    as_of: datetime.date,
    *,
    mean: float,
    complement: float,
    quantiles: Mapping[float, float],
    prior_mean: float,
    reports: int,
    origins: int,
    sd: float,
    mcse: float,
) -> ScenarioSummary:
    term = VERBAL_SCALES["icd203"].term(mean)
    return ScenarioSummary(
        id=scenario.id,
        mean=mean,
        median=quantiles[0.5],
        eti90=(quantiles[0.05], quantiles[0.95]),
        eti50=(quantiles[0.25], quantiles[0.75]),
        quantiles={str(level): value for level, value in quantiles.items()},
        prior_mean=prior_mean,
        weight_db=_weight(prior_mean, mean, complement),
        term=term.word if term else None,
        reports=reports,
        origins=origins,
        outcome=outcome.occurred if outcome else None,
        state=state_of(scenario, outcome, as_of),
        sd=sd,
        mcse=mcse,
    )


def _weight(before: float, after: float, complement: float) -> float | None:
    """Decibans from one probability to another, None where either is settled."""
    if not (SETTLED < before < 1 - SETTLED and after > 0 and complement > 0):
        return None
    bans = np.log10(after) - np.log10(complement) - np.log10(before / (1 - before))
    return 10 * float(bans)


def summarise(fit: "xr.DataTree") -> Summary:
    """Summarise a fit.

    Parameters
    ----------
    fit : DataTree
        As ``model.sampling.fit.fit`` returns it, or as it was saved.

    Returns
    -------
    Summary
        Scenarios, sources and arguments in the order of the casebook's files.
    """
    if (kept := _kept_summary(fit)) is not None:
        return kept
    from deciban.model.sampling.checks import check_draws

    as_of = datetime.date.fromisoformat(fit.attrs["as_of"])
    posterior, prior, data, stats = (
        fit.children[name].to_dataset()
        for name in ("posterior", "prior", "constant_data", "sample_stats")
    )
    before = prior["probability"].mean(("chain", "draw")).values.tolist()
    forecasts = Forecasts(
        _told(posterior, data),
        dict(zip(_ids(prior, "scenario"), before, strict=True)),
        casebook_of(fit).as_of(as_of),
        as_of,
    )
    return forecasts.summary(
        digest=fit.attrs["digest"],
        seed=int(fit.attrs["seed"]),
        checks=check_draws(posterior["probability"].values, stats["diverging"].values),
    )


def _kept_summary(fit: "xr.DataTree") -> Summary | None:
    """Return the summary that a fit carries, unless its draws were changed since."""
    if "summary" not in fit.attrs:
        return None
    kept = Summary.model_validate_json(fit.attrs["summary"])
    posterior = fit.children["posterior"].to_dataset()
    means = posterior["probability"].values.mean(axis=(0, 1)).tolist()
    now = dict(zip(_ids(posterior, "scenario"), means, strict=True))
    said = {scenario.id: scenario.mean for scenario in kept.scenarios}
    is_same = said.keys() == now.keys() and all(
        math.isclose(mean, said[name], rel_tol=1e-9) for name, mean in now.items()
    )
    return kept if is_same else None


def _told(posterior: "xr.Dataset", data: "xr.Dataset") -> Told:
    reasons = data["bearing_is_argument"].values
    givers, scenarios = (
        data[name].values[reasons].tolist()
        for name in ("bearing_giver", "bearing_scenario")
    )
    return Told(
        chains=posterior.sizes["chain"],
        scenarios=_ids(posterior, "scenario"),
        sources=_ids(posterior, "source"),
        arguments=_ids(posterior, "argument"),
        reasons=tuple(zip(givers, scenarios, strict=True)),
        probability=_flat(posterior["probability"]),
        reliability=lambda: _flat(posterior["source_reliability"]),
        established=lambda: _flat(posterior["argument_probability"]),
        reasoning=lambda: _flat(posterior["weight"])[:, reasons].astype(float),
    )


def _ids(group: "xr.Dataset", dim: str) -> tuple[str, ...]:
    return tuple(group[dim].values.tolist())


def _flat(variable: "xr.DataArray") -> Any:
    n_chains, n_draws, width = variable.shape
    return variable.values.reshape(n_chains * n_draws, width)


def casebook_of(fit: "xr.DataTree") -> Casebook:
    """Return the casebook that a fit was made from; the fit carries it."""
    data = fit.children["constant_data"].to_dataset()
    return Casebook.model_validate_json(str(data["casebook"].values))
