r"""By when a scenario occurs: the probability that it has occurred by the end of a day.

The reports say whether a scenario occurs, the hazard of its window when. With
:math:`\Lambda` its cumulative hazard, g the share of the window that had passed when
somebody last looked, and 1 - d the probability that it went unnoticed until then, it
has occurred before the share u of the window has passed with a probability in
proportion to

.. math::

    F(u) = (1 - d) (1 - e^{-\min(u, g) \Lambda})
           + \max(0, e^{-g \Lambda} - e^{-u \Lambda}),

so that, of what occurs at all, F(u) / F(1) has occurred by then. Under each outcome of
its causes its hazard is another: they are averaged by what is believed of them.
"""

import datetime
from collections.abc import Mapping, Sequence

import numpy as np

from deciban.model.array_types import Floats
from deciban.model.casebook.casebook import Casebook
from deciban.model.likelihood.arithmetic import NUMPY
from deciban.model.likelihood.design import design
from deciban.model.likelihood.formula import outcome_sums
from deciban.model.likelihood.outcomes import hazards
from deciban.model.likelihood.unknowns import unknowns
from deciban.model.posterior.evidence_cache import blocks, hear, of_draws
from deciban.model.posterior.summaries import columns
from deciban.model.posterior.summary import ByWhen
from deciban.model.sampling.draws import Draws
from deciban.priors import Scenario

__all__ = ["by_when"]

# Days of a curve, the last one of its window with them.
_DAYS = 25


def by_when(
    draws: Draws, casebook: Casebook, as_of: datetime.date
) -> dict[str, list[ByWhen]]:
    """Tell by when each scenario occurs that is not settled and has a hazard.

    Parameters
    ----------
    draws : Draws
        Of a fit.
    casebook : Casebook
        The one that was fitted, whole.
    as_of : date
        The day of the fit.

    Returns
    -------
    dict of list of ByWhen
        By scenario: of days at even steps from the first of its window to the last,
        whose probability is that of the scenario.
    """
    ended = casebook.as_of(as_of).outcomes()
    wanted = {
        scenario.id: _days(scenario)
        for scenario in casebook.priors.scenarios
        if scenario.hazard == "constant" and scenario.id not in ended
    }
    if not wanted:
        return {}
    found = _occurred(draws, casebook, as_of, wanted)
    return {
        name: [
            ByWhen(
                day=day,
                mean=float(values.mean()),
                eti90=(float(low), float(high)),
            )
            for day, values, (low, high) in zip(
                wanted[name],
                found[name],
                np.quantile(found[name], (0.05, 0.95), axis=1).T,
                strict=True,
            )
        ]
        for name in wanted
    }


def _days(scenario: Scenario) -> list[datetime.date]:
    n_days = (scenario.closes - scenario.opens).days
    steps = sorted({round(i * n_days / (_DAYS - 1)) for i in range(_DAYS)})
    return [scenario.opens + datetime.timedelta(step) for step in steps]


def _occurred(
    draws: Draws,
    casebook: Casebook,
    as_of: datetime.date,
    wanted: Mapping[str, Sequence[datetime.date]],
) -> dict[str, Floats]:
    """Probability that it has occurred by the end of each day, [day, draw]."""
    laid_out = design(casebook, as_of)
    arrays = laid_out.arrays
    x = unknowns(columns(draws, laid_out), arrays)
    heard, n_draws = hear(x, laid_out), x.prior.shape[1]
    cells, n = arrays.joint.cell_scenario, len(arrays.joint.cell_scenario)
    found = {name: np.zeros((len(days), n_draws)) for name, days in wanted.items()}
    for rows in blocks(n_draws, len(arrays.joint.place)):
        part = of_draws(x, rows)
        _, posterior = outcome_sums(part, heard.on(laid_out, rows), arrays, NUMPY)
        _, hazard, missed = hazards(part, arrays, NUMPY)
        no, yes = posterior[:n], posterior[n : 2 * n]
        for name, days in wanted.items():
            s = laid_out.scenarios.index(name)
            scenario, passed = casebook.scenario(name), arrays.clock.passed[s]
            window = (scenario.closes - scenario.opens).days + 1
            its = np.flatnonzero(cells == s)
            total = (no[its] + yes[its]).sum(axis=0)
            rate, unseen = hazard[its], missed[its]

            def share(
                u: float,
                rate: Floats = rate,
                unseen: Floats = unseen,
                passed: float = passed,
            ) -> Floats:
                known = unseen * -np.expm1(-min(u, passed) * rate)
                ahead = -np.expm1(-max(0.0, u - passed) * rate)
                both: Floats = known + np.exp(-passed * rate) * ahead
                return both

            whole = share(1.0)
            for i, day in enumerate(days):
                u = ((day - scenario.opens).days + 1) / window
                with np.errstate(invalid="ignore", divide="ignore"):
                    of_it = np.where(whole > 0, share(u) / whole, 0.0)
                found[name][i, rows] = (yes[its] * of_it).sum(axis=0) / total
    return found
