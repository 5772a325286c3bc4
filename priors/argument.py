"""An argument: a proposition between reports and scenarios."""

from collections import Counter
from collections.abc import Iterator, Mapping, Set
from typing import Annotated, Any

from pydantic import BaseModel, Field

from deciban.evidence.items import (
    Identifier,
    Item,
    Likelihoods,
    MeasuredItem,
    RuledItem,
    Text,
)

__all__ = ["Argument", "ArgumentBearing"]


class _Target(Item):
    scenario: Identifier


class ArgumentBearing(MeasuredItem, _Target):
    """What an argument would say of one scenario if it were established.

    Exactly one measure of how strongly: see ``MeasuredItem``.
    """

    likelihoods: Likelihoods | None = None

    @property
    def target(self) -> tuple[str, str]:
        """Kind and id of what it bears on."""
        return "scenario", self.scenario


class Argument(RuledItem):
    """A proposition between reports and scenarios: at even odds before any report."""

    id: Identifier
    statement: Text
    because: Text | None = None
    bears_on: Annotated[tuple[ArgumentBearing, ...], Field(strict=False)] = ()

    @classmethod
    def _broken(cls, written: Mapping[str, Any], bad: Set[str]) -> Iterator[str]:
        named = Counter(
            name
            for bearing in _listed(written.get("bears_on"))
            if isinstance(name := bearing.get("scenario"), str)
        )
        if twice := [repr(name) for name, n in named.items() if n > 1]:
            yield (
                f"must bear once only on each scenario, got {', '.join(twice)} twice"
            )


def _listed(written: Any) -> list[Mapping[str, Any]]:
    """Take the mappings of a list; whatever is none is refused elsewhere."""
    if not isinstance(written, list | tuple):
        return []
    items = (dict(one) if isinstance(one, BaseModel) else one for one in written)
    return [one for one in items if isinstance(one, Mapping)]
