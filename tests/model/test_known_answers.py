"""Small cases that came out wrong once, and what is right, by hand or by symmetry.

Each stands for a kind. Spreads are fixed at 0 wherever a number is to be met exactly; a
source of location 30 errs once in 1e13.
"""

import datetime
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit

from deciban.model.casebook.changes import Change, changed
from deciban.model.likelihood.design import design
from deciban.model.likelihood.formula import weigh
from deciban.model.posterior.what_if import Basis, prior_summary
from deciban.model.sampling.fit import SamplingSettings, sample
from tests.model.builders import (
    NO_OVERLAP,
    casebook_from,
    certain,
    draws_of,
    graded,
    make_argument,
    make_casebook,
    make_report,
    make_scenario,
    opposes,
    says,
)
from tests.model.likelihood.slopes import evaluated

DAY = datetime.date(2024, 12, 26)


def at_medians(casebook, day=DAY):
    """Probability of each scenario, every unknown at its median."""
    laid_out = design(casebook, day)
    seen = weigh(np.zeros((laid_out.layout.size, 1)), laid_out.arrays)
    return dict(zip(laid_out.scenarios, seen.probability[:, 0], strict=True))


def posterior_means(casebook, day=DAY, settings=None):
    """Of probabilities by scenario and of reliabilities by source, by a whole fit."""
    draws = sample(
        casebook, day, settings or SamplingSettings(draws=500, tune=400), seed=1
    )
    laid_out = design(casebook, day)
    z = draws.z.reshape(-1, draws.z.shape[-1]).T
    assert not draws.stats["diverging"].any()
    x = laid_out.arrays.location[:, None] + laid_out.arrays.scale[:, None] * z
    labels = laid_out.coords()["unknown"]
    reliability = {
        name: expit(x[labels.index(f"source {name}")]).mean()
        for name in laid_out.sources
    }
    probability = weigh(z, laid_out.arrays).probability.mean(axis=1)
    return dict(zip(laid_out.scenarios, probability, strict=True)), reliability


def known(p, name="war", **changes):
    return make_scenario(name, **{"prior": certain(p)} | changes)


def odds(p):
    return p / (1 - p)


# Certainty both ways


def laboratories(n_for, n_against):
    """Labs whose findings prove, or disprove: 1e17 to one, by sources beyond doubt."""
    sources = [f"s{i}" for i in range(n_for + n_against)]
    return make_casebook(
        [
            make_report(
                name,
                says(100, argument="proof" if i < n_for else "disproof"),
                source=name,
                credibility=6,
            )
            for i, name in enumerate(sources)
        ],
        scenarios=[known(0.3)],
        sources=dict.fromkeys(sources, "A"),
        scales=graded(A=30.0),
        arguments=[
            make_argument("proof", says([1.0, 1e-17])),
            make_argument("disproof", says([1e-17, 1.0])),
        ],
    )


def test_four_certainties_each_way_leave_the_prior():
    assert at_medians(laboratories(4, 4))["war"] == pytest.approx(0.3)
    assert at_medians(laboratories(4, 0))["war"] > 1 - 1e-12


def test_fourteen_decisive_reports_and_a_figure_of_dna_are_a_fit_and_no_crash():
    names = [f"lab-{i}" for i in range(14)]
    casebook = make_casebook(
        [
            make_report(
                name, says("decisive", argument="match"), source=name, credibility=1
            )
            for name in names
        ],
        scenarios=[known(0.3)],
        sources=dict.fromkeys(names, "A"),
        arguments=[make_argument("match", says([1.0, 1e-18]))],
    )
    means, _ = posterior_means(casebook)

    assert means["war"] > 0.999


# One origin, many voices

MINISTRY = {"ministry": "A", "paper": "B", "blog": "C"}
RELIABLE_RELAYS = graded(A=30.0, B=math.log(4), C=0.0)  # a paper of .8, a blog of .5


