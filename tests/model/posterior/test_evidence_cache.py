"""What is heard anew, and that it is what would be heard from the beginning."""

from random import Random

import numpy as np
import pytest

from deciban.model.likelihood import formula
from deciban.model.likelihood.design import design
from deciban.model.likelihood.unknowns import unknowns
from deciban.model.posterior import evidence_cache
from deciban.model.posterior.evidence_cache import hear
from deciban.model.posterior.summaries import columns
from deciban.model.sampling.draws import Draws
from tests.model.builders import (
    DAY,
    casebook_from,
    draws_of,
    make_argument,
    make_casebook,
    make_report,
    make_scenario,
    random_casebook,
    random_files,
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


@pytest.mark.parametrize("seed", range(20))
def test_what_some_camps_have_said_before_changes_nothing(seed):
    rng = Random(seed)
    files = random_files(rng)
    reports = files["evidence"]["reports"]
    repeated = {report.get("repeats") for report in reports}
    whole = casebook_from(files)
    draws = draws_of(whole)
    files["evidence"]["reports"] = [
        report for report in reports if report["id"] in repeated or rng.random() < 0.8
    ]
    known = heard(casebook_from(files), draws)

    anew, at_first = heard(whole, draws, known), heard(whole, draws)
    for target, said in at_first.evidence.items():
        np.testing.assert_array_equal(anew.evidence[target], said)


def test_only_a_camp_that_says_something_else_is_weighed_anew(reports, monkeypatch):
    """Those that are not, it need not even look at."""
    reports.append(make_report("d", says("weak"), source="blog"))
    draws = draws_of(casebook_of(reports))
    known = heard(casebook_of(reports), draws)
    weighed = []

    def camp_weights(x, arrays, ops):
        weighed.extend(arrays.account.source)
        return formula.camp_weights(x, arrays, ops)

    monkeypatch.setattr(evidence_cache, "camp_weights", camp_weights)
    more = [*reports, make_report("e", says("strong"), source="blog")]
    casebook = casebook_of(more)
    heard(casebook, draws, known)
    assert [design(casebook, DAY).sources[i] for i in weighed] == ["blog"]


@pytest.mark.parametrize("most", [0, 1, 2])
def test_what_no_longer_fits_is_weighed_again(reports, monkeypatch, most):
    draws = draws_of(casebook_of(reports))
    n_draws = draws.z.shape[0] * draws.z.shape[1]
    monkeypatch.setattr(evidence_cache, "_MOST_KEPT", 2 * n_draws * most)
    known = heard(casebook_of(reports), draws)
    more = casebook_of([*reports, make_report("e", says("strong"), source="blog")])

    anew, at_first = heard(more, draws, known), heard(more, draws)
    assert len(anew.camps) == most
    for target, said in at_first.evidence.items():
        np.testing.assert_array_equal(anew.evidence[target], said)


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
