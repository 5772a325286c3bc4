"""Links: how the outcome of one scenario changes another."""

from deciban.model.casebook.index import link_key
from deciban.priors import Link
from deciban.service.web.api.changed_forecasts import ChangeEffect
from deciban.service.web.api.items import (
    ItemKind,
    Page,
    declare_adding,
    declare_changing,
    declare_listing,
    declare_reading,
    declare_taking_out,
)
from deciban.service.web.api.operation import Operations

__all__ = ["operations"]


class LinkWritten(ChangeEffect):
    """A link as it is kept now, and what that does to forecasts."""

    link: Link


class LinkPage(Page):
    """A page of the links of a case."""

    links: list[Link]


_LINK = ItemKind(
    "link",
    "links",
    Link,
    lambda casebook: casebook.priors.links,
    lambda link: link_key(link.if_, link.then),
    LinkWritten,
    LinkPage,
    {"if": "munitions", "then": "sanctions", "probability": 0.6},
)

operations = Operations(
    "links",
    "How the outcome of one scenario changes the probability of another. A link is "
    "named IF--THEN.",
)
declare_listing(operations, _LINK)
declare_adding(operations, _LINK)
declare_reading(operations, _LINK)
declare_changing(operations, _LINK)
declare_taking_out(operations, _LINK)
