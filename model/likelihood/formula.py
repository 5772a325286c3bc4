r"""The likelihood of the reports and what follows from it, once for two readers.

``weigh`` reads it in NumPy for many draws of :math:`z` at once (forecasts, what-if);
``model.likelihood.pymc_model`` runs the same stages on tensors for one symbolic
:math:`z`. Values are indexed on their last axis; any axes before it are draws.

The notation is that of the equations in each docstring:

========================  ===========================================================
:math:`\rho, \kappa`      reliability of a source, credibility of a digit
:math:`q`                 probability that a claim is genuine
:math:`l`                 log-likelihood ratio of a claim if it is genuine, in nats
:math:`t`                 tilt: a report has likelihood :math:`(1 + t)/2` where its
                          target is true and :math:`(1 - t)/2` where it is false
:math:`\theta, \beta`     prior probability of a scenario; shift by a link, in nats
:math:`f`                 share of the hazard that the clock has left
========================  ===========================================================

Evidence in parallel adds on the scale of artanh :math:`t`; in series it multiplies
:math:`t`.
"""

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from deciban.evidence import DECIBANS_PER_NAT
from deciban.model.likelihood.arithmetic import NUMPY, Arithmetic
from deciban.model.likelihood.arrays import Arrays, Bearings
from deciban.model.likelihood.layout import WORDS, Layout

__all__ = [
    "Argued",
    "Evidence",
    "Unknowns",
    "Weighed",
    "argument_evidence",
    "argument_tilt",
    "by_target",
    "report_tilt",
    "scenario_evidence",
    "unknowns",
    "weigh",
    "weigh_outcomes",
    "weigh_scenarios",
]

type Floats = NDArray[np.float64]

# The one calibration, once for each word: tensors of unknown length do not broadcast.
_FIRST_FOR_EACH_WORD = np.zeros(len(WORDS), dtype=np.int64)


class Unknowns(NamedTuple):
    r"""What :math:`z` stands for.

    Attributes
    ----------
    prior : [scenario]
        :math:`\operatorname{logit} \theta`.
    reliability : [source]
        :math:`\operatorname{logit} \rho`.
    link : [link]
        :math:`\beta`, nats.
    credibility : [digit]
        :math:`\operatorname{logit} \kappa`.
    strength : [word]
        :math:`\log \lambda`, of decibans.
    calibration : [1]
        :math:`\log c`.
    """

    prior: Any
    reliability: Any
    link: Any
    credibility: Any
    strength: Any
    calibration: Any


class Evidence(NamedTuple):
    """Log-likelihood of what bears on each target, but for a constant [target].

    Attributes
    ----------
    yes, no : [target]
        Where the target is true, and where it is false.
    """

    yes: Any
    no: Any

    @property
    def log_odds(self) -> Any:
        r"""From even odds, :math:`2 \sum_j \operatorname{artanh} t_j` [target]."""
        return self.yes - self.no


class Argued(NamedTuple):
    """What the reports make of the arguments.

    Attributes
    ----------
    log_odds : [argument]
        Of each argument given the reports on it.
    tilt : [argument bearing]
        Of each bearing of an argument on a scenario.
    """

    log_odds: Any
    tilt: Any


class Weighed(NamedTuple):
    """What one :math:`z` says of a casebook.

    Attributes
    ----------
    log_likelihood : ()
        Log-probability of the reports and outcomes.
    probability : [scenario]
        Probability of each scenario given the reports and this :math:`z`.
    complement : [scenario]
        That it does not occur: where ``probability`` is 1 but for rounding, this is
        still exact.
    tilt : [bearing]
        Of each bearing of a report.
    argued : Argued
        What the reports make of the arguments.
    """

    log_likelihood: Any
    probability: Any
    complement: Any
    tilt: Any
    argued: Argued


def unknowns(z: Any, arrays: Arrays, ops: Arithmetic = NUMPY) -> Unknowns:
    """Give each place of :math:`z` its location and scale, and its meaning."""
    x = arrays.location + arrays.scale * z
    sizes = Layout(*arrays.size[:3]).sizes()
    parts = dict(zip(sizes, ops.split(x, list(sizes.values())), strict=True))
    return Unknowns(
        prior=parts["scenario"],
        reliability=parts["source"],
        link=parts["link"],
        credibility=parts["digit"],
        strength=parts["word"],
        calibration=parts["calibration"],
    )


