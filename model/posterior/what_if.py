r"""What if: the draws of one fit, read under another casebook.

Before any report :math:`z` is standard normal, whatever the casebook; the posteriors of
two casebooks differ in their likelihoods alone. So a draw from one is a draw from the
other with weight

.. math::

    w \propto \frac{P(\text{reports, outcomes} \mid z, \text{new casebook})}
                   {P(\text{reports, outcomes} \mid z, \text{casebook of the fit})}.

The largest weights are smoothed (PSIS), and the shape k of their tail tells how far to
trust them: above 0.7 the two are too far apart, and only a fit will tell.

What is unknown goes by its label: a source that was regraded, a scenario with another
prior, keep their z, of which they make something else. What is new is drawn from its
prior, and what is gone is left out; neither changes the weights.
"""

import datetime
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from deciban.model.casebook.casebook import Casebook
from deciban.model.likelihood.design import Design, design
from deciban.model.likelihood.formula import Unknowns, unknowns
from deciban.model.posterior.evidence_cache import Hearing, hear
from deciban.model.posterior.statistics import Forecasts
from deciban.model.posterior.summaries import (
    columns,
    prior_means,
    prior_probability,
    told_of,
)
from deciban.model.posterior.summary import ScenarioSummary
from deciban.model.posterior.weighing import believe
from deciban.model.sampling.draws import Draws

__all__ = ["Basis", "Reading", "prior_summary"]

type Floats = NDArray[np.float64]

# Log-likelihoods that differ by less, in nats, differ by rounding.
_ROUNDING = 1e-9


@dataclass(frozen=True, eq=False)
class Reading:
    """What the draws of a fit say of a casebook.

    Attributes
    ----------
    pareto_k : float or None
        Shape of the weights' tail; None where all weights are equal, as for the fit's
        own casebook.
    weights : ndarray, shape (draw,)
        Of the draws, with sum 1.
    summary : Forecasts
        ``scenarios``, ``sources`` and ``arguments``, summed up; ``told`` has the draws.
    design : Design
        The casebook as of the day.
    heard : Hearing
        What reports and arguments say there.
    """

    pareto_k: float | None
    weights: Floats
    summary: Forecasts
    design: Design
    heard: Hearing


class Basis:
    """The draws of a fit, to be read under any casebook.

    Parameters
    ----------
    draws : Draws
        What the sampler left behind.
    casebook : Casebook
        The one that was fitted, whole.
    as_of : date
        The day of the fit.
    """

    def __init__(self, draws: Draws, casebook: Casebook, as_of: datetime.date) -> None:
        self.draws = draws
        self._design = design(casebook, as_of)
        self._x = unknowns(columns(draws, self._design).T, self._design.arrays)
        self._heard = hear(self._x, self._design)
        self._log_likelihood = believe(
            self._x, self._heard, self._design
        ).log_likelihood

    def read(
        self, casebook: Casebook, as_of: datetime.date, near: Reading | None = None
    ) -> Reading:
        """Read the draws under a casebook, as of a day.

        Parameters
        ----------
        casebook : Casebook
            Any; the nearer to the one that was fitted, the better.
        as_of : date
            Up to and with this day reports and outcomes are known.
        near : Reading, optional
            Of the same draws: what is the same there is not heard again. That of the
            fit's own casebook unless given.

        Raises
        ------
        ModelError
            If no draw is possible under it, or there are too few draws.
        """
        laid_out = design(casebook, as_of)
        x = self._unknowns(laid_out)
        heard = hear(x, laid_out, near.heard if near else self._heard)
        belief = believe(x, heard, laid_out)
        log_ratio = belief.log_likelihood - self._log_likelihood
        weights, pareto_k = _weights(log_ratio)
        # Where a draw is impossible it says nothing, not even 0.
        impossible = np.isneginf(log_ratio)[:, None]
        for probability in (belief.probability, belief.complement):
            np.copyto(probability, 0.0, where=impossible)
        forecasts = Forecasts(
            told_of(belief, x, laid_out, self.draws.z.shape[0]),
            prior_means(casebook, as_of, len(log_ratio)),
            casebook.as_of(as_of),
            as_of,
            None if pareto_k is None else weights,
        )
        return Reading(pareto_k, weights, forecasts, laid_out, heard)

    def _unknowns(self, laid_out: Design) -> Unknowns:
        """What the draws stand for: most changes leave that as it was."""
        known, asked = self._design, laid_out
        if (
            (known.scenarios, known.sources, known.links)
            == (asked.scenarios, asked.sources, asked.links)
            and np.array_equal(known.arrays.location, asked.arrays.location)
            and np.array_equal(known.arrays.scale, asked.arrays.scale)
        ):
            return self._x
        return unknowns(columns(self.draws, asked).T, asked.arrays)


def _weights(log_ratio: Floats) -> tuple[Floats, float | None]:
    low, high = log_ratio.min(), log_ratio.max()
    if np.isfinite(low) and high - low < _ROUNDING:
        return np.full(len(log_ratio), 1 / len(log_ratio)), None
    from deciban.model.sampling.checks import smoothed_weights

    return smoothed_weights(log_ratio)


def prior_summary(casebook: Casebook, as_of: datetime.date) -> list[ScenarioSummary]:
    """Sum up what is believed without any report, before there is a fit.

    Parameters
    ----------
    casebook : Casebook
        Its reports are not looked at; which outcomes are known is said, but not used.
    as_of : date
        The day at which the clocks stand.

    Returns
    -------
    list of ScenarioSummary
        In the order of the file.
    """
    bare, belief, x = prior_probability(casebook, as_of)
    evidence = casebook.evidence.model_copy(update={"reports": ()})
    return Forecasts(
        told_of(belief, x, bare, chains=1),
        dict(
            zip(bare.scenarios, belief.probability.mean(axis=0).tolist(), strict=True)
        ),
        casebook.as_of(as_of).model_copy(update={"evidence": evidence}),
        as_of,
        standard_errors=_of_independent_draws,
    ).scenarios


def _of_independent_draws(draws: Floats) -> Floats:
    """Standard errors of means, from above: draws spread evenly err less."""
    errors: Floats = draws.std(axis=(0, 1)) / np.sqrt(draws.shape[0] * draws.shape[1])
    return errors
