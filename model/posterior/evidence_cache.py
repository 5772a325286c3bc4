r"""What the reports say of each scenario, argument and set of rivals, under each draw.

It takes most of the time of weighing, and between two casebooks most of it is the same:
a report that is new, dropped or regraded changes what is heard of the one or two
targets that it bears on. So what was heard is kept by target, beside everything that it
was made of; in another casebook only targets are heard anew of which that differs. The
same holds of the camps on such a target, most of which say there what they said before:
with them, to hear one report more takes 5 ms on the shipped case, and 38 ms without.
"""

from collections.abc import Collection, Iterator, Mapping
from itertools import islice
from typing import Any, NamedTuple

import numpy as np

from deciban.model.array_types import Floats
from deciban.model.likelihood.arithmetic import NUMPY
from deciban.model.likelihood.design import Design
from deciban.model.likelihood.formula import (
    Evidence,
    camp_weights,
    evidence,
    weights_of_camps,
)
from deciban.model.likelihood.layout import GRADES
from deciban.model.likelihood.testimony import Account, VectorAccount
from deciban.model.likelihood.unknowns import Unknowns

__all__ = ["Hearing", "blocks", "hear", "of_draws"]

type TargetKey = tuple[str, str]  # scenario, argument or rivals, and the id
type Heard = tuple[Any, ...]  # of everything that evidence is made of

# Draws by what is said weighed at a time: 5 MB an array.
_BLOCK = 600_000
# Numbers kept of camps: 32 MB, what 500 of them say under 4,000 draws.
_MOST_KEPT = 4_000_000


