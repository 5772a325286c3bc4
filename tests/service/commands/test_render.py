"""How forecasts look."""

import io

import pytest
from rich.console import Console

from deciban.model.posterior.statistics import casebook_of, summarise
from deciban.model.posterior.summary import Checks, ScenarioSummary
from deciban.model.posterior.wording import checks_line, interval, percent
from deciban.priors import MeanPrior, Rivals
from deciban.service.commands.render import (
    argument_table,
    forecast_table,
    print_summary,
    print_table,
)


def text(summary, casebook, width: int) -> str:
    """Print the forecasts as plain text."""
    console = Console(file=io.StringIO(), width=width, color_system=None)
    print_table(forecast_table(summary, casebook, wide=width >= 110), console)
    return console.file.getvalue()


@pytest.mark.parametrize("width", [80, 120])
def test_ids_and_words_are_whole_at_any_width(fitted, width):
    summary = summarise(fitted)

    printed = " ".join(text(summary, casebook_of(fitted), width).split())

    for scenario in summary.scenarios:
        assert scenario.id in printed
        if scenario.term:
            # At 80 columns the number may stand below its word.
            assert scenario.term in printed
            assert f"({percent(scenario.mean)})" in printed
        assert interval(scenario.eti90) in printed


def printed(table, width: int, *, terminal: bool) -> list[list[str]]:
    """Print a table as a console of this width does: the words of each line."""
    console = Console(
        file=io.StringIO(), width=width, color_system=None, force_terminal=terminal
    )
    print_table(table, console)
    return [line.split() for line in console.file.getvalue().splitlines()]


@pytest.fixture
def long_id(fitted):
    """Return a summary whose first scenario has an id of 80 letters, the most."""
    summary = summarise(fitted)
    first, *others = summary.scenarios
    named = first.model_copy(update={"id": "80-letters-" + "x" * 69})
    return summary.model_copy(update={"scenarios": [named, *others]})


@pytest.mark.parametrize("width", [80, 120])
def test_in_a_pipe_an_id_stands_whole_beside_its_numbers(fitted, long_id, width):
    table = forecast_table(long_id, casebook_of(fitted), wide=width >= 110)
    lines = printed(table, width, terminal=False)

    scenario = long_id.scenarios[0]
    row = next(line for line in lines if line[:1] == [scenario.id])
    numbers = f"{percent(scenario.prior_mean)} {percent(scenario.mean)}".split()
    assert row[1:5] == numbers
    assert row[-2:] == [f"{scenario.reports}", f"({scenario.origins})"]


@pytest.mark.parametrize("width", [10, 40, 60, 80, 120])
def test_a_terminal_breaks_long_ids_and_cuts_nothing(fitted, long_id, width):
    table = forecast_table(long_id, casebook_of(fitted), wide=width >= 110)
    lines = printed(table, width, terminal=True)

    assert "forecast" in lines[0] + lines[1]
    assert sum(word.count("x") for line in lines for word in line[:1]) >= 69
    told = " ".join(word for line in lines for word in line)
    for scenario in long_id.scenarios:
        assert percent(scenario.mean) in told
        assert interval(scenario.eti90) in told


def test_a_narrow_terminal_says_what_arguments_weigh(fitted):
    summary = summarise(fitted)

    lines = printed(argument_table(summary), 40, terminal=True)

    told = " ".join(word for line in lines for word in line)
    assert "weighs, in dB" in told
    assert "troops +" in told or "troops -" in told
    assert all(percent(one.probability) in told for one in summary.arguments)


def changed(fitted, **update) -> str:
    """Print the forecast of ``troops`` with something changed in it."""
    summary = summarise(fitted)
    troops: ScenarioSummary = summary.scenarios[0].model_copy(update=update)
    return text(
        summary.model_copy(update={"scenarios": [troops]}), casebook_of(fitted), 120
    )


def test_closed_and_not_settled_is_said_with_the_numbers(fitted):
    closed = {"mean": 0.12, "state": "closed, not settled"}

    assert "closed, not settled (12 %)" in changed(fitted, **closed)
    told = "closed, not settled (12 %; 33 % at its close)"
    assert told in changed(fitted, **closed, at_close=0.33)


def test_without_a_word_the_number_stands_alone(fitted):
    row = changed(fitted, mean=0.004, term=None).splitlines()[1]

    assert "0.4 %" in row
    assert "None" not in row and "(0.4 %)" not in row


@pytest.mark.parametrize(
    ("probability", "said"),
    [
        (0.0, "0 %"),
        (1e-300, "<0.1 %"),
        (0.00099, "<0.1 %"),
        (0.001, "0.1 %"),
        (0.0499, "5 %"),
        (0.8, "80 %"),
        (0.9899, "99 %"),
        (0.99901, ">99.9 %"),
        (1.0, "100 %"),
    ],
)
def test_percentages_are_finer_towards_both_ends(probability, said):
    assert percent(probability) == said


def test_settled_scenarios_have_no_figures_to_check():
    checks = Checks(
        ok=True, r_hat_max=None, ess_bulk_min=None, ess_tail_min=None, divergences=0
    )

    assert checks_line(checks) == ("passed (every scenario is certain, 0 divergences)")


def test_rivals_are_told_with_what_none_of_them_has(fitted):
    """Here of scenarios that are none, so that the figure is what the means leave."""
    casebook, summary = casebook_of(fitted), summarise(fitted)
    first, second = summary.scenarios[0], summary.scenarios[1]
    rivals = Rivals(
        id="either",
        scenarios=(first.id, second.id),
        none=MeanPrior(mean=0.3, sd=0.1),
    )
    priors = casebook.priors.model_copy(update={"rivals": (rivals,)})
    told = io.StringIO()
    console = Console(file=told, width=100)
    summary = summary.model_copy(
        update={
            "scenarios": [
                first.model_copy(update={"mean": 0.5}),
                second.model_copy(update={"mean": 0.25}),
                *summary.scenarios[2:],
            ]
        }
    )

    print_summary(summary, casebook.model_copy(update={"priors": priors}), console)

    expected = (
        f"rivals either: one comes true: {first.id}, {second.id}; none of them 25 %"
    )
    assert expected in told.getvalue()
