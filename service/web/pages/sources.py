"""The pages of sources: what each was worth by its grade, and has earned since."""

from collections.abc import Callable
from typing import Any, NamedTuple

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from deciban.evidence import RELIABILITY, Report, Source
from deciban.evidence.items import folded
from deciban.model.casebook.changes import written_change
from deciban.model.explain.explanation import SourceExplanation
from deciban.service.application.case_view import CaseView
from deciban.service.application.errors import UnknownItemError
from deciban.service.web.access import requires
from deciban.service.web.pages.blueprint import bp, page
from deciban.service.web.pages.parameters import chosen
from deciban.service.web.pages.plots import sources as draw_sources
from deciban.service.web.pages.posting import Refusal, post
from deciban.service.web.shared import services

__all__ = ["ORDERS", "SourceLine"]


class SourceLine(NamedTuple):
    """One source: as it is written, and what the fit says of it.

    Attributes
    ----------
    source : Source
    said : SourceExplanation or None
        None where there is no explanation, or it is older than the source.
    published : int
        Reports of it in the ledger now.
    in_favour, against : int
        Its claims for and against scenarios, summed over those.
    """

    source: Source
    said: SourceExplanation | None
    published: int
    in_favour: int
    against: int


def _of(line: SourceLine, value: Callable[[SourceExplanation], float]) -> float:
    return value(line.said) if line.said else 0.0


# How the lines can be ordered: the name of each order, and what it sorts by.
ORDERS: dict[str, tuple[str, Callable[[SourceLine], Any]]] = {
    "reports": ("most reports", lambda line: -line.published),
    "name": ("by name", lambda line: line.source.name.casefold()),
    "grade": ("by grade", lambda line: line.source.reliability),
    "reliability": (
        "most reliable", lambda line: -_of(line, lambda said: said.mean)
    ),
    "moved": (
        "moved most",
        lambda line: -abs(_of(line, lambda said: said.mean - said.prior_mean)),
    ),
    "weight": (
        "weighs most",
        lambda line: -max(
            map(abs, _on_scenarios(line.said)), default=0.0
        ),
    ),
}  # fmt: skip


@bp.get("/cases/<case>/sources")
@requires("viewer")
def sources(case: str) -> ResponseReturnValue:
    """List the sources of a case."""
    known = services().views.view(case)
    order = chosen("sort", ORDERS)
    wanted = request.args.get("q", "").strip()
    lines = [line for line in _lines(known) if _matches(line.source, wanted)]
    lines.sort(key=ORDERS[order][1])
    return page(
        "sources.html",
        case=known.case,
        known=known,
        lines=lines,
        drawing=draw_sources(known),
        order=order,
        orders={name: told for name, (told, _) in ORDERS.items()},
        wanted=wanted,
        grades=RELIABILITY,
    )


@bp.get("/cases/<case>/sources/<source>")
@requires("viewer")
def source(case: str, source: str) -> ResponseReturnValue:
    """Show one source, and all that it published or said first."""
    return _shown(case, source)


@bp.post("/cases/<case>/sources/<source>/grade")
@requires("forecaster")
def regrade(case: str, source: str) -> ResponseReturnValue:
    """Give a source another grade."""
    written = _line(services().views.view(case), source).source
    because = request.form.get("because", "").strip()
    body = written.model_dump(mode="json", exclude_none=True)
    body |= {"reliability": request.form.get("reliability", "")}
    if because:
        body["because"] = because
    refused = post(case, [written_change("source", source, body)], because)
    if refused:
        return _shown(case, source, refused), refused.status
    return redirect(url_for("pages.source", case=case, source=source), 303)


def _shown(case: str, source: str, refused: Refusal | None = None) -> str:
    known = services().views.view(case)
    return page(
        "source.html",
        case=known.case,
        known=known,
        line=_line(known, source),
        drawing=draw_sources(known, [source]),
        reports=_reports(known, source),
        claims={
            claim.report: claim
            for claim in (known.explanation.claims if known.explanation else [])
        },
        names=known.source_names,
        grades=RELIABILITY,
        refused=refused,
        given=request.form,
    )


def _lines(known: CaseView) -> list[SourceLine]:
    sources = known.explanation.sources if known.explanation else []
    explained = {said.id: said for said in sources}
    published: dict[str, int] = {}
    for report in known.casebook.evidence.reports:
        published[report.source] = published.get(report.source, 0) + 1
    lines = []
    for written in known.casebook.evidence.sources:
        said = explained.get(written.id)
        counts = said.counts.values() if said else []
        in_favour, against = (sum(count[i] for count in counts) for i in (0, 1))
        n = published.get(written.id, 0)
        lines.append(SourceLine(written, said, n, in_favour, against))
    return lines


def _line(known: CaseView, source: str) -> SourceLine:
    for line in _lines(known):
        if line.source.id == source:
            return line
    raise UnknownItemError("source", source)


def _matches(written: Source, wanted: str) -> bool:
    text = f"{written.id} {written.name} {written.because or ''}"
    return all(word in folded(text) for word in folded(wanted).split())


def _reports(known: CaseView, source: str) -> list[Report]:
    """Reports that a source published, or was the first to say; the newest first."""
    own = [r for r in known.casebook.evidence.reports if source in (r.source, r.origin)]
    return sorted(own, key=lambda report: report.published, reverse=True)


def _on_scenarios(said: SourceExplanation | None) -> list[float]:
    if said is None:
        return []
    return [part for s in said.scenarios() if (part := said.on(s)) is not None]
