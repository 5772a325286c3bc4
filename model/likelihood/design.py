r"""From a casebook to arrays: everything the likelihood needs, as numbers and indices.

A location and a scale turn each place of :math:`z` into a log-odds, a log-strength or a
shift; which place is whose is the ``Layout``. All else that tells one casebook from
another is data, in ``Arrays``.

Items are taken in the order of their ids, so that a casebook gives the same numbers in
whatever order it was written.
"""

import datetime
import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from deciban.model.array_types import Floats, Integers
from deciban.model.casebook.casebook import Casebook
from deciban.model.likelihood import arrays as parts
from deciban.model.likelihood.arrays import Arrays, Numbers
from deciban.model.likelihood.joint import Indices, Variable, joint
from deciban.model.likelihood.layout import DIGITS, GRADES, OVERLAPS, WORDS, Layout
from deciban.model.likelihood.shares import Shares
from deciban.model.likelihood.testimony import (
    Account,
    Claim,
    Magnitude,
    Said,
    Testimony,
    testimony,
)
from deciban.priors import PriorsFile, QuantilePrior, Scenario
from deciban.priors.indicator import IndicatorBearing

__all__ = ["Design", "bound_claims", "design"]


@dataclass(frozen=True)
class Design:
    """A casebook as of a day: the arrays, and the names of what they index.

    Attributes
    ----------
    scenarios, sources, arguments, claims : tuple of str
        Ids in the order of their index; a claim has the id of its report.
    links : tuple of (str, str)
        Cause and effect of each link.
    interests, noticed, nones : tuple of str
        Sources whose interest is learned, scenarios whose ``noticed`` is unknown, and
        sets of rivals none of which may come true.
    accounts : tuple of (str, str, str)
        Source, kind of target and target of each account: those on arguments come
        first, and once more where not all that they say counts for every scenario; then
        those on scenarios, then those on single rivals.
    reasons : tuple of (str, str)
        Argument and scenario of each bearing of an argument.
    testimony : Testimony
        Who says what of what.
    layout : Layout
        Places of :math:`z`.
    arrays : Arrays
        What the likelihood takes.
    known : Casebook
        Of the day, in the order of ids.
    looked : date or None
        Day on which somebody last looked.
    """

    scenarios: tuple[str, ...]
    sources: tuple[str, ...]
    arguments: tuple[str, ...]
    claims: tuple[str, ...]
    links: tuple[tuple[str, str], ...]
    interests: tuple[str, ...]
    noticed: tuple[str, ...]
    nones: tuple[str, ...]
    accounts: tuple[tuple[str, str, str], ...]
    reasons: tuple[tuple[str, str], ...]
    testimony: Testimony
    layout: Layout
    arrays: Arrays
    known: Casebook
    looked: datetime.date | None

    @property
    def on_scenarios(self) -> list[tuple[str, str]]:
        """What bears on a scenario, and which: sources' accounts, then arguments.

        An account of a set of rivals bears on each.
        """
        accounts = [
            (source, target)
            for source, kind, target in self.accounts
            if kind == "scenario"
        ]
        vectors = [
            (account.speaker, answer)
            for one in self.known.priors.rivals
            for account in self.testimony.rivals[one.id]
            for answer in one.scenarios
        ]
        return [*accounts, *vectors, *self.reasons]

    @property
    def set_of(self) -> dict[str, int]:
        """Number of the set, as outcomes are summed, that each unknown of it is in."""
        tables, plain = self.arrays.joint, list[str]()
        rivals = self.known.priors.rivals
        taken = {s for one in rivals for s in one.scenarios}
        plain = [s for s in self.scenarios if s not in taken]
        of_variable = tables.variable_set.tolist()
        found = dict(zip(plain, of_variable, strict=False))
        for one, number in zip(rivals, of_variable[len(plain) :], strict=True):
            found |= dict.fromkeys(one.scenarios, number)
        return (
            {f"scenario {s}": number for s, number in found.items()}
            | {f"noticed {s}": found[s] for s in self.noticed}
            | {f"link {a} -> {b}": found[b] for a, b in self.links}
            | {
                f"none {one.id}": found[one.scenarios[0]]
                for one in rivals
                if one.none is not None
            }
        )

    @property
    def bonds(self) -> list[tuple[str, str]]:
        """Links both of whose ends some source speaks of, in the order of bonds."""
        return [link for link in self.links if bound_claims(self.testimony, *link)]

    @property
    def scenario_of(self) -> Integers:
        """Scenario of each account, -1 where it is on an argument; then of reasons."""
        place = {name: i for i, name in enumerate(self.scenarios)}
        return _integers(
            [
                *(
                    place[s] if kind == "scenario" else -1
                    for _, kind, s in self.accounts
                ),
                *(place[s] for _, s in self.reasons),
            ]
        )

    def weights_on_scenarios(self, split: Shares) -> Floats:
        """Parts in W of each of ``on_scenarios``, shape (n, draw)."""
        accounts = [kind == "scenario" for _, kind, _ in self.accounts]
        slots = [
            answer in one.scenarios
            for one in self.known.priors.rivals
            for _ in self.testimony.rivals[one.id]
            for answer in one.answers
        ]
        return np.concatenate(
            [
                split.account[np.flatnonzero(accounts)],
                split.slot[np.flatnonzero(slots)],
                split.reason,
            ]
        )

    def hearing_only(
        self, targets: Collection[tuple[str, str]]
    ) -> tuple[Arrays, list[tuple[Account, ...]]]:
        """Lay out the evidence on some targets alone, by kind and id.

        What is unknown keeps its places, and targets keep their numbers.

        Returns
        -------
        arrays : Arrays
        camps : list of tuple of Account
            What each camp says.
        """
        said = self.testimony.only(targets)
        index = _Index(self.known, said)
        arrays, accounts, _ = _arrays(self.known, said, index, self.looked)
        return arrays, accounts.camps

    def coords(self) -> dict[str, list[str]]:
        """Return the labels of every named dimension."""
        links = [f"{a} -> {b}" for a, b in self.links]
        digits = [str(digit) for digit in DIGITS]
        kinds: dict[str, Sequence[str]] = {
            "digit": digits,
            "word": WORDS,
            "calibration": ["words"],
            "overlap": OVERLAPS,
            "grade": GRADES,
            "scenario": self.scenarios,
            "source": self.sources,
            "link": links,
            "interest": self.interests,
            "noticed": self.noticed,
            "none": self.nones,
        }
        return {
            "unknown": [
                f"{kind} {label}"
                for kind in self.layout.places()
                for label in kinds[kind]
            ],
            "scenario": list(self.scenarios),
            "source": list(self.sources),
            "link": links,
            "digit": digits,
            "word": list(WORDS),
            "scope": list(OVERLAPS),
            "grade": list(GRADES),
            "argument": list(self.arguments),
            "bearing": [f"{a} -> {b}" for a, b in self.on_scenarios],
        }


