"""What all kinds of items of a casebook have in common: read, add, change, take out.

Scenarios, arguments, links, rivals, sources and reports are lists of a casebook's
files. Here their operations are made from one description of each kind.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from types import GenericAlias
from typing import Annotated, Any

from pydantic import BaseModel, Field, create_model

from deciban.evidence.items import Known, Text
from deciban.model.casebook.casebook import Casebook
from deciban.model.casebook.changes import Change
from deciban.model.casebook.index import Kind
from deciban.priors import Scenario
from deciban.service.web.api.changed_forecasts import (
    ChangeEffect,
    EffectQuery,
    writing,
)
from deciban.service.web.api.operation import (
    Answer,
    AnswerBody,
    Call,
    Operations,
    Query,
    Reply,
    Writing,
)
from deciban.service.web.api.paging import PageQuery, page
from deciban.service.web.api.problems import ProblemError, RequestFault

__all__ = [
    "BecauseQuery",
    "ChangeQuery",
    "ItemKind",
    "Page",
    "ReasonQuery",
    "casebook_and_revision",
    "declare_adding",
    "declare_changing",
    "declare_items",
    "declare_reading",
    "find",
]


class Page(AnswerBody):
    """A page of a list: ``next`` is the cursor of the next one, None after the last."""

    next: str | None
    revision: int


class BecauseQuery(Query):
    """Why something is added, or changed, which must be said here or in the body."""

    because: Annotated[
        Text | None,
        Field(
            description="Why; kept in the history. Needed to change what is there, or "
            "to settle a question, unless the body has a new `because` of its own."
        ),
    ] = None


class ChangeQuery(BecauseQuery, EffectQuery):
    """Why something is added, or changed, and whether it is told what that does."""


class ReasonQuery(EffectQuery):
    """Why something is taken out, which must be said."""

    because: Annotated[
        Text, Field(description="Why; kept in the history.", examples=["withdrawn"])
    ]


@dataclass(frozen=True)
class ItemKind:
    """A kind of items.

    Attributes
    ----------
    kind : str
        As changes name it; paths name the list of them by its plural.
    item : type
        Of one.
    key : callable
        Of an item.
    example : dict
        A body.
    """

    kind: Kind
    item: type[BaseModel]
    key: Callable[[Any], str]
    example: dict[str, Any]

    @property
    def plural(self) -> str:
        """Name of a list of them."""
        return self.kind if self.kind == "rivals" else f"{self.kind}s"

    @property
    def noun(self) -> str:
        """Name of one."""
        return "set of rivals" if self.kind == "rivals" else self.kind

    @property
    def one(self) -> str:
        """Name of any one of them."""
        return f"an {self.noun}" if self.noun[0] in "ai" else f"a {self.noun}"

    @cached_property
    def written(self) -> type[ChangeEffect]:
        """The type of what is answered when one is written."""
        fields: Any = {self.kind: self.item}
        return create_model(
            f"{self.kind.capitalize()}Written",
            __base__=ChangeEffect,
            __doc__=f"{self.one.capitalize()} as it is kept now, and what that does to "
            "forecasts.",
            **fields,
        )

    @cached_property
    def listed(self) -> type[Page]:
        """The type of a page of them."""
        fields: Any = {self.plural: GenericAlias(list, self.item)}
        return create_model(
            f"{self.kind.capitalize()}Page",
            __base__=Page,
            __doc__=f"A page of the {self.plural} of a case.",
            **fields,
        )


def casebook_and_revision(call: Call[Any, Any], case: str) -> tuple[Casebook, int]:
    """Read a case as it is now."""
    current = call.forecasts.current(case)
    return current.casebook, current.head.revision


def find(what: ItemKind, casebook: Casebook, key: str) -> Any:
    """Find an item by its key.

    Raises
    ------
    ProblemError
        If there is none.
    """
    if (item := casebook.index.items[what.kind].get(key)) is not None:
        # A scenario's outcome is an item of its own there.
        return casebook.scenario(key) if what.kind == "scenario" else item
    known = Known(casebook.index.items[what.kind])
    rule = f"must be one of the {what.plural} of {casebook.case}{known.meant(key)}"
    raise ProblemError("unknown-item", f"{what.noun} {rule}, got {key!r}")


def added(what: ItemKind, casebook: Casebook | None, item: Any) -> list[Change]:
    """Make the change that adds an item.

    Raises
    ------
    ProblemError
        If there is one of its key already.
    """
    key = what.key(item)
    if casebook and key in casebook.index.items[what.kind]:
        rule = f"must not be that of another {what.noun}"
        place = "#/id" if "id" in type(item).model_fields else "#"
        fault = RequestFault(pointer=place, detail=rule, value=key)
        raise ProblemError("already-there", f"id {rule}, got {key!r}", [fault])
    return _put(what, key, item)


def _put(what: ItemKind, key: str, item: Any) -> list[Change]:
    """Make the changes that put an item; a scenario's outcome is one of its own."""
    if not isinstance(item, Scenario) or item.outcome is None:
        return [Change(kind=what.kind, key=key, body=item)]
    bare = item.model_copy(update={"outcome": None})
    return [
        Change(kind="scenario", key=key, body=bare),
        Change(kind="outcome", key=key, body=item.outcome),
    ]


