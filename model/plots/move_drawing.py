"""Why a forecast moved, drawn and told."""

from collections.abc import Iterator, Mapping

from deciban.model.casebook.casebook import Casebook
from deciban.model.explain.why import MovedPart, PartKind, ScenarioMove
from deciban.model.plots.svg.picture import Drawing
from deciban.model.plots.svg.waterfalls import WaterfallStep, waterfall
from deciban.model.posterior.wording import counted, decibans, percent

__all__ = ["draw_move", "move_sentence", "part_title"]

_TITLES: Mapping[PartKind, str] = {
    "added": "reports that came",
    "retracted": "reports taken out",
    "edited": "reports that were changed",
    "grades": "grades",
    "priors": "priors and arguments",
    "links": "links",
    "outcomes": "outcomes of other scenarios",
    "clock": "the clock",
    "noise": "sampling noise",
}
_TOLD = 3  # parts that a sentence names


def part_title(part: MovedPart) -> str:
    """Say what a part is, with how many reports."""
    if not part.reports:
        return _TITLES[part.kind]
    return f"{_TITLES[part.kind]} ({counted(len(part.reports), 'report')})"


def move_sentence(move: ScenarioMove, casebook: Casebook) -> str:
    """Say why a forecast moved, for a brief.

    Parameters
    ----------
    move : ScenarioMove
        Of the scenario.
    casebook : Casebook
        Says what it asks, and what reports claim.
    """
    before, after = percent(move.before), percent(move.after)
    if move.change_db is None:
        return f"{move.id}: {before}, then {after}."
    parts = [part for part in move.parts if abs(part.weight_db) >= 0.05]
    if not parts:
        return f"{move.id} stayed at {after}."
    told = [_told(part, casebook) for part in parts[:_TOLD]]
    way = f"{move.id} went from {before} to {after} ({decibans(move.change_db)} dB)"
    return f"{way}: {'; '.join(told)}."


def _told(part: MovedPart, casebook: Casebook) -> str:
    said = f"{_TITLES[part.kind]} {decibans(part.weight_db)} dB"
    first = next(iter(part.reports.items()), None)
    if first is None or first[1] is None or len(part.reports) == 1:
        return said + (f" ({first[0]})" if first else "")
    return f"{said}, most of all {first[0]} ({decibans(first[1])} dB)"


def draw_move(move: ScenarioMove, casebook: Casebook) -> Drawing | None:
    """Draw the way from one forecast to the next; None where it is settled."""
    if move.change_db is None:
        return None
    question = casebook.scenario(move.id).question
    return waterfall(question, move.before, move.after, list(_steps(move, casebook)))


def _steps(move: ScenarioMove, casebook: Casebook) -> Iterator[WaterfallStep]:
    """One step a report where its part is known, else one a kind."""
    claims = {report.id: report.claim for report in casebook.evidence.reports}
    for part in move.parts:
        sizes = {r: size for r, size in part.reports.items() if size is not None}
        if len(sizes) == len(part.reports) > 0:
            for report, size in sizes.items():
                yield WaterfallStep(claims.get(report, report), size, "report")
        else:
            yield WaterfallStep(part_title(part), part.weight_db, part.kind)