def design(
    casebook: Casebook,
    as_of: datetime.date,
    looked: datetime.date | None = None,
) -> Design:
    """Lay a casebook out as arrays, with what was known on a day.

    Parameters
    ----------
    casebook : Casebook
        The whole casebook; what came after ``as_of`` is left out here.
    as_of : date
        Up to and with this day reports and outcomes are known.
    looked : date, optional
        Day on which somebody last looked, of the casebook unless given.
    """
    known = casebook.as_of(as_of).ordered()
    priors = known.priors
    said = testimony(known, as_of)
    index = _Index(known, said)
    looked = looked or known.looked(as_of)
    arrays, accounts, reasons = _arrays(known, said, index, looked)
    return Design(
        scenarios=tuple(index.scenario),
        sources=tuple(index.source),
        arguments=tuple(index.argument),
        claims=tuple(claim.report for claim in index.claim),
        links=tuple((link.if_, link.then) for link in priors.links),
        interests=tuple(index.interest),
        noticed=tuple(index.noticed),
        nones=tuple(index.none),
        accounts=tuple(accounts.names),
        reasons=tuple(reasons),
        testimony=said,
        layout=index.layout,
        arrays=arrays,
        known=known,
        looked=looked,
    )


class _Index:
    """Numbers for everything that has a name."""

    def __init__(self, known: Casebook, said: Testimony) -> None:
        priors, evidence = known.priors, known.evidence
        self.scenario = _numbered(s.id for s in priors.scenarios)
        self.source = _numbered(k.id for k in evidence.sources)
        self.argument = _numbered(a.id for a in priors.arguments)
        self.interest = _numbered(
            k.id for k in evidence.sources if k.interest == "learned"
        )
        self.noticed = _numbered(
            s.id for s in priors.scenarios if isinstance(s.noticed, QuantilePrior)
        )
        self.none = _numbered(r.id for r in priors.rivals if r.none is not None)
        self.set = _numbered(r.id for r in priors.rivals)
        self.set_of = {s: r.id for r in priors.rivals for s in r.scenarios}
        self.layout = Layout(
            len(self.scenario),
            len(self.source),
            len(priors.links),
            len(self.interest),
            len(self.noticed),
            len(self.none),
        )
        self.claim: dict[Claim, int] = {}
        self.stated: dict[float, int] = {}

    def of_claim(self, claim: Claim) -> int:
        return self.claim.setdefault(claim, len(self.claim))

    def of_size(self, size: Magnitude) -> int:
        if isinstance(size, str):
            return WORDS.index(size)
        return len(WORDS) + self.stated.setdefault(size, len(self.stated))


