"""From a sampler's draws to what is told: weighed and summed up, in NumPy alone.

Only the proof of the computation needs ArviZ, which is loaded when it is asked for.
"""

import datetime
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from scipy.special import expit

from deciban.model.array_types import Floats
from deciban.model.casebook.casebook import Casebook
from deciban.model.likelihood.design import Design, design
from deciban.model.likelihood.unknowns import Unknowns, unknowns
from deciban.model.posterior.evidence_cache import hear
from deciban.model.posterior.statistics import Forecasts, Told
from deciban.model.posterior.summary import Summary
from deciban.model.posterior.weighing import (
    Belief,
    believe,
    clocked,
    even_draws,
    prior_draws,
    reason_parts,
)
from deciban.model.sampling.draws import Draws

__all__ = [
    "PriorBelief",
    "columns",
    "prior_means",
    "prior_probability",
    "summary_of",
    "told_of",
]


# Spread evenly, they err by far less than as many independent ones.
_PRIOR_DRAWS = 4000


def columns(draws: Draws, laid_out: Design) -> Floats:
    """Put draws into the places of a design, by their labels.

    Parameters
    ----------
    draws : Draws
        Of any fit.
    laid_out : Design
        Of any casebook. What is unknown there and was not in the fit is drawn from its
        prior, the same draws whenever it goes by the same label.

    Returns
    -------
    ndarray, shape (unknown, draw)
    """
    flat = draws.z.reshape(-1, len(draws.labels)).T
    place = {label: i for i, label in enumerate(draws.labels)}
    labels = laid_out.coords()["unknown"]
    z = np.empty((len(labels), flat.shape[1]))
    for row, label in zip(z, labels, strict=True):
        if label in place:
            row[:] = flat[place[label]]
        else:
            row[:] = even_draws(label, flat.shape[1])
    return z


def told_of(belief: Belief, x: Unknowns, laid_out: Design, chains: int) -> Told:
    """Name what was weighed.

    Parameters
    ----------
    belief : Belief
        What is believed.
    x : Unknowns
        What each draw stands for.
    laid_out : Design
        The casebook.
    chains : int
        Of how many chains they are.
    """
    return Told(
        chains=chains,
        scenarios=laid_out.scenarios,
        sources=laid_out.sources,
        arguments=laid_out.arguments,
        reasons=laid_out.reasons,
        probability=belief.probability,
        complement=belief.complement,
        reliability=lambda: expit(x.reliability.T),
        established=lambda: expit(belief.argument_log_odds),
        reasoning=lambda: reason_parts(x, laid_out),
    )


def summary_of(draws: Draws, casebook: Casebook, as_of: datetime.date) -> Summary:
    """Summarise the draws of a fit; ``model.posterior.statistics`` says the same of it.

    Parameters
    ----------
    draws : Draws
        As ``model.sampling.fit.sample`` returns them.
    casebook : Casebook
        The one that was fitted, whole.
    as_of : date
        The day of the fit.
    """
    from deciban.model.sampling.checks import check_draws

    laid_out = design(casebook, as_of)
    x = unknowns(columns(draws, laid_out), laid_out.arrays)
    belief = believe(x, hear(x, laid_out), laid_out)
    chains, n_draws = draws.z.shape[:2]
    forecasts = Forecasts(
        told_of(belief, x, laid_out, chains),
        prior_means(casebook, as_of, chains * n_draws),
        casebook.as_of(as_of),
        as_of,
    )
    return forecasts.summary(
        digest=draws.digest,
        seed=draws.seed,
        checks=check_draws(
            belief.probability.reshape(chains, n_draws, -1), draws.stats["diverging"]
        ),
    )


def prior_means(
    casebook: Casebook,
    as_of: datetime.date,
    n_draws: int,
    looked: datetime.date | None = None,
) -> dict[str, float]:
    """Mean of each scenario's probability before any report or outcome, by id.

    With links, and with the clock at the day. The means are remembered: reports come
    often, and seldom change them.

    Parameters
    ----------
    casebook : Casebook
        Whole, or a part of one.
    as_of : date
        The day.
    n_draws : int
        Of how many draws.
    looked : date, optional
        Day on which somebody last looked; that of the casebook unless given.
    """
    prior = _Prior(casebook, as_of, looked)
    return dict(zip(prior.design.scenarios, _means(prior, n_draws), strict=True))


class PriorBelief(NamedTuple):
    """What is believed before any report.

    Attributes
    ----------
    design : Design
        The casebook without reports, sources and arguments.
    belief : Belief
        What is believed under each draw, which has learned from the clock.
    x : Unknowns
        What each draw stands for.
    """

    design: Design
    belief: Belief
    x: Unknowns


def prior_probability(
    casebook: Casebook, as_of: datetime.date, n_draws: int = _PRIOR_DRAWS
) -> PriorBelief:
    """Weigh draws from the prior, with neither reports nor outcomes."""
    return _believed(_Prior(casebook, as_of, None).design, n_draws)


def _believed(bare: Design, n_draws: int) -> PriorBelief:
    z = clocked(prior_draws(bare.coords()["unknown"], n_draws), bare)
    x = unknowns(z, bare.arrays)
    return PriorBelief(bare, believe(x, hear(x, bare), bare), x)


class _Prior:
    """A casebook without its reports; equal to another where the same is believed."""

    def __init__(
        self, casebook: Casebook, as_of: datetime.date, looked: datetime.date | None
    ) -> None:
        looked = looked or casebook.as_of(as_of).looked(as_of)
        without = casebook.as_of(as_of).without_reports()
        # Of whom no report tells, nothing depends.
        bare = without.model_copy(
            update={
                "priors": without.priors.model_copy(update={"arguments": ()}),
                "evidence": without.evidence.model_copy(update={"sources": ()}),
            }
        )
        self.design = design(bare, as_of, looked)
        arrays = self.design.arrays
        self._key = (
            self.design.scenarios,
            self.design.links,
            tuple(one.answers for one in bare.priors.rivals),
            arrays.location.tobytes(),
            arrays.scale.tobytes(),
            *(part.tobytes() for part in arrays.clock),
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Prior) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)


# To weigh the draws takes 9 ms for the nine scenarios of the shipped case.
@lru_cache(maxsize=64)
def _means(prior: _Prior, n_draws: int) -> tuple[float, ...]:
    belief = _believed(prior.design, n_draws).belief
    return tuple(belief.probability.mean(axis=0).tolist())
