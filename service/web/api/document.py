"""The OpenAPI 3.1 document, from the same types that read and write.

An operation's docstring is its description, its types are its schemas; what all
operations share, refusals above all, is said here once.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from http import HTTPStatus
from importlib.metadata import version
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from deciban.model.plots.kinds import KINDS
from deciban.service.web.access.sessions import COOKIE
from deciban.service.web.api.dispatch import VARIABLES
from deciban.service.web.api.operation import JSON_TYPE, Answer, Operation, Operations
from deciban.service.web.api.problems import PROBLEM_TYPE, ProblemDetails

__all__ = ["openapi"]

type Json = dict[str, Any]

_COMPONENT = "#/components/schemas/{model}"
_VARIABLE = re.compile(r"<(?:(\w+)(?:\([^)]*\))?:)?(\w+)>")

_DESCRIPTION = """\
Weighs evidence: post a report, see at once what it does to the forecasts; the refit
follows by itself.

Send a token as `Authorization: Bearer deciban_...`; `deciban token new` makes one. A
*viewer* reads and asks what-if, a *forecaster* changes what a case holds and asks for
fits, an *admin* begins cases and changes their scales.

* Probabilities are numbers from 0 to 1. Keys ending in `_db` are in decibans, in
  `_days` in days. Times are in UTC.
* Every case has a *revision*, which grows with each change. A reading carries it as its
  `ETag`; send it back as `If-Match` with a change, and the change is refused with 412
  if somebody else was first.
* Send a new `Idempotency-Key` with each POST, PUT or DELETE: if the answer is lost, the
  same request with the same key changes nothing more, and is answered as before, for a
  day.
