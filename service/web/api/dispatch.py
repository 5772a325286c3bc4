"""From a request to an answer: what every operation has in common.

The role is asked for first, then the body and the query are read by their types, then
the view runs; what it wants written is appended in one transaction with the answer that
an idempotency key remembers.
"""

import json
import re
import threading
from collections import Counter, defaultdict
from collections.abc import Callable
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from flask import Response, request
from pydantic import BaseModel, ValidationError
from pydantic_core import from_json
from werkzeug.datastructures import Headers

from deciban.evidence.items import CASE_ID, ITEM_ID, MAX_ID_LENGTH
from deciban.model.casebook.messages import BrokenRule, broken_rules
from deciban.service.application.posting import post_changes
from deciban.service.store import RepeatedKeyError, StoreUnavailableError, casebooks
from deciban.service.web.access import demand
from deciban.service.web.api import idempotency, preconditions, problems
from deciban.service.web.api.operation import (
    JSON_TYPE,
    Call,
    Operation,
    Query,
    Reply,
    Writing,
)
from deciban.service.web.shared import services

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

__all__ = ["VARIABLES", "flask_view"]

_ITEM = re.compile(ITEM_ID), MAX_ID_LENGTH
# Patterns and lengths of what stands in paths, by name; all others are ids of items.
VARIABLES = defaultdict(
    lambda: _ITEM,
    case=(re.compile(CASE_ID), MAX_ID_LENGTH),
    link=(re.compile(r"^[A-Za-z0-9._-]+(--|~)[A-Za-z0-9._-]+$"), 2 * MAX_ID_LENGTH + 2),
)

# What a post does to forecasts is read from what the one before has left; two at once
# would each read that, and then read it again after the other.
_TURNS = [threading.Lock() for _ in range(64)]


def flask_view(operation: Operation) -> Callable[..., Response]:
    """Make the view of an operation."""
    no_query = operation.query() if not _required(operation.query) else None

    def view(**path: Any) -> Response:
        asker = demand(operation.role)
        _check_path(path)
        body = _body(operation.body) if operation.body else None
        query = no_query
        if query is None or request.query_string:
            query = _query(operation.query)
        call = Call(services(), asker, query, body)
        if operation.writes:
            return _once_only(operation, call, path)
        return _respond(operation, call, path, None)

    return view


def _required(query: type[Query]) -> bool:
    return any(field.is_required() for field in query.model_fields.values())


def _check_path(path: dict[str, Any]) -> None:
    """Find nothing under what cannot be an id, without asking the store."""
    for name, value in path.items():
        if isinstance(value, str):
            pattern, longest = VARIABLES[name]
            if not pattern.fullmatch(value) or len(value) > longest:
                kind = "unknown-case" if name == "case" else "unknown-item"
                raise problems.ProblemError(kind, f"there is no {name} of this id")


