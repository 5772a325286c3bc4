"""The casebook as arrays: what was known on the day, in places of known meaning."""

import datetime
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deciban.model.likelihood.design import design
from deciban.model.likelihood.unknowns import unknowns
from tests.model.brute_force import BruteForce
from tests.model.builders import (
    DAY,
    DAYS,
    make_argument,
    make_casebook,
    make_report,
    make_scenario,
    opposes,
    random_casebook,
    says,
)


def test_places_are_named_for_what_they_hold():
    casebook = make_casebook(
        scenarios=[make_scenario("war"), make_scenario("peace")],
        sources={"radio": "B", "blog": "D"},
        links=[{"if": "war", "then": "peace", "probability": 0.1}],
    )

    assert design(casebook, DAY).coords()["unknown"] == [
        *(f"digit {d}" for d in (1, 2, 3, 4, 5)),
        "word negligible",
        "word weak",
        "word moderate",
        "word strong",
        "word very strong",
        "word decisive",
        "calibration words",
        "overlap across",
        "overlap in camp",
        "overlap in account",
        "grade A",
        "grade B",
        "grade C",
        "grade D",
        "grade E",
        "scenario peace",
        "scenario war",
        "source blog",
        "source radio",
        "link war -> peace",
    ]


@given(st.randoms(use_true_random=False), st.sampled_from(DAYS))
def test_every_unknown_has_the_location_and_scale_of_brute_force(rng, day):
    casebook = random_casebook(rng)
    laid_out = design(casebook, day)

    brute = BruteForce(casebook, day)
    both = zip(laid_out.arrays.location, laid_out.arrays.scale, strict=True)
    for label, pair in zip(laid_out.coords()["unknown"], both, strict=True):
        if label.startswith("overlap") and not pair[1]:
            continue  # a fixed one has no log-odds where it is 0 or 1
        expected = [float(number) for number in brute.location_and_scale(label)]
        np.testing.assert_allclose(pair, expected, atol=1e-8, err_msg=label)


def test_unknowns_are_cut_out_of_z_where_the_labels_say():
    casebook = make_casebook(links=[])
    laid_out = design(casebook, DAY)
    labels = laid_out.coords()["unknown"]
    z = np.zeros((len(labels), 1))
    z[labels.index("source paper")] = 1.0

    x = unknowns(z, laid_out.arrays)
    moved = x.reliability - unknowns(0 * z, laid_out.arrays).reliability
    # Sources by id are blog, paper and radio; paper has grade C, of sd .55.
    np.testing.assert_allclose(moved[:, 0], [0, 0.55, 0])


def test_bearings_are_named_by_giver_and_target():
    casebook = make_casebook(
        [
            make_report("b", says(scenario="war"), opposes(argument="able")),
            make_report("a", says(argument="able")),
        ],
        arguments=[make_argument("able", says(scenario="war"))],
    )

    laid_out = design(casebook, DAY)
    # One road: what b says of war itself is left out of the argument.
    assert laid_out.accounts == (
        ("radio", "argument", "able"),
        ("radio", "argument", "able"),
        ("radio", "scenario", "war"),
    )
    assert laid_out.reasons == (("able", "war"),)
    assert laid_out.coords()["bearing"] == ["radio -> war", "able -> war"]


def test_what_came_after_the_day_is_left_out():
    outcome = {"occurred": True, "on": "2024-06-30"}
    casebook = make_casebook(
        [
            make_report("known", says(), published="2024-06-29"),
            make_report("later", says(), published="2024-06-30"),
        ],
        scenarios=[make_scenario(outcome=outcome)],
    )

    laid_out = design(casebook, DAY)
    assert laid_out.claims == ("known",)
    assert laid_out.arrays.clock.log_allowed_no[0] == 0

    a_day_later = design(casebook, DAY + datetime.timedelta(days=1))
    assert a_day_later.claims == ("known", "later")
    assert a_day_later.arrays.clock.log_allowed_no[0] == -math.inf


@pytest.mark.parametrize(
    ("hazard", "day", "passed"),
    [
        ("none", "2024-06-29", 0),
        ("constant", "2023-06-01", 0),
        ("constant", "2024-01-01", 0),
        ("constant", "2024-06-29", 180 / 361),
        ("constant", "2024-12-26", 360 / 361),
        ("constant", "2024-12-27", 1),
        ("constant", "2025-06-01", 1),
    ],
)
def test_the_clock_tells_the_share_of_the_window_that_was_looked_at(
    hazard, day, passed
):
    """The window has 361 days from 1 January 2024; the day looked is still ahead."""
    casebook = make_casebook(scenarios=[make_scenario(hazard=hazard)], reviewed=day)

    laid_out = design(casebook, datetime.date(2025, 6, 1))
    assert laid_out.arrays.clock.passed[0] == pytest.approx(passed)


