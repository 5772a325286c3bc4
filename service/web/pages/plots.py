"""Every plot of the pages, as they show it and as a file: SVG, PNG, CSV or JSON.

A plot's name is its kind, and, for those of one scenario, a hyphen and its id:
``forecasts``, ``history-munitions``; of a matrix, what its rows are.
"""

import csv
import datetime
import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from flask import Response, abort
from flask.typing import ResponseReturnValue

from deciban.evidence.table import guarded
from deciban.model.explain.explanation import StepOrder
from deciban.model.plots.evidence_drawings import draw_ladder
from deciban.model.plots.fit_drawings import density_row, forest_row, reliability_row
from deciban.model.plots.history_drawing import draw_by_when, draw_history
from deciban.model.plots.svg.densities import DensityRow, ridge
from deciban.model.plots.svg.forests import forest as draw_forest
from deciban.model.plots.svg.forests import reliabilities
from deciban.model.plots.svg.picture import Drawing
from deciban.model.plots.svg.shares import Share, shares
from deciban.model.posterior.wording import written_day
from deciban.priors import Rivals, ScaleName
from deciban.service.application.case_view import CaseView
from deciban.service.web.access import requires
from deciban.service.web.pages.blueprint import bp
from deciban.service.web.pages.matrix import ROWS, matrix_of, rivals_matrix
from deciban.service.web.pages.parameters import asked_scale
from deciban.service.web.shared import services

__all__ = [
    "as_far_as_known",
    "by_when",
    "density",
    "density_of",
    "forecasts",
    "forest",
    "history",
    "rivals",
    "rivals_of",
    "sources",
    "steps",
]

# How far probabilities that add up to one may be off it: a summary has ten digits.
_ROUNDING = 1e-6
_MEDIA_TYPES = {
    "svg": "image/svg+xml",
    "png": "image/png",
    "csv": "text/csv",
    "json": "application/json",
}


@bp.get("/cases/<case>/plots/<name>.<any(svg, png, csv, json):suffix>")
@requires("viewer")
def plot(case: str, name: str, suffix: str) -> ResponseReturnValue:
    """Give a plot as a file, or its numbers as one."""
    known = services().views.view(case)
    drawing = _named(known, name)
    if drawing is None:
        abort(404, f"must be a plot of the case that can be drawn now, got {name!r}")
    source = known.told_source
    if suffix == "csv":
        content: str | bytes = _csv(drawing, known.day, source)
    elif suffix == "json":
        content = _json(drawing, known.day, source)
    else:
        heading = (*drawing.below_heading, f"As of {written_day(known.day)}. {source}")
        titled = replace(drawing, below_heading=heading)
        content = titled.plot().content(f".{suffix}")
    answer = Response(content, mimetype=_MEDIA_TYPES[suffix])
    answer.headers["Content-Disposition"] = f'inline; filename="{case}-{name}.{suffix}"'
    return answer


