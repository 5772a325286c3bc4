"""A fit: what one run of the model drew, and all that follows from it.

The sampler leaves draws of *z*. With the casebook and the day they make everything a
fit says: its summary, its explanation, the tree of all draws by name, and what they
would say of another casebook.
"""

import datetime
import os
from collections.abc import Sequence
from functools import cached_property
from html import escape
from typing import TYPE_CHECKING, NamedTuple, Self

from deciban.model.casebook.casebook import Casebook
from deciban.model.casebook.history_days import history_days
from deciban.model.errors import ModelError
from deciban.model.explain import explain
from deciban.model.explain.explanation import Explanation
from deciban.model.likelihood.design import design
from deciban.model.posterior.by_when import by_when
from deciban.model.posterior.fit_file import read_fit, write_fit
from deciban.model.posterior.statistics import casebook_of, summarise
from deciban.model.posterior.summaries import columns, summary_of
from deciban.model.posterior.summary import ScenarioSummary, Summary, can_tell
from deciban.model.posterior.what_if import Basis
from deciban.model.posterior.wording import checks_line
from deciban.model.sampling.draws import Draws

# Each takes half a second to load, and is loaded by what uses it.
if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

__all__ = ["Fit", "PastDay", "past_day", "shown_in_notebook"]

# Days that a history has at most, as in the service unless it is set otherwise.
_HISTORY_DAYS = 60