def _numbered(names: Iterable[str]) -> dict[str, int]:
    return {name: i for i, name in enumerate(names)}


class _Accounts:
    """Accounts by target: their claims, sides and camps, as they are met."""

    def __init__(self, index: _Index) -> None:
        self.index = index
        self.said: list[tuple[int, int, float, int]] = []
        self.sides: list[tuple[int, float, float, float, int, float, float]] = []
        self.accounts: list[tuple[int, int]] = []
        self.names: list[tuple[str, str, str]] = []
        self.seated: dict[tuple[str, tuple[Account, ...]], int] = {}
        self.camps: list[tuple[Account, ...]] = []

    @property
    def n_camps(self) -> int:
        return len(self.camps)

    def add(
        self,
        accounts: Sequence[Account],
        kind: str,
        target: str,
        *,
        apart: bool = False,
    ) -> int:
        """Add the accounts of a target, by camp or each for itself; number of camps."""
        before = self.n_camps
        for camp in _by_camp(accounts):
            for accounts in [(account,) for account in camp] if apart else [camp]:
                self._add_camp(accounts, kind, target, counted=True)
        return self.n_camps - before

    def add_view(
        self, accounts: Sequence[Account], argument: str, *, counted: bool
    ) -> list[int]:
        """Add a view of an argument, where its camps are not part of another; these."""
        seats = []
        for camp in _by_camp(accounts):
            if (argument, camp) not in self.seated:
                self.seated[argument, camp] = self.n_camps
                self._add_camp(camp, "argument", argument, counted)
            seats.append(self.seated[argument, camp])
        return seats

    def _add_camp(
        self, camp: tuple[Account, ...], kind: str, target: str, counted: bool
    ) -> None:
        self.camps.append(camp)
        for account in camp:
            self._add_account(account, counted)
            self.names.append((account.speaker, kind, target))

    def _add_account(self, account: Account, counted: bool) -> None:
        number = len(self.accounts)
        self.accounts.append((self.index.source[account.speaker], self.n_camps - 1))
        for sign in (1, -1):
            said = [one for one in account.said if one.sign == sign]
            for turned in (1, -1) if account.deceives else (1,):
                if said:
                    self._add_side(account, number, said, turned, counted)

    def _add_side(
        self,
        account: Account,
        number: int,
        said: Sequence[Said],
        turned: int,
        counted: bool,
    ) -> None:
        sign, pull = said[0].sign, account.pull
        learned = isinstance(pull, str)
        self.said += [
            (
                self.index.of_claim(one.claim),
                self.index.of_size(one.size),
                one.freshness,
                len(self.sides),
            )
            for one in said
        ]
        self.sides.append(
            (
                number,
                sign,
                turned,
                0.0 if isinstance(pull, str) else sign * pull,
                self.index.interest[account.speaker] if learned else 0,
                sign if learned else 0.0,
                float(counted),
            )
        )


