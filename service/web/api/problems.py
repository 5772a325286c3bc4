"""The one place where an error becomes an answer of the API: RFC 9457 problems.

Each error of the domain has its status here and nowhere else. What is wrong with a body
is said by place, as a JSON pointer into it, in the words of
``model.casebook.messages``.
"""

import datetime
import json
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, NamedTuple
from urllib.parse import quote

from flask import Response, current_app, request
from pydantic import BaseModel, ConfigDict, Field
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from deciban.evidence.table import Place
from deciban.model.casebook.changes import ChangeError, ChangeProblem
from deciban.model.casebook.messages import BrokenRule
from deciban.model.plots.kinds import PlotScenarioError
from deciban.service.application.current_forecasts import (
    DayOutOfReachError,
    DrawsNotKeptError,
    ImpossibleCasebookError,
    NoFitError,
)
from deciban.service.application.errors import UnknownItemError
from deciban.service.application.fits import FileNotMadeError
from deciban.service.application.scores import NotSettledError
from deciban.service.store import (
    ReasonError,
    RevisionError,
    StoreUnavailableError,
    UnknownCaseError,
    UnknownFitError,
    UnknownRevisionError,
)

__all__ = [
    "ERRORS",
    "PROBLEM_TYPE",
    "ProblemDetails",
    "ProblemError",
    "RequestFault",
    "answer",
    "broken_body",
    "broken_query",
    "change_faults",
    "content",
    "pointer",
    "too_large",
]

PROBLEM_TYPE = "application/problem+json"
_VALUE_LENGTH = 200


class RequestFault(BaseModel):
    """One thing wrong with a request.

    Attributes
    ----------
    pointer : str or None
        Where in the body, as a JSON pointer in a URI fragment (RFC 6901).
    parameter : str or None
        Or else which parameter of the query, or which header.
    detail : str
        What must hold.
    value
        What came; long ones are cut.
    """

    model_config = ConfigDict(frozen=True)

    pointer: str | None = None
    parameter: str | None = None
    detail: str
    value: Any = None


class ProblemDetails(BaseModel):
    """What went wrong, as RFC 9457 says it."""

    model_config = ConfigDict(frozen=True)

    type: str = Field(examples=["urn:deciban:problem:invalid-body"])
    title: str
    status: int = Field(ge=400, le=599)
    detail: str
    instance: str = Field(description="Path of the request.")
    errors: list[RequestFault] = []


