"""The ledger: all reports of a case, searched, filtered, ordered, a page at a time.

Reports that were retracted stay in it, struck through, with who took them out and why.
"""

import datetime
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, fields
from typing import Any, Self, cast

from flask import request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import BadRequest

from deciban.evidence import CREDIBILITY, RELIABILITY
from deciban.evidence.items import day as read_day
from deciban.model.casebook.casebook import Casebook
from deciban.service.application.reports import (
    ListedReport,
    ReportFilter,
    Shown,
    list_reports,
)
from deciban.service.web.access import requires
from deciban.service.web.pages.blueprint import bp, page
from deciban.service.web.pages.parameters import row_number
from deciban.service.web.shared import services

__all__ = ["ORDERS", "PAGE_SIZE", "LedgerQuery", "safe_link", "terms"]

PAGE_SIZE = 50
_LONGEST = 200  # characters of what is searched for


# How reports can be ordered: what it is called, and what it sorts by.
ORDERS: dict[str, tuple[str, Callable[[ListedReport, str | None], Any]]] = {
    "newest": ("newest first", lambda one, _: -one.report.published.toordinal()),
    "oldest": ("oldest first", lambda one, _: one.report.published.toordinal()),
    "weight": ("heaviest first", lambda one, scenario: -one.size(scenario)),
    "source": ("by source", lambda one, _: one.source.name.casefold()),
    "credibility": ("most credible first", lambda one, _: one.report.credibility),
}
_SHOWN = {"all": "all", "standing": "those that stand", "retracted": "retracted"}


@dataclass(frozen=True)
class LedgerQuery:
    """Which reports are wanted, as the query says; empty texts want all.

    Attributes
    ----------
    q, scenario, source, origin, argument, since, until, shown : str
        See ``ReportFilter``; days are written YYYY-MM-DD.
    sort : str
        One of ``ORDERS``.
    """

    q: str = ""
    scenario: str = ""
    source: str = ""
    origin: str = ""
    argument: str = ""
    since: str = ""
    until: str = ""
    shown: str = "all"
    sort: str = "newest"

    @classmethod
    def read(cls, given: Mapping[str, str]) -> Self:
        """Read a query; an order or a choice that makes no sense is the usual one.

        Raises
        ------
        BadRequest
            If a day is none: the list would look as if it had been heeded.
        """
        values = {f.name: given.get(f.name, "").strip()[:_LONGEST] for f in fields(cls)}
        for name in ("since", "until"):
            if values[name] and _day(values[name]) is None:
                rule = "must be a date, written YYYY-MM-DD"
                raise BadRequest(f"{name} {rule}, got {values[name]!r}")
        for name, known in (("shown", _SHOWN), ("sort", ORDERS)):
            if values[name] not in known:
                values[name] = str(getattr(cls, name))
        return cls(**values)

    @property
    def is_filter(self) -> bool:
        """Whether more than a text is asked of a report."""
        plain = type(self)(q=self.q, sort=self.sort)
        return self != plain

    def query(self) -> dict[str, str]:
        """Write it as a query, without what says nothing."""
        return {
            f.name: value
            for f in fields(self)
            if (value := getattr(self, f.name)) != f.default
        }

    def filter(self) -> ReportFilter:
        """Return what it asks of a report."""
        return ReportFilter(
            self.q,
            self.scenario or None,
            self.argument or None,
            self.source or None,
            self.origin or None,
            _day(self.since),
            _day(self.until),
            cast(Shown, self.shown),
        )


def _day(text: str) -> datetime.date | None:
    with suppress(ValueError):
        return read_day(text)
    return None


@bp.get("/cases/<case>/ledger")
@requires("viewer")
def ledger(case: str) -> ResponseReturnValue:
    """List the reports of a case, now or as they stood at a revision."""
    known = services().views.view(case)
    past = row_number(request.args.get("revision"))
    wanted = LedgerQuery.read(request.args)
    casebook, _, found, n_retracted = list_reports(
        services(),
        case,
        wanted.filter(),
        revision=past,
        explanation=known.explanation if past is None else None,
    )
    found.sort(key=lambda one: one.report.id)
    found.sort(key=lambda one: ORDERS[wanted.sort][1](one, wanted.scenario or None))
    n_pages = max(1, -(-len(found) // PAGE_SIZE))
    number = min(max(1, row_number(request.args.get("page")) or 1), n_pages)
    return page(
        "ledger.html",
        case=known.case,
        known=known,
        casebook=casebook,
        past=past,
        wanted=wanted,
        lines=found[(number - 1) * PAGE_SIZE : number * PAGE_SIZE],
        n_found=len(found),
        n_retracted=n_retracted,
        number=number,
        n_pages=n_pages,
        orders={name: told for name, (told, _) in ORDERS.items()},
        shown=_SHOWN,
        link={"case": case, "revision": past} | wanted.query(),
        **_names(casebook),
        **terms(),
    )


def terms() -> dict[str, Any]:
    """What templates need to explain grades."""
    return {"reliability": RELIABILITY, "credibility": CREDIBILITY}


def _names(casebook: Casebook) -> dict[str, list[tuple[str, str]]]:
    """Ids and names of what a filter can choose, by name."""
    priors, sources = casebook.priors, casebook.evidence.sources
    return {
        "scenarios_by_name": [(s.id, s.question) for s in priors.scenarios],
        "arguments_by_name": [(a.id, a.statement) for a in priors.arguments],
        "sources_by_name": sorted(
            ((s.id, s.name) for s in sources), key=lambda one: one[1].casefold()
        ),
    }


def safe_link(url: str | None) -> str | None:
    """Return an address that a page may link to; None for any other text.

    Examples
    --------
    >>> safe_link("https://example.org/a"), safe_link("javascript:alert(1)")
    ('https://example.org/a', None)
    """
    url = (url or "").strip()
    return url if url.lower().startswith(("https://", "http://")) else None
