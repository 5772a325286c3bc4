"""What is wrong with what was written, in our words: places, rules and values.

Pydantic finds what is wrong with one item. Its wording is for programmers; here each of
its findings becomes a rule that begins with "must", for whoever wrote the file or sent
the request.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails, InitErrorDetails

from deciban.evidence.items import (
    CASE_ID,
    CHARACTER_TO_BE_SEEN,
    NO_CONTROL_CHARACTERS,
    Known,
)
from deciban.evidence.table import Place
from deciban.model.errors import AsItStands

__all__ = ["BrokenRule", "broken_rules", "place_text", "stated_rule"]


class BrokenRule(NamedTuple):
    """One thing wrong: its place in the data, what must hold, what came."""

    place: Place
    rule: str
    value: Any


def broken_rules(
    error: ValidationError, model: type[BaseModel]
) -> Iterator[BrokenRule]:
    """Translate what pydantic found wrong with data for a model.

    Parameters
    ----------
    error : ValidationError
        What ``model`` raised.
    model : type
        A file, or an item of one.

    Yields
    ------
    BrokenRule
        In the order in which pydantic found them.
    """
    for finding in error.errors(include_url=False):
        place = _place(finding["loc"])
        yield BrokenRule(place, *_rule(finding, place, model))


def stated_rule(details: InitErrorDetails) -> BrokenRule:
    """Take apart a rule between items or files that is broken."""
    kind = details["type"]
    rule = kind if isinstance(kind, str) else kind.message()
    return BrokenRule(details.get("loc", ()), rule, details["input"])


def place_text(place: Place) -> str:
    """Write a place as a path.

    Examples
    --------
    >>> place_text(("reports", 3, "bears_on", 0, "strength"))
    'reports[3].bears_on[0].strength'
    """
    parts = (
        f".{part}"
        if isinstance(part, str) and part.isprintable()
        else f"[{part!r}]"  # an index, or a key that would garble a terminal
        for part in place
    )
    return "".join(parts).removeprefix(".")


def _place(loc: Place) -> Place:
    """Drop from pydantic's place what is not in the data."""
    if loc and loc[-1] == "[key]":
        loc = loc[:-1]
    # Of a union the tag stands next, which says what kind of prior it is, or the like.
    return tuple(
        part
        for i, part in enumerate(loc)
        if not (i and loc[i - 1] in _UNIONS and isinstance(part, str))
    )


_UNIONS = (
    "prior",
    "none",
    "noticed",
    "likelihoods",
    "interest",
    "overlap",
    "overlap_in_camp",
    "overlap_in_account",
)


_RULES = {
    "missing": "must be here",
    "string_type": "must be text (quotation marks make it so)",
    "string_unicode": "must be text that UTF-8 can hold",
    "float_type": "must be a number",
    "int_type": "must be a whole number",
    "finite_number": "must be a finite number",
    "bool_type": "must be true or false",
    "tuple_type": "must be a list",
    "list_type": "must be a list",
    "dict_type": "must be a mapping of keys to values",
    "model_type": "must be a mapping of keys to values",
    "model_attributes_type": "must be a mapping of keys to values",
    "string_too_short": "must not be empty",
    "string_too_long": "must have at most {max_length} characters",
    "too_short": "must not be empty",
    "too_long": "must have {max_length} items",
    "greater_than": "must be greater than {gt:.10g}",
    "greater_than_equal": "must be at least {ge:.10g}",
    "less_than": "must be less than {lt:.10g}",
    "less_than_equal": "must be at most {le:.10g}",
}


