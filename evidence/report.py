"""One item of evidence: a claim that a source published on a day, and what it bears on.

The types are what a person writes, in the evidence file or over HTTP.
"""

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Set
from typing import Annotated, Any, Literal, cast, get_args

from pydantic import BeforeValidator, ConfigDict, Discriminator, Field, Tag

from deciban.evidence.items import (
    Credibility,
    Day,
    Identifier,
    Item,
    Likelihood,
    Likelihoods,
    MeasuredItem,
    Pull,
    Reliability,
    RuledItem,
    Strength,
    Text,
    forms,
    given,
    in_form,
    one_of,
)

__all__ = ["Bearing", "Interest", "Report", "Source"]


class Interest(RuledItem):
    """What a source would say of a target whether or not it is so.

    Exactly one target, ``argument`` or ``scenario``.
    """

    model_config = forms(
        in_form("argument", without=("scenario",)),
        in_form("scenario", without=("argument",)),
    )

    argument: Identifier | None = None
    scenario: Identifier | None = None
    wants: Literal["believed", "denied"]
    pull: Pull
    because: Text | None = None

    @classmethod
    def _broken(cls, written: Mapping[str, Any], bad: Set[str]) -> Iterator[str]:
        targets = given(written, "argument", "scenario")
        if len(targets) != 1 and not cls._has_other_keys(written):
            yield one_of("argument, scenario", targets)

    @property
    def target(self) -> tuple[str, str]:
        """Kind and id of what the source has an interest in."""
        if self.scenario is not None:
            return "scenario", self.scenario
        return "argument", self.argument or ""


def _kind_of_interest(written: Any) -> str:
    return "learned" if isinstance(written, str) else "listed"


class Source(RuledItem):
    """Who publishes, or said it first, with an Admiralty grade A to F.

    ``camp`` is what it speaks with one voice with; ``interest`` what it would say of a
    target anyway, or ``learned``, its side of error, the same on every target;
    ``deceives`` the probability that what it says is the reverse of the truth.
    """

    id: Identifier
    name: Annotated[Text, Field(max_length=200)]
    reliability: Reliability
    camp: Identifier | None = None
    interest: Annotated[
        Annotated[Literal["learned"], Tag("learned")]
        | Annotated[tuple[Interest, ...], Field(strict=False), Tag("listed")],
        Discriminator(_kind_of_interest),
    ] = ()
    deceives: Annotated[float, Field(ge=0, lt=1)] = 0.0
    because: Text | None = None

    @classmethod
    def _broken(cls, written: Mapping[str, Any], bad: Set[str]) -> Iterator[str]:
        named = Counter(
            interest.target
            for interest in written.get("interest") or ()
            if isinstance(interest, Interest)
        )
        if twice := [repr(name) for (_, name), n in named.items() if n > 1]:
            yield f"must have one interest in each target, got {', '.join(twice)} twice"


class _Target(Item):
    argument: Identifier | None = None
    scenario: Identifier | None = None
    rivals: Identifier | None = None


def _direction_and_strength(written: Any) -> Any:
    if isinstance(written, str):
        direction, _, strength = written.partition(" ")
        if direction in ("supports", "opposes") and strength in get_args(
            Strength.__value__
        ):
            return written
    raise ValueError(
        "must be a direction and a strength, as supports strong or opposes weak"
    )


def _kind_of_likelihoods(written: Any) -> str:
    return "by rival" if isinstance(written, Mapping) else "of yes and no"


_MEASURES = "direction", "strength", "decibans", "likelihoods", "words"


def _of_rivals(measure: str) -> dict[str, Any]:
    others = {"argument", "scenario", *_MEASURES} - {measure}
    by_rival = {measure: {"type": "object"}}
    return in_form("rivals", measure, without=sorted(others), **by_rival)


def _of_one(target: str, *measure: str) -> dict[str, Any]:
    others = {"argument", "scenario", "rivals", *_MEASURES} - {target, *measure}
    of_yes_and_no = {"likelihoods": {"type": "array"}}
    kinds = of_yes_and_no if "likelihoods" in measure else {}
    return in_form(target, *measure, without=sorted(others), **kinds)


