"""After settlement: what helped a forecast, and what misled it, in log score.

The forecast of the last day that counts as foresight is read again without each report,
each origin, each argument, all that sources of one grade said, and all that was said in
one word of strength. What the log score would have been without it, less what it was,
is what it was worth, in nats: above 0 it helped. These do not add up: two reports that
say the same are each worth little beside the other.

Beside it stands what was learned: how good a source, and the sources of a grade, were
thought before any report, on that day, and once the outcome is known; what a word was
worth; how far an argument was established.
"""

import datetime
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Literal, NamedTuple

import numpy as np
from scipy.special import expit

from deciban.evidence import Report
from deciban.model.array_types import Floats
from deciban.model.casebook.casebook import Casebook
from deciban.model.casebook.changes import changed
from deciban.model.casebook.without import changes_without
from deciban.model.errors import ModelError
from deciban.model.explain import explain
from deciban.model.explain.explanation import ScenarioExplanation, Step
from deciban.model.likelihood.design import Design
from deciban.model.likelihood.layout import GRADES, WORDS
from deciban.model.likelihood.unknowns import Unknowns, unknowns
from deciban.model.posterior.summaries import columns
from deciban.model.posterior.summary import can_tell
from deciban.model.posterior.weighing import prior_draws
from deciban.model.posterior.what_if import Basis, Reading, WeighedCasebook
from deciban.model.posterior.wording import percent, written_day
from deciban.model.said import Said
from deciban.model.scores.scoring import log_score
from deciban.priors import Outcome

__all__ = ["Learned", "Part", "PostMortem", "post_mortem"]

type PartKind = Literal["report", "origin", "argument", "grade", "word"]

_LEAST = 0.005  # nats: less is no help, and misleads nobody


class Learned(Said):
    """What was learned of something.

    Attributes
    ----------
    unit : str
        ``probability`` or ``dB``.
    prior, then : float
        Before any report, and on the last day that counts as foresight.
    after : float or None
        With the outcome besides; None where the draws cannot tell.
    """

    unit: Literal["probability", "dB"]
    prior: float
    then: float
    after: float | None

    @property
    def told(self) -> list[str]:
        """Before, then and after, in words."""
        values = (self.prior, self.then, self.after)
        return [
            "-"
            if value is None
            else percent(value)
            if self.unit == "probability"
            else f"{value:.1f} dB"
            for value in values
        ]


class Part(Said):
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
    learned : Learned
        Of who said it first, or of the source: how reliable; of a grade, how reliable
        is a source in the middle of it; of a word its strength; of an argument that it
        is true.
    """

    kind: PartKind
    id: str
    title: str
    without: float
    helped: float
    learned: Learned


class PostMortem(Said):
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
    written_mean : float
        Mean of the prior as it was written.
    steps : list of Step
        The way from there to the forecast, as of an explanation: they add up.
    sentences : list of str
        Three, for the record.
    """

    scenario: str
    outcome: bool
    day: datetime.date
    forecast: float
    log: float
    prior_log: float
    parts: list[Part]
    untold: int
    written_mean: float
    steps: list[Step]
    sentences: list[str]


class _Without(NamedTuple):
    kind: PartKind
    id: str
    title: str
    casebook: Casebook
    of: tuple[str, str]  # of what something was learned


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
    whole = basis.weigh(casebook, day, own.heard)
    learned = _learned(basis, whole, own, scenario, outcome)
    way = _way(basis, whole, own, scenario)
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
                learned=learned[without.of],
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
        written_mean=way.written_mean,
        steps=way.steps,
        sentences=[],
    )
    return made.model_copy(update={"sentences": list(_sentences(made))})


def _way(
    basis: Basis, whole: WeighedCasebook, own: Reading, scenario: str
) -> ScenarioExplanation:
    """Take the forecast apart, by draws each as often as its weight is worth."""
    z = columns(basis.draws, whole.design)
    n = len(own.weights)
    middles = (np.arange(n) + 0.5) / n
    chosen = np.searchsorted(np.cumsum(own.weights), middles).clip(max=n - 1)
    made = explain(z[:, chosen].T, own.casebook, own.as_of, own.summary)
    return next(one for one in made.scenarios if one.id == scenario)


