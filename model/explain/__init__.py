r"""Take a fit apart: what each report, argument and source has part in each forecast.

Everything is computed draw by draw, then averaged, so that what adds up does so
exactly. At one :math:`z`, in decibans,

.. math::

    \operatorname{logit} p_s = \operatorname{logit} p^0_s
      + \sum_b w_{b s} + \ell_s :

:math:`p^0_s` is the probability of the scenario with neither reports nor outcomes, its
links and its clock as they are; :math:`w_{bs}` are the weights of all that bears on it,
direct reports and arguments; :math:`\ell_s` is what comes through links, 0 where it has
none. In the mean over the posterior these are the steps from prior to forecast. The
forecast is the mean of :math:`p_s`, not of its log-odds, and what was known before is a
mean over the prior: the difference is the last step, the remainder.

What bears on a scenario overlaps, so that weights do not simply add: each claim and
each argument has the part in it that ``model.likelihood.shares`` gives it; parts add
up.
"""

from deciban.model.explain.taking_apart import explain as explain