* Lists come in pages: as long as `next` is not null, ask again with it as `cursor`.
* Errors are problems as RFC 9457 has them; `errors` points at each field.
"""

# What a refusal means where the operation does not say more.
_REFUSALS = {
    304: "Not changed since the answer that has this `If-None-Match`.",
    400: "The body is no JSON, or a header breaks a rule.",
    401: "No token, or one that is not in use.",
    403: "The token's role may not.",
    404: "There is no such thing.",
    409: "What is left would not be a casebook.",
    412: "The case has changed: its revision is none of those in `If-Match`.",
    413: "The body is too large.",
    415: "The body must be `application/json`, and not compressed.",
    422: "The body or the query breaks a rule; `errors` points at each.",
    429: "Too many requests; `Retry-After` says when to come back.",
    431: "The head of the request is too large.",
    503: "The store cannot be used now; nothing was written.",
}

_HEADERS: Mapping[str, Json] = {
    "ETag": {
        "description": 'The case\'s revision in quotation marks, `"17"`, or more.',
        "schema": {"type": "string"},
    },
    "Location": {
        "description": "Path of what was made.",
        "schema": {"type": "string"},
    },
    "Link": {
        "description": "Another form of the same that lacks nothing.",
        "schema": {"type": "string"},
    },
    "Deciban-Missing-Font": {
        "description": "What letters are missing, such as no font for Hangul.",
        "schema": {"type": "string"},
    },
}


def openapi(groups: Iterable[Operations], prefix: str) -> bytes:
    """Write the document.

    Parameters
    ----------
    groups : iterable of Operations
        In the order in which they are shown.
    prefix : str
        Path below which their rules are.
    """
    groups = list(groups)
    operations = [one for group in groups for one in group.declared]
    paths: dict[str, Json] = {}
    for operation in operations:
        path = prefix + _VARIABLE.sub(r"{\2}", operation.rule)
        paths.setdefault(path, {})[operation.method.lower()] = _operation(operation)
    document = {
        "openapi": "3.1.0",
        "info": {
            "title": "Deciban",
            "version": version("deciban"),
            "description": _DESCRIPTION,
        },
        "servers": [{"url": "/"}],
        "tags": [
            {"name": group.tag, "description": group.description} for group in groups
        ],
        "security": [{"bearer": []}, {"session": []}],
        "paths": paths,
        "components": {
            "schemas": _schemas(operations),
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A token, made by `deciban token new`.",
                },
                "session": {
                    "type": "apiKey",
                    "in": "cookie",
                    "name": COOKIE,
                    "description": "Of a browser that has signed in; changes need "
                    "the header `X-CSRF-Token` too.",
                },
            },
        },
    }
    return json.dumps(document, ensure_ascii=False).encode()


def _schemas(operations: Iterable[Operation]) -> Json:
    kinds: dict[type[BaseModel], None] = {ProblemDetails: None}
    for one in operations:
        kinds |= dict.fromkeys([one.body] if one.body else [])
        kinds |= {a.body: None for a in one.answers.values() if a.body}
    _, made = models_json_schema(
        [(kind, "validation") for kind in kinds], ref_template=_COMPONENT
    )
    schemas: Json = {
        name: _with_text_keys(schema) for name, schema in made["$defs"].items()
    }
    return schemas


def _with_text_keys(schema: Any) -> Any:
    """Mend what JSON cannot hold: its keys are texts, the digits of grades too."""
    if isinstance(schema, list):
        return [_with_text_keys(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    mended = {key: _with_text_keys(part) for key, part in schema.items()}
    if mended.get("propertyNames") == {"$ref": _COMPONENT.format(model="Digit")}:
        mended["propertyNames"] = {"enum": ["1", "2", "3", "4", "5"]}
    return mended


def _operation(one: Operation) -> Json:
    described = f"{one.description}\n\nNeeds the role {one.role}.".strip()
    written: Json = {
        "operationId": one.id,
        "tags": [one.tag],
        "summary": one.summary,
        "description": described,
        "x-role": one.role,
        "parameters": list(_parameters(one)),
        "responses": {str(s): r for s, r in sorted(_responses(one).items())},
    }
    if one.body is not None:
        content: Json = {"schema": _reference(one.body)}
        if one.example is not None:
            content["example"] = one.example
        written["requestBody"] = {"required": True, "content": {JSON_TYPE: content}}
    return written


def _parameters(one: Operation) -> Iterator[Json]:
    for kind, name in _VARIABLE.findall(one.rule):
        yield {
            "name": name,
            "in": "path",
            "required": True,
            "schema": _variable(kind, name),
        }
    schema = one.query.model_json_schema(ref_template=_COMPONENT)
    definitions = schema.get("$defs", {})
    for name, part in schema.get("properties", {}).items():
        yield _query_parameter(
            name, _inlined(part, definitions), name in schema.get("required", ())
        )
    if one.writes:
        yield _header(
            "Idempotency-Key",
            "New for each request; one that is sent again is answered as before.",
            {"type": "string", "pattern": "^[!-~]{1,200}$"},
        )
    if one.is_conditional:
        yield _header(
            "If-Match",
            'Entity tags of the case, such as `"17"`, or `*`.',
            {
                "type": "string",
                "pattern": r'^(\*|"[0-9]{1,9}")$',
                "examples": ['"17"', "*"],
            },
        )
    if any("ETag" in a.headers for a in one.answers.values()) and not one.writes:
        yield _header(
            "If-None-Match",
            "Entity tags of answers that are known already.",
            {"type": "string"},
        )


def _variable(kind: str, name: str) -> Json:
    if kind == "int":
        return {"type": "integer", "minimum": 1, "maximum": 2**31 - 1}
    if name == "plot":
        return {"type": "string", "enum": list(KINDS)}
    pattern, longest = VARIABLES[name]
    return {"type": "string", "pattern": pattern.pattern, "maxLength": longest}


def _query_parameter(name: str, schema: Json, required: bool) -> Json:
    """Describe a parameter of the query: one that is not sent is not null."""
    choices = [c for c in schema.pop("anyOf", []) if c != {"type": "null"}]
    if len(choices) == 1:
        schema |= choices[0]
    schema.pop("title", None)
    if schema.get("default", ...) is None:
        del schema["default"]
    written: Json = {
        "name": name,
        "in": "query",
        "required": required,
        "schema": schema,
    }
    if description := schema.pop("description", None):
        written["description"] = description
    return written


def _inlined(schema: Any, definitions: Json) -> Any:
    """Put definitions in the places of the references to them."""
    if isinstance(schema, list):
        return [_inlined(part, definitions) for part in schema]
    if not isinstance(schema, dict):
        return schema
    own = {k: _inlined(v, definitions) for k, v in schema.items() if k != "$ref"}
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return _inlined(definitions[name], definitions) | own
    return own


def _header(name: str, description: str, schema: Json) -> Json:
    return {"name": name, "in": "header", "description": description, "schema": schema}


def _responses(one: Operation) -> dict[int, Json]:
    answers = {status: _answer(answer) for status, answer in one.answers.items()}
    refusals = {status: _refusal(one, status) for status in _refusals(one)}
    return refusals | answers


def _answer(answer: Answer) -> Json:
    schema = _reference(answer.body) if answer.body else {}
    written: Json = {"description": answer.description}
    if answer.media_types:
        written["content"] = {kind: {"schema": schema} for kind in answer.media_types}
    if answer.headers:
        written["headers"] = {name: _HEADERS[name] for name in answer.headers}
    return written


def _refusals(one: Operation) -> Iterator[int]:
    yield from (400, 401, 403, 422, 429, 431, 503)
    if "<" in one.rule:
        yield 404
    if one.body is not None:
        yield from (413, 415)
    if one.is_conditional:
        yield 412
    if one.writes and one.role != "viewer":
        yield 409
    if any("ETag" in a.headers for a in one.answers.values()) and not one.writes:
        yield 304
    yield from one.errors


def _refusal(one: Operation, status: int) -> Json:
    description = one.errors.get(status) or _REFUSALS[status]
    written: Json = {"description": description or HTTPStatus(status).phrase}
    if status != 304:
        written["content"] = {PROBLEM_TYPE: {"schema": _reference(ProblemDetails)}}
    return written


def _reference(kind: type[BaseModel]) -> Json:
    return {"$ref": _COMPONENT.format(model=kind.__name__)}
