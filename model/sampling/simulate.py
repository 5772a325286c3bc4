"""Casebooks drawn from the model itself, with the truth beside them.

A simulated casebook is what the model says the world is like: priors, reliabilities and
strengths are drawn, then outcomes, then what each source would report of them. So a
forecast from it can be held against outcomes that are known, at any size.
"""

import datetime
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import get_args

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from deciban.evidence import (
    Bearing,
    Credibility,
    EvidenceFile,
    Reliability,
    Report,
    Source,
)
from deciban.model.casebook.casebook import Casebook
from deciban.model.casebook.links import linked_sets
from deciban.model.likelihood.accounts import claim_quality
from deciban.model.likelihood.arithmetic import NUMPY
from deciban.model.likelihood.design import Design, design
from deciban.model.likelihood.layout import WORDS
from deciban.model.likelihood.overlap import pooled
from deciban.model.likelihood.testimony import Account, Reason
from deciban.model.likelihood.unknowns import (
    ACROSS,
    IN_ACCOUNT,
    strengths,
    unknowns,
)
from deciban.priors import (
    Argument,
    ArgumentBearing,
    Link,
    PriorsFile,
    QuantilePrior,
    Scenario,
)

__all__ = ["Simulated", "Size", "simulate"]

_OPENS = datetime.date(2020, 1, 1)
_CLOSES = datetime.date(2021, 12, 31)
_AS_OF = datetime.date(2020, 12, 31)

# How a ledger of news looks: a fifth of reports relay an origin, a tenth repeat a
# report, a third speak of an argument. Grades lie on or near the diagonal A1, B2, ...
# (Baker, McKendry and Mace 1968), and F and 6 occur.
_RELAYED, _REPEATED, _ARGUED = 0.2, 0.1, 1 / 3
_GRADES: dict[Reliability, float] = {
    "A": 0.05,
    "B": 0.3,
    "C": 0.3,
    "D": 0.2,
    "E": 0.05,
    "F": 0.1,
}
_LINKED_SETS_OF = 4


