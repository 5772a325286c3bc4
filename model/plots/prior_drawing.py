"""A prior, drawn: what a judgement that somebody wrote down amounts to."""

from dataclasses import replace

import numpy as np
from scipy.special import betainc

from deciban.model.plots.svg.densities import DensityRow, one_density
from deciban.model.plots.svg.picture import Drawing
from deciban.model.posterior.density_curve import cell_ends
from deciban.model.posterior.wording import interval, percent
from deciban.priors import LogitNormal
from deciban.priors.elicit import mass_between

__all__ = ["draw_prior"]


def draw_prior(
    prior: LogitNormal, title: str, beta: tuple[float, float] | None = None
) -> Drawing:
    """Draw the density of a prior.

    Parameters
    ----------
    prior : LogitNormal
        What is drawn.
    title : str
        Of the drawing.
    beta : tuple of float, optional
        The Beta distribution that is nearest to it, to be drawn beside it.
    """
    ends = cell_ends()
    widths = np.diff(ends)
    low, high = prior.quantile([0.05, 0.95]).tolist()
    row = DensityRow(
        "prior",
        prior.mean,
        (low, high),
        beta[0] / sum(beta) if beta else prior.mean,
        (mass_between(prior, ends) / widths).tolist(),
        (np.diff(betainc(*beta, ends)) / widths).tolist() if beta else None,
    )
    summary = f"mean {percent(prior.mean)}, 90 % interval {interval((low, high))}"
    drawing = one_density(
        row,
        ends.tolist(),
        title=title,
        caption="Blue: density of the prior, normal on the log-odds. Dot: its mean. "
        "Line: its equal-tailed 90 % interval. "
        + ("Grey, and the ring at its mean: the nearest Beta. " if beta else "")
        + "Each density is scaled to a peak of its own.",
    )
    sentence = f"Density of a prior with {summary}."
    return replace(drawing, sentence=sentence, below_heading=[summary])
