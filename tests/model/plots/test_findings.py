"""What diagnostics say of draws whose answer is known."""

import numpy as np
import pytest
from arviz_stats.base.array import array_stats

from deciban.model.casebook.casebook import Casebook
from deciban.model.plots.findings import Finding, finding
from deciban.model.plots.kinds import DIAGNOSTICS
from deciban.model.plots.plotted_fit import PlottedFit
from deciban.model.posterior.summary import Checks, ScenarioSummary, Summary
from deciban.priors.file import PriorsFile
from deciban.priors.scenario import Scenario

CHAINS, DRAWS = 4, 500


def findings(probability, stats) -> dict[str, Finding]:
    """Find what draws of the shape (chain, draw, scenario) show."""
    names = ("war", "peace", "truce")[: probability.shape[2]]
    asked = [
        Scenario.model_construct(id=name, question=f"Is there {name}?")
        for name in names
    ]
    priors = PriorsFile.model_construct(scenarios=asked)
    fit = PlottedFit(
        Casebook.model_construct(priors=priors),
        summary(names),
        lambda: probability,
        None,
        lambda: stats,
        None,
        None,
        None,
    )
    return {kind: finding(fit, kind) for kind in DIAGNOSTICS}


def summary(names) -> Summary:
    """Say nothing but the names, which is all that diagnostics take of a summary."""
    return Summary.model_construct(
        checks=Checks.model_construct(ok=True),
        scenarios=[ScenarioSummary.model_construct(id=name) for name in names],
    )


def noise(*shape):
    return np.random.default_rng(1).normal(size=shape)


def stats(**changes):
    given = {
        "energy": noise(CHAINS, DRAWS),
        "diverging": np.zeros((CHAINS, DRAWS), bool),
        "acceptance_rate": np.full((CHAINS, DRAWS), 0.8),
    }
    return given | changes


def probability():
    """War around 40 %, peace around 60 %; the truce is certain."""
    width = 3
    draws = np.array([0.4, 0.6, 1.0]) + 0.05 * noise(CHAINS, DRAWS, width)
    draws[..., 2] = 1.0
    return draws


def test_chains_that_agree_are_said_to():
    rank = findings(probability(), stats())["rank"]

    assert rank.sentence.startswith("All chains agree: R-hat is at most 1.00")
    assert [row[0] for row in rank.table.rows] == [
        "Is there war?",
        "Is there peace?",
        "Is there truce?",
    ]
    assert rank.table.rows[2][1] == "certain"


def test_the_scenario_on_which_chains_do_not_agree_is_named():
    """One chain of four believes ten points more in peace: two deviations."""
    draws = probability()
    draws[0, :, 1] += 0.1
    proofs = findings(draws, stats())

    assert proofs["rank"].sentence.startswith("The chains do not agree: R-hat is")
    assert "(“Is there peace?”), not below 1.01." in proofs["rank"].sentence
    assert "(“Is there peace?”)" in proofs["trace"].sentence


def test_means_of_chains_are_told_with_how_far_they_are_apart():
    draws = np.empty((2, 10, 2))
    draws[..., 0] = 0.5
    draws[..., 1] = np.array([[0.2], [0.325]]) + [0.01, -0.01] * 5
    trace = findings(draws, stats())["trace"]

    assert trace.table.rows[1] == ("Is there peace?", "20.0 %", "32.5 %")
    assert "at most 12.5 percentage points apart (“Is there peace?”)" in trace.sentence


def test_a_single_chain_has_no_other_to_be_apart_from():
    proofs = findings(probability()[:1], stats())

    assert "halves of the one chain" in proofs["rank"].sentence
    assert proofs["trace"].sentence.startswith("There is one chain")


def test_where_all_is_settled_there_is_nothing_to_agree_on():
    rank = findings(np.ones((CHAINS, DRAWS, 2)), stats())["rank"]

    assert rank.sentence == "Every scenario is certain: there is nothing to agree on."


def test_energy_moves_freely_or_hardly_as_arviz_has_it():
    """White noise has an E-BFMI near 2; a walk in small steps, next to none."""
    for energy, said in (
        (noise(CHAINS, DRAWS), "Energy moved freely: "),
        (np.cumsum(noise(CHAINS, DRAWS), axis=1), "Energy hardly moved: "),
    ):
        proof = findings(probability(), stats(energy=energy))["energy"]

        expected = array_stats.bfmi(energy, chain_axis=0, draw_axis=1).tolist()
        shown = [float(row[1]) for row in proof.table.rows]
        assert shown == pytest.approx(expected, abs=0.006)
        assert proof.sentence.startswith(said)


def test_draws_that_diverged_are_counted_by_chain():
    diverging = np.zeros((CHAINS, DRAWS), bool)
    diverging[2, :3] = True
    energy = findings(probability(), stats(diverging=diverging))["energy"]

    assert [row[2] for row in energy.table.rows] == ["0", "0", "3", "0"]
    assert energy.sentence.endswith("; 3 draws diverged.")
