"""Links: how the outcome of one scenario changes another."""

from deciban.model.casebook.index import link_key
from deciban.priors import Link
from deciban.service.web.api.items import ItemKind, declare_items
from deciban.service.web.api.operation import Operations

__all__ = ["operations"]

operations = Operations(
    "links",
    "How the outcome of one scenario changes the probability of another. A link is "
    "named IF--THEN.",
)

declare_items(
    operations,
    ItemKind(
        "link",
        Link,
        lambda link: link_key(link.if_, link.then),
        {"if": "munitions", "then": "sanctions", "probability": 0.6},
    ),
)
