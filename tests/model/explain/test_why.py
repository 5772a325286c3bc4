"""Why forecasts moved: parts that add up, whatever the order."""

import datetime
import math
from random import Random

import pytest

from deciban.model.explain.why import Moment, ScenarioMove, why_moved
from deciban.model.likelihood.design import design
from deciban.model.plots.move_drawing import draw_move, move_sentence
from deciban.model.posterior.weighing import prior_draws
from deciban.model.posterior.what_if import Basis
from tests.model.builders import (
    DAY,
    NO_OVERLAP,
    casebook_from,
    certain,
    draws_of,
    graded,
    make_casebook,
    make_report,
    make_scenario,
    opposes,
    random_files,
    says,
)

EARLY = datetime.date(2024, 1, 20)


def basis_of(casebook, day=DAY, n=200):
    """Draws from the prior, as if they were a fit's."""
    labels = design(casebook, day).coords()["unknown"]
    z = prior_draws(labels, n).T.reshape(2, n // 2, -1)
    return Basis(draws_of(casebook, z, day), casebook, day)


def moved(before, after, *, recorded=None):
    return why_moved([basis_of(*after)], Moment(*before), Moment(*after), recorded)


def changed(seed):
    """Two casebooks at random: of the second, all that can differ does."""
    files, other = (random_files(Random(seed)) for _ in range(2))
    for one in (files, other):
        for scenario in one["priors"]["scenarios"]:
            scenario |= {"outcome": None, "closes": "2025-06-01"}
        one["priors"]["rivals"] = []
        for report in one["evidence"]["reports"]:
            report["bears_on"] = [b for b in report["bears_on"] if "rivals" not in b]
    other["priors"]["scenarios"][0]["prior"] = {"median": 0.6, "low": 0.3, "high": 0.8}
    other["priors"]["links"] = []
    other["evidence"]["sources"][0]["reliability"] = "E"
    return casebook_from(files), casebook_from(other)


@pytest.mark.parametrize("seed", range(6))
def test_parts_add_up_to_the_change_and_those_of_reports_to_their_part(seed):
    before, after = changed(seed)
    recorded = {s.id: 0.3 for s in before.priors.scenarios}
    found = moved((before, EARLY), (after, DAY), recorded=recorded)

    assert {part.kind for move in found.scenarios for part in move.parts} >= {
        "priors",
        "noise",
    }
    for move in found.scenarios:
        total = sum(part.weight_db for part in move.parts)
        assert total == pytest.approx(move.change_db, abs=0.01)
        for part in move.parts:
            sizes = [size for size in part.reports.values() if size is not None]
            if sizes:
                assert sum(sizes) == pytest.approx(part.weight_db, abs=0.01)


def parts_of(move):
    return {part.kind: part.weight_db for part in move.parts}


def odds_db(probability):
    return 10 * math.log10(probability / (1 - probability))


def test_what_other_rules_did_is_a_part_beside_sampling_noise():
    before, after = changed(1)
    said = {s.id: 0.3 for s in before.priors.scenarios}
    again = {s.id: 0.4 for s in before.priors.scenarios}
    ends = [basis_of(after)], Moment(before, EARLY), Moment(after, DAY)
    found = why_moved(*ends, said, other_rules=True, refitted=again)
    alone = why_moved(*ends, said, other_rules=True)
    same = why_moved(*ends, again)

    for one, other, plain in zip(
        found.scenarios, alone.scenarios, same.scenarios, strict=True
    ):
        parts = parts_of(one)
        assert one.before == 0.3
        assert parts.pop("rules") == pytest.approx(
            odds_db(0.4) - odds_db(0.3), abs=1e-4
        )
        assert parts == pytest.approx(parts_of(plain), abs=2e-4)
        assert sum(parts_of(one).values()) == pytest.approx(one.change_db, abs=0.01)
        assert "noise" not in parts_of(other)
        assert sum(parts_of(other).values()) == pytest.approx(one.change_db, abs=0.01)


def test_a_sign_that_was_seen_is_its_reports_and_one_that_was_not_the_clocks():
    """Had it not been seen, its absence would count from its day on."""
    signs = [
        {
            "id": name,
            "sign": "Trains are loaded",
            "bears_on": {"scenario": "war", "if_true": 0.8, "if_false": 0.2},
            "due": "2024-02-10",
        }
        for name in ("seen", "missed")
    ]
    loaded = make_report(
        "loaded", says(6), credibility=6, indicator="seen", published="2024-02-01"
    )
    casebook = make_casebook(
        [loaded, make_report("aside", says(0.001), published="2024-01-10")],
        scenarios=[make_scenario(prior=certain(0.2), hazard="none")],
        indicators=signs,
        reviewed="2024-03-01",
        scales=graded(B=30.0, C=30.0) | NO_OVERLAP,
    )
    (move,) = moved((casebook, EARLY), (casebook, DAY)).scenarios

    parts = parts_of(move)
    assert parts.keys() == {"added", "clock"}
    # Neither seen, 12 dB against it; what is seen takes one of them away.
    missed = odds_db(0.2 / (0.2 + 0.8))
    assert move.change_db == pytest.approx(6 + missed, abs=0.01)
    assert parts["added"] > 6
    assert parts["clock"] < missed


def test_the_way_back_has_the_same_parts_with_the_other_sign():
    before, after = changed(1)
    basis = [basis_of(after)]
    there = why_moved(basis, Moment(before, EARLY), Moment(after, DAY))
    back = why_moved(basis, Moment(after, DAY), Moment(before, EARLY))

    parts = [
        {
            move.id: {part.kind: part.weight_db for part in move.parts}
            for move in found.scenarios
        }
        for found in (there, back)
    ]
    names = {"added": "retracted", "retracted": "added"}
    for move, own in parts[0].items():
        other = {names.get(kind, kind): -size for kind, size in parts[1][move].items()}
        assert own == pytest.approx(other, abs=2e-3)


def test_reports_share_what_they_moved_as_they_weigh():
    """All is known and nothing overlaps: q tanh(l / 2) of each, and no clock."""
    reports = [
        make_report("one", says(6), credibility=6, published="2024-02-01"),
        make_report(
            "two", opposes(3), source="paper", credibility=6, published="2024-02-02"
        ),
        make_report("copy", repeats="one", source="blog", published="2024-02-03"),
    ]
    casebook = make_casebook(
        reports,
        scenarios=[make_scenario(prior=certain(0.2), hazard="none")],
        scales=graded(B=30.0, C=30.0) | NO_OVERLAP,
    )
    found = moved((casebook, EARLY), (casebook, DAY))

    (move,) = found.scenarios
    added = {part.kind: part for part in move.parts}["added"]
    assert added.reports == pytest.approx({"one": 6.0, "two": -3.0}, abs=0.01)
    assert move.change_db == pytest.approx(3.0, abs=0.01)
    assert move.before == pytest.approx(0.2, abs=1e-4)
    assert move_sentence(move, casebook) == (
        "Does it happen? From 20 % to 33 % (+3.0 dB): reports that came +3.0 dB, "
        "most of all by “It is under way” (+6.0 dB)."
    )
    drawing = draw_move(move, casebook)
    assert [row[1] for row in drawing.table.rows] == ["20 %", "+6.0", "-3.0", "33 %"]


def test_a_scenario_that_was_settled_meanwhile_has_no_parts():
    open_, ended = (
        make_casebook(scenarios=[make_scenario(outcome=outcome)])
        for outcome in (None, {"occurred": True, "on": "2024-02-01"})
    )
    found = moved((open_, EARLY), (ended, DAY))

    (move,) = found.scenarios
    assert (move.after, move.change_db, move.parts) == (1.0, None, [])
    assert draw_move(move, ended) is None


def test_time_alone_is_the_clock():
    scenario = make_scenario(hazard="constant")
    casebook = make_casebook(scenarios=[scenario], reviewed="2024-03-01")
    found = moved((casebook, EARLY), (casebook, DAY))

    (move,) = found.scenarios
    assert [part.kind for part in move.parts] == ["clock"]
    assert move.parts[0].weight_db < -0.1


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (0.3, 1.0, "From 30 % to 100 %: it was settled."),
        (1.0, 1.0, "It stayed at 100 %, settled."),
        (0.0, 1.0, "From 0 % to 100 %: its outcome was corrected."),
        (0.0, 0.3, "From 0 % to 30 %: its outcome was taken back."),
    ],
)
def test_a_sentence_says_what_became_of_an_outcome(before, after, told):
    move = ScenarioMove(id="war", before=before, after=after, change_db=None, parts=[])
    scenario = make_scenario()
    sentence = move_sentence(move, make_casebook(scenarios=[scenario]))

    assert sentence == f"{scenario['question']} {told}"
