"""What can be read of what is no item, and what an item is written in."""

import datetime
import unicodedata

import pytest
from pydantic import ValidationError

from deciban.evidence import EvidenceFile, Report, Source
from deciban.evidence.items import (
    Known,
    composed,
    day,
    folded,
    readable_part,
    repeated_ids,
)

GOOD = {
    "id": "a",
    "claim": "Shells go by rail",
    "source": "radio",
    "credibility": 3,
    "published": "2024-05-01",
}


# The same in Unicode's form D, each letter in its parts.
YONHAP = unicodedata.normalize("NFC", "\uc5f0\ud569\ub274\uc2a4")
IN_PARTS = unicodedata.normalize("NFD", YONHAP)


def test_text_that_reads_the_same_is_the_same():
    one, other = (
        Report.model_validate(GOOD | {"claim": text, "reference": text})
        for text in (YONHAP, IN_PARTS)
    )

    assert YONHAP != IN_PARTS
    assert one == other
    assert other.claim == YONHAP


def test_letters_of_other_scripts_that_look_the_same_stay_different():
    assert composed("TACC") != composed("\u0422\u0410\u0421\u0421")


@pytest.mark.parametrize("text", [IN_PARTS, "Cafe\u0301", "CAF\u00c9", "stra\u00dfe"])
def test_what_is_searched_is_composed_and_without_case(text):
    found = folded(text)

    assert found == unicodedata.normalize("NFC", found)
    assert found == folded(unicodedata.normalize("NFC", text).upper())


@pytest.mark.parametrize("written", ["20240501", "2024-W18-3", "2024-13-01", 20240501])
def test_a_day_is_written_in_one_way(written):
    with pytest.raises(ValueError, match="must be a date, written YYYY-MM-DD"):
        day(written)


def test_what_is_good_of_a_bad_item_is_read_by_its_types():
    part = readable_part(Report, GOOD | {"source": "No Id", "origin": 7})

    assert (part.id, part.published) == ("a", datetime.date(2024, 5, 1))
    assert (part.source, part.origin, part.repeats) == (None, None, None)


def test_a_list_keeps_its_length_whatever_stands_in_it():
    """So that a rule between items names the place at which the item was written."""
    data = {"case": "x", "sources": [None, {"id": "radio"}, 5], "reports": [GOOD]}

    part = readable_part(EvidenceFile, data)

    assert [source.id for source in part.sources] == [None, "radio", None]
    assert part.reports == (Report.model_validate(GOOD),)


def test_what_is_no_list_has_no_items():
    part = readable_part(EvidenceFile, {"sources": "radio", "reports": {}})

    assert (part.sources, part.reports) == (None, None)


def test_an_id_that_cannot_be_read_repeats_no_other():
    sources = [readable_part(Source, {"id": name}) for name in ("a", "b b", "b b", "a")]

    assert [found["loc"] for found in repeated_ids("sources", sources)] == [
        ("sources", 0, "id"),
        ("sources", 3, "id"),
    ]


def test_all_that_is_wrong_with_an_item_is_told_at_once():
    bearing = {"direction": "supports"}
    with pytest.raises(ValidationError) as refused:
        Report.model_validate(
            GOOD | {"credibility": 7, "repeats": "b", "bears_on": [bearing]}
        )

    told = [(one["loc"], one["msg"][:45]) for one in refused.value.errors()]
    assert [place for place, _ in told] == [
        ("credibility",),
        ("bears_on", 0),
        ("bears_on", 0),
        (),
    ]


def test_which_id_was_meant_is_told_among_thousands():
    """As in a ledger of 8,000 labels, where each had brought its mistake."""
    known = Known(f"label-{n:04d}-{n * n}" for n in range(8000))

    assert known.meant("Lable-0042-1764") == " (did you mean 'label-0042-1764'?)"
    assert known.meant("treaty") == ""