def declare_items(group: Operations, what: ItemKind) -> None:
    """Declare how items are listed, added, read, changed and taken out."""
    declare_listing(group, what)
    declare_adding(group, what)
    declare_reading(group, what)
    declare_changing(group, what)
    declare_taking_out(group, what)


def declare_listing(group: Operations, what: ItemKind) -> None:
    """Declare how items are listed, in the order of their keys."""

    def listing(call: Call[PageQuery, None], case: str) -> Reply:
        casebook, revision = casebook_and_revision(call, case)
        keys, after = page(
            list(casebook.index.items[what.kind]), lambda key: (key,), call.query
        )
        items = [find(what, casebook, key) for key in keys]
        fields: Any = {what.plural: items, "next": after, "revision": revision}
        return Reply(what.listed(**fields), etag=str(revision))

    listing.__name__ = f"list_{what.plural}"
    listing.__doc__ = f"List the {what.plural} of a case.\n\nIn the order of their ids."
    answers = {200: Answer(f"A page of {what.plural}.", what.listed, headers=("ETag",))}
    rule = f"/cases/<case>/{what.plural}"
    group.add("GET", rule, answers, query=PageQuery)(listing)


def declare_reading(group: Operations, what: ItemKind) -> None:
    """Declare how one item is read."""

    def reading(call: Call[Query, None], case: str, **path: str) -> Reply:
        casebook, revision = casebook_and_revision(call, case)
        return Reply(find(what, casebook, path[what.kind]), etag=str(revision))

    reading.__name__ = f"get_{what.kind}"
    reading.__doc__ = f"Read one {what.noun}.\n\nAs its file writes it."
    answers = {200: Answer(f"The {what.noun}.", what.item, headers=("ETag",))}
    group.add("GET", _rule(what), answers)(reading)


def declare_adding(group: Operations, what: ItemKind) -> None:
    """Declare how an item is added."""

    def adding(call: Call[ChangeQuery, Any], case: str) -> Writing:
        item, key = call.body, what.key(call.body)
        place = f"/api/v1/cases/{case}/{what.plural}/{key}"

        def changes(casebook: Casebook | None) -> list[Change]:
            return added(what, casebook, item)

        return writing(
            call,
            case,
            changes,
            what.written,
            {what.kind: item},
            status=201,
            headers={"Location": place},
        )

    adding.__name__ = f"add_{what.kind}"
    adding.__doc__ = (
        f"Add {what.one}.\n\n"
        f"Takes {what.one} as its file writes it, and answers at once what it does "
        "to the forecasts that it touches, links included, read from the draws of the "
        "current fit. The refit follows by itself."
    )
    headers = ("Location", "ETag")
    group.add(
        "POST",
        f"/cases/<case>/{what.plural}",
        {201: Answer(f"The {what.noun} is kept.", what.written, headers=headers)},
        role="forecaster",
        query=ChangeQuery,
        body=what.item,
        errors={409: f"There is {what.one} of this id already."},
        example=what.example,
        is_conditional=True,
    )(adding)


def declare_changing(group: Operations, what: ItemKind) -> None:
    """Declare how an item is changed: as a whole."""

    def changing(call: Call[ChangeQuery, Any], case: str, **path: str) -> Writing:
        item, key = call.body, path[what.kind]

        def changes(casebook: Casebook | None) -> list[Change]:
            if casebook is not None:
                find(what, casebook, key)
            return _put(what, key, item)

        return writing(call, case, changes, what.written, {what.kind: item})

    changing.__name__ = f"change_{what.kind}"
    changing.__doc__ = (
        f"Change {what.one}.\n\n"
        f"Puts the {what.noun} in the body in the place of the one there is, with a "
        "reason; what it was before stays in the history. Answers what that does to "
        "the forecasts."
    )
    if what.kind == "scenario":
        changing.__doc__ += (
            " An outcome in the body is put too; without one the outcome stays."
        )
    group.add(
        "PUT",
        _rule(what),
        {200: Answer(f"The {what.noun} is changed.", what.written, headers=("ETag",))},
        role="forecaster",
        query=ChangeQuery,
        body=what.item,
        errors={409: "What is left would not be a casebook."},
        example=what.example,
        is_conditional=True,
    )(changing)


def declare_taking_out(group: Operations, what: ItemKind) -> None:
    """Declare how an item is taken out, with a reason."""

    def taking_out(call: Call[ReasonQuery, None], case: str, **path: str) -> Writing:
        key = path[what.kind]

        def changes(casebook: Casebook | None) -> list[Change]:
            if casebook is not None:
                find(what, casebook, key)
            return [Change(kind=what.kind, key=key)]

        return writing(call, case, changes)

    taking_out.__name__ = f"take_out_{what.kind}"
    taking_out.__doc__ = (
        f"Take out {what.one}.\n\n"
        "With a reason. It stays in the history, and in every past forecast; refused "
        "while something else in the case refers to it."
    )
    answers = {
        200: Answer(f"The {what.noun} is taken out.", ChangeEffect, headers=("ETag",))
    }
    group.add(
        "DELETE",
        _rule(what),
        answers,
        role="forecaster",
        query=ReasonQuery,
        errors={409: "Something else in the case refers to it."},
        is_conditional=True,
    )(taking_out)


def _rule(what: ItemKind) -> str:
    return f"/cases/<case>/{what.plural}/<{what.kind}>"
