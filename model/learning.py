"""What settled cases have taught: of grades, digits, words, overlaps, and of sources.

All that is settled in some cases is put into one casebook, in which a source is one
source wherever it speaks, and that is fitted from the default numbers, whatever numbers
the cases have themselves: so nothing is counted twice. What has moved from its default
can be written as the ``scales`` of another case.
"""

import datetime
import math
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from pydantic import BaseModel

from deciban.evidence import DECIBANS_PER_NAT, EvidenceFile, Reliability, Source
from deciban.evidence.items import NONE_OF_THEM
from deciban.model.array_types import Floats
from deciban.model.casebook.casebook import Casebook
from deciban.model.errors import ModelError
from deciban.model.likelihood.design import Design, design
from deciban.model.likelihood.layout import GRADES
from deciban.model.likelihood.testimony import Account, Claim, Magnitude
from deciban.model.posterior.summary import Checks
from deciban.model.said import Said
from deciban.model.sampling.progress import Silent
from deciban.priors import LogitNormal, PriorsFile, Scales
from deciban.priors.logit_normal import Z_95

__all__ = [
    "LEAST_GAIN_NATS",
    "CaseTaken",
    "Learned",
    "LearnedNumber",
    "LearnedSource",
    "NothingSettledError",
    "Quantiles",
    "joined",
    "learn",
    "taken_over",
]

# Below this nothing has been learned worth the name: a number moved by less than
# a third of its sd, or its sd shrank by less than a fifth. Noise of the draws is less.
LEAST_GAIN_NATS = 0.05
# Keys under which an item names what is its own case's: not sources and camps.
_OWN = {
    "argument",
    "id",
    "if_",
    "repeats",
    "rivals",
    "scenario",
    "scenarios",
    "then",
}
_DIGITS = 4  # of numbers that are written as scales


class NothingSettledError(ModelError):
    """No scenario of the cases has an outcome that something could be learned from."""


class Quantiles(Said):
    """Median, 5 % and 95 % quantile."""

    median: float
    low: float
    high: float

    def written(self, unit: str = "probability") -> str:
        """Write them as people read them.

        Examples
        --------
        >>> Quantiles(median=7.0, low=5.04, high=9.73).written("dB")
        '7.0 dB (5.0 to 9.7)'
        """
        if unit == "dB":
            return f"{self.median:.1f} dB ({self.low:.1f} to {self.high:.1f})"
        return f"{self.median:.2f} ({self.low:.2f} to {self.high:.2f})"


class CaseTaken(Said):
    """How much of a case was learned from.

    Attributes
    ----------
    case : str
    occurred, did_not : int
        Scenarios that are settled yes, and no.
    left_out : int
        Scenarios that are open, annulled, or rivals of such.
    because : str or None
        Why all of the case was left out.
    """

    case: str
    occurred: int
    did_not: int
    left_out: int
    because: str | None = None


class LearnedNumber(Said):
    """A number of the scales, before and given what is settled.

    Attributes
    ----------
    kind, name : str
        ``grade``, ``digit``, ``word``, ``calibration`` or ``overlap``, and which.
    unit : str
        ``probability``, ``dB`` or ``factor``.
    before, after : Quantiles
        A grade's are of the centre of its sources.
    gain_nats : float
        How far the one is from the other: Kullback-Leibler, both taken as normal.
    sources, reports : int
        That stand behind it.
    taught : bool
        Whether the data teach something.
    """

    kind: str
    name: str
    unit: str
    before: Quantiles
    after: Quantiles
    gain_nats: float
    sources: int
    reports: int
    taught: bool

    @property
    def label(self) -> str:
        """What it is, in words."""
        if self.kind == "calibration":
            return "calibration"
        return {"digit": "credibility"}.get(self.kind, self.kind) + f" {self.name}"


class LearnedSource(Said):
    """A source over all cases, by its id.

    Attributes
    ----------
    id, name, grade : str
        A source that is another in two cases (its grade, camp, deception or learned
        interest differs) stands here once for each, as ``case/id`` after the first.
    cases : tuple of str
        In which it speaks or relays.
    before, after : Quantiles
        Probability that what it publishes is genuine.
    gain_nats, reports, taught
        As of a number.
    right, claims : int
        Of what it said of settled scenarios, itself or by an argument, how much pointed
        to what came.
    """

    id: str
    name: str
    grade: Reliability
    cases: tuple[str, ...]
    before: Quantiles
    after: Quantiles
    gain_nats: float
    reports: int
    right: int
    claims: int
    taught: bool


