"""Tests of model/scores/post_mortem.py."""

import math

import numpy as np
import pytest
from scipy.special import expit

from deciban.model.likelihood.design import design
from deciban.model.posterior.weighing import prior_draws
from deciban.model.posterior.what_if import Basis
from deciban.model.scores.post_mortem import post_mortem
from tests.model.builders import (
    DAY,
    draws_of,
    make_argument,
    make_casebook,
    make_report,
    make_scenario,
    opposes,
    says,
)

CASEBOOK = make_casebook(
    [
        make_report("for", says("strong"), published="2024-02-01", claim="It is so"),
        make_report("again", source="blog", repeats="for", published="2024-02-02"),
        make_report("against", opposes("weak"), source="paper", claim="It is not"),
        make_report("reasoned", says("moderate", argument="able"), source="blog"),
        make_report("aside", says("strong", scenario="peace"), source="paper"),
    ],
    scenarios=[make_scenario("war"), make_scenario("peace")],
    arguments=[make_argument("able", says("moderate"))],
)


@pytest.fixture(scope="module")
def basis():
    """Draws of the prior: nearly those of a fit of so little evidence."""
    labels = design(CASEBOOK, DAY).coords()["unknown"]
    z = prior_draws(labels, 2000).T.reshape(4, 500, -1)
    return Basis(draws_of(CASEBOOK, z, DAY), CASEBOOK, DAY)


def of(basis, outcome):
    made = post_mortem(basis, CASEBOOK, "war", DAY, outcome)
    return made, {(part.kind, part.id): part for part in made.parts}


def test_what_spoke_for_what_came_helped_and_what_spoke_against_it_misled(basis):
    _, yes = of(basis, outcome=True)
    _, no = of(basis, outcome=False)

    assert yes["report", "for"].helped > yes["report", "reasoned"].helped > 0
    assert yes["report", "against"].helped < 0
    assert no["report", "for"].helped < 0 < no["report", "against"].helped
    assert yes["argument", "able"].helped > 0


def test_a_part_is_worth_what_the_log_score_would_be_without_it(basis):
    made, parts = of(basis, outcome=True)
    part = parts["report", "for"]

    assert made.log == pytest.approx(-math.log(made.forecast))
    assert part.helped == pytest.approx(-math.log(part.without) - made.log)


def test_reports_are_left_out_with_their_repeats_and_by_origin_grade_and_word(basis):
    _, parts = of(basis, outcome=True)

    # Radio said one claim alone, and is the one source of its grade.
    assert parts["origin", "radio"] == parts["report", "for"].model_copy(
        update={"kind": "origin", "id": "radio", "title": "radio"}
    )
    assert parts["grade", "B"].helped == parts["report", "for"].helped
    assert parts["word", "strong"].helped == parts["report", "for"].helped
    assert ("report", "again") not in parts
    assert ("report", "aside") not in parts


def test_three_sentences_say_what_came_what_helped_and_what_misled(basis):
    made, _ = of(basis, outcome=True)
    first, second, third = made.sentences

    assert first.startswith("On 29 Jun 2024 we said ")
    assert "; it happened. All evidence together helped by " in first
    assert second.startswith("What helped most is the report “It is so”, by ")
    assert third.startswith("What misled most is the report “It is not”, by ")
    assert "; we held its source right with 80 % before any report, " in second
    assert second.endswith(" once this came.")


def odds_db(probability):
    return 10 * math.log10(probability / (1 - probability))


def test_the_steps_lead_from_the_prior_as_written_to_what_was_forecast(basis):
    made, _ = of(basis, outcome=True)

    way = odds_db(made.written_mean) + sum(step.weight_db for step in made.steps)
    assert way == pytest.approx(odds_db(made.forecast), abs=0.05)
    assert {(step.kind, step.id) for step in made.steps} >= {
        ("report", "for"),
        ("report", "against"),
        ("argument", "able"),
    }


def test_what_was_learned_of_each_stands_beside_it(basis):
    _, yes = of(basis, outcome=True)
    _, no = of(basis, outcome=False)

    source, word = yes["origin", "radio"].learned, yes["word", "strong"].learned
    # Of the letter B: 1.523, with a spread of .65 and one of .3 in its shift.
    z, weight = np.polynomial.hermite_e.hermegauss(40)
    mean = weight @ expit(1.523 + math.hypot(0.65, 0.3) * z) / weight.sum()
    assert source.prior == pytest.approx(mean, abs=1e-3)
    # A lognormal's mean: of 12 dB, with spreads of .2 and of .3 in the calibration.
    assert word.prior == pytest.approx(12 * math.exp((0.04 + 0.09) / 2), rel=0.01)
    argument = yes["argument", "able"].learned
    assert argument.prior == 0.5 < argument.then
    assert yes["report", "for"].learned == source
    # Who was right is believed more, and his words weigh more; who was not, less.
    assert source.after > source.then > no["origin", "radio"].learned.after
    assert word.after > no["word", "strong"].learned.after
    against = [part["origin", "paper"].learned for part in (yes, no)]
    assert against[0].after < against[0].then < against[1].after
    assert source.told[0] == "80 %"
    assert word.told[0] == "12.8 dB"
