r"""Take a fit apart: what each report, argument and source has part in each forecast.

Everything is computed draw by draw, then averaged, so that what adds up does so
exactly. At one :math:`z`, in decibans,

.. math::

    \operatorname{logit} p_s = \operatorname{logit} p^0_s
      + \sum_b w_{b s} + \ell_s :

:math:`p^0_s` is the probability of the scenario with neither reports nor outcomes, its
links and its clock as they are; :math:`w_{bs}` are the weights of all that bears on it,
direct reports and arguments; :math:`\ell_s` is what comes through links, 0 where it has
none. In the mean over the posterior these are the steps from prior to forecast. The
forecast is the mean of :math:`p_s`, not of its log-odds, and what was known before is a
mean over the prior: the difference is the last step, the remainder.

A claim's weight through an argument is what the argument would lack without it,

.. math::

    2 \operatorname{artanh} (T_X a) - 2 \operatorname{artanh} (T_{X - j} a), \qquad
    a = \tanh (l_{Xs} / 2),

with :math:`T_{X - j}` without the claim's :math:`2 \operatorname{artanh} t_j`.
"""

import datetime
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from evidence import DECIBANS_PER_NAT, EvidenceFile, Report, weight_of_evidence
from model.casebook import Casebook
from model.density_curve import cell_densities, cell_ends
from model.design import Design, design
from model.explanation import (
    ArgumentExplanation,
    Claim,
    Effect,
    Explanation,
    ScenarioExplanation,
    Settled,
    SourceExplanation,
    Step,
    StepKind,
    Weight,
)
from model.likelihood import NUMPY, argument_tilt, unknowns, weigh
from model.summary import QUANTILE_LEVELS, ScenarioSummary, Summary
from model.weighing import prior_draws

__all__ = ["explain"]

type Floats = NDArray[np.float64]
type Integers = NDArray[np.int64]

# Draws by bearings: 64 MB an array. Where there are more, draws are taken at even
# steps, but this many at least, whose means err by a tenth of a deciban at most.
_MOST = 8_000_000
_FEWEST = 400
# Numbers weighed, or sorted for their quantiles, at a time.
_BLOCK = 1_000_000
# Steps told apart; a reader follows no more.
_MOST_STEPS = 40
# Probabilities 0 and 1, as far as a computer tells them from others, in nats.
_FURTHEST = 36.0
# Below this a weight, in dB, points nowhere.
_NOTHING = 0.005
_EDGES = (0.05, 0.95)
_DIRECT = -1  # in place of an argument


def explain(
    z: Floats, casebook: Casebook, as_of: datetime.date, summary: Summary
) -> Explanation:
    """Take a fit apart.

    Parameters
    ----------
    z : ndarray, shape (..., unknown)
        Draws from the posterior, in the places of ``design(casebook, as_of)``.
    casebook : Casebook
        The one that was fitted.
    as_of : date
        The day of the fit.
    summary : Summary
        Of the same fit: the steps add up to its weights.
    """
    laid_out = design(casebook, as_of)
    known = casebook.as_of(as_of)
    flat = _thinned(z.reshape(-1, z.shape[-1]), laid_out)
    draws = _weighed(flat, laid_out, casebook, as_of)
    tellings = _tellings(known.evidence)
    claims = list(_claims(draws, laid_out, known.evidence, tellings))
    return Explanation(
        axis=[round(float(end), 6) for end in cell_ends()],
        scenarios=list(_scenarios(draws, laid_out, known, summary, tellings)),
        arguments=list(_arguments(draws, laid_out, known)),
        sources=list(_sources(draws, laid_out, known, summary, claims)),
        claims=claims,
    )


class _Draws(NamedTuple):
    """What the draws say, weights and log-odds in dB; the first axis is the draw.

    Attributes
    ----------
    direct : [bearing of a report on a scenario]
    testimony : [bearing of a report on an argument]
    argument : [argument]
        Log-odds given its reports.
    reasoned : [bearing of an argument]
    angle : [bearing of an argument]
        Its tilt if the argument were certainly true.
    probability, prior : [scenario]
        The latter of draws from the prior, without reports and outcomes.
    before : [scenario]
        Log-odds with neither reports nor outcomes, at the same z.
    reliability : [source]
    """

    direct: Floats
    testimony: Floats
    argument: Floats
    reasoned: Floats
    angle: Floats
    probability: Floats
    before: Floats
    reliability: Floats
    prior: Floats


