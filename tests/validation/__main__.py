"""``python -m tests.validation FOLDER``: forecasts held against what happened.

Reads a folder of ledgers (``tests.validation.ledgers``), fits each as a casebook, and
prints how good its forecasts are, beside independence, beside the best constant that
hindsight finds, and beside other rules of pooling. What each figure means, and what was
decided by them, is in ``docs/validation.md``.
"""

import argparse
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from deciban.priors.scales import Scales
from tests.validation.calibration import calibration_table
from tests.validation.comparison import (
    RULES,
    Ground,
    Pooling,
    Trial,
    best,
    independent,
    leave_one_out,
)
from tests.validation.fits import Effort, Fitted, fitted
from tests.validation.learning import VAGUE, Quantiles, expected, learned, written
from tests.validation.ledgers import (
    Ledger,
    Poll,
    label_ledgers,
    poll_ledger,
    read_polls,
    together,
)
from tests.validation.pooling import accounts, p_norm
from tests.validation.scores import Scores
from tests.validation.simulated import simulated_table

EARLIER, LATER = range(1998, 2007), range(2008, 2011)
DECIBANS_PER_POINT = (0.5, 0.65, 0.8, 1.0, 1.25)
AT_LEAST = (1, 3, 8)  # polls a race
KEPT_DRAWS = 100  # of a fit, to compare rules with
P_NORM = RULES[0]
SHARED_ERRORS = (0.0, 0.5)  # of simulated casebooks: see `simulate`


def main() -> None:
    """Print every table, or those that are asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.validation")
    parser.add_argument("folder", type=Path, help="of ledgers, as its README describes")
    parser.add_argument("--draws", type=int, default=250, help="a chain, of two")
    parser.add_argument("--simulated", type=int, default=25, help="casebooks a size")
    parser.add_argument(
        "--worlds", type=int, default=1000, help="casebooks to calibrate with"
    )
    parser.add_argument(
        "--overlap",
        type=float,
        nargs=3,
        metavar=("MEDIAN", "LOW", "HIGH"),
        help="expected of ledgers, in place of the default",
    )
    options = parser.parse_args()
    effort = Effort(draws=options.draws)
    scales = {}
    if options.overlap:
        scales = written({"across": Quantiles(*options.overlap)})
    ledgers, polls = label_ledgers(options.folder), read_polls(options.folder)
    grounds = _grounds(ledgers, polls, effort, scales)
    for ground in grounds:
        _forecasts(ground)
    if polls:
        _races(polls, grounds[-1])
        _sponsors(polls, grounds[-1].measure(), effort)
    _rules(grounds)
    _overlaps(ledgers, polls, grounds, effort)
    if options.simulated:
        for shared_error in SHARED_ERRORS:
            simulated_table(options.simulated, shared_error, effort)
    if options.worlds:
        calibration_table(options.worlds, SHARED_ERRORS[-1])


def _grounds(
    ledgers: Sequence[Ledger],
    polls: Sequence[Poll],
    effort: Effort,
    scales: dict[str, Any],
) -> list[Ground]:
    """Fit everything without its outcomes; polls come last, if there are any."""
    grounds = []
    for ledger in ledgers:
        labelled = {1.0: _trial(ledger, fitted(ledger, effort, scales=scales))}
        grounds.append(Ground(ledger.name, labelled, labelled))
    if polls:
        earlier, later = (
            {
                constant: _trial(ledger, fitted(ledger, effort, scales=scales))
                for constant in DECIBANS_PER_POINT
                for ledger in [poll_ledger(_of_years(polls, years), constant)]
            }
            for years in (EARLIER, LATER)
        )
        grounds.append(Ground("polls", earlier, later))
    return grounds


def _of_years(polls: Sequence[Poll], years: range) -> list[Poll]:
    return [poll for poll in polls if poll.year in years]


def _trial(ledger: Ledger, fit: Fitted) -> Trial:
    among = np.linspace(0, len(fit.overlap["across"]) - 1, KEPT_DRAWS).astype(int)
    reliability = {name: draws[among] for name, draws in fit.reliability.items()}
    return Trial(
        accounts=accounts(ledger, reliability, fit.overlap["in account"][among]),
        apart=accounts(ledger, reliability, 0.0),
        occurred=np.array(list(ledger.occurred.values())),
        clip=ledger.clip,
        shipped=fit.probability,
    )


def _forecasts(ground: Ground) -> None:
    """Print how good the model is as it comes, and the constants of its rule."""
    print(f"\n{ground.name}: forecasts without outcomes")
    _header()
    _row("as it comes", ground.trial().scores())
    _row("independent: overlaps 0", ground.trial(independent).scores(independent))
    constant = best(P_NORM, [ground])
    name = f"best constant by hindsight, overlap {constant.value:g}"
    _row(name, ground.trial(constant).scores(constant))


def _races(polls: Sequence[Poll], ground: Ground) -> None:
    """Print the later races by how many polls each had."""
    later = _of_years(polls, LATER)
    counts = Counter(poll.race for poll in later)
    n_polls = np.array([counts[race] for race in poll_ledger(later, 1.0).occurred])
    print(f"\npolls of {LATER[0]} to {LATER[-1]}: log loss by number of polls a race")
    print(f"  {'':44}" + "".join(f"{f'{n} or more':>12}" for n in AT_LEAST))

    def row(name: str, pool: Pooling | None = None) -> None:
        trial = ground.trial(pool)
        losses = [trial.among(n_polls >= n, pool).log_loss for n in AT_LEAST]
        label = f"{name} ({ground.measure(pool):g} dB a point)"
        print(f"  {label:44}" + "".join(f"{loss:12.3f}" for loss in losses), flush=True)

    row("as it comes")
    row("independent", independent)
    for rule in RULES:
        constant = best(rule, [ground])
        row(f"{rule.name} {constant.value:g}", constant)


def _sponsors(polls: Sequence[Poll], constant: float, effort: Effort) -> None:
    """Print how many sponsors' sides the model learns from what their polls said."""
    ledger = poll_ledger(polls, constant, by_sponsor=True)
    interest = fitted(ledger, effort).interest
    n_polls = Counter(statement.source for statement in ledger.statements)
    sides = {"-for-d": 1, "-for-r": -1}
    right = {
        source: interest[source] * side > 0
        for source in ledger.sources
        for ending, side in sides.items()
        if source.endswith(ending)
    }
    print("\nSponsors of polls whose side was learned, no outcome and no sponsor told")
    for least in (1, 5):
        found = [is_right for s, is_right in right.items() if n_polls[s] >= least]
        print(f"  with {least} polls or more: {sum(found)} of {len(found)}")


