r"""The likelihood of the reports and what follows from it, once for two readers.

``weigh`` reads it in NumPy for many draws of :math:`z` at once (forecasts, what-if);
``model.build`` runs the same stages on tensors for one symbolic :math:`z`. Values
are indexed on their last axis; any axes before it are draws.

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
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.special import expit

from evidence import DECIBANS_PER_NAT
from model.design import WORDS, Arrays, Bearings, Layout

__all__ = [
    "NUMPY",
    "Argued",
    "Arithmetic",
    "Evidence",
    "Unknowns",
    "Weighed",
    "argument_log_odds",
    "argument_tilt",
    "pool_reports",
    "report_tilt",
    "unknowns",
    "weigh",
    "weigh_scenarios",
]


type Operation = Callable[..., Any]


class Arithmetic(NamedTuple):
    r"""The operations that the likelihood needs, on arrays or on tensors.

    Attributes
    ----------
    exp, expm1, log, log1p, tanh, sigmoid, softplus : callable of x
        Elementwise; ``softplus`` is :math:`\log(1 + e^x)`.
    maximum : callable of x, y
        Elementwise.
    join : callable of x, y
        Put the values of ``y`` after those of ``x``.
    total : callable of x
        Sum all values.
    take : callable of x, index
        Take the values at the places ``index``.
    sums : callable of x, place, n
        Sum the values that share a place, for places 0 to n - 1.
    fixed : callable of x
        Keep ``x`` out of differentiation.
    """

    exp: Operation
    expm1: Operation
    log: Operation
    log1p: Operation
    tanh: Operation
    sigmoid: Operation
    softplus: Operation
    maximum: Operation
    join: Operation
    total: Operation
    take: Operation
    sums: Operation
    fixed: Operation


def _sums(x: NDArray[np.float64], place: NDArray[np.int64], n: Any) -> Any:
    leading, width = x.shape[:-1], len(place)
    flat = x.reshape(math.prod(leading), width)
    adder = csr_array((np.ones(width), (place, np.arange(width))), (int(n), width))
    return (adder @ flat.T).T.reshape(*leading, int(n))


NUMPY = Arithmetic(
    exp=np.exp,
    expm1=np.expm1,
    log=np.log,
    log1p=np.log1p,
    tanh=np.tanh,
    sigmoid=expit,
    softplus=lambda x: np.logaddexp(0.0, x),
    maximum=np.maximum,
    join=lambda x, y: np.concatenate([x, y], axis=-1),
    total=lambda x: x.sum(axis=-1),
    take=lambda x, index: x[..., index],
    sums=_sums,
    fixed=lambda x: x,
)

# The one calibration, once for each word: tensors of unknown length do not broadcast.
_FIRST_FOR_EACH_WORD = np.zeros(len(WORDS), dtype=np.int64)


class Unknowns(NamedTuple):
    r"""What :math:`z` stands for.

    Attributes
    ----------
    prior : [scenario]
        :math:`\operatorname{logit} \\theta`.
    reliability : [source]
        :math:`\operatorname{logit} \\rho`.
    link : [link]
        :math:`\beta`, nats.
    credibility : [digit]
        :math:`\operatorname{logit} \\kappa`.
    strength : [word]
        :math:`\log \\lambda`, of decibans.
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
    tilt : [bearing]
        Of each bearing of a report.
    argued : Argued
        What the reports make of the arguments.
    """

    log_likelihood: Any
    probability: Any
    tilt: Any
    argued: Argued


def unknowns(z: Any, arrays: Arrays) -> Unknowns:
    """Give each place of :math:`z` its location and scale, and its meaning."""
    x = arrays.location + arrays.scale * z
    places = Layout(*arrays.size[:3]).places()
    return Unknowns(
        prior=x[..., places["scenario"]],
        reliability=x[..., places["source"]],
        link=x[..., places["link"]],
        credibility=x[..., places["digit"]],
        strength=x[..., places["word"]],
        calibration=x[..., places["calibration"]],
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
    x = unknowns(z, arrays)
    tilt = report_tilt(x, arrays, NUMPY)
    evidence = pool_reports(tilt, arrays, NUMPY)
    log_odds = argument_log_odds(evidence, arrays)
    argued = Argued(log_odds, argument_tilt(x, log_odds, arrays, NUMPY))
    log_likelihood, probability = weigh_scenarios(
        x, evidence, argued.tilt, arrays, NUMPY
    )
    return Weighed(log_likelihood, probability, tilt, argued)


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
    relayed = ops.softplus(x.reliability + math.log(2)) / 2
    heard_through = ops.tanh(
        ops.sums(ops.take(relayed, relay.source), relay.claim, claim.source.shape[0])
    )
    said = claim.heard + (1 - claim.heard) * heard_through
    of_claim = ops.sigmoid(pooled) * said * claim.freshness
    return ops.take(of_claim, arrays.bearing.giver) * _angle(x, arrays.bearing, ops)


def pool_reports(tilt: Any, arrays: Arrays, ops: Arithmetic) -> Evidence:
    r"""Pool the bearings of reports on each target.

    Parameters
    ----------
    tilt : [bearing]
        Of each bearing of a report.
    arrays : Arrays
        The casebook.
    ops : Arithmetic
        On arrays or on tensors.
    """
    n_targets = arrays.size.scenarios + arrays.size.arguments
    return _pool(tilt, arrays.bearing.target, n_targets, ops)


def _pool(tilt: Any, target: Any, n_targets: Any, ops: Arithmetic) -> Evidence:
    r"""Pool bearings in parallel: their likelihoods multiply.

    .. math:: \sum_j \log(1 + t_j), \qquad \sum_j \log(1 - t_j)
    """
    return Evidence(
        yes=ops.sums(ops.log1p(tilt), target, n_targets),
        no=ops.sums(ops.log1p(-tilt), target, n_targets),
    )


def argument_log_odds(evidence: Evidence, arrays: Arrays) -> Any:
    r"""Log-odds of each argument given the reports on it, from even odds [argument].

    .. math:: 2 \sum_j \operatorname{artanh} t_j

    Parameters
    ----------
    evidence : Evidence
        That of the reports.
    arrays : Arrays
        The casebook.
    """
    # Targets beyond the places for scenarios are arguments.
    n = arrays.size.scenarios
    return evidence.yes[..., n:] - evidence.no[..., n:]


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
    x: Unknowns,
    evidence: Evidence,
    argument_tilt: Any,
    arrays: Arrays,
    ops: Arithmetic,
) -> tuple[Any, Any]:
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
    evidence : Evidence
        That of the reports.
    argument_tilt : [argument bearing]
        Of each bearing of an argument.
    arrays : Arrays
        The casebook.
    ops : Arithmetic
        On arrays or on tensors.

    Returns
    -------
    log_likelihood : ()
    probability : [scenario]
        :math:`P(Z_s = 1 \mid \text{reports}, z)`.
    """
    n, target = arrays.size.scenarios, arrays.argument_bearing.target
    reasoned = _pool(argument_tilt, target, n, ops)
    log_evidence, probability = _sum_out_outcomes(
        x,
        evidence.yes[..., :n] + reasoned.yes,
        evidence.no[..., :n] + reasoned.no,
        arrays,
        ops,
    )
    agreement = evidence.no[..., n:] + ops.softplus(argument_log_odds(evidence, arrays))
    # Likelihoods (1 + t) / 2 and (1 - t) / 2 have been taken without their halves.
    n_bearings = arrays.bearing.giver.shape[0] + target.shape[0]
    constant = math.log(2) * n_bearings
    return log_evidence + ops.total(agreement) - constant, probability


