"""Arguments: propositions between reports and scenarios."""

from deciban.priors import Argument
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


class ArgumentWritten(ChangeEffect):
    """An argument as it is kept now, and what that does to forecasts."""

    argument: Argument


class ArgumentPage(Page):
    """A page of the arguments of a case."""

    arguments: list[Argument]


_ARGUMENT = ItemKind(
    "argument",
    "arguments",
    Argument,
    lambda casebook: casebook.priors.arguments,
    lambda argument: argument.id,
    ArgumentWritten,
    ArgumentPage,
    {
        "id": "shells-run-out",
        "statement": "Russia fires shells faster than it can make them",
        "bears_on": [
            {"scenario": "munitions", "direction": "supports", "strength": "strong"}
        ],
    },
)

operations = Operations(
    "arguments",
    "Propositions between reports and scenarios: reports speak for or against them, "
    "they for or against scenarios.",
)
declare_listing(operations, _ARGUMENT)
declare_adding(operations, _ARGUMENT)
declare_reading(operations, _ARGUMENT)
declare_changing(operations, _ARGUMENT)
declare_taking_out(operations, _ARGUMENT)
