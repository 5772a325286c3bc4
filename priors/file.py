"""The priors file: what a case's forecasters believe before any report.

Scenarios with their priors, the arguments that stand between reports and scenarios, the
links between scenarios, sets of rivals, and the case's own scales.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, ValidationError, model_validator
from pydantic_core import InitErrorDetails

from deciban.evidence.items import (
    MAX_TEXT_LENGTH,
    NO_CONTROL_CHARACTERS,
    NONE_OF_THEM,
    CaseIdentifier,
    Day,
    Item,
    Known,
    Text,
    broken_rule,
    composed,
    repeated_ids,
)
from deciban.priors.argument import Argument
from deciban.priors.indicator import Indicator
from deciban.priors.link import Link
from deciban.priors.rivals import Rivals
from deciban.priors.scales import Scales
from deciban.priors.scenario import Scenario

__all__ = ["CaseHeader", "PriorsFile", "priors_problems"]


def _numbers(written: Any) -> Any:
    """Refuse the name of a file: whoever reads files puts its numbers in its place."""
    if isinstance(written, str):
        raise ValueError(
            "must be numbers, for only a priors file that is read on the command line "
            "can name a file of scales"
        )
    return written


class CaseHeader(Item):
    """What a priors file says of its case, apart from its lists."""

    case: CaseIdentifier
    title: Text
    description: Annotated[
        str,
        Field(max_length=MAX_TEXT_LENGTH, pattern=NO_CONTROL_CHARACTERS),
        BeforeValidator(composed),
    ] = ""
    half_life_days: Annotated[float, Field(gt=0)] | None = None
    reviewed: Day | None = None
    scales: Annotated[Scales, BeforeValidator(_numbers)] = Scales()


class PriorsFile(CaseHeader):
    """The priors file: what was believed before any report."""

    scenarios: Annotated[tuple[Scenario, ...], Field(strict=False)]
    arguments: Annotated[tuple[Argument, ...], Field(strict=False)] = ()
    links: Annotated[tuple[Link, ...], Field(strict=False)] = ()
    rivals: Annotated[tuple[Rivals, ...], Field(strict=False)] = ()
    indicators: Annotated[tuple[Indicator, ...], Field(strict=False)] = ()

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
    rivals = priors.rivals or ()
    for i, one in enumerate(rivals):
        named += [
            (("rivals", i, "scenarios", j), name)
            for j, name in enumerate(one.scenarios or ())
        ]
    indicators = priors.indicators or ()
    for i, indicator in enumerate(indicators):
        if indicator.bears_on is not None:
            on = indicator.bears_on.scenario
            named.append((("indicators", i, "bears_on", "scenario"), on))
    known = Known.ids(scenarios)
    for place, name in named:
        if name is not None and name not in known:
            rule = f"must be one of the scenarios{known.meant(name)}"
            yield broken_rule(place, rule, name)
    yield from repeated_ids("rivals", rivals)
    yield from repeated_ids("indicators", indicators)
    yield from _rivals(rivals, {scenario.id: scenario for scenario in scenarios})
    yield from _cycles(links, rivals)


def _rivals(
    rivals: Sequence[Rivals], scenarios: Mapping[str, Scenario]
) -> Iterator[InitErrorDetails]:
    """Refuse sets whose members are no answers to one question, or of too many."""
    taken: set[str] = set()
    for i, one in enumerate(rivals):
        place = ("rivals", i, "scenarios")
        names = one.scenarios or ()
        for j, name in enumerate(names):
            if name in taken:
                yield broken_rule((*place, j), "must have rivals in one set only", name)
            taken.add(name)
        if one.none is not None and NONE_OF_THEM in names:
            rule = "must not name a scenario `none` where none of them may come true"
            yield broken_rule(place, rule, NONE_OF_THEM)
        members = [scenarios[name] for name in names if name in scenarios]
        windows = {(member.opens, member.closes) for member in members}
        if len(windows) > 1:
            dates = ", ".join(sorted(f"{a} to {b}" for a, b in windows))
            yield broken_rule(place, "must be scenarios of one window", dates)
        if ticking := [m.id for m in members if m.hazard == "constant"]:
            rule = "must be scenarios whose hazard is none"
            yield broken_rule(place, rule, ", ".join(ticking))
        ends = {m.id: m.outcome.occurred for m in members if m.outcome}
        occurred = [name for name, end in ends.items() if end is True]
        if len(occurred) > 1:
            rule = "must be scenarios of which at most one occurred"
            yield broken_rule(place, rule, ", ".join(occurred))
        denied = [name for name, end in ends.items() if end is False]
        if members and len(denied) == len(members) and one.none is None:
            rule = "must leave a scenario that may have occurred, as one of them must"
            yield broken_rule(place, rule, ", ".join(denied))


def _cycles(
    links: Sequence[Link], rivals: Sequence[Rivals]
) -> Iterator[InitErrorDetails]:
    """Refuse each link that repeats another, joins rivals, or is part of a cycle.

    Rivals are one question: a way out of their set and back into it is a cycle.
    """
    question = {s: f"rivals {one.id}" for one in rivals for s in one.scenarios or ()}
    written: set[tuple[str, str]] = set()
    effects: dict[str, dict[str, int]] = {}  # to the number of the link
    for i, link in enumerate(links):
        cause, effect = link.if_, link.then
        if cause is None or effect is None:
            continue
        start, end = question.get(cause, cause), question.get(effect, effect)
        if (cause, effect) in written:
            rule = "must be written once only"
        elif start == end and cause != effect:
            rule = "must not link a scenario to its rival"
        elif way := _way(end, start, effects):
            rule = f"must not close a cycle of links, {' -> '.join([start, *way])}"
            for n in (effects[one][next_one] for one, next_one in pairwise(way)):
                part = f"{links[n].if_} -> {links[n].then}"
                yield broken_rule(("links", n), rule, part)
        else:
            written.add((cause, effect))
            effects.setdefault(start, {}).setdefault(end, i)
            continue
        yield broken_rule(("links", i), rule, f"{cause} -> {effect}")


def _way(start: str, end: str, effects: Mapping[str, Iterable[str]]) -> list[str]:
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
