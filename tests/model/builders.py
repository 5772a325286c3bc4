"""Casebooks for tests: written by hand, or at random with all that the model has."""

import datetime
from random import Random
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from deciban.evidence import EvidenceFile
from deciban.model.casebook.casebook import Casebook
from deciban.model.likelihood.design import Design, design
from deciban.model.posterior.data_tree import forecast_tree
from deciban.model.sampling.draws import SAMPLE_STATS, Draws
from deciban.priors import PriorsFile, Scales

CASE = "test-case"
DAY = datetime.date(2024, 6, 29)
DAYS = [
    datetime.date(2023, 6, 1),
    datetime.date(2024, 4, 1),
    DAY,
    datetime.date(2024, 7, 15),
    datetime.date(2024, 9, 9),
    datetime.date(2025, 2, 1),
]
RELIABLE = 30.0  # a location at which a source or a claim is taken at its word
WORTHLESS = -30.0
NO_OVERLAP = {"overlap": 0, "overlap_in_camp": 0, "overlap_in_account": 0}

WORDS = ["negligible", "weak", "moderate", "strong", "very strong", "decisive"]


def make_scenario(name: str = "war", **changes: Any) -> dict[str, Any]:
    """Opens 180 days before ``DAY`` and closes 180 days after."""
    return {
        "id": name,
        "question": "Does it happen?",
        "criteria": "It is announced.",
        "opens": "2024-01-01",
        "closes": "2024-12-26",
        "prior": {"median": 0.2, "low": 0.1, "high": 0.4},
    } | changes