@pytest.mark.parametrize(
    ("reports", "looked"),
    [
        ([], None),
        ([("a", "2024-05-01", None), ("b", "2024-03-01", None)], "2024-05-01"),
        ([("a", "2024-05-01", None), ("b", "2024-06-01", "a")], "2024-05-01"),
        ([("a", "2024-05-01", None), ("b", "2024-08-01", None)], "2024-05-01"),
    ],
    ids=["nothing", "the latest report", "a repeat does not count", "after the day"],
)
def test_somebody_looked_when_the_last_report_came_that_repeats_nothing(
    reports, looked
):
    casebook = make_casebook(
        [
            make_report(name, *([] if repeats else [says()]), published=day)
            | ({"repeats": repeats} if repeats else {})
            for name, day, repeats in reports
        ]
    )

    expected = looked and datetime.date.fromisoformat(looked)
    assert design(casebook, DAY).looked == expected


@pytest.mark.parametrize("occurred", [True, False])
def test_the_clock_of_a_known_outcome_stands_still(occurred):
    outcome = {"occurred": occurred, "on": "2024-05-01"}
    casebook = make_casebook(
        scenarios=[make_scenario(hazard="constant", outcome=outcome)]
    )

    clock = design(casebook, DAY).arrays.clock
    # Day 121 of 361; it matters to one that occurred.
    assert clock.passed[0] == pytest.approx(121 / 361)
    assert clock.dated[0] == occurred
    assert (clock.log_allowed_no[0] == 0) == (not occurred)
    assert (clock.log_allowed_yes[0] == 0) == occurred


def test_the_clock_of_an_annulled_question_stops_that_day():
    """180 of 361 days had passed, whoever looked at it later."""
    outcome = {"annulled": True, "on": "2024-06-29"}
    casebook = make_casebook(
        scenarios=[make_scenario(hazard="constant", outcome=outcome)],
        reviewed="2029-01-01",
    )

    for cut in (casebook, casebook.without_reports()):
        clock = design(cut, datetime.date(2030, 1, 1)).arrays.clock
        assert clock.passed[0] == pytest.approx(180 / 361)
        assert clock.log_allowed_no[0] == clock.log_allowed_yes[0] == 0


@pytest.mark.parametrize(
    ("half_life", "ages", "freshness"),
    [(30, True, 0.25), (30, False, 1), (None, True, 1)],
)
def test_two_half_lives_leave_a_quarter(half_life, ages, freshness):
    casebook = make_casebook(
        [make_report("a", says(), published="2024-04-30", ages=ages)],
        half_life_days=half_life,
    )

    assert design(casebook, DAY).arrays.said.freshness == pytest.approx(freshness)


RELAYED = {"source": "paper", "origin": "radio"}
HEARD_BY_BLOG = {"source": "blog", "origin": "radio"}


@pytest.mark.parametrize(
    ("others", "heard", "relays"),
    [
        ([], 0, ["paper"]),
        ([{"repeats": "a", "source": "paper"}], 0, ["paper"]),
        ([{"repeats": "a", "source": "blog"}], 0, ["paper"]),
        ([{"repeats": "a"} | HEARD_BY_BLOG], 0, ["blog", "paper"]),
        (
            [
                {"repeats": "a"} | HEARD_BY_BLOG,
                {"repeats": "b", "source": "echo", "origin": "radio"},
            ],
            0,
            ["blog", "echo", "paper"],
        ),
        ([{"repeats": "a", "source": "radio"}], 1, []),
        (
            [
                {"repeats": "a", "source": "blog"},
                {"repeats": "b", "source": "radio"},
            ],
            1,
            [],
        ),
        (
            [{"repeats": "a", "published": "2024-06-30"} | HEARD_BY_BLOG],
            0,
            ["paper"],
        ),
    ],
    ids=[
        "one relay",
        "the same again",
        "a copy",
        "another",
        "a repeat of a repeat",
        "the origin itself",
        "the origin repeats a repeat",
        "too late",
    ],
)
def test_repeats_add_their_sources_to_the_relays_of_the_original(others, heard, relays):
    repeats = [make_report("bcd"[i], **other) for i, other in enumerate(others)]
    casebook = make_casebook(
        [make_report("a", says(), **RELAYED), *repeats],
        sources={"radio": "B", "paper": "C", "blog": "D", "echo": "E"},
    )

    laid_out = design(casebook, DAY)
    assert laid_out.claims == ("a",)
    assert laid_out.sources[laid_out.arrays.claim.speaker[0]] == "radio"
    assert laid_out.arrays.claim.heard == [heard]
    assert sorted(laid_out.sources[k] for k in laid_out.arrays.relay.source) == relays
