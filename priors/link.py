"""A link: how one scenario's outcome changes the probability of another."""

from collections.abc import Iterator, Mapping, Set
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from deciban.evidence.items import (
    Identifier,
    RuledItem,
    Strength,
    Text,
    forms,
    given,
    in_form,
)
from deciban.priors.prior import Probability

__all__ = ["Link"]


class Link(RuledItem):
    """How the outcome of one scenario, ``if``, changes the probability of another.

    Either ``probability``, that of ``then`` where ``if`` occurs and nothing else is
    known; or a ``direction`` and a word of ``strength``.
    """

    model_config = ConfigDict(populate_by_name=True) | forms(
        in_form("probability", without=("direction", "strength")),
        in_form("direction", "strength", without=("probability",)),
    )

    if_: Annotated[Identifier, Field(alias="if")]
    then: Identifier
    probability: Probability | None = None
    direction: Literal["raises", "lowers"] | None = None
    strength: Strength | None = None
    because: Text | None = None

    @classmethod
    def _broken(cls, written: Mapping[str, Any], bad: Set[str]) -> Iterator[str]:
        if cls._has_other_keys(written):
            return
        measures = given(written, "probability", "direction", "strength")
        if measures not in (["probability"], ["direction", "strength"]):
            yield (
                "must have either a probability, or a direction, raises or lowers, "
                f"with a strength, got {' and '.join(measures) or 'none'}"
            )
