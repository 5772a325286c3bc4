"""Finding who has said the same already."""

import datetime
import unicodedata

import pytest

from deciban.evidence import Report
from deciban.service.web.pages.similar_claims import (
    similar_claims,
    telling_words,
    words_of,
)

CLAIMS = [
    "North Korea ships artillery shells to Russia by rail",
    "Russia buys artillery shells from North Korea",
    "The president of Russia visits Pyongyang",
    "Grain prices rise in Pyongyang",
]


@pytest.fixture
def ledger():
    return [
        Report(
            id=f"report-{i}",
            claim=claim,
            source="radio",
            credibility=2,
            published=datetime.date(2024, 1, 1),
        )
        for i, claim in enumerate(CLAIMS)
    ]


def test_the_same_words_in_another_order_are_the_same(ledger):
    first, *_ = similar_claims(
        ledger, "From North Korea, Russia buys artillery shells!"
    )

    assert first.report == "report-1"
    assert first.similarity == pytest.approx(1)


def test_what_shares_no_telling_word_is_not_similar(ledger):
    assert similar_claims(ledger, "It is said of him that she was there") == []


def test_a_rare_word_tells_more_than_a_common_one(ledger):
    of_rare = {s.report: s.similarity for s in similar_claims(ledger, "Grain")}
    of_common = {s.report: s.similarity for s in similar_claims(ledger, "Pyongyang")}

    assert of_rare["report-3"] > of_common["report-3"]


def test_the_most_similar_comes_first_and_only_so_many_are_told(ledger):
    found = similar_claims(ledger, "Russia and North Korea: artillery shells", most=1)

    assert [one.report for one in found] == ["report-1"]


def test_numbers_are_one_word_however_they_are_grouped():
    for text in ("100,000 men", "100 000 men", "100.000 men", "100000 men"):
        assert words_of(text) == {"100000", "men"}


def test_an_empty_ledger_or_claim_has_nothing_similar(ledger):
    assert similar_claims([], "Grain") == similar_claims(ledger, "") == []


def test_the_words_for_an_id_are_those_that_few_claims_have(ledger):
    claim = "Artillery for Russia goes through Vladivostok and Khasan"

    assert telling_words(ledger, claim, 2) == ["vladivostok", "khasan"]


def test_a_word_is_one_word_in_whatever_form_it_is_typed():
    typed = [
        unicodedata.normalize(form, "\ud3ec\ud0c4 caf\u00e9") for form in ("NFC", "NFD")
    ]

    assert words_of(typed[0]) == words_of(typed[1])
    assert len(words_of(typed[1])) == 2
