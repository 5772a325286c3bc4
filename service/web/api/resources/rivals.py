"""Rivals: scenarios of which one comes true."""

from deciban.priors import Rivals
from deciban.service.web.api.items import ItemKind, declare_items
from deciban.service.web.api.operation import Operations

__all__ = ["operations"]

operations = Operations(
    "rivals",
    "Sets of scenarios of which exactly one comes true, or at most one where `none` is "
    "the prior probability that none does.",
)

declare_items(
    operations,
    ItemKind(
        "rivals",
        Rivals,
        lambda rivals: rivals.id,
        {"id": "cup", "scenarios": ["reds-win", "blues-win", "greens-win"]},
    ),
)
