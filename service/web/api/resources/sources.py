"""Sources: who publishes, or said it first."""

from deciban.evidence import Source
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


class SourceWritten(ChangeEffect):
    """A source as it is kept now, and what that does to forecasts."""

    source: Source


class SourcePage(Page):
    """A page of the sources of a case."""

    sources: list[Source]


_SOURCE = ItemKind(
    "source",
    "sources",
    Source,
    lambda casebook: casebook.evidence.sources,
    lambda source: source.id,
    SourceWritten,
    SourcePage,
    {"id": "kcna", "name": "Korean Central News Agency", "reliability": "D"},
)

operations = Operations(
    "sources",
    "Who publishes, or said it first, with an Admiralty grade of reliability.",
)
declare_listing(operations, _SOURCE)
declare_adding(operations, _SOURCE)
declare_reading(operations, _SOURCE)
declare_changing(operations, _SOURCE)
declare_taking_out(operations, _SOURCE)
