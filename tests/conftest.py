"""Fixtures for all tests."""

import pytest
import xarray as xr

from model.casefiles import read_casebook, shipped_case_files


@pytest.fixture(scope="session")
def fitted() -> xr.DataTree:
    """Return a short fit of the shipped case, shared by all tests: alter a copy only.

    It has four chains of 500 draws and passes its checks.
    """
    # PyMC takes seconds to import: only tests that need a fit pay for it.
    from model.fit import Settings, fit

    casebook = read_casebook(*shipped_case_files("dprk-russia"))
    day = casebook.last_day()
    assert day is not None
    return fit(casebook, day, Settings(draws=500, tune=300))
