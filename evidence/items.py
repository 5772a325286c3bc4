"""What the items of both files are written in: ids, texts, days, grades and bearings.

The evidence file and the priors file are lists of items, and so is the change that a
request makes. An item is refused for a key that it may not have, for a value that is
not quite of its type, and for rules between its keys; whatever is wrong with it is told
at once. The types hold no numbers that are beliefs: what a grade or a word is worth is
in ``deciban.priors.scales``.

This is the one module of ``deciban.evidence`` that ``deciban.priors`` takes from.
"""

import datetime
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from contextlib import suppress
from functools import cache, cached_property
from typing import Annotated, Any, Literal, Self, get_args, get_origin

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    TypeAdapter,
    ValidationError,
    model_validator,
)
from pydantic_core import ErrorDetails, InitErrorDetails, PydanticCustomError

__all__ = [
    "CASE_ID",
    "CHARACTER_TO_BE_SEEN",
    "ITEM_ID",
    "MAX_ID_LENGTH",
    "MAX_TEXT_LENGTH",
    "NONE_OF_THEM",
    "NO_CONTROL_CHARACTERS",
    "CaseIdentifier",
    "Credibility",
    "Day",
    "Direction",
    "Identifier",
    "Item",
    "Known",
    "Likelihood",
    "Likelihoods",
    "MeasuredItem",
    "Pull",
    "Reliability",
    "RuledItem",
    "Strength",
    "Text",
    "broken_rule",
    "composed",
    "day",
    "folded",
    "forms",
    "given",
    "in_form",
    "one_of",
    "readable_part",
    "repeated_ids",
]

# Control characters but tab, line feed and carriage return: YAML can hold no other. And
# those that set the direction of text, which would turn round what stands beside it.
_CONTROL = r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069"
# White space, and what joins and parts others, as Arabic and emoji need it.
_UNSEEN = (
    r"\t\n\r \xa0\xad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180f"
    r"\u2000-\u200f\u2028\u2029\u202f\u205f-\u2065\u206a-\u206f\u2800\u3000\u3164"
    r"\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    "\U000e0000-\U000e0fff"
)
NO_CONTROL_CHARACTERS = rf"^[^{_CONTROL}]*$"
CHARACTER_TO_BE_SEEN = rf"^[{_UNSEEN}]*[^{_UNSEEN}{_CONTROL}][^{_CONTROL}]*$"
MAX_TEXT_LENGTH = 100_000


def composed(value: Any) -> Any:
    r"""Put text in Unicode's form C, so that what reads the same is the same.

    Examples
    --------
    >>> len("Cafe\u0301"), len(composed("Cafe\u0301"))
    (5, 4)
    """
    return unicodedata.normalize("NFC", value) if isinstance(value, str) else value


