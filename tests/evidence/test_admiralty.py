"""The wording of the Admiralty code."""

from typing import get_args

from deciban.evidence import CREDIBILITY, RELIABILITY, Credibility, Reliability


def test_every_letter_has_a_wording():
    assert tuple(RELIABILITY) == get_args(Reliability.__value__)


def test_every_digit_has_a_wording():
    assert tuple(CREDIBILITY) == get_args(Credibility.__value__)


def test_wording_is_that_of_the_field_manual():
    """Labels of FM 2-22.3, appendix B, in NATO's form."""
    labels = [RELIABILITY[letter].label for letter in "ABCDEF"]

    assert labels == [
        "Completely reliable",
        "Usually reliable",
        "Fairly reliable",
        "Not usually reliable",
        "Unreliable",
        "Reliability cannot be judged",
    ]


def test_no_basis_for_a_judgement_is_not_a_bad_judgement():
    assert "No basis" in RELIABILITY["F"].definition
    assert "No basis" in CREDIBILITY[6].definition
