"""Summaries of draws that are known, against NumPy and by hand."""

import datetime

import numpy as np
import pytest
from scipy.special import expit, ndtri

from model.checks import check_draws
from model.summary import summarise
from tests.model.builders import (
    DAY,
    make_argument,
    make_casebook,
    make_report,
    make_scenario,
    says,
    tree_of,
)

NO_DIVERGENCE = np.zeros((4, 1000), dtype=bool)


@pytest.fixture
def rng():
    return np.random.default_rng(20)


def with_draws(probability, prior=None, casebook=None, day=DAY):
    """Make a fit whose forecasts are given, shape (chain, draw), scenario by scenario.

    There are two chains of four draws.
    """
    fitted = tree_of(casebook or make_casebook(), day=day)
    posterior, before = (
        fitted[name].to_dataset().copy(deep=True) for name in ("posterior", "prior")
    )
    for name, draws in probability.items():
        posterior["probability"].loc[{"scenario": name}] = draws
    for name, draws in (prior or {}).items():
        before["probability"].loc[{"scenario": name}] = draws
    fitted["posterior"], fitted["prior"] = posterior, before
    return fitted


def forecast(draws, **given):
    fitted = with_draws({"war": draws}, **given)
    return next(s for s in summarise(fitted).scenarios if s.id == "war")


KNOWN = np.array([[0.1, 0.2, 0.3, 0.2], [0.4, 0.7, 0.5, 0.4]])


def test_quantiles_and_moments_are_numpys():
    said = forecast(KNOWN)

    assert said.mean == pytest.approx(0.35)
    assert said.median == pytest.approx(0.35)
    assert said.sd == pytest.approx(np.sqrt(np.mean((KNOWN - 0.35) ** 2)))
    assert said.eti90 == pytest.approx(np.quantile(KNOWN, [0.05, 0.95]))
    assert said.eti50 == pytest.approx(np.quantile(KNOWN, [0.25, 0.75]))


@pytest.mark.parametrize(
    ("before", "after", "decibans"),
    [
        (0.2, 0.5, 6.0206),  # from 1 to 4, to even: four times the odds
        (0.5, 0.5, 0),
        (0.5, 0.9, 9.5424),
        (0.9, 0.5, -9.5424),
        (0.5, 10 / 11, 10),
    ],
)
def test_weight_is_the_ratio_of_odds_in_decibans(before, after, decibans):
    said = forecast(after, prior={"war": before})

    assert said.prior_mean == pytest.approx(before)
    assert said.weight_db == pytest.approx(decibans, abs=5e-5)


@pytest.mark.parametrize(("before", "after"), [(0.2, 1), (0.2, 0), (0, 0.5)])
def test_certainty_has_no_weight(before, after):
    assert forecast(after, prior={"war": before}).weight_db is None


@pytest.mark.parametrize(
    ("probability", "term"),
    [
        (0.005, None),
        (0.01, "almost no chance"),
        (0.05, "very unlikely"),
        (0.2, "unlikely"),
        (0.44, "unlikely"),
        (0.45, "roughly even chance"),
        (0.55, "likely"),
        (0.8, "very likely"),
        (0.95, "almost certain"),
        (0.99, "almost certain"),
        (0.991, None),
        (1.0, None),
    ],
)
def test_the_term_is_that_of_the_band_which_begins_at_the_mean(probability, term):
    """ICD 203's bands share their ends, all but 1 % and 99 %."""
    assert forecast(probability).term == term


OUTCOME = {"occurred": False, "on": "2024-06-01"}
ANNULLED = {"annulled": True, "on": "2024-06-01"}


@pytest.mark.parametrize(
    ("changes", "day", "outcome", "awaiting"),
    [
        ({}, "2024-12-25", None, False),
        ({}, "2024-12-26", None, True),
        ({}, "2025-03-01", None, True),
        ({"outcome": OUTCOME}, "2024-05-31", None, False),
        ({"outcome": OUTCOME}, "2024-06-01", False, False),
        ({"outcome": OUTCOME}, "2025-03-01", False, False),
        ({"outcome": ANNULLED}, "2025-03-01", None, False),
    ],
)
def test_a_closed_scenario_without_outcome_awaits_resolution(
    changes, day, outcome, awaiting
):
    casebook = make_casebook(scenarios=[make_scenario(**changes)])
    said = forecast(0.5, casebook=casebook, day=datetime.date.fromisoformat(day))

    assert said.outcome is outcome
    assert said.awaiting_resolution is awaiting


def test_sources_and_arguments_are_summed_up_from_their_draws():
    casebook = make_casebook(
        [make_report("a", says("strong", argument="able"))],
        scenarios=[make_scenario("war"), make_scenario("peace")],
        sources={"radio": "B"},
        arguments=[
            make_argument(
                "able", says(5, scenario="war"), says([0.1, 0.4], scenario="peace")
            )
        ],
    )
    fitted = tree_of(casebook)
    said = summarise(fitted)

    (source,), (argument,) = said.sources, said.arguments
    reliability = fitted["posterior"]["source_reliability"].values
    assert (source.id, source.grade) == ("radio", "B")
    assert source.mean == pytest.approx(reliability.mean())
    assert source.eti90 == pytest.approx(np.quantile(reliability, [0.05, 0.95]))
    # Of grade B: normal on the log-odds, by a million of its quantiles.
    quantiles = ndtri((np.arange(1_000_000) + 0.5) / 1_000_000)
    assert source.prior_mean == pytest.approx(expit(1.523 + 0.7 * quantiles).mean())
    assert argument.id == "able"
    established = fitted["posterior"]["argument_probability"].values
    assert argument.probability == pytest.approx(established.mean())
    weights = fitted["posterior"]["weight"].mean(("chain", "draw"))
    assert argument.weight_db == pytest.approx(
        {
            "war": float(weights.sel(bearing="able -> war")),
            "peace": float(weights.sel(bearing="able -> peace")),
        }
    )
    assert argument.weight_db["war"] > 0 > argument.weight_db["peace"]


