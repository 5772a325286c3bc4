"""A scenario: a proposition with a window, its prior, and how its question ended."""

import datetime
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Set
from contextlib import suppress
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from deciban.evidence.items import (
    Day,
    Identifier,
    Item,
    RuledItem,
    Text,
    day,
    forms,
    in_form,
)
from deciban.priors.prior import Prior, QuantilePrior

__all__ = ["Benchmark", "Outcome", "Scenario"]


class Benchmark(Item):
    """What others forecast on a day: a market, a crowd, an expert. Moves nothing."""

    day: Day
    probability: Annotated[float, Field(ge=0, le=1)]
    who: Annotated[Text, Field(max_length=200)]


class Outcome(RuledItem):
    """How a question ended, and on which day: settled by what happened, or annulled.

    A question is annulled when it cannot be settled: its criteria have turned out
    ambiguous, or what it asks of no longer exists. ``known`` is the day from which the
    case knows it, ``on`` unless given.
    """

    model_config = forms(
        in_form("occurred", annulled={"const": False}),
        in_form("annulled", without=("occurred",), annulled={"const": True}),
    )

    occurred: bool | None = None
    annulled: bool = False
    on: Day
    known: Day | None = None
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
        if not {"on", "known"} & bad and written.get("known") is not None:
            on, known = day(written["on"]), day(written["known"])
            if known < on:
                yield f"must be known on the day {on} or later, got {known}"

    @property
    def known_on(self) -> datetime.date:
        """Day from which the case knows it."""
        return self.known or self.on


def _kind_of_noticed(written: Any) -> str:
    return "number" if isinstance(written, int | float) else "quantiles"


class Scenario(RuledItem):
    """A binary proposition with a window, criteria, a prior, and perhaps an outcome.

    ``noticed`` is the probability that, had it occurred by the day last looked, it
    would have been settled here by then: a number, or quantiles. ``benchmarks`` are
    what others forecast, which scores are set beside; by ``tags`` the track record is
    told apart. Neither moves anything.
    """

    id: Identifier
    question: Text
    criteria: Text
    opens: Day
    closes: Day
    hazard: Literal["constant", "none"] = "none"
    noticed: Annotated[
        Annotated[float, Field(ge=0, le=1), Tag("number")]
        | Annotated[QuantilePrior, Tag("quantiles")],
        Discriminator(_kind_of_noticed),
    ] = 0.9
    prior: Prior
    outcome: Outcome | None = None
    benchmarks: Annotated[tuple[Benchmark, ...], Field(strict=False)] = ()
    tags: Annotated[tuple[Identifier, ...], Field(strict=False)] = ()

    @classmethod
    def _broken(cls, written: Mapping[str, Any], bad: Set[str]) -> Iterator[str]:
        if "benchmarks" not in bad:
            yield from _twice(written.get("benchmarks") or ())
        if {"opens", "closes"} & bad:
            return
        opens, closes = day(written["opens"]), day(written["closes"])
        if not opens < closes:
            # Which of the two is wrong, and so whether an outcome is, is not known.
            yield f"must have opens before closes, got {opens} and {closes}"
            return
        on, occurred = _end(written.get("outcome"))
        if on is not None and (on < opens or (occurred and on > closes)):
            yield (
                f"must have an outcome within the window {opens} to {closes}, got {on}"
            )


def _twice(benchmarks: Iterable[Benchmark | Mapping[str, Any]]) -> Iterator[str]:
    named = Counter(
        (one["who"], str(one["day"]))
        if isinstance(one, Mapping)
        else (one.who, one.day)
        for one in benchmarks
    )
    for (who, on), n in named.items():
        if n > 1:
            yield f"must have one benchmark of a day by each, got {n} of {on} by {who}"


def _end(outcome: Any) -> tuple[datetime.date | None, bool]:
    """Take the day of an outcome, None if it has none, and whether it occurred."""
    if isinstance(outcome, Outcome):
        outcome = dict(outcome)
    if not isinstance(outcome, Mapping):
        return None, False
    on = None
    with suppress(ValueError):
        on = day(outcome.get("on"))
    return on, outcome.get("occurred") is True