def of_the_ministry(*reports, scales=None):
    sources = MINISTRY | {f"p{i}": "B" for i in range(2, 6)}
    casebook = make_casebook(
        reports,
        scenarios=[known(0.2)],
        sources=sources,
        scales=RELIABLE_RELAYS | (scales or {}),
    )
    return at_medians(casebook)["war"]


def told(name, **changes):
    return make_report(name, says([0.9, 0.1]), credibility=6, **changes)


def test_a_ministry_heard_itself_multiplies_odds_by_nine():
    assert of_the_ministry(told("a", source="ministry")) == pytest.approx(9 / 13)


def heard_through_one():
    """Tilt .8 x .8 = .64: odds of 1/4 times 1.64 / .36."""
    return 0.25 * 1.64 / 0.36


def test_a_relay_passes_on_what_it_is_worth():
    seen = of_the_ministry(told("a", source="paper", origin="ministry"))

    assert odds(seen) == pytest.approx(heard_through_one())


def test_a_blog_that_copies_the_paper_adds_nothing():
    seen = of_the_ministry(
        told("a", source="paper", origin="ministry"),
        make_report("b", repeats="a", source="blog"),
    )

    assert odds(seen) == pytest.approx(heard_through_one())


def test_five_relays_that_each_heard_the_ministry_come_near_it_and_never_above():
    seen = of_the_ministry(
        told("a", source="paper", origin="ministry"),
        *(
            make_report(f"r{i}", repeats="a", source=f"p{i}", origin="ministry")
            for i in range(2, 6)
        ),
    )

    assert 9 / 13 - 1e-3 < seen < 9 / 13


def test_five_statements_of_their_own_weigh_as_five_only_where_nothing_overlaps():
    """Each (1 + .64) / (1 - .64)."""
    reports = [told(name, source=name) for name in ("paper", "p2", "p3", "p4", "p5")]

    alone = of_the_ministry(*reports, scales=NO_OVERLAP)
    assert odds(alone) == pytest.approx(0.25 * (1.64 / 0.36) ** 5)
    assert of_the_ministry(*reports) < alone


def quoted_five_times():
    names = ("paper", "p2", "p3", "p4", "p5")
    return [told(name, source=name, origin="ministry") for name in names]


def test_one_origin_quoted_five_times_is_one_account():
    """As the ministry itself, near .7; as one relay where its claims are all one."""
    assert of_the_ministry(*quoted_five_times()) == pytest.approx(0.71, abs=0.01)
    one = of_the_ministry(*quoted_five_times(), scales={"overlap_in_account": 1})
    assert odds(one) == pytest.approx(heard_through_one())


# One loud source


def loud(grade, credibility, n, prior, **scales):
    claims = [
        make_report(f"c{i}", says("strong"), source="channel", credibility=credibility)
        for i in range(n)
    ]
    return make_casebook(
        claims,
        scenarios=[known(prior)],
        sources={"channel": grade},
        scales=scales,
    )


@pytest.mark.parametrize(("credibility", "expected"), [(3, 0.20), (6, 0.16)])
def test_twenty_claims_of_one_source_of_grade_d_are_what_one_such_source_says(
    credibility, expected
):
    means, _ = posterior_means(loud("D", credibility, 20, 0.1))

    assert means["war"] == pytest.approx(expected, abs=0.01)


def test_forty_claims_of_an_unreliable_channel_stay_below_its_cap():
    """And that it agrees with itself teaches nothing about it."""
    means, reliability = posterior_means(loud("E", 5, 40, 0.1))
    _, before = posterior_means(loud("E", 5, 0, 0.1))

    assert 0.1 < means["war"] < 0.15
    assert reliability["channel"] == pytest.approx(before["channel"], abs=0.01)
    one_of_b2 = make_casebook(
        [make_report("one", says("strong"), source="agency", credibility=2)],
        scenarios=[known(0.1)],
        sources={"agency": "B"},
    )
    assert posterior_means(one_of_b2)[0]["war"] > means["war"]