def make_report(name: str, *bears_on: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {
        "id": name,
        "claim": "It is under way",
        "source": "radio",
        "credibility": 2,
        "published": "2024-05-01",
        "bears_on": list(bears_on),
    } | changes


def says(strength: str | float | list[float] = "moderate", **target: Any) -> Any:
    """Bear on ``war`` unless told otherwise; a word, decibans or likelihoods."""
    direction = target.pop("direction", "supports")
    target = target or {"scenario": "war"}
    if isinstance(strength, list):
        return target | {"likelihoods": strength}
    measure = "strength" if isinstance(strength, str) else "decibans"
    return target | {"direction": direction, measure: strength}


def opposes(strength: str | float = "moderate", **target: Any) -> Any:
    return says(strength, direction="opposes", **target)


def make_argument(name: str, *bears_on: dict[str, Any]) -> dict[str, Any]:
    return {"id": name, "statement": "It can be done", "bears_on": list(bears_on)}


def make_casebook(
    reports: Any = (),
    *,
    scenarios: Any = None,
    sources: dict[str, str] | None = None,
    **priors: Any,
) -> Casebook:
    """Sources are grades by id; other keys go into the priors file."""
    sources = sources or {"radio": "B", "paper": "C", "blog": "D"}
    return casebook_from(
        {
            "priors": {
                "case": CASE,
                "title": "A test",
                "scenarios": list(scenarios or [make_scenario()]),
            }
            | priors,
            "evidence": {
                "case": CASE,
                "sources": [
                    {"id": name, "name": name, "reliability": grade}
                    for name, grade in sources.items()
                ],
                "reports": list(reports),
            },
        }
    )


def casebook_from(files: dict[str, Any]) -> Casebook:
    return Casebook(
        priors=PriorsFile.model_validate(files["priors"]),
        evidence=EvidenceFile.model_validate(files["evidence"]),
    )


def certain(probability: float) -> dict[str, float]:
    """State a prior that is this probability, give or take a ten-millionth of it."""
    width = 1e-7 * probability * (1 - probability)
    return {
        "median": probability,
        "low": probability - width,
        "high": probability + width,
    }


def graded(**locations: float) -> dict[str, Any]:
    """Scales with letters and digits (``d2``) whose reliability is known exactly."""
    fixed = {name: {"location": x, "sd": 0} for name, x in locations.items()}
    return {
        "reliability": {name: x for name, x in fixed.items() if len(name) == 1},
        "credibility": {int(n[1:]): x for n, x in fixed.items() if len(n) == 2},
    }


def random_files(rng: Random) -> dict[str, Any]:
    """Write two files at random; every feature of the model has its chance."""
    names = rng.sample(["war", "peace", "talks", "treaty"], rng.randint(1, 4))
    scenarios = [_random_scenario(rng, name) for name in names]
    rivals = _random_rivals(rng, scenarios)
    arguments = [
        make_argument(f"argument-{i}", *_random_reasoning(rng, names))
        for i in range(rng.randint(0, 3))
    ]
    targets = [{"scenario": name} for name in names]
    targets += [{"argument": argument["id"]} for argument in arguments]
    sources = [
        _random_source(rng, f"source-{i}", targets) for i in range(rng.randint(1, 4))
    ]
    targets += [{"rivals": one["id"]} for one in rivals]
    known = [source["id"] for source in sources]
    reports: list[dict[str, Any]] = []
    for i in range(rng.randint(0, 7)):
        reports.append(
            _random_report(rng, f"report-{i}", known, targets, rivals, reports)
        )
    rng.shuffle(reports)
    return {
        "priors": {
            "case": CASE,
            "title": "At random",
            "half_life_days": rng.choice([None, 30, 200.0]),
            "reviewed": rng.choice([None, None, "2024-03-05", "2024-08-01"]),
            "scenarios": scenarios,
            "arguments": arguments,
            "links": _random_links(rng, names, rivals),
            "rivals": rivals,
            "scales": rng.choice([{}, {}, *_DEPARTURES]),
        },
        "evidence": {"case": CASE, "sources": sources, "reports": reports},
    }


def _random_source(
    rng: Random, name: str, targets: list[dict[str, str]]
) -> dict[str, Any]:
    source: dict[str, Any] = {
        "id": name,
        "name": name,
        "reliability": rng.choice("ABCDEF"),
    }
    if rng.random() < 0.4:
        source["camp"] = rng.choice(["east", "west"])
    if rng.random() < 0.2:
        source["deceives"] = rng.choice([0.1, 0.4, 0.8])
    if rng.random() < 0.2:
        source["interest"] = "learned"
    elif rng.random() < 0.4:
        source["interest"] = [
            target
            | {
                "wants": rng.choice(["believed", "denied"]),
                "pull": rng.choice(["slight", "clear", "total"]),
            }
            for target in rng.sample(targets, rng.randint(1, min(2, len(targets))))
        ]
    return source


def _random_rivals(
    rng: Random, scenarios: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Make some of the scenarios rivals, which are then answers to one question."""
    if len(scenarios) < 2 or rng.random() < 0.6:
        return []
    first = rng.randint(0, len(scenarios) - 2)
    members = scenarios[first : rng.randint(first + 2, len(scenarios))]
    none = rng.choice([None, {"median": 0.3, "low": 0.1, "high": 0.5}, certain(0.2)])
    ends = [s for s in members if "outcome" in s]
    for scenario in members:
        scenario |= {"hazard": "none", "closes": "2024-12-26"}
    for scenario in ends[1:]:
        if "annulled" not in scenario["outcome"]:
            scenario["outcome"]["occurred"] = False
    if none is None and len(ends) == len(members):
        del ends[-1]["outcome"]
    names = [scenario["id"] for scenario in members]
    return [{"id": "one-of-them", "scenarios": names, "none": none}]


_DEPARTURES: list[dict[str, Any]] = [
    {
        "reliability": {"B": {"location": 1.0, "sd": 0.3}},
        "credibility": {2: {"location": 0.5, "sd": 1.2}},
        "strength": {"moderate": {"decibans": 9, "log_sd": 0.4}},
        "calibration_log_sd": 0.1,
        "overlap_in_camp": 0.4,
    },
    {"overlap": 0, "overlap_in_camp": 0, "overlap_in_account": 0},
    {"overlap": 0.6, "overlap_in_camp": 1, "overlap_in_account": 1},
    {"reliability": {"C": {"location": 0.0, "sd": 0}}, "grade_shift_sd": 0.7},
    {"overlap": {"median": 0.5, "low": 0.2, "high": 0.9}, "overlap_in_camp": 0},
]


def random_casebook(rng: Random) -> Casebook:
    return casebook_from(random_files(rng))


def named_draws(laid_out: Design, n: int = 3, seed: int = 0) -> NDArray[np.float64]:
    """Draw z, shape (n, unknown), so that each unknown has draws of its own by name.

    They are the same in any casebook and layout that has an unknown of that name.
    """
    return np.stack(
        [
            np.random.default_rng([seed, *label.encode()]).standard_normal(n)
            for label in laid_out.coords()["unknown"]
        ],
        axis=-1,
    )


def case_of(seed: int) -> tuple[Casebook, datetime.date]:
    """Return the same casebook at random, and a day, for the same seed."""
    rng = Random(seed)
    return random_casebook(rng), random_day(rng)


def random_day(rng: Random) -> datetime.date:
    """Choose a day before everything, amid the windows, or after they close."""
    return rng.choice(DAYS)


def draws_of(
    casebook: Casebook,
    z: NDArray[np.float64] | None = None,
    day: datetime.date = DAY,
) -> Draws:
    """Take z, two chains of four draws unless given, for what was sampled."""
    laid_out = design(casebook, day)
    if z is None:
        z = named_draws(laid_out, n=8).reshape(2, 4, -1)
    stats: dict[str, Any] = {name: np.zeros(z.shape[:2]) for name in SAMPLE_STATS}
    stats["diverging"] = np.zeros(z.shape[:2], dtype=bool)
    labels = tuple(laid_out.coords()["unknown"])
    return Draws(z, labels, stats, digest="0" * 64, seed=1)


def tree_of(
    casebook: Casebook,
    z: NDArray[np.float64] | None = None,
    day: datetime.date = DAY,
) -> xr.DataTree:
    """Gather draws of z, two chains of four unless given, as if they were sampled."""
    return forecast_tree(draws_of(casebook, z, day), casebook, day)


FEATURES = {
    "word",
    "decibans",
    "likelihoods",
    "digit 6",
    "relay",
    "relays in parallel",
    "repeat",
    "repeat of a repeat",
    "report on an argument",
    "argument on one scenario",
    "argument on several",
    "link",
    "known cause",
    "known yes",
    "known no",
    "unknown yet",
    "ageing",
    "ageless",
    "clock",
    "clock that has run out",
    "copy",
    "camp",
    "interest",
    "learned interest",
    "deception",
    "rivals",
    "rivals or none",
    "likelihoods of rivals",
    "words of rivals",
    "one rival",
    "link with a rival",
    "both ends of a link",
    "two roads",
    "noticed unknown",
    "known later",
    "annulled",
    "fixed overlap",
    "learned overlap",
}


def features(casebook: Casebook, day: datetime.date) -> set[str]:
    """Name what of the model matters in a casebook as of a day."""
    known = casebook.as_of(day)
    priors, evidence = known.priors, known.evidence
    reported = [report for report in evidence.reports if report.bears_on]
    bearings = [b for report in reported for b in report.bears_on]
    told = {b.argument for b in bearings}
    repeats = {report.id for report in evidence.reports if report.repeats}
    relays = [evidence.relays()[r.id] for r in evidence.reports if r.bears_on]
    outcomes = {s.id: s.outcome.occurred for s in priors.scenarios if s.outcome}
    arguments = [len(a.bears_on) for a in priors.arguments if a.id in told]
    ticking = [
        (s.closes - day).days
        for s in priors.scenarios
        if s.hazard == "constant" and s.id not in outcomes and s.opens < day
    ]
    ageing = priors.half_life_days is not None
    has = {
        "word": any(b.strength for b in bearings),
        "decibans": any(b.decibans for b in bearings),
        "likelihoods": any(b.likelihoods for b in bearings),
        "digit 6": any(r.credibility == 6 for r in evidence.reports if r.bears_on),
        "relay": any(relays),
        "relays in parallel": any(len(sources) > 1 for sources in relays),
        "repeat": bool(repeats),
        "repeat of a repeat": any(r.repeats in repeats for r in evidence.reports),
        "report on an argument": bool(told - {None}),
        "argument on one scenario": 1 in arguments,
        "argument on several": any(n > 1 for n in arguments),
        "link": bool(priors.links),
        "known cause": any(link.if_ in outcomes for link in priors.links),
        "known yes": True in outcomes.values(),
        "known no": False in outcomes.values(),
        "unknown yet": any(
            casebook.scenario(s.id).outcome != s.outcome for s in priors.scenarios
        ),
        "ageing": ageing and any(r.ages for r in evidence.reports if r.bears_on),
        "ageless": ageing and any(not r.ages for r in evidence.reports if r.bears_on),
        "clock": any(days > 0 for days in ticking),
        "clock that has run out": any(days <= 0 for days in ticking),
    }
    sources = [k for k in evidence.sources if k.id in {r.speaker for r in reported}]
    rivals = {s for one in priors.rivals for s in one.scenarios}
    targets = [{b.scenario for b in r.bears_on} for r in evidence.reports]
    bearing = [b for r in evidence.reports for b in r.bears_on]
    index = known.index
    has |= {
        "copy": any(
            r.repeats and r.speaker != index.claim(r).speaker for r in evidence.reports
        ),
        "camp": any(k.camp for k in sources),
        "interest": any(isinstance(k.interest, tuple) and k.interest for k in sources),
        "learned interest": any(k.interest == "learned" for k in sources),
        "deception": any(k.deceives for k in sources),
        "rivals": any(one.none is None for one in priors.rivals),
        "rivals or none": any(one.none is not None for one in priors.rivals),
        "likelihoods of rivals": any(b.rivals and b.likelihoods for b in bearing),
        "words of rivals": any(b.words for b in bearing),
        "one rival": any(b.scenario in rivals for b in bearing),
        "link with a rival": any({n.if_, n.then} & rivals for n in priors.links),
        "both ends of a link": any(
            {n.if_, n.then} <= both for n in priors.links for both in targets
        ),
        "two roads": any(
            len(index.scenarios_of(r)) > len(set(index.scenarios_of(r)))
            for r in evidence.reports
        ),
        "noticed unknown": any(
            not isinstance(s.noticed, float | int) for s in priors.scenarios
        ),
        "known later": any(s.outcome and s.outcome.known for s in priors.scenarios),
        "annulled": any(s.outcome and s.outcome.annulled for s in priors.scenarios),
        "fixed overlap": priors.scales.overlap == 0,
        "learned overlap": priors.scales.overlap == Scales().overlap,
    }
    return {name for name, is_there in has.items() if is_there}


def _random_scenario(rng: Random, name: str) -> dict[str, Any]:
    prior = rng.choice(
        [
            {"median": 0.2, "low": 0.1, "high": 0.4},
            {"median": 0.7, "low": 0.3, "high": 0.8},
            {"beta": [2, 3.5]},
            {"beta": [0.8, 1]},
            {"mean": 0.35, "sd": 0.15},
            {"words": rng.choice(["almost no chance", "unlikely", "very likely"])},
        ]
    )
    changes: dict[str, Any] = {
        "prior": prior,
        "hazard": rng.choice(["constant", "none"]),
    }
    if rng.random() < 0.3:
        changes["closes"] = "2024-08-01"
    if rng.random() < 0.5:
        changes["noticed"] = rng.choice(
            [0, 0.5, 1, {"median": 0.7, "low": 0.4, "high": 0.95}]
        )
    if rng.random() < 0.4:
        on = rng.choice(["2024-02-01", "2024-06-29", "2024-08-01"])
        changes["outcome"] = {"on": on, "occurred": rng.random() < 0.5}
        if rng.random() < 0.3:
            changes["outcome"]["known"] = max(on, "2024-06-30")
    elif rng.random() < 0.1:
        changes["outcome"] = {"on": "2024-04-20", "annulled": True}
    return make_scenario(name, **changes)


def _random_links(
    rng: Random, names: list[str], rivals: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    sets = [set(one["scenarios"]) for one in rivals]
    pairs = [
        (a, b)
        for i, a in enumerate(names)
        for b in names[i + 1 :]
        if not any({a, b} <= members for members in sets)
    ]
    links = []
    for a, b in rng.sample(pairs, rng.randint(0, min(3, len(pairs)))):
        measure = rng.choice(
            [
                {"probability": rng.choice([0.05, 0.3, 0.9])},
                {
                    "direction": rng.choice(["raises", "lowers"]),
                    "strength": rng.choice(["weak", "moderate", "strong"]),
                },
            ]
        )
        links.append({"if": a, "then": b} | measure)
    return links


def _random_reasoning(rng: Random, names: list[str]) -> list[Any]:
    """Mostly one scenario, for there the model is exact; also none, or several."""
    n = min(rng.choice([0, 1, 1, 1, 2, 3]), len(names))
    return [_random_measure(rng, {"scenario": s}) for s in rng.sample(names, n)]


def _random_report(
    rng: Random,
    name: str,
    sources: list[str],
    targets: list[dict[str, str]],
    rivals: list[dict[str, Any]],
    earlier: list[dict[str, Any]],
) -> dict[str, Any]:
    changes: dict[str, Any] = {
        "source": rng.choice(sources),
        "credibility": rng.randint(1, 6),
        "ages": rng.random() < 0.7,
        "published": rng.choice(["2024-01-15", "2024-03-01", "2024-06-29"]),
    }
    if rng.random() < 0.4:
        changes["origin"] = rng.choice(sources)
    if earlier and rng.random() < 0.35:
        original = rng.choice(earlier)
        changes["repeats"] = original["id"]
        changes["published"] = max(changes["published"], original["published"])
        if rng.random() < 0.6:
            changes["origin"] = original.get("origin", original["source"])
        return make_report(name, **changes)
    chosen = rng.sample(targets, min(rng.randint(0, 4), len(targets)))
    sets = {name: one["id"] for one in rivals for name in one["scenarios"]}
    spoken = [sets.get(t.get("scenario", ""), t.get("rivals")) for t in chosen]
    bearings = [
        _random_measure(rng, target, rivals)
        for i, target in enumerate(chosen)
        if spoken[i] is None or spoken[i] not in spoken[:i]
    ]
    return make_report(name, *bearings, **changes)


def _random_measure(
    rng: Random, target: dict[str, str], rivals: list[dict[str, Any]] | None = None
) -> dict[str, Any]:
    for one in rivals or ():
        if target.get("rivals") == one["id"]:
            return target | _random_vector(rng, one)
    direction = rng.choice(["supports", "opposes"])
    return rng.choice(
        [
            says(rng.choice(WORDS), direction=direction, **target),
            says(rng.choice(WORDS), direction=direction, **target),
            says(rng.choice([0, 2.5, 10.0, 30]), direction=direction, **target),
            says(rng.choice([[0.3, 0.25], [0.1, 1], [0.9, 0.01]]), **target),
        ]
    )


def _random_vector(rng: Random, rivals: dict[str, Any]) -> dict[str, Any]:
    answers = [*rivals["scenarios"], *(["none"] if rivals["none"] else [])]
    if rng.random() < 0.5:
        likely = {h: rng.choice([0.9, 0.5, 0.1, 0.01]) for h in answers}
        return {"likelihoods": likely}
    named = rng.sample(answers, rng.randint(1, len(answers)))
    said = {
        h: f"{rng.choice(['supports', 'opposes'])} {rng.choice(WORDS)}" for h in named
    }
    return {"words": said}
