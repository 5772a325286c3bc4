"""The matrix: reports and arguments by scenarios, coloured by decibans.

Analysis of competing hypotheses lays evidence out so. A row that is the same across all
scenarios tells none of them from another; one that differs is what matters.
"""

from collections.abc import Mapping

from flask.typing import ResponseReturnValue

from deciban.model.plots.evidence_drawings import (
    WEIGHTIEST,
    EvidenceRow,
    draw_matrix,
    evidence_rows,
)
from deciban.model.plots.svg.picture import Drawing
from deciban.service.application.case_view import CaseView
from deciban.service.web.access import requires
from deciban.service.web.pages.blueprint import bp, page
from deciban.service.web.pages.parameters import chosen
from deciban.service.web.shared import services

__all__ = ["ROWS", "matrix_of"]

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
    return page(
        "matrix.html",
        case=known.case,
        known=known,
        drawing=matrix_of(known, kind),
        n_rows=len(_rows(known, kind)),
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


def _rows(known: CaseView, kind: str) -> list[EvidenceRow]:
    return evidence_rows(known.explanation, kind) if known.explanation else []
