"""One item of evidence: a claim that a source published on a day, and what it bears on.

The types are what a person writes, in the evidence file or over HTTP.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Set
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from deciban.evidence.items import (
    Credibility,
    Day,
    Identifier,
    Item,
    MeasuredItem,
    Reliability,
    RuledItem,
    Text,
    given,
    one_of,
)

__all__ = ["Bearing", "Report", "Source"]


class Source(Item):
    """Who publishes, or said it first, with an Admiralty grade A to F."""

    id: Identifier
    name: Annotated[Text, Field(max_length=200)]
    reliability: Reliability
    because: Text | None = None


class _Target(Item):
    argument: Identifier | None = None
    scenario: Identifier | None = None


class Bearing(MeasuredItem, _Target):
    """What a report says of one argument or scenario, and how strongly.

    Exactly one target, ``argument`` or ``scenario``, and exactly one measure of how
    diagnostic the claim would be if it were genuine: see ``MeasuredItem``.
    """

    @classmethod
    def _broken(cls, written: Mapping[str, Any], bad: Set[str]) -> Iterator[str]:
        targets = given(written, "argument", "scenario")
        if len(targets) != 1 and not cls._has_other_keys(written):
            yield one_of("argument, scenario", targets)
        yield from super()._broken(written, bad)


def _digit(value: Any) -> Any:
    """Refuse what only equals a digit: true, or 1.0."""
    if type(value) is not int:
        rule = "must be one of 1, 2, 3, 4, 5, 6"
        if value in ("1", "2", "3", "4", "5", "6"):
            rule += ": remove the quotation marks"
        raise ValueError(rule)
    return value


class Report(RuledItem):
    """One item of evidence.

    ``origin`` is who said it first, where ``source`` only relays it. A report that
    ``repeats`` another brings no bearings of its own: it adds its source to those who
    relay the other. ``ages`` is false for a report about a fixed past fact.
    """

    id: Identifier
    claim: Text
    source: Identifier
    origin: Identifier | None = None
    repeats: Identifier | None = None
    credibility: Annotated[Credibility, BeforeValidator(_digit)]
    published: Day
    reference: Text | None = None
    url: Text | None = None
    ages: bool = True
    because: Text | None = None
    bears_on: Annotated[tuple[Bearing, ...], Field(strict=False)] = ()

    @classmethod
    def _broken(cls, written: Mapping[str, Any], bad: Set[str]) -> Iterator[str]:
        repeats = written.get("repeats")
        bearings = written.get("bears_on")
        if not isinstance(bearings, list | tuple):
            return
        if repeats is not None and bearings:
            yield (
                "must have repeats or bears_on, not both, since what a repeat bears on "
                f"is written at the report it repeats, got repeats {repeats!r} "
                f"and {len(bearings)} in bears_on"
            )
        targets = [target for one in bearings if (target := _target(one))]
        if len({*targets}) < len(targets):
            twice = [repr(name) for (_, name), n in Counter(targets).items() if n > 1]
            yield (
                "must bear once only on each argument and scenario, got "
                f"{', '.join(twice)} twice"
            )

    @property
    def speaker(self) -> str:
        """Id of the source that said it: the origin, or else the publisher."""
        return self.origin or self.source


def _target(bearing: Any) -> tuple[str, str] | None:
    """Take what a bearing is on, its kind and id; None where that is refused anyway."""
    written = bearing.__dict__ if isinstance(bearing, Bearing) else bearing
    if not isinstance(written, dict):
        return None
    kinds = given(written, "argument", "scenario")
    if len(kinds) != 1 or not isinstance(name := written[kinds[0]], str):
        return None
    return kinds[0], name