# What a source would say anyway


def test_what_a_source_would_say_anyway_counts_less_and_against_it_more():
    """With q = .6, r = .4 and a claim beyond doubt: (2 q + r (1 + s)) / (r (1 + s)).

    Where s is .6, or -.6 for what is against its interest.
    """

    def seen(bearing, wants):
        interest = [{"scenario": "war", "wants": wants, "pull": "clear"}]
        source = {"id": "radio", "name": "R", "reliability": "B", "interest": interest}
        report = make_report("a", bearing, credibility=6)
        priors = {
            "case": "x",
            "title": "X",
            "scenarios": [known(0.5)],
            "scales": graded(B=math.log(1.5)),
        }
        evidence = {"case": "x", "sources": [source], "reports": [report]}
        return at_medians(casebook_from({"priors": priors, "evidence": evidence}))

    sure = [1.0, 1e-18]
    wished, unwished = 0.4 * 1.6, 0.4 * 0.4
    for wants, own_line in (("believed", wished), ("denied", unwished)):
        found = odds(seen(says(sure), wants)["war"])
        assert found == pytest.approx((1.2 + own_line) / own_line)


# The closing day


def closing(hazard, *reports, day):
    casebook = make_casebook(
        reports,
        scenarios=[
            known(
                0.5,
                opens="2024-01-01",
                closes="2024-12-31",
                hazard=hazard,
                noticed=1,
            )
        ],
        scales=graded(B=30.0),
        reviewed="2024-12-31",
    )
    return at_medians(casebook, datetime.date.fromisoformat(day))["war"]


def test_the_closing_day_is_still_ahead():
    """Of 366 days: quiet for 364, or 365 and then reported at 99 to 1."""
    assert closing("constant", day="2024-12-30") == pytest.approx(1 - 0.5 ** (2 / 366))
    happening = make_report(
        "it", says([0.99, 0.01]), published="2024-12-31", credibility=6
    )
    # Odds of the last day, times 99.
    last = 0.5 ** (365 / 366) - 0.5
    expected = 99 * last / (99 * last + 0.5)
    found = closing("constant", happening, day="2024-12-31")
    assert found == pytest.approx(expected)
    assert 0.15 < found < 0.27
    assert closing("none", happening, day="2024-12-31") == pytest.approx(0.99)


def test_time_without_a_reader_lowers_nothing():
    """Reported to have happened, and looked at no more: the same a year on."""
    report = make_report("it", says("decisive"), published="2024-06-29")
    casebook = make_casebook([report], scenarios=[known(0.5, hazard="constant")])

    then = at_medians(casebook, datetime.date(2024, 6, 29))["war"]
    assert at_medians(casebook, datetime.date(2026, 6, 29))["war"] == then
    assert then > 0.5


@pytest.mark.parametrize("day", [(2025, 12, 30), (2026, 3, 31)])
def test_what_was_reported_of_the_shipped_case_stays_past_its_close(shipped, day):
    """Nobody has looked since its last report."""
    then = at_medians(shipped, datetime.date(2024, 3, 31))

    assert at_medians(shipped, datetime.date(*day)) == pytest.approx(then)


# Exactly one of three


def one_of_three(*bearings, none=None):
    names = ("first", "second", "third")
    sources = [f"s{i}" for i in range(len(bearings))]
    return make_casebook(
        [
            make_report(name, bearing, source=name, credibility=6)
            for name, bearing in zip(sources, bearings, strict=True)
        ],
        scenarios=[
            known(p, name) for p, name in zip((0.5, 0.3, 0.2), names, strict=True)
        ],
        sources=dict.fromkeys(sources, "A") or {"radio": "B"},
        scales=graded(A=30.0) | NO_OVERLAP,
        rivals=[{"id": "race", "scenarios": list(names), "none": none}],
    )


