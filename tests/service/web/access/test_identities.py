"""Who asks is known by a token, and may what its role may."""

import time

import pytest

from deciban.service.store.tokens import revoke
from deciban.service.store.tokens import tokens as all_tokens
from deciban.service.web.access import forget_tokens, identities

ROLES = ["viewer", "forecaster", "admin"]


@pytest.mark.parametrize("needed", ROLES)
@pytest.mark.parametrize("role", ROLES)
def test_a_role_may_what_those_before_it_may(client, bearer, role, needed):
    status = client.get(f"/for/{needed}", headers=bearer(role)).status_code

    assert status == (200 if ROLES.index(role) >= ROLES.index(needed) else 403)


def test_who_says_nothing_is_nobody_and_may_nothing(client):
    answer = client.get("/for/viewer")

    assert client.get("/who").json == {}
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].lower().startswith("bearer")


@pytest.mark.parametrize("secret", ["", "deciban_", "x" * 10_000, "é"])
def test_a_token_that_is_none_is_refused_even_where_none_is_needed(client, secret):
    headers = {"Authorization": f"Bearer {secret}".encode().decode("latin-1")}

    assert client.get("/who", headers=headers).status_code == 401


def test_a_word_other_than_bearer_is_no_token(client, tokens):
    headers = {"Authorization": f"Basic {tokens['admin']}"}

    assert client.get("/who", headers=headers).json == {}


def test_who_asks_is_told_by_name_and_role(client, bearer):
    said = client.get("/who", headers=bearer("forecaster")).json

    assert (said["name"], said["role"], said["by"]) == (
        "forecaster",
        "forecaster",
        "bearer",
    )


def test_a_revoked_token_is_good_no_more_once_it_is_forgotten(
    app, client, bearer, store, clock
):
    assert client.get("/for/viewer", headers=bearer("viewer")).status_code == 200

    with store.writing() as session:
        revoke(session, "viewer", clock())
    with app.app_context():
        forget_tokens()

    assert client.get("/for/viewer", headers=bearer("viewer")).status_code == 401


def test_a_token_that_another_process_revokes_is_good_for_a_second_at_most(
    client, bearer, store, clock, monkeypatch
):
    monkeypatch.setattr(identities, "KNOWN_SECONDS", 0.05)
    assert client.get("/for/viewer", headers=bearer("viewer")).status_code == 200

    with store.writing() as session:
        revoke(session, "viewer", clock())
    time.sleep(0.06)

    assert client.get("/for/viewer", headers=bearer("viewer")).status_code == 401


def test_the_store_is_asked_once_for_many_requests(client, bearer, store, monkeypatch):
    monkeypatch.setattr(identities, "KNOWN_SECONDS", 1000.0)
    client.get("/who", headers=bearer("viewer"))

    monkeypatch.setattr(store, "reading", lambda: pytest.fail("asked again"))

    assert client.get("/who", headers=bearer("viewer")).status_code == 200


def test_the_last_use_of_a_token_is_noted(client, bearer, store, clock):
    client.get("/who", headers=bearer("viewer"))

    with store.reading() as session:
        used = {one.name: one.last_used_at for one in all_tokens(session)}
    assert used == {"viewer": clock(), "forecaster": None, "admin": None}


def test_too_many_wrong_tokens_from_one_address_are_told_to_wait(client):
    wrong = {"Authorization": "Bearer deciban_wrong"}

    statuses = [
        client.get("/who", headers=wrong).status_code
        for _ in range(identities.WRONG_TOKENS + 1)
    ]

    assert statuses == [401] * identities.WRONG_TOKENS + [429]


def test_wrong_tokens_do_not_lock_out_right_ones(client, bearer):
    for _ in range(identities.WRONG_TOKENS + 1):
        client.get("/who", headers={"Authorization": "Bearer deciban_wrong"})

    assert client.get("/who", headers=bearer("viewer")).status_code == 200