class Fit:
    """One run of the model on a casebook: what it drew, and all that follows from it.

    Parts are computed when they are first asked for, and kept.

    Parameters
    ----------
    draws : Draws
        What the sampler left behind.
    casebook : Casebook
        The one that was fitted, whole.
    as_of : date
        Up to and with this day reports and outcomes are known.
    """

    def __init__(self, draws: Draws, casebook: Casebook, as_of: datetime.date) -> None:
        self.draws = draws
        self.casebook = casebook
        self.as_of = as_of

    @cached_property
    def summary(self) -> Summary:
        """What the fit says, as plain numbers: what ``deciban fit --json`` prints."""
        bare = self._bare
        return bare.model_copy(update={"scenarios": self._with_days(bare)})

    @cached_property
    def _bare(self) -> Summary:
        """The summary without its days; the tree of one that was read has it."""
        if "tree" in vars(self):
            return summarise(self.tree)
        return summary_of(self.draws, self.casebook, self.as_of)

    def _with_days(self, summary: Summary) -> list[ScenarioSummary]:
        """Add by when each occurs, and what was forecast at the close of the closed."""
        curves = by_when(self.draws, self.casebook, self.as_of)
        closes = {
            scenario.id: scenario.closes for scenario in self.casebook.priors.scenarios
        }
        closed = {s.id for s in summary.scenarios if s.state == "closed, not settled"}
        days = {closes[name] for name in closed}
        then = {
            (one.id, past.day): one.mean
            for past in (past_day(self.basis, self.casebook, day) for day in days)
            for one in past.scenarios or ()
            if one.id in closed
        }
        return [
            one.model_copy(
                update={
                    "at_close": then.get((one.id, closes[one.id])),
                    "by_when": curves.get(one.id, []),
                }
            )
            for one in summary.scenarios
        ]

    @cached_property
    def forecasts(self) -> "pd.DataFrame":
        """The forecast of each scenario: a row each, in the order of the casebook.

        ``prior_mean`` and ``mean`` are its probability before any report and given
        them, ``eti90_low`` and ``eti90_high`` the equal-tailed 90 % interval,
        ``weight_db`` what all the evidence weighs, in decibans, ``term`` the word of
        ICD 203.
        """
        import pandas as pd

        return pd.DataFrame(
            {
                "scenario": scenario.id,
                "prior_mean": scenario.prior_mean,
                "mean": scenario.mean,
                "eti90_low": scenario.eti90[0],
                "eti90_high": scenario.eti90[1],
                "weight_db": scenario.weight_db,
                "term": scenario.term,
                "reports": scenario.reports,
                "origins": scenario.origins,
            }
            for scenario in self.summary.scenarios
        ).set_index("scenario")

    @cached_property
    def explanation(self) -> Explanation:
        """What each report, argument and source has part in each forecast."""
        z = columns(self.draws, design(self.casebook, self.as_of)).T
        return explain(z, self.casebook, self.as_of, self.summary)

    @cached_property
    def tree(self) -> "xr.DataTree":
        """All draws by name, for ArviZ and xarray.

        Groups ``posterior``, ``prior``, ``sample_stats`` and ``constant_data``.
        """
        from deciban.model.posterior.data_tree import forecast_tree

        bare = self._bare
        tree = forecast_tree(self.draws, self.casebook, self.as_of)
        # To the last bit: what is read again says what was said.
        tree.attrs["summary"] = bare.model_dump_json()
        return tree

    def pointwise(self) -> "xr.DataTree":
        """All draws, with what the model expects of each report: for ``arviz.loo``.

        Groups ``log_likelihood``, ``posterior_predictive``, ``prior_predictive`` and
        ``observed_data`` besides, each with a variable ``supports`` by report: see
        ``model.posterior.pointwise``.
        """
        import xarray as xr

        from deciban.model.posterior.pointwise import pointwise_groups

        tree = self.tree.copy()
        for name, group in pointwise_groups(
            self.basis, self.casebook, self.as_of
        ).items():
            tree[name] = xr.DataTree(group.assign_attrs(tree.attrs))
        return tree

    @cached_property
    def basis(self) -> Basis:
        """The draws as ``what_if`` reads them under other casebooks."""
        return Basis(self.draws, self.casebook, self.as_of)

    @cached_property
    def past_days(self) -> "list[PastDay]":
        """What its draws say of the days on which forecasts may have moved before it.

        The oldest first; a day of whose evidence they tell too little has no forecasts.
        """
        days = history_days(self.casebook, self.as_of, _HISTORY_DAYS)
        return [past_day(self.basis, self.casebook, day) for day in days]

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the fit to a NetCDF file, casebook included, whole or not at all.

        Raises
        ------
        OSError
            If the file cannot be written; one that was there is as it was.
        """
        write_fit(self.tree, path)

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> Self:
        """Read a fit that ``save`` or ``deciban fit --out`` wrote.

        Raises
        ------
        FitFileError
            If the file cannot be read, or holds something else.
        """
        return cls.of_tree(read_fit(path))

    @classmethod
    def of_tree(cls, tree: "xr.DataTree") -> Self:
        """Take a fit from its tree."""
        from deciban.model.posterior.data_tree import draws_of

        as_of = datetime.date.fromisoformat(tree.attrs["as_of"])
        fit = cls(draws_of(tree), casebook_of(tree), as_of)
        fit.tree = tree
        return fit

    def _heading(self) -> str:
        checks = checks_line(self.summary.checks)
        return f"{self.casebook.priors.title}, as of {self.as_of}; checks: {checks}"

    def __repr__(self) -> str:
        """Say which fit it is, and whether its checks passed."""
        return f"<deciban.Fit: {self._heading()}>"

    def _repr_html_(self) -> str:
        """Show the forecasts in a notebook."""
        return shown_in_notebook(self._heading(), self.forecasts)


class PastDay(NamedTuple):
    """A day before a fit's, and what is forecast with what was known on it.

    Attributes
    ----------
    day : date
    scenarios : sequence of ScenarioSummary or None
        In the order of the casebook; None where nothing can tell.
    """

    day: datetime.date
    scenarios: Sequence[ScenarioSummary] | None


def past_day(basis: Basis, casebook: Casebook, day: datetime.date) -> PastDay:
    """Read a past day from draws of a later one, where they reach.

    Parameters
    ----------
    basis : Basis
        The draws.
    casebook : Casebook
        The whole.
    day : date
        Up to and with this day reports and outcomes are known.
    """
    try:
        reading = basis.read(casebook, day)
    except ModelError:  # no draw is possible with what was known then
        return PastDay(day, None)
    can = can_tell(reading.pareto_k)
    return PastDay(day, reading.summary.scenarios if can else None)


def shown_in_notebook(heading: str, table: "pd.DataFrame") -> str:
    """Write a table as HTML, under a heading that is text."""
    return f"<p>{escape(heading)}</p>" + str(
        table.to_html(float_format="{:.3g}".format)
    )
