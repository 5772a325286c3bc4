"""Fixtures for all tests."""

import datetime
import signal
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from deciban.model.casebook.casebook import Casebook
from deciban.model.casebook.files import read_casebook, shipped_case_files

# PyMC and xarray take seconds to load: only tests that need a fit pay for them.
if TYPE_CHECKING:
    import xarray as xr

    from deciban.model.sampling.draws import Draws


# The same examples each time, however long a busy machine takes for one.
settings.register_profile(
    "deciban",
    max_examples=30,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
# make test-thorough
settings.register_profile("thorough", settings.get_profile("deciban"), max_examples=500)
settings.load_profile("deciban")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take longest, so that processes end together."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


@pytest.fixture
def heeds_ctrl_c() -> Iterator[None]:
    """Let SIGINT reach the processes that a test starts.

    A shell that starts the tests in the background has it ignored, and whatever they
    start inherits that.
    """
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(scope="session")
def shipped() -> Casebook:
    """Return the shipped case."""
    return read_casebook(*shipped_case_files("dprk-russia"))


@pytest.fixture(scope="session")
def sampled(shipped: Casebook) -> "Draws":
    """Return the draws of a fit of the shipped case, as of its last day.

    It has four chains of 250 draws, enough to pass its checks; what is computed of
    them takes a quarter of the time.
    """
    from deciban.model.sampling.fit import SamplingSettings, sample

    return sample(shipped, datetime.date(2024, 3, 31), SamplingSettings(draws=250))


@pytest.fixture(scope="session")
def fitted(shipped: Casebook, sampled: "Draws") -> "xr.DataTree":
    """Return the same fit as a tree, shared by all tests: alter a copy only."""
    from deciban.model.posterior.data_tree import forecast_tree

    return forecast_tree(sampled, shipped, datetime.date(2024, 3, 31))
