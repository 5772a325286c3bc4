"""Changes of a casebook: they add up, and what they break is told."""

from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from deciban.model.casebook.casebook import Casebook
from deciban.model.casebook.changes import (
    Change,
    ChangeError,
    changed,
    changes_between,
    link_key,
)
from tests.model.builders import (
    casebook_from,
    graded,
    make_argument,
    make_casebook,
    make_report,
    make_scenario,
    random_casebook,
    says,
)

casebooks = st.builds(random_casebook, st.randoms(use_true_random=False))


def put(kind, key, **body):
    return Change(kind=kind, key=key, body=body)


def take_out(kind, key):
    return Change(kind=kind, key=key)


@pytest.fixture
def casebook():
    return make_casebook(
        [
            make_report("a", says("moderate")),
            make_report("b", repeats="a", source="paper"),
            make_report("c", says("weak", argument="able"), source="blog"),
        ],
        scenarios=[make_scenario("war"), make_scenario("peace")],
        arguments=[make_argument("able", says(5, scenario="peace"))],
        links=[{"if": "war", "then": "peace", "probability": 0.05}],
        scales=graded(B=1.0),
    )


def refused(casebook, *changes):
    """What is wrong with changes, as (change, item, place, rule)."""
    with pytest.raises(ChangeError) as caught:
        changed(casebook, changes)
    assert len(str(caught.value).splitlines()) == len(caught.value.broken)
    return [(p.change, p.item, p.place, p.rule) for p in caught.value.broken]


# They add up


@given(casebooks)
def test_all_changes_from_nothing_make_the_casebook(casebook):
    assert changed(None, changes_between(None, casebook)) == casebook


@given(casebooks, casebooks)
def test_the_changes_between_two_casebooks_lead_from_one_to_the_other(one, other):
    """But for the order of items, on which no number depends."""
    made = changed(one, changes_between(one, other))

    assert made.ordered() == other.ordered()


@given(casebooks)
def test_nothing_has_changed_between_a_casebook_and_itself(casebook):
    assert changes_between(casebook, casebook) == []


@given(casebooks, casebooks)
def test_changes_survive_being_written_as_json(one, other):
    changes = changes_between(one, other)
    kept = [Change.model_validate_json(c.model_dump_json()) for c in changes]

    assert kept == changes
    assert changed(one, kept) == changed(one, changes)


def test_each_item_that_differs_is_one_change(casebook):
    files = casebook.model_dump(by_alias=True)
    files["priors"]["title"] = "Another"
    files["priors"]["links"] = ()
    files["priors"]["scenarios"][0]["outcome"] = {"occurred": True, "on": "2024-06-01"}
    files["evidence"]["sources"][1]["reliability"] = "A"
    files["evidence"]["reports"] = files["evidence"]["reports"][:2]

    changes = changes_between(casebook, casebook_from(files))
    assert [(c.kind, c.key, c.body is None) for c in changes] == [
        ("case", "test-case", False),
        ("outcome", "war", False),
        ("source", "paper", False),
        ("report", "c", True),
        ("link", "war--peace", True),
    ]


def test_a_body_has_what_its_file_would_have_and_no_defaults(casebook):
    by_item = {(c.kind, c.key): c.written for c in changes_between(None, casebook)}

    assert by_item["link", "war--peace"] == {
        "if": "war",
        "then": "peace",
        "probability": 0.05,
    }
    assert by_item["report", "b"] == {
        "id": "b",
        "claim": "It is under way",
        "source": "paper",
        "repeats": "a",
        "credibility": 2,
        "published": "2024-05-01",
    }
    # Of the scales, what departs from the defaults.
    assert by_item["case", "test-case"] == {
        "case": "test-case",
        "title": "A test",
        "scales": {"reliability": {"B": {"location": 1.0, "sd": 0.0}}},
    }


def test_a_changed_item_keeps_its_place_and_a_new_one_comes_last(casebook):
    after = changed(
        casebook,
        [
            put("report", "a", **make_report("a", says("strong"))),
            put("report", "d", **make_report("d", says("weak"))),
        ],
    )

    assert [r.id for r in after.evidence.reports] == ["a", "b", "c", "d"]
    assert after.evidence.reports[0].bears_on[0].strength == "strong"
    assert casebook.evidence.reports[0].bears_on[0].strength == "moderate"


def test_rules_between_items_need_hold_at_the_end_only(casebook):
    """The report comes before its source, and what is repeated after its repeat."""
    after = changed(
        casebook,
        [
            put("report", "e", **make_report("e", repeats="d", source="new")),
            put("report", "d", **make_report("d", says(), source="new")),
            put("source", "new", id="new", name="New", reliability="C"),
        ],
    )

    assert len(after.evidence.reports) == 5


