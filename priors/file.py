"""The priors file: what a case's forecasters believe before any report.

Scenarios with their priors, the arguments that stand between reports and scenarios, the
links between scenarios, and the case's own scales.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, ValidationError, model_validator
from pydantic_core import InitErrorDetails

from deciban.evidence.items import (
    MAX_TEXT_LENGTH,
    NO_CONTROL_CHARACTERS,
    Identifier,
    Item,
    Text,
    broken_rule,
    composed,
    meant,
    repeated_ids,
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
        str,
        BeforeValidator(composed),
        Field(max_length=MAX_TEXT_LENGTH, pattern=NO_CONTROL_CHARACTERS),
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
        if problems := list(priors_problems(self)):
            raise ValidationError.from_exception_data("PriorsFile", problems)
        return self


def priors_problems(priors: PriorsFile) -> Iterator[InitErrorDetails]:
    """Find what breaks the rules between items: ids, references and cycles of links.

    Parameters
    ----------
    priors : PriorsFile
        Or the ``readable_part`` of one.

    Yields
    ------
    InitErrorDetails
        Place, rule and value, as pydantic reports them.
    """
    scenarios, links = priors.scenarios or (), priors.links or ()
    arguments = priors.arguments or ()
    if priors.scenarios == ():
        yield broken_rule(("scenarios",), "must hold at least one scenario", None)
    yield from repeated_ids("scenarios", scenarios)
    yield from repeated_ids("arguments", arguments)
    named: list[tuple[tuple[str | int, ...], str]] = [
        (("arguments", i, "bears_on", j, "scenario"), bearing.scenario)
        for i, argument in enumerate(arguments)
        for j, bearing in enumerate(argument.bears_on or ())
    ]
    for i, link in enumerate(links):
        named += [(("links", i, "if"), link.if_), (("links", i, "then"), link.then)]
    known = {scenario.id for scenario in scenarios}
    for place, name in named:
        if name is not None and name not in known:
            rule = f"must be one of the scenarios{meant(name, known)}"
            yield broken_rule(place, rule, name)
    yield from _cycles(links)


def _cycles(links: Sequence[Link]) -> Iterator[InitErrorDetails]:
    """Refuse each link that repeats another or leads back to its own start."""
    effects: dict[str, list[str]] = {}
    for i, link in enumerate(links):
        cause, effect = link.if_, link.then
        if cause is None or effect is None:
            continue
        if effect in effects.get(cause, ()):
            rule = "must be written once only"
        elif way := _way(effect, cause, effects):
            rule = f"must not close a cycle of links, {' -> '.join([cause, *way])}"
        else:
            effects.setdefault(cause, []).append(effect)
            continue
        yield broken_rule(("links", i), rule, f"{cause} -> {effect}")


def _way(start: str, end: str, effects: Mapping[str, list[str]]) -> list[str]:
    """Find a way along links, both ends included; empty where there is none."""
    before: dict[str, str | None] = {start: None}
    waiting = [start]
    while waiting and end not in before:
        name = waiting.pop()
        for effect in effects.get(name, ()):
            if effect not in before:
                before[effect] = name
                waiting.append(effect)
    way: list[str] = []
    at: str | None = end if end in before else None
    while at is not None:
        way.append(at)
        at = before[at]
    return way[::-1]
