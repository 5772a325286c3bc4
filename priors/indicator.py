"""An indicator: what is to be seen by a day, if a scenario comes true."""

from typing import Annotated

from pydantic import Field

from deciban.evidence.items import Day, Identifier, Item, Text

__all__ = ["Indicator", "IndicatorBearing"]

type _Chance = Annotated[float, Field(gt=0, lt=1)]


class IndicatorBearing(Item):
    """How probable it is that the sign is seen, if a scenario comes true and if not."""

    scenario: Identifier
    if_true: _Chance
    if_false: _Chance


class Indicator(Item):
    """A sign that is to be seen by a day, ``due``.

    Seen, it is a report, which names it. Unseen on a day from then on on which somebody
    looked, its absence is evidence. Before, it is none.
    """

    id: Identifier
    sign: Text
    bears_on: IndicatorBearing
    due: Day
    because: Text | None = None
