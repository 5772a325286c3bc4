"""What one source, report or bearing may say."""

import datetime

import pytest
from pydantic import ValidationError

from deciban.evidence import Bearing, Report, Source

REPORT = {
    "id": "shells",
    "claim": "Shells are shipped",
    "source": "kcna",
    "credibility": 2,
    "published": "2022-08-05",
}


def make_report(**changes):
    return Report.model_validate(REPORT | changes)


def make_bearing(**changes):
    written = {"scenario": "munitions", "direction": "supports", "strength": "weak"}
    kept = {k: v for k, v in (written | changes).items() if v is not None}
    return Bearing.model_validate(kept)


def test_iso_date_is_read_as_a_day():
    assert make_report(published="2022-08-05").published == datetime.date(2022, 8, 5)


@pytest.mark.parametrize(
    "published",
    [
        "2022-02-30",
        "20220805",
        "2022-W31-5",
        "5 August 2022",
        20220805,
        None,
        True,
        datetime.datetime(2022, 8, 5),
    ],
)
def test_what_is_no_date_is_refused(published):
    with pytest.raises(ValidationError, match="must be a date, written YYYY-MM-DD"):
        make_report(published=published)


@pytest.mark.parametrize("credibility", [0, 7, "2", True, 2.0, None])
def test_what_is_no_digit_is_refused(credibility):
    with pytest.raises(ValidationError, match="credibility"):
        make_report(credibility=credibility)


@pytest.mark.parametrize("reliability", ["a", "G", "", 1, None])
def test_what_is_no_letter_is_refused(reliability):
    with pytest.raises(ValidationError, match="reliability"):
        Source(id="kcna", name="KCNA", reliability=reliability)


@pytest.mark.parametrize(
    "name", ["korean central", "a/b", "a~b", ".", "..", "", "a\n", "é", 3]
)
def test_what_no_address_can_hold_is_no_id(name):
    with pytest.raises(ValidationError, match="id"):
        make_report(id=name)


TURNING = [chr(code) for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))]


@pytest.mark.parametrize(
    "text", ["a\x00b", "\x1b[31m", "\x7f", "\x85", "\ud800", *TURNING], ids=ascii
)
def test_texts_with_control_characters_are_refused(text):
    for within in (text, f"4 {text} dB"):
        with pytest.raises(ValidationError, match="claim"):
            make_report(claim=within)


@pytest.mark.parametrize(
    "text",
    ["", " ", "\r\n", "\u200b\u200b", "\u200f", "\u3000", "\u3164", "\U000e0041"],
    ids=ascii,
)
def test_texts_in_which_nothing_can_be_seen_are_refused(text):
    with pytest.raises(ValidationError, match="claim"):
        make_report(claim=text)


@pytest.mark.parametrize(
    "text",
    [
        *("two\nlines", "a\tb", "dos\r\n", "\u2028a", " .", "\u200bx", "\u0301", "💬"),
        *(
            "\u200f\u05d0\u05d1\u200e",
            "\u0645\u06cc\u200c\u062e",
            "👩\u200d🚀",
            "❤\ufe0f",
        ),
    ],
    ids=ascii,
)
def test_any_other_text_is_taken_as_it_is(text):
    assert make_report(claim=text).claim == text


def test_unknown_keys_are_refused():
    with pytest.raises(ValidationError, match="clame"):
        make_report(clame="Shells are shipped")


def test_the_publisher_speaks_where_no_origin_is_named():
    assert make_report().speaker == "kcna"


def test_the_origin_speaks_where_the_publisher_only_relays_it():
    assert make_report(origin="tass").speaker == "tass"


def test_a_repeat_brings_no_bearings_of_its_own():
    with pytest.raises(
        ValidationError, match="must have repeats or bears_on, not both"
    ):
        make_report(repeats="other", bears_on=[make_bearing()])


@pytest.mark.parametrize(
    "measure",
    [
        {"strength": "very strong"},
        {"strength": None, "decibans": 2},
        {"strength": None, "decibans": 0},
        {"strength": None, "direction": None, "likelihoods": [0.3, 1]},
    ],
    ids=["word", "decibans", "no decibans", "likelihoods"],
)
def test_one_measure_of_strength_is_taken(measure):
    assert make_bearing(**measure).scenario == "munitions"


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        (
            {"scenario": None},
            "must have exactly one of argument, scenario, rivals, got none",
        ),
        (
            {"argument": "x"},
            "exactly one of argument, scenario, rivals, got argument, scenario",
        ),
        (
            {"strength": None},
            "exactly one of strength, decibans, likelihoods, got none",
        ),
        ({"decibans": 3}, "exactly one of .*, got strength, decibans"),
        ({"direction": None}, "must have a direction, .* got none"),
        (
            {"strength": None, "likelihoods": [0.3, 0.2]},
            "must have a direction, .* and none with likelihoods, got supports",
        ),
    ],
)
def test_a_bearing_has_one_target_one_measure_and_one_direction(changes, rule):
    with pytest.raises(ValidationError, match=rule):
        make_bearing(**changes)


@pytest.mark.parametrize(
    "likelihoods", [[0, 0.5], [0.5, 0], [1.01, 0.5], [0.5, -1], [0.5], [0.1, 0.2, 0.3]]
)
def test_likelihoods_are_two_probabilities_above_zero(likelihoods):
    with pytest.raises(ValidationError, match="likelihoods"):
        make_bearing(strength=None, direction=None, likelihoods=likelihoods)


@pytest.mark.parametrize("decibans", [-1, 101, float("nan"), "3", True])
def test_decibans_are_a_number_from_0_to_100(decibans):
    with pytest.raises(ValidationError, match="decibans"):
        make_bearing(strength=None, decibans=decibans)


def test_reports_cannot_be_altered():
    with pytest.raises(ValidationError, match="frozen"):
        make_report().claim = "Nothing is shipped"


def test_a_report_bears_once_on_each_target():
    bearing = {"scenario": "war", "direction": "supports", "strength": "weak"}
    bears_on = [bearing, bearing | {"strength": "strong"}]

    with pytest.raises(ValidationError, match="must bear once only on each argument"):
        make_report(bears_on=bears_on)


def told(kind, written):
    with pytest.raises(ValidationError) as refused:
        kind.model_validate(written)
    return [
        (error["loc"], error["msg"].partition(", got ")[2])
        for error in refused.value.errors()
    ]


def test_a_bearing_with_a_bad_key_is_told_its_other_faults_too():
    bearing = {"direction": "up", "strength": "weak", "decibans": 3}

    assert told(Bearing, bearing) == [
        (("direction",), ""),
        ((), "none"),
        ((), "strength, decibans"),
    ]


def test_a_report_with_bad_keys_is_told_its_other_faults_too():
    bearing = {"scenario": "war", "direction": "supports", "strength": "weak"}
    written = {
        "credibility": 7,
        "repeats": "q",
        "bears_on": [bearing, bearing | {"decibans": 3}, bearing],
    }

    assert told(Report, REPORT | written) == [
        (("credibility",), ""),
        (("bears_on", 1), "strength, decibans"),
        ((), "repeats 'q' and 3 in bears_on"),
        ((), "'war' twice"),
    ]


def test_where_a_key_is_misspelt_nothing_else_is_said_to_be_missing():
    bearing = {"scenario": "war", "direction": "supports", "strenght": "weak"}

    assert told(Bearing, bearing) == [(("strenght",), "")]