def _thinned(z: Floats, laid_out: Design) -> Floats:
    most = max(_FEWEST, _MOST // max(1, len(laid_out.bearings)))
    return z[:: -(-len(z) // most)]


def _weighed(
    z: Floats, laid_out: Design, casebook: Casebook, as_of: datetime.date
) -> _Draws:
    bare = design(casebook.without_reports(), as_of, laid_out.layout)
    rows = max(1, _BLOCK // max(1, len(laid_out.bearings)))
    blocks = [z[start : start + rows] for start in range(0, len(z), rows)]
    weighed = zip(*(_of_block(block, laid_out, bare) for block in blocks), strict=True)
    prior = prior_draws(bare.coords()["unknown"], max(_FEWEST, len(z)))
    before = weigh(prior, bare.arrays).probability
    return _Draws._make([*map(np.concatenate, weighed), before])


def _of_block(z: Floats, laid_out: Design, bare: Design) -> tuple[Floats, ...]:
    arrays = laid_out.arrays
    x, seen = unknowns(z, arrays), weigh(z, arrays)
    certain = np.full_like(seen.argued.log_odds, np.inf)
    return (
        weight_of_evidence(seen.tilt[:, : laid_out.n_direct]),
        weight_of_evidence(seen.tilt[:, laid_out.n_direct :]),
        DECIBANS_PER_NAT * seen.argued.log_odds,
        weight_of_evidence(seen.argued.tilt),
        argument_tilt(x, certain, arrays, NUMPY),
        seen.probability,
        _log_odds(weigh(z, bare.arrays).probability),
        expit(x.reliability),
    )


def _log_odds(probability: Floats) -> Floats:
    """Log-odds in dB, those of 0 and 1 as far out as a computer goes."""
    with np.errstate(divide="ignore"):
        nats = np.clip(logit(probability), -_FURTHEST, _FURTHEST)
    decibans: Floats = DECIBANS_PER_NAT * nats
    return decibans


def _weight(draws: Floats) -> Weight:
    """Sum draws up, shape (draw,)."""
    return _weights(draws[:, None])[0]


def _weights(draws: Floats) -> list[Weight]:
    """Sum draws up, shape (draw, ...): mean and interval of each, to .001 dB."""
    low, high = np.quantile(draws.T, _EDGES, axis=-1)
    columns = zip(draws.mean(axis=0), low, high, strict=True)
    return [Weight(*(round(float(x), 3) + 0.0 for x in column)) for column in columns]


# What claims, and sources, have part in


class _Ways(NamedTuple):
    """The ways by which speakers reach scenarios, in the order of both [way].

    Attributes
    ----------
    who, scenario : int
        Indices of the speaker, which is a claim, or a source with all that it said, and
        of the scenario.
    argument : int
        What the way goes through, ``_DIRECT`` if nothing.
    column : int
        Of what the speaker says of the scenario itself, or of the argument.
    reasoned : int
        Bearing of the argument on the scenario; 0 for a direct way.
    """

    who: Integers
    scenario: Integers
    argument: Integers
    column: Integers
    reasoned: Integers


def _effects(
    draws: _Draws, laid_out: Design, speakers: Sequence[str]
) -> dict[str, tuple[list[Effect], dict[str, Weight]]]:
    """Sum up what each speaker adds to each scenario: way by way, and together.

    Parameters
    ----------
    draws : _Draws
        Of the fit.
    laid_out : Design
        The casebook.
    speakers : sequence of str
        Whose each bearing of a report is.
    """
    names, who = np.unique(np.array(speakers, dtype=str), return_inverse=True)
    target, n_direct = laid_out.arrays.target, laid_out.n_direct
    on_scenario, direct = _said_together(
        draws.direct, who[:n_direct], target.scenario[:n_direct]
    )
    on_argument, testimony = _said_together(
        draws.testimony, who[n_direct:], target.argument
    )
    ways = _ways(on_scenario, on_argument, laid_out)
    found: dict[str, tuple[list[Effect], dict[str, Weight]]] = {}
    for block in _blocks(ways, len(draws.direct)):
        added = _added(block, direct, testimony, draws)
        starts = _starts(block)
        several = np.diff([*starts, len(block.who)]) > 1
        totals = iter(_weights(np.add.reduceat(added, starts, axis=1)[:, several]))
        for at in starts[several]:
            _, together = found.setdefault(str(names[block.who[at]]), ([], {}))
            together[laid_out.scenarios[block.scenario[at]]] = next(totals)
        for at, weight in enumerate(_weights(added)):
            effects, _ = found.setdefault(str(names[block.who[at]]), ([], {}))
            scenario = laid_out.scenarios[block.scenario[at]]
            effects.append(Effect(scenario, _through(block, at, laid_out), weight))
    return found


def _said_together(
    weights: Floats, who: Integers, target: Integers
) -> tuple[Integers, Floats]:
    """Add the weights of each speaker on each target: (who, target) [column], sums."""
    pairs, column = np.unique(
        np.stack([who, target], axis=1), axis=0, return_inverse=True
    )
    return pairs, NUMPY.sums(weights, column.ravel(), len(pairs))


def _ways(on_scenario: Integers, on_argument: Integers, laid_out: Design) -> _Ways:
    giver = laid_out.arrays.argument_bearing.giver
    scenario = laid_out.arrays.target.scenario[laid_out.n_direct :]
    ways = [(who, s, _DIRECT, i, 0) for i, (who, s) in enumerate(on_scenario)]
    bearings: dict[int, list[int]] = {}
    for bearing, argument in enumerate(giver):
        bearings.setdefault(int(argument), []).append(bearing)
    ways += [
        (who, scenario[bearing], argument, i, bearing)
        for i, (who, argument) in enumerate(on_argument)
        for bearing in bearings.get(int(argument), [])
    ]
    columns = np.array(sorted(ways), dtype=np.int64).reshape(-1, 5).T
    return _Ways(*columns)


def _starts(ways: _Ways) -> Integers:
    """Find where another speaker or scenario begins."""
    pairs = np.stack([ways.who, ways.scenario])
    changes = np.any(pairs[:, 1:] != pairs[:, :-1], axis=0)
    return np.concatenate([[0], np.flatnonzero(changes) + 1])


def _blocks(ways: _Ways, n_draws: int) -> Iterator[_Ways]:
    """Cut the ways into blocks, between speakers or scenarios."""
    n = len(ways.who)
    if not n:
        return
    starts = _starts(ways)
    wanted = np.arange(0, n, max(1, _BLOCK // n_draws))
    cuts = np.unique([*starts[np.searchsorted(starts, wanted, "right") - 1], n])
    for low, high in pairwise(cuts):
        yield _Ways(*(column[low:high] for column in ways))


def _added(ways: _Ways, direct: Floats, testimony: Floats, draws: _Draws) -> Floats:
    """What is added by each way, in dB [way]: what would be missing without it."""
    added = np.empty((len(draws.direct), len(ways.who)))
    straight = ways.argument == _DIRECT
    added[:, straight] = direct[:, ways.column[straight]]
    _, _, argument, column, bearing = (part[~straight] for part in ways)
    without = draws.argument[:, argument] - testimony[:, column]
    established = np.tanh(without / (2 * DECIBANS_PER_NAT))
    left = weight_of_evidence(established * draws.angle[:, bearing])
    added[:, ~straight] = draws.reasoned[:, bearing] - left
    return added


def _through(ways: _Ways, at: int, laid_out: Design) -> str | None:
    argument = ways.argument[at]
    return None if argument == _DIRECT else laid_out.arguments[argument]


def _tellings(evidence: EvidenceFile) -> dict[str, list[Report]]:
    """Reports that told each claim, by the report that brought it, by date."""
    roots = evidence.roots()
    told: dict[str, list[Report]] = {}
    for report in sorted(
        evidence.reports, key=lambda r: (r.published, r.repeats is not None, r.id)
    ):
        told.setdefault(roots[report.id].id, []).append(report)
    return told


def _claims(
    draws: _Draws,
    laid_out: Design,
    evidence: EvidenceFile,
    tellings: Mapping[str, Sequence[Report]],
) -> Iterator[Claim]:
    found = _effects(draws, laid_out, [report for report, _, _ in laid_out.bearings])
    reliability = dict(zip(laid_out.sources, draws.reliability.T, strict=False))
    for report in evidence.reports:
        if report.id in found:
            effects, together = found[report.id]
            told = tellings[report.id]
            yield Claim(
                report=report.id,
                origin=report.speaker,
                effects=effects,
                together=together,
                carried=_carried(report.speaker, told, reliability),
            )


def _carried(
    speaker: str, told: Sequence[Report], reliability: Mapping[str, Floats]
) -> dict[str, float]:
    r"""Share of a claim that each report carried: what was heard by then, and not yet.

    Heard through relays :math:`i` is :math:`\tanh \sum_i \operatorname{artanh} \rho_i`;
    the speaker's own word is all there is to hear.
    """
    if len(told) < 2:
        return {}
    heard = [np.zeros(len(reliability[speaker]))]
    voices: dict[str, Floats] = {}
    for report in told:
        voices[report.source] = np.arctanh(reliability[report.source])
        relayed = np.tanh(np.sum([*voices.values()], axis=0))
        heard.append(np.ones_like(relayed) if speaker in voices else relayed)
    shares = np.diff(heard, axis=0) / heard[-1]
    return {
        report.id: round(float(share.mean()), 4) + 0.0
        for report, share in zip(told, shares, strict=True)
    }


# Scenarios


class _Part(NamedTuple):
    """What bears on a scenario: a claim or an argument, and the reports in it."""

    kind: StepKind
    id: str
    column: int  # of the draws of direct weights, or of those of arguments' weights
    reports: list[Report]


def _scenarios(
    draws: _Draws,
    laid_out: Design,
    known: Casebook,
    summary: Summary,
    tellings: Mapping[str, Sequence[Report]],
) -> Iterator[ScenarioExplanation]:
    parts = _parts(laid_out, tellings)
    linked = {scenario for link in laid_out.links for scenario in link}
    hazard = {scenario.id: scenario.hazard for scenario in known.priors.scenarios}
    place = {scenario: i for i, scenario in enumerate(laid_out.scenarios)}
    for said in summary.scenarios:
        s = place[said.id]
        prior = draws.prior[:, s]
        quantiles = np.quantile(prior, QUANTILE_LEVELS)
        steps: list[Step] = []
        if said.weight_db is not None:
            steps = _steps(s, draws, parts.get(said.id, []), said.id in linked)
            steps.append(_remainder(said.weight_db, steps))
        yield ScenarioExplanation(
            id=said.id,
            mean=said.mean,
            prior_mean=said.prior_mean,
            weight_db=said.weight_db,
            settled=_settled(said, hazard[said.id]),
            density=_density(draws.probability[:, s]),
            prior_density=_density(prior),
            prior_quantiles=dict(
                zip(map(str, QUANTILE_LEVELS), quantiles.tolist(), strict=True)
            ),
            steps=steps,
        )


def _parts(
    laid_out: Design, tellings: Mapping[str, Sequence[Report]]
) -> dict[str, list[_Part]]:
    """Gather what bears on each scenario; arguments without reports say nothing."""
    parts: dict[str, list[_Part]] = {}
    about: dict[str, list[Report]] = {}
    for column, (report, kind, target) in enumerate(laid_out.bearings):
        if kind == "argument":
            about.setdefault(target, []).extend(tellings[report])
        else:
            told = [*tellings[report]]
            parts.setdefault(target, []).append(_Part("report", report, column, told))
    for column, (argument, scenario) in enumerate(laid_out.argument_bearings):
        if argument in about:
            part = _Part("argument", argument, column, about[argument])
            parts.setdefault(scenario, []).append(part)
    return parts


def _settled(said: ScenarioSummary, hazard: str) -> Settled | None:
    if said.weight_db is not None:
        return None
    if said.outcome is not None:
        return "occurred" if said.outcome else "did not occur"
    runs_out = hazard == "constant" and said.mean < 0.5
    return "no time is left" if runs_out else "is certain"


def _density(draws: Floats) -> list[float] | None:
    density = cell_densities(draws)
    if density is None:
        return None
    return [float(f"{x:.4g}") if x >= 1e-4 else 0.0 for x in density]


def _steps(s: int, draws: _Draws, parts: Sequence[_Part], linked: bool) -> list[Step]:
    own = np.concatenate(
        [
            draws.direct[:, [p.column for p in parts if p.kind == "report"]],
            draws.reasoned[:, [p.column for p in parts if p.kind == "argument"]],
        ],
        axis=1,
    )
    weights = _weights(own)
    order = sorted(range(len(parts)), key=lambda i: -abs(weights[i].mean))
    told_apart = len(order) if len(order) <= _MOST_STEPS else _MOST_STEPS - 1
    steps = [
        _step(parts[i].kind, parts[i].id, weights[i], parts[i].reports)
        for i in order[:told_apart]
    ]
    if rest := order[told_apart:]:
        gathered = [report for i in rest for report in parts[i].reports]
        steps.append(_step("gathered", None, _weight(own[:, rest].sum(1)), gathered))
    if linked:
        through = _log_odds(draws.probability[:, s]) - draws.before[:, s] - own.sum(1)
        steps.append(_step("links", None, _weight(through), []))
    return steps


def _step(
    kind: StepKind, name: str | None, weight: Weight, reports: Sequence[Report]
) -> Step:
    return Step(
        kind=kind,
        id=name,
        weight_db=weight.mean,
        eti90=(weight.low, weight.high),
        on=max((report.published for report in reports), default=None),
        reports=len({report.id for report in reports}),
    )


def _remainder(weight_db: float, steps: Sequence[Step]) -> Step:
    return Step(
        kind="remainder",
        id=None,
        weight_db=weight_db - sum(step.weight_db for step in steps),
        eti90=None,
        on=None,
        reports=0,
    )


# Arguments and sources


def _arguments(
    draws: _Draws, laid_out: Design, known: Casebook
) -> Iterator[ArgumentExplanation]:
    place = {argument: i for i, argument in enumerate(laid_out.arguments)}
    testimony = [(r, a) for r, kind, a in laid_out.bearings if kind == "argument"]
    said = _columns((argument, report) for report, argument in testimony)
    bears = _columns(laid_out.argument_bearings)
    for argument in known.priors.arguments:
        name = argument.id
        log_odds = draws.argument[:, place[name]] / DECIBANS_PER_NAT
        probability = expit(log_odds)
        low, high = np.quantile(probability, _EDGES)
        reports = _by_name(draws.testimony, said.get(name, []))
        yield ArgumentExplanation(
            id=name,
            probability=float(probability.mean()),
            eti90=(float(low), float(high)),
            reports=dict(sorted(reports.items(), key=lambda x: -abs(x[1].mean))),
            on=_by_name(draws.reasoned, bears.get(name, [])),
        )


def _columns(pairs: Iterable[tuple[str, str]]) -> dict[str, list[tuple[int, str]]]:
    """Group (group, name) pairs, each name with its position."""
    grouped: dict[str, list[tuple[int, str]]] = {}
    for column, (group, name) in enumerate(pairs):
        grouped.setdefault(group, []).append((column, name))
    return grouped


def _by_name(draws: Floats, columns: Sequence[tuple[int, str]]) -> dict[str, Weight]:
    weights = _weights(draws[:, [column for column, _ in columns]])
    return {name: w for (_, name), w in zip(columns, weights, strict=True)}


def _sources(
    draws: _Draws,
    laid_out: Design,
    known: Casebook,
    summary: Summary,
    claims: Sequence[Claim],
) -> Iterator[SourceExplanation]:
    speakers = {report.id: report.speaker for report in known.evidence.reports}
    effects = _effects(draws, laid_out, [speakers[r] for r, _, _ in laid_out.bearings])
    published = Counter(report.source for report in known.evidence.reports)
    first = Counter(r.speaker for r in known.evidence.reports if r.repeats is None)
    relayed = Counter(
        source for relays in known.evidence.relays().values() for source in relays
    )
    pointing = _pointing(claims)
    outcomes = {said.id: said.outcome for said in summary.scenarios}
    for said in summary.sources:
        counts = pointing.get(said.id, {})
        resolved = [
            n if outcomes[scenario] else n[::-1]
            for scenario, n in counts.items()
            if outcomes[scenario] is not None
        ]
        own, together = effects.get(said.id, ([], {}))
        yield SourceExplanation(
            **said.model_dump(),
            reports=published[said.id],
            claims=first[said.id],
            relayed=relayed[said.id],
            counts=counts,
            agreed=sum(agreed for agreed, _ in resolved),
            disagreed=sum(disagreed for _, disagreed in resolved),
            effects=own,
            together=together,
        )


def _pointing(claims: Sequence[Claim]) -> dict[str, dict[str, tuple[int, int]]]:
    """Count the claims of each source for and against each scenario."""
    counts: dict[str, dict[str, tuple[int, int]]] = {}
    for claim in claims:
        of_source = counts.setdefault(claim.origin, {})
        for scenario in claim.scenarios():
            weight = claim.on(scenario)
            size = weight.mean if weight else 0.0
            n_for, n_against = of_source.get(scenario, (0, 0))
            of_source[scenario] = (
                n_for + (size >= _NOTHING),
                n_against + (size <= -_NOTHING),
            )
    return counts
