"""Rules between the items of an evidence file, and who relays whom."""

import json
import warnings

import pytest
from pydantic import ValidationError

from deciban.evidence import EvidenceFile, evidence_problems
from deciban.evidence.items import readable_part


def source(name):
    return {"id": name, "name": name.title(), "reliability": "C"}


def report(name, **changes):
    return {
        "id": name,
        "claim": "Shells are shipped",
        "source": "tass",
        "credibility": 2,
        "published": "2022-08-05",
    } | changes


def written(*reports, sources=("tass", "kcna", "nyt")):
    return {
        "case": "dprk-russia",
        "sources": [source(name) for name in sources],
        "reports": list(reports),
    }


def relays(*reports):
    return EvidenceFile.model_validate(written(*reports)).relays()


def broken(*reports, **changes):
    """Places and rules that the file breaks, as its reader is told them."""
    with pytest.raises(ValidationError) as refused:
        EvidenceFile.model_validate(written(*reports, **changes))
    return [(error["loc"], error["msg"]) for error in refused.value.errors()]


def test_who_speaks_for_itself_is_relayed_by_nobody():
    assert relays(report("a")) == {"a": ()}


def test_a_publisher_relays_its_origin():
    assert relays(report("a", origin="kcna")) == {"a": ("tass",)}


def test_repeats_add_their_publishers_to_the_relays():
    reports = [
        report("a", origin="kcna"),
        report("b", source="nyt", repeats="a", origin="kcna"),
    ]

    assert relays(*reports) == {"a": ("tass", "nyt")}


def test_a_copy_that_names_no_origin_relays_nothing():
    """It had it from the report that it repeats, which adds nothing."""
    reports = [
        report("a", origin="kcna"),
        report("b", source="nyt", repeats="a"),
    ]

    assert relays(*reports) == {"a": ("tass",)}


def test_a_repeat_of_a_repeat_counts_for_the_first():
    reports = [
        report("c", source="nyt", repeats="b", origin="kcna"),
        report("b", repeats="a"),
        report("a", origin="kcna"),
    ]

    assert set(relays(*reports)["a"]) == {"tass", "nyt"}


def test_the_same_publisher_again_relays_once():
    reports = [report("a", origin="kcna"), report("b", repeats="a")]

    assert relays(*reports) == {"a": ("tass",)}


def test_an_origin_that_repeats_itself_needs_no_relay():
    """Once the origin is heard itself, the relays have nothing more to tell."""
    reports = [
        report("a", origin="kcna"),
        report("b", source="kcna", repeats="a"),
    ]

    assert relays(*reports) == {"a": ()}


def test_a_repeat_of_who_spoke_for_itself_changes_nothing():
    reports = [report("a"), report("b", source="nyt", repeats="a")]

    assert relays(*reports) == {"a": ()}


def test_ids_are_written_once_only():
    assert broken(report("a"), report("a"), sources=["tass", "tass"]) == [
        (("sources", 0, "id"), "must be written once only"),
        (("sources", 1, "id"), "must be written once only"),
        (("reports", 0, "id"), "must be written once only"),
        (("reports", 1, "id"), "must be written once only"),
    ]


@pytest.mark.parametrize("key", ["source", "origin"])
def test_an_unknown_source_is_refused(key):
    rule = "must be one of the sources"

    assert broken(report("a", **{key: "bbc"})) == [(("reports", 0, key), rule)]


def test_an_unknown_repeat_is_refused():
    assert broken(report("a", repeats="z")) == [
        (("reports", 0, "repeats"), "must be the id of a report")
    ]


@pytest.mark.parametrize(
    "repeats",
    [{"a": "a"}, {"a": "b", "b": "a"}, {"a": "b", "b": "c", "c": "a"}],
    ids=["itself", "two", "three"],
)
def test_repeats_do_not_run_in_a_circle(repeats):
    problems = broken(*(report(one, repeats=other) for one, other in repeats.items()))

    assert {rule for _, rule in problems} == {"must not lead back to the report itself"}
    assert len(problems) == len(repeats)


def test_a_report_that_leads_into_a_circle_is_not_the_one_to_blame():
    problems = broken(
        report("a", repeats="b"), report("b", repeats="c"), report("c", repeats="b")
    )

    assert [loc[1] for loc, _ in problems] == [1, 2]


def test_a_report_does_not_repeat_a_later_one():
    problems = broken(
        report("a", published="2022-08-06"),
        report("b", repeats="a", published="2022-08-05"),
    )

    rule = "must be a report that was not published later than this"
    assert problems == [(("reports", 1, "repeats"), rule)]


def test_a_report_may_repeat_one_of_the_same_day():
    assert relays(report("a"), report("b", repeats="a")) == {"a": ()}


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        {},
        {"sources": 3, "reports": "abc"},
        {"sources": [[]], "reports": [None]},
        {"sources": [{"id": []}], "reports": [{"id": {}, "repeats": []}]},
        {"reports": [{"id": "a", "repeats": "b"}, {"id": "b", "published": "soon"}]},
    ],
)
def test_rules_between_items_can_be_asked_of_anything(data):
    assert list(evidence_problems(readable_part(EvidenceFile, data))) == []


def test_the_json_schema_tells_editors_what_a_file_may_hold():
    with warnings.catch_warnings(action="error"):
        schema = EvidenceFile.model_json_schema()

    assert json.loads(json.dumps(schema))["required"] == ["case"]
    assert schema["$defs"]["Credibility"]["enum"] == [1, 2, 3, 4, 5, 6]
    assert schema["$defs"]["Report"]["additionalProperties"] is False
