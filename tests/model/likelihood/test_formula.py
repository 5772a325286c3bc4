"""The likelihood against brute force, hand computations, and laws of probability."""

import datetime
import itertools
import math
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit

from deciban.evidence import DECIBANS_PER_NAT
from deciban.model.likelihood.arithmetic import NUMPY
from deciban.model.likelihood.design import design
from deciban.model.likelihood.formula import bearing_weights, weigh
from deciban.model.likelihood.shares import shares
from deciban.model.likelihood.unknowns import unknowns
from tests.model.brute_force import BruteForce
from tests.model.builders import (
    DAY,
    DAYS,
    NO_OVERLAP,
    graded,
    make_argument,
    make_casebook,
    make_report,
    make_scenario,
    named_draws,
    opposes,
    random_casebook,
    random_day,
    says,
)


def weighed(casebook, day=DAY, n=3):
    laid_out = design(casebook, day)
    return laid_out, weigh(named_draws(laid_out, n).T, laid_out.arrays)


def weight_at_centre(casebook, day=DAY):
    """Decibans of all that bears on a scenario, every unknown at its median.

    By source or argument, and scenario.
    """
    laid_out = design(casebook, day)
    x = unknowns(np.zeros((laid_out.layout.size, 1)), laid_out.arrays)
    weights = bearing_weights(x, laid_out.arrays, NUMPY)
    nats = laid_out.weights_on_scenarios(shares(x, weights, laid_out.arrays))[:, 0]
    return dict(zip(laid_out.on_scenarios, DECIBANS_PER_NAT * nats, strict=True))


def assert_as_brute_force_says(casebook, day, n=2):
    laid_out, seen = weighed(casebook, day, n)
    labels = laid_out.coords()["unknown"]
    brute = BruteForce(casebook, day)
    for i, z in enumerate(named_draws(laid_out, n)):
        expected = brute.weigh(dict(zip(labels, z, strict=True)))
        assert seen.log_likelihood[i] == pytest.approx(
            expected.log_likelihood, abs=1e-10
        )
        for k, scenario in enumerate(laid_out.scenarios):
            for found, by_id in (
                (seen.probability, expected.probability),
                (seen.complement, expected.complement),
            ):
                assert found[k, i] == pytest.approx(by_id[scenario], abs=1e-12)


@pytest.mark.parametrize("seed", range(60))
def test_likelihood_and_probabilities_are_those_of_brute_force(seed):
    rng = Random(seed)
    assert_as_brute_force_says(random_casebook(rng), random_day(rng))


@given(st.randoms(use_true_random=False), st.sampled_from(DAYS))
def test_no_casebook_is_found_on_which_brute_force_differs(rng, day):
    assert_as_brute_force_says(random_casebook(rng), day, n=1)


def test_a_diamond_of_links_is_summed_over_as_brute_force_does():
    """Two causes of one effect have a cause in common."""
    names = ["first", "left", "right", "last"]
    pairs = [(0, 1), (0, 2), (1, 3), (2, 3)]
    casebook = make_casebook(
        [
            make_report("a", says("strong", scenario="last")),
            make_report("b", opposes(5, scenario="left"), source="blog"),
        ],
        scenarios=[make_scenario(name, hazard="constant") for name in names],
        links=[
            {"if": names[i], "then": names[j], "probability": 0.1 + 0.15 * (i + j)}
            for i, j in pairs
        ],
    )

    assert_as_brute_force_says(casebook, DAY)


def test_a_report_weighs_what_its_mixture_weighs():
    """Source B and digit 2 pool to q = expit((1.523 + .937) / 2); moderate is 7 dB."""
    q = expit((1.523 + 0.937) / 2)
    if_genuine = 10**0.7 / (1 + 10**0.7)
    on_yes = q * if_genuine + (1 - q) / 2
    on_no = q * (1 - if_genuine) + (1 - q) / 2

    weight = weight_at_centre(make_casebook([make_report("a", says("moderate"))]))
    assert weight["radio", "war"] == pytest.approx(10 * math.log10(on_yes / on_no))


@pytest.mark.parametrize(
    ("grade", "digit", "pooled"),
    [
        ("A", 1, 0.929),
        ("A", 3, 0.813),
        ("A", 5, 0.592),
        ("B", 1, 0.857),
        ("B", 2, 0.753),
        ("B", 3, 0.667),
        ("C", 2, 0.652),
        ("C", 3, 0.551),
        ("D", 4, 0.300),
        ("E", 1, 0.500),
        ("E", 5, 0.100),
    ],
)
def test_source_and_credibility_pool_as_tabulated(grade, digit, pooled):
    """The table pools the mean of each grade; a claim of 100 dB shows q itself."""
    means = {"A": 0.95, "B": 0.8, "C": 0.6, "D": 0.3, "E": 0.1}
    digits = {"d1": 0.9, "d2": 0.7, "d3": 0.5, "d4": 0.3, "d5": 0.1}
    locations = {k: math.log(p / (1 - p)) for k, p in (means | digits).items()}
    casebook = make_casebook(
        [make_report("a", says(100), credibility=digit)],
        sources={"radio": grade},
        scales=graded(**locations),
    )

    tilt = np.tanh(weight_at_centre(casebook)["radio", "war"] / (2 * DECIBANS_PER_NAT))
    assert tilt == pytest.approx(pooled, abs=5e-4)


