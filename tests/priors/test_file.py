"""What a scenario, an argument and a link may say, and the rules between them."""

import json
import unicodedata
import warnings

import pytest
from pydantic import ValidationError

from deciban.evidence.items import readable_part
from deciban.priors import CaseHeader, PriorsFile, priors_problems


def scenario(name, **changes):
    return {
        "id": name,
        "question": "Does it happen?",
        "criteria": "It is announced.",
        "opens": "2022-07-01",
        "closes": "2025-12-31",
        "prior": {"median": 0.3, "low": 0.1, "high": 0.6},
    } | changes


def written(*scenarios, **changes):
    items = list(scenarios) or [scenario("troops")]
    return {"case": "dprk-russia", "title": "Support", "scenarios": items} | changes


def link(cause, effect):
    return {"if": cause, "then": effect, "probability": 0.6}


def broken(*scenarios, **changes):
    with pytest.raises(ValidationError) as refused:
        PriorsFile.model_validate(written(*scenarios, **changes))
    return [(error["loc"], error["msg"]) for error in refused.value.errors()]


def the_prior(**prior):
    file = PriorsFile.model_validate(written(scenario("troops", prior=prior)))
    return file.scenarios[0].prior.distribution()


@pytest.mark.parametrize(
    ("prior", "median"),
    [
        ({"median": 0.3, "low": 0.1, "high": 0.6}, 0.3),
        ({"beta": [5, 5]}, 0.5),
        ({"mean": 0.5, "sd": 0.1}, 0.5),
        ({"words": "roughly even chance"}, 0.5),
        ({"words": "chances about even", "scale": "kent"}, 0.5),
    ],
)
def test_a_prior_is_written_in_any_of_four_ways(prior, median):
    assert the_prior(**prior).median == pytest.approx(median)


@pytest.mark.parametrize(
    "prior",
    [
        {"median": 0, "low": 0.1, "high": 0.6},
        {"median": 0.3, "low": 0, "high": 0.6},
        {"median": 0.3, "low": 0.1, "high": 1},
        {"median": 0.3, "low": 0.6, "high": 0.1},
        {"median": 0.3, "low": 0.3, "high": 0.3},
        {"median": 0.7, "low": 0.1, "high": 0.6},
        {"median": 0.3},
        {"beta": [0, 1]},
        {"beta": [1]},
        {"beta": [1e-200, 1]},
        {"mean": 1, "sd": 0.1},
        {"mean": 0.5, "sd": 0.5},
        {"words": "perhaps"},
        {"words": "likely", "scale": "nato"},
        {"words": "virtually certain", "scale": "ipcc"},
        {"median": 0.3, "low": 0.1, "high": 0.6, "mode": 0.2},
        {},
        0.3,
        None,
    ],
    ids=str,
)
def test_what_is_no_prior_is_refused(prior):
    problems = broken(scenario("troops", prior=prior))

    assert {loc[:3] for loc, _ in problems} == {("scenarios", 0, "prior")}


@pytest.mark.parametrize("closes", ["2022-07-01", "2022-06-30"])
def test_a_scenario_closes_after_it_opens(closes):
    ((place, rule),) = broken(scenario("troops", closes=closes))

    assert place == ("scenarios", 0)
    assert "must have opens before closes" in rule


@pytest.mark.parametrize(
    ("occurred", "day"),
    [(True, "2022-06-30"), (True, "2026-01-01"), (False, "2022-06-30")],
)
def test_an_outcome_lies_within_the_window(occurred, day):
    outcome = {"occurred": occurred, "on": day}
    ((_, rule),) = broken(scenario("troops", outcome=outcome))

    assert "must have an outcome within the window" in rule


@pytest.mark.parametrize(
    ("occurred", "day"),
    [(True, "2022-07-01"), (True, "2025-12-31"), (False, "2026-01-01")],
)
def test_that_nothing_happened_may_be_settled_after_the_close(occurred, day):
    outcome = {"occurred": occurred, "on": day}
    file = PriorsFile.model_validate(written(scenario("troops", outcome=outcome)))

    assert file.scenarios[0].outcome.occurred is occurred