def _rule(
    finding: ErrorDetails, place: Place, model: type[BaseModel]
) -> tuple[str, Any]:
    kind, context, value = finding["type"], finding.get("ctx", {}), finding["input"]
    if kind == "missing":
        return _RULES[kind], None
    if kind == "too_long" and isinstance(value, str):  # that is composed before
        return _RULES["string_too_long"].format(**context), value
    if kind == "too_long" and context["field_type"] == "List":  # and no pair
        return f"must have at most {context['max_length']} items", value
    if kind in _RULES:
        return _RULES[kind].format(**context) + _help(kind, context, value), value
    if kind in ("extra_forbidden", "invalid_key"):
        keys = _known_keys(model, place[:-1])
        known = f"known keys are {', '.join(keys)}{Known(keys).meant(place[-1])}"
        return f"must not be here; {known}", value
    if kind == "literal_error":
        choices = context["expected"].replace(" or ", ", ")
        came = place[-1] if _is_key(finding) else value
        words = [choice.strip("'") for choice in choices.split(", ")]
        return f"must be one of {choices}{Known(words).meant(came)}", came
    if kind == "string_pattern_mismatch":
        return _rule_of_pattern(context["pattern"], value), value
    message = finding["msg"].removeprefix("Value error, ")
    rule, got, came = message.partition(", got ")
    # What a rule of several keys says came is shorter than all of the item.
    shown = AsItStands(came) if got and isinstance(value, Mapping) else value
    return rule[:1].lower() + rule[1:], shown


_NUMBER = re.compile(r"[-+]?[0-9]*\.?[0-9]+")


def _help(kind: str, context: Mapping[str, Any], value: Any) -> str:
    """Say what to write instead, where what came is a usual slip."""
    if kind in ("less_than", "less_than_equal"):
        most = context.get("lt", context.get("le"))
        if most == 1 and isinstance(value, int | float) and 2 <= value <= 100:
            return f": write {value / 100:g} for {value:g} %"
    if not isinstance(value, str):
        return ""
    text = value.strip()
    if kind == "bool_type" and text.lower() in ("true", "false"):
        return ": remove the quotation marks"
    if kind not in ("float_type", "int_type"):
        return ""
    if _NUMBER.fullmatch(text):
        return ": remove the quotation marks"
    if text.endswith("%") and _NUMBER.fullmatch(text[:-1].strip()):
        return f": write {float(text[:-1]) / 100:g} for {text}"
    if _NUMBER.fullmatch(text.replace(",", ".", 1)):
        return f": write {text.replace(',', '.', 1)}, with a point"
    return ""


def _rule_of_pattern(pattern: str, text: str) -> str:
    if pattern == CASE_ID:
        return "must be lower-case words joined by hyphens"
    if pattern not in (NO_CONTROL_CHARACTERS, CHARACTER_TO_BE_SEEN):
        return "must be letters, digits, '.', '_' and '-' only, and not '.' or '..'"
    if re.match(NO_CONTROL_CHARACTERS, text):
        return "must have a character that can be seen"
    return "must not have control characters"


def _is_key(finding: ErrorDetails) -> bool:
    return finding["loc"][-1:] == ("[key]",)


def _known_keys(model: type[BaseModel], place: Place) -> list[str]:
    """Keys that the mapping at a place may have, by the JSON Schema of a model."""
    schema = _schema(model)
    branches = [schema]
    for part in (*place, None):
        branches = [b for branch in branches for b in _branches(branch, schema)]
        if part is not None:
            branches = [b for branch in branches for b in _descend(branch, part)]
    keys = [key for branch in branches for key in branch.get("properties", {})]
    return list(dict.fromkeys(keys))


@cache  # 2 ms for a report, for each key that must not be there
def _schema(model: type[BaseModel]) -> dict[str, Any]:
    return model.model_json_schema()


def _branches(schema: dict[str, Any], root: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Resolve references and alternatives of a schema."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        yield from _branches(root["$defs"][name], root)
    elif choices := schema.get("anyOf") or schema.get("oneOf"):
        for choice in choices:
            yield from _branches(choice, root)
    else:
        yield schema


def _descend(schema: dict[str, Any], part: str | int) -> Iterator[dict[str, Any]]:
    for inner in (
        schema.get("items") if isinstance(part, int) else None,
        schema.get("properties", {}).get(part),
        schema.get("additionalProperties"),
    ):
        if isinstance(inner, dict):
            yield inner