def folded(text: str) -> str:
    """Put text in the form in which it is searched: composed, and without case."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())


# Ids are parts of addresses, in which "." and ".." mean folders.
CASE_ID = r"^[a-z0-9]+(-[a-z0-9]+)*$"
ITEM_ID = r"^(\.{0,2}[A-Za-z0-9_-]|\.{3})[A-Za-z0-9._-]*$"
MAX_ID_LENGTH = 80

type CaseIdentifier = Annotated[str, Field(pattern=CASE_ID, max_length=MAX_ID_LENGTH)]
type Identifier = Annotated[str, Field(pattern=ITEM_ID, max_length=MAX_ID_LENGTH)]
# What composes it stands last: before its pattern, it would hide that from JSON Schema.
type Text = Annotated[
    str,
    Field(min_length=1, max_length=MAX_TEXT_LENGTH, pattern=CHARACTER_TO_BE_SEEN),
    BeforeValidator(composed),
]
type Reliability = Literal["A", "B", "C", "D", "E", "F"]
type Credibility = Literal[1, 2, 3, 4, 5, 6]
type Direction = Literal["supports", "opposes"]
type Strength = Literal[
    "negligible", "weak", "moderate", "strong", "very strong", "decisive"
]
type Likelihood = Annotated[float, Field(gt=0, le=1)]
type Likelihoods = Annotated[tuple[Likelihood, Likelihood], Field(strict=False)]
type Pull = Literal["slight", "clear", "total"]

# Names the outcome that none of a set of rivals comes true.
NONE_OF_THEM = "none"


def day(value: Any) -> datetime.date:
    """Take a date or its ISO text; a number is no date, nor is a moment of a day.

    Raises
    ------
    ValueError
        If it is neither.

    Examples
    --------
    >>> day("2022-08-05")
    datetime.date(2022, 8, 5)
    """
    if type(value) is datetime.date:
        return value
    if isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        # ISO 8601 has other forms, which fromisoformat takes too: 20220805, 2022-W31-5.
        with suppress(ValueError):
            return datetime.date.fromisoformat(value)
    rule = "must be a date, written YYYY-MM-DD"
    if isinstance(value, str):
        if re.fullmatch(r"[0-9]{1,2}([./-])[0-9]{1,2}\1[0-9]{4}", value):
            rule += ", for this may be read with the day first or with the month"
        elif re.match(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ]", value):
            rule += ", without a time"
    raise ValueError(rule)


type Day = Annotated[datetime.date, BeforeValidator(day)]


class Item(BaseModel):
    """What a person writes: unknown keys refused, nothing coerced, never altered.

    But that texts are put in Unicode's form C: see ``composed``.
    """

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, allow_inf_nan=False
    )


class RuledItem(Item):
    """What has rules between its keys: each that is broken is told, whatever else is.

    Pydantic by itself would look at them only where every key is good.
    """

    @classmethod
    def _broken(cls, written: Mapping[str, Any], bad: Set[str]) -> Iterator[str]:
        """State what is broken of what was written, some keys of which may be bad."""
        raise NotImplementedError

    @classmethod
    def _has_other_keys(cls, written: Mapping[str, Any]) -> bool:
        """Whether a key is misspelt, and so may be the one that a rule would miss."""
        known = cls.model_fields.keys() | {f.alias for f in cls.model_fields.values()}
        return not written.keys() <= known

    @model_validator(mode="wrap")
    @classmethod
    def _keys_agree(cls, data: Any, validate: ModelWrapValidatorHandler[Self]) -> Self:
        found: list[ErrorDetails] = []
        try:
            made = validate(data)
        except ValidationError as error:
            if not isinstance(data, Mapping):
                raise
            found = error.errors(include_url=False)
            bad = {str(one["loc"][0]) for one in found if one["loc"]}
            rules = list(cls._broken(data, bad))
            if not rules:
                raise
        else:
            written = {name: getattr(made, name) for name in made.model_fields_set}
            rules = list(cls._broken(written, set()))
            if not rules:
                return made
        told = [
            InitErrorDetails(
                type=one["type"],
                loc=one["loc"],
                input=one["input"],
                ctx=one.get("ctx", {}),
            )
            for one in found
        ]
        for rule in rules:
            told.append(
                InitErrorDetails(type="value_error", input=data, ctx={"error": rule})
            )
        raise ValidationError.from_exception_data(cls.__name__, told)


def in_form(
    *keys: str, without: Iterable[str] = (), **kinds: Mapping[str, Any]
) -> dict[str, Any]:
    """State in JSON Schema one way in which the keys of an item may be filled in.

    Parameters
    ----------
    *keys : str
        What must be given, and not as null.
    without : iterable of str
        What must not.
    **kinds : mapping
        Schemas of keys that must be more than given.
    """
    filled = {key: {"not": {"type": "null"}} for key in keys} | kinds
    empty = {key: {"type": "null"} for key in without}
    return {"required": list(keys), "properties": filled | empty}


def forms(*ways: dict[str, Any]) -> ConfigDict:
    """Let a type's JSON Schema say that an item has exactly one of several forms."""
    return ConfigDict(json_schema_extra={"allOf": [{"oneOf": [*ways]}]})


def given(written: Mapping[str, Any], *names: str) -> list[str]:
    """Name those keys that say something, and not nothing."""
    return [name for name in names if written.get(name) is not None]


def one_of(choices: str, got: list[str]) -> str:
    """State that exactly one of some keys must be given."""
    return f"must have exactly one of {choices}, got {', '.join(got) or 'none'}"