@pytest.mark.parametrize(("half_lives", "decibans"), [(0, 9.54), (1, 3.68), (2, 1.76)])
def test_a_report_ages_as_tabulated(half_lives, decibans):
    """Likelihoods .9 and .1 drift towards .5: odds of 9, 2.3333 and 1.5."""
    published = DAY - datetime.timedelta(days=30 * half_lives)
    report = make_report(
        "a", says([0.9, 0.1]), credibility=6, published=published.isoformat()
    )
    casebook = make_casebook([report], half_life_days=30, scales=graded(B=30))

    assert weight_at_centre(casebook)["radio", "war"] == pytest.approx(
        decibans, abs=5e-3
    )


def test_relays_in_parallel_say_what_the_origin_said():
    """Each is wrong as a symmetric channel is: they multiply (1 + rho) / (1 - rho)."""
    scales = graded(B=1.0, C=0.5, D=-1.0)
    casebook = make_casebook(
        [
            make_report("a", says(12), origin="blog", credibility=6),
            make_report("b", repeats="a", source="paper", origin="blog", credibility=6),
        ],
        scales=scales,
    )
    radio, paper, blog = expit(1.0), expit(0.5), expit(-1.0)
    ratio = (1 + radio) / (1 - radio) * (1 + paper) / (1 - paper)
    said = (ratio - 1) / (ratio + 1)
    genuine = (10**1.2 - 1) / (10**1.2 + 1)

    tilt = np.tanh(weight_at_centre(casebook)["blog", "war"] / (2 * DECIBANS_PER_NAT))
    assert tilt == pytest.approx(blog * said * genuine)


def test_reports_on_an_argument_establish_it():
    """Two tilts of one half: the odds are 3 for each, so 9 to 1."""
    fixed = graded(B=30, C=30) | NO_OVERLAP
    reports = [
        make_report("a", says([0.75, 0.25], argument="able"), credibility=6),
        make_report(
            "b", says([0.75, 0.25], argument="able"), credibility=6, source="paper"
        ),
    ]
    casebook = make_casebook(
        reports,
        scales=fixed,
        arguments=[make_argument("able", says([0.9, 0.1], scenario="war"))],
    )

    # P(X | reports) = .9 either way: .9 * .9 + .1 * .1 = .82 against .18.
    assert weight_at_centre(casebook) == {
        ("able", "war"): pytest.approx(10 * math.log10(0.82 / 0.18))
    }


def test_the_probabilities_of_all_that_could_be_reported_sum_to_one():
    """Every pattern of directions and outcomes, at one z: no constant is forgotten.

    Overlap and all: what is said for a target is as likely as its opposite against it.
    """

    def casebook(supports, occurred):
        def bears(i, decibans, **target):
            return says(
                decibans, direction="supports" if supports[i] else "opposes", **target
            )

        return make_casebook(
            [
                make_report("a", bears(0, 8, scenario="war")),
                make_report(
                    "b", bears(1, 9, argument="able"), source="paper", origin="wire"
                ),
                make_report(
                    "c",
                    bears(2, 3, argument="able"),
                    bears(3, 5, scenario="peace"),
                    source="blog",
                ),
            ],
            scenarios=[
                make_scenario(name, outcome={"occurred": bool(yes), "on": "2024-06-01"})
                for name, yes in zip(("war", "peace"), occurred, strict=True)
            ],
            arguments=[make_argument("able", says("strong", scenario="war"))],
            links=[{"if": "war", "then": "peace", "probability": 0.05}],
            sources={"radio": "B", "paper": "C", "blog": "D", "wire": "B"},
        )

    total = sum(
        np.exp(weighed(casebook(supports, occurred))[1].log_likelihood)
        for supports in itertools.product((0, 1), repeat=4)
        for occurred in itertools.product((0, 1), repeat=2)
    )
    np.testing.assert_allclose(total, 1, rtol=1e-12)


def test_overwhelming_evidence_is_summed_without_overflow():
    """Forty claims of 100 dB either way: one more against, and it is settled."""
    sources = {f"s{i}": "A" for i in range(81)}
    reports = [
        make_report(
            f"r{i}",
            says(100, direction="supports" if i < 40 else "opposes"),
            source=f"s{i}",
            credibility=6,
        )
        for i in range(81)
    ]
    casebook = make_casebook(reports, sources=sources, scales=graded(A=30) | NO_OVERLAP)

    laid_out = design(casebook, DAY)
    seen = weigh(np.zeros((laid_out.layout.size, 1)), laid_out.arrays)
    # Prior odds of 1 to 4, and 100 dB: taken through a source that errs 1e-13.
    assert seen.probability[0, 0] == pytest.approx(0.25e-10, rel=1e-2)
    assert np.isfinite(seen.log_likelihood)


def test_no_evidence_gives_a_chance_to_what_would_have_been_noticed():
    """Five hundred strong reports, the window looked at to its end: all for nothing."""
    n = 500
    casebook = make_casebook(
        scenarios=[make_scenario(hazard="constant", noticed=1)],
        reviewed="2024-12-27",
        reports=[
            make_report(f"r{i}", says("decisive", scenario="war")) for i in range(n)
        ],
    )
    laid_out = design(casebook, datetime.date(2024, 12, 27))
    seen = weigh(np.zeros((laid_out.layout.size, 1)), laid_out.arrays)

    assert seen.probability == [[0.0]]
    assert np.isfinite(seen.log_likelihood)