@pytest.mark.parametrize(
    ("end", "came"),
    [
        ({}, "got neither"),
        ({"annulled": False}, "got annulled"),
        ({"occurred": True, "annulled": True}, "got annulled, occurred"),
    ],
)
def test_a_question_is_settled_or_annulled(end, came):
    outcome = {**end, "on": "2024-05-01"}
    ((_, rule),) = broken(scenario("troops", outcome=outcome))

    assert "must say either occurred: true or false, or annulled: true" in rule
    assert came in rule


@pytest.mark.parametrize(
    ("measure", "came"),
    [
        ({}, "got none"),
        ({"probability": 0.5, "direction": "raises"}, "got probability and direction"),
        ({"direction": "raises"}, "got direction"),
        ({"strength": "weak"}, "got strength"),
    ],
)
def test_a_link_has_a_probability_or_a_word_with_a_direction(measure, came):
    two = [scenario("treaty"), scenario("troops")]
    ((place, rule),) = broken(
        *two, links=[{"if": "treaty", "then": "troops"} | measure]
    )

    assert place == ("links", 0)
    assert rule.endswith(came)


@pytest.mark.parametrize("probability", [0, 1, 1.5, "likely"])
def test_a_link_is_never_certain(probability):
    two = [scenario("treaty"), scenario("troops")]
    certain = link("treaty", "troops") | {"probability": probability}

    assert broken(*two, links=[certain])[0][0] == ("links", 0, "probability")


@pytest.mark.parametrize(
    ("pairs", "parts", "way"),
    [
        ("aa", [0], "a -> a"),
        ("ab ba", [0, 1], "b -> a -> b"),
        ("ab ac bd bc ca", [1, 4], "c -> a -> c"),
        ("ab bc ca", [0, 1, 2], "c -> a -> b -> c"),
    ],
)
def test_links_do_not_run_in_a_circle_which_is_told_at_each(pairs, parts, way):
    links = [link(*pair) for pair in pairs.split()]
    problems = broken(*map(scenario, "abcd"), links=links)

    rule = f"must not close a cycle of links, {way}"
    assert problems == [(("links", i), rule) for i in parts]


def test_links_that_meet_again_are_no_circle():
    links = [link(*pair) for pair in ("ab", "ac", "bd", "cd")]

    assert PriorsFile.model_validate(written(*map(scenario, "abcd"), links=links))


def test_a_link_is_written_once_only():
    links = [link("a", "b"), link("a", "b")]

    assert broken(*map(scenario, "ab"), links=links) == [
        (("links", 1), "must be written once only")
    ]


@pytest.mark.parametrize("key", ["if", "then"])
def test_a_link_joins_known_scenarios(key):
    links = [link("a", "b") | {key: "nowhere"}]

    assert broken(*map(scenario, "ab"), links=links) == [
        (("links", 0, key), "must be one of the scenarios")
    ]


def test_an_argument_bears_on_known_scenarios():
    bearing = {"scenario": "nowhere", "direction": "opposes", "strength": "weak"}
    argument = {"id": "x", "statement": "It is far", "bears_on": [bearing]}

    assert broken(arguments=[argument]) == [
        (("arguments", 0, "bears_on", 0, "scenario"), "must be one of the scenarios")
    ]


@pytest.mark.parametrize(
    ("bearing", "rule"),
    [
        ({}, "must have exactly one of strength, decibans, likelihoods, got none"),
        ({"strength": "weak"}, "must have a direction"),
        ({"strength": "weak", "decibans": 3, "direction": "opposes"}, "exactly one of"),
        ({"likelihoods": [0.2, 0.1], "direction": "opposes"}, "must have a direction"),
    ],
)
def test_an_argument_bears_with_one_measure_and_one_direction(bearing, rule):
    argument = {
        "id": "x",
        "statement": "y",
        "bears_on": [{"scenario": "troops"} | bearing],
    }
    ((_, message),) = broken(arguments=[argument])

    assert rule in message


def test_ids_are_written_once_only():
    argument = {"id": "x", "statement": "It is far"}
    problems = broken(*map(scenario, "aab"), arguments=[argument, argument])

    assert [place for place, _ in problems] == [
        ("scenarios", 0, "id"),
        ("scenarios", 1, "id"),
        ("arguments", 0, "id"),
        ("arguments", 1, "id"),
    ]


def test_a_case_has_at_least_one_scenario():
    assert broken(scenarios=[]) == [(("scenarios",), "must hold at least one scenario")]


