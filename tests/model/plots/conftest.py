"""Fits whose draws are made up: nothing is sampled."""

import pytest

from deciban.model.casebook.casebook import Casebook
from deciban.model.casebook.files import read_casebook, shipped_case_files
from deciban.model.fit import Fit
from tests.model.plots.made_up import drawn, made_up_case


@pytest.fixture(scope="session")
def shipped() -> Casebook:
    return read_casebook(*shipped_case_files("dprk-russia"))


@pytest.fixture(scope="session")
def fit(shipped: Casebook) -> Fit:
    return drawn(shipped)


LONG_IDS = [f"{i:02}-{'a-long-name-' * 6}end" for i in range(24)]


@pytest.fixture(scope="session")
def crowded() -> Fit:
    return drawn(made_up_case(*({"id": name} for name in LONG_IDS)))