def test_three_reports_on_three_rivals():
    """.5 x .729 : .3 x .001 : .2 x .001."""
    bearing = {
        "rivals": "race",
        "likelihoods": {"first": 0.9, "second": 0.1, "third": 0.1},
    }
    seen = at_medians(one_of_three(*[bearing] * 3))

    weights = np.array([0.5 * 0.729, 0.3 * 0.001, 0.2 * 0.001])
    np.testing.assert_allclose(list(seen.values()), weights / weights.sum(), rtol=1e-9)


@pytest.mark.parametrize("none", [None, certain(0.4)])
def test_rivals_sum_to_one_whatever_is_said_of_them(none):
    """Or, with none of them, to what that leaves."""
    seen = at_medians(
        one_of_three(
            {"rivals": "race", "words": {"second": "supports very strong"}},
            opposes("strong", scenario="first"),
            none=none,
        )
    )

    if none is None:
        assert sum(seen.values()) == pytest.approx(1, abs=1e-12)
    else:
        assert sum(seen.values()) < 1
    assert seen["second"] > 0.3


def test_a_bearing_on_one_of_two_rivals_is_one_on_a_scenario():
    rivals = make_casebook(
        [make_report("a", says("strong", scenario="war"))],
        scenarios=[known(0.3), known(0.7, "peace")],
        rivals=[{"id": "either", "scenarios": ["war", "peace"]}],
    )
    alone = make_casebook([make_report("a", says("strong"))], scenarios=[known(0.3)])

    assert at_medians(rivals)["war"] == pytest.approx(at_medians(alone)["war"])


def test_one_rival_that_occurred_settles_the_others():
    names = [f"team-{i}" for i in range(14)]
    scenarios = [known(1 / 14, name) for name in names]
    scenarios[3]["outcome"] = {"occurred": True, "on": "2024-06-01"}
    casebook = make_casebook(
        scenarios=scenarios, rivals=[{"id": "cup", "scenarios": names}]
    )

    seen = at_medians(casebook)
    assert seen == {name: float(name == "team-3") for name in names}


def test_fourteen_teams_with_links_out_of_them_are_a_fit():
    names = [f"team-{i:02}" for i in range(14)]
    casebook = make_casebook(
        [make_report("a", says("strong", scenario="team-03"))],
        scenarios=[
            *(make_scenario(n, prior={"mean": 1 / 14, "sd": 0.03}) for n in names),
            *(make_scenario(f"parade-{n}") for n in names),
        ],
        rivals=[{"id": "cup", "scenarios": names}],
        links=[{"if": n, "then": f"parade-{n}", "probability": 0.9} for n in names],
    )
    means, _ = posterior_means(casebook, settings=SamplingSettings(draws=250, tune=300))

    assert sum(means[n] for n in names) == pytest.approx(1)
    assert means["team-03"] == max(means[n] for n in names)
    assert means["parade-team-03"] > means["parade-team-04"]


# One report, two roads


def test_a_report_on_a_scenario_and_on_its_argument_counts_once():
    """Q = .6: (1 + .6) / (1 - .6) = 4 times odds of 1/4."""
    casebook = make_casebook(
        [
            make_report(
                "r",
                says(100),
                says(100, argument="planned"),
                source="paper",
                credibility=6,
            )
        ],
        scenarios=[known(0.2)],
        scales=graded(C=math.log(1.5)),
        arguments=[make_argument("planned", says(100))],
    )

    assert at_medians(casebook)["war"] == pytest.approx(0.5, abs=1e-6)


def test_a_report_on_two_arguments_of_a_scenario_speaks_through_the_stronger():
    def casebook(*arguments):
        return make_casebook(
            [make_report("r", *(says("strong", argument=name) for name in arguments))],
            arguments=[
                make_argument("weaker", says("weak")),
                make_argument("stronger", says("strong")),
            ],
        )

    assert at_medians(casebook("weaker", "stronger")) == at_medians(
        casebook("stronger")
    )


