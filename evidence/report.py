"""One item of evidence: a claim that a source published on a day, and what it bears on.

The types are what a person writes, in the evidence file or over HTTP. They hold no
numbers that are beliefs: what a grade or a word is worth is in ``priors.scales``.
"""

import datetime
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Set
from contextlib import suppress
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    ValidationError,
    model_validator,
)
from pydantic_core import ErrorDetails, InitErrorDetails

from deciban.evidence.admiralty import Credibility, Reliability

__all__ = [
    "CHARACTER_TO_BE_SEEN",
    "MAX_TEXT_LENGTH",
    "NO_CONTROL_CHARACTERS",
    "Bearing",
    "Day",
    "Direction",
    "Identifier",
    "Report",
    "Source",
    "Strength",
    "Text",
    "day",
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

type Identifier = Annotated[
    str,
    Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=80),
]
type Direction = Literal["supports", "opposes"]
type Strength = Literal[
    "negligible", "weak", "moderate", "strong", "very strong", "decisive"
]
type Text = Annotated[
    str, Field(min_length=1, max_length=MAX_TEXT_LENGTH, pattern=CHARACTER_TO_BE_SEEN)
]
type Likelihood = Annotated[float, Field(gt=0, le=1)]


def day(value: Any) -> datetime.date:
    """Take a date or its ISO text; a number is no date, nor is a moment of a day."""
    if type(value) is datetime.date:
        return value
    if isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        # ISO 8601 has other forms, which fromisoformat takes too: 20220805, 2022-W31-5.
        with suppress(ValueError):
            return datetime.date.fromisoformat(value)
    raise ValueError("must be a date, written YYYY-MM-DD")


def _digit(value: Any) -> Any:
    """Refuse what only equals a digit: true, or 1.0."""
    if type(value) is not int:
        raise ValueError("must be one of 1, 2, 3, 4, 5, 6")
    return value


type Day = Annotated[datetime.date, BeforeValidator(day)]


class _Written(BaseModel):
    """What a person writes: unknown keys refused, nothing coerced, never altered."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, allow_inf_nan=False
    )


class _Ruled(_Written):
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
        return not written.keys() <= cls.model_fields.keys()

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


class Source(_Written):
    """Who publishes, or said it first, with an Admiralty grade A to F."""

    id: Identifier
    name: Annotated[Text, Field(max_length=200)]
    reliability: Reliability
    because: Text | None = None


class Bearing(_Ruled):
    """What a report says of one argument or scenario, and how strongly.

    Exactly one target, ``argument`` or ``scenario``, and exactly one measure of how
    diagnostic the claim would be if it were genuine: ``strength``, a word;
    ``decibans``; or ``likelihoods``, the probability of the claim if the target is
    true and if it is false. A word and decibans need a ``direction``; likelihoods
    have their own.
    """

    argument: Identifier | None = None
    scenario: Identifier | None = None
    direction: Direction | None = None
    strength: Strength | None = None
    decibans: Annotated[float, Field(ge=0, le=100)] | None = None
    likelihoods: (
        Annotated[tuple[Likelihood, Likelihood], Field(strict=False)] | None
    ) = None
    because: Text | None = None

    @classmethod
    def _broken(cls, written: Mapping[str, Any], bad: Set[str]) -> Iterator[str]:
        if cls._has_other_keys(written):
            return
        targets = _given(written, "argument", "scenario")
        measures = _given(written, "strength", "decibans", "likelihoods")
        if len(targets) != 1:
            yield _one_of("argument, scenario", targets)
        if len(measures) != 1:
            yield _one_of("strength, decibans, likelihoods", measures)
        direction = written.get("direction")
        if (measures == ["likelihoods"] and direction is not None) or (
            measures and "likelihoods" not in measures and direction is None
        ):
            yield (
                "must have a direction, supports or opposes, with strength or "
                f"decibans, and none with likelihoods, got {direction or 'none'}"
            )


def _given(written: Mapping[str, Any], *names: str) -> list[str]:
    return [name for name in names if written.get(name) is not None]


def _one_of(choices: str, got: list[str]) -> str:
    return f"must have exactly one of {choices}, got {', '.join(got) or 'none'}"


class Report(_Ruled):
    """One item of evidence.

    ``origin`` is who said it first, where ``source`` only relays it. A report that
    ``repeats`` another brings no bearings of its own: it adds its source to those who
    relay the other. ``ages`` is false for a report about a fixed past fact.
    """

    id: Identifier
    claim: Text
    source: Identifier
    origin: Identifier | None = None
    repeats: Identifier | None = None
    credibility: Annotated[Credibility, BeforeValidator(_digit)]
    published: Day
    reference: Text | None = None
    url: Text | None = None
    ages: bool = True
    because: Text | None = None
    bears_on: Annotated[tuple[Bearing, ...], Field(strict=False)] = ()

    @classmethod
    def _broken(cls, written: Mapping[str, Any], bad: Set[str]) -> Iterator[str]:
        repeats = written.get("repeats")
        bearings = written.get("bears_on")
        if not isinstance(bearings, list | tuple):
            return
        if repeats is not None and bearings:
            yield (
                "must have repeats or bears_on, not both, since what a repeat bears on "
                f"is written at the report it repeats, got repeats {repeats!r} "
                f"and {len(bearings)} in bears_on"
            )
        targets = [target for one in bearings if (target := _target(one))]
        if len({*targets}) < len(targets):
            twice = [repr(name) for (_, name), n in Counter(targets).items() if n > 1]
            yield (
                "must bear once only on each argument and scenario, got "
                f"{', '.join(twice)} twice"
            )

    @property
    def speaker(self) -> str:
        """Id of the source that said it: the origin, or else the publisher."""
        return self.origin or self.source


def _target(bearing: Any) -> tuple[str, str] | None:
    """Take what a bearing is on, its kind and id; None where that is refused anyway."""
    written = bearing.__dict__ if isinstance(bearing, Bearing) else bearing
    if not isinstance(written, dict):
        return None
    kinds = _given(written, "argument", "scenario")
    if len(kinds) != 1 or not isinstance(name := written[kinds[0]], str):
        return None
    return kinds[0], name
