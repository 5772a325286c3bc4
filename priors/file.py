"""The priors file: what a case's forecasters believe before any report.

Scenarios with their priors, the arguments that stand between reports and scenarios, the
links between scenarios, and the case's own scales.
"""

import datetime
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Set
from contextlib import suppress
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    ModelWrapValidatorHandler,
    Tag,
    ValidationError,
    model_validator,
)
from pydantic_core import ErrorDetails, InitErrorDetails, PydanticCustomError

from deciban.priors.logit_normal import LogitNormal
from deciban.priors.scales import Scales, Word
from deciban.priors.words import VERBAL_SCALES, ScaleName

__all__ = [
    "Argument",
    "ArgumentBearing",
    "BetaPrior",
    "CaseHeader",
    "Link",
    "MeanPrior",
    "Outcome",
    "Prior",
    "PriorsFile",
    "QuantilePrior",
    "Scenario",
    "WordsPrior",
    "priors_problems",
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
type Probability = Annotated[float, Field(gt=0, lt=1)]
type Likelihood = Annotated[float, Field(gt=0, le=1)]
type Text = Annotated[
    str, Field(min_length=1, max_length=MAX_TEXT_LENGTH, pattern=CHARACTER_TO_BE_SEEN)
]


def _day(value: Any) -> datetime.date:
    """Take a date or its ISO text; a number is no date, nor is a moment of a day."""
    if type(value) is datetime.date:
        return value
    if isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        # ISO 8601 has other forms, which fromisoformat takes too: 20220805, 2022-W31-5.
        with suppress(ValueError):
            return datetime.date.fromisoformat(value)
    raise ValueError("must be a date, written YYYY-MM-DD")


type Day = Annotated[datetime.date, BeforeValidator(_day)]


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


class _Distributed(_Ruled):
    """A prior, whose numbers or words must have a distribution."""

    def distribution(self) -> LogitNormal:
        """Return the prior as a distribution."""
        raise NotImplementedError

    @classmethod
    def _broken(cls, written: Mapping[str, Any], bad: Set[str]) -> Iterator[str]:
        needed = cls.model_fields.keys() - {"because"}
        if needed & bad:
            return
        try:
            cls.model_construct(
                **{name: written[name] for name in needed & written.keys()}
            ).distribution()
        except ValueError as error:
            yield str(error)


class QuantilePrior(_Distributed):
    """A median with the 5 % and 95 % quantiles around it."""

    median: Probability
    low: Probability
    high: Probability
    because: Text | None = None

    def distribution(self) -> LogitNormal:
        """Return the prior as a distribution."""
        return LogitNormal.from_quantiles(self.median, self.low, self.high)


class BetaPrior(_Distributed):
    """The two parameters of a Beta distribution, matched on the log-odds."""

    beta: Annotated[
        tuple[Annotated[float, Field(gt=0)], Annotated[float, Field(gt=0)]],
        Field(strict=False),
    ]
    because: Text | None = None

    def distribution(self) -> LogitNormal:
        """Return the prior as a distribution."""
        return LogitNormal.from_beta(*self.beta)


class MeanPrior(_Distributed):
    """The mean and the standard deviation of the probability."""

    mean: Probability
    sd: Annotated[float, Field(gt=0)]
    because: Text | None = None

    def distribution(self) -> LogitNormal:
        """Return the prior as a distribution."""
        return LogitNormal.from_mean_sd(self.mean, self.sd)


class WordsPrior(_Distributed):
    """A term of a verbal scale: its band's ends are the 5 % and 95 % quantiles."""

    words: str
    scale: ScaleName = "icd203"
    because: Text | None = None

    def distribution(self) -> LogitNormal:
        """Return the prior as a distribution."""
        return VERBAL_SCALES[self.scale].find(self.words).prior()


def _kind_of_prior(written: Any) -> str:
    if isinstance(written, BaseModel):
        written = written.model_dump()
    keys: Iterable[Any] = written if isinstance(written, Mapping) else ()
    return next((key for key in ("beta", "mean", "words") if key in keys), "median")


type Prior = Annotated[
    Annotated[QuantilePrior, Tag("median")]
    | Annotated[BetaPrior, Tag("beta")]
    | Annotated[MeanPrior, Tag("mean")]
    | Annotated[WordsPrior, Tag("words")],
    Discriminator(_kind_of_prior),
]


class Outcome(_Ruled):
    """How a question ended, and on which day: settled by what happened, or annulled.

    A question is annulled when it cannot be settled: its criteria have turned out
    ambiguous, or what it asks of no longer exists.
    """

    occurred: bool | None = None
    annulled: bool = False
    on: Day
    because: Text | None = None

    @classmethod
    def _broken(cls, written: Mapping[str, Any], bad: Set[str]) -> Iterator[str]:
        if "annulled" in bad or cls._has_other_keys(written):
            return
        if (written.get("occurred") is None) != bool(written.get("annulled")):
            ends = ", ".join(sorted(written.keys() & {"occurred", "annulled"}))
            yield (
                "must say either occurred: true or false, or annulled: true, got "
                + (ends or "neither")
            )


class Scenario(_Ruled):
    """A binary proposition with a window, criteria, a prior, and perhaps an outcome."""

    id: Identifier
    question: Text
    criteria: Text
    opens: Day
    closes: Day
    hazard: Literal["constant", "none"] = "none"
    prior: Prior
    outcome: Outcome | None = None

    @classmethod
    def _broken(cls, written: Mapping[str, Any], bad: Set[str]) -> Iterator[str]:
        if {"opens", "closes"} & bad:
            return
        opens, closes = _day(written["opens"]), _day(written["closes"])
        if not opens < closes:
            # Which of the two is wrong, and so whether an outcome is, is not known.
            yield f"must have opens before closes, got {opens} and {closes}"
            return
        on, occurred = _end(written.get("outcome"))
        if on is not None and (on < opens or (occurred and on > closes)):
            yield (
                f"must have an outcome within the window {opens} to {closes}, got {on}"
            )


def _end(outcome: Any) -> tuple[datetime.date | None, bool]:
    """Take the day of an outcome, None if it has none, and whether it occurred."""
    if isinstance(outcome, Outcome):
        outcome = dict(outcome)
    if not isinstance(outcome, Mapping):
        return None, False
    on = None
    with suppress(ValueError):
        on = _day(outcome.get("on"))
    return on, outcome.get("occurred") is True


class ArgumentBearing(_Ruled):
    """What an argument would say of one scenario if it were established.

    Exactly one measure: ``strength``, a word; ``decibans``; or ``likelihoods``, the
    probability of the argument if the scenario occurs and if it does not. A word and
    decibans need a ``direction``; likelihoods have their own.
    """

    scenario: Identifier
    direction: Literal["supports", "opposes"] | None = None
    strength: Word | None = None
    decibans: Annotated[float, Field(ge=0, le=100)] | None = None
    likelihoods: (
        Annotated[tuple[Likelihood, Likelihood], Field(strict=False)] | None
    ) = None
    because: Text | None = None

    @classmethod
    def _broken(cls, written: Mapping[str, Any], bad: Set[str]) -> Iterator[str]:
        if cls._has_other_keys(written):
            return
        measures = _given(written, "strength", "decibans", "likelihoods")
        if len(measures) != 1:
            yield (
                "must have exactly one of strength, decibans, likelihoods, "
                f"got {', '.join(measures) or 'none'}"
            )
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


class Argument(_Ruled):
    """A proposition between reports and scenarios: at even odds before any report."""

    id: Identifier
    statement: Text
    because: Text | None = None
    bears_on: Annotated[tuple[ArgumentBearing, ...], Field(strict=False)] = ()

    @classmethod
    def _broken(cls, written: Mapping[str, Any], bad: Set[str]) -> Iterator[str]:
        named = Counter(
            name
            for bearing in _listed(written.get("bears_on"))
            if isinstance(name := bearing.get("scenario"), str)
        )
        if twice := [repr(name) for name, n in named.items() if n > 1]:
            yield (
                f"must bear once only on each scenario, got {', '.join(twice)} twice"
            )


def _listed(written: Any) -> list[Mapping[str, Any]]:
    """Take the mappings of a list; whatever is none is refused elsewhere."""
    if not isinstance(written, list | tuple):
        return []
    items = (dict(one) if isinstance(one, BaseModel) else one for one in written)
    return [one for one in items if isinstance(one, Mapping)]


class Link(_Ruled):
    """How the outcome of one scenario, ``if``, changes the probability of another.

    Either ``probability``, that of ``then`` where ``if`` occurs and nothing else is
    known; or a ``direction`` and a word of ``strength``.
    """

    model_config = ConfigDict(populate_by_name=True)

    if_: Annotated[Identifier, Field(alias="if")]
    then: Identifier
    probability: Probability | None = None
    direction: Literal["raises", "lowers"] | None = None
    strength: Word | None = None
    because: Text | None = None

    @classmethod
    def _broken(cls, written: Mapping[str, Any], bad: Set[str]) -> Iterator[str]:
        if cls._has_other_keys(written):
            return
        measures = _given(written, "probability", "direction", "strength")
        if measures not in (["probability"], ["direction", "strength"]):
            yield (
                "must have either a probability, or a direction, raises or lowers, "
                f"with a strength, got {' and '.join(measures) or 'none'}"
            )


class CaseHeader(_Written):
    """What a priors file says of its case, apart from its lists."""

    case: Identifier
    title: Text
    description: Annotated[
        str, Field(max_length=MAX_TEXT_LENGTH, pattern=NO_CONTROL_CHARACTERS)
    ] = ""
    half_life_days: Annotated[float, Field(gt=0)] | None = None
    scales: Scales = Scales()


class PriorsFile(CaseHeader):
    """The priors file: what was believed before any report."""

    scenarios: Annotated[tuple[Scenario, ...], Field(strict=False)]
    arguments: Annotated[tuple[Argument, ...], Field(strict=False)] = ()
    links: Annotated[tuple[Link, ...], Field(strict=False)] = ()

    @model_validator(mode="after")
    def _items_agree(self) -> Self:
        if problems := list(priors_problems(self.model_dump(by_alias=True))):
            raise ValidationError.from_exception_data("PriorsFile", problems)
        return self


def priors_problems(data: Any) -> Iterator[InitErrorDetails]:
    """Find what breaks the rules between items: ids, references and cycles of links.

    Parameters
    ----------
    data : mapping
        A priors file as written, which may break any other rule as well.

    Yields
    ------
    InitErrorDetails
        Place, rule and value, as pydantic reports them.
    """
    scenarios = _items(data, "scenarios")
    arguments = _items(data, "arguments")
    links = _items(data, "links")
    if isinstance(data, Mapping) and data.get("scenarios") in ([], ()):
        yield _problem(("scenarios",), "must hold at least one scenario", None)
    yield from _duplicates("scenarios", scenarios)
    yield from _duplicates("arguments", arguments)
    known = set(_ids(scenarios))
    for i, argument in arguments:
        for j, bearing in _items(argument, "bears_on"):
            yield from _unknown(("arguments", i, "bears_on", j), bearing, known)
    for i, link in links:
        yield from _unknown(("links", i), link, known)
    yield from _cycles(links)


def _unknown(
    place: tuple[str | int, ...], item: Mapping[str, Any], known: set[Any]
) -> Iterator[InitErrorDetails]:
    for key in ("scenario", "if", "then"):
        name = item.get(key)
        if isinstance(name, str) and name not in known:
            yield _problem((*place, key), "must be one of the scenarios", name)


def _cycles(links: list[tuple[int, Mapping[str, Any]]]) -> Iterator[InitErrorDetails]:
    """Refuse each link that repeats another or leads back to its own start."""
    effects: dict[Any, list[Any]] = {}
    for i, link in links:
        cause, effect = link.get("if"), link.get("then")
        if not isinstance(cause, str) or not isinstance(effect, str):
            continue
        if effect in effects.get(cause, ()):
            yield _problem(
                ("links", i), "must be written once only", f"{cause} -> {effect}"
            )
        elif cause in _reached(effect, effects):
            yield _problem(
                ("links", i), "must not close a cycle of links", f"{cause} -> {effect}"
            )
        else:
            effects.setdefault(cause, []).append(effect)


def _reached(start: Any, effects: Mapping[Any, list[Any]]) -> set[Any]:
    reached, waiting = {start}, [start]
    while waiting:
        for effect in effects.get(waiting.pop(), ()):
            if effect not in reached:
                reached.add(effect)
                waiting.append(effect)
    return reached


def _items(data: Any, key: str) -> list[tuple[int, Mapping[str, Any]]]:
    """Numbered mappings of one list of the file; whatever is none is left out."""
    written = data.get(key) if isinstance(data, Mapping) else None
    if not isinstance(written, Iterable) or isinstance(written, str):
        return []
    return [(i, item) for i, item in enumerate(written) if isinstance(item, Mapping)]


def _ids(items: list[tuple[int, Mapping[str, Any]]]) -> list[str]:
    return [item["id"] for _, item in items if isinstance(item.get("id"), str)]


def _duplicates(
    key: str, items: list[tuple[int, Mapping[str, Any]]]
) -> Iterator[InitErrorDetails]:
    repeated = [name for name, n in Counter(_ids(items)).items() if n > 1]
    for i, item in items:
        if item.get("id") in repeated:
            yield _problem((key, i, "id"), "must be written once only", item["id"])


def _problem(loc: tuple[str | int, ...], rule: str, value: Any) -> InitErrorDetails:
    return InitErrorDetails(
        type=PydanticCustomError("rule", rule),
        loc=loc,
        input=value,
    )
