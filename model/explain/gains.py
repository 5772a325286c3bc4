r"""How much each weight moves a forecast, on the way from prior to posterior.

All weights on a set of scenarios that hang together, and its pair factors, are scaled
by :math:`\lambda` from 0, the prior with its clock and with outcomes, to 1:

.. math::

    \bar p(\lambda) = \frac{E[\omega\, p_\lambda(z)]}{E[\omega]}, \qquad
    \omega = M_\lambda(z) / M_1(z),

over the draws of z, with M the sum over joint outcomes. What is known of sources and
words is the posterior's at every :math:`\lambda`, so that what was learned of them is
in each weight; what is learned of priors and links is in what each weight does. The
weight W of target t changes :math:`\operatorname{logit} \bar p_s` at the rate

.. math::

    \frac{E[\omega W (P(s, t) - p_s \sigma)]}{E[\omega p_s]}
      - \frac{E[\omega W (P(\neg s, t) - (1 - p_s) \sigma)]}{E[\omega (1 - p_s)]},
    \qquad \sigma = \frac{1}{1 + e^{-\lambda W}},

(of rivals, :math:`\sigma` is the softmax of the weights), in which each weight has the
part that it has in W. Integrated over :math:`\lambda` these are its Aumann-Shapley
values [1]_; those of all weights add up to the whole change.

References
----------
.. [1] R. J. Aumann and L. S. Shapley. *Values of Non-Atomic Games*. Princeton 1974.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from deciban.evidence import DECIBANS_PER_NAT
from deciban.model.array_types import Floats, Integers
from deciban.model.likelihood.arithmetic import NUMPY
from deciban.model.likelihood.design import Design
from deciban.model.likelihood.elimination import sum_out
from deciban.model.likelihood.formula import Evidence, outcome_leaves
from deciban.model.likelihood.overlap import log_sums
from deciban.model.likelihood.unknowns import Unknowns

__all__ = ["SetGains", "gains"]


_POINTS = 16
_LEAST = 1e-300  # a probability that is still one


class SetGains(NamedTuple):
    """Of one set of scenarios that hang together.

    Attributes
    ----------
    scenarios : int [scenario]
    targets : int [target]
        Of all scenarios, then of all answers of sets of rivals, as ``Ways`` has them.
    gain : [scenario, target, draw]
        What a deciban of W of the target, in one draw, moves the scenario, in dB.
    bonds : int [bond]
    of_bonds : [scenario, bond]
        What each pair factor moves it, in dB.
    """

    scenarios: Integers
    targets: Integers
    gain: Floats
    bonds: Integers
    of_bonds: Floats


def gains(x: Unknowns, said: Evidence, laid_out: Design) -> Iterator[SetGains]:
    """Follow each set of scenarios from prior to posterior.

    Parameters
    ----------
    x : Unknowns
        What draws from the posterior stand for.
    said : Evidence
        What the reports say under them.
    laid_out : Design
        The casebook.
    """
    path = _Path(x, said, laid_out)
    members, n_draws = path.members, x.prior.shape[1]
    found = {}
    for number, scenarios in members.items():
        targets, bonds = (
            np.flatnonzero(sets == number)
            for sets in (path.set_of_target, path.set_of_bond)
        )
        found[number] = SetGains(
            scenarios,
            targets,
            np.zeros((len(scenarios), len(targets), n_draws)),
            bonds,
            np.zeros((len(scenarios), len(bonds))),
        )
    most = max(map(len, members.values()))
    nodes, widths = np.polynomial.legendre.leggauss(_POINTS)
    for node, width in zip((nodes + 1) / 2, widths / 2, strict=True):
        here = path.at(node)
        for turn in range(most):
            chosen = {n: s[turn] for n, s in members.items() if turn < len(s)}
            rare = {s: here.mean[0, s] <= here.mean[1, s] for s in chosen.values()}
            given = path.given(here, rare)
            for number, s in chosen.items():
                one, omega = found[number], here.omega[number]
                rate = _rate(here, given, s, rare[s], omega, one.targets)
                one.gain[turn] += width * rate
                if len(one.bonds):
                    rate = path.of_bonds(here, given, s, rare[s], omega)[one.bonds]
                    one.of_bonds[turn] += DECIBANS_PER_NAT * width * rate
    yield from found.values()


class _Point(NamedTuple):
    """What is so at one point of the way.

    Attributes
    ----------
    leaves : [leaf]
    posterior : [leaf]
    omega : [set, draw]
        With sum 1 over the draws.
    probability : [target]
    complement : [target]
        That it does not occur; of scenarios alone it is exact.
    expected : [target]
        What the weights alone say: sigma.
    mean : [occurs or not, scenario]
    """

    leaves: Floats
    posterior: Floats
    omega: Floats
    probability: Floats
    complement: Floats
    expected: Floats
    mean: Floats


def _rate(
    here: _Point,
    given: "_Given",
    s: int,
    occurs: bool,
    omega: Floats,
    targets: Integers,
) -> Floats:
    """Rate of the log-odds of s by W of each target [target, draw]."""
    sigma, p_t = here.expected[targets], here.probability[targets]
    joint = given.probability[targets]
    yes, no = (joint, p_t - joint) if occurs else (p_t - joint, joint)
    # What is known of the scenario itself is known exactly.
    itself = targets == s
    yes[itself], no[itself] = here.probability[s], 0.0
    yes = (yes - here.probability[s] * sigma) / here.mean[0, s]
    no = (no - here.complement[s] * sigma) / here.mean[1, s]
    rate: Floats = omega * (yes - no)
    return rate


class _Given(NamedTuple):
    """Probability of each target, and of each leaf, together with one scenario's end.

    Of each set one scenario's.
    """

    probability: Floats
    leaf: Floats


class _Path:
    """The way from prior to posterior of all sets, each for itself."""

    def __init__(self, x: Unknowns, said: Evidence, laid_out: Design) -> None:
        arrays = self.arrays = laid_out.arrays
        self.joint = arrays.joint
        self.n_cells = len(self.joint.cell_scenario)
        self.first_bond = 2 * self.n_cells + len(self.joint.entry_answer)
        self.scenario, self.answer = said.scenario, said.answer
        bare = said._replace(
            scenario=np.zeros_like(said.scenario),
            answer=np.zeros_like(said.answer),
            log_factor=np.zeros_like(said.log_factor),
        )
        with np.errstate(divide="ignore", invalid="ignore"):
            self.leaves = outcome_leaves(x, bare, arrays, NUMPY)
        self.bond = self.leaves[self.first_bond :].copy()

        numbers = laid_out.set_of
        self.set_of = np.array([numbers[f"scenario {s}"] for s in laid_out.scenarios])
        names = [
            (answer, one.scenarios[0])
            for one in laid_out.known.priors.rivals
            for answer in one.answers
        ]
        of_answer = [numbers[f"scenario {first}"] for _, first in names]
        self.place = np.array(
            [
                laid_out.scenarios.index(a) if a in laid_out.scenarios else -1
                for a, _ in names
            ],
            dtype=np.int64,
        )
        plain = self.set_of.copy()
        plain[self.place[self.place >= 0]] = -1  # rivals are reached as answers
        self.set_of_target = np.array([*plain, *of_answer], dtype=np.int64)
        self.set_of_bond = np.array(
            [numbers[f"scenario {s}"] for _, s in laid_out.bonds], dtype=np.int64
        )
        self.members = {
            int(n): np.flatnonzero(self.set_of == n) for n in np.unique(self.set_of)
        }
        self.whole, _ = sum_out(self._leaves(1.0)[0], self.joint)

    def _leaves(self, size: float) -> tuple[Floats, Floats]:
        """Logarithms of the leaves with all weights scaled, and sigma [target]."""
        cell, n = self.joint.cell_scenario, self.n_cells
        leaves, w, w_h = self.leaves.copy(), size * self.scenario, size * self.answer
        leaves[:n] -= NUMPY.softplus(w)[cell]
        leaves[n : 2 * n] -= NUMPY.softplus(-w)[cell]
        sets, n_sets = self.arrays.answer.rivals, int(self.arrays.size.sets)
        log_share = w_h - log_sums(w_h, sets, n_sets, NUMPY)[sets]
        leaves[2 * n : self.first_bond] += log_share[self.joint.entry_answer]
        leaves[self.first_bond :] = size * self.bond
        return leaves, np.concatenate([NUMPY.sigmoid(w), np.exp(log_share)])

    def at(self, size: float) -> _Point:
        """Tell what is so with all weights scaled."""
        leaves, sigma = self._leaves(size)
        log_sum, posterior = sum_out(leaves, self.joint)
        # A draw that is impossible counts for nothing.
        with np.errstate(invalid="ignore"):
            log_omega = np.nan_to_num(log_sum - self.whole, nan=-np.inf)
        omega = np.exp(log_omega - log_omega.max(axis=1, keepdims=True))
        omega /= omega.sum(axis=1, keepdims=True)
        yes, no = self._targets(posterior)
        ends = np.stack([yes, no])[:, : len(self.set_of)]
        mean = np.einsum("esd,sd->es", ends, omega[self.set_of])
        return _Point(
            leaves, posterior, omega, yes, no, sigma, np.maximum(mean, _LEAST)
        )

    def _targets(self, posterior: Floats) -> tuple[Floats, Floats]:
        """Probability of each target, and that it does not occur."""
        n, cell = self.n_cells, self.joint.cell_scenario
        n_scenarios, n_answers = len(self.set_of), len(self.arrays.answer.rivals)
        no = NUMPY.sums(posterior[:n], cell, n_scenarios)
        yes = NUMPY.sums(posterior[n : 2 * n], cell, n_scenarios)
        entries = posterior[2 * n : self.first_bond]
        each = NUMPY.sums(entries, self.joint.entry_answer, n_answers)
        sets = self.arrays.answer.rivals
        other = NUMPY.sums(each, sets, int(self.arrays.size.sets))[sets] - each
        rivals = self.place >= 0
        yes[self.place[rivals]], no[self.place[rivals]] = each[rivals], other[rivals]
        return np.concatenate([yes, each]), np.concatenate([no, other])

    def given(self, here: _Point, ends: dict[int, bool]) -> _Given:
        """Tell what is so together with the ends of some scenarios, one of a set."""
        n, leaves = self.n_cells, here.leaves.copy()
        cell, entry = self.joint.cell_scenario, self.joint.entry_answer
        of_answer = self.place[entry]
        for s, occurs in ends.items():
            own = np.flatnonzero(cell == s)
            leaves[own + (0 if occurs else n)] = -np.inf
            if len(own):
                continue
            rivals = self.arrays.answer.rivals
            answers = np.flatnonzero(self.place == s)
            same = rivals[entry] == rivals[answers[0]]
            ruled_out = same & ((of_answer != s) == occurs)
            leaves[2 * n + np.flatnonzero(ruled_out)] = -np.inf
        _, posterior = sum_out(leaves, self.joint)
        yes, _ = self._targets(posterior)
        end = np.zeros((int(self.set_of.max()) + 1, yes.shape[1]))
        for s, occurs in ends.items():
            ended = here.probability[s] if occurs else here.complement[s]
            end[self.set_of[s]] = ended
        of_bonds = np.repeat(self.set_of_bond, 4)
        leaf = posterior[self.first_bond :] * end[of_bonds]
        of_target = np.where(self.set_of_target < 0, 0, self.set_of_target)
        return _Given(yes * end[of_target], leaf)

    def of_bonds(
        self, here: _Point, given: _Given, s: int, occurs: bool, omega: Floats
    ) -> Floats:
        """Rate of the log-odds of s by each pair factor [bond]."""
        whole, joint = here.posterior[self.first_bond :], given.leaf
        yes, no = (joint, whole - joint) if occurs else (whole - joint, joint)
        each = omega * self.bond * (yes / here.mean[0, s] - no / here.mean[1, s])
        rate: Floats = each.sum(axis=1).reshape(-1, 4).sum(axis=1)
        return rate