class Bearing(MeasuredItem, _Target):
    """What a report says of one target, and how strongly.

    Exactly one target, ``argument``, ``scenario`` or ``rivals``. Of an argument or a
    scenario it has exactly one measure of how diagnostic the claim would be if it were
    genuine: see ``MeasuredItem``. Of a set of rivals it has ``likelihoods`` by rival,
    or ``words`` by rival, a direction with a strength each; a rival that ``words`` does
    not name has likelihood 1.
    """

    model_config = forms(
        *(
            _of_one(target, *measure)
            for target in ("argument", "scenario")
            for measure in (
                ("strength", "direction"),
                ("decibans", "direction"),
                ("likelihoods",),
            )
        ),
        _of_rivals("likelihoods"),
        _of_rivals("words"),
    )

    likelihoods: (
        Annotated[
            Annotated[Likelihoods, Tag("of yes and no")]
            | Annotated[
                dict[Identifier, Likelihood], Field(min_length=2), Tag("by rival")
            ],
            Discriminator(_kind_of_likelihoods),
        ]
        | None
    ) = None
    words: (
        Annotated[
            dict[Identifier, Annotated[str, BeforeValidator(_direction_and_strength)]],
            Field(min_length=1),
        ]
        | None
    ) = None

    @classmethod
    def _broken(cls, written: Mapping[str, Any], bad: Set[str]) -> Iterator[str]:
        if cls._has_other_keys(written):
            return
        targets = given(written, "argument", "scenario", "rivals")
        if len(targets) != 1:
            yield one_of("argument, scenario, rivals", targets)
        by_rival = isinstance(written.get("likelihoods"), Mapping)
        if targets != ["rivals"]:
            if by_rival or written.get("words") is not None:
                yield "must name rivals to have likelihoods or words by rival"
            else:
                yield from super()._broken(written, bad)
            return
        measures = given(
            written, "direction", "strength", "decibans", "likelihoods", "words"
        )
        if measures not in (["likelihoods"], ["words"]) or (
            measures == ["likelihoods"] and not (by_rival or "likelihoods" in bad)
        ):
            yield (
                "must have on rivals either likelihoods or words, by rival, "
                f"got {', '.join(measures) or 'none'}"
            )

    @property
    def target(self) -> tuple[str, str]:
        """Kind and id of what it bears on."""
        if self.scenario is not None:
            return "scenario", self.scenario
        if self.rivals is not None:
            return "rivals", self.rivals
        return "argument", self.argument or ""

    def of_answer(self, answer: str) -> tuple[Strength | float, int]:
        """Logarithm of the likelihood of a rival: a word with its sign, or nats and 1.

        Where it is not named it is 0.
        """
        if isinstance(self.likelihoods, dict):
            return math.log(self.likelihoods[answer]), 1
        direction, _, strength = (self.words or {}).get(answer, "").partition(" ")
        if not direction:
            return 0.0, 1
        return cast(Strength, strength), 1 if direction == "supports" else -1


def _digit(value: Any) -> Any:
    """Refuse what only equals a digit: true, or 1.0."""
    if type(value) is not int:
        rule = "must be one of 1, 2, 3, 4, 5, 6"
        if value in ("1", "2", "3", "4", "5", "6"):
            rule += ": remove the quotation marks"
        raise ValueError(rule)
    return value


class Report(RuledItem):
    """One item of evidence.

    ``origin`` is who said it first, where ``source`` only relays it. A report that
    ``repeats`` another brings no bearings of its own: where it names the origin too, it
    adds its source to those who relay the other; else it is a copy, and adds nothing.
    ``indicator`` is the sign of the priors file that it reports as seen. ``ages`` is
    false for a report about a fixed past fact.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "allOf": [
                {
                    "anyOf": [
                        in_form(without=["repeats"]),
                        {"properties": {"bears_on": {"maxItems": 0}}},
                    ]
                }
            ]
        }
    )

    id: Identifier
    claim: Text
    source: Identifier
    origin: Identifier | None = None
    repeats: Identifier | None = None
    indicator: Identifier | None = None
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
                "must bear once only on each argument, scenario and set of rivals, got "
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
    kinds = given(written, "argument", "scenario", "rivals")
    if len(kinds) != 1 or not isinstance(name := written[kinds[0]], str):
        return None
    return kinds[0], name
