"""What is heard anew, and that it is what would be heard from the beginning."""

from random import Random

import numpy as np
import pytest

from deciban.model.likelihood.design import design
from deciban.model.likelihood.unknowns import unknowns
from deciban.model.posterior.evidence_cache import hear
from deciban.model.posterior.summaries import columns
from deciban.model.sampling.draws import Draws
from tests.model.builders import (
    DAY,
    draws_of,
    make_argument,
    make_casebook,
    make_report,
    make_scenario,
    random_casebook,
    says,
)


def heard(casebook, draws, known=None, day=DAY):
    laid_out = design(casebook, day)
    x = unknowns(columns(draws, laid_out), laid_out.arrays)
    return hear(x, laid_out, known)


@pytest.mark.parametrize("seed", range(20))
def test_what_was_heard_in_another_casebook_changes_nothing(seed):
    """Two casebooks at random share some ids, and little of what stands behind them."""
    rng = Random(seed)
    one, other = random_casebook(rng), random_casebook(rng)
    draws = draws_of(one)
    known = heard(one, draws)

    anew, at_first = heard(other, draws, known), heard(other, draws)
    assert anew.evidence.keys() == at_first.evidence.keys()
    for target, evidence in at_first.evidence.items():
        np.testing.assert_array_equal(anew.evidence[target], evidence)


@pytest.fixture
def reports():
    return [
        make_report("a", says("moderate")),
        make_report("b", says("weak", argument="able"), source="paper"),
        make_report("c", says(3, scenario="rain"), source="blog", credibility=6),
    ]


def casebook_of(reports, **changes):
    reasons = {"arguments": [make_argument("able", says(5, scenario="rain"))]}
    scenarios = [make_scenario("war"), make_scenario("rain")]
    return make_casebook(reports, scenarios=scenarios, **reasons | changes)


@pytest.mark.parametrize(
    ("changes", "anew"),
    [
        ({}, set()),
        ({"sources": {"radio": "A", "paper": "C", "blog": "D"}}, {"scenario war"}),
        ({"sources": {"radio": "B", "paper": "C", "blog": "A"}}, {"scenario rain"}),
        (
            {"scales": {"strength": {"weak": {"decibans": 2}}}},
            {"argument able", "scenario war", "scenario rain"},
        ),
        (
            {"scales": {"calibration_log_sd": 0.1}},
            {"scenario war", "argument able", "scenario rain"},
        ),
        (
            {"half_life_days": 30},
            {"scenario war", "scenario rain", "argument able"},
        ),
        (
            {"scales": {"credibility": {2: {"location": 0, "sd": 1}}}},
            {"scenario war", "argument able", "scenario rain"},
        ),
    ],
    ids=["nothing", "A", "A of another", "word", "calibration", "age", "digit"],
)
def test_only_what_differs_is_heard_anew(reports, changes, anew):
    draws = draws_of(casebook_of(reports))
    known = heard(casebook_of(reports), draws)

    then = heard(casebook_of(reports, **changes), draws, known)
    assert anew == {
        f"{kind} {name}"
        for (kind, name), evidence in then.evidence.items()
        if evidence is not known.evidence[kind, name]
    }


def test_an_argument_that_says_something_else_is_heard_anew(reports):
    draws = draws_of(casebook_of(reports))
    known = heard(casebook_of(reports), draws)

    other = casebook_of(
        reports, arguments=[make_argument("able", says(9, scenario="rain"))]
    )
    then = heard(other, draws, known)
    assert then.evidence["scenario", "rain"] is not known.evidence["scenario", "rain"]
    assert then.evidence["argument", "able"] is known.evidence["argument", "able"]


def test_a_relay_more_is_heard_on_what_the_report_bears_on(reports):
    reports[0] |= {"origin": "blog"}
    draws = draws_of(casebook_of(reports))
    known = heard(casebook_of(reports), draws)

    relayed = [*reports, make_report("d", repeats="a", source="paper", origin="blog")]
    then = heard(casebook_of(relayed), draws, known)
    assert then.evidence["scenario", "war"] is not known.evidence["scenario", "war"]
    assert then.evidence["scenario", "rain"] is known.evidence["scenario", "rain"]


def test_blocks_of_draws_are_heard_as_the_whole(reports, monkeypatch):
    casebook = casebook_of(reports)
    draws = draws_of(casebook)
    whole = heard(casebook, draws)
    monkeypatch.setattr("deciban.model.posterior.evidence_cache._BLOCK", 4)

    for target, evidence in heard(casebook, draws).evidence.items():
        np.testing.assert_allclose(evidence, whole.evidence[target], rtol=1e-13)


def test_draws_go_to_the_places_of_their_labels(reports):
    casebook = casebook_of(reports)
    draws = draws_of(casebook)
    order = np.random.default_rng(1).permutation(len(draws.labels))
    shuffled = Draws(
        draws.z[..., order],
        tuple(draws.labels[i] for i in order),
        draws.stats,
        draws.digest,
        draws.seed,
    )

    laid_out = design(casebook, DAY)
    np.testing.assert_array_equal(columns(shuffled, laid_out), columns(draws, laid_out))