def _body(kind: type[BaseModel]) -> BaseModel:
    if not request.is_json:
        came = request.mimetype or "none"
        rule = f"Content-Type must be {JSON_TYPE}, got {came}"
        raise problems.ProblemError("not-json", rule)
    encoding = request.headers.get("Content-Encoding", "identity")
    if encoding.strip().lower() != "identity":
        rule = f"the body must be sent as it is, with no Content-Encoding: {encoding}"
        raise problems.ProblemError(
            "encoded-body", rule, headers={"Accept-Encoding": "identity"}
        )
    data = request.get_data()
    try:
        from_json(data, allow_inf_nan=False)  # NaN is no JSON, though pydantic reads it
        json.loads(data, object_pairs_hook=_once)  # nor does it see a key twice
    except (ValueError, RecursionError) as error:
        raise problems.ProblemError("malformed-body", str(error)) from error
    try:
        return kind.model_validate_json(data, by_alias=True, by_name=False)
    except ValidationError as error:
        raise problems.broken_body(broken_rules(error, kind)) from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse an object that says a key twice: readers differ in which one counts."""
    made = dict(pairs)
    if len(made) < len(pairs):
        (name, _), *_ = Counter(name for name, _ in pairs).most_common(1)
        raise ValueError(f"the keys of an object must differ, got {name!r} twice")
    return made


def _query(kind: type[Query]) -> Query:
    given = request.args.to_dict(flat=False)
    repeated = [name for name, values in given.items() if len(values) > 1]
    if repeated:
        rule = "must be given once only"
        raise problems.broken_query(
            BrokenRule((name,), rule, given[name][0]) for name in repeated
        )
    try:
        return kind.model_validate({name: values[0] for name, values in given.items()})
    except ValidationError as error:
        raise problems.broken_query(broken_rules(error, kind)) from error


def _once_only(
    operation: Operation, call: Call[Any, Any], path: dict[str, Any]
) -> Response:
    if operation.is_conditional:
        preconditions.expected_revisions()  # is refused where it makes no sense
    token = call.identity.token if call.identity else None
    with idempotency.keyed(call.services, token) as key:
        if key is None:
            return _respond(operation, call, path, None)
        try:
            return key.replay() or _respond(operation, call, path, key)
        except RepeatedKeyError:  # another process was first; what we did is undone
            return key.replay() or problems.answer(StoreUnavailableError("is busy"))


def _respond(
    operation: Operation,
    call: Call[Any, Any],
    path: dict[str, Any],
    key: idempotency.Keyed | None,
) -> Response:
    made = operation.view(call, **path)
    if isinstance(made, Writing):
        return _write(call, made, key)
    response = _response(made)
    if key and response.status_code < 300:
        with call.services.store.writing() as session:
            key.remember(session, response)
    return response


def _write(
    call: Call[Any, Any], writing: Writing, key: idempotency.Keyed | None
) -> Response:
    """Append what a view wants written, and the answer with it."""
    answered: list[Response] = []

    def also(session: Any, revision: int) -> None:
        answered.append(_response(writing.answer(revision)))
        if key:
            key.remember(session, answered[0])

    turn = _TURNS[hash(writing.case) % len(_TURNS)] if writing.look else nullcontext()
    with turn:
        if writing.look:
            writing.look()
        post_changes(
            call.services,
            writing.case,
            writing.changes,
            author=call.author,
            because=writing.because,
            expected=_expected(call, writing.case),
            also=also,
        )
    return answered[0]


def _expected(call: Call[Any, Any], case: str) -> int | None:
    """Find the revision that the case must have, by If-Match."""
    revisions = preconditions.expected_revisions()
    if revisions is None:
        return None
    with call.services.store.reading() as session:
        head = casebooks.head(session, case).revision
    if head not in revisions:
        asked = ", ".join(map(str, sorted(revisions))) or "none of ours"
        rule = f"If-Match must name the case's revision, {head}, got {asked}"
        raise problems.ProblemError("out-of-date", rule, headers={"ETag": f'"{head}"'})
    return head


class _Whole(Response):
    """An answer that has its length, and no address that could be relative."""

    def get_wsgi_headers(self, environ: "WSGIEnvironment") -> Headers:
        """Return the headers as they are; Werkzeug copies them and looks for those."""
        return self.headers


def _response(reply: Reply) -> Response:
    headers = dict(reply.headers)
    if reply.etag is not None:
        headers["ETag"] = f'"{reply.etag}"'
        headers.setdefault("Cache-Control", "private, no-cache")
        if request.method in ("GET", "HEAD") and preconditions.is_known(reply.etag):
            return Response(status=304, headers=headers)
    body = reply.body
    if isinstance(body, BaseModel):
        body = body.model_dump_json(by_alias=True).encode()
    is_whole = reply.status == 200 and isinstance(body, bytes)
    kind = _Whole if is_whole else Response
    response = kind(body, reply.status, headers, mimetype=reply.media_type)
    if body is None:
        response.headers.pop("Content-Type")
    return response
