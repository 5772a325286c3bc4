"""What grades and words are worth, against the tables of NUMBERS.md, section 9."""

import math

import pytest
from pydantic import ValidationError

from deciban.priors import LogitNormal, Scales
from deciban.priors.scales import LogOdds

# Mean, 5 % and 95 % quantile, each to the digits printed.
GRADES = [
    ("A", 0.95, 0.87, 0.99),
    ("B", 0.80, 0.59, 0.94),
    ("C", 0.60, 0.36, 0.81),  # printed as .37 of an sd of .6; .55 and .3 make .626
    ("D", 0.30, 0.11, 0.56),  # printed as .55 of an sd of .7; .65 and .3 make .716
    ("E", 0.10, 0.02, 0.25),
    ("F", 0.50, 0.08, 0.92),
]
DIGITS = [
    (1, 0.90, 0.75, 0.98),  # printed as .76; expit(2.439 - 0.8 * 1.6449) is .7546
    (2, 0.70, 0.45, 0.89),
    (3, 0.50, 0.27, 0.73),
    (4, 0.30, 0.11, 0.55),
    (5, 0.10, 0.02, 0.25),
]


def rounded(number):
    prior = LogitNormal(number.location, number.sd)
    return (
        round(prior.mean, 2),
        *(float(q) for q in prior.quantile([0.05, 0.95]).round(2)),
    )


@pytest.mark.parametrize(("letter", "mean", "low", "high"), GRADES)
def test_letters_have_the_printed_means_and_ranges(letter, mean, low, high):
    """Of a source, whose letter may be worth more or less than it says."""
    scales = Scales()
    own, shift = scales.reliability[letter], scales.shift_sd(letter)
    together = LogOdds(location=own.location, sd=math.hypot(own.sd, shift))

    assert rounded(together) == (mean, low, high)


@pytest.mark.parametrize(("digit", "mean", "low", "high"), DIGITS)
def test_digits_have_the_printed_means_and_ranges(digit, mean, low, high):
    assert rounded(Scales().credibility[digit]) == (mean, low, high)


def test_digit_6_has_no_number_of_its_own():
    assert set(Scales().credibility) == {1, 2, 3, 4, 5}


def test_words_have_the_printed_decibans():
    words = {word: number.decibans for word, number in Scales().strength.items()}

    assert words == {
        "negligible": 1,
        "weak": 3,
        "moderate": 7,
        "strong": 12,
        "very strong": 17,
        "decisive": 22,
    }


def test_defaults_depart_from_nothing():
    assert Scales().departures() == {}


def test_a_case_replaces_the_numbers_it_writes_and_keeps_the_rest():
    own = {"reliability": {"D": {"location": -2.0, "sd": 0.5}}}

    scales = Scales.model_validate(own)

    assert scales.reliability["D"].location == -2.0
    assert scales.reliability["A"] == Scales().reliability["A"]
    assert scales.departures() == own


def test_departures_say_all_of_a_cases_numbers():
    scales = Scales.model_validate(
        {
            "credibility": {"1": {"location": 2.0, "sd": 0.5}},
            "strength": {"weak": {"decibans": 2}},
            "calibration_log_sd": 0,
        }
    )

    assert Scales.model_validate(scales.departures()) == scales


@pytest.mark.parametrize(
    "own",
    [
        {"reliability": {"G": {"location": 0, "sd": 1}}},
        {"credibility": {6: {"location": 0, "sd": 1}}},
        {"credibility": {"²": {"location": 0, "sd": 1}}},
        {"strength": {"huge": {"decibans": 30}}},
        {"strength": {"weak": {"decibans": 0}}},
        {"reliability": {"A": {"location": 0, "sd": -1}}},
        {"reliability": {"A": {"location": float("nan"), "sd": 1}}},
        {"calibration_log_sd": -0.1},
        {"colour": "red"},
    ],
)
def test_numbers_that_are_none_and_grades_unknown_are_refused(own):
    with pytest.raises(ValidationError):
        Scales.model_validate(own)


def test_a_source_known_by_itself_is_not_moved_with_its_letter():
    own = {"sources": {"kcna": {"location": -2.0, "sd": 0.4}}}

    scales = Scales.model_validate(own)

    assert scales.source("kcna", "D") == LogOdds(location=-2.0, sd=0.4)
    assert scales.source("tass", "D") == Scales().reliability["D"]
    assert scales.shift_sd_of("kcna", "D") == 0
    assert scales.shift_sd_of("tass", "D") == Scales().shift_sd("D") == 0.3
    assert scales.departures() == own