def test_the_key_of_a_link_names_both_ends():
    assert link_key("a-b", "c") == "a-b--c"


# Outcomes


def test_an_outcome_is_put_and_taken_back_apart_from_its_scenario(casebook):
    settled = changed(casebook, [put("outcome", "war", occurred=True, on="2024-06-01")])
    assert settled.scenario("war").outcome.occurred is True

    # A scenario that is written again keeps its outcome.
    again = changed(settled, [put("scenario", "war", **make_scenario("war"))])
    assert again == settled
    assert changed(settled, [take_out("outcome", "war")]) == casebook


def test_an_outcome_must_not_come_with_its_scenario(casebook):
    outcome = {"occurred": True, "on": "2024-06-01"}
    body = make_scenario("war", outcome=outcome)

    assert refused(casebook, put("scenario", "war", **body)) == [
        (
            0,
            "scenario war",
            ("outcome",),
            "must be a change of its own, of kind outcome",
        )
    ]


def test_an_outcome_must_be_of_a_scenario(casebook):
    assert refused(
        casebook, put("outcome", "flood", occurred=True, on="2024-06-01")
    ) == [(0, "outcome flood", (), "must be that of one of the scenarios")]


def test_an_outcome_must_lie_in_the_window(casebook):
    ((number, item, _, rule),) = refused(
        casebook, put("outcome", "war", occurred=True, on="2025-06-01")
    )

    assert (number, item) == (0, "outcome war")
    assert rule == ("must have an outcome within the window 2024-01-01 to 2024-12-26")


def test_a_window_must_keep_the_outcome_that_is_there(casebook):
    """Then it is the scenario that is wrong."""
    settled = changed(casebook, [put("outcome", "war", occurred=True, on="2024-06-01")])
    body = make_scenario("war", closes="2024-05-01")

    ((number, item, _, rule),) = refused(settled, put("scenario", "war", **body))
    assert (number, item) == (0, "scenario war")
    assert rule.startswith("must have an outcome within the window")


def test_an_outcome_goes_with_its_scenario():
    settled = make_casebook(
        scenarios=[
            make_scenario("war", outcome={"occurred": True, "on": "2024-06-01"}),
            make_scenario("peace"),
        ]
    )

    after = changed(settled, [take_out("scenario", "war")])
    assert [s.id for s in after.priors.scenarios] == ["peace"]


# What is refused


@pytest.mark.parametrize(
    ("change", "place", "rule"),
    [
        (
            put("report", "d", **make_report("d", says(), credibility=7)),
            ("credibility",),
            "must be one of 1, 2, 3, 4, 5, 6",
        ),
        (
            put("report", "d", **make_report("d", {"scenario": "war"})),
            ("bears_on", 0),
            "must have exactly one of strength, decibans, likelihoods",
        ),
        (
            put("report", "d", **make_report("other", says())),
            ("id",),
            "must be 'd'",
        ),
        (
            put("report", "d", **make_report("d", says(), source="nobody")),
            ("source",),
            "must be one of the sources",
        ),
        (
            put("report", "d", **make_report("d", says(scenario="flood"))),
            ("bears_on", 0, "scenario"),
            "must be one of the scenarios",
        ),
        (
            put("report", "d", **make_report("d", repeats="nothing")),
            ("repeats",),
            "must be the id of a report",
        ),
        (
            put("report", "d", **make_report("d", repeats="d")),
            ("repeats",),
            "must not lead back to the report itself",
        ),
        (
            put("source", "paper", id="paper", name="Paper", reliability="G"),
            ("reliability",),
            "must be one of 'A', 'B', 'C', 'D', 'E', 'F'",
        ),
        (
            put(
                "link", "war--peace", **{"if": "peace", "then": "war"}, probability=0.1
            ),
            ("if",),
            "must be 'war--peace'",
        ),
        (
            put("argument", "able", id="able", statement=""),
            ("statement",),
            "must not be empty",
        ),
        (
            put("scenario", "war", **make_scenario("war", closes="2023-01-01")),
            (),
            "must have opens before closes",
        ),
        (
            put(
                "case", "test-case", case="test-case", title="A test", half_life_days=0
            ),
            ("half_life_days",),
            "must be greater than 0",
        ),
        (
            put("case", "test-case", case="another", title="A test"),
            ("case",),
            "must be 'test-case'",
        ),
        (take_out("report", "z"), (), "must be there to be taken out"),
        (take_out("outcome", "war"), (), "must be there to be taken out"),
        (take_out("case", "test-case"), (), "must not be taken out of its case"),
    ],
    ids=lambda value: str(value)[:40] if isinstance(value, str) else None,
)
def test_what_a_change_breaks_is_told_at_its_place(casebook, change, place, rule):
    assert refused(casebook, change) == [
        (0, f"{change.kind} {change.key}", place, rule)
    ]


