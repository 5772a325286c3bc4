"""The matrix: reports and arguments by scenarios, coloured by decibans.

Analysis of competing hypotheses lays evidence out so. A row that is the same across all
scenarios tells none of them from another; one that differs is what matters.
"""

from flask import request
from flask.typing import ResponseReturnValue

from model.explanation import Explanation
from service.access import requires
from service.pages.blueprint import bp, page
from service.pages.drawing.matrices import MatrixRow, matrix
from service.pages.outlook import Outlook, outlook

__all__ = ["ROWS", "WEIGHTIEST"]

# Rows that a reader can take in at once; those with the largest weights come first.
WEIGHTIEST = 40
ROWS = {"both": "both", "arguments": "arguments", "reports": "reports by themselves"}


@bp.get("/cases/<case>/matrix", endpoint="matrix")
@requires("viewer")
def matrix_page(case: str) -> ResponseReturnValue:
    """Draw what bears on scenarios: arguments, and reports by themselves."""
    known = outlook(case)
    kind = request.args.get("rows", "both")
    kind = kind if kind in ROWS else "both"
    rows = _rows(known, known.explanation, kind) if known.explanation else []
    labels = [scenario.id for scenario in known.casebook.priors.scenarios]
    shown = rows[:WEIGHTIEST]
    return page(
        "matrix.html",
        case=known.case,
        known=known,
        drawing=matrix(labels, shown, title="Evidence by scenario") if shown else None,
        n_rows=len(rows),
        kind=kind,
        kinds=ROWS,
        most=WEIGHTIEST,
    )


def _rows(known: Outlook, explanation: Explanation, kind: str) -> list[MatrixRow]:
    """Arguments, and reports that bear on scenarios themselves; heaviest first."""
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
