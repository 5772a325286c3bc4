"""Reports: what was said, by whom, when, and what it bears on."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field, RootModel

from deciban.evidence import Report
from deciban.evidence.items import Day, Identifier
from deciban.model.casebook.casebook import Casebook
from deciban.model.casebook.changes import Change
from deciban.model.casebook.messages import BrokenRule
from deciban.service.application import reports
from deciban.service.application.report_batches import sort_reports
from deciban.service.application.reports import ReportFilter
from deciban.service.web.api.changed_forecasts import ChangeEffect, writing
from deciban.service.web.api.items import (
    ChangeQuery,
    ItemKind,
    Page,
    ReasonQuery,
    declare_adding,
    declare_changing,
    declare_reading,
)
from deciban.service.web.api.operation import (
    Answer,
    AnswerBody,
    Call,
    Operations,
    Reply,
    Writing,
)
from deciban.service.web.api.paging import PageQuery, page
from deciban.service.web.api.problems import (
    RequestFault,
    broken_body,
)

__all__ = ["operations"]

_MOST_AT_ONCE = 500
_ENTRIES_AT_A_TIME = 1000
_EXAMPLE = {
    "id": "volunteers-100k",
    "claim": "100,000 North Korean volunteers are ready to join the fighting",
    "source": "new-york-post",
    "origin": "russian-channel-one",
    "credibility": 4,
    "published": "2022-08-05",
    "bears_on": [
        {"scenario": "troops", "direction": "supports", "strength": "moderate"}
    ],
}


class RetractionInList(AnswerBody):
    """That a report was retracted: why, by whom, when, and with which revision."""

    because: str | None
    who: str
    at: datetime
    revision: int


class ReportInList(AnswerBody):
    """A report in a list; ``retracted`` is null for those that count."""

    report: Report
    retracted: RetractionInList | None = None


class ReportPage(Page):
    """A page of the reports of a case."""

    reports: list[ReportInList]


class ReportQuery(PageQuery):
    """Which reports are listed: those for which all that is given holds."""

    scenario: Annotated[
        Identifier | None,
        Field(
            description="That bear on it, through arguments too, and their repeats; of "
            "those retracted, that did."
        ),
    ] = None
    argument: Annotated[
        Identifier | None, Field(description="That bear on it, and their repeats.")
    ] = None
    source: Annotated[Identifier | None, Field(description="Who published.")] = None
    origin: Annotated[
        Identifier | None,
        Field(description="Who said it first: the source where no origin is given."),
    ] = None
    published_from: Annotated[Day | None, Field(description="This day, or later.")] = (
        None
    )
    published_to: Annotated[Day | None, Field(description="This day, or before.")] = (
        None
    )
    text: Annotated[
        str | None,
        Field(
            min_length=1,
            max_length=200,
            description="Words that must all occur, in capitals or not: in the claim, "
            "the id, the reference, or the names of who published or said it.",
        ),
    ] = None
    retracted: Annotated[
        Literal["true", "false"],
        Field(description="Whether those retracted are listed too."),
    ] = "false"


class ReportBatch(RootModel[list[dict[str, Any]]]):
    """Reports, each as ``Report``; each is answered by itself."""

    root: Annotated[list[dict[str, Any]], Field(min_length=1, max_length=_MOST_AT_ONCE)]


class BatchItem(AnswerBody):
    """What became of one report of many: kept where ``errors`` is empty."""

    index: int
    id: str | None
    kept: bool
    errors: list[RequestFault]


class BatchWritten(ChangeEffect):
    """What became of each report, in the order in which they came."""

    reports: list[BatchItem]


_REPORT = ItemKind(
    "report",
    Report,
    lambda report: report.id,
    _EXAMPLE,
)

operations = Operations(
    "reports",
    "Items of evidence: what a source claimed on a day, and what that bears on.",
)


@operations.add(
    "GET",
    "/cases/<case>/reports",
    {200: Answer("A page of reports.", ReportPage, headers=("ETag",))},
    query=ReportQuery,
)
def list_reports(call: Call[ReportQuery, None], case: str) -> Reply:
    """List the reports of a case.

    In the order of their days, then of their ids.
    """
    query = call.query
    wanted = ReportFilter(
        query.text or "",
        query.scenario,
        query.argument,
        query.source,
        query.origin,
        query.published_from,
        query.published_to,
        "all" if query.retracted == "true" else "standing",
    )
    _, revision, chosen, _ = reports.list_reports(call.services, case, wanted)
    items, after = page(
        chosen, lambda one: (one.report.published.isoformat(), one.report.id), query
    )
    found = {"reports": items, "next": after, "revision": revision}
    return Reply(ReportPage.model_validate(found), etag=str(revision))


declare_adding(operations, _REPORT)


@operations.add(
    "POST",
    "/cases/<case>/reports:batch",
    {
        200: Answer(
            "What became of each; those that are kept are one revision.",
            BatchWritten,
            headers=("ETag",),
        )
    },
    role="forecaster",
    query=ChangeQuery,
    body=ReportBatch,
    example=[_EXAMPLE],
    is_conditional=True,
)
def add_reports(call: Call[ChangeQuery, ReportBatch], case: str) -> Writing:
    """Add many reports.

    Each is answered by itself: those that are right are kept, all with one revision;
    those that are not are told what is wrong with them, and can be sent again.
    """
    sent = call.body.root
    became: list[BatchItem] = []

    def changes(casebook: Casebook | None) -> list[Change]:
        right, broken = sort_reports(casebook, sent)
        became[:] = [_batch_item(i, one, broken.get(i)) for i, one in enumerate(sent)]
        return right

    return writing(call, case, changes, BatchWritten, {"reports": became})


def _batch_item(
    index: int, body: dict[str, Any], broken: Sequence[BrokenRule] | None
) -> BatchItem:
    return BatchItem(
        index=index,
        id=body["id"] if isinstance(body.get("id"), str) else None,
        kept=broken is None,
        errors=broken_body(broken).faults if broken else [],
    )


declare_reading(operations, _REPORT)
declare_changing(operations, _REPORT)


@operations.add(
    "DELETE",
    "/cases/<case>/reports/<report>",
    {200: Answer("The report is retracted.", ChangeEffect, headers=("ETag",))},
    role="forecaster",
    query=ReasonQuery,
    is_conditional=True,
)
def retract_report(call: Call[ReasonQuery, None], case: str, report: str) -> Writing:
    """Retract a report.

    With a reason. It stays in the history, and in every past forecast. Where others
    repeat it, the first of them is heard in its place.
    """

    def changes(casebook: Casebook | None) -> list[Change]:
        return [] if casebook is None else reports.retraction(casebook, report)

    return writing(call, case, changes)
