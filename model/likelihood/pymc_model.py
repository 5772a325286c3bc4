r"""The model of a casebook, as PyMC reads it.

.. math::

    z &\sim \mathcal N(0, 1)
        && \text{everything unknown} \\
    \operatorname{logit} \theta_s &= \mu_s + \sigma_s z
        && \text{prior probability of scenario } s \\
    \operatorname{logit} \rho_k &= \mu_k + \sigma_k z
        && \text{reliability of source } k \\
    \operatorname{logit} \kappa_d &= \mu_d + \sigma_d z
        && \text{credibility of digit } d \\
    \log \lambda_w &= \mu_w + \sigma_w z
        && \text{strength of word } w \text{, in decibans} \\
    \log c &= \sigma_c z
        && \text{calibration of the case's words} \\
    \beta_l &= \mu_l + \sigma_l z
        && \text{link } l \\
    \operatorname{logit} q &= \tfrac12 \operatorname{logit} \rho
        + \tfrac12 \operatorname{logit} \kappa
        && \text{a claim is genuine} \\
    t &= q \tanh(l / 2) \tanh(\textstyle\sum_i \operatorname{artanh} \rho_i)\,
        2^{-\text{age}/\text{half-life}}
        && \text{tilt of a report, } l = \pm c \lambda_w \text{ or as stated} \\
    T_X &= \tanh(\textstyle\sum_j \operatorname{artanh} t_j)
        && \text{argument } X \text{ after its reports} \\
    t_{Xs} &= T_X \tanh(l_{Xs} / 2)
        && \text{tilt of an argument} \\
    P(Z_s = 1 \mid \text{causes}) &= 1 - (1 - \operatorname{expit}
        (\operatorname{logit} \theta_s + \textstyle\sum_l \beta_l))^{f_s}
        && \text{scenario } s \text{, with what the clock leaves} \\
    P(\text{reports} \mid Z) &= \textstyle\prod (1 \pm t) / 2
        && \text{and the arguments' own reports, once}

The outcomes :math:`Z` are summed out over every set of linked scenarios, so the sampler
sees :math:`z` alone; ``probability`` is :math:`P(Z_s = 1 \mid \text{reports}, z)`. The
equations are those of ``model.likelihood.formula``, which this module only dresses in
tensors: for notebooks, pictures of the model, draws from the prior and any sampler that
PyMC knows. ``model.likelihood.kernel`` writes out the same density for ours.
"""

from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from pytensor.gradient import disconnected_grad

from deciban.evidence import DECIBANS_PER_NAT
from deciban.model.likelihood.arithmetic import Arithmetic, Outcomes
from deciban.model.likelihood.design import Design
from deciban.model.likelihood.formula import (
    Unknowns,
    argument_evidence,
    argument_tilt,
    by_target,
    report_tilt,
    unknowns,
    weigh_scenarios,
)
from deciban.model.likelihood.joint import Joint

__all__ = ["build_model"]


def _sums(x: Any, place: Any, n: Any) -> Any:
    # A constant, for to allocate zeros takes seconds to compile.
    return pt.inc_subtensor(pt.constant(np.zeros(int(n)))[place], x)


def _sum_out(of_cell: Any, joint: Joint) -> Outcomes:
    """Sum joint outcomes out over their configurations, in as few operations as can be.

    Each has to be compiled, so the branches are not grown one depth after the other, as
    the tables would have it.
    """
    sizes = np.bincount(joint.configuration_set)
    log_evidence = pt.constant(0.0)
    posterior = pt.constant(np.zeros(2 * len(joint.cell_scenario)))
    for size in np.unique(sizes):  # sets of as many scenarios side by side
        branch = joint.configuration_branch[sizes[joint.configuration_set] == size]
        cells = []
        for _ in range(int(size).bit_length() - 1):
            cells.append(joint.branch_cell[branch])
            branch = joint.branch_stem[branch]
        cell = np.stack(cells)
        of_set = of_cell[cell].sum(axis=0).reshape((-1, int(size)))
        best = disconnected_grad(pt.max(of_set, axis=1))
        share = pt.exp(of_set - best[:, None])
        total = pt.sum(share, axis=1)
        log_evidence = log_evidence + pt.sum(best + pt.log(total))
        share = pt.concatenate([(share / total[:, None]).ravel()] * len(cell))
        posterior = pt.inc_subtensor(posterior[cell.ravel()], share)
    return Outcomes(log_evidence, posterior)