def weigh(z: Any, arrays: Arrays) -> Weighed:
    r"""Weigh all reports under each :math:`z`, in NumPy.

    Parameters
    ----------
    z : ndarray, shape (..., unknown)
        Standard normals.
    arrays : Arrays
        The casebook.

    Returns
    -------
    Weighed
        Members have the leading axes of ``z``.
    """
    # In memory the draws of each unknown lie side by side, and so do those of all that
    # is made of them: each value is one stretch.
    flat = np.asfortranarray(z.reshape(-1, z.shape[-1]))
    x = unknowns(flat, arrays)
    tilt = report_tilt(x, arrays, NUMPY)
    on_scenarios, on_arguments = by_target(tilt, arrays, NUMPY)
    about = argument_evidence(on_arguments, arrays, NUMPY)
    reasoned = argument_tilt(x, about.log_odds, arrays, NUMPY)
    log_likelihood, probability, complement = weigh_scenarios(
        x, NUMPY.join(on_scenarios, reasoned), about, arrays, NUMPY
    )

    def as_they_came(values: Floats) -> Floats:
        return values.reshape(z.shape[:-1] + values.shape[1:])

    return Weighed(
        as_they_came(log_likelihood),
        as_they_came(probability),
        as_they_came(complement),
        as_they_came(tilt),
        Argued(as_they_came(about.log_odds), as_they_came(reasoned)),
    )


def report_tilt(x: Unknowns, arrays: Arrays, ops: Arithmetic) -> Any:
    r"""Tilt of each bearing of a report [bearing], in (-1, 1).

    .. math::

        t = q \tanh(l / 2) \cdot \tanh \Bigl( \sum_i \operatorname{artanh} \rho_i \Bigr)
          \cdot 2^{-\text{age} / \text{half-life}}, \qquad
        \operatorname{logit} q = \tfrac12 \operatorname{logit} \rho
          + \tfrac12 \operatorname{logit} \kappa.

    The factor of the relays :math:`i` is 1 if the speaker itself was heard; digit 6
    leaves :math:`q = \rho`.
    """
    claim, relay = arrays.claim, arrays.relay
    pooled = (1 - claim.share) * ops.take(x.reliability, claim.source)
    pooled = pooled + claim.share * ops.take(x.credibility, claim.credibility)
    # artanh(sigmoid(y)) = log(1 + 2 exp(y)) / 2.
    relayed = ops.softplus(ops.take(x.reliability, relay.source) + math.log(2)) / 2
    heard_through = ops.tanh(ops.sums(relayed, relay.claim, claim.source.shape[0]))
    said = claim.heard + (1 - claim.heard) * heard_through
    of_claim = ops.sigmoid(pooled) * said * claim.freshness
    return ops.take(of_claim, arrays.bearing.giver) * _angle(x, arrays.bearing, ops)


def by_target(tilt: Any, arrays: Arrays, ops: Arithmetic) -> tuple[Any, Any]:
    """Part the bearings of reports into those on scenarios and those on arguments."""
    on_arguments = arrays.target.argument.shape[0]
    direct, testimony = ops.split(tilt, [tilt.shape[-1] - on_arguments, on_arguments])
    return direct, testimony


def argument_evidence(tilt: Any, arrays: Arrays, ops: Arithmetic) -> Evidence:
    r"""Pool what the reports say of each argument [argument].

    Parameters
    ----------
    tilt : [bearing on an argument]
        Of each bearing of a report.
    arrays : Arrays
        The casebook.
    ops : Arithmetic
        On arrays or on tensors.
    """
    return _pool(tilt, arrays.target.argument, arrays.size.arguments, ops)


def scenario_evidence(tilt: Any, arrays: Arrays, ops: Arithmetic) -> Evidence:
    """Pool what bears on each scenario [scenario], from the tilts of all that does."""
    return _pool(tilt, arrays.target.scenario, arrays.size.scenarios, ops)


def _pool(tilt: Any, target: Any, n_targets: Any, ops: Arithmetic) -> Evidence:
    r"""Pool bearings in parallel: their likelihoods multiply.

    .. math:: \sum_j \log(1 + t_j), \qquad \sum_j \log(1 - t_j)
    """
    return Evidence(
        yes=ops.sums(ops.log1p(tilt), target, n_targets),
        no=ops.sums(ops.log1p(-tilt), target, n_targets),
    )


def argument_tilt(x: Unknowns, log_odds: Any, arrays: Arrays, ops: Arithmetic) -> Any:
    r"""Tilt of each bearing of an argument on a scenario [argument bearing].

    .. math::

        t_{Xs} = T_X \tanh(l_{Xs} / 2), \qquad
        T_X = \tanh \Bigl( \sum_j \operatorname{artanh} t_j \Bigr)

    Parameters
    ----------
    x : Unknowns
        What :math:`z` stands for.
    log_odds : [argument]
        Of each argument, given the reports on it.
    arrays : Arrays
        The casebook.
    ops : Arithmetic
        On arrays or on tensors.
    """
    bearing = arrays.argument_bearing
    established = ops.tanh(log_odds / 2)
    return ops.take(established, bearing.giver) * _angle(x, bearing, ops)