# The same source on both ends of a link


def test_what_one_source_says_of_cause_and_effect_is_genuine_or_not_for_both():
    """Q = 1/2 and certain claims, even priors, no influence: by the four outcomes.

    Both claims are right with 1/2 and noise with 1/2: weights 5/4 where both occur
    (1/2 x 1 + 1/2 x 1/4 = 5/8), and 1/8 in each other case: P(cause) = 6/8.
    """
    casebook = make_casebook(
        [
            make_report(
                "r",
                says([1.0, 1e-18], scenario="war"),
                says([1.0, 1e-18], scenario="peace"),
                credibility=6,
            )
        ],
        scenarios=[known(0.5), known(0.5, "peace")],
        links=[{"if": "war", "then": "peace", "probability": 0.5}],
        scales=graded(B=0.0),
    )

    assert at_medians(casebook)["war"] == pytest.approx(0.75, abs=1e-6)


# Extremes

EXTREMES = {
    "priors of one in a trillion, and all but certain": {
        "scenarios": [
            make_scenario(p, prior={"median": m, "low": m / 2, "high": m * (2 - m)})
            for p, m in (("war", 1e-12), ("peace", 0.5))
        ],
        "reports": [make_report("a", says(100)), make_report("b", opposes("decisive"))],
        "links": [{"if": "war", "then": "peace", "probability": 1 - 1e-9}],
    },
    "five hundred reports one way, each by its own source": {
        "reports": [
            make_report(f"r{i}", says("decisive"), source=f"s{i}", credibility=1)
            for i in range(500)
        ],
        "sources": {f"s{i}": "A" for i in range(500)},
    },
    "five hundred claims of one source": {
        "reports": [
            make_report(f"r{i}", says(100), credibility=1 + i % 6) for i in range(500)
        ],
    },
    "forty rivals, and one report for each": {
        "scenarios": [make_scenario(f"s{i}", prior=certain(1 / 40)) for i in range(40)],
        "rivals": [{"id": "race", "scenarios": [f"s{i}" for i in range(40)]}],
        "reports": [
            make_report(
                f"r{i}", {"rivals": "race", "words": {f"s{i}": "supports decisive"}}
            )
            for i in range(40)
        ],
    },
    "all of E5, and no overlap": {
        "reports": [
            make_report(f"r{i}", says(100), source=f"s{i}", credibility=5)
            for i in range(60)
        ],
        "sources": {f"s{i}": "E" for i in range(60)},
        "scales": NO_OVERLAP,
    },
    "all overlap, and likelihoods as far apart as numbers are": {
        "reports": [
            make_report(f"r{i}", says([1.0, 5e-324]), source=f"s{i}") for i in range(9)
        ],
        "sources": {f"s{i}": "A" for i in range(9)},
        "scales": {name: 1 for name in NO_OVERLAP},
    },
    "what would have been noticed for sure, long looked at, and yet reported": {
        "scenarios": [
            make_scenario(hazard="constant", noticed=1),
            make_scenario("peace", hazard="constant", noticed=0),
        ],
        "reports": [
            make_report("a", says(100)),
            make_report("b", says(100, scenario="peace")),
        ],
        "reviewed": "2026-01-01",
    },
}


@pytest.mark.parametrize("name", EXTREMES)
def test_no_casebook_is_too_extreme_for_its_density(name):
    """Finite, slope and all, far out in z; and the formula agrees."""
    parts = dict(EXTREMES[name])
    assert_has_a_density(make_casebook(parts.pop("reports"), **parts), points=40)


