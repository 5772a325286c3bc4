"""Casebooks drawn from the model, half of them settled to learn from.

Half of a number of simulated casebooks are settled and put together, so that one fit
learns the overlap of all; the forecasts of the others, whose outcomes that fit does not
know, are scored with it and with none. Then the halves change places. Where reports
were simulated as independent, little should be lost by learning; where they shared
errors, forecasts should come out calibrated that would be far too sure otherwise.
"""

import datetime
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deciban.evidence import EvidenceFile
from deciban.model.casebook.casebook import Casebook
from deciban.model.sampling.simulate import Simulated, Size, simulate
from deciban.priors import PriorsFile
from tests.validation.fits import Effort, fit_quietly
from tests.validation.learning import KEYS, VAGUE, Quantiles, written
from tests.validation.scores import scores

__all__ = ["joined", "settled", "simulated_table", "with_scales"]

type Floats = NDArray[np.float64]

SIZES = (30, 100, 300)
_CLIP = 1e-6
_NONE = dict.fromkeys(KEYS, 0.0)
# Keys of the two files under which an id stands.
_ID_KEYS = {
    "argument",
    "camp",
    "id",
    "if",
    "origin",
    "repeats",
    "scenario",
    "source",
    "then",
}


def simulated_table(n_casebooks: int, shared_error: float, effort: Effort) -> None:
    """Print how overlap learned from half of the casebooks serves the other half.

    Parameters
    ----------
    n_casebooks : int
        At least 2, of each size.
    shared_error : float
        As ``simulate`` has it; 0 where reports are independent.
    effort : Effort
        How long to sample.
    """
    print(f"\nSimulated casebooks, {n_casebooks} a size, shared error {shared_error:g}")
    names = ("scored", "learned", "loss", "loss at 0", "slope", "slope at 0")
    _line("reports", names)
    for n_reports in SIZES:
        drawn = [
            simulate(_size(n_reports), seed, shared_error=shared_error)
            for seed in range(n_casebooks)
        ]
        halves = drawn[::2], drawn[1::2]
        overlaps, found, alone, occurred = [], [], [], []
        for to_learn, to_score in (halves, halves[::-1]):
            overlap = _learned(to_learn, effort)
            overlaps.append(overlap)
            for one in to_score:
                found.append(_forecasts(one, written(overlap), effort))
                alone.append(_forecasts(one, written(_NONE), effort))
                occurred.append(np.array([*one.occurred.values()]))
        ours, none = (
            scores(np.concatenate(some), np.concatenate(occurred), _CLIP)
            for some in (found, alone)
        )
        cells = (
            f"{ours.n}",
            " and ".join(f"{overlap['across'].median:.2f}" for overlap in overlaps),
            f"{ours.log_loss:.3f}",
            f"{none.log_loss:.3f}",
            f"{ours.slope:.2f} (se {_slope_error(found, occurred):.2f})",
            f"{none.slope:.2f} (se {_slope_error(alone, occurred):.2f})",
        )
        print(
            f"  {n_reports:<8}" + "".join(f"{cell:>18}" for cell in cells), flush=True
        )


def _size(n_reports: int) -> Size:
    """As many sources as reports: two claims of one source are never independent."""
    return Size.around(n_reports, sources=n_reports)


def _line(first: object, cells: Iterable[str]) -> None:
    print(f"  {first!s:8}" + "".join(f"{cell:>18}" for cell in cells), flush=True)


def _learned(simulated: Sequence[Simulated], effort: Effort) -> dict[str, Quantiles]:
    """Learn the overlaps that these casebooks' reports have had, from nearly nothing.

    What is expected of other cases would count here: these are drawn otherwise.
    """
    rng = np.random.default_rng(len(simulated))
    settled_ones = joined([settled(one, rng) for one in simulated])
    book = with_scales(settled_ones, written({"across": VAGUE}))
    last = max(scenario.closes for scenario in book.priors.scenarios)
    fit = fit_quietly(book, last, effort)
    draws = fit.tree["posterior"]["overlap"]
    return {
        scope: Quantiles.of(draws.sel(scope=scope).values.ravel())
        for scope in ("across", "in account")
    }


def _forecasts(one: Simulated, scales: dict[str, Any], effort: Effort) -> Floats:
    fit = fit_quietly(with_scales(one.casebook, scales), one.as_of, effort)
    means = {scenario.id: scenario.mean for scenario in fit.summary.scenarios}
    return np.array([means[scenario] for scenario in one.occurred])


def _slope_error(forecasts: Sequence[Floats], occurred: Sequence[Any]) -> float:
    """Half of the central 68 % of the slope, of casebooks drawn with replacement."""
    rng, n = np.random.default_rng(1), len(forecasts)
    slopes = []
    for _ in range(200):
        chosen = rng.integers(n, size=n)
        p = np.concatenate([forecasts[i] for i in chosen])
        slopes.append(scores(p, np.concatenate([occurred[i] for i in chosen]), _CLIP))
    low, high = np.quantile([one.slope for one in slopes], [0.16, 0.84])
    return float(high - low) / 2


def settled(simulated: Simulated, rng: np.random.Generator) -> Casebook:
    """Settle every scenario as it was simulated to end, on a day after its fit's."""
    changed = []
    for scenario in simulated.casebook.priors.scenarios:
        occurred = simulated.occurred[scenario.id]
        remaining = (scenario.closes - simulated.as_of).days
        days = int(rng.integers(1, remaining + 1)) if occurred else remaining
        on = simulated.as_of + datetime.timedelta(days=days)
        outcome = {"occurred": occurred, "on": on}
        changed.append(scenario.model_dump(by_alias=True) | {"outcome": outcome})
    priors = simulated.casebook.priors.model_dump(by_alias=True)
    return Casebook(
        priors=PriorsFile.model_validate(priors | {"scenarios": changed}),
        evidence=simulated.casebook.evidence,
    )


def with_scales(casebook: Casebook, scales: dict[str, Any]) -> Casebook:
    """Give a casebook other scales: those written, and the defaults for the rest."""
    priors = casebook.priors.model_dump(by_alias=True)
    return Casebook(
        priors=PriorsFile.model_validate(priors | {"scales": scales}),
        evidence=casebook.evidence,
    )


def joined(casebooks: Sequence[Casebook]) -> Casebook:
    """Put casebooks together that share nothing but the default scales."""
    priors: dict[str, Any] = {"case": "joined", "title": "Joined"}
    evidence: dict[str, Any] = {"case": "joined"}
    for i, casebook in enumerate(casebooks, start=1):
        for whole, part, keys in (
            (priors, casebook.priors, ("scenarios", "arguments", "links")),
            (evidence, casebook.evidence, ("sources", "reports")),
        ):
            items = part.model_dump(by_alias=True, exclude_defaults=True)
            for key in keys:
                renamed = [_renamed(item, f"case-{i}-") for item in items.get(key, ())]
                whole.setdefault(key, []).extend(renamed)
    return Casebook(
        priors=PriorsFile.model_validate(priors),
        evidence=EvidenceFile.model_validate(evidence),
    )


def _renamed(item: Any, prefix: str) -> Any:
    """Put a prefix before every id in an item."""
    if isinstance(item, dict):
        return {
            key: prefix + value
            if key in _ID_KEYS and isinstance(value, str)
            else _renamed(value, prefix)
            for key, value in item.items()
        }
    if isinstance(item, list | tuple):
        return [_renamed(one, prefix) for one in item]
    return item