def _rules(grounds: Sequence[Ground]) -> None:
    """Print each rule on each ledger, its constant chosen on all others."""
    print("\nRules, constant chosen on the other ledgers")
    for rule in RULES:
        keeps = "never lowers" if rule.agreeing_never_lowers else "can lower"
        print(f"{rule.name} (one more agreeing report {keeps} the forecast)")
        _header()
        found = leave_one_out(rule, grounds)
        for left_out in found:
            name = f"{left_out.ground}, {left_out.constant.value:g}"
            _row(name, left_out.scores)
        mean = np.mean([left_out.scores.log_loss for left_out in found])
        print(f"  {'mean of log losses':44}{'':12}{mean:12.3f}")


def _overlaps(
    ledgers: Sequence[Ledger],
    polls: Sequence[Poll],
    grounds: Sequence[Ground],
    effort: Effort,
) -> None:
    """Print what is learned of overlap from outcomes, and how it serves the others."""
    if len(grounds) < 3:
        print("\nOverlap is not learned from fewer than two other ledgers")
        return
    print("\nOverlap learned from all outcomes of a ledger, from nearly nothing")
    settled = list(ledgers)
    if polls:
        settled.append(poll_ledger(_of_years(polls, EARLIER), grounds[-1].measure()))
    own = {}
    for ledger in settled:
        own[ledger.name] = learned(ledger, effort, {"across": VAGUE})["across"]
        _print_overlap(ledger.name, own[ledger.name])
    _print_overlap("expected of another ledger", expected(list(own.values())))

    print("\nOverlap as the other ledgers lead to expect it")
    _header()
    for ground in grounds:
        overlap = expected([one for name, one in own.items() if name != ground.name])
        pool = drawn(overlap)
        _print_overlap(ground.name, overlap)
        _row("", ground.trial(pool).scores(pool))

    if len(ledgers) < 2:
        return
    print("\nOverlap learned from the outcomes of the other sets of labels")
    _header()
    default = Scales().overlap
    prior = Quantiles(default.median, default.low, default.high)
    for ledger in ledgers:
        others = together([one for one in ledgers if one.name != ledger.name])
        overlap = learned(others, effort, {"across": prior})["across"]
        fit = fitted(ledger, effort, scales=written({"across": overlap}))
        _print_overlap(ledger.name, overlap)
        _row("", _trial(ledger, fit).scores())


def drawn(overlap: Quantiles) -> Pooling:
    """Add weights by the p-norm, with another overlap for each draw."""

    def pool(trial: Trial) -> np.ndarray:
        n = len(trial.accounts.weight)
        # Evenly through the distribution, in an order that has nothing of the draws'.
        order = np.random.default_rng(n).permutation(n)
        return p_norm(trial.accounts, overlap.spread(n)[order, None])

    return pool


def _print_overlap(name: str, overlap: Quantiles) -> None:
    low, high = f"{overlap.low:.2f}", f"{overlap.high:.2f}"
    print(f"  {name:44}{overlap.median:.2f} ({low} to {high}), sd {overlap.sd:.2f}")


def _header() -> None:
    names = ("accuracy", "log loss", "Brier", "slope")
    print(f"  {'':44}" + "".join(f"{name:>12}" for name in names))


def _row(name: str, found: Scores) -> None:
    values = (found.accuracy, found.log_loss, found.brier, found.slope)
    print(f"  {name:44}" + "".join(f"{value:12.3f}" for value in values), flush=True)


if __name__ == "__main__":
    main()