class Learned(Said):
    """What settled cases have taught.

    Attributes
    ----------
    as_of : date
        Up to and with this day reports and outcomes are known.
    cases, numbers, sources : tuple
    scales : dict
        What was taught, as a priors file has it: the rest stays at its default.
    checks : Checks
        Of the numbers and sources.
    seed : int
    """

    as_of: datetime.date
    cases: tuple[CaseTaken, ...]
    numbers: tuple[LearnedNumber, ...]
    sources: tuple[LearnedSource, ...]
    scales: dict[str, Any]
    checks: Checks
    seed: int


class Joined(NamedTuple):
    """Settled cases as one casebook.

    Attributes
    ----------
    casebook : Casebook
        Ids of all but sources and camps begin with their case's and a slash.
    cases : tuple of CaseTaken
        In the order given.
    """

    casebook: Casebook
    cases: tuple[CaseTaken, ...]


def joined(casebooks: Iterable[Casebook], as_of: datetime.date) -> Joined:
    """Put all that is settled in some cases into one casebook with default scales.

    Parameters
    ----------
    casebooks : iterable of Casebook
        Of different cases. One whose evidence ages otherwise than that of the first
        with a settled scenario is left out: there is one half-life in a casebook.
    as_of : date
        Up to and with this day reports and outcomes are known.

    Raises
    ------
    NothingSettledError
        If no scenario is settled.
    """
    taken: list[CaseTaken] = []
    parts: list[Casebook] = []
    for whole in casebooks:
        casebook = whole.as_of(as_of)
        ends = _settled(casebook)
        part = _settled_part(casebook, ends)
        because = None
        if not ends:
            because = "nothing in it is settled"
        elif parts and part.priors.half_life_days != parts[0].priors.half_life_days:
            because = f"its half_life_days is not that of {parts[0].case}"
        else:
            parts.append(part)
        n = Counter(() if because else ends.values())
        n_left_out = len(casebook.priors.scenarios) - n.total()
        taken.append(
            CaseTaken(
                case=whole.case,
                occurred=n[True],
                did_not=n[False],
                left_out=n_left_out,
                because=because,
            )
        )
    if not parts:
        raise NothingSettledError(
            "must have a scenario that is settled, yes or no, by "
            f"{as_of}, got none in {', '.join(one.case for one in taken) or 'no case'}"
        )
    return Joined(_joined(parts), tuple(taken))


def _settled(casebook: Casebook) -> dict[str, bool]:
    """Whether each settled scenario occurred; rivals count if all of them are."""
    ends = {
        name: outcome.occurred
        for name, outcome in casebook.outcomes().items()
        if outcome.occurred is not None
    }
    for rivals in casebook.priors.rivals:
        if not ends.keys() >= set(rivals.scenarios):
            ends = {s: o for s, o in ends.items() if s not in rivals.scenarios}
    return ends


def _settled_part(casebook: Casebook, ends: Mapping[str, bool]) -> Casebook:
    priors = casebook.priors
    links = tuple(n for n in priors.links if n.if_ in ends and n.then in ends)
    apart = casebook.followed_by(
        priors.model_copy(update={"links": links}), casebook.evidence
    )
    return apart.part(ends, ())


def _joined(parts: Sequence[Casebook]) -> Casebook:
    lists: dict[str, list[Any]] = defaultdict(list)
    sources: dict[str, Source] = {}
    for part in parts:
        prefix = f"{part.case}/"
        names = _source_names(part, sources)
        for name in ("scenarios", "arguments", "links", "rivals"):
            lists[name] += _renamed(getattr(part.priors, name), prefix)
        for source in part.evidence.sources:
            own = _renamed(source, prefix).model_copy(update={"id": names[source.id]})
            known = sources.get(own.id)
            if known is not None and isinstance(known.interest, tuple):
                both = known.interest + own.interest
                own = own.model_copy(update={"interest": both})
            sources[own.id] = own
        for report in _renamed(part.evidence.reports, prefix):
            named = {"source": names[report.source]}
            if report.origin is not None:
                named["origin"] = names[report.origin]
            lists["reports"].append(report.model_copy(update=named))
    # The files agree as they did; their ids are longer than ids may be.
    name = parts[0].case if len(parts) == 1 else "learned"
    return Casebook.model_construct(
        priors=PriorsFile.model_construct(
            case=name,
            title=name,
            half_life_days=parts[0].priors.half_life_days,
            scenarios=tuple(lists["scenarios"]),
            arguments=tuple(lists["arguments"]),
            links=tuple(lists["links"]),
            rivals=tuple(lists["rivals"]),
        ),
        evidence=EvidenceFile.model_construct(
            case=name,
            sources=tuple(sources.values()),
            reports=tuple(lists["reports"]),
        ),
    )


