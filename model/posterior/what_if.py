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

The likelihood is a product over sets of linked or rival scenarios and over arguments.
Between two casebooks most factors are the same: only those are weighed that differ, and
only those forecasts are summed up that are asked for.
"""

import datetime
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np

from deciban.evidence import DECIBANS_PER_NAT
from deciban.model.array_types import Floats
from deciban.model.casebook.affected import Affected, affected
from deciban.model.casebook.casebook import Casebook
from deciban.model.likelihood.arithmetic import NUMPY
from deciban.model.likelihood.design import Design, design
from deciban.model.likelihood.formula import PriorLeaves, prior_leaves
from deciban.model.likelihood.joint import Joint
from deciban.model.likelihood.unknowns import Unknowns, unknowns
from deciban.model.posterior.evidence_cache import Hearing, hear
from deciban.model.posterior.statistics import Forecasts
from deciban.model.posterior.summaries import (
    columns,
    prior_means,
    prior_probability,
    told_of,
)
from deciban.model.posterior.summary import ScenarioSummary
from deciban.model.posterior.weighing import Belief, believe
from deciban.model.sampling.draws import Draws
from deciban.priors import PriorsFile

__all__ = ["Basis", "Means", "Reading", "prior_summary"]


# Numbers kept of what outcomes are made of: 32 MB.
_MOST_LEAVES = 4_000_000
# Log-likelihoods that differ by less, in nats, differ by rounding.
_ROUNDING = 1e-9
# A tail tells nothing of where no draw is. From a fit under a prior of 1e-12 to the
# shipped case, k was 0.5, a tenth of the draws counted, and 38 % was read as 32 %; of
# all that is near, such as without any one source, 7 in 10 count.
_LEAST_COUNTED = 0.25


class Means(NamedTuple):
    """What draws say of the means under a casebook.

    Attributes
    ----------
    log_odds : dict of float
        Of the means, by scenario, in dB.
    pareto_k : float or None
        As of ``Reading``.
    log_evidence : float
        Logarithm of the casebook's probability, over that of the fit's.
    """

    log_odds: dict[str, float]
    pareto_k: float | None
    log_evidence: float


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
        self._last_leaves: tuple[Joint, tuple[bytes, ...], PriorLeaves] | None = None
        self._last_prior: tuple[PriorsFile, object, Mapping[str, float]] | None = None
        self._design = design(casebook, as_of)
        self._x = unknowns(columns(draws, self._design), self._design.arrays)
        fitted = self.weigh(casebook, as_of)
        self.log_likelihood = fitted.belief.log_likelihood
        self._own = Reading(
            self, casebook, as_of, self.log_likelihood, fitted.heard, [fitted]
        )

    def read(
        self, casebook: Casebook, as_of: datetime.date, near: "Reading | None" = None
    ) -> "Reading":
        """Read the draws under a casebook, as of a day.

        Parameters
        ----------
        casebook : Casebook
            Any; the nearer to the one that was fitted, the better.
        as_of : date
            Up to and with this day reports and outcomes are known.
        near : Reading, optional
            Of the same draws: what is the same there is not weighed again. That of the
            fit's own casebook unless given.

        Raises
        ------
        ModelError
            If no draw is possible under it, or there are too few draws.
        """
        near = near or self._own
        looked = casebook.looked(as_of)
        # Where somebody has looked since, the clock of every scenario has moved.
        if (
            near.as_of == as_of
            and near.looked == looked
            and (read := self._read_near(casebook, near))
        ):
            return read
        whole = self.weigh(casebook, as_of, near.heard)
        log_likelihood = whole.belief.log_likelihood
        return Reading(self, casebook, as_of, log_likelihood, whole.heard, [whole])

    def _read_near(self, casebook: Casebook, near: "Reading") -> "Reading | None":
        """Weigh again what is not the same; None where all must be weighed."""
        differing = near.casebook.index.differences(casebook.index)
        touched = affected(near.casebook, casebook, differing)
        log_likelihood, heard = near.log_likelihood, near.heard
        weighed = [] if differing else near.weighed
        if touched.scenarios or touched.arguments:
            there, here = near.casebook.part(*touched), casebook.part(*touched)
            if here is casebook or not (
                there.priors.scenarios and here.priors.scenarios
            ):
                return None
            before = near.part(touched)
            after = self.weigh(here, near.as_of, heard, near.looked)
            after = replace(after, touched=touched)
            was, is_now = before.belief.log_likelihood, after.belief.log_likelihood
            if not (np.isfinite(log_likelihood).all() and np.isfinite(was).all()):
                return None  # minus infinity less minus infinity
            log_likelihood = log_likelihood - was + is_now
            heard, weighed = heard.updated(after.heard), [after]
        return Reading(self, casebook, near.as_of, log_likelihood, heard, weighed)

    def weigh(
        self,
        casebook: Casebook,
        as_of: datetime.date,
        known: Hearing | None = None,
        looked: datetime.date | None = None,
    ) -> "WeighedCasebook":
        """Weigh the draws under a casebook, or a part of one.

        Parameters
        ----------
        casebook : Casebook
            Its likelihood is theirs.
        as_of : date
            The day.
        known : Hearing, optional
            What the same draws have heard in another casebook.
        looked : date, optional
            Day on which somebody last looked, of which a part may not know.
        """
        laid_out = design(casebook, as_of, looked)
        x = self._unknowns(laid_out)
        heard = hear(x, laid_out, known)
        belief = believe(x, heard, laid_out, self._prior_leaves(x, laid_out))
        return WeighedCasebook(casebook, laid_out, x, heard, belief)

    def prior_means(
        self, weighed: "WeighedCasebook", as_of: datetime.date
    ) -> Mapping[str, float]:
        """Return the means before any report or outcome; the last are remembered.

        To find out that they stay the same takes 1 ms, a fifteenth of a what-if; where
        reports alone have changed, the priors are the same object.
        """
        casebook, looked = weighed.casebook, weighed.design.looked
        known = as_of, looked, weighed.design.known.priors.indicators
        last = self._last_prior
        if last is None or last[0] is not casebook.priors or last[1] != known:
            n_draws = len(self.log_likelihood)
            means = prior_means(casebook, as_of, n_draws, looked)
            self._last_prior = last = casebook.priors, known, means
        return last[2]

    @property
    def design(self) -> Design:
        """The casebook that was fitted, laid out."""
        return self._design

    @property
    def belief(self) -> Belief:
        """What its draws say of the casebook that was fitted."""
        return self._own.weighed[0].belief

    def thinned(self, most: int) -> "Basis":
        """Leave draws at even steps of each chain, so many at most."""
        chains, n_draws = self.draws.z.shape[:2]
        step = -(-chains * n_draws // most)
        if step == 1:
            return self
        draws = replace(self.draws, z=self.draws.z[:, ::step])
        return Basis(draws, self._own.casebook, self._own.as_of)

    def log_odds(
        self, casebook: Casebook, as_of: datetime.date, looked: datetime.date
    ) -> Means:
        """Read the mean of each scenario alone.

        Parameters
        ----------
        casebook : Casebook
            Any.
        as_of : date
            The day.
        looked : date
            Day on which somebody last looked, whatever the casebook says of it.

        Raises
        ------
        ModelError
            If no draw is possible under it, or there are too few draws.
        """
        weighed = self.weigh(casebook, as_of, self._own.heard, looked)
        belief = weighed.belief
        log_ratio = belief.log_likelihood - self.log_likelihood
        weights, k = _weights(log_ratio)
        possible = ~np.isneginf(log_ratio)
        with np.errstate(divide="ignore"):
            nats = np.log(weights[possible] @ belief.probability[possible])
            nats -= np.log(weights[possible] @ belief.complement[possible])
        names, best = weighed.design.scenarios, log_ratio.max()
        return Means(
            dict(zip(names, (DECIBANS_PER_NAT * nats).tolist(), strict=True)),
            k,
            float(best + np.log(np.exp(log_ratio - best).mean())),
        )

    def _prior_leaves(self, x: Unknowns, laid_out: Design) -> PriorLeaves | None:
        """Return what outcomes are made of before reports, the same as long as can be.

        It is a fifth of a what-if on the shipped case. None where it takes much memory.
        """
        arrays = laid_out.arrays
        n_draws = x.prior.shape[1]
        if x is not self._x or len(arrays.joint.place) * n_draws > _MOST_LEAVES:
            return None
        bonds, claim = arrays.of_claims(arrays.bond.claim)
        parts = (
            *arrays.clock,
            *arrays.answer,
            *arrays.bond._replace(claim=claim),
            *bonds.claim,
            *bonds.relay,
            arrays.stated,
            arrays.source.deceives,
        )
        made_of = arrays.joint, tuple(part.tobytes() for part in parts)
        last = self._last_leaves
        if last is None or last[0] is not arrays.joint or last[1] != made_of[1]:
            with np.errstate(divide="ignore", invalid="ignore"):
                self._last_leaves = last = *made_of, prior_leaves(x, arrays, NUMPY)
        return last[2]

    def _unknowns(self, laid_out: Design) -> Unknowns:
        """What the draws stand for: most changes leave that as it was."""
        known, asked = self._design, laid_out
        if (
            known.coords()["unknown"] == asked.coords()["unknown"]
            and np.array_equal(known.arrays.location, asked.arrays.location)
            and np.array_equal(known.arrays.scale, asked.arrays.scale)
            and _grades(known) == _grades(asked)
        ):
            return self._x
        return unknowns(columns(self.draws, asked), asked.arrays)


@dataclass(frozen=True, eq=False)
class WeighedCasebook:
    """The draws weighed under a casebook, or a part of one.

    Attributes
    ----------
    casebook : Casebook
        The part, where it is one.
    design, x, heard, belief
        See ``believe``.
    touched : Affected or None
        What the part is of; None where it is the whole.
    """

    casebook: Casebook
    design: Design
    x: Unknowns
    heard: Hearing
    belief: Belief
    touched: Affected | None = None

    @property
    def names(self) -> set[str]:
        """Ids of its scenarios."""
        return set(self.design.scenarios)


class Reading:
    """What the draws of a fit say of a casebook.

    Attributes
    ----------
    casebook : Casebook
        That is read, whole.
    as_of : date
        Of which day.
    log_likelihood : ndarray, shape (draw,)
        Of the casebook, in nats, but for a constant.
    heard : Hearing
        What reports and arguments say there.
    weighed : list of WeighedCasebook
        What has been weighed of it last: the whole, or parts.
    weights : ndarray, shape (draw,)
        Of the draws, with sum 1.
    pareto_k : float or None
        Shape of the weights' tail; None where all weights are equal, as for the fit's
        own casebook; 1 where fewer than a quarter of the draws count, by their
        effective number.

    Raises
    ------
    ModelError
        If no draw is possible under it, or there are too few draws.
    """

    def __init__(
        self,
        basis: Basis,
        casebook: Casebook,
        as_of: datetime.date,
        log_likelihood: Floats,
        heard: Hearing,
        weighed: list[WeighedCasebook],
    ) -> None:
        self._basis = basis
        self.casebook, self.as_of = casebook, as_of
        self.looked = casebook.looked(as_of)
        self.log_likelihood, self.heard, self.weighed = log_likelihood, heard, weighed
        self._log_ratio = log_likelihood - basis.log_likelihood
        self.weights, self.pareto_k = _weights(self._log_ratio)

    @cached_property
    def summary(self) -> Forecasts:
        """``scenarios``, ``sources`` and ``arguments``, summed up; and the draws."""
        whole = next((one for one in self.weighed if one.touched is None), None)
        return self._summed_up(
            whole or self._basis.weigh(self.casebook, self.as_of, self.heard)
        )

    def forecasts(self, scenarios: Collection[str]) -> list[ScenarioSummary]:
        """Sum up some scenarios alone, those that are there.

        Parameters
        ----------
        scenarios : collection of str
            Ids; with a scenario, all that are linked to it.
        """
        wanted = set(scenarios) & self.casebook.index.items["scenario"].keys()
        if not wanted:
            return []
        if len(wanted) == len(self.casebook.priors.scenarios):
            return self.summary.scenarios
        parts = (one for one in self.weighed if one.touched and one.names == wanted)
        part = next(parts, None) or self.part(Affected(sorted(wanted), []))
        return self._summed_up(part).scenarios

    def part(self, touched: Affected) -> WeighedCasebook:
        """Weigh what some changes bear on, as it is here."""
        for one in self.weighed:
            if one.touched == touched:
                return one
        casebook = self.casebook.part(*touched)
        part = self._basis.weigh(casebook, self.as_of, self.heard, self.looked)
        part = replace(part, touched=touched)
        self.weighed = [*self.weighed[:1], part]
        return part

    def _summed_up(self, weighed: WeighedCasebook) -> Forecasts:
        belief = weighed.belief
        impossible = np.isneginf(self._log_ratio)[:, None]
        if impossible.any():
            # Where a draw is impossible it says nothing, not even 0.
            belief = belief._replace(
                probability=np.where(impossible, 0.0, belief.probability),
                complement=np.where(impossible, 0.0, belief.complement),
            )
        n_chains = self._basis.draws.z.shape[0]
        return Forecasts(
            told_of(belief, weighed.x, weighed.design, n_chains),
            self._basis.prior_means(weighed, self.as_of),
            weighed.casebook.as_of(self.as_of),
            self.as_of,
            None if self.pareto_k is None else self.weights,
        )


def _grades(laid_out: Design) -> list[str]:
    return [source.reliability for source in laid_out.known.evidence.sources]


def _weights(log_ratio: Floats) -> tuple[Floats, float | None]:
    low, high = log_ratio.min(), log_ratio.max()
    if np.isfinite(low) and high - low < _ROUNDING:
        return np.full(len(log_ratio), 1 / len(log_ratio)), None
    from deciban.model.sampling.checks import smoothed_weights

    weights, pareto_k = smoothed_weights(log_ratio)
    counted = 1 / np.sum(weights**2)
    return weights, pareto_k if counted >= _LEAST_COUNTED * len(weights) else 1.0


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
