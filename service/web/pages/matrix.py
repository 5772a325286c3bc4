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
    draw_rivals_matrix,
    evidence_rows,
)
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
    columns = {"": "all scenarios"}
    columns |= {one.id: one.id for one in known.casebook.priors.rivals}
    of = chosen("of", columns)
    return page(
        "matrix.html",
        case=known.case,
        known=known,
        drawing=rivals_matrix(known, kind, of) if of else matrix_of(known, kind),
        name=f"matrix-{kind}-{of}".rstrip("-"),
        of=of,
        columns=columns,
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
    rivals = known.casebook.index.items["rivals"].get(of)
    rows = _rows(known, kind)
    if not rows or not isinstance(rivals, Rivals):
        return None
    return draw_rivals_matrix(rows, known.casebook, rivals)


def _rows(known: CaseView, kind: str) -> list[EvidenceRow]:
    return evidence_rows(known.explanation, kind) if known.explanation else []