def _learned(
    basis: Basis, whole: WeighedCasebook, own: Reading, scenario: str, outcome: bool
) -> dict[tuple[str, str], Learned]:
    """Say of each source, grade, word and argument what was learned."""
    casebook, priors = own.casebook, own.casebook.priors
    ended = Outcome(occurred=outcome, on=own.as_of)
    scenarios = tuple(
        s.model_copy(update={"outcome": ended}) if s.id == scenario else s
        for s in priors.scenarios
    )
    settled = priors.model_copy(update={"scenarios": scenarios})
    after: Floats | None = None
    with suppress(ModelError):  # no draw is possible with the outcome
        reading = basis.read(
            casebook.followed_by(settled, casebook.evidence), own.as_of, own
        )
        after = reading.weights if can_tell(reading.pareto_k) else None
    laid_out, n = whole.design, len(own.weights)
    bare = unknowns(prior_draws(laid_out.coords()["unknown"], n), laid_out.arrays)
    even = np.full((len(laid_out.arguments), n), 0.5)
    before = _worth(bare, even, laid_out)
    then = _worth(whole.x, expit(whole.belief.argument_log_odds.T), laid_out)
    return {
        of: Learned(
            unit="dB" if of[0] == "word" else "probability",
            prior=float(before[of].mean()),
            then=float(own.weights @ draws),
            after=None if after is None else float(after @ draws),
        )
        for of, draws in then.items()
    }


def _worth(
    x: Unknowns, established: Floats, laid_out: Design
) -> dict[tuple[str, str], Floats]:
    """What sources, grades, words and arguments are worth under each draw."""
    scales = laid_out.known.priors.scales.reliability
    shifts = {**dict(zip(GRADES, x.grade, strict=True)), "F": np.zeros_like(x.grade[0])}
    strengths = np.exp(x.calibration + x.strength)
    kinds: dict[str, Mapping[str, Floats]] = {
        "source": dict(zip(laid_out.sources, expit(x.reliability), strict=True)),
        "grade": {g: expit(scales[g].location + shifts[g]) for g in scales},
        "word": dict(zip(WORDS, strengths, strict=True)),
        "argument": dict(zip(laid_out.arguments, established, strict=True)),
    }
    return {
        (kind, name): draws for kind, of in kinds.items() for name, draws in of.items()
    }


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
    groups: dict[tuple[PartKind, str], tuple[str, str, set[str]]] = {}

    def add(kind: PartKind, name: str, title: str, claim: Report) -> None:
        of = name if kind in ("grade", "word") else claim.speaker
        groups.setdefault((kind, name), (title, of, set()))[2].add(claim.id)

    for claim in claims.values():
        speaker = sources[claim.speaker]
        add("report", claim.id, claim.claim, claim)
        add("origin", speaker.id, speaker.name, claim)
        add("grade", speaker.reliability, speaker.reliability, claim)
        for bearing in claim.bears_on:
            if bearing.strength is not None:
                add("word", bearing.strength, bearing.strength, claim)
    for (kind, name), (title, of, ids) in groups.items():
        told = [r.id for one in ids for r in casebook.index.telling(claims[one])]
        changes = changes_without(casebook, reports=told)
        learned = (kind if kind in ("grade", "word") else "source", of)
        yield _Without(kind, name, title, changed(casebook, changes), learned)
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
            ("argument", argument.id),
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
        f"What {verb} most is the {first.kind} “{first.title}”, by "
        f"{abs(first.helped):.2f} nats: without it, {percent(first.without)}; "
        f"{_lesson(first)}."
    )


def _lesson(part: Part) -> str:
    prior, then, after = part.learned.told
    whose = "it true" if part.kind == "argument" else "its source right"
    said = f"we held {whose} with {prior} before any report, {then} that day"
    return said if part.learned.after is None else f"{said}, {after} once this came"
