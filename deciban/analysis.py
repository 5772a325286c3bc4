"""Forecasting in a notebook or a script: read a case, fit it, ask the fit.

Everything here is what ``import deciban`` gives, and leads to the packages below. It is
where a day that nobody named becomes today; they know no clock.
"""

import datetime
import os
import sys
import warnings
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from deciban.model.casebook.casebook import Casebook
from deciban.model.casebook.changes import Change, changed
from deciban.model.casebook.files import AnyPath, read_casebook, shipped_case_files
from deciban.model.casebook.forecast_day import day_to_take
from deciban.model.casebook.without import changes_without
from deciban.model.fit import Fit, shown_in_notebook
from deciban.model.likelihood.design import design
from deciban.model.plots.kinds import KINDS
from deciban.model.plots.plot import Plot
from deciban.model.posterior.summary import ScenarioSummary, can_tell
from deciban.model.posterior.wording import checks_line

# These take seconds to load, together: each is loaded by what uses it, the sampler and
# what plots are drawn with too.
if TYPE_CHECKING:
    import pandas as pd
    import pymc as pm

__all__ = [
    "Casebook",
    "Fit",
    "Plot",
    "WhatIf",
    "build_model",
    "fit",
    "load",
    "plot",
    "what_if",
]

_COMPILING = "Compiling the density, once on this machine: half a minute ..."

type DayLike = str | datetime.date


def load(case: AnyPath, *evidence: AnyPath) -> Casebook:
    """Read a case: one that comes with Deciban, or your own files.

    Parameters
    ----------
    case : str or path
        Id of a case that comes along; or, with ``evidence``, a priors file (YAML).
    *evidence : path
        Evidence files (YAML, JSON Lines or CSV), merged in this order.

    Returns
    -------
    Casebook

    Raises
    ------
    CaseError
        A ``ValueError`` that tells everything wrong with the files, each with its file,
        line, rule and value; or that there is no such case.

    Examples
    --------
    >>> case = load("dprk-russia")
    >>> len(case.priors.scenarios), len(case.evidence.reports)
    (9, 83)
    >>> load("dprk-germany")
    Traceback (most recent call last):
    deciban.model.errors.CaseError: case: must be one of the cases dprk-russia, got ...
    """
    if evidence or Path(case).suffix.lower() in (".yaml", ".yml"):
        return read_casebook(case, evidence)
    return read_casebook(*shipped_case_files(os.fspath(case)))


def fit(
    casebook: Casebook,
    as_of: DayLike | None = None,
    *,
    draws: int = 1000,
    tune: int = 400,
    chains: int = 4,
    seed: int | None = None,
) -> Fit:
    """Forecast a case.

    Parameters
    ----------
    casebook : Casebook
        The whole casebook; what came after ``as_of`` is not used.
    as_of : str or date, optional
        Up to and with this day reports and outcomes are known. Today (UTC) unless
        given; once all scenarios have closed, the day after the last close, or of what
        came later.
    draws, tune, chains : int
        Draws that each chain keeps, and spends on tuning; and how many chains.
    seed : int, optional
        From the casebook, the day and the settings unless given, so that the same case
        gives the same numbers.

    Returns
    -------
    Fit

    Warns
    -----
    UserWarning
        If the fit fails its checks: do not rely on its numbers.

    Examples
    --------
    >>> found = fit(load("dprk-russia"), as_of="2024-03-31")
    >>> munitions = found.forecasts.loc["munitions"]
    >>> bool(munitions["prior_mean"] < 0.2), bool(munitions["mean"] > 0.5)
    (True, True)

    Why: the steps lead from the prior as it was written to the forecast.

    >>> import math
    >>> why = next(s for s in found.explanation.scenarios if s.id == "munitions")
    >>> odds = why.mean / (1 - why.mean) / why.written_mean * (1 - why.written_mean)
    >>> steps = sum(step.weight_db for step in why.steps)
    >>> bool(abs(steps - 10 * math.log10(odds)) < 0.05)
    True
    """
    # The sampler takes a second to load.
    from deciban.model.likelihood.kernel import compiled
    from deciban.model.sampling.fit import SamplingSettings, sample

    compiled(lambda: print(_COMPILING, file=sys.stderr))
    day = _day_taken(casebook, as_of)
    settings = SamplingSettings(draws=draws, tune=tune, chains=chains)
    made = Fit(sample(casebook, day, settings, seed=seed), casebook, day)
    if not made.summary.checks.ok:
        warnings.warn(
            f"the checks {checks_line(made.summary.checks)}: do not rely on these "
            f"numbers; try more than {draws} draws and {tune} of tuning",
            stacklevel=2,
        )
    return made


@dataclass(frozen=True, eq=False)
class WhatIf:
    """What a fit says of another casebook.

    Attributes
    ----------
    casebook : Casebook
        The changed one.
    before, after : list of ScenarioSummary
        Of the fit's casebook, and of the changed one.
    pareto_k : float or None
        How far the draws reach: the shape of their weights' tail; None where nothing
        that they depend on was changed.
    is_reliable : bool
        Whether k is at most 0.7; if not, fit ``casebook``.
    """

    casebook: Casebook
    before: list[ScenarioSummary]
    after: list[ScenarioSummary]
    pareto_k: float | None

    @property
    def is_reliable(self) -> bool:
        """Whether the draws can tell: k is at most 0.7."""
        return can_tell(self.pareto_k)

    @property
    def forecasts(self) -> "pd.DataFrame":
        """Probability of each scenario ``before`` and ``after``, and its ``change``.

        What is there on one side only is NaN on the other.
        """
        import pandas as pd

        means = {
            side: {scenario.id: scenario.mean for scenario in scenarios}
            for side, scenarios in (("before", self.before), ("after", self.after))
        }
        table = pd.DataFrame(means).rename_axis("scenario")
        return table.assign(change=table["after"] - table["before"])

    def _repr_html_(self) -> str:
        """Show the forecasts in a notebook."""
        return shown_in_notebook(self._heading(), self.forecasts)

    def _heading(self) -> str:
        if self.pareto_k is None:
            return "The draws stay as they are"
        reach = "reliable" if self.is_reliable else "too far from the fit: fit it anew"
        return f"Pareto k {self.pareto_k:.2f}, {reach}"

    def __repr__(self) -> str:
        """Say how far it can be relied on."""
        return f"<deciban.WhatIf: {self._heading()}>"


