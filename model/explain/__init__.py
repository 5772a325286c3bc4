r"""Take a fit apart: what each report, argument and source has part in each forecast.

A forecast is the mean of :math:`p_s`, and so its log-odds are those of a mean. They
come from the prior as it was written by steps that add up: links and rivals; the time
that has passed; outcomes; then each argument and claim. The first are differences of
means over the prior (``rungs``); the others are Aumann-Shapley values on the way from
there to the posterior (``gains``), along which every weight grows from nothing to
itself. Nothing is left over.

What bears on a scenario overlaps, so that weights do not simply add: each claim and
each argument has the part in it that ``model.likelihood.shares`` gives it.
"""

from deciban.model.explain.taking_apart import explain as explain
