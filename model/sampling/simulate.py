"""Casebooks drawn from the model itself, with the truth beside them.

A simulated casebook is what the model says the world is like: priors, reliabilities and
strengths are drawn, then outcomes, then what each source would report of them. So a
forecast from it can be held against outcomes that are known, at any size.
"""

import datetime
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from deciban.evidence import (
    DECIBANS_PER_NAT,
    Bearing,
    Credibility,
    EvidenceFile,
    Reliability,
    Report,
    Source,
)
from deciban.model.casebook.casebook import Casebook
from deciban.model.likelihood.design import Design, design
from deciban.model.likelihood.formula import Unknowns, unknowns, weigh
from deciban.model.likelihood.layout import WORDS
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


def simulate(size: Size, seed: int) -> Simulated:
    """Draw a casebook from the model.

    Parameters
    ----------
    size : Size
        How many of what.
    seed : int
        The same seed gives the same casebook.

    Raises
    ------
    ValueError
        If the size is one that no casebook can have.
    """
    rng = np.random.default_rng(seed)
    supporting = _structure(size, rng)
    laid_out = design(supporting, _AS_OF)
    z = rng.standard_normal(laid_out.layout.size)
    x = unknowns(z, laid_out.arrays)
    occurred = _outcomes(laid_out, x, rng)
    established = _arguments(laid_out, x, occurred, rng)
    return Simulated(
        casebook=_directed(supporting, laid_out, z, occurred | established, rng),
        as_of=_AS_OF,
        occurred=occurred,
        reliability=dict(
            zip(laid_out.sources, expit(x.reliability).tolist(), strict=True)
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


def _outcomes(
    laid_out: Design, x: Unknowns, rng: np.random.Generator
) -> dict[str, bool]:
    """Draw what happens: causes first, which come first in the order of ids."""
    log_odds = np.array(x.prior)
    remaining = laid_out.arrays.clock.remaining
    occurred: dict[str, bool] = {}
    for i, scenario in enumerate(laid_out.scenarios):
        for (cause, effect), shift in zip(laid_out.links, x.link, strict=True):
            if effect == scenario and occurred[cause]:
                log_odds[i] += shift
        hazard = remaining[i] * np.logaddexp(0, log_odds[i])
        occurred[scenario] = bool(rng.random() < -np.expm1(-hazard))
    return occurred


def _arguments(
    laid_out: Design, x: Unknowns, occurred: dict[str, bool], rng: np.random.Generator
) -> dict[str, bool]:
    """Draw which arguments are true, each given its one scenario."""
    decibans = np.exp(x.calibration + x.strength)
    tilt = np.tanh(decibans / (2 * DECIBANS_PER_NAT))
    words = laid_out.arrays.argument_bearing.word
    return {
        argument: _agrees(occurred[scenario], float(tilt[word]), rng)
        for (argument, scenario), word in zip(
            laid_out.argument_bearings, words, strict=True
        )
    }


def _directed(
    supporting: Casebook,
    laid_out: Design,
    z: NDArray[np.float64],
    truth: dict[str, bool],
    rng: np.random.Generator,
) -> Casebook:
    """Let each report say what its source would, of what is true."""
    tilt = weigh(z, laid_out.arrays).tilt
    says = {
        report: _agrees(truth[target], float(t), rng)
        for (report, _, target), t in zip(laid_out.bearings, tilt, strict=True)
    }

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
