"""The priors file: what a case's forecasters believe before any report.

Scenarios with their priors, the arguments that stand between reports and scenarios, the
links between scenarios, and the case's own scales.
"""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Self

from pydantic import Field, ValidationError, model_validator
from pydantic_core import InitErrorDetails

from deciban.evidence.items import (
    MAX_TEXT_LENGTH,
    NO_CONTROL_CHARACTERS,
    Identifier,
    Item,
    Text,
    broken_rule,
    repeated_ids,
    written_ids,
    written_items,
)
from deciban.priors.argument import Argument
from deciban.priors.link import Link
from deciban.priors.scales import Scales
from deciban.priors.scenario import Scenario

__all__ = ["CaseHeader", "PriorsFile", "priors_problems"]


class CaseHeader(Item):
    """What a priors file says of its case, apart from its lists."""

    case: Identifier
    title: Text
    description: Annotated[
        str, Field(max_length=MAX_TEXT_LENGTH, pattern=NO_CONTROL_CHARACTERS)
    ] = ""
    half_life_days: Annotated[float, Field(gt=0)] | None = None
    scales: Scales = Scales()


class PriorsFile(CaseHeader):
    """The priors file: what was believed before any report."""

    scenarios: Annotated[tuple[Scenario, ...], Field(strict=False)]
    arguments: Annotated[tuple[Argument, ...], Field(strict=False)] = ()
    links: Annotated[tuple[Link, ...], Field(strict=False)] = ()

    @model_validator(mode="after")
    def _items_agree(self) -> Self:
        if problems := list(priors_problems(self.model_dump(by_alias=True))):
            raise ValidationError.from_exception_data("PriorsFile", problems)
        return self


def priors_problems(data: Any) -> Iterator[InitErrorDetails]:
    """Find what breaks the rules between items: ids, references and cycles of links.

    Parameters
    ----------
    data : mapping
        A priors file as written, which may break any other rule as well.

    Yields
    ------
    InitErrorDetails
        Place, rule and value, as pydantic reports them.
    """
    links = written_items(data, "links")
    if isinstance(data, Mapping) and data.get("scenarios") in ([], ()):
        yield broken_rule(("scenarios",), "must hold at least one scenario", None)
    yield from repeated_ids(data, "scenarios")
    yield from repeated_ids(data, "arguments")
    known = written_ids(data, "scenarios")
    for i, argument in written_items(data, "arguments"):
        for j, bearing in written_items(argument, "bears_on"):
            yield from _unknown(("arguments", i, "bears_on", j), bearing, known)
    for i, link in links:
        yield from _unknown(("links", i), link, known)
    yield from _cycles(links)


def _unknown(
    place: tuple[str | int, ...], item: Mapping[str, Any], known: set[Any]
) -> Iterator[InitErrorDetails]:
    for key in ("scenario", "if", "then"):
        name = item.get(key)
        if isinstance(name, str) and name not in known:
            yield broken_rule((*place, key), "must be one of the scenarios", name)


def _cycles(links: list[tuple[int, Mapping[str, Any]]]) -> Iterator[InitErrorDetails]:
    """Refuse each link that repeats another or leads back to its own start."""
    effects: dict[Any, list[Any]] = {}
    for i, link in links:
        cause, effect = link.get("if"), link.get("then")
        if not isinstance(cause, str) or not isinstance(effect, str):
            continue
        if effect in effects.get(cause, ()):
            yield broken_rule(
                ("links", i), "must be written once only", f"{cause} -> {effect}"
            )
        elif cause in _reached(effect, effects):
            yield broken_rule(
                ("links", i), "must not close a cycle of links", f"{cause} -> {effect}"
            )
        else:
            effects.setdefault(cause, []).append(effect)


def _reached(start: Any, effects: Mapping[Any, list[Any]]) -> set[Any]:
    reached, waiting = {start}, [start]
    while waiting:
        for effect in effects.get(waiting.pop(), ()):
            if effect not in reached:
                reached.add(effect)
                waiting.append(effect)
    return reached
