"""The service answers to its own names only."""

import pytest

from deciban.service.application.services import Services
from deciban.service.running.settings import Settings
from deciban.service.web.access.hosts import is_loopback
from deciban.service.web.app import create_app


@pytest.fixture
def status(store, scheduler, clock):
    """Return how a service with some settings answers a Host header."""

    def ask(name: str, **changes: object) -> int:
        url = f"sqlite:///{store.file}"
        settings = Settings.from_environment({}, database_url=url, **changes)
        app = create_app(Services(settings, store, scheduler, clock))
        return app.test_client().get("/healthz", headers={"Host": name}).status_code

    return ask


@pytest.mark.parametrize(
    "host", ["localhost", "localhost:8000", "127.0.0.1:9000", "[::1]:8000"]
)
def test_names_of_this_machine_are_ours_at_any_port(status, host):
    assert status(host) == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "127.0.0.1.evil.example:8000",
        "192.0.2.1:8000",
        "[x",
        "evil\\@127.0.0.1",
        "evil@127.0.0.1",
        "127.0.0.1/evil",
        "127.0.0.1:8000.evil",
    ],
)
def test_a_name_pointed_at_this_machine_is_not_ours(status, host):
    assert status(host) == 400


def test_the_public_name_is_ours(status):
    public = {"public_url": "https://deciban.example"}

    assert status("deciban.example", **public) == 200
    assert status("evil.example", **public) == 400


def test_a_service_for_others_without_a_public_name_takes_any(status):
    assert status("deciban.lan:8000", host="0.0.0.0") == 200


def test_a_service_for_others_with_a_public_name_takes_it_and_addresses(status):
    public = {"host": "0.0.0.0", "public_url": "https://deciban.example"}

    assert status("deciban.example", **public) == 200
    assert status("192.0.2.1:8000", **public) == 200
    assert status("evil.example", **public) == 400


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "deciban.lan", ""])
def test_only_loopback_is_loopback(host):
    assert not is_loopback(host)