def _source_names(part: Casebook, known: Mapping[str, Source]) -> dict[str, str]:
    """Name the sources of a case: as they are, where those before are the same."""

    def nature(source: Source) -> Any:
        learned = source.interest if isinstance(source.interest, str) else ""
        return source.reliability, source.camp, source.deceives, learned

    return {
        one.id: one.id
        if one.id not in known or nature(known[one.id]) == nature(one)
        else f"{part.case}/{one.id}"
        for one in part.evidence.sources
    }


def _renamed(value: Any, prefix: str, key: str = "") -> Any:
    """Put a prefix before every id in an item but those of sources and camps."""
    match value:
        case BaseModel():
            named = {name: _renamed(one, prefix, name) for name, one in value}
            return value.model_copy(update=named)
        case tuple():
            return tuple(_renamed(one, prefix, key) for one in value)
        case dict():  # by rival
            return {k if k == NONE_OF_THEM else prefix + k: v for k, v in value.items()}
        case str() if key in _OWN:
            return prefix + value
    return value


def taken_over(scales: Scales, learned: Mapping[str, Any]) -> Scales:
    """Put what was learned into a case's own numbers, of which the rest stays."""
    own = scales.departures()
    for key, value in learned.items():
        both = isinstance(value, dict) and not key.startswith("overlap")
        own[key] = own.get(key, {}) | value if both else value
    return Scales.model_validate(own)


def learn(
    casebooks: Iterable[Casebook],
    as_of: datetime.date,
    settings: Any = None,
    *,
    seed: int | None = None,
    progress: Silent | None = None,
) -> Learned:
    """Learn from all that is settled in some cases, in one fit.

    Parameters
    ----------
    casebooks, as_of
        As ``joined`` has them.
    settings, seed, progress
        As ``model.sampling.fit.sample`` has them.

    Raises
    ------
    NothingSettledError
        If no scenario is settled.
    FitStoppedError
        If ``progress.stopped()`` became true.
    """
    # It takes a second to load.
    from deciban.model.sampling.checks import check_draws
    from deciban.model.sampling.fit import sample

    book, cases = joined(casebooks, as_of)
    draws = sample(book, as_of, settings, seed=seed, progress=progress)
    laid_out = design(book, as_of)
    marginals = _marginals(laid_out, draws.z)
    behind, records = _behind(laid_out), _records(laid_out)
    # Labels are a kind and a name, which may have blanks.
    looked_at = [tuple(one.split(" ", 1)) in marginals for one in draws.labels]
    return Learned(
        as_of=as_of,
        cases=cases,
        numbers=tuple(
            _number(kind, name, marginal, behind[kind, name])
            for (kind, name), marginal in marginals.items()
            if kind != "source"
        ),
        sources=tuple(
            _source(
                one,
                marginals["source", one.id],
                behind["source", one.id],
                records.get(one.id, (0, 0)),
            )
            for one in laid_out.known.evidence.sources
        ),
        scales=_scales(marginals, behind),
        checks=check_draws(draws.z[..., looked_at], draws.stats["diverging"]),
        seed=draws.seed,
    )


class _Marginal(NamedTuple):
    """Something unknown on the scale on which it is normal before: there and after."""

    before: LogitNormal
    draws: Floats

    @property
    def after(self) -> LogitNormal:
        return LogitNormal(float(self.draws.mean()), float(self.draws.std()))

    @property
    def gain_nats(self) -> float:
        shift = (self.after.location - self.before.location) / self.before.scale
        ratio = self.after.scale / self.before.scale
        return (shift**2 + ratio**2 - 1) / 2 - math.log(ratio)


