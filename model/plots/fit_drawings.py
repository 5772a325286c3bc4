"""What a fit says, drawn: its forecasts, as intervals or densities, and its sources."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from deciban.model.plots.plotted_fit import PlottedFit, is_settled
from deciban.model.plots.svg.densities import DensityRow, before_and_after, ridge
from deciban.model.plots.svg.forests import (
    ForestRow,
    ReliabilityRow,
    forest,
    reliabilities,
)
from deciban.model.plots.svg.picture import Drawing
from deciban.model.posterior.density_curve import cell_ends
from deciban.model.posterior.summary import ScenarioSummary, SourceSummary
from deciban.model.posterior.wording import percent

__all__ = ["density_row", "fit_drawing", "forest_row", "reliability_row"]


def fit_drawing(fit: PlottedFit, kind: str) -> Drawing:
    """Draw what a fit says.

    Parameters
    ----------
    fit : PlottedFit
        The fit; draws are asked for only where densities are drawn.
    kind : str
        One of ``model.plots.kinds.KINDS``, and no diagnostic.
    """
    what, draw = _DRAW[kind]
    return replace(draw(fit), below_heading=fit.heading(what))


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
    rows = [forest_row(one, one.id, _settled(one)) for one in fit.summary.scenarios]
    return forest(rows, title=fit.title)


def _ridge(fit: PlottedFit) -> Drawing:
    return ridge(_density_rows(fit), cell_ends().tolist(), title=fit.title)


def _before_and_after(fit: PlottedFit) -> Drawing:
    return before_and_after(_density_rows(fit), cell_ends().tolist(), title=fit.title)


def _density_rows(fit: PlottedFit) -> list[DensityRow]:
    return [
        density_row(
            one,
            one.id,
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
    if scenario.annulled:
        return "annulled"
    return "awaiting resolution" if scenario.awaiting_resolution else ""


def _sources(fit: PlottedFit) -> Drawing:
    """Sort sources by grade, then by how reliable they are."""
    rows = [
        reliability_row(one, fit.source_names.get(one.id, one.id))
        for one in fit.summary.sources
    ]
    return reliabilities(
        sorted(rows, key=lambda row: (row.grade, -row.mean)), title=fit.title
    )


_DRAW: Mapping[str, tuple[str, Callable[[PlottedFit], Drawing]]] = {
    "forest": ("Forecasts", _forest),
    "ridge": ("Forecasts", _ridge),
    "prior-posterior": ("Before and after the reports", _before_and_after),
    "sources": ("Reliability of sources", _sources),
}
