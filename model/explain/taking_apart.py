"""A fit is taken apart: what scenarios, arguments, sources and claims have part in."""

import datetime

from deciban.model.array_types import Floats
from deciban.model.casebook.casebook import Casebook
from deciban.model.explain.arguments import explained_arguments
from deciban.model.explain.claims import explained_claims
from deciban.model.explain.explanation import Explanation
from deciban.model.explain.moves import moves
from deciban.model.explain.rungs import rungs
from deciban.model.explain.scenarios import changes, explained_scenarios
from deciban.model.explain.sources import explained_sources
from deciban.model.explain.weights import weigh_fit
from deciban.model.likelihood.design import design
from deciban.model.posterior.density_curve import cell_ends
from deciban.model.posterior.statistics import Forecasts
from deciban.model.posterior.summary import Summary

__all__ = ["explain"]


def explain(
    z: Floats, casebook: Casebook, as_of: datetime.date, summary: Summary | Forecasts
) -> Explanation:
    """Take a fit apart.

    Parameters
    ----------
    z : ndarray, shape (..., unknown)
        Draws from the posterior, in the places of ``design(casebook, as_of)``.
    casebook : Casebook
        The one that was fitted.
    as_of : date
        The day of the fit.
    summary : Summary or Forecasts
        Of the same draws: the steps lead to its means.
    """
    laid_out = design(casebook, as_of)
    known = casebook.as_of(as_of)
    draws, bearings, sets = weigh_fit(
        z.reshape(-1, z.shape[-1]), laid_out, casebook, as_of
    )
    before = rungs(known, as_of, laid_out.looked)
    moved = moves(draws, bearings, sets, laid_out, changes(summary, before))
    told = known.evidence.tellings()
    claims = list(
        explained_claims(draws, bearings, moved, laid_out, known.evidence, told)
    )
    return Explanation(
        axis=[round(float(end), 6) for end in cell_ends()],
        scenarios=list(
            explained_scenarios(draws, moved, before, laid_out, known, summary, told)
        ),
        arguments=list(
            explained_arguments(draws, bearings, moved, laid_out, known, summary)
        ),
        sources=list(explained_sources(moved, laid_out, known, summary, claims)),
        claims=claims,
    )
