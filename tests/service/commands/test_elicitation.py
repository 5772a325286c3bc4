"""``deciban elicit`` shows what a prior amounts to."""

import json

import pytest
import yaml
from click.testing import CliRunner
from pydantic import TypeAdapter
from scipy.special import expit, logit

from deciban.priors import LogitNormal, Prior
from deciban.service.commands.elicitation import area_plot, elicit

FORMS = {
    "quantiles": ["--median", ".3", "--low", ".1", "--high", ".6"],
    "beta": ["--beta", "2", "8"],
    "mean": ["--mean", ".3", "--sd", ".1"],
    "words": ["--words", "unlikely"],
    "scale": ["--words", "highly unlikely", "--scale", "phia"],
}


def run(*options: str, charset: str = "utf-8"):
    return CliRunner(charset=charset).invoke(elicit, options)


def numbers(*options: str) -> dict:
    return json.loads(run(*options, "--json").stdout)


def prior_of(said: dict) -> LogitNormal:
    return LogitNormal(said["location_nats"], said["scale_nats"])


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_line_to_paste_makes_the_same_prior_in_the_priors_file(form):
    said = numbers(*form)
    written = yaml.safe_load(said["line"])["prior"]

    read = TypeAdapter(Prior).validate_python(written)
    assert read.distribution() == prior_of(said)


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_text_shows_what_was_asked_what_was_got_and_the_line(form):
    result = run(*form)

    assert result.exit_code == 0
    for part in ("mean", "sd", "quantiles", "nats", "dB", "asked", "Beta(", "prior: {"):
        assert part in result.stdout


def test_numbers_are_those_of_preliz():
    preliz = pytest.importorskip("preliz")
    said = numbers(*FORMS["quantiles"])
    theirs = preliz.LogitNormal(said["location_nats"], said["scale_nats"])

    quantiles = [float(theirs.ppf(float(q))) for q in said["quantiles"]]
    assert list(said["quantiles"].values()) == pytest.approx(quantiles)
    # PreliZ takes its moments from quantiles on a grid: good to about two digits.
    assert said["mean"] == pytest.approx(float(theirs.mean()), rel=2e-3)
    assert said["sd"] == pytest.approx(float(theirs.std()), rel=2e-3)
    for p in (0.1, 0.3, 0.8):
        density = float(prior_of(said).density(p))
        assert density == pytest.approx(float(theirs.pdf(p)))


def test_asymmetric_quantiles_keep_the_median_and_share_the_width():
    result = run(*FORMS["quantiles"])
    half_width = (logit(0.6) - logit(0.1)) / 2
    low, high = (100 * expit(logit(0.3) + sign * half_width) for sign in (-1, 1))

    assert f"5 %                10 % {low:>6.0f} %" in result.stdout
    assert f"95 %               60 % {high:>6.0f} %" in result.stdout
    assert "the median is kept" in result.stdout


def test_what_is_met_exactly_is_not_explained_away():
    assert "kept" not in run(*FORMS["mean"]).stdout


def test_odds_are_told_in_decibans():
    said = numbers("--median", str(1 / 11), "--low", ".02", "--high", ".4")

    assert said["location_db"] == pytest.approx(-10)


def test_term_stands_with_its_numbers():
    assert "(ICD 203: unlikely, 20 to 45 %)" in run(*FORMS["mean"]).stdout


def test_mean_beyond_the_words_has_none():
    options = ["--median", ".002", "--low", ".001", "--high", ".004"]

    assert numbers(*options)["term"] is None
    assert "ICD 203 has no word for it" in run(*options).stdout


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_terminal_without_blocks_gets_plain_signs(form):
    result = run(*form, charset="ascii")

    assert result.exit_code == 0
    assert result.stdout.isascii() and "#" in result.stdout


def test_symmetric_prior_is_drawn_symmetric():
    lines = area_plot(LogitNormal(0, 1), " .#").splitlines()
    density = [line[2:].ljust(60) for line in lines[:6]]

    assert all(row == row[::-1] for row in density)
    assert lines[7] == "  " + "+-----------" * 5 + "+"


def test_peak_fills_the_plot_and_the_interval_lies_beneath_it():
    *rows, interval, _, _ = area_plot(
        LogitNormal(float(logit(0.305)), 0.2), " .#"
    ).split("\n")
    column = 2 + int(0.305 * 60)

    assert all(row[column] == "#" for row in rows)
    assert interval[column] == "o"


@pytest.mark.parametrize(
    "options",
    [
        [],
        [*FORMS["beta"], *FORMS["mean"]],
        ["--median", ".3"],
        ["--mean", ".3"],
        ["--scale", "phia"],
        ["--words", "unlikely", "--scale", "mine"],
        ["--median", "1", "--low", ".1", "--high", ".6"],
        ["--beta", "0", "1"],
        ["--mean", ".5", "--sd", ".6"],
        [*FORMS["beta"], "--out", "prior.gif"],
    ],
    ids=" ".join,
)
def test_wrong_use_exits_with_2(options):
    result = run(*options)

    assert result.exit_code == 2
    assert result.stdout == ""


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--median", ".3", "--low", ".4", "--high", ".6"], "low <= median <= high"),
        (["--mean", ".1", "--sd", ".4"], "0 < sd < sqrt"),
        (["--words", "perhaps"], "must be a word of icd203 (almost no chance"),
        (["--words", "exceptionally unlikely", "--scale", "ipcc"], "a band inside 1 %"),
    ],
)
def test_what_makes_no_prior_exits_with_1_and_says_what_must_hold(options, said):
    result = run(*options)

    assert result.exit_code == 1
    assert said in result.stderr


def test_prior_is_drawn_to_a_file(tmp_path):
    out = tmp_path / "prior.svg"
    result = run(*FORMS["quantiles"], "--json", "--out", str(out))

    assert result.stderr == f"wrote {out}\n"
    assert json.loads(result.stdout)["mean"] == pytest.approx(0.32, abs=0.01)
    assert "median: 0.3, low: 0.1, high: 0.6</text>" in out.read_text()


def test_file_that_cannot_be_written_exits_with_1(tmp_path):
    result = run(*FORMS["beta"], "--out", str(tmp_path / "no" / "prior.svg"))

    assert result.exit_code == 1
    assert "name another with --out" in result.stderr