@dataclass(frozen=True)
class Size:
    """How much to simulate; each a count, at least 1 but for links and arguments."""

    reports: int
    scenarios: int
    sources: int
    arguments: int
    links: int

    def __post_init__(self) -> None:
        """Refuse a size that no casebook can have."""
        for name in ("reports", "scenarios", "sources"):
            if getattr(self, name) < 1:
                raise ValueError(
                    f"{name} must be at least 1, got {getattr(self, name)!r}"
                )
        most = self.scenarios - math.ceil(self.scenarios / _LINKED_SETS_OF)
        if not 0 <= self.links <= most:
            raise ValueError(
                f"links must be between 0 and {most} for {self.scenarios} scenarios, "
                f"got {self.links!r}"
            )
        if self.arguments < 0:
            raise ValueError(f"arguments must be at least 0, got {self.arguments!r}")

    @classmethod
    def around(cls, reports: int, **given: int) -> "Size":
        """Choose a size around a number of reports, as casebooks are.

        Parameters
        ----------
        reports : int
            Number of reports.
        **given : int
            Any other count, where it is not to be chosen.
        """
        scenarios = given.get("scenarios", max(1, reports // 10))
        chosen = {
            "scenarios": scenarios,
            "sources": max(2, round(1.8 * math.sqrt(reports)) + 3),
            "arguments": scenarios,
            "links": max(0, scenarios - math.ceil(scenarios / _LINKED_SETS_OF)) // 2,
        }
        return cls(reports=reports, **(chosen | given))


@dataclass(frozen=True)
class Simulated:
    """A casebook and the truth that made it.

    Attributes
    ----------
    casebook : Casebook
        Without outcomes.
    as_of : date
        The day at whose clock the outcomes were drawn; all reports are known by then.
    occurred : dict of bool
        What happens in the end, by scenario.
    reliability : dict of float
        Probability that what a source publishes is genuine, by source.
    z : ndarray [unknown]
        Everything unknown, in the places of ``design(casebook, as_of)``.
    """

    casebook: Casebook
    as_of: datetime.date
    occurred: dict[str, bool]
    reliability: dict[str, float]
    z: NDArray[np.float64]


def simulate(size: Size, seed: int, *, shared_error: float | None = None) -> Simulated:
    """Draw a casebook from the model.

    Parameters
    ----------
    size : Size
        How many of what.
    seed : int
        The same seed gives the same casebook.
    shared_error : float, optional
        In place of the model's own dependence a common cause, which it does not assume:
        with this probability what is not genuine is the error that all reports on one
        target share. 0 makes reports independent.

    Raises
    ------
    ValueError
        If the size is one that no casebook can have, or ``shared_error`` no
        probability.
    """
    if shared_error is not None and not 0 <= shared_error <= 1:
        raise ValueError(f"shared_error must be in [0, 1], got {shared_error!r}")
    rng = np.random.default_rng(seed)
    supporting = _structure(size, rng)
    laid_out = design(supporting, _AS_OF)
    z, occurred = _unsettled(laid_out, rng)
    voices = _Voices(laid_out, z)
    says: dict[str, bool] = {}
    for scenario, occurs in occurred.items():
        if shared_error is None:
            says |= voices.on(scenario, occurs, rng)
        else:
            says |= voices.sharing(scenario, occurs, shared_error, rng)
    reliability = unknowns(z[:, None], laid_out.arrays).reliability[:, 0]
    return Simulated(
        casebook=_directed(supporting, says),
        as_of=_AS_OF,
        occurred=occurred,
        reliability=dict(
            zip(laid_out.sources, expit(reliability).tolist(), strict=True)
        ),
        z=z,
    )


def _structure(size: Size, rng: np.random.Generator) -> Casebook:
    """Make a casebook in which every bearing supports."""
    scenarios = [_scenario(i, size.scenarios, rng) for i in range(size.scenarios)]
    # Sets of consecutive scenarios, linked in a chain from first to last.
    possible = [i for i in range(1, size.scenarios) if i % _LINKED_SETS_OF]
    chosen = sorted(rng.choice(possible, size.links, replace=False)) if possible else []
    links = [
        Link(
            if_=scenarios[i - 1].id,
            then=scenarios[i].id,
            direction=_choose(rng, ["raises", "lowers"]),
            strength=_choose(rng, ["weak", "moderate", "strong"]),
        )
        for i in chosen
    ]
    arguments = [
        Argument(
            id=_name("argument", i, size.arguments),
            statement=f"Simulated argument {i + 1}",
            bears_on=(
                ArgumentBearing(
                    scenario=_choose(rng, scenarios).id,
                    direction="supports",
                    strength=_choose(rng, WORDS),
                ),
            ),
        )
        for i in range(size.arguments)
    ]
    sources = [
        Source(
            id=_name("source", i, size.sources),
            name=f"Simulated source {i + 1}",
            reliability=_choose(rng, list(_GRADES), list(_GRADES.values())),
        )
        for i in range(size.sources)
    ]
    reports: list[Report] = []
    for i in range(size.reports):
        name = _name("report", i, size.reports)
        reports.append(_report(name, scenarios, arguments, sources, reports, rng))
    return Casebook(
        priors=PriorsFile(
            case="simulated",
            title=f"Simulated case of {size.reports} reports",
            scenarios=tuple(scenarios),
            arguments=tuple(arguments),
            links=tuple(links),
        ),
        evidence=EvidenceFile(
            case="simulated", sources=tuple(sources), reports=tuple(reports)
        ),
    )


def _scenario(i: int, n: int, rng: np.random.Generator) -> Scenario:
    median = float(rng.uniform(0.1, 0.9))
    return Scenario(
        id=_name("scenario", i, n),
        question=f"Does simulated scenario {i + 1} occur by {_CLOSES}?",
        criteria="What the simulation drew.",
        opens=_OPENS,
        closes=_CLOSES,
        hazard=_choose(rng, ["constant", "none"]),
        prior=QuantilePrior(
            median=round(median, 3),
            low=round(median / 2, 3),
            high=round((1 + median) / 2, 3),
        ),
    )


def _report(
    name: str,
    scenarios: Sequence[Scenario],
    arguments: Sequence[Argument],
    sources: Sequence[Source],
    earlier: Sequence[Report],
    rng: np.random.Generator,
) -> Report:
    publisher = _choose(rng, sources)
    if earlier and rng.random() < _REPEATED:
        original = _choose(rng, earlier)
        return Report(
            id=name,
            claim=f"Simulated repeat of {original.id}",
            source=publisher.id,
            repeats=original.id,
            credibility=original.credibility,
            published=original.published,
        )
    origin = _choose(rng, sources) if rng.random() < _RELAYED else None
    argued = bool(arguments) and rng.random() < _ARGUED
    return Report(
        id=name,
        claim=f"Simulated claim of {name}",
        source=publisher.id,
        origin=origin.id if origin else None,
        credibility=_digit_near(origin or publisher, rng),
        published=_OPENS + datetime.timedelta(days=int(rng.integers(366))),
        bears_on=(
            Bearing(
                argument=_choose(rng, arguments).id if argued else None,
                scenario=None if argued else _choose(rng, scenarios).id,
                direction="supports",
                strength=_choose(rng, WORDS),
            ),
        ),
    )


def _digit_near(source: Source, rng: np.random.Generator) -> Credibility:
    """Draw a digit on the diagonal A1, B2, ... with probability 0.87, else any."""
    if rng.random() < 0.87:
        digit = "ABCDEF".index(source.reliability) + 1
    else:
        digit = int(rng.integers(1, 7))
    on_scale: tuple[Credibility, ...] = get_args(Credibility.__value__)
    return on_scale[digit - 1]


def _unsettled(
    laid_out: Design, rng: np.random.Generator
) -> tuple[NDArray[np.float64], dict[str, bool]]:
    """Draw everything unknown, and what happens, where nobody has settled anything.

    What has occurred by now would have been noticed, as a rule: then all that a set of
    linked scenarios depends on is drawn again.
    """
    z = rng.standard_normal(laid_out.layout.size)
    place = {label: i for i, label in enumerate(laid_out.coords()["unknown"])}
    occurred: dict[str, bool] = {}
    for members in linked_sets(laid_out.scenarios, laid_out.links):
        within = set(members)
        links = [link for link in laid_out.links if link[0] in within]
        own = [place[f"scenario {name}"] for name in members]
        own += [place[f"link {a} -> {b}"] for a, b in links]
        while (happened := _outcomes(members, laid_out, z, rng)) is None:
            z[own] = rng.standard_normal(len(own))
        occurred |= happened
    return z, {name: occurred[name] for name in laid_out.scenarios}


def _outcomes(
    members: Sequence[str],
    laid_out: Design,
    z: NDArray[np.float64],
    rng: np.random.Generator,
) -> dict[str, bool] | None:
    """Draw what happens: causes first, which come first in the order of ids.

    Returns
    -------
    dict of bool or None
        None where something has occurred already, and was noticed.
    """
    x = unknowns(z[:, None], laid_out.arrays)
    clock, occurred = laid_out.arrays.clock, dict[str, bool]()
    for name in members:
        i = laid_out.scenarios.index(name)
        log_odds = x.prior[i, 0]
        for (cause, effect), shift in zip(laid_out.links, x.link[:, 0], strict=True):
            if effect == name and occurred[cause]:
                log_odds += shift
        # When it occurs, in shares of the window's hazard.
        at = rng.exponential() / np.logaddexp(0, log_odds)
        if at < clock.passed[i] and rng.random() >= clock.missed[i]:
            return None
        occurred[name] = bool(at < 1)
    return occurred


class _Voices:
    """Who says what, while only the directions of the claims are open."""

    def __init__(self, laid_out: Design, z: NDArray[np.float64]) -> None:
        arrays = laid_out.arrays
        x = unknowns(z[:, None], arrays)
        quality, size = claim_quality(x, arrays, NUMPY), strengths(x, arrays)
        genuine = expit(quality.log_odds[:, 0])
        self.power = x.power[:, 0]
        self.size = dict(zip(WORDS, size[: len(WORDS), 0], strict=True))
        said = arrays.said
        self.genuine = dict(zip(laid_out.claims, genuine, strict=True))
        tilt = np.tanh(size[said.strength, 0] / 2) * quality.heard[said.claim, 0]
        self.tilt = {
            laid_out.claims[claim]: float(t)
            for claim, t in zip(said.claim, tilt, strict=True)
        }
        self.testimony = laid_out.testimony

    def on(
        self, scenario: str, occurs: bool, rng: np.random.Generator
    ) -> dict[str, bool]:
        """Draw whether each claim supports what it bears on, as the model has it.

        Directions agree as they would of a question with even odds, and are accepted in
        proportion to what they say of this one.
        """
        target = self.testimony.scenarios[scenario]
        while True:
            other = bool(rng.random() < 0.5)
            says: dict[str, bool] = {}
            weights = [self._accepted(a, other, says, rng) for a in target.accounts]
            for reason in target.reasons:
                weight = self._reason(reason, says, rng)
                while rng.random() >= expit(weight if other else -weight):
                    weight = self._reason(reason, says, rng)
                weights.append(weight)
            together = self._pooled(weights, ACROSS)
            if rng.random() < expit(together if occurs else -together):
                return says

    def _reason(
        self, reason: Reason, says: dict[str, bool], rng: np.random.Generator
    ) -> float:
        """Draw what is said of an argument; its weight on the scenario, in nats."""
        truth = bool(rng.random() < 0.5)
        weights = [self._accepted(one, truth, says, rng) for one in reason.view]
        about = self._pooled(weights, ACROSS)
        size = self.size[reason.size] if isinstance(reason.size, str) else reason.size
        tilt = math.tanh(about / 2) * math.tanh(size / 2)
        return reason.sign * 2 * math.atanh(tilt)

    def _accepted(
        self,
        account: Account,
        truth: bool,
        says: dict[str, bool],
        rng: np.random.Generator,
    ) -> float:
        """Draw the directions of an account; its weight, in nats."""
        claims = [one.claim.report for one in account.said]
        while True:
            support = rng.random(len(claims)) < 0.5
            weight = self._side(claims, support) - self._side(claims, ~support)
            if rng.random() < expit(weight if truth else -weight):
                says |= dict(zip(claims, support.tolist(), strict=True))
                return weight

    def _side(self, claims: Sequence[str], chosen: NDArray[np.bool_]) -> float:
        side = [name for name, is_in in zip(claims, chosen, strict=True) if is_in]
        if not side:
            return 0.0
        a = max(self.genuine[name] for name in side)
        within = [
            2 * math.atanh(self.genuine[name] * self.tilt[name] / a) for name in side
        ]
        return 2 * math.atanh(a * math.tanh(self._pooled(within, IN_ACCOUNT) / 2))

    def _pooled(self, weights: Sequence[float], which: int) -> float:
        w = np.array(weights)[:, None]
        place = np.zeros(len(w), dtype=np.int64)
        return float(pooled(w, place, 1, self.power[which : which + 1], NUMPY)[0, 0])

    def sharing(
        self,
        scenario: str,
        occurs: bool,
        shared: float,
        rng: np.random.Generator,
    ) -> dict[str, bool]:
        """Draw directions with a common cause, which the model does not know.

        What is not genuine is, with probability ``shared``, the error of the day, the
        same for all that bears on one target; else it is the claim's own.
        """
        target = self.testimony.scenarios[scenario]
        says: dict[str, bool] = {}
        self._common(target.accounts, occurs, shared, says, rng)
        for reason in target.reasons:
            size = (
                self.size[reason.size] if isinstance(reason.size, str) else reason.size
            )
            truth = bool(
                rng.random() < expit(reason.sign * (size if occurs else -size))
            )
            self._common(reason.view, truth, shared, says, rng)
        return says

    def _common(
        self,
        accounts: Sequence[Account],
        truth: bool,
        shared: float,
        says: dict[str, bool],
        rng: np.random.Generator,
    ) -> None:
        error = bool(rng.random() < 0.5)
        for account in accounts:
            for one in account.said:
                name = one.claim.report
                if rng.random() < self.genuine[name]:
                    says[name] = _agrees(truth, self.tilt[name], rng)
                elif rng.random() < shared:
                    says[name] = error
                else:
                    says[name] = bool(rng.random() < 0.5)


def _directed(supporting: Casebook, says: Mapping[str, bool]) -> Casebook:
    """Let each report say what its source would."""

    def directed(report: Report) -> Report:
        if says.get(report.id, True):
            return report
        opposing = [
            b.model_copy(update={"direction": "opposes"}) for b in report.bears_on
        ]
        return report.model_copy(update={"bears_on": tuple(opposing)})

    evidence = supporting.evidence
    reports = tuple(map(directed, evidence.reports))
    return supporting.model_copy(
        update={"evidence": evidence.model_copy(update={"reports": reports})}
    )


def _agrees(truth: bool, tilt: float, rng: np.random.Generator) -> bool:
    """Draw whether evidence of a tilt speaks for its target."""
    return bool(rng.random() < (1 + (tilt if truth else -tilt)) / 2)


def _name(kind: str, i: int, n: int) -> str:
    return f"{kind}-{i + 1:0{len(str(n))}d}"


def _choose[T](
    rng: np.random.Generator, items: Sequence[T], weights: Sequence[float] | None = None
) -> T:
    return items[int(rng.choice(len(items), p=weights))]
