"""Rivals: scenarios of which exactly one, or at most one, comes true."""

from typing import Annotated

from pydantic import Field

from deciban.evidence.items import NONE_OF_THEM, Identifier, Item, Text
from deciban.priors.prior import Prior

__all__ = ["MAX_RIVALS", "Rivals"]

MAX_RIVALS = 40


class Rivals(Item):
    """A set of scenarios that exclude each other.

    Without ``none`` exactly one of them comes true; with it at most one, and ``none``
    is the prior probability that none does.
    """

    id: Identifier
    scenarios: Annotated[
        tuple[Identifier, ...],
        Field(strict=False, min_length=2, max_length=MAX_RIVALS),
    ]
    none: Prior | None = None
    because: Text | None = None

    @property
    def answers(self) -> tuple[str, ...]:
        """What can come true: the scenarios by id, and that none of them does."""
        none = () if self.none is None else (NONE_OF_THEM,)
        return (*sorted(self.scenarios), *none)