def _marginals(laid_out: Design, z: Floats) -> dict[tuple[str, str], _Marginal]:
    """What is learned of, by kind and name; z of shape (chain, draw, unknown)."""
    arrays, coords = laid_out.arrays, laid_out.coords()
    x = arrays.location + arrays.scale * z.reshape(-1, z.shape[-1])
    column = {label: i for i, label in enumerate(coords["unknown"])}
    scales = laid_out.known.priors.scales
    found = {}

    def take(kind: str, name: str, over: float = 0.0, *others: str) -> None:
        """Take a column, moved, with those of others added."""
        among = [column[label] for label in (f"{kind} {name}", *others)]
        sd = float(np.linalg.norm(arrays.scale[among]))
        location = over + float(arrays.location[among].sum())
        draws = over + x[:, among].sum(axis=1)
        found[kind, name] = _Marginal(LogitNormal(location, sd), draws)

    for grade in GRADES:
        take("grade", grade, scales.reliability[grade].location)
    for kind, dim in (("digit", "digit"), ("word", "word"), ("overlap", "scope")):
        for name in coords[dim]:
            take(kind, name)
    take("calibration", "words")
    for source in laid_out.known.evidence.sources:
        shift = [f"grade {source.reliability}"] if source.reliability in GRADES else []
        take("source", source.id, 0.0, *shift)
    return found


type _Voice = tuple[str, str]  # a source, and the report that it said or relayed


class _Heard(NamedTuple):
    """What one claim says of one settled scenario, by itself or by an argument.

    ``way`` is 1 where it points to what came, -1 where away from it, else 0.
    """

    claim: Claim
    sizes: tuple[Magnitude, ...]
    way: int


def _heard(laid_out: Design) -> Iterator[_Heard]:
    ends, said = laid_out.known.outcomes(), laid_out.testimony
    for scenario, target in said.scenarios.items():
        came = 1 if ends[scenario].occurred else -1
        for account in target.accounts:
            for one in account.said:
                yield _Heard(one.claim, (one.size,), came * one.sign)
        for reason in target.reasons:
            for account in reason.view:
                for one in account.said:
                    way = came * one.sign * reason.sign
                    yield _Heard(one.claim, (one.size, reason.size), way)
    scales = laid_out.known.priors.scales
    for rivals in laid_out.known.priors.rivals:
        occurred = [s for s in rivals.scenarios if ends[s].occurred] or [NONE_OF_THEM]
        place = rivals.answers.index(occurred[0])
        for vector in said.rivals[rivals.id]:
            for row in vector.said:
                values = [_nats(*one, scales) for one in row.log_likelihoods]
                excess = values[place] - sum(values) / len(values)
                way = (excess > 0) - (excess < 0)
                yield _Heard(row.claim, tuple(s for s, _ in row.log_likelihoods), way)


def _nats(size: Magnitude, sign: int, scales: Scales) -> float:
    if isinstance(size, str):
        size = scales.strength[size].decibans / DECIBANS_PER_NAT
    return sign * size


def _behind(laid_out: Design) -> Mapping[tuple[str, str], set[_Voice]]:
    """Who stands behind each number and each source, by kind and name."""
    grade = {one.id: one.reliability for one in laid_out.known.evidence.sources}
    behind: dict[tuple[str, str], set[_Voice]] = defaultdict(set)
    for claim, sizes, _ in _heard(laid_out):
        voice = claim.speaker, claim.report
        for name in (claim.speaker, *claim.relays):
            behind["source", name].add((name, claim.report))
            behind["grade", grade[name]].add((name, claim.report))
        behind["digit", str(claim.credibility)].add(voice)
        for size in sizes:
            if isinstance(size, str):
                behind["word", size].add(voice)
                behind["calibration", "words"].add(voice)
    for accounts in _together(laid_out):
        for scope, shared in _sharing(accounts):
            behind["overlap", scope] |= shared
    return behind


def _together(laid_out: Design) -> Iterator[Sequence[Account]]:
    """Find what is added up together, on a scenario, or on an argument for it."""
    for target in laid_out.testimony.scenarios.values():
        views = [account for reason in target.reasons for account in reason.view]
        yield [*target.accounts, *views]
        yield from (reason.view for reason in target.reasons)