@pytest.mark.parametrize("half_life", [0, -1, float("inf"), "30", True])
def test_a_half_life_is_a_number_of_days(half_life):
    assert broken(half_life_days=half_life)[0][0] == ("half_life_days",)


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        {},
        {"scenarios": 3, "links": "abc", "arguments": {}},
        {"scenarios": [None], "arguments": [{"id": [], "bears_on": [[]]}]},
        {"scenarios": [{"id": {}}], "links": [{"if": [], "then": {}}, 3]},
    ],
)
def test_rules_between_items_can_be_asked_of_anything(data):
    assert list(priors_problems(readable_part(PriorsFile, data))) == []


def test_the_json_schema_tells_editors_what_a_file_may_hold():
    with warnings.catch_warnings(action="error"):
        schema = PriorsFile.model_json_schema()

    assert json.loads(json.dumps(schema))["required"] == ["case", "title", "scenarios"]
    assert set(schema["$defs"]["Link"]["properties"]) >= {"if", "then", "probability"}
    assert schema["$defs"]["Scenario"]["additionalProperties"] is False


ALL_AT_ONCE = {
    "reversed": (
        {"hazard": "sometimes", "opens": "2026-01-01"},
        ["hazard"],
        "must have opens before closes, got 2026-01-01 and 2025-12-31",
    ),
    "outcome": (
        {"hazard": "sometimes", "outcome": {"occurred": True, "on": "2026-01-01"}},
        ["hazard"],
        "must have an outcome within the window 2022-07-01 to 2025-12-31, "
        "got 2026-01-01",
    ),
    "end": (
        {"closes": "soon", "outcome": {"on": "soon"}},
        ["closes", "on"],
        "must say either occurred: true or false, or annulled: true, got neither",
    ),
    "prior": (
        {"prior": {"median": 0.3, "low": 0.4, "high": 0.6, "because": 3}},
        ["because"],
        "must have low <= median <= high, got 0.4, 0.3, 0.6",
    ),
}


@pytest.mark.parametrize(
    ("changes", "bad", "rule"), ALL_AT_ONCE.values(), ids=ALL_AT_ONCE
)
def test_a_scenario_with_bad_keys_is_told_its_other_fault_too(changes, bad, rule):
    *others, (_, last) = broken(scenario("troops", **changes))

    assert [place[-1] for place, _ in others] == bad
    assert last == f"Value error, {rule}"


def test_an_argument_with_bad_keys_is_told_its_other_faults_too():
    bearing = {"scenario": "troops", "direction": "up", "strength": "weak"}
    argument = {
        "id": "far away",
        "statement": "It is far.",
        "bears_on": [bearing, bearing | {"decibans": 3}],
    }

    places = [place for place, _ in broken(arguments=[argument])]

    item = ("arguments", 0)
    assert places == [
        (*item, "id"),
        (*item, "bears_on", 0, "direction"),
        (*item, "bears_on", 1, "direction"),
        (*item, "bears_on", 1),
        item,
    ]


def test_a_link_with_a_bad_key_is_told_its_other_fault_too():
    bad = link("troops", "planes") | {"if": 3, "strength": "weak"}

    ((place, _), (other, rule)) = broken(
        scenario("troops"), scenario("planes"), links=[bad]
    )

    assert (place, other) == (("links", 0, "if"), ("links", 0))
    assert "got probability and strength" in rule


@pytest.mark.parametrize("key", ["probability", "strength"])
def test_where_a_key_is_misspelt_nothing_else_is_said_to_be_missing(key):
    bad = {"if": "troops", "then": "planes", f"{key}s": 0.3}

    ((place, _),) = broken(scenario("troops"), scenario("planes"), links=[bad])

    assert place == ("links", 0, f"{key}s")


def test_what_a_case_says_of_itself_is_composed():
    name = "Caf\u00e9"
    typed = unicodedata.normalize("NFD", name)

    file = PriorsFile.model_validate(written(title=typed, description=typed))

    assert (file.title, file.description) == (name, name)


def test_scales_are_numbers_where_no_file_can_be_named():
    with pytest.raises(ValidationError, match="must be numbers, for only a"):
        CaseHeader.model_validate({"case": "war", "title": "War", "scales": "a.yaml"})
