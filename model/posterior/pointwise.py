r"""Report by report: what the model expects of each, given all others, or none.

There is no likelihood of a report by itself. Given :math:`z` the reports are not
independent: they share the outcomes, which are summed out, and they overlap. So a fit
carries none, unless it is asked for this one: of two directions that report j could
have had, the one that it has and its reverse, the one that it has had the probability

.. math::

    P(y_j \mid y_{-j}, z) = \frac{L(y \mid z)}{L(y \mid z) + L(y' \mid z)},

where in :math:`y'` report j alone says the reverse of what it says. Its logarithms are
what leave-one-out needs of a model that does not factorise: the posterior without
report j has weights :math:`1 / P(y_j \mid y_{-j}, z)`.

References
----------
.. [1] P.-C. Bürkner, J. Gabry, A. Vehtari. *Efficient leave-one-out cross-validation
   for Bayesian non-factorized normal and Student-t models*. Computational Statistics
   36, 1243-1261 (2021).
"""

import datetime
from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr
from scipy.special import expit, log_expit

from deciban.evidence import Bearing, Report
from deciban.model.array_types import Floats
from deciban.model.casebook.casebook import Casebook
from deciban.model.casebook.changes import Change, changed
from deciban.model.likelihood.design import design
from deciban.model.likelihood.unknowns import unknowns
from deciban.model.posterior.evidence_cache import hear
from deciban.model.posterior.weighing import believe, clocked, prior_draws
from deciban.model.posterior.what_if import Basis

__all__ = ["pointwise_groups", "reversed_report"]

_NAME = "supports"


def reversed_report(report: Report) -> Report:
    """Let a report say the reverse of each thing that it says.

    What it supports it opposes, as strongly; likelihoods change places, and those of
    rivals become their inverses.

    Examples
    --------
    >>> bearing = Bearing(scenario="war", likelihoods=(0.9, 0.1))
    >>> report = Report(
    ...     id="a", claim="Seen", source="s", credibility=2, published="2024-01-01",
    ...     bears_on=(bearing,),
    ... )
    >>> reversed_report(report).bears_on[0].likelihoods
    (0.1, 0.9)
    """
    bearings = tuple(map(_reversed, report.bears_on))
    return report.model_copy(update={"bears_on": bearings})


_OTHER = {"supports": "opposes", "opposes": "supports"}


def _reversed(bearing: Bearing) -> Bearing:
    update: dict[str, Any] = {}
    if bearing.direction is not None:
        update["direction"] = _OTHER[bearing.direction]
    if isinstance(bearing.likelihoods, tuple):
        update["likelihoods"] = bearing.likelihoods[::-1]
    elif bearing.likelihoods is not None:
        least = min(bearing.likelihoods.values())
        update["likelihoods"] = {k: least / v for k, v in bearing.likelihoods.items()}
    if bearing.words is not None:
        update["words"] = {
            rival: " ".join((_OTHER[direction], strength))
            for rival, said in bearing.words.items()
            for direction, _, strength in [said.partition(" ")]
        }
    return bearing.model_copy(update=update)


def pointwise_groups(
    basis: Basis, casebook: Casebook, as_of: datetime.date
) -> dict[str, xr.Dataset]:
    """Gather what the draws of a fit say of each report.

    Parameters
    ----------
    basis : Basis
        The draws.
    casebook : Casebook
        The one that was fitted, whole.
    as_of : date
        The day of the fit.

    Returns
    -------
    dict of Dataset
        Variable ``supports`` (report) in ``observed_data``: 1 where a report supports
        the first thing that it bears on. The same (chain, draw, report) in
        ``posterior_predictive``, drawn for each report given all others, and in
        ``prior_predictive``, given none; in ``log_likelihood`` the log-probability of
        what was observed, given all others. Reports that count for nothing have none.
    """
    shape = basis.draws.z.shape[:2]
    laid_out = design(casebook, as_of)
    reports = [casebook.index.report(name) for name in sorted({*laid_out.claims})]
    given_others = [
        basis.log_likelihood
        - basis.read(_with(casebook, reversed_report(one)), as_of).log_likelihood
        for one in reports
    ]
    given_none = _given_none(casebook, as_of, reports, shape[0] * shape[1])
    observed = np.array([_supports(one) for one in reports], dtype=np.int8)
    rng = np.random.default_rng(basis.draws.seed)
    coords = {
        "chain": np.arange(shape[0]),
        "draw": np.arange(shape[1]),
        "report": [one.id for one in reports],
    }

    def group(values: Floats) -> xr.Dataset:
        dims = ("chain", "draw", "report")
        of_draws = np.asarray(values).reshape(len(reports), *shape)
        return xr.Dataset({_NAME: (dims, np.moveaxis(of_draws, 0, -1))}, coords)

    def drawn(log_odds: Floats) -> xr.Dataset:
        as_it_is = rng.random(log_odds.shape) < expit(log_odds)
        return group(np.where(as_it_is, observed[:, None], 1 - observed[:, None]))

    others = np.reshape(given_others, (len(reports), shape[0] * shape[1]))
    return {
        "observed_data": xr.Dataset(
            {_NAME: ("report", observed)}, {"report": coords["report"]}
        ),
        "log_likelihood": group(log_expit(others)),
        "posterior_predictive": drawn(others),
        "prior_predictive": drawn(given_none),
    }


def _supports(report: Report) -> bool:
    first = report.bears_on[0]
    if isinstance(first.likelihoods, tuple):
        return first.likelihoods[0] >= first.likelihoods[1]
    return first.direction != "opposes"


def _with(casebook: Casebook, report: Report) -> Casebook:
    return changed(casebook, [Change(kind="report", key=report.id, body=report)])


def _given_none(
    casebook: Casebook, as_of: datetime.date, reports: Sequence[Report], n_draws: int
) -> Floats:
    """Log-odds of what each report says to its reverse, before any other report."""
    looked = casebook.as_of(as_of).looked(as_of)
    bare = casebook.as_of(as_of).without_reports()
    before = design(bare, as_of, looked)
    labels = design(casebook, as_of).coords()["unknown"]
    z = dict(zip(labels, prior_draws(labels, n_draws), strict=True))
    z |= dict(
        zip(
            before.coords()["unknown"],
            clocked(prior_draws(before.coords()["unknown"], n_draws), before),
            strict=True,
        )
    )

    def log_likelihood(report: Report) -> Floats:
        told = tuple(casebook.index.telling(report))
        evidence = bare.evidence.model_copy(update={"reports": told})
        laid_out = design(bare.followed_by(bare.priors, evidence), as_of, looked)
        x = unknowns(
            np.stack([z[label] for label in laid_out.coords()["unknown"]]),
            laid_out.arrays,
        )
        return believe(x, hear(x, laid_out), laid_out).log_likelihood

    found = [
        log_likelihood(report) - log_likelihood(reversed_report(report))
        for report in reports
    ]
    return np.reshape(found, (len(reports), n_draws))