def _angle(x: Unknowns, bearings: Bearings, ops: Arithmetic) -> Any:
    r"""Half-angle form :math:`\tanh(l / 2)` of each bearing: a word's or as stated.

    A word has :math:`l = \pm c \lambda_w`.
    """
    decibans = ops.exp(ops.take(x.calibration, _FIRST_FOR_EACH_WORD) + x.strength)
    of_word = ops.tanh(decibans / (2 * DECIBANS_PER_NAT))
    return bearings.sign * ops.take(of_word, bearings.word) + bearings.tilt


def _sum_out_outcomes(
    x: Unknowns, yes: Any, no: Any, arrays: Arrays, ops: Arithmetic
) -> tuple[Any, Any]:
    r"""Log-probability of the evidence, and each scenario's probability given it.

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
    no, yes = no + clock.log_allowed_no, yes + clock.log_allowed_yes
    of_cell = ops.join(
        ops.take(no, scenario) - hazard,
        ops.take(yes, scenario) + ops.log(-ops.expm1(-hazard)),
    )
    of_configuration = ops.sums(
        ops.take(of_cell, joint.entry_cell),
        joint.entry_configuration,
        joint.configuration_set.shape[0],
    )
    # The sum is taken relative to what the evidence alone could make of the best
    # configuration: so no exponential overflows, and the best one does not underflow.
    # It cancels, hence needs no gradient.
    best = ops.fixed(ops.sums(ops.maximum(no, yes), joint.scenario_set, joint.n_sets))
    share = ops.exp(of_configuration - ops.take(best, joint.configuration_set))
    total = ops.sums(share, joint.configuration_set, joint.n_sets)
    occurring = ops.sums(
        ops.take(share, joint.occurrence_configuration),
        joint.occurrence_scenario,
        clock.remaining.shape[0],
    )
    return (
        ops.total(ops.log(total) + best),
        occurring / ops.take(total, joint.scenario_set),
    )
