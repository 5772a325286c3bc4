"""Simulation-based calibration: of the truths that the model can draw, it is right.

A casebook of fixed structure; the unknowns, the outcomes and the direction of every
report are drawn from what the model says of the world. Then the truth is as likely to
be anywhere among its posterior draws, and what is forecast at p occurs in a share p of
the worlds [1]_. That holds where the likelihood is a probability of directions given
strengths: each report has one target, the argument one scenario, and no source an
interest.

``simuk`` does this for models whose data are observed variables of PyMC, which it draws
and puts back. Our reports are no such variables: what they say is data that the graph
is computed from, and the likelihood is a potential. So the loop is written out.

References
----------
.. [1] S. Talts, M. Betancourt, D. Simpson, A. Vehtari and A. Gelman. *Validating
   Bayesian inference algorithms with simulation-based calibration* (2018).
"""

import itertools
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import settings
from scipy import stats

from deciban.model.likelihood.design import design
from deciban.model.sampling.fit import SamplingSettings, fit
from tests.model.brute_force import BruteForce, tanh
from tests.model.builders import (
    DAY,
    make_argument,
    make_casebook,
    make_report,
    make_scenario,
    says,
)

WORLDS = settings.default.max_examples  # 30, or 500 by make test-thorough
SHORT = SamplingSettings(draws=250, tune=200, chains=2)
# Every fifth of 500 draws: 100 that are near enough independent.
THIN = 5
BINS = 5

WIDE = {"median": 0.5, "low": 0.1, "high": 0.9}
RANKED = [
    "scenario war",
    "scenario peace",
    "scenario treaty",
    "source radio",
    "source paper",
    "source blog",
    "link treaty -> peace",
    "word strong",
    "calibration words",
    "overlap across",
    "grade B",
]
# What each scenario hears, by itself or through the argument.
HEARD = {
    "war": ["direct", "last", "relayed", "reasoned"],
    "peace": ["peaceful", "again"],
    "treaty": ["treaty-seen", "treaty-heard-of", "judged-by-source"],
}


# What each report bears on and how strongly; the direction is drawn in each world.
BEARINGS = {
    "direct": [("scenario", "war", "strong")],
    "treaty-seen": [("scenario", "treaty", "decisive")],
    "treaty-heard-of": [("scenario", "treaty", "strong")],
    "peaceful": [("scenario", "peace", "strong")],
    "relayed": [("argument", "able", "strong")],
    "reasoned": [("argument", "able", "decisive")],
    "judged-by-source": [("scenario", "treaty", 25)],
    "again": [("scenario", "peace", 25)],
    "last": [("scenario", "war", "strong")],
}
CHANGES = {
    "direct": {},
    "treaty-seen": {"source": "paper"},
    "treaty-heard-of": {"source": "blog"},
    "peaceful": {"source": "paper", "credibility": 6},
    "relayed": {"source": "blog", "origin": "radio"},
    "reasoned": {"source": "paper"},
    "judged-by-source": {"credibility": 6},
    "again": {"credibility": 6, "source": "blog"},
    "last": {"credibility": 6, "source": "blog", "published": "2024-06-29"},
}


def casebook_where(against, signed):
    """Write the casebook of a world.

    ``against`` holds the bearings, as (report, target), that oppose; ``signed`` is the
    known outcome of the treaty, if it is known.
    """
    outcome = signed if signed is None else {"occurred": signed, "on": "2024-06-01"}
    reports = [
        make_report(
            name,
            *(
                says(
                    strength,
                    direction="opposes" if (name, target) in against else "supports",
                    **{kind: target},
                )
                for kind, target, strength in BEARINGS[name]
            ),
            **CHANGES[name],
        )
        for name in BEARINGS
    ]
    return make_casebook(
        [
            *reports,
            make_report("repeat", repeats="relayed", source="paper", origin="radio"),
        ],
        scenarios=[
            make_scenario("war", prior=WIDE),
            make_scenario("peace", prior=WIDE),
            make_scenario("treaty", prior=WIDE, outcome=outcome),
        ],
        sources={"radio": "F", "paper": "B", "blog": "F"},
        arguments=[make_argument("able", says("strong", scenario="war"))],
        links=[{"if": "treaty", "then": "peace", "probability": 0.9}],
        half_life_days=300,
    )


class World(NamedTuple):
    """What is true: z by name, outcomes, and the casebook that it gave rise to."""

    z: dict[str, float]
    outcome: dict[str, int]
    casebook: Any