def _csv(drawing: Drawing, day: datetime.date, source: str) -> str:
    """Write the numbers of a drawing; each row says what it is of, and when."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow([*drawing.table.headings, "as of", "title", "source"])
    for row in drawing.table.rows:
        told = (*row, day.isoformat(), drawing.title, source)
        rows.writerow(guarded(cell) for cell in told)
    return text.getvalue()


def _json(drawing: Drawing, day: datetime.date, source: str) -> str:
    told = {
        "title": drawing.title,
        "says": drawing.sentence,
        "as_of": day.isoformat(),
        "source": source,
        "columns": drawing.table.headings,
        "rows": drawing.table.rows,
    }
    return json.dumps(told, ensure_ascii=False, indent=2)


# Of a case


def forecasts(known: CaseView, scale: ScaleName) -> Drawing:
    """Draw all forecasts as densities."""
    rows = [
        density_of(known, scenario.id, scenario.question)
        for scenario in known.casebook.priors.scenarios
    ]
    return ridge(rows, known.axis, title=f"Forecasts: {known.case.title}", scale=scale)


def forest(
    known: CaseView, scale: ScaleName, wanted: Sequence[str] | None = None
) -> Drawing:
    """Draw forecasts as means with their intervals, all or those that are named."""
    if wanted is None:
        wanted = [scenario.id for scenario in known.casebook.priors.scenarios]
    rows = [
        forest_row(
            known.forecast_of(scenario),
            known.questions[scenario],
            known.settled(scenario),
        )
        for scenario in wanted
    ]
    title = f"Forecasts and their intervals: {known.case.title}"
    return draw_forest(rows, title=title, scale=scale)


def sources(known: CaseView, wanted: Sequence[str] | None = None) -> Drawing | None:
    """Draw what sources are worth, all or those that are named, in that order.

    None before the first fit.
    """
    summary = known.current.summary
    said = {source.id: source for source in summary.sources} if summary else {}
    names = known.source_names
    drawn = [
        reliability_row(s, names[name])
        for name in (names if wanted is None else wanted)
        if name in names and (s := said.get(name))
    ]
    return reliabilities(drawn) if drawn else None


def rivals(known: CaseView, one: Rivals) -> Drawing | None:
    """Draw a set of rivals as one bar of 100 %.

    None while what is forecast knows nothing of the set: it adds up to something else.
    """
    said = [known.forecast_of(scenario) for scenario in one.scenarios]
    drawn = [Share(s.id.replace("-", " "), s.mean, s.prior_mean) for s in said]
    left, before = 1 - sum(s.mean for s in drawn), 1 - sum(s.prior_mean for s in drawn)
    if one.none is not None and min(left, before) >= 0:
        drawn.append(Share("none of them", left, before))
    elif max(abs(left), abs(before)) > _ROUNDING:
        return None
    which = "At most one" if one.none is not None else "One"
    return shares(drawn, title=f"{which} of {len(said)} comes true ({one.id})")


def rivals_of(known: CaseView, scenario: str | None = None) -> dict[str, Drawing]:
    """Draw all sets of rivals, or that of a scenario, each by its id."""
    drawn = {
        one.id: rivals(known, one)
        for one in known.casebook.priors.rivals
        if scenario is None or scenario in one.scenarios
    }
    return {name: drawing for name, drawing in drawn.items() if drawing}


# Of a scenario


def density_of(known: CaseView, scenario: str, label: str) -> DensityRow:
    """One forecast as drawings of densities take it."""
    return density_row(
        known.forecast_of(scenario),
        label,
        known.settled(scenario),
        known.density(scenario),
        known.prior_density(scenario),
    )


def density(known: CaseView, scenario: str, scale: ScaleName) -> Drawing:
    """Draw a forecast, and what was believed before."""
    question = known.questions[scenario]
    row = density_of(known, scenario, question)
    return ridge([row], known.axis, title=question, scale=scale)


def history(known: CaseView, scenario: str) -> Drawing | None:
    """Draw a forecast over time, with what moved it; None before the first fit."""
    points = known.history(scenario)
    if not points:
        return None
    drawn = draw_history(
        known.casebook,
        known.scenario(scenario),
        [known.prior_on(scenario, points[0].day), *points],
        known.moves_of(scenario),
        known.current.as_of,
    )
    return as_far_as_known(known, drawn)


def by_when(known: CaseView, scenario: str) -> Drawing | None:
    """Draw by when a scenario occurs; None where the forecast does not say."""
    said = known.forecast_of(scenario)
    return draw_by_when(known.scenario(scenario), said, known.day)


def as_far_as_known(known: CaseView, drawn: Drawing) -> Drawing:
    """Let a drawing of a history not say where it began while days are missing."""
    return replace(drawn, sentence=known.history_note) if known.history_note else drawn


def steps(known: CaseView, scenario: str, order: StepOrder = "size") -> Drawing | None:
    """Draw the way from prior to forecast; None where there is none."""
    explained = known.explanation_of(scenario)
    if explained is None or explained.settled is not None:
        return None
    return draw_ladder(explained, known.casebook, order)


type _Draw = Callable[[CaseView, str], Drawing | None]

_OF_CASE: Mapping[str, Callable[[CaseView], Drawing | None]] = {
    "forecasts": lambda known: forecasts(known, asked_scale()),
    "forest": lambda known: forest(known, asked_scale()),
    "sources": sources,
}
_OF_SCENARIO: Mapping[str, _Draw] = {
    "density": lambda known, scenario: density(known, scenario, asked_scale()),
    "history": history,
    "when": by_when,
    "steps": steps,
}


def _named(known: CaseView, name: str) -> Drawing | None:
    if name in _OF_CASE:
        return _OF_CASE[name](known)
    kind, _, item = name.partition("-")
    if kind in _OF_SCENARIO:
        return _OF_SCENARIO[kind](known, known.scenario(item).id)
    if kind == "matrix":
        which, _, of = item.partition("-")
        if which in ROWS:
            return rivals_matrix(known, which, of) if of else matrix_of(known, which)
    if kind == "rivals":
        return rivals_of(known).get(item)
    if kind == "source":
        return sources(known, [item])
    return None
