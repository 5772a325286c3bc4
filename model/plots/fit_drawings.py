"""What a fit says, drawn: forecasts, now and by day, sources, and the evidence."""

import datetime
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from deciban.model.fit import PastDay
from deciban.model.plots.evidence_drawings import (
    draw_ladder,
    draw_matrix,
    evidence_rows,
)
from deciban.model.plots.history_drawing import (
    draw_history,
    history_point,
    report_moves,
    since_opened,
)
from deciban.model.plots.kinds import check_scenario
from deciban.model.plots.plotted_fit import PlottedFit, is_settled
from deciban.model.plots.svg.densities import DensityRow, before_and_after, ridge
from deciban.model.plots.svg.forests import (
    ForestRow,
    ReliabilityRow,
    forest,
    reliabilities,
)
from deciban.model.plots.svg.histories import HistoryPoint
from deciban.model.plots.svg.picture import Drawing
from deciban.model.posterior.density_curve import cell_ends
from deciban.model.posterior.summary import ScenarioSummary, SourceSummary
from deciban.model.posterior.wording import counted, percent
from deciban.priors import Scenario

__all__ = [
    "FitHistory",
    "density_row",
    "fit_drawing",
    "forest_row",
    "history_of",
    "reliability_row",
]


def fit_drawing(fit: PlottedFit, kind: str, scenario: str | None = None) -> Drawing:
    """Draw what a fit says.

    Parameters
    ----------
    fit : PlottedFit
        The fit; draws are asked for only where densities are drawn.
    kind : str
        One of ``model.plots.kinds.KINDS``, and no diagnostic.
    scenario : str, optional
        Its id, for the kinds of one scenario.

    Raises
    ------
    PlotScenarioError
        If it is none of the fit's, or is settled and has no ladder, or if the plot is
        of them all.
    """
    check_scenario(kind, scenario, fit.scenarios)
    if scenario is None:
        what, draw = _DRAW[kind]
        return replace(draw(fit), below_heading=fit.heading(what))
    what, draw_one = _DRAW_ONE[kind]
    heading = [fit.title, *fit.heading(what)]  # what it asks is the title
    return replace(draw_one(fit, scenario), below_heading=heading)


def forest_row(said: ScenarioSummary, label: str, settled: str | None) -> ForestRow:
    """One forecast as drawings of intervals take it.

    Parameters
    ----------
    said : ScenarioSummary
        The forecast.
    label : str
        What the row is called.
    settled : str or None
        Why it is settled, in place of an interval.
    """
    return ForestRow(
        label, said.mean, said.eti90, said.eti50, said.prior_mean, settled, _note(said)
    )


def density_row(
    said: ScenarioSummary,
    label: str,
    settled: str | None,
    density: Sequence[float] | None,
    prior_density: Sequence[float] | None,
) -> DensityRow:
    """One forecast as drawings of densities take it.

    Parameters
    ----------
    said : ScenarioSummary
        The forecast.
    label : str
        What the row is called.
    settled : str or None
        Why it is settled, in place of an interval.
    density, prior_density : sequence of float or None
        After the reports and before any, as ``model.posterior.density_curve`` has them.
    """
    return DensityRow(
        *(label, said.mean, said.eti90, said.prior_mean, density, prior_density),
        *(settled, _note(said), said.weight_db),
    )


def reliability_row(said: SourceSummary, name: str) -> ReliabilityRow:
    """One source as drawings of sources take it, by its name."""
    return ReliabilityRow(name, said.grade, said.prior_mean, said.mean, said.eti90)


def _forest(fit: PlottedFit) -> Drawing:
    asked = _questions(fit)
    rows = [
        forest_row(one, asked[one.id], _settled(one)) for one in fit.summary.scenarios
    ]
    return forest(rows, title=fit.title)


def _ridge(fit: PlottedFit) -> Drawing:
    return ridge(_density_rows(fit), cell_ends().tolist(), title=fit.title)


def _before_and_after(fit: PlottedFit) -> Drawing:
    return before_and_after(_density_rows(fit), cell_ends().tolist(), title=fit.title)


def _questions(fit: PlottedFit) -> dict[str, str]:
    return {s.id: s.question for s in fit.casebook.priors.scenarios}