def _by_camp(accounts: Sequence[Account]) -> list[tuple[Account, ...]]:
    camps: dict[tuple[str, str], list[Account]] = {}
    for account in sorted(accounts, key=lambda one: (one.camp, one.speaker)):
        camps.setdefault(account.camp, []).append(account)
    return [tuple(camp) for camp in camps.values()]


def _arrays(
    known: Casebook, said: Testimony, index: _Index, looked: datetime.date | None
) -> tuple[Arrays, _Accounts, list[tuple[str, str]]]:
    priors, accounts = known.priors, _Accounts(index)
    seats = [
        accounts.add_view(said.arguments[name], name, counted=True)
        for name in index.argument
    ]
    views: dict[tuple[str, str | None], int] = {
        (name, None): i for name, i in index.argument.items()
    }
    reasons = [
        (reason, scenario)
        for scenario, target in said.scenarios.items()
        for reason in target.reasons
    ]
    # Those on rivals come last.
    reasons.sort(key=lambda one: one[1] in index.set_of)
    of_reason = []
    for reason, scenario in reasons:
        key: tuple[str, str | None] = reason.argument, None
        if reason.view != said.arguments[reason.argument]:
            key = reason.argument, scenario
            seats.append(accounts.add_view(reason.view, reason.argument, counted=False))
            views[key] = len(views)
        of_reason.append(views[key])
    plain = [s for s in index.scenario if s not in index.set_of]
    scenario_camps = [
        (index.scenario[s], accounts.add(said.scenarios[s].accounts, "scenario", s))
        for s in plain
    ]
    first_single: dict[str, int] = {}
    rival_camps = []
    for one in priors.rivals:
        for s in one.scenarios:
            first_single[s] = accounts.n_camps
            n = accounts.add(said.scenarios[s].accounts, "scenario", s, apart=True)
            rival_camps += [index.set[one.id]] * n
    rivals = _Rivals(
        priors, said, index, first_single, accounts.n_camps, reasons, looked
    )
    links = [(index.scenario[k.if_], index.scenario[k.then]) for k in priors.links]
    bonds = _Bonds(said, index, priors)
    location, scale = _locations_and_scales(known, index)
    arrays = Arrays(
        size=parts.Sizes(
            *map(
                np.array,
                (
                    *index.layout,
                    len(index.argument),
                    len(views),
                    accounts.n_camps,
                    rivals.n_vectors,
                    rivals.n_units,
                    len(index.set),
                    len(index.set_of),
                    len(bonds.links),
                ),
            )
        ),
        location=location,
        scale=scale,
        source=_table(
            parts.Sources,
            [
                (
                    GRADES.index(k.reliability) if k.reliability in GRADES else 0,
                    float(
                        k.reliability in GRADES and k.id not in priors.scales.sources
                    ),
                    k.deceives,
                )
                for k in known.evidence.sources
            ],
        ),
        said=_table(parts.SaidArrays, accounts.said),
        side=_table(parts.Sides, accounts.sides),
        account=_table(parts.AccountsArrays, accounts.accounts),
        camp=parts.Camps(
            _integers(camp for of_view in seats for camp in of_view),
            _integers(i for i, of_view in enumerate(seats) for _ in of_view),
            _integers(s for s, n in scenario_camps for _ in range(n)),
            _integers(rival_camps),
        ),
        reason=parts.Reasons(
            _integers(of_reason),
            _integers(index.of_size(reason.size) for reason, _ in reasons),
            _floats(reason.sign for reason, _ in reasons),
            _integers(index.scenario[s] for _, s in reasons if s not in index.set_of),
        ),
        of_rivals=rivals.said(),
        contribution=rivals.contributions(),
        answer=_table(parts.Answers, rivals.answers),
        bond=parts.Bonds(_integers(bonds.pairs), *_table(_SaidOfEnds, bonds.said)),
        clock=_clock(known, looked),
        # Claims and strengths have been numbered by now.
        claim=_table(
            parts.Claims,
            [
                (
                    index.source[claim.speaker],
                    max(DIGITS.index(claim.credibility), 0)
                    if claim.credibility in DIGITS
                    else 0,
                    0.5 if claim.credibility in DIGITS else 0.0,
                    float(not claim.relays),
                )
                for claim in index.claim
            ],
        ),
        relay=_table(
            parts.Relays,
            [
                (i, index.source[relay])
                for claim, i in index.claim.items()
                for relay in claim.relays
            ],
        ),
        stated=_floats(index.stated),
        joint=_joint(
            _variables(priors, index),
            tuple(links),
            tuple(links[i] for i in bonds.links),
        ),
    )
    return arrays, accounts, [(reason.argument, s) for reason, s in reasons]


