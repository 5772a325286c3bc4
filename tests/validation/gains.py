"""``python -m tests.validation.gains``: what reports gain beside what was expected.

Before a report says which way, ``deciban next`` tells how many bits it is expected to
gain about a scenario. Days are replayed: of each report that then came, what was
expected is paired with what it gained, the log score of the forecast with it less that
of the forecast without, in bits. Where forecasts are calibrated a bit expected is a bit
gained: the slope of the one on the other is 1. It is below where reports tell less than
they seem to.
"""

import datetime
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from deciban.evidence import Report
from deciban.model.casebook.casebook import Casebook
from deciban.model.casebook.files import read_casebook, shipped_case_files
from deciban.model.explain.next_report import Prospect, prospect_of
from deciban.model.posterior.summary import can_tell
from deciban.model.posterior.what_if import Basis
from deciban.model.sampling.fit import SamplingSettings, sample
from deciban.model.sampling.simulate import Size, simulate

__all__ = ["Gain", "Slope", "gains", "slope"]

SHARED_ERRORS = (None, 0.5)
REPORTS = 40  # of a simulated casebook
CUTS = (10, 20, 30)  # reports known on a day that is replayed
NEXT = 4  # reports that came then
_ENOUGH = SamplingSettings(draws=250, tune=250, chains=2)


class Gain(NamedTuple):
    """What a report was expected to gain about a scenario, and gained, in bits."""

    case: str
    report: str
    scenario: str
    expected: float
    realised: float


class Slope(NamedTuple):
    """Slope of what was gained on what was expected, and its 90 % interval."""

    value: float
    low: float
    high: float


def gains(
    basis: Basis,
    casebook: Casebook,
    as_of: datetime.date,
    reports: Iterable[Report],
    occurred: Mapping[str, bool],
) -> Iterator[Gain]:
    """Pair what reports were expected to gain with what they gained.

    Parameters
    ----------
    basis : Basis
        Draws of a fit of the casebook.
    casebook : Casebook
        Without the reports, with their sources.
    as_of : date
        The day of the fit.
    reports : iterable of Report
        Each is added by itself. One that repeats another, or is on a set of rivals, has
        no two sides and is passed over.
    occurred : mapping of bool
        What came true in the end, by scenario: those that are scored.
    """
    now = _forecasts(basis, casebook, as_of)
    for report in reports:
        if report.repeats is not None or any(b.rivals for b in report.bears_on):
            continue
        for scenario in _reached(casebook, report):
            if scenario not in occurred or not 0 < now[scenario] < 1:
                continue
            one = prospect_of(basis, casebook, as_of, scenario, report)
            if can_tell(one.pareto_k):
                yield Gain(
                    casebook.case,
                    report.id,
                    scenario,
                    one.bits,
                    _gained(now[scenario], one, occurred[scenario]),
                )


def _forecasts(
    basis: Basis, casebook: Casebook, as_of: datetime.date
) -> dict[str, float]:
    said = basis.read(casebook, as_of).summary.scenarios
    return {one.id: one.mean for one in said}


def _reached(casebook: Casebook, report: Report) -> list[str]:
    """Scenarios that a report bears on, itself or through an argument."""
    named = {bearing.target for bearing in report.bears_on}
    arguments = {a.id: a for a in casebook.priors.arguments}
    found = [name for kind, name in named if kind == "scenario"]
    for kind, name in named:
        if kind == "argument":
            found += [bearing.scenario for bearing in arguments[name].bears_on]
    return sorted(set(found))


def _gained(before: float, after: Prospect, came: bool) -> float:
    """Log score that was gained, in bits."""
    odds = (after.if_for, before) if came else (1 - after.if_for, 1 - before)
    return float(np.log2(odds[0]) - np.log2(odds[1]))


def slope(pairs: Sequence[Gain], seed: int = 1) -> Slope:
    """Regress what was gained on what was expected, by least squares.

    The interval is of 2,000 draws of whole cases with replacement: what reports of one
    case gain hangs together.
    """
    cases = sorted({pair.case for pair in pairs})
    place = {case: i for i, case in enumerate(cases)}
    number = np.array([place[pair.case] for pair in pairs])
    x = np.array([pair.expected for pair in pairs])
    y = np.array([pair.realised for pair in pairs])
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(len(cases), np.full(len(cases), 1 / len(cases)), 2000)
    slopes = [_fitted(x, y, times[number]) for times in drawn]
    low, high = np.nanquantile(slopes, [0.05, 0.95])
    return Slope(_fitted(x, y, np.ones(len(x))), float(low), float(high))


def _fitted(x: np.ndarray, y: np.ndarray, weights: np.ndarray) -> float:
    mean_x, mean_y = (np.average(v, weights=weights) for v in (x, y))
    spread = weights @ (x - mean_x) ** 2
    return float(weights @ ((x - mean_x) * (y - mean_y)) / spread) if spread else np.nan


def simulated_gains(n_casebooks: int, shared_error: float | None) -> Iterator[Gain]:
    """Replay casebooks whose truth is known, with the clock at which it was drawn."""
    for seed in range(n_casebooks):
        made = simulate(Size.around(REPORTS), seed, shared_error=shared_error)
        book, day = made.casebook, made.as_of
        order = sorted(book.evidence.reports, key=lambda one: (one.published, one.id))
        for cut in CUTS:
            known = _with_reports(book, order[:cut], f"simulated-{seed}")
            basis = Basis(sample(known, day, _ENOUGH), known, day)
            yield from gains(basis, known, day, order[cut : cut + NEXT], made.occurred)


def _with_reports(book: Casebook, reports: Sequence[Report], case: str) -> Casebook:
    kept = {report.id for report in reports}
    evidence = book.evidence.model_copy(
        update={
            "case": case,
            "reports": tuple(r for r in book.evidence.reports if r.id in kept),
        }
    )
    return book.followed_by(book.priors.model_copy(update={"case": case}), evidence)


def shipped_gains() -> Iterator[Gain]:
    """Replay the days of news of the shipped case, of those scenarios that came out."""
    book = read_casebook(*shipped_case_files("dprk-russia"))
    outcomes = book.outcomes()
    occurred = {name: bool(outcome.occurred) for name, outcome in outcomes.items()}
    days = sorted({report.published for report in book.evidence.reports})
    for before, day in pairwise(days):
        known = book.as_of(before)
        basis = Basis(sample(known, before, _ENOUGH), known, before)
        came = [r for r in book.evidence.reports if r.published == day]
        open_ = {s: o for s, o in occurred.items() if outcomes[s].on > day}
        for pair in gains(basis, known, before, came, open_):
            # Scenarios are few, and what is said of one hangs together.
            yield pair._replace(case=pair.scenario)


def _print(name: str, pairs: Sequence[Gain]) -> None:
    found = slope(pairs)
    expected = np.mean([pair.expected for pair in pairs])
    realised = np.mean([pair.realised for pair in pairs])
    n_cases = len({pair.case for pair in pairs})
    print(
        f"{name}: {len(pairs)} reports in {n_cases}, {expected:.3f} bits expected, "
        f"{realised:.3f} gained; slope {found.value:.2f} "
        f"({found.low:.2f} to {found.high:.2f})",
        flush=True,
    )


if __name__ == "__main__":
    for error in SHARED_ERRORS:
        simulated = list(simulated_gains(60, error))
        own = "as the model has it" if error is None else f"shared error {error:g}"
        _print(f"simulated, {own}", simulated)
    _print("dprk-russia", list(shipped_gains()))
