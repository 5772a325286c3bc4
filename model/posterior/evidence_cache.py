"""What reports and arguments say of each scenario and argument, under each draw of z.

It takes most of the time of weighing, and between two casebooks most of it is the same:
a report that is new, dropped or regraded changes what is heard of the one or two
targets that it bears on. So what was heard is kept by target, beside everything that it
was made of; in another casebook only targets are heard anew of which that differs.

There are three kinds of targets: what reports say of a scenario itself, what they say
of an argument, and what arguments say of a scenario.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from deciban.model.likelihood.arithmetic import NUMPY
from deciban.model.likelihood.arrays import Arrays, Bearings, Claims, Relays, Targets
from deciban.model.likelihood.design import Design
from deciban.model.likelihood.formula import (
    Evidence,
    Unknowns,
    argument_evidence,
    argument_tilt,
    by_target,
    report_tilt,
    scenario_evidence,
)

__all__ = ["Hearing", "blocks", "hear", "of_draws"]

type Floats = NDArray[np.float64]
type Integers = NDArray[np.int64]
type Kind = Literal["scenario", "argument", "reasoned"]
type Target = tuple[Kind, str]
type Testimony = tuple[Any, ...]  # of everything that evidence is made of, by name

# Draws by bearings weighed at a time: 5 MB an array.
_BLOCK = 600_000


def blocks(n_draws: int, width: int) -> Iterator[slice]:
    """Cut draws into blocks that are weighed at a time, ``width`` numbers each."""
    rows = max(1, _BLOCK // max(1, width))
    return (slice(start, start + rows) for start in range(0, n_draws, rows))


def of_draws(x: Unknowns, rows: slice) -> Unknowns:
    """What some of the draws stand for."""
    return Unknowns(*(part[rows] for part in x))


class Hearing(NamedTuple):
    """What was heard of each target.

    Attributes
    ----------
    testimony : dict
        What the evidence on a target is made of: two that are equal give the same.
    evidence : dict of ndarray, shape (2, draw)
        Log-likelihood of what is said of a target, where it is true and where it is
        false.
    """

    testimony: Mapping[Target, Testimony]
    evidence: Mapping[Target, Floats]

    def on(self, kind: Kind, names: Sequence[str], rows: slice) -> Evidence:
        """Gather the evidence on some targets, shape (draw, target)."""
        if not names:
            n_draws = len(range(*rows.indices(self.n_draws)))
            return Evidence(np.empty((n_draws, 0)), np.empty((n_draws, 0)))
        both = np.stack([self.evidence[kind, name][:, rows] for name in names], axis=1)
        return Evidence(both[0].T, both[1].T)

    def updated(self, other: "Hearing") -> "Hearing":
        """Take what was heard of some targets in the place of what is here of them."""
        return Hearing(
            {**self.testimony, **other.testimony}, {**self.evidence, **other.evidence}
        )

    @property
    def n_draws(self) -> int:
        """Number of draws; there is always a scenario."""
        return len(next(iter(self.evidence.values()))[0])


def hear(x: Unknowns, laid_out: Design, known: Hearing | None = None) -> Hearing:
    """Hear what reports and arguments say.

    Parameters
    ----------
    x : Unknowns
        What each draw of z stands for in the design; members have shape (draw, ...).
    laid_out : Design
        The casebook.
    known : Hearing, optional
        What was heard in another casebook, under the same draws of every unknown that
        goes by the same label.
    """
    testimony = _testimony(laid_out)
    before = known.testimony if known else {}
    anew = [target for target, said in testimony.items() if before.get(target) != said]
    evidence = dict(known.evidence) if known else {}
    evidence |= _reported(x, laid_out, anew)
    evidence |= _reasoned(x, laid_out, anew, Hearing(testimony, evidence))
    return Hearing(testimony, {target: evidence[target] for target in testimony})


def _testimony(laid_out: Design) -> dict[Target, Testimony]:
    """Collect what each target's evidence is made of, by labels and numbers."""
    arrays, places = laid_out.arrays, laid_out.layout.places()
    named = list(
        zip(
            laid_out.coords()["unknown"],
            arrays.location.tolist(),
            arrays.scale.tolist(),
            strict=True,
        )
    )
    digits, words, sources = (named[places[k]] for k in ("digit", "word", "source"))
    (calibration,) = named[places["calibration"]]
    relays: list[list[Any]] = [[] for _ in laid_out.claims]
    for claim, relay in zip(*(part.tolist() for part in arrays.relay), strict=True):
        relays[claim].append(sources[relay])
    claims = [
        (sources[k], digits[d] if share else None, heard, freshness, tuple(relay))
        for k, d, share, heard, freshness, relay in zip(
            *(part.tolist() for part in arrays.claim), relays, strict=True
        )
    ]

    def strength(word: int, sign: float, tilt: float) -> Any:
        return (words[word], calibration, sign) if sign else tilt

    found: dict[Target, list[Any]] = {("argument", a): [] for a in laid_out.arguments}
    found |= {("scenario", s): [] for s in laid_out.scenarios}
    found |= {("reasoned", s): [] for s in laid_out.scenarios}
    for giver, *how, (_, target, name) in zip(
        *(part.tolist() for part in arrays.bearing), laid_out.bearings, strict=True
    ):
        kind: Kind = "scenario" if target == "scenario" else "argument"
        found[kind, name].append((claims[giver], strength(*how)))
    for _, *how, (argument, scenario) in zip(
        *(part.tolist() for part in arrays.argument_bearing),
        laid_out.argument_bearings,
        strict=True,
    ):
        said = tuple(found["argument", argument])
        found["reasoned", scenario].append((said, strength(*how)))
    return {target: tuple(said) for target, said in found.items()}


