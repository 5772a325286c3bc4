"""Why a forecast moved, drawn and told."""

from collections.abc import Iterator, Mapping
from textwrap import shorten

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
    "rules": "rules of another version",
    "clock": "the clock",
    "noise": "sampling noise",
}
_TOLD = 3  # parts that a sentence names
_LONGEST = 100  # letters of a claim


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
    question = casebook.scenario(move.id).question
    if move.change_db is None and move.before == move.after:
        return f"{question} It stayed at {after}, settled."
    if move.change_db is None:
        return f"{question} From {before} to {after}: {_settled(move)}."
    parts = [part for part in move.parts if abs(part.weight_db) >= 0.05]
    if not parts:
        return f"{question} It stayed at {after}."
    told = [_told(part, casebook) for part in parts[:_TOLD]]
    way = f"{question} From {before} to {after} ({decibans(move.change_db)} dB)"
    return f"{way}: {'; '.join(told)}."


def _settled(move: ScenarioMove) -> str:
    """Say what became of the outcome of a scenario that is settled before or after."""
    was, is_now = (probability in (0, 1) for probability in (move.before, move.after))
    if was and is_now:
        return "its outcome was corrected"
    return "it was settled" if is_now else "its outcome was taken back"


def _told(part: MovedPart, casebook: Casebook) -> str:
    said = f"{_TITLES[part.kind]} {decibans(part.weight_db)} dB"
    report, size = next(iter(part.reports.items()), (None, None))
    if report is None or size is None:
        return said
    claims = {one.id: one.claim for one in casebook.evidence.reports}
    claim = shorten(claims.get(report, report), _LONGEST, placeholder=" ...")
    return f"{said}, most of all by “{claim}” ({decibans(size)} dB)"


def draw_move(move: ScenarioMove, casebook: Casebook) -> Drawing | None:
    """Draw the way from one forecast to the next; None where it is settled."""
    if move.change_db is None:
        return None
    question = casebook.scenario(move.id).question
    steps = list(_steps(move, casebook))
    return waterfall(question, move.before, move.after, steps, start="before", most=6)


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