def _sharing(accounts: Sequence[Account]) -> Iterator[tuple[str, set[_Voice]]]:
    """Find which voices share a target, a camp or an account with another."""

    def voices(some: Iterable[Account]) -> set[_Voice]:
        return {(one.speaker, k.claim.report) for one in some for k in one.said}

    camps: dict[tuple[str, str], dict[str, Account]] = defaultdict(dict)
    for account in accounts:
        camps[account.camp][account.speaker] = account
        if len(account.said) > 1:
            yield "in account", voices([account])
    for camp in camps.values():
        if len(camp) > 1:
            yield "in camp", voices(camp.values())
    if len(camps) > 1:
        yield "across", voices(accounts)


def _records(laid_out: Design) -> Mapping[str, tuple[int, int]]:
    """How many of each source's claims pointed to what came, and how many there are."""
    records: dict[str, list[int]] = defaultdict(list)
    for claim, _, way in _heard(laid_out):
        records[claim.speaker].append(way)
    return {name: (ways.count(1), len(ways)) for name, ways in records.items()}


def _is_taught(marginal: _Marginal, voices: Collection[_Voice]) -> bool:
    return bool(voices) and marginal.gain_nats >= LEAST_GAIN_NATS


_UNITS = {"word": "dB", "calibration": "factor"}


def _read(kind: str, normal: LogitNormal) -> Quantiles:
    """Read a normal as what it stands for: a logarithm, or log-odds."""
    x = normal.location + normal.scale * np.array([0.0, -Z_95, Z_95])
    values = np.exp(x) if kind in _UNITS else 1 / (1 + np.exp(-x))
    median, low, high = values.tolist()
    return Quantiles(median=median, low=low, high=high)


def _number(
    kind: str, name: str, marginal: _Marginal, voices: Collection[_Voice]
) -> LearnedNumber:
    return LearnedNumber(
        kind=kind,
        name=name,
        unit=_UNITS.get(kind, "probability"),
        before=_read(kind, marginal.before),
        after=_read(kind, marginal.after),
        gain_nats=marginal.gain_nats,
        sources=len({source for source, _ in voices}),
        reports=len({report for _, report in voices}),
        taught=_is_taught(marginal, voices),
    )


def _source(
    source: Source,
    marginal: _Marginal,
    voices: Collection[_Voice],
    record: tuple[int, int],
) -> LearnedSource:
    right, claims = record
    reports = {report for _, report in voices}
    return LearnedSource(
        id=source.id,
        name=source.name,
        grade=source.reliability,
        cases=tuple(sorted({report.split("/")[0] for report in reports})),
        before=_read("source", marginal.before),
        after=_read("source", marginal.after),
        gain_nats=marginal.gain_nats,
        reports=len(reports),
        right=right,
        claims=claims,
        taught=_is_taught(marginal, voices),
    )


def _scales(
    marginals: Mapping[tuple[str, str], _Marginal],
    behind: Mapping[tuple[str, str], Collection[_Voice]],
) -> dict[str, Any]:
    """Write what was taught as a priors file's ``scales``.

    Each number as if apart from the others. A grade's centre moves, and what is unsure
    of it stays: its sd is that of its sources. The median of the calibration goes into
    the words, for which a case has no other place.
    """
    found = defaultdict[str, Any](dict)
    taught = {key: k for key, k in marginals.items() if _is_taught(k, behind[key])}
    factor = 0.0
    if (calibration := taught.get(("calibration", "words"))) is not None:
        factor = calibration.after.location
        found["calibration_log_sd"] = _rounded(calibration.after.scale)
    sds = {str(letter): number.sd for letter, number in Scales().reliability.items()}
    for (kind, name), marginal in marginals.items():
        after = marginal.after
        normal = {"location": _rounded(after.location), "sd": _rounded(after.scale)}
        if kind == "word" and ((kind, name) in taught or factor):
            found["strength"][name] = {
                "decibans": _rounded(math.exp(after.location + factor)),
                "log_sd": normal["sd"],
            }
        elif (kind, name) not in taught:
            continue
        elif kind == "grade":
            found["reliability"][name] = normal | {"sd": sds[name]}
        elif kind == "digit":
            found["credibility"][int(name)] = normal
        elif kind == "overlap":
            quantiles = _read(kind, after).model_dump()
            key = "overlap" if name == "across" else f"overlap_{name.replace(' ', '_')}"
            found[key] = {k: _rounded(value) for k, value in quantiles.items()}
        elif kind == "source" and "/" not in name:
            found["sources"][name] = normal
    return dict(found)


def _rounded(number: float) -> float:
    return round(number, _DIGITS)
