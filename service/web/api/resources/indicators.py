"""Indicators: what is to be seen by a day, if a scenario comes true."""

from deciban.priors import Indicator
from deciban.service.web.api.items import ItemKind, declare_items
from deciban.service.web.api.operation import Operations

__all__ = ["operations"]

operations = Operations(
    "indicators",
    "Signs that are to be seen by a day. Seen, a report names them; unseen, once "
    "somebody has looked, their absence is evidence.",
)

declare_items(
    operations,
    ItemKind(
        "indicator",
        Indicator,
        lambda indicator: indicator.id,
        {
            "id": "parade",
            "sign": "Russian units march at a parade in Pyongyang",
            "bears_on": {"scenario": "treaty", "if_true": 0.4, "if_false": 0.05},
            "due": "2025-10-10",
        },
    ),
)
