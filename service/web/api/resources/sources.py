"""Sources: who publishes, or said it first."""

from deciban.evidence import Source
from deciban.service.web.api.items import ItemKind, declare_items
from deciban.service.web.api.operation import Operations

__all__ = ["operations"]

operations = Operations(
    "sources",
    "Who publishes, or said it first, with an Admiralty grade of reliability.",
)

declare_items(
    operations,
    ItemKind(
        "source",
        Source,
        lambda source: source.id,
        {"id": "kcna", "name": "Korean Central News Agency", "reliability": "D"},
    ),
)
