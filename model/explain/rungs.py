"""Where the reports begin: from the prior as written to the prior with its clock.

Means over draws from the prior, spread evenly, so that they hardly err.
"""

import datetime
from typing import NamedTuple

import numpy as np
from scipy.special import expit

from deciban.model.array_types import Floats
from deciban.model.casebook.casebook import Casebook
from deciban.model.likelihood.arithmetic import NUMPY
from deciban.model.likelihood.design import design
from deciban.model.likelihood.formula import (
    bearing_weights,
    evidence,
    outcome_sums,
    weigh,
)
from deciban.model.likelihood.unknowns import unknowns
from deciban.model.posterior.weighing import prior_draws

__all__ = ["Rungs", "rungs"]


_DRAWS = 4000


class Rungs(NamedTuple):
    """Mean probability of each scenario, by id.

    Attributes
    ----------
    written : dict of float
        By itself, as it was written, for the whole window.
    tied : dict of float
        With links and rivals.
    settled : dict of float
        With the clock and outcomes besides; of scenarios that hang together with one
        that has an outcome.
    """

    written: dict[str, float]
    tied: dict[str, float]
    settled: dict[str, float]


def rungs(known: Casebook, as_of: datetime.date, looked: datetime.date | None) -> Rungs:
    """Tell what is believed before any report, step by step.

    Parameters
    ----------
    known : Casebook
        As of the day.
    as_of : date
        The day.
    looked : date or None
        Day on which somebody last looked.
    """
    ended = known.followed_by(
        known.priors.model_copy(update={"arguments": ()}),
        known.evidence.model_copy(update={"reports": (), "sources": ()}),
    )
    bare = design(ended.without_reports(), as_of, looked)
    z = prior_draws(bare.coords()["unknown"], _DRAWS)
    written = expit(unknowns(z, bare.arrays).prior)
    none = np.zeros(len(bare.scenarios))
    still = bare.arrays.clock._replace(
        passed=none, log_allowed_no=none, log_allowed_yes=none
    )
    # Here there are no outcomes: what is told of answers is what was not seen.
    any_answer = bare.arrays.answer._replace(
        log_allowed=np.zeros_like(bare.arrays.answer.log_allowed)
    )
    unasked = bare.arrays._replace(clock=still, answer=any_answer)
    tied = weigh(z, unasked).probability
    names = bare.scenarios
    return Rungs(
        dict(zip(names, written.mean(axis=1).tolist(), strict=True)),
        dict(zip(names, tied.mean(axis=1).tolist(), strict=True)),
        _settled(z, ended, as_of, looked) if ended.outcomes() else {},
    )


def _settled(
    z: Floats, ended: Casebook, as_of: datetime.date, looked: datetime.date | None
) -> dict[str, float]:
    laid_out = design(ended, as_of, looked)
    arrays, x = laid_out.arrays, unknowns(z, laid_out.arrays)
    set_of = [laid_out.set_of[f"scenario {s}"] for s in laid_out.scenarios]
    with np.errstate(divide="ignore", invalid="ignore"):
        said = evidence(x, bearing_weights(x, arrays, NUMPY), arrays, NUMPY)
        log_sums, _ = outcome_sums(x, said, arrays, NUMPY)
        probability = np.nan_to_num(weigh(z, arrays).probability)
    weight = np.exp(log_sums - log_sums.max(axis=1, keepdims=True))
    weight /= weight.sum(axis=1, keepdims=True)
    means = (probability * weight[set_of]).sum(axis=1)
    ends = {laid_out.set_of[f"scenario {s}"] for s in ended.outcomes()}
    return {
        name: float(mean)
        for name, mean, number in zip(laid_out.scenarios, means, set_of, strict=True)
        if number in ends
    }
