"""Operations: each is declared once, and its view and its documentation follow.

A view is a function of a ``Call`` and of the variables of its path. It answers with a
``Reply``; or with a ``Writing``, what is to be appended to a case, and how to answer
once it is.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict

from deciban.service.application.current_forecasts import ForecastReader
from deciban.service.application.posting import Changes
from deciban.service.application.services import Services
from deciban.service.store.casebooks import Author
from deciban.service.store.tokens import Role
from deciban.service.web.access import Identity

__all__ = [
    "JSON_TYPE",
    "Answer",
    "AnswerBody",
    "Call",
    "NoQuery",
    "Operation",
    "Operations",
    "Query",
    "Reply",
    "RequestBody",
    "Writing",
]

JSON_TYPE = "application/json"

type Method = Literal["GET", "POST", "PUT", "DELETE"]


class AnswerBody(BaseModel):
    """What the API answers."""

    model_config = ConfigDict(frozen=True, populate_by_name=True, from_attributes=True)


class RequestBody(BaseModel):
    """What the API takes: unknown keys refused, nothing coerced."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, allow_inf_nan=False
    )


class Query(BaseModel):
    """The query of a request: unknown parameters refused, texts read as values."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class NoQuery(Query):
    """A query without parameters."""


@dataclass(frozen=True)
class Reply:
    """An answer.

    Attributes
    ----------
    body
        A pydantic object, bytes, or an iterable of bytes to stream; None for none.
    status : int
    headers : mapping
    etag : str or None
        The entity tag, without quotation marks.
    media_type : str
        Of the body.
    """

    body: BaseModel | bytes | Iterable[bytes] | None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    etag: str | None = None
    media_type: str = JSON_TYPE


@dataclass(frozen=True)
class Writing:
    """What is to be appended to a case, and how to answer then.

    Attributes
    ----------
    case : str
    changes : sequence of Change, or callable
        See ``service.application.posting.post_changes``.
    answer : callable
        Makes the reply of the new revision; called before the changes are committed.
    because : str or None
    look : callable or None
        Reads what the changes would do, before they are made. Whoever looks at a case
        has it for itself until then, so that it reads what the last one left.
    """

    case: str
    changes: Changes
    answer: Callable[[int], Reply]
    because: str | None = None
    look: Callable[[], None] | None = None


@dataclass(frozen=True)
class Call[Q: Query, B]:
    """One request, checked: who asks, and what."""

    services: Services
    identity: Identity | None
    query: Q
    body: B

    @property
    def forecasts(self) -> ForecastReader:
        """Reads what is forecast now, and what would be."""
        return self.services.forecasts

    @property
    def author(self) -> Author:
        """Who changes something by this request."""
        assert self.identity is not None  # the role that every change needs
        return Author(self.identity.name, self.identity.token)


class Answer(NamedTuple):
    """What one status of an operation means.

    ``body`` is the type of the JSON; where there is another ``media_type``, None.
    """

    description: str
    body: type[BaseModel] | None = None
    media_types: Sequence[str] = (JSON_TYPE,)
    headers: Sequence[str] = ()


@dataclass(frozen=True)
class Operation:
    """An operation of the API; see ``Operations.add``."""

    view: Callable[..., Reply | Writing]
    method: Method
    rule: str
    summary: str
    description: str
    tag: str
    role: Role
    query: type[Query]
    body: type[BaseModel] | None
    answers: Mapping[int, Answer]
    errors: Mapping[int, str]
    example: Any
    is_conditional: bool

    @property
    def id(self) -> str:
        """Name of the operation, as clients made from the document call it."""
        return self.view.__name__

    @property
    def writes(self) -> bool:
        """Whether it is not a mere reading."""
        return self.method != "GET"


class Operations:
    """The operations of one tag.

    Parameters
    ----------
    tag : str
    description : str
        What the resource is, for the documentation.
    """

    def __init__(self, tag: str, description: str) -> None:
        self.tag, self.description = tag, description
        self.declared: list[Operation] = []

    def add[V: Callable[..., Reply | Writing]](
        self,
        method: Method,
        rule: str,
        answers: Mapping[int, Answer],
        *,
        role: Role = "viewer",
        query: type[Query] = NoQuery,
        body: type[BaseModel] | None = None,
        errors: Mapping[int, str] | None = None,
        example: Any = None,
        is_conditional: bool = False,
    ) -> Callable[[V], V]:
        """Declare that a view is an operation.

        Parameters
        ----------
        method, rule : str
            What is asked for; the rule is below /api/v1, in Flask's notation.
        answers : mapping of Answer, by status
            Of success.
        role : str
            The least that who asks must have.
        query : type
            Of the parameters.
        body : type, optional
            Of the JSON; there is none unless given.
        errors : mapping of str, by status
            What each refusal means that is not one of every operation of its sort.
        example : optional
            Of a body.
        is_conditional : bool
            Whether a write heeds If-Match.
        """

        def declare(view: V) -> V:
            summary, _, description = (view.__doc__ or "").partition("\n\n")
            operation = Operation(
                view,
                method,
                rule,
                summary.removesuffix("."),
                "\n".join(line.strip() for line in description.splitlines()).strip(),
                self.tag,
                role,
                query,
                body,
                answers,
                dict(errors or {}),
                example,
                is_conditional,
            )
            self.declared.append(operation)
            return view

        return declare