def blocks(n_draws: int, width: int) -> Iterator[slice]:
    """Cut draws into blocks that are weighed at a time, ``width`` numbers each."""
    rows = max(1, _BLOCK // max(1, width))
    return (slice(start, start + rows) for start in range(0, n_draws, rows))


def of_draws(x: Unknowns, rows: slice) -> Unknowns:
    """What some of the draws stand for."""
    return Unknowns(*(part[:, rows] for part in x))


class Hearing(NamedTuple):
    """What was heard of each target.

    Attributes
    ----------
    testimony : dict
        What the evidence on a target is made of: two that are equal give the same.
    evidence : dict of ndarray, shape (n, draw)
        Of an argument or a scenario W and its agreement; of a set of rivals the same of
        each answer: W, what it makes of the probability, and last the agreement.
    camps : dict of ndarray, shape (2, draw)
        Weight and line of each camp that was heard last, by what it is made of.
    """

    testimony: Mapping[TargetKey, Heard]
    evidence: Mapping[TargetKey, Floats]
    camps: Mapping[Heard, Floats]

    def on(self, laid_out: Design, rows: slice) -> Evidence:
        """Gather the evidence on all targets of a design."""
        n_draws = len(range(*rows.indices(self.n_draws)))

        def stacked(parts: list[Floats]) -> Floats:
            return np.concatenate([np.empty((0, n_draws)), *parts])

        def of(kind: str, names: Collection[str], at: slice) -> Floats:
            return stacked([self.evidence[kind, name][at, rows] for name in names])

        sets = [self.evidence["rivals", r.id] for r in laid_out.known.priors.rivals]
        halves = [(len(one) - 1) // 2 for one in sets]
        return Evidence(
            view=of("argument", laid_out.arguments, slice(0, 1)),
            scenario=of("scenario", laid_out.scenarios, slice(0, 1)),
            answer=stacked([s[:n, rows] for s, n in zip(sets, halves, strict=True)]),
            log_factor=stacked(
                [s[n:-1, rows] for s, n in zip(sets, halves, strict=True)]
            ),
            view_agreement=of("argument", laid_out.arguments, slice(1, 2)),
            scenario_agreement=of("scenario", laid_out.scenarios, slice(1, 2)),
            rivals_agreement=stacked([s[-1:, rows] for s in sets]),
        )

    def updated(self, other: "Hearing") -> "Hearing":
        """Take what was heard of some targets in the place of what is here of them."""
        return Hearing(
            {**self.testimony, **other.testimony},
            {**self.evidence, **other.evidence},
            other.camps,  # those that were known here among them
        )

    @property
    def n_draws(self) -> int:
        """Number of draws; there is always a scenario."""
        return int(next(iter(self.evidence.values())).shape[1])


def hear(x: Unknowns, laid_out: Design, known: Hearing | None = None) -> Hearing:
    """Hear what reports and arguments say.

    Parameters
    ----------
    x : Unknowns
        What each draw of z stands for in the design; members have shape (..., draw).
    laid_out : Design
        The casebook.
    known : Hearing, optional
        What was heard in another casebook, under the same draws of every unknown that
        goes by the same label.
    """
    made_of = _MadeOf(laid_out)
    testimony = _testimony(laid_out, made_of)
    known = known or Hearing({}, {}, {})
    before = known.testimony
    anew = [target for target, said in testimony.items() if before.get(target) != said]
    heard, camps = {**known.evidence}, known.camps
    if anew:
        of_targets, camps = _heard(x, laid_out, anew, made_of, camps)
        heard |= of_targets
    return Hearing(testimony, {target: heard[target] for target in testimony}, camps)


class _MadeOf:
    """Sets what is said beside the numbers that tell how good it is."""

    def __init__(self, laid_out: Design) -> None:
        arrays, places = laid_out.arrays, laid_out.layout.places()
        location, scale = arrays.location, arrays.scale
        self._shared = b"".join(
            values[places[kind]].tobytes()
            for values in (location, scale)
            for kind in ("digit", "word", "calibration", "overlap", "grade")
        )
        self._of_source = {
            k.id: (k.reliability if k.reliability in GRADES else None, *numbers)
            for k, numbers in zip(
                laid_out.known.evidence.sources,
                zip(
                    location[places["source"]].tolist(),
                    scale[places["source"]].tolist(),
                    strict=True,
                ),
                strict=True,
            )
        }

    def __call__(
        self, said: Any, accounts: Collection[Account | VectorAccount]
    ) -> Heard:
        named = {
            name
            for account in accounts
            for one in account.said
            for name in (one.claim.speaker, *one.claim.relays)
        }
        numbers = tuple((name, self._of_source[name]) for name in sorted(named))
        return self._shared, said, numbers


def _testimony(laid_out: Design, made_of: _MadeOf) -> dict[TargetKey, Heard]:
    """Collect what each target's evidence is made of, by labels and numbers."""
    said = laid_out.testimony
    found: dict[TargetKey, Heard] = {
        ("argument", name): made_of(accounts, accounts)
        for name, accounts in said.arguments.items()
    }
    rivals = {s for one in laid_out.known.priors.rivals for s in one.scenarios}
    for name, target in said.scenarios.items():
        views = [account for reason in target.reasons for account in reason.view]
        plain = target if name not in rivals else None  # heard with its set
        found["scenario", name] = made_of(plain, [*target.accounts, *views])
    for one in laid_out.known.priors.rivals:
        singles = [(name, said.scenarios[name]) for name in one.scenarios]
        accounts: list[Account | VectorAccount] = [
            *said.rivals[one.id],
            *(account for _, target in singles for account in target.accounts),
            *(
                account
                for _, target in singles
                for reason in target.reasons
                for account in reason.view
            ),
        ]
        all_said = one.answers, said.rivals[one.id], tuple(singles)
        found["rivals", one.id] = made_of(all_said, accounts)
    return found


def _heard(
    x: Unknowns,
    laid_out: Design,
    targets: Collection[TargetKey],
    made_of: _MadeOf,
    known: Mapping[Heard, Floats],
) -> tuple[dict[TargetKey, Floats], dict[Heard, Floats]]:
    """Weigh what is said of some targets; and what camps say, of those weighed last."""
    wanted = set(targets)
    for one in laid_out.known.priors.rivals:
        if ("rivals", one.id) in wanted:
            wanted |= {("scenario", name) for name in one.scenarios}
    arrays, camps = laid_out.hearing_only(wanted)
    keys = [made_of(camp, camp) for camp in camps]
    new = np.array([i for i, key in enumerate(keys) if key not in known], dtype=int)
    of_new, is_new = arrays.of_camps(new), np.isin(np.arange(len(keys)), new)
    n_draws = x.prior.shape[1]
    most = _MOST_KEPT // (2 * n_draws)
    last_new = new[max(0, len(new) - most) :]
    kept = np.empty((len(last_new), 2, n_draws))
    rows_of: dict[TargetKey, tuple[int, ...]] = {}
    for kind, names in (
        ("argument", laid_out.arguments),
        ("scenario", laid_out.scenarios),
    ):
        rows_of |= {(kind, name): (i,) for i, name in enumerate(names)}
    answers = arrays.answer.rivals
    for i, one in enumerate(laid_out.known.priors.rivals):
        rows_of["rivals", one.id] = tuple(np.flatnonzero(answers == i).tolist())
    heard: dict[TargetKey, list[Floats]] = {target: [] for target in targets}
    width = (
        len(of_new.said.claim)
        + len(keys)
        + len(arrays.of_rivals.row)
        + len(arrays.answer.prior)
    )
    for rows in blocks(n_draws, width):
        of_block = of_draws(x, rows)
        camp = np.empty((len(keys), 2, of_block.prior.shape[1]))
        for i, key in enumerate(keys):
            if not is_new[i]:
                camp[i] = known[key][:, rows]
        with np.errstate(divide="ignore"):
            _, camp[is_new, 0], camp[is_new, 1] = camp_weights(of_block, of_new, NUMPY)
            weight, line = camp.swapaxes(0, 1)
            weights = weights_of_camps(of_block, weight, line, arrays, NUMPY)
            seen = evidence(of_block, weights, arrays, NUMPY)
        kept[:, :, rows] = camp[last_new]
        for target in targets:
            kind, at = target[0], list(rows_of[target])
            if kind == "rivals":
                number = answers[at[0]]
                parts = [seen.answer[at], seen.log_factor[at]]
                parts.append(seen.rivals_agreement[number : number + 1])
            elif kind == "argument":
                parts = [seen.view[at], seen.view_agreement[at]]
            else:
                parts = [seen.scenario[at], seen.scenario_agreement[at]]
            heard[target].append(np.concatenate(parts))
    last = {**known, **dict(zip([keys[i] for i in last_new], kept, strict=True))}
    return (
        {target: np.concatenate(parts, axis=1) for target, parts in heard.items()},
        dict(islice(last.items(), max(0, len(last) - most), None)),
    )
