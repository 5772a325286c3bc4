"""Draws read under another casebook, against integrals for that one."""

import copy
import datetime
from random import Random

import numpy as np
import pytest

from deciban.model.casebook.affected import touched_scenarios
from deciban.model.casebook.changes import Change, changed
from deciban.model.errors import ModelError
from deciban.model.likelihood.design import design
from deciban.model.likelihood.formula import weigh
from deciban.model.posterior.statistics import summarise
from deciban.model.posterior.summaries import summary_of
from deciban.model.posterior.what_if import Basis, _weights, prior_summary
from deciban.model.sampling.checks import smoothed_weights
from deciban.model.sampling.draws import SAMPLE_STATS, Draws
from deciban.model.sampling.simulate import Size, simulate
from tests.model.builders import (
    DAY,
    casebook_from,
    draws_of,
    make_argument,
    make_casebook,
    make_report,
    make_scenario,
    opposes,
    random_day,
    random_files,
    says,
    tree_of,
)
from tests.model.integrals import Integrals

pytestmark = pytest.mark.slow

LATER = datetime.date(2024, 9, 9)


def sampled(casebook, day=DAY, n=4000, seed=5):
    """Draw z from the posterior by rejection: exact, and independent of each other."""
    laid_out = design(casebook, day)
    rng = np.random.default_rng(seed)
    kept = np.empty((0, laid_out.layout.size))
    highest = -np.inf
    while len(kept) < n:
        z = rng.standard_normal((100_000, laid_out.layout.size))
        log_likelihood = weigh(z.T, laid_out.arrays).log_likelihood
        # The first batch finds how high the likelihood is, to a hair.
        highest = max(highest, log_likelihood.max())
        chance = np.exp(log_likelihood - highest)
        kept = np.concatenate([kept, z[rng.random(len(z)) < chance]])
    stats = {name: np.zeros((4, n // 4)) for name in SAMPLE_STATS}
    labels = tuple(laid_out.coords()["unknown"])
    return Draws(kept[:n].reshape(4, n // 4, -1), labels, stats, "0" * 64, 1)


def by_id(reading):
    return {scenario.id: scenario for scenario in reading.summary.scenarios}


def effective_draws(reading):
    """As many draws with equal weights would say as much."""
    return 1 / np.square(reading.weights).sum()


# Changes of a casebook's files, each of another kind


def drop_a_report(files, rng):
    reports = files["evidence"]["reports"]
    repeated = {report.get("repeats") for report in reports}
    free = [report for report in reports if report["id"] not in repeated]
    reports.remove(rng.choice(free))


def post_a_report_of_a_new_source(files, rng):
    name = rng.choice(files["priors"]["scenarios"])["id"]
    files["evidence"]["sources"].insert(
        0, {"id": "a-new-one", "name": "New", "reliability": "B"}
    )
    files["evidence"]["reports"].append(
        make_report("new", opposes("strong", scenario=name), source="a-new-one")
    )


def relay_through_another(files, rng):
    report = rng.choice(files["evidence"]["reports"])
    files["evidence"]["reports"].append(
        make_report(
            "echo",
            source=rng.choice(files["evidence"]["sources"])["id"],
            repeats=report["id"],
            published="2024-06-29",
        )
    )


def regrade_every_source(files, rng):
    for source in files["evidence"]["sources"]:
        source["reliability"] = rng.choice("BCDF")


def change_a_prior(files, rng):
    scenario = rng.choice(files["priors"]["scenarios"])
    scenario["prior"] = {"median": 0.4, "low": 0.2, "high": 0.7}


def change_the_scales(files, rng):
    files["priors"]["scales"] = {
        "credibility": {3: {"location": 0.8, "sd": 0.4}},
        "strength": {"strong": {"decibans": 9, "log_sd": 0.3}},
        "calibration_log_sd": 0.2,
    }


def add_a_scenario_linked_to_another(files, rng):
    cause = rng.choice(files["priors"]["scenarios"])["id"]
    files["priors"]["scenarios"].insert(0, make_scenario("a-first", outcome=None))
    files["priors"]["links"].append(
        {"if": cause, "then": "a-first", "probability": 0.6}
    )
    files["evidence"]["reports"].append(
        make_report("of-it", says(6, scenario="a-first"), source="source-0")
    )


def cut_the_links(files, rng):
    files["priors"]["links"] = []


def settle_a_scenario(files, rng):
    scenario = rng.choice(files["priors"]["scenarios"])
    scenario["outcome"] = {"occurred": rng.random() < 0.5, "on": "2024-06-20"}


def add_an_argument(files, rng):
    name = rng.choice(files["priors"]["scenarios"])["id"]
    files["priors"]["arguments"].append(
        make_argument("a-new-one", says("strong", scenario=name))
    )
    files["evidence"]["reports"].append(
        make_report("on-it", says(7, argument="a-new-one"), source="source-0")
    )


def look_again(files, rng):
    files["priors"]["reviewed"] = str(DAY)


def speak_of_both_ends_of_a_link(files, rng):
    ends = [says(5, scenario=name) for name in ("cause", "effect")]
    files["evidence"]["reports"].append(make_report("both", *ends, source="source-0"))


@pytest.mark.parametrize(
    "change",
    [
        drop_a_report,
        look_again,
        settle_a_scenario,
        speak_of_both_ends_of_a_link,
        change_a_prior,
    ],
)
def test_what_is_remembered_of_outcomes_changes_nothing(change):
    """Between two casebooks what outcomes are made of may be another, or not."""
    files = {
        "priors": {
            "case": "test-case",
            "title": "A test",
            "scenarios": [
                make_scenario(name, hazard="constant") for name in ("cause", "effect")
            ],
            "links": [{"if": "cause", "then": "effect", "probability": 0.6}],
        },
        "evidence": {
            "case": "test-case",
            "sources": [{"id": "source-0", "name": "One", "reliability": "B"}],
            "reports": [
                make_report(name, says(4, scenario=name), source="source-0")
                for name in ("cause", "effect")
            ],
        },
    }
    casebook = casebook_from(files)
    draws = draws_of(casebook)
    basis = Basis(draws, casebook, DAY)
    other = copy.deepcopy(files)
    change(other, Random(1))
    for written in (other, files, other):
        read = casebook_from(written)
        there, anew = (one.weigh(read, DAY) for one in (basis, Basis(draws, read, DAY)))
        np.testing.assert_array_equal(there.belief.probability, anew.belief.probability)


CHANGES = [
    drop_a_report,
    post_a_report_of_a_new_source,
    relay_through_another,
    regrade_every_source,
    change_a_prior,
    change_the_scales,
    add_a_scenario_linked_to_another,
    cut_the_links,
    settle_a_scenario,
    add_an_argument,
]
# Casebooks with reports, of which some have arguments, links and outcomes.
SEEDS = [33, 50, 118, 163, 211, 355]


@pytest.fixture(scope="module", params=SEEDS)
def fitted(request):
    """Files, day, and the draws of their fit."""
    rng = Random(request.param)
    files = random_files(rng)
    day = random_day(rng)
    casebook = casebook_from(files)
    return files, day, Basis(sampled(casebook, day), casebook, day)


def changed_by(change, files, seed=7):
    """The casebook after a change."""
    files = copy.deepcopy(files)
    change(files, Random(seed))
    return casebook_from(files)


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_a_reading_is_the_posterior_of_the_changed_casebook(fitted, change):
    """Within 4 combined standard errors, where k says that the draws can be trusted."""
    files, day, basis = fitted
    casebook = changed_by(change, files)
    reading = basis.read(casebook, day)

    assert reading.pareto_k is None or reading.pareto_k < 0.7
    assert_agrees(reading, casebook, day)


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_what_was_read_before_changes_no_reading(fitted, change):
    files, day, basis = fitted
    near = basis.read(changed_by(change, files, seed=3), day)
    casebook = changed_by(regrade_every_source, files)

    one, other = basis.read(casebook, day, near), basis.read(casebook, day)
    np.testing.assert_array_equal(one.weights, other.weights)
    np.testing.assert_array_equal(
        one.summary.told.probability, other.summary.told.probability
    )


def assert_agrees(reading, casebook, day):
    expected = Integrals(casebook, day).posterior()
    assert list(by_id(reading)) == [s.id for s in casebook.priors.scenarios]
    for name, said in by_id(reading).items():
        estimate = expected[f"probability {name}"]
        error = np.hypot(said.mcse, estimate.error)
        assert abs(said.mean - estimate.mean) < 4 * error + 1e-12, name
        # The sd is known less well than the mean, but not by much.
        assert abs(said.sd - estimate.sd) < 8 * error + 1e-9, name
    for source in reading.summary.sources:
        if f"reliability {source.id}" in expected:
            estimate = expected[f"reliability {source.id}"]
            error = estimate.sd / np.sqrt(effective_draws(reading))
            assert abs(source.mean - estimate.mean) < 4.5 * np.hypot(
                error, estimate.error
            )


def test_another_day_is_read_from_the_same_draws(fitted):
    """The clocks stand elsewhere, reports are older, and some are not known yet."""
    files, day, basis = fitted
    other = DAY if day != DAY else LATER
    casebook = casebook_from(files)
    reading = basis.read(casebook, other)

    if reading.pareto_k is None or reading.pareto_k < 0.7:
        assert_agrees(reading, casebook, other)
    assert reading.summary.as_of == other


# What must be exact


@pytest.fixture(scope="module")
def linked():
    """A casebook of three scenarios, two of them linked, and its draws."""
    casebook = make_casebook(
        [
            make_report("a", says("moderate"), says("weak", argument="able")),
            make_report("b", opposes("weak", scenario="peace"), source="paper"),
            make_report("c", says(4, scenario="rain"), source="blog"),
        ],
        scenarios=[make_scenario(name) for name in ("war", "peace", "rain")],
        arguments=[make_argument("able", says("strong", scenario="peace"))],
        links=[{"if": "war", "then": "peace", "probability": 0.05}],
    )
    return casebook, Basis(sampled(casebook), casebook, DAY)


def with_reports(casebook, *reports):
    files = casebook.model_dump(by_alias=True)
    files["evidence"]["reports"] += reports
    return casebook_from(files)


def test_the_fits_own_casebook_is_read_with_equal_weights(linked):
    casebook, basis = linked
    reading = basis.read(casebook, DAY)

    assert reading.pareto_k is None
    np.testing.assert_array_equal(reading.weights, 1 / 4000)
    said = summary_of(basis.draws, casebook, DAY)
    assert reading.summary.scenarios == said.scenarios
    assert reading.summary.sources == said.sources
    assert reading.summary.arguments == said.arguments


def test_a_copy_of_a_report_moves_nothing(linked):
    casebook, basis = linked
    copied = with_reports(casebook, make_report("copy", repeats="a"))
    reading = basis.read(copied, DAY)

    assert reading.pareto_k is None
    before = by_id(basis.read(casebook, DAY))
    for name, said in by_id(reading).items():
        counted = {"reports": before[name].reports, "origins": before[name].origins}
        assert said.model_copy(update=counted) == before[name]


def test_what_is_posted_and_retracted_leaves_no_trace(linked):
    casebook, basis = linked
    posted = with_reports(casebook, make_report("d", says("strong"), source="blog"))
    assert by_id(basis.read(posted, DAY))["war"].mean != pytest.approx(
        by_id(basis.read(casebook, DAY))["war"].mean, abs=1e-3
    )

    again = basis.read(casebook_from(casebook.model_dump(by_alias=True)), DAY)
    assert again.summary.scenarios == basis.read(casebook, DAY).summary.scenarios


def test_unknowns_are_matched_by_label_wherever_they_stand(linked):
    """A new scenario and a new source come first in the order of ids."""
    casebook, basis = linked
    files = casebook.model_dump(by_alias=True)
    files["priors"]["scenarios"] += (make_scenario("a-first"),)
    files["evidence"]["sources"] += (
        {"id": "a-first", "name": "First", "reliability": "B"},
    )
    before = basis.read(casebook, DAY)
    after = basis.read(casebook_from(files), DAY)

    assert after.pareto_k is None
    one, other = before.summary.told, after.summary.told
    assert other.scenarios == ("a-first", *one.scenarios)
    np.testing.assert_array_equal(other.probability[:, 1:], one.probability)
    assert other.sources == ("a-first", *one.sources)
    np.testing.assert_array_equal(other.reliability()[:, 1:], one.reliability())


def test_what_is_new_is_drawn_from_its_prior(linked):
    """4,000 draws spread evenly: their mean errs less than independent ones would."""
    casebook, basis = linked
    files = casebook.model_dump(by_alias=True)
    files["priors"]["scenarios"] += (make_scenario("new"),)
    changed = casebook_from(files)
    said = by_id(basis.read(changed, DAY))["new"]

    expected = changed.scenario("new").prior.distribution()
    assert said.mean == pytest.approx(expected.mean, abs=3 * expected.sd / 4000**0.5)
    assert said.sd == pytest.approx(expected.sd, rel=0.05)
    assert said.mean == pytest.approx(said.prior_mean, abs=1e-12)


def test_two_readings_share_every_draw_of_what_they_do_not_change(linked):
    """A report on rain, by a source new to both, leaves the others' draws alone."""
    casebook, basis = linked
    files = casebook.model_dump(by_alias=True)
    files["evidence"]["sources"] += ({"id": "new", "name": "New", "reliability": "C"},)
    files["evidence"]["reports"] += (make_report("x", says(3), source="new"),)
    before = casebook_from(files)
    after = with_reports(
        before, make_report("y", says(2, scenario="rain"), source="new")
    )
    one, other = (basis.read(each, DAY).summary.told for each in (before, after))

    for i, name in enumerate(one.scenarios):
        same = np.array_equal(one.probability[:, i], other.probability[:, i])
        assert same == (name != "rain")


def test_reports_are_counted_and_outcomes_told_as_of_the_day(linked):
    casebook, basis = linked
    files = casebook.model_dump(by_alias=True)
    files["priors"]["scenarios"][2]["outcome"] = {"occurred": True, "on": "2024-08-01"}
    files["evidence"]["reports"] += (
        make_report("late", says(1, scenario="rain"), published="2024-07-30"),
    )
    changed = casebook_from(files)
    now, later = (by_id(basis.read(changed, day))["rain"] for day in (DAY, LATER))

    assert (now.outcome, now.reports) == (None, 1)
    assert (later.outcome, later.reports) == (True, 2)
    assert later.mean == 1.0
    assert later.mcse == later.sd == 0.0


# Weights, and what they are worth


def test_draws_that_are_too_far_apart_are_told_by_k():
    """Of what might have had any probability, all is known to occur; and then not."""
    happened, did_not = (
        make_casebook(
            scenarios=[
                make_scenario(
                    name,
                    prior={"beta": [0.3, 0.3]},
                    outcome={"occurred": occurred, "on": "2024-06-01"},
                )
                for name in ("war", "peace", "rain")
            ]
        )
        for occurred in (True, False)
    )
    basis = Basis(sampled(happened), happened, DAY)

    assert basis.read(did_not, DAY).pareto_k > 0.7


def test_weights_leave_fewer_effective_draws_the_more_they_move(linked):
    casebook, basis = linked
    ess = [
        effective_draws(basis.read(with_reports(casebook, told), DAY))
        for dB in (1, 5, 15)
        for told in [make_report("d", opposes(dB), source="blog")]
    ]

    assert 4000 > ess[0] > ess[1] > ess[2] > 100


def test_the_standard_error_is_the_scatter_of_readings():
    """Of 100 readings, each of 400 draws: their sd is known to one part in 14."""
    casebook = make_casebook([make_report("a", says("strong"), source="blog")])
    changed = with_reports(casebook, make_report("b", opposes("strong")))
    draws = sampled(casebook, n=40_000)
    parts = draws.z.reshape(100, 4, 100, -1)
    said = [
        by_id(
            Basis(
                Draws(z, draws.labels, draws.stats, draws.digest, draws.seed),
                casebook,
                DAY,
            ).read(changed, DAY)
        )["war"]
        for z in parts
    ]

    scatter = np.std([one.mean for one in said], ddof=1)
    assert np.mean([one.mcse for one in said]) == pytest.approx(scatter, rel=0.25)


def test_smoothed_weights_of_draws_without_a_tail_are_as_they_are():
    """Nine in ten draws have the same, largest weight."""
    weights, k = smoothed_weights(np.where(np.arange(1000) % 10 == 0, -1.0, 0.0))

    assert k == 0
    np.testing.assert_allclose(
        weights, np.where(np.arange(1000) % 10 == 0, np.exp(-1), 1) / (900 + 100 / np.e)
    )


def test_impossible_draws_have_no_weight():
    rng = np.random.default_rng(4)
    log_ratio = rng.normal(0, 0.5, 1000)
    log_ratio[:300] = -np.inf
    weights, k = smoothed_weights(log_ratio)

    assert np.all(weights[:300] == 0)
    assert weights.sum() == pytest.approx(1)
    assert k < 0.7


def test_one_draw_that_has_all_the_weight_is_worth_nothing():
    log_ratio = np.full(1000, -2000.0)
    log_ratio[17] = 0
    weights, k = smoothed_weights(log_ratio + np.linspace(0, 1, 1000))

    assert weights[17] == pytest.approx(1)
    assert k >= 0.7


def test_a_casebook_that_cannot_be_is_refused():
    """Both causes are known, and leave what has occurred no chance at all."""
    outcome = {"occurred": True, "on": "2024-06-01"}
    names = ["one", "two", "effect"]
    links = [{"if": cause, "then": "effect", "probability": 1e-300} for cause in names]
    casebook = make_casebook(scenarios=[make_scenario(name) for name in names])
    impossible = make_casebook(
        scenarios=[make_scenario(name, outcome=outcome) for name in names],
        links=links[:2],
    )
    basis = Basis(sampled(casebook), casebook, DAY)

    with pytest.raises(ModelError, match="under which no draw of the fit is"):
        basis.read(impossible, DAY)


def test_too_few_draws_are_refused():
    casebook = make_casebook()
    few = Basis(draws_of(casebook), casebook, DAY)
    changed = with_reports(casebook, make_report("a", says()))

    with pytest.raises(ModelError, match=r"at least 25 draws .* got 8"):
        few.read(changed, DAY)


# Summaries without a DataTree, and without a fit


@pytest.mark.parametrize("seed", SEEDS)
def test_draws_are_summed_up_as_the_fit_is(seed):
    """The fit's weights are kept in half the digits."""
    rng = Random(seed)
    casebook, day = casebook_from(random_files(rng)), random_day(rng)
    of_draws = summary_of(draws_of(casebook, day=day), casebook, day)
    of_tree = summarise(tree_of(casebook, day=day))

    plain, expected = (one.model_dump() for one in (of_draws, of_tree))
    for argument, other in zip(
        plain.pop("arguments"), expected.pop("arguments"), strict=True
    ):
        assert argument["weight_db"] == pytest.approx(other["weight_db"], rel=1e-5)
        assert argument["probability"] == pytest.approx(other["probability"])
    assert_alike(plain, expected)


def assert_alike(one, other):
    if isinstance(one, dict):
        assert one.keys() == other.keys()
        for key in one:
            assert_alike(one[key], other[key])
    elif isinstance(one, list | tuple):
        assert len(one) == len(other)
        for item, like in zip(one, other, strict=True):
            assert_alike(item, like)
    elif isinstance(one, float):
        assert one == pytest.approx(other, rel=1e-7, abs=1e-10, nan_ok=True)
    else:
        assert one == other


@pytest.mark.parametrize("seed", [50, 118, 163, 345])
def test_before_any_fit_the_prior_is_told(seed):
    casebook = casebook_from(random_files(Random(seed)))
    said = {scenario.id: scenario for scenario in prior_summary(casebook, DAY)}

    looked = casebook.as_of(DAY).looked(DAY)
    expected = Integrals(casebook.without_reports(), DAY, looked).posterior()
    assert list(said) == [s.id for s in casebook.priors.scenarios]
    for name, one in said.items():
        estimate = expected[f"probability {name}"]
        error = np.hypot(one.mcse, estimate.error)
        assert abs(one.mean - estimate.mean) <= 4 * error + 1e-12
        assert one.sd == pytest.approx(estimate.sd, rel=0.1, abs=1e-12)
        assert one.prior_mean == pytest.approx(one.mean, rel=1e-12)
        assert (one.reports, one.origins) == (0, 0)
        assert one.weight_db in (None, pytest.approx(0, abs=1e-9))


def test_the_prior_tells_which_outcomes_are_known_though_it_does_not_use_them():
    outcome = {"occurred": True, "on": "2024-06-01"}
    casebook = make_casebook(scenarios=[make_scenario(outcome=outcome)])
    (said,) = prior_summary(casebook, DAY)

    assert said.outcome is True
    assert 0.1 < said.mean < 0.4


def one_more(casebook, rng, n):
    """Add a report, take one out, or regrade a source."""
    evidence, priors = casebook.evidence, casebook.priors
    repeated = {report.repeats for report in evidence.reports}
    free = [r for r in evidence.reports if r.id not in repeated]
    draw = rng.random()
    if draw < 0.3:
        return Change(kind="report", key=rng.choice(free).id)
    if draw < 0.5:
        source = rng.choice(evidence.sources)
        regraded = source.model_copy(update={"reliability": rng.choice("ABCDE")})
        return Change(kind="source", key=source.id, body=regraded)
    target = rng.choice([*priors.scenarios, *priors.arguments])
    kind = "scenario" if target in priors.scenarios else "argument"
    body = make_report(
        f"new-{n}",
        says("weak", **{kind: target.id}),
        source=rng.choice(evidence.sources).id,
    )
    return Change(kind="report", key=f"new-{n}", body=body)


@pytest.mark.parametrize("seed", range(5))
def test_what_a_change_does_not_bear_on_need_not_be_weighed_again(seed):
    """Step by step, each near the one before, reads what is read from the beginning."""
    rng = Random(seed)
    simulated = simulate(Size.around(80), seed=seed)
    casebook, day = simulated.casebook, simulated.as_of
    n_unknown = len(design(casebook, day).coords()["unknown"])
    z = np.random.default_rng(seed).standard_normal((2, 50, n_unknown)) / 10
    basis = Basis(draws_of(casebook, z, day), casebook, day)
    near, elsewhere = basis.read(casebook, day), basis.read(casebook, DAY)
    in_part = 0

    for n in range(12):
        change = one_more(casebook, rng, n)
        after = changed(casebook, [change])
        touched = touched_scenarios(casebook, after, [change])
        in_part += 0 < len(touched) < len(after.priors.scenarios)
        casebook, near = after, basis.read(after, day, near)
        whole = basis.read(after, day, elsewhere)  # of another day: nothing is kept

        np.testing.assert_allclose(near.log_likelihood, whole.log_likelihood, atol=1e-9)
        wanted = [one for one in whole.summary.scenarios if one.id in touched]
        for one, other in zip(near.forecasts(touched), wanted, strict=True):
            assert one.mean == pytest.approx(other.mean, abs=1e-9)
            assert one.reports == other.reports
            assert one.prior_mean == pytest.approx(other.prior_mean)
        assert [s.id for s in near.summary.sources] == [
            s.id for s in whole.summary.sources
        ]
    assert in_part > 5


def test_draws_that_lie_far_off_say_so_whatever_the_shape_of_their_tail():
    """Equal but for a trifle, and nothing of the others: no tail to speak of."""
    z = np.sort(np.random.default_rng(1).standard_normal(4000))
    few = np.where(np.arange(4000) < 900, 0.0, -20.0)

    assert _weights(few + 1e-3 * z)[1] == 1.0
    most = np.where(np.arange(4000) < 1100, 0.0, -20.0)
    assert _weights(most + 1e-3 * z)[1] < 0.7
