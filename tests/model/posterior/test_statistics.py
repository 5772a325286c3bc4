"""Summaries of draws that are known, against NumPy and by hand."""

import datetime
import math

import numpy as np
import pytest
from scipy.special import expit, ndtri

from deciban.model.posterior.statistics import summarise
from deciban.model.posterior.summary import can_tell
from tests.model.builders import (
    DAY,
    make_argument,
    make_casebook,
    make_report,
    make_scenario,
    says,
    tree_of,
)


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
    ("changes", "day", "outcome", "state"),
    [
        ({}, "2024-12-26", None, "open"),
        ({}, "2024-12-27", None, "closed, not settled"),
        ({"outcome": OUTCOME}, "2024-05-31", None, "open"),
        ({"outcome": OUTCOME}, "2024-06-01", False, "settled no"),
        ({"outcome": OUTCOME}, "2025-03-01", False, "settled no"),
        ({"outcome": ANNULLED}, "2025-03-01", None, "annulled"),
    ],
)
def test_a_scenario_is_said_to_be_as_it_stands_on_the_day(changes, day, outcome, state):
    casebook = make_casebook(scenarios=[make_scenario(**changes)])
    said = forecast(0.5, casebook=casebook, day=datetime.date.fromisoformat(day))

    assert said.outcome is outcome
    assert said.state == state


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
    assert source.prior_mean == pytest.approx(
        expit(1.523 + math.hypot(0.65, 0.3) * quantiles).mean()
    )
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


@pytest.mark.parametrize(
    ("pareto_k", "tells"),
    [(None, True), (-0.1, True), (0.7, True), (0.701, False), (math.nan, False)],
)
def test_draws_tell_of_another_casebook_up_to_a_k_of_seven_tenths(pareto_k, tells):
    assert can_tell(pareto_k) is tells


def test_a_fit_whose_draws_were_changed_is_summed_up_anew(fitted):
    """It carries a summary, of the draws that it was made with."""
    halved = fitted.copy(deep=True)
    halved["posterior"]["probability"] = fitted["posterior"]["probability"] / 2

    for before, after in zip(
        summarise(fitted).scenarios, summarise(halved).scenarios, strict=True
    ):
        assert after.mean == pytest.approx(before.mean / 2)
