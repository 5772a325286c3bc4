"""Changes by a session come from our own pages only."""

import pytest

from deciban.service.running.settings import Settings


@pytest.fixture
def public_url():
    return "https://deciban.example"


@pytest.fixture
def settings(store, public_url):
    return Settings.from_environment(
        {}, database_url=f"sqlite:///{store.file}", public_url=public_url
    )


def test_a_change_by_a_session_needs_its_token(signed_in):
    browser, token = signed_in("forecaster")

    assert browser.post("/who").status_code == 403
    assert browser.post("/who", data={"csrf_token": "x"}).status_code == 403
    assert browser.post("/who", data={"csrf_token": token}).status_code == 200
    assert browser.post("/who", headers={"X-CSRF-Token": token}).status_code == 200


def test_the_token_of_another_session_does_not_do(signed_in):
    browser, _ = signed_in("forecaster")
    _, token = signed_in("forecaster")

    assert browser.post("/who", headers={"X-CSRF-Token": token}).status_code == 403


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Origin": "http://localhost"}, 200),
        ({"Origin": "https://deciban.example"}, 200),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
    ],
    ids=str,
)
def test_what_the_browser_says_of_where_it_comes_from_counts(
    signed_in, headers, status
):
    browser, token = signed_in("forecaster")

    answer = browser.post("/who", headers=headers | {"X-CSRF-Token": token})

    assert answer.status_code == status


@pytest.mark.parametrize("public_url", [""])
@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("http://localhost", 200),
        ("https://deciban.example", 403),
        ("null", 403),
        ("nonsense", 403),
    ],
)
def test_without_an_address_of_its_own_only_the_one_asked_for_is_ours(
    signed_in, origin, status
):
    browser, token = signed_in("forecaster")

    answer = browser.post("/who", headers={"Origin": origin, "X-CSRF-Token": token})

    assert answer.status_code == status


def test_a_program_needs_no_such_token(client, bearer):
    headers = bearer("forecaster") | {"Origin": "https://evil.example"}

    assert client.post("/who", headers=headers).status_code == 200


def test_reading_by_a_session_needs_no_token(signed_in):
    browser, _ = signed_in("viewer")

    assert browser.get("/who").json["by"] == "session"
