"""Tokens are made, listed and revoked on the store itself."""

import json

import pytest

from deciban.service.store.tokens import find_token
from deciban.service.web.access import sign_in_link


@pytest.fixture
def tokens_of(deciban, store, monkeypatch):
    """Return ``deciban token`` on a store of its own."""
    monkeypatch.setenv("DECIBAN_DATABASE_URL", f"sqlite:///{store.file}")
    return lambda *words: deciban("token", *words)


def test_a_new_token_is_told_once_and_is_good(tokens_of, store):
    made = tokens_of("new", "anna", "--role", "forecaster")

    secret = made.stdout.strip()
    with store.reading() as session:
        found = find_token(session, secret)
    assert (found.name, found.role) == ("anna", "forecaster")
    assert secret not in tokens_of("list").stdout


def test_as_json_it_comes_with_its_name_and_role(tokens_of):
    made = json.loads(tokens_of("new", "anna", "--json").stdout)

    assert (made["name"], made["role"]) == ("anna", "viewer")
    assert made["secret"].startswith("deciban_")


def test_a_name_is_given_once(tokens_of):
    tokens_of("new", "anna")

    again = tokens_of("new", "anna")

    assert again.exit_code == 1
    assert "must be that of no other token, got 'anna'" in again.stderr


def test_a_revoked_token_is_listed_as_such_and_good_no_more(tokens_of, store):
    secret = tokens_of("new", "anna").stdout.strip()

    assert tokens_of("revoke", "anna").exit_code == 0

    with store.reading() as session:
        assert find_token(session, secret) is None
    (listed,) = json.loads(tokens_of("list", "--json").stdout)
    assert listed["name"] == "anna" and listed["revoked"] is not None


def test_the_links_that_the_service_printed_are_revoked_at_once(
    tokens_of, client, shared
):
    link = sign_in_link(shared.store, shared.settings, "admin", shared.clock())

    assert tokens_of("revoke", "--links").stdout.startswith("every printed sign-in")

    assert client.get(link.removeprefix("http://127.0.0.1:8000")).status_code == 410
    for words in ([], ["anna", "--links"]):
        assert "Give either NAME or --links." in tokens_of("revoke", *words).stderr


@pytest.mark.parametrize("command", ["revoke", "link"])
def test_a_token_that_is_none_is_told(tokens_of, command):
    result = tokens_of(command, "ben")

    assert result.exit_code == 1
    assert "must be one of those in the store, got 'ben'" in result.stderr


def test_a_link_signs_in_as_its_token(tokens_of, client):
    tokens_of("new", "anna", "--role", "admin")

    link = tokens_of("link", "anna").stdout.strip()

    assert link.startswith("http://127.0.0.1:8000/sign-in?code=")
    client.get(link.removeprefix("http://127.0.0.1:8000"))
    assert "signed in as anna" in client.get("/sign-in").text


def test_a_store_is_made_if_there_is_none(deciban, tmp_path, monkeypatch):
    file = tmp_path / "new" / "deciban.sqlite"
    monkeypatch.setenv("DECIBAN_DATABASE_URL", f"sqlite:///{file}")

    assert deciban("token", "new", "anna").exit_code == 0
    assert file.exists()
