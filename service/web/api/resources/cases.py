"""Cases: what is asked, apart from its lists, and the whole as files."""

import datetime
from typing import Annotated

from pydantic import Field, ValidationError

from deciban.evidence import EvidenceFile
from deciban.model.casebook.casebook import Casebook
from deciban.model.casebook.changes import Change, changes_between
from deciban.model.casebook.messages import broken_rules
from deciban.priors import CaseHeader, PriorsFile
from deciban.service.store import casebooks
from deciban.service.web.api.changed_forecasts import ChangeEffect, writing
from deciban.service.web.api.items import BecauseQuery, ChangeQuery
from deciban.service.web.api.operation import (
    Answer,
    AnswerBody,
    Call,
    Operations,
    Query,
    Reply,
    RequestBody,
    Writing,
)
from deciban.service.web.api.paging import DIGITS, PageQuery, page
from deciban.service.web.api.problems import ProblemError, RequestFault, broken_body

__all__ = ["operations"]


class ListedCase(AnswerBody):
    """A case in a list."""

    case: str
    title: str
    revision: int
    changed_at: datetime.datetime


class CasePage(AnswerBody):
    """A page of the cases."""

    cases: list[ListedCase]
    next: str | None


class CaseCounts(AnswerBody):
    """How many items of each kind a case has."""

    scenarios: int
    arguments: int
    links: int
    rivals: int
    sources: int
    reports: int


class CaseAnswer(AnswerBody):
    """A case as it is now."""

    header: CaseHeader
    revision: int
    changed_at: datetime.datetime
    counts: CaseCounts


class CaseWritten(ChangeEffect):
    """What a case says of itself, and what the change does to forecasts."""

    header: CaseHeader


class NewCase(RequestBody):
    """A new case: its priors file, and its evidence file if there is one yet."""

    priors: PriorsFile
    evidence: EvidenceFile | None = None


class CasebookAnswer(AnswerBody):
    """The two files of a case, at a revision."""

    revision: int
    priors: PriorsFile
    evidence: EvidenceFile


class CasebookQuery(Query):
    """Which casebook."""

    revision: (
        Annotated[
            int, Field(ge=1, le=2**31 - 1, description="The last unless given."), DIGITS
        ]
        | None
    ) = None


operations = Operations("cases", "What is asked, by whom, and with which scales.")

_HEADER = {
    "case": "dprk-russia",
    "title": "North Korean support for Russia's war in Ukraine",
    "half_life_days": None,
}
_SCENARIO = {
    "id": "munitions",
    "question": "Does North Korea ship shells to Russia by 31 December 2025?",
    "criteria": "Two governments say so",
    "opens": "2022-07-01",
    "closes": "2025-12-31",
    "prior": {"median": 0.3, "low": 0.1, "high": 0.6},
}


@operations.add(
    "GET", "/cases", {200: Answer("A page of cases.", CasePage)}, query=PageQuery
)
def list_cases(call: Call[PageQuery, None]) -> Reply:
    """List the cases.

    In the order of their ids.
    """
    with call.services.store.reading() as session:
        heads = casebooks.heads(session)
    items, after = page(heads, lambda head: (head.case,), call.query)
    return Reply(CasePage.model_validate({"cases": items, "next": after}))


@operations.add(
    "POST",
    "/cases",
    {201: Answer("The case is kept.", CasebookAnswer, headers=("Location", "ETag"))},
    role="admin",
    query=BecauseQuery,
    body=NewCase,
    errors={409: "There is a case of this id already."},
    example={"priors": {**_HEADER, "scenarios": [_SCENARIO]}},
)
def add_case(call: Call[BecauseQuery, NewCase]) -> Writing:
    """Begin a case.

    With its priors file, which holds one scenario at least, and its evidence file if
    there is one yet. Its first fit follows by itself.
    """
    priors = call.body.priors
    evidence = call.body.evidence or EvidenceFile(case=priors.case)
    casebook = _joined(priors, evidence)

    def changes(there: Casebook | None) -> list[Change]:
        if there is not None:
            rule = "must not be that of another case"
            fault = RequestFault(pointer="#/priors/case", detail=rule, value=there.case)
            raise ProblemError("already-there", f"case {rule}", [fault])
        return changes_between(None, casebook)

    def answer(revision: int) -> Reply:
        kept = CasebookAnswer(revision=revision, priors=priors, evidence=evidence)
        place = {"Location": f"/api/v1/cases/{priors.case}"}
        return Reply(kept, 201, place, etag=str(revision))

    return Writing(priors.case, changes, answer, call.query.because)


def _joined(priors: PriorsFile, evidence: EvidenceFile) -> Casebook:
    """Join two files into a casebook.

    Raises
    ------
    ProblemError
        If they do not agree; places are those of ``NewCase``.
    """
    try:
        return Casebook(priors=priors, evidence=evidence)
    except ValidationError as error:
        raise broken_body(broken_rules(error, Casebook)) from error


@operations.add(
    "GET", "/cases/<case>", {200: Answer("The case.", CaseAnswer, headers=("ETag",))}
)
def get_case(call: Call[Query, None], case: str) -> Reply:
    """Read what a case says of itself.

    Its header, its revision, and how many items it has.
    """
    current = call.forecasts.current(case)
    priors, evidence = current.casebook.priors, current.casebook.evidence
    answer = CaseAnswer(
        header=current.casebook.header,
        revision=current.head.revision,
        changed_at=current.head.changed_at,
        counts=CaseCounts(
            scenarios=len(priors.scenarios),
            arguments=len(priors.arguments),
            links=len(priors.links),
            rivals=len(priors.rivals),
            sources=len(evidence.sources),
            reports=len(evidence.reports),
        ),
    )
    return Reply(answer, etag=str(current.head.revision))


@operations.add(
    "PUT",
    "/cases/<case>",
    {200: Answer("The case is changed.", CaseWritten, headers=("ETag",))},
    role="admin",
    query=ChangeQuery,
    body=CaseHeader,
    example=_HEADER,
    is_conditional=True,
)
def change_case(call: Call[ChangeQuery, CaseHeader], case: str) -> Writing:
    """Change what a case says of itself.

    Its title, its description, its half-life and its own scales, which are those of
    every report: so only an admin may.
    """
    changes = [Change(kind="case", key=case, body=call.body)]
    return writing(call, case, lambda _: changes, CaseWritten, {"header": call.body})


@operations.add(
    "GET",
    "/cases/<case>/casebook",
    {200: Answer("The two files.", CasebookAnswer, headers=("ETag",))},
    query=CasebookQuery,
    errors={404: "There is no such case, or it had no such revision."},
)
def get_casebook(call: Call[CasebookQuery, None], case: str) -> Reply:
    """Read a whole casebook, at its last revision or any before.

    As the two files write it.
    """
    with call.services.store.reading() as session:
        revision = call.query.revision or casebooks.head(session, case).revision
        casebook = casebooks.casebook(session, case, revision)
    answer = CasebookAnswer(
        revision=revision, priors=casebook.priors, evidence=casebook.evidence
    )
    return Reply(answer, etag=str(revision))