def test_a_link_that_closes_a_cycle_is_told_with_those_that_were_there(casebook):
    back = put("link", "peace--war", **{"if": "peace", "then": "war"}, probability=0.1)
    rule = "must not close a cycle of links, peace -> war -> peace"

    assert refused(casebook, back) == [
        (None, "link war--peace", (), rule),
        (0, "link peace--war", (), rule),
    ]


def test_what_must_not_be_there_is_told_with_what_may(casebook):
    ((_, _, place, rule),) = refused(
        casebook,
        put("source", "x", id="x", name="X", reliability="A", colour="red"),
    )

    assert place == ("colour",)
    assert rule == (
        "must not be here; known keys are id, name, reliability, "
        "camp, interest, deceives, because"
    )


def test_every_problem_is_told_at_once(casebook):
    told = refused(
        casebook,
        put("report", "d", **make_report("d", says(), source="nobody")),
        put("report", "e", **make_report("e", says(scenario="flood"))),
        take_out("argument", "able"),
    )

    assert told == [
        (0, "report d", ("source",), "must be one of the sources"),
        (
            None,
            "report c",
            ("bears_on", 0, "argument"),
            "must be one of the arguments",
        ),
        (1, "report e", ("bears_on", 0, "scenario"), "must be one of the scenarios"),
    ]


def test_every_item_that_cannot_be_read_is_told_at_once(casebook):
    told = refused(
        casebook,
        put("source", "x", id="x", name="X"),
        put("report", "d", id="d"),
        take_out("report", "z"),
    )

    assert {number for number, *_ in told} == {0, 1, 2}
    assert (0, "source x", ("reliability",), "must be here") in told


