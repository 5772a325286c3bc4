"""What if: reports set aside, sources regraded, priors moved, another day.

All scenarios answer at once, before and after. Nothing is stored: what is supposed is
in the address, which can be shared. "Your prior, our evidence" is the same page:
everybody's reports, under the reader's own priors.
"""

from typing import Any, NamedTuple
from urllib.parse import urlencode

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from deciban.evidence.items import folded
from deciban.model.casebook.casebook import Casebook
from deciban.model.casebook.changes import ChangeError
from deciban.model.errors import ModelError
from deciban.model.posterior.wording import interval
from deciban.service.application.case_view import CaseView
from deciban.service.application.current_forecasts import NoFitError
from deciban.service.application.reports import ListedReport, listed_reports
from deciban.service.web.access import requires
from deciban.service.web.pages.blueprint import bp, page
from deciban.service.web.pages.case import FULL, searched
from deciban.service.web.pages.drawn_changes import DrawnChanges, drawn_changes
from deciban.service.web.pages.ledger import terms
from deciban.service.web.pages.reader_priors import written_percent
from deciban.service.web.pages.what_if_query import MOST_PARTS, PRIOR_RULE, WhatIfQuery
from deciban.service.web.shared import services

__all__ = ["SHOWN"]

# How many reports are offered at once; the search finds the others.
SHOWN = 30
_LONGEST = 200
# What of the query is not part of what is supposed.
_OURS = ("find", "scenario")
_PRIORS = 10  # of more scenarios than are shown in full, those offered at once


@bp.get("/cases/<case>/what-if")
@requires("viewer")
def what_if(case: str) -> ResponseReturnValue:
    """Show what a supposition does to all forecasts."""
    known = services().views.view(case)
    supposed = WhatIfQuery.read(request.args, known.casebook)
    link = _link(case, supposed)
    found = _reports(known, supposed)
    if not supposed.faults and _is_of_form():
        return redirect(
            _link(case, supposed, **{name: _sought(name) for name in _OURS})
        )
    return page(
        "what_if.html",
        case=known.case,
        known=known,
        casebook=known.casebook,
        supposed=supposed,
        link=link,
        answer=_answer(case, supposed, known),
        **_priors(known.casebook, supposed),
        find=_sought("find"),
        reports=found.shown,
        n_found=found.n_found,
        names={s.id: s for s in known.casebook.evidence.sources},
        most=MOST_PARTS,
        prior_rule=PRIOR_RULE,
        n_reports=len(known.casebook.evidence.reports),
        origins={r.speaker for r in known.casebook.evidence.roots().values()},
        **terms(),
    )


def _link(case: str, supposed: WhatIfQuery, **more: str) -> str:
    query = [*supposed.query(), *((k, v) for k, v in more.items() if v)]
    address = url_for("pages.what_if", case=case)
    return f"{address}?{urlencode(query, safe=':,')}" if query else address


def _is_of_form() -> bool:
    """Whether the query is what a form sends, longer than a link need be."""
    return any(
        "." in name or not value
        for name, value in request.args.items(multi=True)
        if name not in _OURS or not value
    )


def _sought(name: str) -> str:
    return request.args.get(name, "").strip()[:_LONGEST]


def _answer(case: str, supposed: WhatIfQuery, known: CaseView) -> dict[str, Any]:
    """What the supposition does; or why that cannot be told."""
    try:
        read = services().forecasts.what_if(
            case, supposed.changes(known.casebook), supposed.as_of
        )
        found: DrawnChanges = drawn_changes(read, in_order=True)
    except NoFitError as error:
        return {"no_fit": error.why}
    except ChangeError as error:
        return {"rules": [str(problem) for problem in error.problems][:5]}
    except ModelError as error:
        # No draw is possible under it, such as an outcome that it excludes.
        return {"rules": [str(error)]}
    return {"changes": found}


def _priors(casebook: Casebook, supposed: WhatIfQuery) -> dict[str, Any]:
    """Priors to move: those moved, then those looked for; of few scenarios all."""
    every, wanted = casebook.priors.scenarios, _sought("scenario")
    shown, n_like = list(every), len(every)
    if len(every) > FULL:
        ours = supposed.beliefs.keys() | supposed.unread
        moved = [scenario for scenario in every if scenario.id in ours]
        like = searched((one for one in every if one.id not in ours), wanted)
        shown, n_like = [*moved, *like[:_PRIORS]], len(like)
    return {
        "priors": [_prior(scenario, supposed) for scenario in shown],
        "wanted": wanted,
        "n_like": n_like,
        "has_many": len(every) > FULL,
        "most_priors": _PRIORS,
    }


def _prior(scenario: Any, supposed: WhatIfQuery) -> dict[str, Any]:
    """A scenario's prior as its fields show it: as written, and as supposed.

    What could not be read is shown as it was typed.
    """
    belief = supposed.beliefs.get(scenario.id)
    own, shown = written_percent(scenario), written_percent(scenario, belief)
    unread = scenario.id in supposed.unread
    typed = {
        part: request.args.get(f"{part}.{scenario.id}", "") if unread else ""
        for part in ("low", "median", "high")
    }
    if belief and belief.low is not None and belief.high is not None:
        typed = {"low": f"{belief.low:g}", "high": f"{belief.high:g}"}
    return {
        "scenario": scenario,
        "own": own,
        "own_ends": _ends(own),
        "shown": shown,
        "shown_ends": _ends(shown),
        "belief": belief,
        "unread": unread,
        "typed": typed,
    }


def _ends(quantiles: tuple[str, str, str]) -> str:
    """Write the ends of a prior as intervals are written everywhere."""
    low, _, high = (float(quantile) / 100 for quantile in quantiles)
    return interval((low, high))


class _OfferedReports(NamedTuple):
    """Reports that are offered, and of how many that are like what is looked for."""

    shown: list[ListedReport]
    n_found: int


def _reports(known: CaseView, supposed: WhatIfQuery) -> _OfferedReports:
    """Claims to choose from: those set aside, then those found, the heaviest first."""
    casebook: Casebook = known.casebook
    words = folded(_sought("find")).split()
    lines = listed_reports(casebook, known.explanation)
    aside = [line for line in lines if line.report.id in supposed.off]
    found = [
        line
        for line in lines
        if line.report.id not in supposed.off
        and (words or line.report.repeats is None)
        and all(word in line.text for word in words)
    ]
    found.sort(key=lambda line: (-line.size(), line.report.id))
    return _OfferedReports([*aside, *found[: max(0, SHOWN - len(aside))]], len(found))