def weigh_scenarios(
    x: Unknowns, tilt: Any, about_arguments: Evidence, arrays: Arrays, ops: Arithmetic
) -> tuple[Any, Any, Any]:
    r"""Log-likelihood of everything, and the probability of each scenario.

    Arguments are summed out over their reports, which count once for each; outcomes are
    summed out over every set of linked scenarios.

    .. math::

        \log P(\text{reports}) = \sum_X \log \frac{\prod_j (1 + t_j)
          + \prod_j (1 - t_j)}{2^{n_X}} + \sum_{\text{sets}} \log \sum_Z P(Z)
            \prod_s P(\text{evidence on } s \mid Z_s)

    Parameters
    ----------
    x : Unknowns
        What :math:`z` stands for.
    tilt : [bearing on a scenario]
        By reports first, then by arguments.
    about_arguments : Evidence
        Of the reports, on each argument.
    arrays : Arrays
        The casebook.
    ops : Arithmetic
        On arrays or on tensors.

    Returns
    -------
    log_likelihood : ()
    probability : [scenario]
        :math:`P(Z_s = 1 \mid \text{reports}, z)`.
    complement : [scenario]
        :math:`P(Z_s = 0 \mid \text{reports}, z)`, exact however small.
    """
    evidence = scenario_evidence(tilt, arrays, ops)
    return weigh_outcomes(x, evidence, about_arguments, arrays, ops)


def weigh_outcomes(
    x: Unknowns,
    evidence: Evidence,
    about_arguments: Evidence,
    arrays: Arrays,
    ops: Arithmetic,
) -> tuple[Any, Any, Any]:
    """Do as ``weigh_scenarios`` does, with the evidence on each scenario pooled."""
    outcomes = ops.sum_out(_cells(x, evidence, arrays, ops), arrays.joint)
    scenario = arrays.joint.cell_scenario
    no, yes = (
        ops.sums(part, scenario, arrays.size.scenarios)
        for part in ops.split(outcomes.cell, [scenario.shape[0]] * 2)
    )
    total = yes + no  # 1 but for rounding: what is known is certain
    agreement = about_arguments.no + ops.softplus(about_arguments.log_odds)
    # Likelihoods (1 + t) / 2 and (1 - t) / 2 have been taken without their halves.
    n_bearings = arrays.target.scenario.shape[0] + arrays.target.argument.shape[0]
    return (
        outcomes.log_evidence + ops.total(agreement) - math.log(2) * n_bearings,
        yes / total,
        no / total,
    )


def _angle(x: Unknowns, bearings: Bearings, ops: Arithmetic) -> Any:
    r"""Half-angle form :math:`\tanh(l / 2)` of each bearing: a word's or as stated.

    A word has :math:`l = \pm c \lambda_w`.
    """
    decibans = ops.exp(ops.take(x.calibration, _FIRST_FOR_EACH_WORD) + x.strength)
    of_word = ops.tanh(decibans / (2 * DECIBANS_PER_NAT))
    return bearings.sign * ops.take(of_word, bearings.word) + bearings.tilt


def _cells(x: Unknowns, evidence: Evidence, arrays: Arrays, ops: Arithmetic) -> Any:
    r"""Log-probability of each cell with its evidence [cell, not occurring; occurring].

    A scenario in a cell, that is, under given outcomes of its causes, has

    .. math::

        \Lambda = \log(1 + e^\eta), \quad
        \eta = \operatorname{logit} \theta + \sum_{\text{causes}} \beta, \qquad
        P(\text{no}) = e^{-f \Lambda}, \quad P(\text{yes}) = 1 - e^{-f \Lambda} :

    :math:`\Lambda` is the cumulative hazard of its window, of which the share
    :math:`f` is left.
    """
    clock, joint = arrays.clock, arrays.joint
    scenario = joint.cell_scenario
    shift = ops.sums(
        ops.take(x.link, joint.parent_link), joint.parent_cell, scenario.shape[0]
    )
    hazard = ops.take(clock.remaining, scenario) * ops.softplus(
        ops.take(x.prior, scenario) + shift
    )
    no = evidence.no + clock.log_allowed_no
    yes = evidence.yes + clock.log_allowed_yes
    return ops.join(
        ops.take(no, scenario) - hazard,
        ops.take(yes, scenario) + ops.log(-ops.expm1(-hazard)),
    )