def assert_has_a_density(casebook, points):
    laid_out = design(casebook, DAY)
    packed = laid_out.arrays.packed()

    z = np.random.default_rng(4).normal(scale=2, size=(points, laid_out.layout.size))
    with np.errstate(over="raise", invalid="raise"):
        seen = weigh(z.T, laid_out.arrays)
    assert np.all(np.isfinite(seen.log_likelihood))
    np.testing.assert_allclose(seen.probability + seen.complement, 1, rtol=1e-12)
    for point, expected in zip(z, seen.log_likelihood, strict=True):
        code, value, slope = evaluated(packed, point)
        prior = -(point**2 + np.log(2 * np.pi)).sum() / 2
        assert code == 0
        assert value == pytest.approx(expected + prior, rel=1e-10)
        assert np.all(np.isfinite(slope))


priors_at_the_ends = st.sampled_from(
    [
        {"median": 1e-12, "low": 1e-13, "high": 1e-11},
        {"median": 1 - 1e-9, "low": 0.5, "high": 1 - 1e-12},
        {"beta": [0.05, 50]},
        certain(0.5),
    ]
)
sizes = st.sampled_from(["decisive", 100, [1.0, 5e-324], [1e-18, 1.0]])


@given(
    prior=priors_at_the_ends,
    hazard=st.sampled_from(["none", "constant"]),
    size=sizes,
    n=st.sampled_from([1, 14, 500]),
    own_sources=st.booleans(),
    both_ways=st.booleans(),
    graded_as=st.sampled_from([("A", 1), ("E", 5), ("F", 6)]),
    scales=st.sampled_from([{}, NO_OVERLAP, dict.fromkeys(NO_OVERLAP, 1)]),
    n_rivals=st.sampled_from([0, 2, 40]),
    deceives=st.sampled_from([0.0, 0.99]),
)
def test_no_mix_of_extremes_is_too_extreme(
    prior,
    hazard,
    size,
    n,
    own_sources,
    both_ways,
    graded_as,
    scales,
    n_rivals,
    deceives,
):
    """Ends of priors, decibans, grades and overlaps, many reports, many rivals."""
    grade, digit = graded_as
    names = [f"s{i}" if own_sources else "s0" for i in range(n)]
    others = [f"team-{i}" for i in range(n_rivals)]
    targets = [{"scenario": "war"}, *({"scenario": name} for name in others)]
    casebook = casebook_from(
        {
            "priors": {
                "case": "extreme",
                "title": "Extreme",
                "scenarios": [
                    make_scenario("war", prior=prior, hazard=hazard),
                    *(make_scenario(name, prior=prior) for name in others),
                ],
                "rivals": [{"id": "cup", "scenarios": others}] if others else [],
                "links": [{"if": "team-0", "then": "war", "probability": 1e-9}]
                if others
                else [],
                "reviewed": "2024-12-01",
                "scales": scales,
            },
            "evidence": {
                "case": "extreme",
                "sources": [
                    {
                        "id": name,
                        "name": name,
                        "reliability": grade,
                        "deceives": deceives,
                    }
                    for name in dict.fromkeys(names)
                ],
                "reports": [
                    make_report(
                        f"r{i}",
                        (
                            opposes
                            if both_ways and i % 2 and not isinstance(size, list)
                            else says
                        )(size, **targets[i % len(targets)]),
                        source=name,
                        credibility=digit,
                    )
                    for i, name in enumerate(names)
                ],
            },
        }
    )

    assert_has_a_density(casebook, points=4)


# A sign that was not seen


def watched(day, *reports, reviewed="2024-06-01", **changes):
    """Seen by 1 June with 4 in 10 if so, else with 1 in 10; looked for on a day."""
    bears_on = {"scenario": "war", "if_true": 0.4, "if_false": 0.1}
    casebook = make_casebook(
        reports,
        scenarios=[known(0.5, **changes), known(0.2, "peace")],
        links=[],
        reviewed=reviewed,
        scales=graded(B=30.0),
        indicators=[
            {"id": "sign", "sign": "It", "bears_on": bears_on, "due": "2024-06-01"}
        ],
    )
    return casebook, datetime.date.fromisoformat(day)