class MeasuredItem(RuledItem):
    """What bears on something: which way, and how strongly, in one of three measures.

    ``strength``, a word; ``decibans``; or ``likelihoods``, which a subclass declares:
    the probability of what is said if the target is true and if it is false. A word and
    decibans need a ``direction``; likelihoods have their own.
    """

    model_config = forms(
        in_form("strength", "direction", without=("decibans", "likelihoods")),
        in_form("decibans", "direction", without=("strength", "likelihoods")),
        in_form("likelihoods", without=("direction", "strength", "decibans")),
    )

    direction: Direction | None = None
    strength: Strength | None = None
    decibans: Annotated[float, Field(ge=0, le=100)] | None = None
    likelihoods: Likelihoods | dict[str, Likelihood] | None = None
    because: Text | None = None

    @classmethod
    def _broken(cls, written: Mapping[str, Any], bad: Set[str]) -> Iterator[str]:
        if cls._has_other_keys(written):
            return
        measures = given(written, "strength", "decibans", "likelihoods")
        if len(measures) != 1:
            yield one_of("strength, decibans, likelihoods", measures)
        direction = written.get("direction")
        if (measures == ["likelihoods"] and direction is not None) or (
            measures and "likelihoods" not in measures and direction is None
        ):
            yield (
                "must have a direction, supports or opposes, with strength or "
                f"decibans, and none with likelihoods, got {direction or 'none'}"
            )


def broken_rule(loc: tuple[str | int, ...], rule: str, value: Any) -> InitErrorDetails:
    """State a broken rule as pydantic does: place, what must hold, what came."""
    return InitErrorDetails(
        type=PydanticCustomError("rule", rule),
        loc=loc,
        input=value,
    )


class Known(frozenset[str]):
    """Words or ids that there are, among which the one that was meant is looked for.

    Examples
    --------
    >>> Known(["weak", "strong"]).meant("stong")
    " (did you mean 'strong'?)"
    >>> Known(["weak", "strong"]).meant("gold")
    ''
    """

    @classmethod
    def ids(cls, items: Iterable[Any] | None) -> Self:
        """Take the ids of items, some of which may have none that can be read."""
        return cls(one.id for one in items or () if one.id is not None)

    def meant(self, written: Any) -> str:
        """Ask whether one of these was meant; empty where none is like it."""
        if not isinstance(written, str):
            return ""
        from rapidfuzz import fuzz, process  # takes 30 ms, for mistakes alone

        found = process.extractOne(
            folded(written), self._folded, scorer=fuzz.ratio, score_cutoff=70
        )
        return f" (did you mean {found[2]!r}?)" if found else ""

    @cached_property
    def _folded(self) -> dict[str, str]:
        return {word: folded(word) for word in sorted(self)}


def readable_part[M: Item](model: type[M], data: Any) -> M:
    """Read what can be read of data that may be no item, or no file of items.

    Returns
    -------
    Item
        Of this type, though it may break every rule: what is missing, or is refused by
        itself, is None there. A list keeps its length.
    """
    written = data if isinstance(data, Mapping) else {}
    values = {
        name: _readable_value(model, name, written.get(field.alias or name))
        for name, field in model.model_fields.items()
    }
    return model.model_construct(**values)


def _readable_value(model: type[Item], name: str, value: Any) -> Any:
    if value is None:
        return None
    kind = _item_type(model, name)
    if kind is not None:
        if not isinstance(value, list | tuple):
            return None
        return tuple(_item_or_part(kind, one) for one in value)
    try:
        return _adapter(model, name).validate_python(value)
    except ValidationError:
        return None


def _item_or_part(kind: type[Item], data: Any) -> Item:
    try:
        return kind.model_validate(data, by_alias=True, by_name=False)
    except ValidationError:
        return readable_part(kind, data)


def _item_type(model: type[Item], name: str) -> type[Item] | None:
    """Of which items a key holds a list; None where it holds none."""
    annotation = model.model_fields[name].annotation
    first = next(iter(get_args(annotation)), None)
    if get_origin(annotation) is tuple and isinstance(first, type):
        return first if issubclass(first, Item) else None
    return None


@cache  # one for each key of the few types: making one takes longer than using it
def _adapter(model: type[Item], name: str) -> TypeAdapter[Any]:
    field = model.model_fields[name]
    annotated: Any = Annotated[field.annotation, Field(), *field.metadata]
    return TypeAdapter(annotated)


def repeated_ids(key: str, items: Sequence[Any]) -> Iterator[InitErrorDetails]:
    """Refuse the ids of one list of a file that stand there more than once."""
    counts = Counter(item.id for item in items)
    if len(counts) == len(items):
        return
    for i, item in enumerate(items):
        if item.id is not None and counts[item.id] > 1:
            yield broken_rule((key, i, "id"), "must be written once only", item.id)
