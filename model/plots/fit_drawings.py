"""What a fit says, drawn: its forecasts, as intervals or densities, and its sources."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from deciban.model.plots.plotted_fit import PlottedFit, is_settled
from deciban.model.plots.svg.densities import DensityRow, before_and_after, ridge
from deciban.model.plots.svg.forests import (
    ForestRow,
    Reliability,
    forest,
    reliabilities,
)
from deciban.model.plots.svg.picture import Drawing
from deciban.model.posterior.density_curve import cell_ends
from deciban.model.posterior.summary import ScenarioSummary
from deciban.model.posterior.wording import percent

__all__ = ["fit_drawing"]


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


def _forest(fit: PlottedFit) -> Drawing:
    rows = [
        ForestRow(
            one.id,
            one.mean,
            one.eti90,
            one.eti50,
            one.prior_mean,
            _settled(one),
            _note(one),
        )
        for one in fit.summary.scenarios
    ]
    return forest(rows, title=fit.title)


def _ridge(fit: PlottedFit) -> Drawing:
    return ridge(_density_rows(fit), cell_ends().tolist(), title=fit.title)


def _before_and_after(fit: PlottedFit) -> Drawing:
    return before_and_after(_density_rows(fit), cell_ends().tolist(), title=fit.title)


def _density_rows(fit: PlottedFit) -> list[DensityRow]:
    return [
        DensityRow(
            one.id,
            one.mean,
            one.eti90,
            one.prior_mean,
            fit.densities[one.id],
            fit.prior_densities[one.id],
            _settled(one),
            _note(one),
            one.weight_db,
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
        Reliability(
            fit.source_names.get(one.id, one.id),
            one.grade,
            one.prior_mean,
            one.mean,
            one.eti90,
        )
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
