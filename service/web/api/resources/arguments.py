"""Arguments: propositions between reports and scenarios."""

from deciban.priors import Argument
from deciban.service.web.api.items import ItemKind, declare_items
from deciban.service.web.api.operation import Operations

__all__ = ["operations"]

operations = Operations(
    "arguments",
    "Propositions between reports and scenarios: reports speak for or against them, "
    "they for or against scenarios.",
)

declare_items(
    operations,
    ItemKind(
        "argument",
        Argument,
        lambda argument: argument.id,
        {
            "id": "shells-run-out",
            "statement": "Russia fires shells faster than it can make them",
            "bears_on": [
                {"scenario": "munitions", "direction": "supports", "strength": "strong"}
            ],
        },
    ),
)
