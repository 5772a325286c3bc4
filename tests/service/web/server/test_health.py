"""Probes: alive, and ready or why not."""

import sqlite3

import pytest


def test_a_process_that_answers_is_alive(client):
    assert client.get("/healthz").status_code == 200


def test_it_is_ready_as_soon_as_the_store_answers(client):
    assert client.get("/readyz").json == {"ready": True, "reasons": []}


def test_why_it_is_not_ready_is_told_and_nothing_of_the_machine(client, shared):
    shared.stopping.set()

    assert client.get("/readyz").json == {
        "ready": False,
        "reasons": ["the service is stopping"],
    }


def test_without_its_store_it_is_not_ready(client, store):
    store.close()
    store.file.unlink()

    answer = client.get("/readyz")

    assert answer.status_code == 503
    assert len(answer.json["reasons"]) == 1
    assert str(store.file) not in answer.text


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_a_wrong_token_does_not_make_it_look_dead(client, path):
    answer = client.get(path, headers={"Authorization": "Bearer wrong"})

    assert answer.status_code == 200


def test_a_store_of_another_version_is_not_ready(client, store):
    store.close()
    with sqlite3.connect(store.file) as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'other'")
    connection.close()

    assert client.get("/readyz").json["reasons"] == ["the store is not of this version"]
