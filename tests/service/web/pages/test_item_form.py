"""What is typed into the form of an item, and the change that it asks for."""

import pytest

from deciban.model.casebook.changes import ITEM_TYPES, ChangeError, changed
from deciban.service.web.pages.item_form import ItemForm
from tests.model.builders import make_argument, make_casebook, make_scenario, says

SCENARIO = {
    "question": "Does peace come by 1 May 2025?",
    "criteria": "Both sign",
    "opens": "2024-01-01",
    "closes": "2025-05-01",
    "hazard": "none",
    "prior.form": "median",
    "prior.low": "10 %",
    "prior.median": "0,2",
    "prior.high": "0.4",
}
ARGUMENT = {
    "statement": "They want to",
    "bears_on.0.scenario": "war",
    "bears_on.0.direction": "opposes",
    "bears_on.0.strength": "weak",
}
LINK = {"if": "war", "then": "truce", "probability": "0.6"}


@pytest.fixture(scope="module")
def casebook():
    return make_casebook(
        scenarios=[
            make_scenario(),
            make_scenario("truce", noticed={"median": 0.5, "low": 0.2, "high": 0.8}),
            make_scenario("talks", prior={"mean": 0.3, "sd": 0.1}),
            make_scenario("calm", prior={"beta": [0.5, 50.5], "because": "2 of 5"}),
            make_scenario("storm", prior={"words": "remote"}),
        ],
        arguments=[
            make_argument("can", says(7.5), says([0.25, 0.5], scenario="truce")),
        ],
        links=[
            {"if": "war", "then": "talks", "direction": "lowers", "strength": "weak"}
        ],
        rivals=[
            {
                "id": "end",
                "scenarios": ["storm", "calm"],
                "none": {"mean": 0.1, "sd": 0.05},
            }
        ],
        half_life_days=180.5,
        scales={"strength": {"weak": {"decibans": 4}}},
    )


def written(casebook, kind, typed):
    form = ItemForm.typed(kind, casebook, typed)
    change = form.change(casebook)
    after = changed(casebook, [change])
    return after.index.items[kind][change.key]


def refused(casebook, kind, typed):
    form = ItemForm.typed(kind, casebook, typed)
    with pytest.raises(ChangeError) as error:
        changed(casebook, [form.change(casebook)])
    form.refuse(error.value)
    return form


@pytest.mark.parametrize("kind", sorted({*ITEM_TYPES} - {"outcome", "report"}))
def test_an_item_that_is_shown_in_the_form_is_the_same_when_it_is_sent(
    casebook, shipped, kind
):
    for case in (casebook, shipped):
        for key, item in case.index.items[kind].items():
            shown = ItemForm.of(kind, case, item)
            assert (
                ItemForm.typed(kind, case, shown.values).change(case, key).body == item
            )


def test_a_scenario_is_written_with_numbers_as_people_type_them(casebook):
    scenario = written(casebook, "scenario", SCENARIO)

    assert scenario.id == "does-peace-come-by-1-may-2025"
    prior = scenario.prior
    assert (prior.low, prior.median, prior.high) == (0.1, 0.2, 0.4)


def test_rows_in_which_nothing_is_typed_are_left_out(casebook):
    typed = {name.replace(".0.", ".3."): text for name, text in ARGUMENT.items()}
    empty = {name: "" for name in ARGUMENT if name.startswith("bears_on")}
    form = ItemForm.typed("argument", casebook, typed | empty)

    assert form.values["bears_on.0.scenario"] == "war"
    (bearing,) = written(casebook, "argument", typed | empty).bears_on
    assert (bearing.scenario, bearing.direction) == ("war", "opposes")


def test_who_sends_twice_asks_for_one_item_and_another_has_another_id(casebook):
    form = ItemForm.typed("argument", casebook, ARGUMENT)
    change = form.change(casebook)
    after = changed(casebook, [change])

    assert form.change(after) == change
    other = ItemForm.typed("argument", casebook, ARGUMENT | {"because": "They said so"})
    assert other.change(after).key == f"{change.key}-2"


@pytest.mark.parametrize(
    ("kind", "typed", "place"),
    [
        ("scenario", SCENARIO | {"question": ""}, "question"),
        ("scenario", SCENARIO | {"closes": "May"}, "closes"),
        ("scenario", SCENARIO | {"prior.median": "20"}, "prior.median"),
        ("scenario", SCENARIO | {"prior.low": "0.5"}, "prior"),
        ("scenario", SCENARIO | {"prior.form": "words", "prior.words": ""}, "prior"),
        ("scenario", SCENARIO | {"prior.form": "beta"}, "prior.beta.0"),
        ("scenario", SCENARIO | {"noticed": "{low: 2}"}, "noticed.median"),
        ("scenario", SCENARIO | {"noticed": "{low"}, "noticed"),
        ("argument", ARGUMENT | {"bears_on.0.scenario": "x"}, "bears_on.0.scenario"),
        ("argument", ARGUMENT | {"bears_on.0.strength": ""}, "bears_on.0"),
        ("argument", ARGUMENT | {"id": "Not An Id"}, "id"),
        ("link", LINK | {"probability": "most"}, "probability"),
        ("link", LINK | {"then": "x"}, "then"),
        ("source", {"name": "Paper", "reliability": ""}, "reliability"),
        ("source", {"name": "P", "reliability": "A", "interest": "big"}, "interest"),
    ],
)  # fmt: skip
def test_what_is_wrong_stands_beside_its_field(casebook, kind, typed, place):
    form = refused(casebook, kind, typed)

    assert form.other_faults == []
    assert next(iter(form.faults)) == place
    assert form.fault_at(place.split(".")[0], whole=True)


def test_what_belongs_to_no_field_is_told_without_the_name_of_the_item(casebook):
    form = refused(casebook, "link", LINK | {"probability": ""})

    assert form.faults == {}
    (rule,) = form.other_faults
    assert rule.startswith("must have either a probability, or a direction")