@pytest.mark.parametrize(
    ("taken", "left"),
    [
        (("source", "radio"), {("report a", ("source",))}),
        (("report", "a"), {("report b", ("repeats",))}),
        (("argument", "able"), {("report c", ("bears_on", 0, "argument"))}),
        (
            ("scenario", "peace"),
            {
                ("argument able", ("bears_on", 0, "scenario")),
                ("link war--peace", ("then",)),
            },
        ),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_what_others_need_is_not_taken_out_from_under_them(casebook, taken, left):
    """They were written before: no change of these wrote what is wrong now."""
    told = refused(casebook, take_out(*taken))

    assert {(item, place) for _, item, place, _ in told} == left
    assert all(number is None for number, *_ in told)


def test_what_others_need_is_taken_out_together_with_them(casebook):
    after = changed(
        casebook,
        [
            take_out("source", "radio"),
            take_out("report", "a"),
            take_out("report", "b"),
        ],
    )

    assert [r.id for r in after.evidence.reports] == ["c"]


def test_the_last_scenario_is_not_taken_out():
    ((number, item, place, rule),) = refused(
        make_casebook(), take_out("scenario", "war")
    )

    assert rule == "must hold at least one scenario"
    assert (number, item, place) == (None, "case test-case", ("scenarios",))


def test_a_set_too_large_is_told_at_the_case():
    names = [f"s{i:02}" for i in range(13)]
    chain = [{"if": a, "then": b, "probability": 0.3} for a, b in pairwise(names[:12])]
    casebook = make_casebook(
        scenarios=[make_scenario(name) for name in names], links=chain
    )
    link = {"if": "s11", "then": "s12", "probability": 0.21}

    ((_, item, _, rule),) = refused(casebook, put("link", "s11--s12", **link))
    assert item == "case test-case"
    assert "must link at most 12 scenarios into one set" in rule
    assert "s11 -> s12" in rule


def test_a_casebook_begins_with_its_case():
    told = refused(None, put("scenario", "war", **make_scenario("war")))

    assert told == [(None, "case", (), "must begin with its case")]


def test_a_change_is_of_a_known_kind_and_has_a_key():
    for kind, key in (("rumour", "a"), ("report", "")):
        with pytest.raises(ValidationError):
            Change.model_validate({"kind": kind, "key": key, "body": {}})


def test_a_problem_is_told_as_one_line(casebook):
    with pytest.raises(ChangeError) as caught:
        changed(casebook, [put("report", "d", **make_report("d", says(), source="x"))])

    assert str(caught.value) == (
        "report d: source: must be one of the sources, got 'x'"
    )


def made_of(before, changes):
    """Make a casebook, or else tell what is wrong."""
    try:
        return changed(before, changes)
    except ChangeError as error:
        return error.broken


def test_changes_do_as_they_would_from_the_beginning():
    """Whatever of two casebooks is put together: what is kept need not be read again.

    From the beginning every item is a change, so each rule is looked at.
    """
    made = refusals = 0
    for seed in range(150):
        rng = Random(seed)
        one, other = random_casebook(rng), random_casebook(rng)
        changes = changes_between(one, other)
        some = rng.sample(changes, rng.randint(0, len(changes)))
        first = changes_between(None, one)
        after, anew = made_of(one, some), made_of(None, [*first, *some])

        if isinstance(anew, Casebook):
            assert after == anew
            made += 1
        else:
            numbers = [*[None] * len(first), *range(len(some)), None]
            assert after == [
                problem._replace(
                    change=numbers[-1 if problem.change is None else problem.change]
                )
                for problem in anew
            ]
            refusals += 1
    assert min(made, refusals) > 10


@pytest.mark.parametrize(
    "changes",
    [
        [take_out("report", "c")],
        [put("source", "blog", id="blog", name="Blog", reliability="A")],
        [put("scenario", "rain", **make_scenario("rain"))],
        [take_out("link", "war--peace"), take_out("report", "c")],
    ],
    ids=["a report", "a source", "a scenario", "of both files"],
)
def test_a_file_that_nothing_changes_stays_what_it_was(casebook, changes):
    after = changed(casebook, changes)

    for file, kinds in (
        ("priors", {"case", "scenario", "outcome", "argument", "link"}),
        ("evidence", {"source", "report"}),
    ):
        same = not kinds & {change.kind for change in changes}
        assert (getattr(after, file) is getattr(casebook, file)) == same


def test_what_was_asked_is_what_is_made(casebook):
    """So what is known of the one is known of the other."""
    body = make_report("d", says())
    asked = changed(casebook, [put("report", "d", **body)])

    assert changed(casebook, [put("report", "d", **body)]) is asked
    assert changed(casebook, [put("report", "d", **body | {"claim": "no"})]) != asked
    same_elsewhere = Casebook(priors=casebook.priors, evidence=casebook.evidence)
    assert changed(same_elsewhere, [put("report", "d", **body)]) is not asked
    assert changed(casebook, []) is casebook


SOURCES, ARGUMENTS, SCENARIOS = ("kcna", "tass"), ("need", "greed"), ("war", "peace")
REPORTS = ("one", "two", "three", "four")


def some_change(rng, scenario):
    """Put an item in or take it out, whether that can be done or not."""
    kind = rng.choice(["source", "argument", "scenario"] + ["report"] * 6)
    keys = {"source": SOURCES, "argument": ARGUMENTS, "scenario": SCENARIOS}
    key = rng.choice(keys.get(kind, REPORTS))
    if rng.random() < 0.2:
        return take_out(kind, key)
    if kind == "report":
        return put(kind, key, **some_report(rng, key))
    written = {
        "source": {"name": key, "reliability": rng.choice("ABC")},
        "argument": {"statement": key},
        "scenario": scenario,
    }
    return put(kind, key, **written[kind] | {"id": key})


def some_report(rng, key):
    body = {
        "id": key,
        "claim": "War comes",
        "source": rng.choice(SOURCES),
        "origin": rng.choice([None, *SOURCES]),
        "credibility": 3,
        "published": f"2022-09-0{rng.randint(1, 3)}",
    }
    if rng.random() < 0.6:
        return body | {"repeats": rng.choice(REPORTS)}
    target = rng.choice(("argument", "scenario"))
    name = rng.choice(ARGUMENTS if target == "argument" else SCENARIOS)
    bearing = {target: name, "direction": "supports", "strength": "weak"}
    return body | {"bears_on": [bearing]}


def test_a_step_is_taken_or_refused_as_from_the_beginning():
    """Only what a step can break is looked at: nothing that it breaks is missed."""
    rng = Random(20250601)
    scenario = make_scenario("war")
    book = make_casebook(scenarios=[scenario])
    taken, rules = 0, set()

    for _ in range(1500):
        step = [some_change(rng, scenario) for _ in range(rng.choice([1, 1, 1, 2, 4]))]
        near = made_of(book, step)
        whole = made_of(None, [*changes_between(None, book), *step])
        if isinstance(whole, Casebook):
            assert near == whole
            assert (
                near.index == Casebook(priors=near.priors, evidence=near.evidence).index
            )
            book = near
            taken += 1
        else:
            told = [
                sorted(str(problem.told()) for problem in broken)
                for broken in (near, whole)
            ]
            assert told[0] == told[1]
            rules |= {problem.rule for problem in near}

    # Nothing of it would be worth much if all were taken, or none.
    assert taken > 300
    assert {
        "must be one of the sources",
        "must be one of the arguments",
        "must be one of the scenarios",
        "must be the id of a report",
        "must not lead back to the report itself",
        "must be a report that was not published later than this",
    } <= rules