_PYTENSOR = Arithmetic(
    exp=pt.exp,
    expm1=pt.expm1,
    log=pt.log,
    log1p=pt.log1p,
    tanh=pt.tanh,
    sigmoid=pt.sigmoid,
    softplus=pt.softplus,
    join=lambda x, y: pt.concatenate([x, y]),
    split=lambda x, sizes: [
        x[end - size : end] for size, end in zip(sizes, np.cumsum(sizes), strict=True)
    ],
    total=pt.sum,
    take=lambda x, index: x[index],
    sums=_sums,
    sum_out=_sum_out,
)


def build_model(design: Design) -> pm.Model:
    """Build the model of a casebook; sample nothing.

    Parameters
    ----------
    design : Design
        The casebook as arrays.

    Returns
    -------
    pm.Model
        With the one free variable ``z`` (unknown), and the deterministics
        ``probability`` and ``prior_probability`` (scenario), ``source_reliability``
        (source), ``credibility`` (digit), ``strength`` (word) and ``link_shift``
        (link) in dB, ``calibration`` (), ``argument_probability`` (argument),
        ``report_tilt`` (report_bearing), ``argument_tilt`` (argument_bearing), and
        ``weight`` in dB of all that bears on a scenario (bearing).
    """
    arrays = design.arrays
    with pm.Model(coords=design.coords()) as model:
        z = pm.Normal("z", dims="unknown")
        x = _named(unknowns(z, arrays, _PYTENSOR))
        tilt = pm.Deterministic(
            "report_tilt", report_tilt(x, arrays, _PYTENSOR), dims="report_bearing"
        )
        on_scenarios, on_arguments = by_target(tilt, arrays, _PYTENSOR)
        about = argument_evidence(on_arguments, arrays, _PYTENSOR)
        argument = pm.Deterministic(
            "argument_probability", pt.sigmoid(about.log_odds), dims="argument"
        )
        reasoned = pm.Deterministic(
            "argument_tilt",
            argument_tilt(x, _log_odds(argument), arrays, _PYTENSOR),
            dims="argument_bearing",
        )
        on_scenarios = pt.concatenate([on_scenarios, reasoned])
        pm.Deterministic("weight", _decibans(on_scenarios), dims="bearing")
        log_likelihood, probability, _ = weigh_scenarios(
            x, on_scenarios, about, arrays, _PYTENSOR
        )
        pm.Deterministic("probability", probability, dims="scenario")
        pm.Potential("reports", log_likelihood)
    return model


def _named(x: Unknowns) -> Unknowns:
    """Put the unknowns into the model by their names; what follows hangs on these.

    They are named on their natural scales and carried on as logarithms. The compiler
    undoes the detour: log sigmoid becomes softplus, log exp nothing.
    """
    prior = pm.Deterministic("prior_probability", pt.sigmoid(x.prior), dims="scenario")
    reliability = pm.Deterministic(
        "source_reliability", pt.sigmoid(x.reliability), dims="source"
    )
    credibility = pm.Deterministic(
        "credibility", pt.sigmoid(x.credibility), dims="digit"
    )
    strength = pm.Deterministic("strength", pt.exp(x.strength), dims="word")
    calibration = pm.Deterministic("calibration", pt.exp(x.calibration[0]))
    shift = pm.Deterministic("link_shift", DECIBANS_PER_NAT * x.link, dims="link")
    return Unknowns(
        prior=_log_odds(prior),
        reliability=_log_odds(reliability),
        link=shift / DECIBANS_PER_NAT,
        credibility=_log_odds(credibility),
        strength=pt.log(strength),
        calibration=pt.log(calibration)[None],
    )


def _log_odds(probability: Any) -> Any:
    return pt.log(probability) - pt.log1p(-probability)


def _decibans(tilt: Any) -> Any:
    return DECIBANS_PER_NAT * (pt.log1p(tilt) - pt.log1p(-tilt))
