"""What the evidence weighs, drawn of a fit: against its explanation."""

import math

import pytest

import deciban.model.plots.evidence_drawings as evidence_drawings
from deciban.model.fit import Fit
from deciban.model.likelihood.design import design
from deciban.model.plots.evidence_drawings import WEIGHTIEST, evidence_rows
from deciban.model.plots.fit_drawings import fit_drawing
from deciban.model.plots.plot_numbers import plot_numbers
from deciban.model.plots.plotted_fit import plotted_fit
from tests.model.builders import (
    DAY,
    draws_of,
    make_argument,
    make_casebook,
    make_report,
    make_scenario,
    named_draws,
    says,
)
from tests.model.plots.made_up import drawn, made_up_case


def number(text: str) -> float:
    return float(text.replace("\N{MINUS SIGN}", "-").removesuffix(" %"))


def test_the_steps_of_a_ladder_lead_from_the_prior_as_written_to_the_forecast(fit):
    said = {one.id: one for one in fit.summary.scenarios}
    written = fit.casebook.scenario("munitions").prior.distribution().mean
    panels = plot_numbers(plotted_fit(fit), "ladder", "munitions")
    (before, *steps, after) = panels.values()

    assert before == {"mean": [pytest.approx(written, abs=1e-3)]}
    assert after == {"mean": [said["munitions"].mean]}
    total = sum(step["weight_db"][0] for step in steps)
    odds = after["mean"][0] / (1 - after["mean"][0]) * (1 - written) / written
    assert total == pytest.approx(10 * math.log10(odds), abs=0.05)


def test_a_ladder_is_told_in_the_words_of_the_casebook_not_by_ids(fit, shipped):
    drawing = fit_drawing(plotted_fit(fit), "ladder", "munitions")
    said = {report.claim for report in shipped.evidence.reports}
    said |= {argument.statement for argument in shipped.priors.arguments}
    question = next(s for s in shipped.priors.scenarios if s.id == "munitions").question

    assert question in drawing.title
    steps = [row[0] for row in drawing.table.rows[1:-1]]
    assert {*steps} - said <= {
        "what comes through links",
        "all smaller ones together",
        "the time that has passed without it",
    }
    assert len({*steps} & said) > 3


def test_the_table_of_a_ladder_has_the_numbers_of_its_steps(fit):
    read = plotted_fit(fit)
    rows = fit_drawing(read, "ladder", "munitions").table.rows[1:-1]
    panels = plot_numbers(read, "ladder", "munitions")
    steps = [panel["weight_db"][0] for panel in panels.values() if "weight_db" in panel]

    assert [number(row[1]) for row in rows] == pytest.approx(steps, abs=0.051)


def test_a_matrix_has_a_column_for_each_scenario_in_use_the_heaviest_rows_first(
    fit, shipped
):
    read = plotted_fit(fit)
    table = fit_drawing(read, "matrix").table
    panels = plot_numbers(read, "matrix")
    shown = [[number(cell) for cell in row[1:] if cell] for row in table.rows]

    used = [s.question for s in shipped.priors.scenarios if panels[s.id]]
    assert list(table.headings[1:]) == used
    assert len(used) == len(read.scenarios) - 1  # no report bears on the sanctions
    claims = {report.claim for report in shipped.evidence.reports}
    said = claims | {argument.statement for argument in shipped.priors.arguments}
    assert {row[0] for row in table.rows} <= said
    assert len(table.rows) <= WEIGHTIEST
    heaviest = [max(map(abs, cells)) for cells in shown]
    assert heaviest == sorted(heaviest, reverse=True)
    assert sum(map(len, shown)) == sum(map(len, panels.values()))


def test_a_matrix_that_leaves_rows_out_says_how_many(fit, monkeypatch):
    n_rows = len(evidence_rows(fit.explanation))
    monkeypatch.setattr(evidence_drawings, "WEIGHTIEST", 10)
    drawing = fit_drawing(plotted_fit(fit), "matrix")

    assert (len(drawing.table.rows), n_rows > 10) == (10, True)
    assert drawing.caption == f"The 10 of {n_rows} rows that weigh most."


def test_a_matrix_without_evidence_says_that_there_is_none():
    drawing = fit_drawing(plotted_fit(drawn(made_up_case({}))), "matrix")

    assert drawing.sentence == "No report or argument bears on a scenario."
    assert f">{drawing.sentence}</text>" in drawing.plot().svg
    assert drawing.plot().content(".png").startswith(b"\x89PNG")


def test_what_speaks_for_one_rival_speaks_against_the_others_in_its_row():
    """As the ladders of the others have it, through arguments too."""
    casebook = make_casebook(
        [
            make_report("seen", says("strong", scenario="war")),
            make_report("heard", says("strong", argument="able"), source="paper"),
        ],
        scenarios=[make_scenario(name) for name in ("war", "truce", "peace")],
        arguments=[make_argument("able", says("strong", scenario="truce"))],
        rivals=[{"id": "end", "scenarios": ["war", "truce", "peace"]}],
    )
    z = named_draws(design(casebook, DAY), 200).reshape(2, 100, -1)
    explanation = Fit(draws_of(casebook, z), casebook, DAY).explanation

    rows = {row.id: row.weights_db for row in evidence_rows(explanation)}

    assert rows["able"]["truce"] > 0 > rows["able"]["peace"]
    for one in explanation.scenarios:
        for step in one.steps:
            if step.id is not None:
                assert rows[step.id][one.id] == pytest.approx(step.weight_db, abs=1e-3)
