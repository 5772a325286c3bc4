"""What pydantic finds wrong, in our words."""

import pytest
from pydantic import ValidationError

from deciban.evidence import Report, Source
from deciban.evidence.items import broken_rule
from deciban.model.casebook.messages import broken_rules, place_text, stated_rule
from deciban.priors import CaseHeader, PriorsFile

REPORT = {
    "id": "shells",
    "claim": "Shells are shipped",
    "source": "kcna",
    "credibility": 2,
    "published": "2022-08-05",
}
SCENARIO = {
    "id": "troops",
    "question": "Does it happen?",
    "criteria": "It is announced.",
    "opens": "2022-07-01",
    "closes": "2025-12-31",
}


def broken(model, data):
    with pytest.raises(ValidationError) as refused:
        model.model_validate(data)
    return [
        (place_text(place), rule, value)
        for place, rule, value in broken_rules(refused.value, model)
    ]


def broken_prior(prior):
    scenario = SCENARIO | {"prior": prior}
    return broken(PriorsFile, {"case": "c", "title": "t", "scenarios": [scenario]})


@pytest.mark.parametrize(
    ("change", "finding"),
    [
        ({"claim": 3}, ("claim", "must be text (quotation marks make it so)", 3)),
        ({"claim": ""}, ("claim", "must not be empty", "")),
        ({"claim": "\x07"}, ("claim", "must not have control characters", "\x07")),
        ({"claim": "\u202e"}, ("claim", "must not have control characters", "\u202e")),
        (
            {"claim": "\u200b "},
            ("claim", "must have a character that can be seen", "\u200b "),
        ),
        (
            {"id": "a/b"},
            (
                "id",
                "must be letters, digits, '.', '_' and '-' only, and not '.' or '..'",
                "a/b",
            ),
        ),
        ({"id": "a" * 81}, ("id", "must have at most 80 characters", "a" * 81)),
        ({"ages": "no"}, ("ages", "must be true or false", "no")),
        ({"bears_on": {}}, ("bears_on", "must be a list", {})),
        ({"bears_on": [3]}, ("bears_on[0]", "must be a mapping of keys to values", 3)),
        (
            {"published": "soon"},
            ("published", "must be a date, written YYYY-MM-DD", "soon"),
        ),
        (
            {"bears_on": [{"scenario": "x", "likelihoods": [0.5, 1.5]}]},
            ("bears_on[0].likelihoods[1]", "must be at most 1", 1.5),
        ),
        (
            {"bears_on": [{"scenario": "x", "strength": "weak"}]},
            (
                "bears_on[0]",
                "must have a direction, supports or opposes, with strength or "
                "decibans, and none with likelihoods",
                "none",
            ),
        ),
    ],
)
def test_a_finding_becomes_a_place_a_rule_and_a_value(change, finding):
    assert broken(Report, REPORT | change) == [finding]


def test_a_text_that_is_too_long_is_measured_in_characters():
    source = {"id": "kcna", "name": "x" * 201, "reliability": "C"}

    assert broken(Source, source) == [
        ("name", "must have at most 200 characters", "x" * 201)
    ]


@pytest.mark.parametrize(
    "text", ["a\x07", "a\u202e", "\u2069a", "\u200b", "\U000e0041"]
)
def test_texts_before_the_evidence_obey_the_rule_of_those_in_it(text):
    [(_, rule, _)] = broken(Report, REPORT | {"claim": text})

    assert broken(CaseHeader, {"case": "c", "title": text}) == [("title", rule, text)]


def test_a_description_may_be_empty_but_has_no_control_characters():
    header = {"case": "c", "title": "t"}

    CaseHeader.model_validate(header | {"description": ""})
    assert broken(CaseHeader, header | {"description": "\u202e"}) == [
        ("description", "must not have control characters", "\u202e")
    ]


def test_a_missing_key_has_no_value():
    data = {key: value for key, value in REPORT.items() if key != "claim"}

    assert broken(Report, data) == [("claim", "must be here", None)]


def test_an_unknown_key_is_told_those_that_are_known():
    bearing = {"scenario": "x", "direction": "supports", "strenght": "weak"}

    found = broken(Report, REPORT | {"bears_on": [bearing]})
    assert found == [
        (
            "bears_on[0].strenght",
            "must not be here; known keys are argument, scenario, rivals, direction, "
            "strength, decibans, likelihoods, because, words "
            "(did you mean 'strength'?)",
            "weak",
        )
    ]


def test_the_kind_of_a_prior_is_no_part_of_its_place():
    prior = {"median": 0.3, "low": 0, "high": 0.6}

    assert broken_prior(prior) == [
        ("scenarios[0].prior.low", "must be greater than 0", 0)
    ]
    assert broken_prior({"beta": [1, 0]}) == [
        ("scenarios[0].prior.beta[1]", "must be greater than 0", 0)
    ]
    assert broken_prior(0.3) == [
        ("scenarios[0].prior", "must be a mapping of keys to values", 0.3)
    ]


def test_a_rule_of_several_keys_says_what_came_of_them():
    ((place, rule, value),) = broken_prior({"median": 0.3, "low": 0.6, "high": 0.1})

    assert place == "scenarios[0].prior"
    assert rule == "must have 0 < low < high < 1"
    assert value == "low 0.6, high 0.1"


@pytest.mark.parametrize("key", ["\x1b[31m", "\ud800", "a\nb"])
def test_a_key_that_would_garble_a_terminal_is_shown_escaped(key):
    assert place_text(("reports", 0, key)) == f"reports[0][{key!r}]"


def test_a_rule_between_items_is_taken_apart():
    details = broken_rule(("reports", 3, "id"), "must be written once only", "shells")

    assert stated_rule(details) == (
        ("reports", 3, "id"),
        "must be written once only",
        "shells",
    )


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"credibility": "2"}, ": remove the quotation marks"),
        ({"ages": "false"}, "must be true or false: remove the quotation marks"),
        (
            {"bears_on": [{"scenario": "x", "likelihoods": ["0.3", 1]}]},
            "must be a number: remove the quotation marks",
        ),
        (
            {"bears_on": [{"scenario": "x", "likelihoods": ["30%", 1]}]},
            "must be a number: write 0.3 for 30%",
        ),
        (
            {"bears_on": [{"scenario": "x", "likelihoods": ["0,3", 1]}]},
            "must be a number: write 0.3, with a point",
        ),
        (
            {"bears_on": [{"scenario": "x", "likelihoods": [40, 1]}]},
            "must be at most 1: write 0.4 for 40 %",
        ),
        (
            {"bears_on": [{"scenario": "x", "direction": "suports", "decibans": 1}]},
            "must be one of 'supports', 'opposes' (did you mean 'supports'?)",
        ),
        (
            {"published": "05/08/2022"},
            "YYYY-MM-DD, for this may be read with the day first or with the month",
        ),
        ({"published": "2022-08-05 00:00:00"}, "written YYYY-MM-DD, without a time"),
    ],
)
def test_a_usual_slip_is_answered_by_what_to_write(change, told):
    [(_, rule, _)] = broken(Report, REPORT | change)

    assert rule.endswith(told)


def test_a_grade_in_the_other_case_is_known():
    [(_, rule, _)] = broken(Source, {"id": "s", "name": "S", "reliability": "b"})

    assert rule.endswith("(did you mean 'B'?)")


def test_a_probability_in_percent_is_told_how_to_be_written():
    [(_, rule, _)] = broken_prior({"mean": 40, "sd": 0.1})

    assert rule == "must be less than 1: write 0.4 for 40 %"
