"""What an explanation of a fit says: why each forecast is what it is.

These are the types, and the ways to read them; ``model.explain`` makes them where the
fit is made. Weights are in decibans, and each is the mean of its posterior with its
equal-tailed 90 % interval. What carries an explanation needs no draws.
"""

import datetime
from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

from pydantic import BaseModel, ConfigDict

from deciban.evidence import Reliability

__all__ = [
    "ArgumentExplanation",
    "Claim",
    "Effect",
    "Explanation",
    "OriginPart",
    "ScenarioExplanation",
    "Settled",
    "SourceExplanation",
    "Step",
    "StepKind",
    "StepOrder",
    "Weight",
]

type StepKind = Literal["report", "argument", "links", "gathered", "remainder"]
type StepOrder = Literal["size", "date"]
type Settled = Literal["occurred", "did not occur"]


class Weight(NamedTuple):
    """A weight of evidence in decibans: mean of its posterior, and 90 % interval."""

    mean: float
    low: float
    high: float


class Effect(NamedTuple):
    """What one claim, or all of a source, adds to the weight on a scenario by one way.

    Attributes
    ----------
    scenario : str
    argument : str or None
        The argument that it goes through; None where it bears on the scenario itself.
    weight : Weight
        Through an argument: that of the argument, less what the argument would weigh
        without it.
    """

    scenario: str
    argument: str | None
    weight: Weight


class _Said(BaseModel):
    model_config = ConfigDict(frozen=True)


class _Effective(_Said):
    """Somebody or something with effects on scenarios.

    Attributes
    ----------
    effects : list of Effect
        By scenario and argument.
    together : dict of Weight
        Sum of the effects on a scenario, for those reached in several ways.
    """

    effects: list[Effect]
    together: dict[str, Weight]

    def on(self, scenario: str) -> Weight | None:
        """Weight on a scenario by all ways; None where it has none."""
        if scenario in self.together:
            return self.together[scenario]
        return next((e.weight for e in self.effects if e.scenario == scenario), None)

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


class Step(_Said):
    """One step of the way from the prior to the forecast of a scenario.

    Attributes
    ----------
    kind : str
        ``report``: a claim that bears on the scenario itself, with all its relays and
        repeats. ``argument``: an argument, with all its reports. ``links``: what comes
        through links from other scenarios. ``gathered``: reports and arguments that are
        too small and too many to be told apart. ``remainder``: what the step from the
        mean of log-odds to the log-odds of the mean adds, and what was learned of the
        prior itself.
    id : str or None
        Of the report or the argument.
    weight_db : float
        Mean of the posterior. The steps of a scenario add up to its summary's.
    eti90 : (float, float) or None
        Interval of the same; None for the remainder, which is one number.
    on : date or None
        When the last of its reports was published.
    reports : int
        Number of reports in it, repeats included.
    """

    kind: StepKind
    id: str | None
    weight_db: float
    eti90: tuple[float, float] | None
    on: datetime.date | None
    reports: int


class ScenarioExplanation(_Said):
    """Why the forecast of a scenario is what it is.

    Attributes
    ----------
    id : str
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
        The largest first, ``links`` and ``remainder`` among them by their kind last.
    """

    id: str
    mean: float
    prior_mean: float
    weight_db: float | None
    settled: Settled | None
    density: list[float] | None
    prior_density: list[float] | None
    steps: list[Step]

    def ordered(self, by: StepOrder = "size") -> list[Step]:
        """Steps by size, the largest first, or by date; links and remainder last."""
        if by == "size":
            return self.steps
        return sorted(
            self.steps,
            key=lambda step: (
                step.kind in ("gathered", "links", "remainder"),
                step.on or datetime.date.max,
            ),
        )


class ArgumentExplanation(_Said):
    """How far an argument is established, by what, and what it weighs.

    Attributes
    ----------
    id : str
    probability : float
        That it is true, given the reports on it; even before any.
    eti90 : (float, float)
    reports : dict of Weight
        Weight of each claim on the argument itself, by report, the largest first.
    on : dict of Weight
        Its own weight on each scenario.
    """

    id: str
    probability: float
    eti90: tuple[float, float]
    reports: dict[str, Weight]
    on: dict[str, Weight]


class SourceExplanation(_Effective):
    """What a source is worth and what it contributes.

    Attributes
    ----------
    id : str
    grade : str
    prior_mean, mean : float
    eti90 : (float, float)
        Its reliability by its grade alone, and after the reports.
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
    """What one origin has part in a step: together, and claim by claim."""

    origin: str
    weight: Weight
    claims: list[tuple[Claim, Weight]]


class Explanation(_Said):
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

        The weights of origins through an argument, and of claims, are each what would
        be missing without them; they need not add up to the step, since an argument
        weighs no more than it can.
        """
        if step.kind not in ("report", "argument"):
            return []
        argument = step.id if step.kind == "argument" else None
        said: dict[str, list[tuple[Claim, Weight]]] = {}
        for claim in self.claims:
            if argument is None and claim.report != step.id:
                continue
            for weight in _by(claim.effects, scenario, argument):
                said.setdefault(claim.origin, []).append((claim, weight))
        parts = []
        for origin, claims in said.items():
            claims.sort(key=lambda entry: -abs(entry[1].mean))
            weight = self._together(origin, scenario, argument, claims)
            parts.append(OriginPart(origin, weight, claims))
        return sorted(parts, key=lambda part: -abs(part.weight.mean))

    def _together(
        self,
        origin: str,
        scenario: str,
        argument: str | None,
        claims: list[tuple[Claim, Weight]],
    ) -> Weight:
        if len(claims) == 1:
            return claims[0][1]
        source = next(source for source in self.sources if source.id == origin)
        return next(_by(source.effects, scenario, argument))

    def matter_most(
        self, n: int = 5, scenario: str | None = None
    ) -> list[tuple[Claim, str, Weight]]:
        """Find the claims that matter most: each with the scenario it matters most to.

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
                (claim, s, weight)
                for s in claim.scenarios()
                if s in considered and (weight := claim.on(s)) is not None
            ]
            best += sorted(reached, key=lambda entry: -abs(entry[2].mean))[:1]
        return sorted(best, key=lambda entry: -abs(entry[2].mean))[:n]


def _by(
    effects: Iterable[Effect], scenario: str, argument: str | None
) -> Iterator[Weight]:
    return (
        effect.weight
        for effect in effects
        if (effect.scenario, effect.argument) == (scenario, argument)
    )
