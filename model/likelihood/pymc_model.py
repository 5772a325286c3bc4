r"""The model of a casebook, as PyMC reads it.

.. math::

    z &\sim \mathcal N(0, 1)
        && \text{everything unknown} \\
    \operatorname{logit} \theta_s &= \mu_s + \sigma_s z
        && \text{prior probability of scenario } s \\
    \operatorname{logit} \rho_k &= \mu_k + \sigma_k z + \sigma_g z_g
        && \text{reliability of source } k \text{ of grade } g \\
    \operatorname{logit} \kappa_d &= \mu_d + \sigma_d z
        && \text{credibility of digit } d \\
    \log \lambda_w &= \mu_w + \sigma_w z
        && \text{strength of word } w \text{, in decibans} \\
    \log c &= \sigma_c z
        && \text{calibration of the case's words} \\
    \operatorname{logit} o &= \mu_o + \sigma_o z
        && \text{overlap across a target, in a camp, in an account} \\
    \beta_l &= \mu_l + \sigma_l z
        && \text{link } l \\
    \operatorname{logit} q &= \tfrac12 \operatorname{logit} \rho
        + \tfrac12 \operatorname{logit} \kappa
        && \text{a claim is genuine} \\
    w_k &= 2 \operatorname{artanh}(a \tanh \tfrac12 N(2 \operatorname{artanh}(t_j / a)))
        && \text{an account, } t_j = q_j f_j \tanh(|l_j| / 2),\ a = \max q_j \\
    W &= N(w_k : w_k > 0) - N(|w_k| : w_k < 0)
        && \text{a target, } N(w) = (\textstyle\sum w^p)^{1/p},\ p = 1/(1 - o) \\
    t_{Xs} &= \tanh(W_X / 2) \tanh(l_{Xs} / 2)
        && \text{an argument on a scenario} \\
    P(\text{reports} \mid Z) &= \textstyle\prod (1 \pm \tanh(W / 2)) / 2
        && \text{and how far they agree, once}

The outcomes :math:`Z` are summed out over every set of scenarios that hang together, so
the sampler sees :math:`z` alone; ``probability`` is :math:`P(Z_s = 1 \mid
\text{reports}, z)`. The equations, with interest, deception, rivals and the clock, are
those of ``model.likelihood.formula``, which this module only dresses in tensors. The
sampler evaluates the same density as ``model.likelihood.kernel`` writes it.
"""

from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from pytensor.gradient import disconnected_grad, grad

from deciban.evidence import DECIBANS_PER_NAT
from deciban.model.array_types import Integers
from deciban.model.likelihood.arithmetic import Arithmetic
from deciban.model.likelihood.design import Design
from deciban.model.likelihood.elimination import steps
from deciban.model.likelihood.formula import bearing_weights, evidence, weigh_outcomes
from deciban.model.likelihood.joint import Joint
from deciban.model.likelihood.unknowns import Unknowns, unknowns

__all__ = ["build_model"]


def _sums(x: Any, place: Integers, n: int) -> Any:
    # A constant, for to allocate zeros takes seconds to compile.
    return pt.inc_subtensor(pt.constant(np.zeros(int(n)))[place], x)


def _largest(x: Any, place: Integers, n: int) -> Any:
    """Take the largest of what shares a place: of a row for each, filled with none."""
    n = int(n)
    if not len(place):
        return pt.full((n,), -np.inf)
    order = np.argsort(place, kind="stable")
    counts = np.bincount(place, minlength=n)
    column = np.arange(len(place)) - np.repeat(np.cumsum(counts) - counts, counts)
    rows = pt.constant(np.full((n, int(counts.max())), -np.inf))
    rows = pt.set_subtensor(rows[place[order], column], x[order])
    # Not the maximum: of equals its derivative would go to each.
    return rows[np.arange(n), pt.argmax(rows, axis=1)]


def _sum_out(leaves: Any, joint: Joint) -> tuple[Any, Any]:
    """Sum joint outcomes out, as the program says."""
    values = leaves
    for step in steps(joint):
        product = values[step[0]]
        for factor in step[1:]:
            product = product + values[factor]
        best = disconnected_grad(pt.max(product, axis=0))
        best = pt.where(pt.isinf(best), 0.0, best)
        total = pt.sum(pt.exp(product - best), axis=0)
        possible = total > 0
        log_total = pt.log(pt.where(possible, total, 1.0))
        values = pt.concatenate([values, pt.where(possible, best + log_total, -np.inf)])
    log_sums = values[joint.root]
    return log_sums, grad(pt.sum(log_sums), leaves)


_PYTENSOR = Arithmetic(
    xp=pt,
    sigmoid=pt.sigmoid,
    sigmoids=lambda x: (pt.sigmoid(x), pt.sigmoid(-x)),
    softplus=pt.softplus,
    column=pt.as_tensor,
    sums=_sums,
    largest=_largest,
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
        (link) in dB, ``calibration`` (), ``overlap`` (scope), ``grade_shift`` (grade)
        in nats, and ``argument_probability`` (argument).
    """
    arrays = design.arrays
    coords = design.coords()
    del coords["bearing"]
    with pm.Model(coords=coords) as model:
        z = pm.Normal("z", dims="unknown")
        x = unknowns(z, arrays, _PYTENSOR)
        _name(x)
        said = evidence(x, bearing_weights(x, arrays, _PYTENSOR), arrays, _PYTENSOR)
        pm.Deterministic(
            "argument_probability",
            pt.sigmoid(said.view[: len(design.arguments)]),
            dims="argument",
        )
        seen = weigh_outcomes(x, said, arrays, _PYTENSOR)
        pm.Deterministic("probability", seen.probability, dims="scenario")
        pm.Potential("reports", seen.log_likelihood)
    return model


def _name(x: Unknowns) -> None:
    """Put the unknowns into the model by their names, on their natural scales."""
    pm.Deterministic("prior_probability", pt.sigmoid(x.prior), dims="scenario")
    pm.Deterministic("source_reliability", pt.sigmoid(x.reliability), dims="source")
    pm.Deterministic("credibility", pt.sigmoid(x.credibility), dims="digit")
    pm.Deterministic("strength", pt.exp(x.strength), dims="word")
    pm.Deterministic("calibration", pt.exp(x.calibration[0]))
    pm.Deterministic("overlap", pt.sigmoid(x.overlap), dims="scope")
    pm.Deterministic("grade_shift", x.grade, dims="grade")
    pm.Deterministic("link_shift", DECIBANS_PER_NAT * x.link, dims="link")
