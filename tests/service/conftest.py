"""A case's files on disk, and a command line to give them to."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from service.cli import main

PRIORS = """\
case: war
title: A war
scenarios:
  - id: war
    question: Does war come by 31 December 2025?
    criteria: Shots
    opens: 2022-07-01
    closes: 2025-12-31
    prior: {median: 0.3, low: 0.1, high: 0.6}
"""
EVIDENCE = """\
case: war
sources:
  - {id: kcna, name: KCNA, reliability: D}
reports:
  - id: threat
    claim: War comes
    source: kcna
    credibility: 3
    published: 2022-08-01
    bears_on:
      - {scenario: war, direction: supports, strength: weak}
"""


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """Return a priors file and an evidence file that agree."""
    priors, evidence = tmp_path / "priors.yaml", tmp_path / "evidence.yaml"
    priors.write_text(PRIORS)
    evidence.write_text(EVIDENCE)
    return priors, evidence


@pytest.fixture
def deciban() -> Callable[..., Result]:
    """Return the command line: its words in, exit code and output out."""

    def run(*words: object) -> Result:
        return CliRunner().invoke(main, [str(word) for word in words])

    return run


@pytest.fixture
def fitted_at_once(monkeypatch: pytest.MonkeyPatch, fitted):
    """Let ``deciban fit`` return the shared fit, whatever it is given."""
    monkeypatch.setattr("model.fit.fit", lambda *_, **__: fitted)
    return fitted