# Links seldom change, and the tables of nine scenarios take 1 ms, more than all else.
_joint = lru_cache(maxsize=16)(joint)


def _variables(priors: PriorsFile, index: _Index) -> tuple[Variable, ...]:
    """Scenarios in their order, those with rivals as sets, where the first would be."""
    sets = {
        one.id: Variable(
            tuple(index.scenario[s] for s in one.answers if s in index.scenario),
            exclusive=True,
            none=one.none is not None,
        )
        for one in priors.rivals
    }
    alone = [Variable((i,)) for s, i in index.scenario.items() if s not in index.set_of]
    return (*alone, *sets.values())


class _Rivals:
    """What is said of sets of rivals, and what it is added to."""

    def __init__(
        self,
        priors: PriorsFile,
        said: Testimony,
        index: _Index,
        first_single: Mapping[str, int],
        n_camps: int,
        reasons: Sequence[tuple[Any, str]],
        looked: datetime.date | None,
    ) -> None:
        self.index = index
        self.n_vectors = self.n_units = 0
        self.rows: list[tuple[int, float, float, int]] = []
        self.likelihoods: list[tuple[int, int, int, float]] = []
        self.slots: list[int] = []
        self.answers: list[tuple[int, int, float]] = []
        self.added: list[tuple[int, float, int]] = []
        self.parts: list[tuple[int, int]] = []
        first_slot = n_camps + len(reasons)
        own = {s: i for i, (_, s) in reversed(list(enumerate(reasons)))}
        allowed = _allowed(priors, looked)
        for one in priors.rivals:
            names = one.answers
            n, first = len(names), len(self.answers)
            for name in names:
                none = name not in one.scenarios
                prior = (
                    len(index.scenario) + index.none[one.id]
                    if none
                    else index.scenario[name]
                )
                self.answers.append((index.set[one.id], prior, allowed[one.id, name]))
            # What each camp, then each argument, says: one weight, or n slots.
            units: dict[Any, list[tuple[int, int | None]]] = {}
            for s in one.scenarios:
                singles = sorted(
                    said.scenarios[s].accounts, key=lambda k: (k.camp, k.speaker)
                )
                for i, account in enumerate(singles, first_single[s]):
                    units.setdefault(account.camp, []).append((i, names.index(s)))
            for vector in said.rivals[one.id]:
                slot = first_slot + len(self.slots)
                units.setdefault(vector.camp, []).append((slot, None))
                self._add_account(vector, n)
            for s in one.scenarios:
                for i, _ in enumerate(said.scenarios[s].reasons, own.get(s, 0)):
                    units["reason", i] = [(n_camps + i, names.index(s))]
            for _, members in sorted(units.items(), key=lambda unit: str(unit[0])):
                for h in range(n):
                    for weight, rival in members:
                        if rival is None:
                            added = weight + h, 1.0
                        else:
                            added = weight, (h == rival) - 1 / n
                        self.added.append((*added, len(self.parts)))
                    self.parts.append((self.n_units, first + h))
                self.n_units += 1

    def _add_account(self, account: Any, n: int) -> None:
        for one in account.said:
            for h, (size, sign) in enumerate(one.log_likelihoods):
                if not isinstance(size, str):
                    size, sign = abs(size), -1 if size < 0 else 1 if size > 0 else 0
                self.likelihoods.append(
                    (
                        len(self.rows),
                        len(self.slots) + h,
                        self.index.of_size(size),
                        sign,
                    )
                )
            self.rows.append(
                (
                    self.index.of_claim(one.claim),
                    one.freshness,
                    account.deceives / (n - 1),
                    self.n_vectors,
                )
            )
        self.slots += [self.n_vectors] * n
        self.n_vectors += 1

    def said(self) -> parts.SaidOfRivalsArrays:
        rows = np.array(self.rows, dtype=float).reshape(-1, 4).T
        likelihoods = np.array(self.likelihoods, dtype=float).reshape(-1, 4).T
        return parts.SaidOfRivalsArrays(
            claim=rows[0].astype(np.int64),
            freshness=rows[1],
            reversal=rows[2],
            account=rows[3].astype(np.int64),
            row=likelihoods[0].astype(np.int64),
            slot=likelihoods[1].astype(np.int64),
            strength=likelihoods[2].astype(np.int64),
            sign=likelihoods[3],
            slot_account=_integers(self.slots),
        )

    def contributions(self) -> parts.Contributions:
        return parts.Contributions(
            _integers(weight for weight, _, _ in self.added),
            _floats(share for _, share, _ in self.added),
            _integers(part for _, _, part in self.added),
            _integers(unit for unit, _ in self.parts),
            _integers(answer for _, answer in self.parts),
        )