def draw_world(rng):
    brute = BruteForce(casebook_where(set(), None), DAY)
    labels = design(casebook_where(set(), None), DAY).coords()["unknown"]
    z = {name: float(rng.standard_normal()) for name in labels}
    brute.z = z
    worlds = [w for w in brute.worlds() if "occurred" not in w.values()]
    chances = np.array([float(brute.prior(world)) for world in worlds])
    world = worlds[rng.choice(len(worlds), p=chances / chances.sum())]
    outcome = {s: int(what != "never") for s, what in world.items()}
    signed = bool(outcome["treaty"])
    against = set()
    for scenario, names in HEARD.items():
        against |= drawn(scenario, names, outcome[scenario], z, signed, rng)
    return World(z, outcome, casebook_where(against, signed))


def drawn(scenario, names, occurs, z, signed, rng):
    """Draw which reports oppose, of all that could: each pattern as likely as it is."""
    bearings = [(name, BEARINGS[name][0][1]) for name in names]
    patterns = [
        {one for one, opposes in zip(bearings, pattern, strict=True) if opposes}
        for pattern in itertools.product((0, 1), repeat=len(names))
    ]
    chances = []
    for pattern in patterns:
        brute = BruteForce(casebook_where(pattern, signed), DAY)
        brute.z = z
        camps, _ = brute.camps("scenario", scenario)
        units = [*camps, *brute.reasons(scenario)]
        tilt = float(tanh(brute.pooled("across", units) / 2))
        chance = float(brute.agreement(units)) * (1 + (tilt if occurs else -tilt)) / 2
        if scenario == "war":
            chance *= float(brute.agreement(brute.camps("argument", "able")[0]))
        chances.append(chance)
    assert sum(chances) == pytest.approx(1)
    return patterns[rng.choice(len(patterns), p=np.array(chances) / sum(chances))]


class Result(NamedTuple):
    """Where the truth lies among the draws, and what was forecast of what occurred.

    ``rank`` is by name of the unknown, in (0, 1); ``forecast`` and ``outcome`` are
    by scenario.
    """

    rank: dict[str, float]
    forecast: dict[str, float]
    outcome: dict[str, int]


@pytest.fixture(scope="module")
def results():
    rng = np.random.default_rng(2024)
    return [result_of(draw_world(rng), rng) for _ in range(WORLDS)]


def result_of(world, rng):
    posterior = fit(world.casebook, DAY, SHORT)["posterior"]
    z = posterior["z"].stack(sample=("chain", "draw")).isel(sample=slice(0, None, THIN))
    below = {name: int((z.sel(unknown=name) < world.z[name]).sum()) for name in RANKED}
    probability = posterior["probability"].mean(("chain", "draw"))
    return Result(
        # Spread evenly between the two draws that the truth lies between.
        rank={
            k: (n + rng.random()) / (z.sizes["sample"] + 1) for k, n in below.items()
        },
        forecast={s: float(probability.sel(scenario=s)) for s in ("war", "peace")},
        outcome=world.outcome,
    )


@pytest.mark.slow
@pytest.mark.parametrize("name", RANKED)
def test_the_truth_is_as_likely_anywhere_among_its_draws(results, name):
    """Chi-square of the ranks in bins of at least six, refused once in a thousand."""
    ranks = [result.rank[name] for result in results]

    counts, _ = np.histogram(ranks, bins=BINS, range=(0, 1))
    assert stats.chisquare(counts).pvalue > 0.001


@pytest.mark.slow
@pytest.mark.parametrize("scenario", ["war", "peace"])
def test_what_is_forecast_occurs_as_often(results, scenario):
    """The sum of outcome less forecast has variance sum p (1 - p): 3.5 errors.

    So has that of the same, weighted by how far the forecast is from their mean: it
    would show forecasts that are too bold or too timid.
    """
    p = np.array([result.forecast[scenario] for result in results])
    surprise = np.array([result.outcome[scenario] for result in results]) - p

    for weight in (np.ones(WORLDS), p - p.mean()):
        error = np.sqrt(np.sum(weight**2 * p * (1 - p)))
        assert abs(np.sum(weight * surprise)) < 3.5 * error


@pytest.mark.slow
def test_forecasts_of_these_worlds_are_not_all_the_same(results):
    """Else the two tests above would hold for whoever repeats the prior."""
    for scenario in ("war", "peace"):
        forecasts = [result.forecast[scenario] for result in results]
        assert np.std(forecasts) > 0.15
