"""``deciban replay`` and ``deciban score``."""

import json

import pytest

from deciban.model.casebook.files import read_casebook
from deciban.model.likelihood.design import design
from deciban.model.posterior.weighing import prior_draws
from tests.model.builders import draws_of

PRIORS = """\
case: test-case
title: A test
scenarios:
  - id: war
    question: Does it happen?
    criteria: It is announced.
    opens: 2024-01-01
    closes: 2024-12-26
    tags: [arms]
    prior: {median: 0.2, low: 0.1, high: 0.4}
    outcome: {occurred: true, on: 2024-04-01, known: 2024-05-01}
    benchmarks:
      - {day: 2024-03-10, probability: 0.3, who: a market}
  - id: talks
    question: Do they talk?
    criteria: It is announced.
    opens: 2024-01-01
    closes: 2024-12-26
    prior: {median: 0.2, low: 0.1, high: 0.4}
"""
EVIDENCE = """\
case: test-case
sources:
  - {id: radio, name: Radio, reliability: B}
reports:
  - id: first
    claim: It is under way
    source: radio
    credibility: 2
    published: 2024-03-01
    bears_on: [{scenario: war, direction: supports, strength: strong}]
"""


@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "priors.yaml").write_text(PRIORS)
    (tmp_path / "evidence.yaml").write_text(EVIDENCE)
    priors, evidence = tmp_path / "priors.yaml", tmp_path / "evidence.yaml"
    return ["--priors", priors, "--evidence", evidence]


@pytest.fixture
def instead_of_workers(monkeypatch):
    """Let each day say what is believed without reports: at once."""
    from deciban.model.casebook.past_days import as_it_stood
    from deciban.model.posterior.what_if import prior_summary

    class Shown:
        def __init__(self, casebook, days, folder):
            self.days = {day: as_it_stood(casebook, day) for day in days}
            self.missing = list(self.days)
            self.seen = folder

        def fit(self, workers, advance):
            assert workers >= 1

        def forecasts(self):
            return {d: _Summary(prior_summary(c, d)) for d, c in self.days.items()}

    monkeypatch.setattr("deciban.service.refits.replay.Replay", Shown)


class _Summary:
    digest = "0" * 64

    def __init__(self, scenarios):
        self.scenarios = scenarios


def test_scores_are_those_of_forecasts_before_the_day_it_was_settled(deciban, files):
    """With workers: what is printed is what the replay of the same days says."""
    result = deciban("score", *files, "--json", "--workers", 1)

    assert result.exit_code == 0, result.stderr
    printed = json.loads(result.stdout)
    war, talks = printed["scenarios"]
    days = json.loads(deciban("replay", *files, "--json").stdout)["days"]
    said = {one["day"]: one["scenarios"][0]["mean"] for one in days}
    before, after = said["2024-01-01"], said["2024-03-01"]
    assert before < after
    assert war["outcome"] is True
    assert war["settled_on"] == "2024-04-01"
    assert war["published"]["forecast_at_close"] == after
    assert war["published"]["brier"] == pytest.approx((1 - after) ** 2)
    (told,) = json.loads(deciban("post-mortem", *files, "--json").stdout)
    assert told["forecast"] == pytest.approx(after, rel=1e-6)
    assert war["published"]["brier_mean"] == pytest.approx(
        (60 * (1 - before) ** 2 + 31 * (1 - after) ** 2) / 91
    )
    assert war["recorded"] is None
    assert war["benchmarks"] == [
        {
            "day": "2024-03-10",
            "who": "a market",
            "probability": 0.3,
            "brier": pytest.approx(0.49),
            "log": pytest.approx(1.2039728),
            "forecast": after,
        }
    ]
    assert (talks["outcome"], talks["published"], talks["prior_brier"]) == (None,) * 3
    assert printed["all"]["n"] == 1
    assert [one["n"] for one in printed["all"]["calibration"]] == [1]
    assert set(printed["all"]["corp"]) == {"mcb", "dsc", "unc"}
    # From the day on which the case knew the outcome, there is nothing to forecast.
    assert said["2024-05-01"] == 1


def test_a_table_says_what_was_said_and_what_came(deciban, files, instead_of_workers):
    result = deciban("score", *files)

    assert result.exit_code == 0
    assert "yes (2024-04-01)" in result.stdout
    assert "mean of 1: Brier 0." in result.stdout
    assert "a market 30 % (Brier 0.490)" in result.stdout
    assert "without a score: talks" in result.stdout
    assert "fitting past days: 2 ..." in result.stderr


def test_a_replay_has_a_row_a_day(deciban, files, instead_of_workers):
    result = deciban(
        *("replay", *files, "--every", "week", "--from", "2024-02-01"),
        *("--to", "2024-02-20", "--quiet"),
    )

    rows = [line.split()[0] for line in result.stdout.splitlines()]
    assert rows == ["day", "2024-02-01", "2024-02-08", "2024-02-15"]
    assert result.stderr == ""


def test_days_of_a_replay_are_in_their_order(deciban, files):
    result = deciban("replay", *files, "--from", "2024-02-01", "--to", "2024-01-01")

    assert result.exit_code == 2
    assert "--to must be 2024-02-01 or later, got 2024-01-01" in result.stderr


def test_benchmarks_are_of_a_file(files):
    casebook = read_casebook(files[1], [files[3]])

    assert casebook.priors.scenarios[0].benchmarks[0].who == "a market"


def test_a_post_mortem_names_what_helped_in_three_sentences(
    deciban, files, monkeypatch
):
    def sample(casebook, day, settings):
        labels = design(casebook, day).coords()["unknown"]
        return draws_of(casebook, prior_draws(labels, 2000).T.reshape(4, 500, -1), day)

    monkeypatch.setattr("deciban.model.sampling.fit.sample", sample)

    told = deciban("post-mortem", *files)
    (printed,) = json.loads(deciban("post-mortem", *files, "--json").stdout)

    assert told.exit_code == 0, told.stderr
    assert "What helped most is the report “It is under way”, by " in told.stdout
    assert "No report and no argument by itself misled." in told.stdout
    assert (printed["scenario"], printed["day"]) == ("war", "2024-03-01")
    assert len(printed["sentences"]) == 3
    assert [step["id"] for step in printed["steps"] if step["id"]] == ["first"]
    assert "worth before, then, after" in told.stdout
    assert "the prior, to " in told.stdout
    assert {part["kind"] for part in printed["parts"]} == {
        *("report", "origin", "grade", "word"),
    }


def test_a_post_mortem_is_of_what_is_settled(deciban, files):
    result = deciban("post-mortem", *files, "--scenario", "talks")

    assert result.exit_code == 2
    assert "--scenario must be settled, got 'talks'" in result.stderr


def test_the_record_is_of_cases_by_name_and_told_apart(
    deciban, files, instead_of_workers
):
    name = str(files[1].parent)

    def printed(*more):
        return deciban("record", name, *more).stdout

    record = json.loads(printed("--json"))
    assert (record["all"]["n"], record["enough"]) == (1, False)
    assert [one["name"] for one in record["horizons"]] == ["year"]
    assert "arms" in printed("--by", "tag")
    assert "93 to 366 days before" in printed("--by", "horizon")
    assert "a market" in printed("--by", "person")
    assert "below 20 it cannot be told yet" in printed()
    assert "no scenario of these has a score" in printed("--tag", "legs")
    assert "no scenario of these has a score" in printed("--horizon", "week")
    assert "must be one of the cases" in deciban("record", "atlantis").stderr
