"""Requests beyond the limits are told to wait."""

import pytest

from deciban.service.running.settings import Settings


@pytest.fixture
def settings(store):
    return Settings.from_environment(
        {}, database_url=f"sqlite:///{store.file}", rate_limit=4, write_limit=2
    )


def test_a_request_beyond_the_limit_is_told_when_to_come_back(client, bearer):
    answers = [client.get("/who", headers=bearer("viewer")) for _ in range(5)]

    assert [a.status_code for a in answers] == [200] * 4 + [429]
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 60


def test_changes_have_a_lower_limit(client, bearer):
    statuses = [
        client.post("/who", headers=bearer("viewer")).status_code for _ in range(3)
    ]

    assert statuses == [200, 200, 429]
    assert client.get("/who", headers=bearer("viewer")).status_code == 200


def test_each_token_has_a_limit_of_its_own(client, bearer):
    for _ in range(5):
        client.get("/who", headers=bearer("viewer"))

    assert client.get("/who", headers=bearer("admin")).status_code == 200


def test_who_has_no_token_is_limited_by_address(client):
    for _ in range(4):
        client.get("/who")

    assert client.get("/who").status_code == 429
    elsewhere = {"REMOTE_ADDR": "192.0.2.7"}
    assert client.get("/who", environ_overrides=elsewhere).status_code == 200


def test_probes_are_not_limited(client):
    assert {client.get("/healthz").status_code for _ in range(9)} == {200}
