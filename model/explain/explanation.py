"""What an explanation of a fit says: why each forecast is what it is.

These are the types, and the ways to read them; ``model.explain`` makes them where the
fit is made. What carries an explanation needs no draws.

A claim has two weights, in decibans. *By itself* it has that of one report from its
source, told on its own: the mean of the posterior, with its equal-tailed 90 % interval.
*Here* it has its part in what moved this forecast, beside all others: one number, and
those of all claims add up.
"""

import datetime
from typing import Literal, NamedTuple

from pydantic import Field

from deciban.evidence import Reliability
from deciban.model.said import Said

__all__ = [
    "ArgumentExplanation",
    "Claim",
    "Effect",
    "Explanation",
    "OriginPart",
    "Reasoned",
    "ScenarioExplanation",
    "Settled",
    "SourceExplanation",
    "Step",
    "StepKind",
    "StepOrder",
    "Weight",
]

type StepKind = Literal[
    "ties", "time", "outcomes", "report", "argument", "gathered", "links", "noise"
]
type StepOrder = Literal["size", "date"]
type Settled = Literal["occurred", "did not occur"]

# Steps that lead from the prior as it was written to where the reports begin.
_BEFORE = ("ties", "time", "outcomes")


class Weight(NamedTuple):
    """A weight of evidence in decibans: mean of its posterior, and 90 % interval."""

    mean: float
    low: float
    high: float


class Effect(NamedTuple):
    """What one claim, or all of a source, moves a scenario by one way.

    Attributes
    ----------
    scenario : str
    argument : str or None
        The argument that it goes through; None where it bears on the scenario itself,
        or on a rival.
    here : float
        Its part in what moved the forecast, in dB; of a settled scenario its part in
        all that bears on it.
    alone : Weight or None
        Weight of the claim by itself, on the argument that it goes through or on the
        scenario; None of a source's claims together, and of what is said of rivals.
    """

    scenario: str
    argument: str | None
    here: float
    alone: Weight | None


class Reasoned(NamedTuple):
    """What an argument weighs on a scenario.

    Attributes
    ----------
    here : float
        The part of all its reports in what moved the forecast, in dB.
    alone : Weight
        Its weight by itself.
    """

    here: float
    alone: Weight


class _Effective(Said):
    """Somebody or something with effects on scenarios.

    Attributes
    ----------
    effects : list of Effect
        By scenario and argument.
    """

    effects: list[Effect]

    def on(self, scenario: str) -> float | None:
        """What it moves a scenario by all ways, in dB; None where it has no way."""
        parts = [e.here for e in self.effects if e.scenario == scenario]
        return sum(parts) if parts else None

    def scenarios(self) -> list[str]:
        """Ids of the scenarios that it bears on."""
        return list(dict.fromkeys(effect.scenario for effect in self.effects))


class Claim(_Effective):
    """A claim, once however often it was reported: an entry of the ledger.

    Attributes
    ----------
    report : str
        Id of the report that brought it; its repeats are in ``carried``.
    origin : str
        Id of the source that said it.
    carried : dict of float
        Which share of the claim's tilt each of its reports carried, in the order of
        their dates: how much of it was heard by then. Empty for a claim that was
        reported once.
    """

    report: str
    origin: str
    carried: dict[str, float]


class Step(Said):
    """One step of the way from the prior to the forecast of a scenario.

    Attributes
    ----------
    kind : str
        ``ties``: links and rivals, before any report. ``time``: the time that has
        passed, as far as somebody looked. ``outcomes``: those of scenarios that are
        linked. ``report``: a claim that bears on the scenario itself, with all its
        relays and repeats. ``argument``: an argument, with all its reports.
        ``gathered``: reports and arguments that are too small and too many to be told
        apart. ``links``: what reports on other scenarios move through links.
        ``noise``: how far the draws of a fit err where nothing else moves a forecast.
    id : str or None
        Of the report or the argument.
    weight_db : float
        The steps of a scenario lead from its prior as written to its forecast.
    on : date or None
        When the last of its reports was published.
    reports : int
        Number of reports in it, repeats included.
    through : dict of float
        What comes through links, by the scenario that it comes from, in dB.
    """

    kind: StepKind
    id: str | None
    weight_db: float
    on: datetime.date | None = None
    reports: int = 0
    through: dict[str, float] = Field(default={})


