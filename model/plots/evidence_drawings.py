"""What the evidence weighs, drawn: from prior to forecast, and on every scenario."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Literal, NamedTuple

from deciban.model.casebook.casebook import Casebook
from deciban.model.explain.explanation import (
    Explanation,
    ScenarioExplanation,
    Step,
    StepOrder,
)
from deciban.model.plots.kinds import PlotScenarioError
from deciban.model.plots.svg.matrices import MatrixRow, matrix
from deciban.model.plots.svg.picture import Drawing
from deciban.model.plots.svg.waterfalls import WaterfallStep, waterfall
from deciban.model.posterior.wording import decibans
from deciban.priors import Rivals, Scenario

__all__ = [
    "WEIGHTIEST",
    "EvidenceRow",
    "against_each",
    "check_has_ladder",
    "draw_ladder",
    "draw_matrix",
    "draw_rivals_matrix",
    "draw_steps",
    "evidence_rows",
    "matrix_columns",
    "rivals_columns",
    "rivals_rows",
    "said_of",
    "step_title",
]

# Rows of a matrix that a reader can take in at once.
WEIGHTIEST = 40


def draw_ladder(
    explained: ScenarioExplanation, casebook: Casebook, order: StepOrder = "size"
) -> Drawing:
    """Draw the steps from prior to forecast of a scenario.

    Parameters
    ----------
    explained : ScenarioExplanation
        Of the scenario.
    casebook : Casebook
        Says what the scenario asks, and what reports and arguments say.
    order : str
        ``size``, the largest first, or ``date``.

    Raises
    ------
    PlotScenarioError
        If it is settled, so that there are none.
    """
    check_has_ladder(explained)
    return draw_steps(
        explained.id,
        explained.written_mean,
        explained.mean,
        explained.ordered(order),
        casebook,
    )


def draw_steps(
    scenario_id: str,
    written_mean: float,
    mean: float,
    steps: Iterable[Step],
    casebook: Casebook,
) -> Drawing:
    """Draw steps from a prior as written to a forecast, in the order given.

    Parameters
    ----------
    scenario_id : str
        Whose forecast it is.
    written_mean, mean : float
        Where the way begins and ends.
    steps : iterable of Step
        They add up to it.
    casebook : Casebook
        Says what the scenario asks, and what reports and arguments say.
    """
    drawn = [
        WaterfallStep(step_title(casebook, step), step.weight_db, step.kind)
        for step in steps
    ]
    scenario = casebook.index.items["scenario"].get(scenario_id)
    label = scenario.question if isinstance(scenario, Scenario) else scenario_id
    return waterfall(label, written_mean, mean, drawn)


def check_has_ladder(explained: ScenarioExplanation) -> None:
    """Refuse a scenario that is settled: nothing leads from its prior to a forecast.

    Raises
    ------
    PlotScenarioError
    """
    if explained.settled is not None:
        rule = f"must not be settled for a ladder ({explained.settled})"
        raise PlotScenarioError(rule, explained.id)


def step_title(casebook: Casebook, step: Step) -> str:
    """Say what a step is: the claim, the statement of the argument, or else."""
    if step.kind in ("report", "argument"):
        return said_of(casebook, step.kind, step.id or "")
    return _OTHER_STEPS[step.kind]


def said_of(casebook: Casebook, kind: Literal["report", "argument"], key: str) -> str:
    """Claim of a report or statement of an argument; its id where it is gone."""
    item = casebook.index.items[kind].get(key)
    said = getattr(item, "claim" if kind == "report" else "statement", None)
    return said or key


_OTHER_STEPS: Mapping[str, str] = {
    "ties": "links and rivals, before any report",
    "time": "the time that has passed without it",
    "outcomes": "outcomes that are known",
    "gathered": "all smaller ones together",
    "links": "what comes through links",
    "noise": "sampling noise",
}


class EvidenceRow(NamedTuple):
    """An argument, or a report by itself, and its weight on scenarios in decibans."""

    kind: Literal["argument", "report"]
    id: str
    weights_db: Mapping[str, float]

    def said(self, casebook: Casebook) -> str:
        """Claim or statement, as a casebook has it."""
        return said_of(casebook, self.kind, self.id)


def evidence_rows(explanation: Explanation, rows: str = "both") -> list[EvidenceRow]:
    """List arguments, and reports that bear on scenarios themselves, heaviest first.

    Parameters
    ----------
    explanation : Explanation
        Of a fit.
    rows : str
        ``both``, ``arguments`` or ``reports``.
    """
    # What speaks for one rival through an argument speaks against the others.
    through: dict[str, dict[str, float]] = {}
    for claim in explanation.claims:
        for effect in claim.effects:
            if effect.argument is not None:
                weights = through.setdefault(effect.argument, {})
                weights[effect.scenario] = (
                    weights.get(effect.scenario, 0.0) + effect.here
                )
    argued = [
        EvidenceRow(
            "argument",
            one.id,
            through.get(one.id, {}) | {s: part.here for s, part in one.on.items()},
        )
        for one in explanation.arguments
    ]
    direct = [
        EvidenceRow(
            "report",
            claim.report,
            {e.scenario: e.here for e in claim.effects if e.argument is None},
        )
        for claim in explanation.claims
    ]
    wanted = {"both": argued + direct, "arguments": argued, "reports": direct}[rows]
    return sorted(
        (row for row in wanted if row.weights_db),
        key=lambda row: -max(map(abs, row.weights_db.values())),
    )


def rivals_rows(rows: Iterable[EvidenceRow], rivals: Rivals) -> list[EvidenceRow]:
    """Keep what rows weigh on rivals: what tells them apart most comes first.

    Parameters
    ----------
    rows : iterable of EvidenceRow
        All of the case.
    rivals : Rivals
        One of its sets.
    """
    kept = [
        row._replace(weights_db={s: row.weights_db[s] for s in on})
        for row in rows
        if (on := row.weights_db.keys() & set(rivals.scenarios))
    ]
    return sorted(kept, key=lambda row: -_spread(row, rivals))


def _spread(row: EvidenceRow, rivals: Rivals) -> float:
    """How far apart it sets the rivals, in dB."""
    weights = [row.weights_db.get(scenario, 0.0) for scenario in rivals.scenarios]
    return max(weights) - min(weights)


def against_each(rows: Iterable[EvidenceRow], scenarios: Iterable[str]) -> list[float]:
    """Add up what rows weigh against each scenario, in dB: 0 or less."""
    weights = [row.weights_db for row in rows]
    return [
        sum(min(0.0, w.get(scenario, 0.0)) for w in weights) for scenario in scenarios
    ]


def draw_rivals_matrix(
    rows: list[EvidenceRow], casebook: Casebook, rivals: Rivals
) -> Drawing:
    """Draw what evidence weighs on rivals, side by side: what tells them apart first.

    As in an analysis of competing hypotheses, the last row adds up what speaks against
    each: the rival with least against it stands best.

    Parameters
    ----------
    rows : list of EvidenceRow
        All of the case.
    casebook : Casebook
        Which they are of.
    rivals : Rivals
        One of its sets: its scenarios are the columns.
    """
    found = rivals_rows(rows, rivals)
    columns = rivals_columns(casebook, rivals)
    against = against_each(found, columns)
    drawn = [_matrix_row(row, casebook, columns) for row in found[:WEIGHTIEST]]
    drawn.append(MatrixRow("all that is against it", against))
    asked = list(columns.values())
    drawing = matrix(asked, drawn, title=f"Evidence by rival: {rivals.id}")
    least, *_, most = sorted(zip(against, asked, strict=True), reverse=True)
    told = f"Least is against “{least[1]}”, {decibans(least[0])} dB in all"
    return replace(
        drawing, sentence=f"{told}; most against “{most[1]}”, {decibans(most[0])} dB."
    )


def rivals_columns(casebook: Casebook, rivals: Rivals) -> dict[str, str]:
    """Questions of rivals by id, in the order of the case."""
    asked = casebook.priors.scenarios
    return {s.id: s.question for s in asked if s.id in rivals.scenarios}


def matrix_columns(rows: Iterable[EvidenceRow], casebook: Casebook) -> dict[str, str]:
    """Find the scenarios that rows weigh on, as the case has them: questions by id."""
    used = {scenario for row in rows for scenario in row.weights_db}
    return {s.id: s.question for s in casebook.priors.scenarios if s.id in used}


def _matrix_row(
    row: EvidenceRow, casebook: Casebook, columns: Iterable[str]
) -> MatrixRow:
    return MatrixRow(row.said(casebook), [row.weights_db.get(s) for s in columns])


def draw_matrix(rows: list[EvidenceRow], casebook: Casebook, title: str) -> Drawing:
    """Draw what evidence weighs on each scenario, the weightiest rows of more.

    Parameters
    ----------
    rows : list of EvidenceRow
        The heaviest first.
    casebook : Casebook
        Says what the rows say, and what the scenarios ask that have a column: those
        on which a row weighs.
    title : str
        Of the drawing.
    """
    shown = rows[:WEIGHTIEST]
    columns = matrix_columns(shown, casebook)
    drawn = [_matrix_row(row, casebook, columns) for row in shown]
    drawing = matrix(list(columns.values()), drawn, title=title)
    if not rows:
        return replace(drawing, caption=drawing.sentence)
    if len(rows) <= WEIGHTIEST:
        return drawing
    left = f"The {WEIGHTIEST} of {len(rows)} rows that weigh most."
    return replace(drawing, caption=left)