def _allowed(
    priors: PriorsFile, looked: datetime.date | None
) -> dict[tuple[str, str], float]:
    """Minus infinity where an answer may not be, else what silence says of it."""
    ends = {s.id: s.outcome.occurred for s in priors.scenarios if s.outcome}
    allowed = {}
    for one in priors.rivals:
        occurred = {s for s in one.scenarios if ends.get(s)}
        for name in one.answers:
            refused = ends.get(name) is False or (occurred and name not in occurred)
            silence = sum(
                math.log1p(-(b.if_true if b.scenario == name else b.if_false))
                for b in _unseen(priors, one.scenarios, looked)
            )
            allowed[one.id, name] = -math.inf if refused else silence
    return allowed


def _unseen(
    priors: PriorsFile, scenarios: Collection[str], looked: datetime.date | None
) -> list[IndicatorBearing]:
    """What bears on some scenarios of the indicators that were to be seen by a day."""
    return [
        one.bears_on
        for one in priors.indicators  # that no report has named
        if looked and one.due <= looked and one.bears_on.scenario in scenarios
    ]


class _SaidOfEnds(NamedTuple):
    claim: Indices
    strength: Indices
    sign: Numbers
    freshness: Numbers
    end: Indices


class _Bonds:
    """What one source reports on both ends of a link."""

    def __init__(self, said: Testimony, index: _Index, priors: PriorsFile) -> None:
        self.links: list[int] = []
        self.pairs: list[int] = []
        self.said: list[tuple[int, int, float, float, int]] = []
        for i, link in enumerate(priors.links):
            heard = bound_claims(said, link.if_, link.then)
            for claims, ends in heard:
                for end, on in enumerate(ends):
                    for claim in claims:
                        one = on[claim]
                        self.said.append(
                            (
                                index.of_claim(claim),
                                index.of_size(one.size),
                                one.sign,
                                one.freshness,
                                2 * len(self.pairs) + end,
                            )
                        )
                self.pairs.append(len(self.links))
            if heard:
                self.links.append(i)


def bound_claims(
    said: Testimony, cause: str, effect: str
) -> list[tuple[list[Claim], tuple[dict[Claim, Said], dict[Claim, Said]]]]:
    """Claims that one source makes of both ends of a link, for each such source."""
    one, other = (_by_speaker(said.scenarios[s].accounts) for s in (cause, effect))
    return [
        (sorted(claims), (one[speaker], other[speaker]))
        for speaker in one
        if (claims := one[speaker].keys() & other.get(speaker, {}).keys())
    ]