def test_a_summary_keeps_the_order_of_the_files():
    names = ["war", "peace", "talks"]
    casebook = make_casebook(
        scenarios=[make_scenario(name) for name in names],
        sources={"radio": "B", "blog": "D", "paper": "C"},
    )
    said = summarise(tree_of(casebook))

    assert [s.id for s in said.scenarios] == names
    assert [s.id for s in said.sources] == ["radio", "blog", "paper"]


def test_a_summary_is_read_back_from_its_json():
    said = summarise(tree_of(make_casebook([make_report("a", says())])))

    assert type(said).model_validate_json(said.model_dump_json()) == said


def independent(rng, scenarios=2):
    return rng.uniform(0.2, 0.6, (4, 1000, scenarios))


def walk(rng, correlation, shape):
    """Draw chains of normals that remember, as autoregressions of first order."""
    steps = rng.standard_normal(shape)
    for i in range(1, shape[1]):
        fresh = np.sqrt(1 - correlation**2) * steps[:, i]
        steps[:, i] = correlation * steps[:, i - 1] + fresh
    return steps


def test_independent_draws_pass(rng):
    checks = check_draws(independent(rng), NO_DIVERGENCE)

    assert checks.ok
    assert checks.r_hat_max < 1.01
    # Of 4,000 independent draws, by the tails' indicators too; within a tenth or so.
    assert checks.ess_bulk_min == pytest.approx(4000, rel=0.2)
    assert checks.ess_tail_min == pytest.approx(4000, rel=0.2)


def test_chains_that_disagree_fail_by_r_hat(rng):
    draws = independent(rng)
    draws[0, :, 1] += 0.1  # most of an sd, in one scenario

    checks = check_draws(draws, NO_DIVERGENCE)
    assert not checks.ok
    assert checks.r_hat_max > 1.05


def test_chains_of_different_widths_fail_by_r_hat(rng):
    """Their means agree: the folded draws tell them apart."""
    draws = independent(rng)
    draws[0] = 0.4 + 0.2 * (draws[0] - 0.4)

    assert check_draws(draws, NO_DIVERGENCE).r_hat_max > 1.05


def test_draws_that_hang_together_fail_by_ess(rng):
    """A walk with correlation .95 is worth 1 in 39 draws: (1 - .95) / (1 + .95)."""
    checks = check_draws(walk(rng, 0.95, (4, 1000, 1)), NO_DIVERGENCE)
    assert not checks.ok
    assert checks.ess_bulk_min < 200


def test_chains_that_disagree_fail_however_many_draws_they_have(rng):
    """Forty chains, half of them .4 sd apart: enough effective draws, but no accord."""
    draws = rng.standard_normal((40, 1000, 1))
    draws[::2] += 0.4

    checks = check_draws(draws, np.zeros((40, 1000), dtype=bool))
    assert min(checks.ess_bulk_min, checks.ess_tail_min) > 400
    assert not checks.ok


def wave(length, period):
    """Return waves of unit size (4 chains, draw, 1), the same in each half chain."""
    return np.tile(np.sin(2 * np.pi * np.arange(length) / period), (4, 1))[..., None]


def test_chains_that_agree_fail_where_they_have_too_few_draws():
    """A slow wave: its draws hang together for some fifteen in each direction."""
    diverging = np.zeros((4, 2000), dtype=bool)
    checks = check_draws(0.5 + 0.2 * wave(2000, period=100), diverging)

    assert checks.r_hat_max < 1.01
    assert checks.ess_bulk_min < 400
    assert not checks.ok


def test_draws_whose_tails_come_in_spells_fail_by_tail_ess(rng):
    """Their sign is drawn anew each time, so that the bulk knows nothing of it."""
    wide = np.exp(3 * wave(4000, period=2000))
    draws = wide * rng.standard_normal(wide.shape)

    checks = check_draws(draws, np.zeros((4, 4000), dtype=bool))
    assert checks.ess_bulk_min > 4000
    assert checks.ess_tail_min < 400
    assert not checks.ok


def test_one_divergence_fails(rng):
    diverging = NO_DIVERGENCE.copy()
    diverging[2, 17] = True

    checks = check_draws(independent(rng), diverging)
    assert not checks.ok
    assert checks.divergences == 1


def test_settled_scenarios_are_left_out_of_the_checks(rng):
    draws = independent(rng)
    with_settled = np.concatenate([draws, np.ones((4, 1000, 1))], axis=-1)

    assert check_draws(with_settled, NO_DIVERGENCE) == check_draws(draws, NO_DIVERGENCE)


def test_where_all_is_settled_there_is_nothing_to_check():
    checks = check_draws(np.ones((4, 1000, 2)), NO_DIVERGENCE)

    assert checks.ok
    assert checks.r_hat_max is checks.ess_bulk_min is checks.ess_tail_min is None
