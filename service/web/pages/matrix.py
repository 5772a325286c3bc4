"""The matrix: reports and arguments by scenarios, coloured by decibans.

Analysis of competing hypotheses lays evidence out so. A row that is the same across all
scenarios tells none of them from another; one that differs is what matters.
"""

from collections.abc import Mapping

from flask.typing import ResponseReturnValue

from deciban.model.plots.evidence_drawings import (
    WEIGHTIEST,
    EvidenceRow,
    against_each,
    draw_matrix,
    draw_rivals_matrix,
    evidence_rows,
    matrix_columns,
    rivals_columns,
    rivals_rows,
)
from deciban.model.plots.svg.matrices import cell_part
from deciban.model.plots.svg.picture import Drawing
from deciban.priors import Rivals
from deciban.service.application.case_view import CaseView
from deciban.service.web.access import requires
from deciban.service.web.pages.blueprint import bp, page
from deciban.service.web.pages.parameters import chosen
from deciban.service.web.shared import services

__all__ = ["ROWS", "matrix_of", "rivals_matrix"]

_TITLE = "Evidence by scenario"
ROWS: Mapping[str, str] = {
    "both": "both",
    "arguments": "arguments",
    "reports": "reports by themselves",
}


@bp.get("/cases/<case>/matrix", endpoint="matrix")
@requires("viewer")
def matrix_page(case: str) -> ResponseReturnValue:
    """Draw what bears on scenarios: arguments, and reports by themselves."""
    known = services().views.view(case)
    kind = chosen("rows", ROWS)
    sets = {"": "all scenarios"}
    sets |= {one.id: one.id for one in known.casebook.priors.rivals}
    of = chosen("of", sets)
    rows, against = _rows(known, kind), []
    columns = matrix_columns(rows[:WEIGHTIEST], known.casebook)
    if rivals := _rivals(known, of):
        columns = rivals_columns(known.casebook, rivals)
        rows = rivals_rows(rows, rivals)
        against = against_each(rows, columns)
    return page(
        "matrix.html",
        case=known.case,
        known=known,
        drawing=rivals_matrix(known, kind, of) if of else matrix_of(known, kind),
        name=f"matrix-{kind}-{of}".rstrip("-"),
        of=of,
        sets=sets,
        columns=columns,
        rows=rows[:WEIGHTIEST],
        n_rows=len(rows),
        against=against,
        cell_part=cell_part,
        kind=kind,
        kinds=ROWS,
        most=WEIGHTIEST,
    )


def matrix_of(known: CaseView, kind: str) -> Drawing | None:
    """Draw the weightiest rows of a kind; None where there are none.

    Parameters
    ----------
    known : CaseView
        Of the case.
    kind : str
        One of ``ROWS``.
    """
    rows = _rows(known, kind)
    return draw_matrix(rows, known.casebook, _TITLE) if rows else None


def rivals_matrix(known: CaseView, kind: str, of: str) -> Drawing | None:
    """Draw the rows of a kind on a set of rivals, side by side; None without rows.

    Parameters
    ----------
    known : CaseView
        Of the case.
    kind : str
        One of ``ROWS``.
    of : str
        Id of the set.
    """
    rivals, rows = _rivals(known, of), _rows(known, kind)
    return draw_rivals_matrix(rows, known.casebook, rivals) if rows and rivals else None


def _rivals(known: CaseView, of: str) -> Rivals | None:
    sets = known.casebook.priors.rivals
    return next((one for one in sets if one.id == of), None)


def _rows(known: CaseView, kind: str) -> list[EvidenceRow]:
    return evidence_rows(known.explanation, kind) if known.explanation else []