def _by_speaker(accounts: Sequence[Account]) -> dict[str, dict[Claim, Said]]:
    return {k.speaker: {one.claim: one for one in k.said} for k in accounts}


def _locations_and_scales(known: Casebook, index: _Index) -> tuple[Floats, Floats]:
    priors, sources = known.priors, known.evidence.sources
    scales = priors.scales
    reliabilities = [scales.source(k.id, k.reliability) for k in sources]
    credibilities = [scales.credibility[digit] for digit in DIGITS]
    strengths = [scales.strength[word] for word in WORDS]
    noticed = [
        s.noticed for s in priors.scenarios if isinstance(s.noticed, QuantilePrior)
    ]
    nones = [r.none for r in priors.rivals if r.none is not None]
    pairs: dict[str, list[tuple[float, float]]] = {
        "digit": [(grade.location, grade.sd) for grade in credibilities],
        "word": [(math.log(word.decibans), word.log_sd) for word in strengths],
        "calibration": [(0.0, scales.calibration_log_sd)],
        "overlap": [astuple(scales.overlaps()[name]) for name in OVERLAPS],
        "grade": [(0.0, scales.shift_sd(grade)) for grade in GRADES],
        "scenario": [astuple(s.prior.distribution()) for s in priors.scenarios],
        "source": [(grade.location, grade.sd) for grade in reliabilities],
        "link": [astuple(known.link_shift(link)) for link in priors.links],
        "interest": [(0.0, 1.0)] * len(index.interest),
        "noticed": [astuple(d.distribution()) for d in noticed],
        "none": [astuple(none.distribution()) for none in nones],
    }
    both = np.array([pair for kind in index.layout.places() for pair in pairs[kind]])
    return both[:, 0].copy(), both[:, 1].copy()


def _clock(known: Casebook, looked: datetime.date | None) -> parts.ClockArrays:
    rows, unknown = [], 0
    for scenario in known.priors.scenarios:
        outcome = scenario.outcome
        day = looked or scenario.opens
        if outcome is not None:
            # Annulled: nobody watches any longer.
            settled = outcome.occurred is not None
            day = outcome.on if settled else min(day, outcome.on)
        occurred = None if outcome is None else outcome.occurred
        missing = _unseen(known.priors, [scenario.id], looked and day)
        passed = _passed(scenario, day)
        noticed = scenario.noticed
        given = not isinstance(noticed, QuantilePrior)
        rows.append(
            (
                passed,
                0.0 if isinstance(noticed, QuantilePrior) else 1 - noticed,
                0 if given else unknown,
                0.0 if given else 1.0,
                float(scenario.hazard == "constant" and occurred is True),
                -math.inf
                if occurred is True
                else sum(math.log1p(-one.if_false) for one in missing),
                -math.inf
                if occurred is False
                else sum(math.log1p(-one.if_true) for one in missing),
            )
        )
        unknown += not given
    return _table(parts.ClockArrays, rows)


def _passed(scenario: Scenario, day: datetime.date) -> float:
    """Share of the window before a day, which is itself still ahead."""
    if scenario.hazard == "none":
        return 0.0
    window = (scenario.closes - scenario.opens).days + 1
    return min(max((day - scenario.opens).days / window, 0.0), 1.0)


def _table[T](kind: type[T], rows: Sequence[Sequence[Any]]) -> T:
    """Turn rows into the arrays of a kind, integers and floats as it declares them."""
    declared = kind.__annotations__.values()
    columns = zip(*rows, strict=True) if rows else [()] * len(declared)
    return kind(
        *(
            np.array(column, dtype=np.int64 if one is Indices else np.float64)
            for one, column in zip(declared, columns, strict=True)
        )
    )


def _integers(values: Iterable[int]) -> Integers:
    return np.fromiter(values, dtype=np.int64)


def _floats(values: Iterable[float]) -> Floats:
    return np.fromiter(values, dtype=np.float64)