def _density_rows(fit: PlottedFit) -> list[DensityRow]:
    asked = _questions(fit)
    return [
        density_row(
            one,
            asked[one.id],
            _settled(one),
            fit.densities[one.id],
            fit.prior_densities[one.id],
        )
        for one in fit.summary.scenarios
    ]


def _settled(scenario: ScenarioSummary) -> str | None:
    if scenario.outcome is not None:
        return "occurred" if scenario.outcome else "did not occur"
    if not is_settled(scenario):
        return None
    return f"{percent(scenario.mean)} {_note(scenario)}".rstrip()


def _note(scenario: ScenarioSummary) -> str:
    return "" if scenario.state.startswith(("open", "settled")) else scenario.state


def _sources(fit: PlottedFit) -> Drawing:
    """Sort sources by grade, then by how reliable they are."""
    names = {source.id: source.name for source in fit.casebook.evidence.sources}
    rows = [
        reliability_row(one, names.get(one.id, one.id)) for one in fit.summary.sources
    ]
    return reliabilities(
        sorted(rows, key=lambda row: (row.grade, -row.mean)), title=fit.title
    )


def _matrix(fit: PlottedFit) -> Drawing:
    return draw_matrix(evidence_rows(fit.explanation), fit.casebook, fit.title)


def _ladder(fit: PlottedFit, scenario: str) -> Drawing:
    explained = next(s for s in fit.explanation.scenarios if s.id == scenario)
    return draw_ladder(explained, fit.casebook)


def _history(fit: PlottedFit, scenario: str) -> Drawing:
    told = history_of(fit, scenario)
    moves = report_moves(fit.explanation, fit.casebook).get(scenario, [])
    drawn = draw_history(
        fit.casebook,
        told.scenario,
        [told.prior, *told.points],
        moves,
        fit.summary.as_of,
    )
    if not told.left_out:
        return drawn
    return replace(drawn, caption=told.note)


class FitHistory(NamedTuple):
    """A forecast over time, as a fit can tell it.

    Attributes
    ----------
    scenario : Scenario
    prior : HistoryPoint
        What was believed on the first day, before any report.
    points : list of HistoryPoint
        The forecasts by day, that of the fit last.
    left_out : list of date
        Days of which nothing tells.
    """

    scenario: Scenario
    prior: HistoryPoint
    points: list[HistoryPoint]
    left_out: list[datetime.date]

    @property
    def note(self) -> str:
        """Say how many days are left out."""
        n_days = len(self.points) + len(self.left_out)
        return (
            f"{len(self.left_out)} of {counted(n_days, 'day')} left out: the draws of "
            "this fit say too little of what was forecast then."
        )


def history_of(fit: PlottedFit, scenario: str) -> FitHistory:
    """Gather what a fit tells of a forecast over time.

    Parameters
    ----------
    fit : PlottedFit
        The fit.
    scenario : str
        Id of one of its scenarios.
    """
    written = next(s for s in fit.casebook.priors.scenarios if s.id == scenario)
    today = PastDay(fit.summary.as_of, fit.summary.scenarios)
    days = since_opened([*fit.past_days, today], written.opens)

    def point(day: datetime.date, said: Sequence[ScenarioSummary]) -> HistoryPoint:
        return history_point(day, next(one for one in said if one.id == scenario))

    return FitHistory(
        written,
        point(days[0].day, fit.prior_on(days[0].day)),
        [point(day, said) for day, said in days if said is not None],
        [day for day, said in days if said is None],
    )


_DRAW_ONE: Mapping[str, tuple[str, Callable[[PlottedFit, str], Drawing]]] = {
    "ladder": ("Steps in decibans", _ladder),
    "history": ("Forecast by day", _history),
}
_DRAW: Mapping[str, tuple[str, Callable[[PlottedFit], Drawing]]] = {
    "forest": ("Forecasts", _forest),
    "ridge": ("Forecasts", _ridge),
    "prior-posterior": ("Before and after the reports", _before_and_after),
    "sources": ("Reliability of sources", _sources),
    "matrix": ("Evidence by scenario", _matrix),
}