class ProblemError(Exception):
    """A request that is refused by the API itself."""

    def __init__(
        self,
        kind: str,
        detail: str,
        faults: Iterable[RequestFault] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.kind, self.detail = kind, detail
        self.faults, self.headers = list(faults), dict(headers or {})


class ProblemKind(NamedTuple):
    """A kind of problem: status and title; its name ends its type's URN."""

    status: int
    title: str


# Every problem of the API that is not plain HTTP.
KINDS = {
    "malformed-body": ProblemKind(400, "The body is no JSON"),
    "encoded-body": ProblemKind(415, "The body must not be compressed"),
    "not-json": ProblemKind(415, "The body must be JSON"),
    "invalid-body": ProblemKind(422, "The body breaks a rule"),
    "invalid-query": ProblemKind(422, "The query breaks a rule"),
    "invalid-header": ProblemKind(400, "A header breaks a rule"),
    "key-used-before": ProblemKind(
        422, "The idempotency key was used for another request"
    ),
    "unknown-case": ProblemKind(404, "There is no such case"),
    "unknown-revision": ProblemKind(404, "The case had no such revision"),
    "unknown-item": ProblemKind(404, "There is no such item"),
    "unknown-fit": ProblemKind(404, "There is no such fit"),
    "unknown-plot": ProblemKind(404, "There is no such plot"),
    "not-made-yet": ProblemKind(404, "It is not made yet"),
    "already-there": ProblemKind(409, "There is one of this id already"),
    "in-use": ProblemKind(409, "What is left would not be a casebook"),
    "already-over": ProblemKind(409, "The fit is over"),
    "not-learned": ProblemKind(409, "It is not known what the others have taught"),
    "no-fit": ProblemKind(409, "There is no fit yet"),
    "let-go": ProblemKind(409, "The draws of the fit are not kept any longer"),
    "not-open": ProblemKind(409, "The scenario is settled, or not fitted yet"),
    "unreadable": ProblemKind(409, "The draws of the current fit do not reach so far"),
    "no-fit-of-day": ProblemKind(409, "There is no fit of that day"),
    "out-of-date": ProblemKind(412, "The case has changed since"),
    "store-unavailable": ProblemKind(503, "The store cannot be used now"),
}

# Errors of the domain, and the kind of problem that each is.
ERRORS: dict[type[Exception], str] = {
    UnknownCaseError: "unknown-case",
    UnknownRevisionError: "unknown-revision",
    UnknownFitError: "unknown-fit",
    UnknownItemError: "unknown-item",
    NotSettledError: "unknown-item",
    NoFitError: "no-fit",
    PlotScenarioError: "invalid-query",
    ImpossibleCasebookError: "unreadable",
    DrawsNotKeptError: "let-go",
    FileNotMadeError: "not-made-yet",
    DayOutOfReachError: "no-fit-of-day",
    RevisionError: "out-of-date",
    StoreUnavailableError: "store-unavailable",
}
_RETRY_AFTER = "2"
_FILE_SECONDS = "5"


def answer(error: Exception) -> Response:
    """Turn an error into an answer."""
    if isinstance(error, HTTPException):
        return _plain(error)
    if isinstance(error, ChangeError):
        error = _refused_changes(error)
    if isinstance(error, ReasonError):
        fault = RequestFault(
            parameter="because", detail=error.rule, value=_shown(error.value)
        )
        error = ProblemError("invalid-query", str(error), [fault])
    if isinstance(error, PlotScenarioError):
        error = broken_query([BrokenRule(("scenario",), error.rule, error.value)])
    if isinstance(error, ProblemError):
        return _answer(error.kind, error.detail, error.faults, headers=error.headers)
    kind = next(kind for cause, kind in ERRORS.items() if isinstance(error, cause))
    headers = {"Retry-After": _RETRY_AFTER} if KINDS[kind].status == 503 else {}
    if isinstance(error, FileNotMadeError) and error.is_coming:
        headers = {"Retry-After": _FILE_SECONDS}
    detail = str(error)
    if KINDS[kind].status == 503:
        detail += ("" if request.method == "GET" else "; nothing was written") + (
            ": try again in a moment"
        )
    return _answer(kind, detail, headers=headers)


def _answer(
    kind: str,
    detail: str,
    faults: Sequence[RequestFault] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    status, title = KINDS[kind]
    problem = ProblemDetails(
        type=f"urn:deciban:problem:{kind}",
        title=title,
        status=status,
        detail=detail,
        instance=request.path,
        errors=list(faults),
    )
    return _response(problem, headers or {})


def _plain(error: HTTPException) -> Response:
    """Answer what Flask, Werkzeug and ``service.web.access`` refuse by themselves."""
    status = error.code or 500
    problem = ProblemDetails(
        type="about:blank",
        title=HTTPStatus(status).phrase,
        status=status,
        detail=_plain_detail(error, status),
        instance=request.path,
    )
    headers = {
        name: value
        for name, value in error.get_headers()
        if name not in ("Content-Type", "Content-Length")
    }
    return _response(problem, headers)


def _plain_detail(error: HTTPException, status: int) -> str:
    if isinstance(error, RequestEntityTooLarge):
        return too_large(current_app.config["MAX_CONTENT_LENGTH"])
    return error.description or HTTPStatus(status).description


def too_large(most: int) -> str:
    """Say how large a body may be."""
    return f"the body must have at most {most:,} bytes: send it in parts"


def content(problem: ProblemDetails) -> str:
    """Write a problem as it is sent."""
    return problem.model_dump_json(exclude_defaults=True)


def _response(problem: ProblemDetails, headers: Mapping[str, str]) -> Response:
    body = content(problem)
    return Response(body, problem.status, {**headers, "Content-Type": PROBLEM_TYPE})


def _refused_changes(error: ChangeError) -> ProblemError:
    """Refuse a change: its body is wrong, or else what it would leave behind."""
    faults = change_faults(error)
    detail = "; ".join(str(problem) for problem in error.problems[:3])
    if len(faults) > 3:
        detail += f"; and {len(faults) - 3} more"
    if any(problem.change is not None for problem in error.broken):
        return ProblemError("invalid-body", detail, faults)
    detail += ". First change or take out what refers to it"
    return ProblemError("in-use", detail, faults)


def change_faults(error: ChangeError, place: Place = ()) -> list[RequestFault]:
    """Point at what is wrong with changes, in a body that holds them at a place."""
    return [_changed(problem, place) for problem in error.broken]


def _changed(problem: ChangeProblem, place: Place) -> RequestFault:
    rule, value = problem.rule, _shown(problem.value)
    if problem.change is None:
        return RequestFault(detail=str(problem.told()), value=value)
    if place:
        where = (*place, problem.change, "body", *problem.place)
        return RequestFault(pointer=pointer(where), detail=rule, value=value)
    return RequestFault(pointer=pointer(problem.place), detail=rule, value=value)


def broken_body(broken: Iterable[BrokenRule]) -> ProblemError:
    """Refuse a body that breaks rules."""
    faults = [
        RequestFault(pointer=pointer(place), detail=rule, value=_shown(value))
        for place, rule, value in broken
    ]
    return ProblemError("invalid-body", _detail_of(faults), faults)


def broken_query(broken: Iterable[BrokenRule]) -> ProblemError:
    """Refuse a query that breaks rules."""
    faults = [
        RequestFault(
            parameter=".".join(map(str, place)) or None,
            detail=rule,
            value=_shown(value),
        )
        for place, rule, value in broken
    ]
    return ProblemError("invalid-query", _detail_of(faults), faults)


def _detail_of(faults: Sequence[RequestFault]) -> str:
    first = faults[0]
    where = first.pointer or first.parameter or "the request"
    where = "the body" if where == "#" else where
    more = f"; and {len(faults) - 1} more" if len(faults) > 1 else ""
    return f"{where} {first.detail}{more}"


def pointer(place: Place) -> str:
    """Write a place in a body as a JSON pointer in a URI fragment.

    Examples
    --------
    >>> pointer(("bears_on", 0, "strength"))
    '#/bears_on/0/strength'
    """
    parts = (str(part).replace("~", "~0").replace("/", "~1") for part in place)
    return "#" + "".join("/" + quote(part, safe="~-._!$'()*+,;=:@") for part in parts)


def _shown(value: Any) -> Any:
    """Keep what came if it is short plain JSON, else the beginning of its text."""
    if isinstance(value, datetime.date):
        return value.isoformat()
    try:
        text = json.dumps(value, allow_nan=False)
    except (TypeError, ValueError):
        text = str(value)
    else:
        if len(text) <= _VALUE_LENGTH:
            return value
    return text if len(text) <= _VALUE_LENGTH else text[: _VALUE_LENGTH - 3] + "..."
