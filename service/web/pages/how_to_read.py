"""How to read the charts and tables: densities, decibans, k, words and grades."""

from flask.typing import ResponseReturnValue

from deciban.evidence import CREDIBILITY, RELIABILITY
from deciban.priors import VERBAL_SCALES
from deciban.service.web.access import requires
from deciban.service.web.pages.blueprint import bp, page
from deciban.service.web.pages.parameters import asked_scale
from deciban.service.web.shared import services

__all__: list[str] = []


@bp.get("/cases/<case>/how-to-read")
@requires("viewer")
def how_to_read(case: str) -> ResponseReturnValue:
    """Explain what all charts and tables have in common, on one page."""
    return page(
        "how_to_read.html",
        case=services().views.name(case),
        scales=VERBAL_SCALES,
        scale=asked_scale(),
        reliability=RELIABILITY,
        credibility=CREDIBILITY,
    )