def what_if(
    fit: Fit,
    changes: Casebook | Iterable[Change | Mapping[str, Any]] = (),
    *,
    without_reports: Collection[str] = (),
    without_sources: Collection[str] = (),
    without_origins: Collection[str] = (),
    as_of: DayLike | None = None,
) -> WhatIf:
    """Read a fit under other evidence or other judgements, without sampling again.

    Parameters
    ----------
    fit : Fit
        Whose draws are weighed anew.
    changes : Casebook, or iterable of Change or mapping
        Another casebook of the case; or what is put into that of the fit, in the place
        of what is there under the same key: ``{"kind": "report", "key": ID, "body":
        {...}}``, the body as files write it, no body to take it out. As the service's
        API takes them.
    without_reports, without_sources, without_origins : collection of str
        Ids of reports to leave out; of sources, with all that they published; of
        sources, with all that they said first. A report that repeats what is left out
        takes its place.
    as_of : str or date, optional
        Another day than that of the fit.

    Returns
    -------
    WhatIf

    Raises
    ------
    ChangeError
        A ``ValueError`` with everything wrong with the changes.
    ValueError
        If there is no report or source of an id to leave out.

    Examples
    --------
    >>> found = fit(load("dprk-russia"), as_of="2024-03-31")
    >>> moved = what_if(found, without_origins=["us-intelligence"])
    >>> moved.is_reliable, bool(moved.forecasts["change"]["munitions"] < 0)
    (True, True)
    """
    if isinstance(changes, Casebook):
        casebook = changes
    else:
        casebook = changed(fit.casebook, map(Change.model_validate, changes))
    reports = {report.id for report in casebook.evidence.reports}
    sources = {source.id for source in casebook.evidence.sources}
    _require("without_reports", without_reports, reports)
    _require("without_sources", without_sources, sources)
    _require("without_origins", without_origins, sources)
    casebook = changed(
        casebook,
        changes_without(
            casebook,
            reports=without_reports,
            sources=without_sources,
            origins=without_origins,
        ),
    )
    reading = fit.basis.read(casebook, _day(as_of) or fit.as_of)
    return WhatIf(
        casebook, fit.summary.scenarios, reading.summary.scenarios, reading.pareto_k
    )


def plot(fit: Fit, kind: str = "forest", scenario: str | None = None) -> Plot:
    """Draw a fit.

    Parameters
    ----------
    fit : Fit
        What is drawn.
    kind : str
        ``forest``, ``ridge``, ``prior-posterior``, ``sources`` or ``matrix``; of one
        scenario, ``ladder`` or ``history``; or, of the computation, ``trace``, ``rank``
        or ``energy``.
    scenario : str, optional
        Its id, for a ladder or a history.

    Returns
    -------
    Plot
        A notebook shows it; ``plot(fit).save("forest.png")`` keeps it.

    Raises
    ------
    ValueError
        If there is no such kind, or no scenario that it can be of.
    """
    if kind not in KINDS:
        raise ValueError(f"kind must be one of {', '.join(KINDS)}, got {kind!r}")
    from deciban.model.plots.fit_plots import plot_fit

    return plot_fit(fit, kind, scenario)


def build_model(casebook: Casebook, as_of: DayLike | None = None) -> "pm.Model":
    """State the model of a casebook in PyMC; sample nothing.

    For graphs, prior predictive draws and other samplers. ``fit`` samples the same
    density, compiled once for all casebooks.

    Parameters
    ----------
    casebook : Casebook
        The whole casebook.
    as_of : str or date, optional
        As in ``fit``.

    Returns
    -------
    pm.Model
        With one free variable, ``z``, and all that a fit tells as deterministics.

    Examples
    --------
    >>> model = build_model(load("dprk-russia"), as_of="2024-03-31")
    >>> [variable.name for variable in model.free_RVs]
    ['z']
    """
    # PyMC takes seconds to load.
    from deciban.model.likelihood import pymc_model

    day = _day_taken(casebook, as_of)
    return pymc_model.build_model(design(casebook, day))


def _day_taken(casebook: Casebook, as_of: DayLike | None) -> datetime.date:
    today = datetime.datetime.now(datetime.UTC).date()
    return day_to_take(casebook, _day(as_of), today).day


def _day(written: DayLike | None) -> datetime.date | None:
    if written is None or isinstance(written, datetime.date):
        return written
    try:
        return datetime.date.fromisoformat(written)
    except ValueError as error:
        raise ValueError(
            f"as_of must be a day such as 2024-03-31, got {written!r}"
        ) from error


def _require(name: str, ids: Iterable[str], known: Collection[str]) -> None:
    for one in ids:
        if one not in known:
            raise ValueError(f"{name} must be ids of the casebook, got {one!r}")
