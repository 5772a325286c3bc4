"""The brief: a case on one printed page, for those who decide and do not click."""

from typing import NamedTuple

from flask.typing import ResponseReturnValue

from evidence import Report
from model.explanation import Weight
from priors import VERBAL_SCALES
from service.access import requires
from service.pages.blueprint import bp, page
from service.pages.case import row_of
from service.pages.outlook import Outlook, outlook
from service.pages.plots import forest, short_name
from service.pages.scales import SCALES, asked_scale

__all__ = ["Mattering"]

_REPORTS = 5


class Mattering(NamedTuple):
    """A report that matters, and the scenario it matters most to."""

    report: Report
    scenario: str
    weight: Weight


@bp.get("/cases/<case>/brief")
@requires("viewer")
def brief(case: str) -> ResponseReturnValue:
    """Show a case on one page."""
    known, scale = outlook(case), asked_scale()
    return page(
        "brief.html",
        case=known.case,
        known=known,
        rows=[row_of(known, s, scale) for s in known.casebook.priors.scenarios],
        mattering=_mattering(known),
        names={source.id: source.name for source in known.casebook.evidence.sources},
        grades={s.id: s.reliability for s in known.casebook.evidence.sources},
        drawing=forest(known, scale),
        short_name=short_name,
        scale_title=VERBAL_SCALES[scale].title,
        scale=scale,
        scales=SCALES,
    )


def _mattering(known: Outlook) -> list[Mattering]:
    """Find the reports that matter most."""
    if known.explanation is None:
        return []
    reports = {report.id: report for report in known.casebook.evidence.reports}
    return [
        Mattering(reports[claim.report], scenario, weight)
        for claim, scenario, weight in known.explanation.matter_most(_REPORTS)
    ]
