"""Fits whose draws are made up: nothing is sampled."""

import pytest
import xarray as xr

from deciban.model.casebook.casebook import Casebook
from deciban.model.casebook.files import read_casebook, shipped_case_files
from tests.model.plots.made_up import drawn, made_up_case


@pytest.fixture(scope="session")
def shipped() -> Casebook:
    return read_casebook(*shipped_case_files("dprk-russia"))


@pytest.fixture(scope="session")
def fit(shipped: Casebook) -> xr.DataTree:
    return drawn(shipped)


LONG_IDS = [f"{i:02}-{'a-long-name-' * 6}end" for i in range(24)]


@pytest.fixture(scope="session")
def crowded() -> xr.DataTree:
    return drawn(made_up_case(*({"id": name} for name in LONG_IDS)))
