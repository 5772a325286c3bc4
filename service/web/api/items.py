"""What all kinds of items of a casebook have in common: read, add, change, take out.

Scenarios, arguments, links, sources and reports are lists of a casebook's files. Here
their operations are made from one description of each kind.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, Field

from deciban.evidence.items import Text
from deciban.model.casebook.casebook import Casebook
from deciban.model.casebook.changes import Change
from deciban.model.casebook.index import Kind
from deciban.priors import Scenario
from deciban.service.web.api.changed_forecasts import (
    ChangeEffect,
    EffectQuery,
    effect_of,
)
from deciban.service.web.api.operation import (
    Answer,
    Call,
    Operations,
    Query,
    Reply,
    Said,
    Writing,
)
from deciban.service.web.api.paging import PageQuery, page
from deciban.service.web.api.problems import Finding, ProblemError

__all__ = [
    "BecauseQuery",
    "ChangeQuery",
    "ItemKind",
    "Page",
    "ReasonQuery",
    "casebook_and_revision",
    "declare_adding",
    "declare_changing",
    "declare_listing",
    "declare_reading",
    "declare_taking_out",
    "find",
]


class Page(Said):
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
        As changes name it.
    plural : str
        As paths name it.
    item : type
        Of one.
    items : callable
        Those of a casebook.
    key : callable
        Of an item.
    written : type
        What is answered when one is written: an ``ChangeEffect`` with the item.
    listed : type
        A page of them.
    example : dict
        A body.
    """

    kind: Kind
    plural: str
    item: type[BaseModel]
    items: Callable[[Casebook], Sequence[Any]]
    key: Callable[[Any], str]
    written: type[ChangeEffect]
    listed: type[Page]
    example: dict[str, Any]


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
    rule = f"must be one of the {what.plural} of {casebook.case}, got {key!r}"
    raise ProblemError("unknown-item", f"{what.kind} {rule}")


def added(what: ItemKind, casebook: Casebook | None, item: Any) -> list[Change]:
    """Make the change that adds an item.

    Raises
    ------
    ProblemError
        If there is one of its key already.
    """
    key = what.key(item)
    if casebook and key in casebook.index.items[what.kind]:
        rule = f"must not be that of another {what.kind}"
        place = "#/id" if "id" in type(item).model_fields else "#"
        finding = Finding(pointer=place, detail=rule, value=key)
        raise ProblemError("already-there", f"id {rule}, got {key!r}", [finding])
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


def declare_listing(group: Operations, what: ItemKind) -> None:
    """Declare how items are listed, in the order of their keys."""

    def listing(call: Call[PageQuery, None], case: str) -> Reply:
        casebook, revision = casebook_and_revision(call, case)
        items, after = page(
            what.items(casebook), lambda item: (what.key(item),), call.query
        )
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
    reading.__doc__ = f"Read one {what.kind}.\n\nAs its file writes it."
    answers = {200: Answer(f"The {what.kind}.", what.item, headers=("ETag",))}
    group.add("GET", _rule(what), answers)(reading)


def declare_adding(group: Operations, what: ItemKind) -> None:
    """Declare how an item is added."""

    def adding(call: Call[ChangeQuery, Any], case: str) -> Writing:
        item = call.body

        def changes(casebook: Casebook | None) -> list[Change]:
            return added(what, casebook, item)

        effect = effect_of(call, case, changes)

        def answer(revision: int) -> Reply:
            place = f"/api/v1/cases/{case}/{what.plural}/{what.key(item)}"
            return _written(what, item, revision, effect, 201, {"Location": place})

        return Writing(case, changes, answer, call.query.because)

    adding.__name__ = f"add_{what.kind}"
    adding.__doc__ = (
        f"Add a {what.kind}.\n\n"
        f"Takes a {what.kind} as its file writes it, and answers at once what it does "
        "to the forecasts that it touches, links included, read from the draws of the "
        "current fit. The refit follows by itself."
    ).replace("a argument", "an argument")
    headers = ("Location", "ETag")
    answers = {201: Answer(f"The {what.kind} is kept.", what.written, headers=headers)}
    group.add(
        "POST",
        f"/cases/<case>/{what.plural}",
        answers,
        role="forecaster",
        query=ChangeQuery,
        body=what.item,
        errors={409: f"There is a {what.kind} of this id already."},
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

        effect = effect_of(call, case, changes)

        def answer(revision: int) -> Reply:
            return _written(what, item, revision, effect, 200, {})

        return Writing(case, changes, answer, call.query.because)

    changing.__name__ = f"change_{what.kind}"
    changing.__doc__ = (
        f"Change a {what.kind}.\n\n"
        f"Puts the {what.kind} in the body in the place of the one there is, with a "
        "reason; what it was before stays in the history. Answers what that does to "
        "the forecasts."
        + (
            " An outcome in the body is put too; without one the outcome stays."
            if what.kind == "scenario"
            else ""
        )
    ).replace("a argument", "an argument")
    answers = {
        200: Answer(f"The {what.kind} is changed.", what.written, headers=("ETag",))
    }
    group.add(
        "PUT",
        _rule(what),
        answers,
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

        effect = effect_of(call, case, changes)

        def answer(revision: int) -> Reply:
            done = effect.model_copy(update={"revision": revision})
            return Reply(done, etag=str(revision))

        return Writing(case, changes, answer, call.query.because)

    taking_out.__name__ = f"take_out_{what.kind}"
    taking_out.__doc__ = (
        f"Take out a {what.kind}.\n\n"
        "With a reason. It stays in the history, and in every past forecast; refused "
        "while something else in the case refers to it."
    ).replace("a argument", "an argument")
    answers = {
        200: Answer(f"The {what.kind} is taken out.", ChangeEffect, headers=("ETag",))
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


def _written(
    what: ItemKind,
    item: Any,
    revision: int,
    effect: ChangeEffect,
    status: int,
    headers: dict[str, str],
) -> Reply:
    fields = dict(effect) | {what.kind: item, "revision": revision}
    return Reply(what.written(**fields), status, headers, etag=str(revision))
