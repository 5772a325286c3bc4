"""``deciban simulate``."""

import json
from pathlib import Path

from deciban.model.casebook.files import read_casebook
from deciban.model.sampling.simulate import Size, simulate


def test_simulate_writes_a_case_and_its_truth(deciban, tmp_path):
    result = deciban(
        "simulate", "--reports", 40, "--seed", 7, "--dir", tmp_path / "sim"
    )
    priors, evidence, truth = result.stdout.splitlines()
    drawn = simulate(Size.around(40), seed=7)

    assert read_casebook(priors, evidence).ordered() == drawn.casebook.ordered()
    assert json.loads(Path(truth).read_text())["occurred"] == drawn.occurred


def test_a_size_that_no_case_has_is_a_wrong_command_line(deciban, tmp_path):
    result = deciban("simulate", "--scenarios", 0, "--dir", tmp_path / "sim")

    assert result.exit_code == 2
    assert "scenarios must be at least 1, got 0" in result.stderr
    assert list(tmp_path.iterdir()) == []
