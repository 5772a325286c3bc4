"""The matrix: reports and arguments by scenarios, coloured by decibans.

Analysis of competing hypotheses lays evidence out so. A row that is the same across all
scenarios tells none of them from another; one that differs is what matters.
"""

from flask.typing import ResponseReturnValue

from deciban.model.plots.svg.matrices import MatrixRow, matrix
from deciban.model.plots.svg.picture import Drawing
from deciban.service.application.case_view import CaseView
from deciban.service.web.access import requires
from deciban.service.web.pages.blueprint import bp, page
from deciban.service.web.pages.parameters import chosen
from deciban.service.web.shared import services

__all__ = ["ROWS", "WEIGHTIEST", "draw_matrix"]

# Rows that a reader can take in at once; those with the largest weights come first.
WEIGHTIEST = 40
ROWS = {"both": "both", "arguments": "arguments", "reports": "reports by themselves"}


@bp.get("/cases/<case>/matrix", endpoint="matrix")
@requires("viewer")
def matrix_page(case: str) -> ResponseReturnValue:
    """Draw what bears on scenarios: arguments, and reports by themselves."""
    known = services().views.view(case)
    kind = chosen("rows", ROWS)
    return page(
        "matrix.html",
        case=known.case,
        known=known,
        drawing=draw_matrix(known, kind),
        n_rows=len(_rows(known, kind)),
        kind=kind,
        kinds=ROWS,
        most=WEIGHTIEST,
    )


def draw_matrix(known: CaseView, kind: str) -> Drawing | None:
    """Draw the weightiest rows of a kind; None where there are none.

    Parameters
    ----------
    known : CaseView
        Of the case.
    kind : str
        One of ``ROWS``.
    """
    rows = _rows(known, kind)[:WEIGHTIEST]
    labels = [scenario.id for scenario in known.casebook.priors.scenarios]
    return matrix(labels, rows, title="Evidence by scenario") if rows else None


def _rows(known: CaseView, kind: str) -> list[MatrixRow]:
    """Arguments, and reports that bear on scenarios themselves; heaviest first."""
    explanation = known.explanation
    if explanation is None:
        return []
    scenarios = [scenario.id for scenario in known.casebook.priors.scenarios]
    argued = [
        (argument.id, {s: weight.mean for s, weight in argument.on.items()})
        for argument in explanation.arguments
    ]
    direct = [
        (
            claim.report,
            {e.scenario: e.weight.mean for e in claim.effects if e.argument is None},
        )
        for claim in explanation.claims
    ]
    wanted = {"both": argued + direct, "arguments": argued, "reports": direct}[kind]
    wanted = [(name, weights) for name, weights in wanted if weights]
    wanted.sort(key=lambda row: -max(map(abs, row[1].values())))
    return [
        MatrixRow(name, [weights.get(scenario) for scenario in scenarios])
        for name, weights in wanted
    ]