def test_silence_is_evidence_once_it_is_due_and_somebody_has_looked():
    def at(day, **changes):
        return at_medians(*watched(day, **changes))

    unseen = 0.6 / (0.6 + 0.9)
    assert at("2024-06-01") == {
        "war": pytest.approx(unseen),
        "peace": pytest.approx(0.2),
    }
    assert at("2024-05-31")["war"] == pytest.approx(0.5)  # not due
    assert at("2024-07-01", reviewed="2024-05-31")["war"] == pytest.approx(0.5)
    assert at("2024-07-01", reviewed=None)["war"] == pytest.approx(0.5)


def rivals_watched(day, **changes):
    """Rivals of even odds; a sign of the first is seen with .8 if so, else with .2."""
    names = ("war", "peace", "truce")
    bears_on = {"scenario": "war", "if_true": 0.8, "if_false": 0.2}
    casebook = make_casebook(
        scenarios=[known(0.5, name) for name in names],
        links=[],
        reviewed=day,
        rivals=[{"id": "end", "scenarios": list(names)} | changes],
        indicators=[
            {"id": "sign", "sign": "It", "bears_on": bears_on, "due": "2024-06-01"}
        ],
    )
    return casebook, datetime.date.fromisoformat(day)


def test_silence_on_one_rival_speaks_for_all_others_alike():
    assert at_medians(*rivals_watched("2024-05-31")) == {
        name: pytest.approx(1 / 3) for name in ("war", "peace", "truce")
    }
    assert at_medians(*rivals_watched("2024-06-01")) == {
        "war": pytest.approx(0.2 / 1.8),
        "peace": pytest.approx(0.8 / 1.8),
        "truce": pytest.approx(0.8 / 1.8),
    }
    # With one answer more, that none of them comes true.
    none = known(0.5)["prior"]
    assert at_medians(*rivals_watched("2024-06-01", none=none)) == {
        "war": pytest.approx(0.2 / 2.6),
        "peace": pytest.approx(0.8 / 2.6),
        "truce": pytest.approx(0.8 / 2.6),
    }
    assert_has_a_density(rivals_watched("2024-06-01", none=none)[0], points=4)


def test_a_fit_learns_from_silence_what_the_prior_is_worth():
    """The mean is that of the mean prior, as for any evidence on a scenario alone."""
    wide = {"median": 0.3, "low": 0.02, "high": 0.9}
    casebook, day = watched("2024-06-01", prior=wide)
    mean = casebook.scenario("war").prior.distribution().mean

    expected = 0.6 * mean / (0.6 * mean + 0.9 * (1 - mean))
    means, _ = posterior_means(casebook, day)
    assert means["war"] == pytest.approx(expected, abs=0.015)


def test_a_sign_that_was_seen_is_the_report_of_it_and_no_silence():
    seen = make_report(
        "seen",
        says([0.4, 0.1]),
        credibility=6,
        published="2024-05-20",
        indicator="sign",
    )
    casebook, day = watched("2024-06-01", seen)

    assert at_medians(casebook, day)["war"] == pytest.approx(0.8)
    said, _ = prior_summary(casebook, day)
    assert said.mean == pytest.approx(0.5)


def test_a_what_if_reads_a_sign_as_a_whole_weighing_does():
    """The report that saw it is taken out, added, or the sign itself is."""
    seen = make_report("seen", published="2024-05-20", indicator="sign")
    with_it, day = watched("2024-06-01", seen)
    without, _ = watched("2024-06-01")
    no_sign = changed(without, [Change(kind="indicator", key="sign")])

    for fitted, asked, expected in (
        (with_it, without, 0.4),
        (without, with_it, 0.5),
        (without, no_sign, 0.5),
    ):
        z = np.zeros((2, 16, design(fitted, day).layout.size))
        reading = Basis(draws_of(fitted, z, day), fitted, day).read(asked, day)
        found = {one.id: one.mean for one in reading.summary.scenarios}
        assert found["war"] == pytest.approx(expected)
        assert found["peace"] == pytest.approx(0.2)