class ScenarioExplanation(Said):
    """Why the forecast of a scenario is what it is.

    Attributes
    ----------
    id : str
    written_mean : float
        Mean of the prior as it was written: of the whole window, and by itself.
    mean, prior_mean : float
        As in the fit's summary.
    weight_db : float or None
        As in the fit's summary, None where the scenario is settled.
    settled : str or None
        By its outcome, or by that of a rival, so that there are no steps.
    density, prior_density : list of float or None
        Mean density in each cell of ``Explanation.axis``; None where all draws are one
        value.
    steps : list of Step
        Those before any report; then reports and arguments, the largest first; then
        what is gathered, and what comes through links. What was learned is in each.
    """

    id: str
    written_mean: float
    mean: float
    prior_mean: float
    weight_db: float | None
    settled: Settled | None
    density: list[float] | None
    prior_density: list[float] | None
    steps: list[Step]

    def ordered(self, by: StepOrder = "size") -> list[Step]:
        """Steps by size, the largest first, or by date; the others where they are."""
        if by == "size":
            return self.steps
        told = {"report": 1, "argument": 1} | dict.fromkeys(_BEFORE, 0)
        return sorted(
            self.steps,
            key=lambda step: (
                (told.get(step.kind, 2), step.on or datetime.date.min)
                if told.get(step.kind, 2) == 1
                else (told.get(step.kind, 2), datetime.date.min)
            ),
        )


class ArgumentExplanation(Said):
    """How far an argument is established, by what, and what it weighs.

    Attributes
    ----------
    id : str
    probability : float
        That it is true, given the reports on it; even before any.
    eti90 : (float, float)
    reports : dict of Weight
        What each claim has part in the argument's own log-odds, by report, the largest
        first.
    on : dict of Reasoned
        What it weighs on each scenario.
    """

    id: str
    probability: float
    eti90: tuple[float, float]
    reports: dict[str, Weight]
    on: dict[str, Reasoned]


class SourceExplanation(_Effective):
    """What a source is worth and what it contributes.

    Attributes
    ----------
    id : str
    grade : str
    prior_mean, mean : float
    eti90 : (float, float)
        Its reliability by its grade or by numbers of its own, and after the reports.
    reports : int
        Number of reports that it published.
    claims : int
        Number of claims that it was the first to make.
    relayed : int
        Number of claims of others that it passed on.
    counts : dict of (int, int)
        Number of its claims for and against each scenario, by the sign of their weight.
    agreed, disagreed : int
        Number of its claims' bearings on scenarios that have resolved which point to
        what happened, and away from it.
    """

    id: str
    grade: Reliability
    prior_mean: float
    mean: float
    eti90: tuple[float, float]
    reports: int
    claims: int
    relayed: int
    counts: dict[str, tuple[int, int]]
    agreed: int
    disagreed: int


class OriginPart(NamedTuple):
    """What one origin has part in a step, in dB: together, and claim by claim."""

    origin: str
    here: float
    claims: list[tuple[Claim, Effect]]


class Explanation(Said):
    """Why a fit says what it says.

    Attributes
    ----------
    axis : list of float
        Ends of the cells of all densities, from 0 to 1.
    scenarios : list of ScenarioExplanation
    arguments : list of ArgumentExplanation
    sources : list of SourceExplanation
        In the order of the casebook's files.
    claims : list of Claim
        Those that bear on something, in the order of the evidence file.
    """

    axis: list[float]
    scenarios: list[ScenarioExplanation]
    arguments: list[ArgumentExplanation]
    sources: list[SourceExplanation]
    claims: list[Claim]

    def opened(self, scenario: str, step: Step) -> list[OriginPart]:
        """Open a step into its claims, grouped by who said them, the largest first.

        They add up to the step.
        """
        if step.kind not in ("report", "argument"):
            return []
        argument = step.id if step.kind == "argument" else None
        said: dict[str, list[tuple[Claim, Effect]]] = {}
        for claim in self.claims:
            if argument is None and claim.report != step.id:
                continue
            for effect in claim.effects:
                if (effect.scenario, effect.argument) == (scenario, argument):
                    said.setdefault(claim.origin, []).append((claim, effect))
        parts = [
            OriginPart(
                origin,
                sum(effect.here for _, effect in claims),
                sorted(claims, key=lambda entry: -abs(entry[1].here)),
            )
            for origin, claims in said.items()
        ]
        return sorted(parts, key=lambda part: -abs(part.here))

    def matter_most(
        self, n: int = 5, scenario: str | None = None
    ) -> list[tuple[Claim, str, float]]:
        """Find the claims that matter most: each where it does most, and by how much.

        Parameters
        ----------
        n : int
            How many.
        scenario : str, optional
            For which scenario; by default for any that is not settled.
        """
        considered = {s.id for s in self.scenarios if s.settled is None}
        if scenario is not None:
            considered = {scenario}
        best = []
        for claim in self.claims:
            reached = [
                (claim, s, here)
                for s in claim.scenarios()
                if s in considered and (here := claim.on(s)) is not None
            ]
            best += sorted(reached, key=lambda entry: -abs(entry[2]))[:1]
        return sorted(best, key=lambda entry: -abs(entry[2]))[:n]
