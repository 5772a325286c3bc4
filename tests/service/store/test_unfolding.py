"""Each step of a history is held to the rules of the whole casebook."""

import random
from typing import Any

import pytest

from deciban.model.casebook.casebook import Casebook
from deciban.model.casebook.changes import Change, ChangeError, changed, changes_between
from deciban.service.store.unfolding import Unfolding
from tests.model.builders import make_casebook, make_report, says

SOURCES, ARGUMENTS, SCENARIOS = ("kcna", "tass"), ("need", "greed"), ("war", "peace")
REPORTS = ("one", "two", "three", "four")


def some_change(rng: random.Random, war: Casebook) -> Change:
    """Put an item in or take it out, whether that can be done or not."""
    kind: Any = rng.choice(["source", "argument", "scenario"] + ["report"] * 6)
    keys = {"source": SOURCES, "argument": ARGUMENTS, "scenario": SCENARIOS}
    key = rng.choice(keys.get(kind, REPORTS))
    if rng.random() < 0.2:
        return Change(kind=kind, key=key)
    if kind == "report":
        return Change(kind=kind, key=key, body=some_report(rng, key))
    written = {
        "source": {"name": key, "reliability": rng.choice("ABC")},
        "argument": {"statement": key},
        "scenario": changes_between(None, war)[1].body,
    }
    return Change(kind=kind, key=key, body=written[kind] | {"id": key})


def some_report(rng: random.Random, key: str) -> dict[str, Any]:
    body: dict[str, Any] = {
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


def test_a_step_is_taken_or_refused_as_on_the_whole_casebook(war):
    rng = random.Random(20250601)
    unfolding, book = Unfolding(), changed(None, changes_between(None, war))
    unfolding.take(changes_between(None, war))
    taken, rules = 0, set()

    for _ in range(1500):
        step = [some_change(rng, war) for _ in range(rng.choice([1, 1, 1, 2, 4]))]
        refused: dict[str, Any] = {"whole": None, "near": None}
        try:
            book = changed(book, step)
            taken += 1
        except ChangeError as error:
            refused["whole"] = sorted(map(str, error.problems))
            rules |= {problem.rule for problem in error.problems}
        try:
            unfolding.take(step)
        except ChangeError as error:
            refused["near"] = sorted(map(str, error.problems))
        assert refused["near"] == refused["whole"]

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


def test_what_a_step_breaks_is_told_in_the_order_of_ids():
    names = [f"report-{n}" for n in range(9)]
    book = make_casebook([make_report(name, says()) for name in names])
    unfolding = Unfolding()
    unfolding.take(changes_between(None, book))

    with pytest.raises(ChangeError) as refused:
        unfolding.take([Change(kind="source", key="radio")])

    told = [problem.item for problem in refused.value.broken]
    assert told == [f"report {name}" for name in names]
