"""After settlement: what helped a forecast, and what misled it, in log score.

The forecast of the last day that counts as foresight is read again without each report,
each origin, each argument, all that sources of one grade said, and all that was said in
one word of strength. What the log score would have been without it, less what it was,
is what it was worth, in nats: above 0 it helped. These do not add up: two reports that
say the same are each worth little beside the other.
"""

import datetime
from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

import numpy as np
from pydantic import BaseModel, ConfigDict

from deciban.model.casebook.casebook import Casebook
from deciban.model.casebook.changes import changed
from deciban.model.casebook.without import changes_without
from deciban.model.errors import ModelError
from deciban.model.posterior.summary import can_tell
from deciban.model.posterior.what_if import Basis, Reading
from deciban.model.posterior.wording import percent, written_day
from deciban.model.scores.scoring import log_score

__all__ = ["Part", "PostMortem", "post_mortem"]

type PartKind = Literal["report", "origin", "argument", "grade", "word"]

_LEAST = 0.005  # nats: less is no help, and misleads nobody


class Part(BaseModel):
    """What one part of the evidence was worth.

    Attributes
    ----------
    kind : str
        ``report``, with those that repeat it; ``origin``, all that a source said first;
        ``argument``; ``grade``, all that sources of this letter said first; ``word``,
        all that was said with this strength.
    id : str
    title : str
        The claim, name, statement, letter or word.
    without : float
        What the forecast would have been.
    helped : float
        Nats of log score; below 0 it misled.
    """

    model_config = ConfigDict(frozen=True)

    kind: PartKind
    id: str
    title: str
    without: float
    helped: float


class PostMortem(BaseModel):
    """What helped and what misled the last forecast of a scenario.

    Attributes
    ----------
    scenario : str
    outcome : bool
    day : date
        The last day that counts as foresight.
    forecast, log : float
        Of that day, and its log score.
    prior_log : float
        That of the prior on the same day, with its clock.
    parts : list of Part
        What helped most first; those of which the draws can tell.
    untold : int
        Parts of which they cannot.
    sentences : list of str
        Three, for the record.
    """

    model_config = ConfigDict(frozen=True)

    scenario: str
    outcome: bool
    day: datetime.date
    forecast: float
    log: float
    prior_log: float
    parts: list[Part]
    untold: int
    sentences: list[str]


class _Without(NamedTuple):
    kind: PartKind
    id: str
    title: str
    casebook: Casebook


def post_mortem(
    basis: Basis, casebook: Casebook, scenario: str, day: datetime.date, outcome: bool
) -> PostMortem:
    """Take a forecast apart by what it would have been without each of its parts.

    Parameters
    ----------
    basis : Basis
        Draws of a fit of that day.
    casebook : Casebook
        As it stood on that day: see ``as_it_stood``.
    scenario : str
        Its id.
    day : date
        The last that counts as foresight.
    outcome : bool
        What came.
    """
    own = basis.read(casebook, day)
    (said,) = (s for s in own.summary.scenarios if s.id == scenario)
    log = log_score(said.mean, outcome)
    parts, untold = [], 0
    for without in _each_without(casebook, scenario):
        try:
            reading = basis.read(without.casebook, day, own)
        except ModelError:  # no draw is possible without it
            untold += 1
            continue
        if not can_tell(reading.pareto_k):
            untold += 1
            continue
        mean = _mean(reading, scenario)
        helped = log_score(mean, outcome) - log
        parts.append(
            Part(
                kind=without.kind,
                id=without.id,
                title=without.title,
                without=mean,
                helped=helped,
            )
        )
    parts.sort(key=lambda part: -part.helped)
    made = PostMortem(
        scenario=scenario,
        outcome=outcome,
        day=day,
        forecast=said.mean,
        log=log,
        prior_log=log_score(said.prior_mean, outcome),
        parts=parts,
        untold=untold,
        sentences=[],
    )
    return made.model_copy(update={"sentences": list(_sentences(made))})


def _mean(reading: Reading, scenario: str) -> float:
    """Take the mean of one scenario alone: to sum all up takes as long as to read."""
    for one in reading.weighed:
        if scenario in one.names:
            at = one.design.scenarios.index(scenario)
            probability = one.belief.probability[:, at]
            possible = np.where(reading.weights > 0, probability, 0.0)
            return float(reading.weights @ possible)
    return next(s.mean for s in reading.summary.scenarios if s.id == scenario)


def _each_without(casebook: Casebook, scenario: str) -> Iterator[_Without]:
    claims = casebook.index.claims_about(scenario)
    sources = {source.id: source for source in casebook.evidence.sources}
    groups: dict[tuple[PartKind, str], tuple[str, set[str]]] = {}

    def add(kind: PartKind, name: str, title: str, claim: str) -> None:
        groups.setdefault((kind, name), (title, set()))[1].add(claim)

    for claim in claims.values():
        speaker = sources[claim.speaker]
        add("report", claim.id, claim.claim, claim.id)
        add("origin", speaker.id, speaker.name, claim.id)
        add("grade", speaker.reliability, speaker.reliability, claim.id)
        for bearing in claim.bears_on:
            if bearing.strength is not None:
                add("word", bearing.strength, bearing.strength, claim.id)
    for (kind, name), (title, ids) in groups.items():
        told = [r.id for one in ids for r in casebook.index.telling(claims[one])]
        changes = changes_without(casebook, reports=told)
        yield _Without(kind, name, title, changed(casebook, changes))
    for argument in casebook.index.arguments_on.get(scenario, ()):
        left = tuple(b for b in argument.bears_on if b.scenario != scenario)
        arguments = tuple(
            one.model_copy(update={"bears_on": left}) if one is argument else one
            for one in casebook.priors.arguments
        )
        priors = casebook.priors.model_copy(update={"arguments": arguments})
        yield _Without(
            "argument",
            argument.id,
            argument.statement,
            casebook.followed_by(priors, casebook.evidence),
        )


def _sentences(made: PostMortem) -> Iterator[str]:
    """Say what was forecast and came, what helped, and what misled."""
    came = "it happened" if made.outcome else "it did not happen"
    better = made.prior_log - made.log
    yield (
        f"On {written_day(made.day)} we said {percent(made.forecast)}; {came}. All "
        f"evidence together {'helped' if better >= 0 else 'misled'} by "
        f"{abs(better):.2f} nats."
    )
    whole = [part for part in made.parts if part.kind in ("report", "argument")]
    yield _told("helped", [part for part in whole if part.helped >= _LEAST])
    yield _told("misled", [part for part in whole[::-1] if part.helped <= -_LEAST])


def _told(verb: str, parts: Iterable[Part]) -> str:
    first = next(iter(parts), None)
    if first is None:
        return f"No report and no argument by itself {verb}."
    return (
        f"What {verb} most is the {first.kind} {first.id}, by {abs(first.helped):.2f} "
        f"nats: without it, {percent(first.without)}."
    )