def _reported(
    x: Unknowns, laid_out: Design, targets: Sequence[Target]
) -> dict[Target, Floats]:
    """Weigh what the reports say of some targets."""
    heard = {t: np.zeros((2, len(x.prior))) for t in targets if t[0] != "reasoned"}
    arrays = _only(laid_out, heard)
    width = len(arrays.bearing.giver)
    if not width:
        return heard
    index = {
        "scenario": {name: i for i, name in enumerate(laid_out.scenarios)},
        "argument": {name: i for i, name in enumerate(laid_out.arguments)},
    }
    for rows in blocks(len(x.prior), width):
        tilt = report_tilt(of_draws(x, rows), arrays, NUMPY)
        direct, testimony = by_target(tilt, arrays, NUMPY)
        found = {
            "scenario": scenario_evidence(direct, arrays, NUMPY),
            "argument": argument_evidence(testimony, arrays, NUMPY),
        }
        for kind, name in heard:
            at = index[kind][name]
            heard[kind, name][0, rows] = found[kind].yes[:, at]
            heard[kind, name][1, rows] = found[kind].no[:, at]
    return heard


def _reasoned(
    x: Unknowns, laid_out: Design, targets: Sequence[Target], reported: Hearing
) -> dict[Target, Floats]:
    """Weigh what the arguments say of some scenarios, given the reports on them."""
    heard = {t: np.zeros((2, len(x.prior))) for t in targets if t[0] == "reasoned"}
    arrays = laid_out.arrays
    kept = _places(
        ("reasoned", name) in heard for _, name in laid_out.argument_bearings
    )
    if not len(kept):
        return heard
    scenario = arrays.target.scenario[laid_out.n_direct :]
    arrays = arrays._replace(
        argument_bearing=Bearings(*(part[kept] for part in arrays.argument_bearing)),
        target=Targets(scenario[kept], arrays.target.argument),
    )
    at = {name: i for i, name in enumerate(laid_out.scenarios)}
    for rows in blocks(len(x.prior), len(kept)):
        about = reported.on("argument", laid_out.arguments, rows)
        tilt = argument_tilt(of_draws(x, rows), about.log_odds, arrays, NUMPY)
        found = scenario_evidence(tilt, arrays, NUMPY)
        for kind, name in heard:
            heard[kind, name][0, rows] = found.yes[:, at[name]]
            heard[kind, name][1, rows] = found.no[:, at[name]]
    return heard


def _only(laid_out: Design, targets: Iterable[Target]) -> Arrays:
    """The arrays with the reports' bearings on some targets alone."""
    arrays, wanted = laid_out.arrays, set(targets)
    kept = _places((kind, name) in wanted for _, kind, name in laid_out.bearings)
    givers = arrays.bearing.giver[kept]
    claims = np.unique(givers)
    relayed = np.flatnonzero(np.isin(arrays.relay.claim, claims))
    n_direct = laid_out.n_direct
    direct, testimony = kept[kept < n_direct], kept[kept >= n_direct] - n_direct
    return arrays._replace(
        claim=Claims(*(part[claims] for part in arrays.claim)),
        relay=Relays(
            np.searchsorted(claims, arrays.relay.claim[relayed]),
            arrays.relay.source[relayed],
        ),
        bearing=Bearings(
            np.searchsorted(claims, givers), *(p[kept] for p in arrays.bearing[1:])
        ),
        target=Targets(
            arrays.target.scenario[direct], arrays.target.argument[testimony]
        ),
    )


def _places(chosen: Iterable[bool]) -> Integers:
    return np.flatnonzero(np.fromiter(chosen, dtype=bool))
