"""A browser signs in by a link that works once, or by a token."""

import pytest

from deciban.service.store.tokens import revoke, revoke_sign_ins
from deciban.service.web.access import forget_tokens, sign_in_link

ADDRESS = "http://127.0.0.1:8000"


@pytest.fixture
def link(shared):
    """Return the path of a link as the service prints it at its start."""
    made = sign_in_link(shared.store, shared.settings, "admin", shared.clock())
    return made.removeprefix(ADDRESS)


@pytest.fixture
def form(client):
    """Return how a token is typed into the form."""
    token = client.get("/sign-in").text.split('csrf_token" value="')[1].split('"')[0]
    return lambda secret, **more: client.post(
        "/sign-in", data={"csrf_token": token, "token": secret, **more}
    )


def test_the_link_signs_in_and_leads_to_the_first_page(client, link):
    answer = client.get(link)

    assert (answer.status_code, answer.location) == (302, "/")
    assert "signed in as admin" in client.get("/sign-in").text
    assert client.get("/for/admin").status_code == 200


def test_the_cookie_is_kept_from_scripts_and_other_sites(client, link):
    cookie = client.get(link).headers["Set-Cookie"]

    assert cookie.startswith("deciban_session=")
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Path=/" in cookie
    assert "Secure" not in cookie


def test_the_cookie_is_secure_where_the_request_was(client, link):
    answer = client.get(link, base_url="https://localhost")

    assert "Secure" in answer.headers["Set-Cookie"]


def test_a_link_works_once(app, client, link):
    client.get(link)
    another = app.test_client()

    answer = another.get(link)

    assert answer.status_code == 410
    assert "Must be a sign-in link that is new" in answer.text
    assert another.get("/for/viewer").status_code == 401


@pytest.mark.parametrize(
    "then", ["/%0d%0ax", "/%00", "/%09/evil.example", "/%e2%80%a8"]
)
def test_wherever_a_link_is_to_lead_it_signs_in(client, link, then):
    answer = client.get(f"{link}&then={then}")

    assert (answer.status_code, answer.location) == (302, "/")


def test_a_sign_in_that_went_wrong_leaves_its_link_good(app, client, link, monkeypatch):
    app.config["PROPAGATE_EXCEPTIONS"] = False
    with monkeypatch.context() as patch:
        patch.delattr("deciban.service.web.access.sign_in.redirect")
        assert client.get(link).status_code == 500

    assert app.test_client().get(link).status_code == 302


def test_a_link_expires(client, link, clock):
    clock.advance(minutes=31)

    assert client.get(link).status_code == 410


def test_looking_at_a_link_does_not_use_it_up(client, link):
    assert client.head(link).status_code == 200

    assert client.get(link).status_code == 302


def test_a_made_up_link_signs_nobody_in(client):
    assert client.get("/sign-in?code=x").status_code == 410


def test_a_token_signs_in_as_itself(client, form, tokens):
    assert form(tokens["forecaster"]).status_code == 302

    said = client.get("/who").json
    assert (said["name"], said["by"]) == ("forecaster", "session")


def test_a_wrong_token_is_refused_and_can_be_tried_again(form, tokens):
    answer = form("deciban_wrong")

    assert answer.status_code == 401
    assert "Must be a token that is in use" in answer.text
    assert form(tokens["viewer"]).status_code == 302


def test_the_form_of_another_site_signs_nobody_in(client, tokens):
    answer = client.post("/sign-in", data={"token": tokens["viewer"]})

    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("then", "location"),
    [
        ("/cases/x?day=1", "/cases/x?day=1"),
        ("https://evil.example", "/"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("javascript:alert(1)", "/"),
    ],
)
def test_signing_in_leads_on_to_pages_of_ours_alone(form, tokens, then, location):
    assert form(tokens["viewer"], then=then).location == location


def test_signing_out_ends_the_session(signed_in):
    browser, token = signed_in("viewer")
    assert browser.post("/sign-out").status_code == 403

    answer = browser.post("/sign-out", data={"csrf_token": token})

    assert answer.location == "/sign-in"
    assert browser.get("/for/viewer").status_code == 401


def test_a_copy_of_the_cookie_is_good_no_more_after_signing_out(app, signed_in):
    browser, token = signed_in("viewer")
    other, _ = signed_in("viewer")
    thief = app.test_client()
    thief.set_cookie("deciban_session", browser.get_cookie("deciban_session").value)
    assert thief.get("/for/viewer").status_code == 200

    browser.post("/sign-out", data={"csrf_token": token})

    assert thief.get("/for/viewer").status_code == 401
    assert other.get("/for/viewer").status_code == 200


def test_a_session_grows_too_old(signed_in, clock):
    browser, _ = signed_in("viewer")

    clock.advance(hours=11, minutes=59)
    assert browser.get("/for/viewer").status_code == 200
    clock.advance(minutes=2)
    assert browser.get("/for/viewer").status_code == 401


def test_a_session_ends_with_its_token(app, signed_in, store, clock):
    browser, _ = signed_in("viewer")

    with store.writing() as session:
        revoke(session, "viewer", clock())
    with app.app_context():
        forget_tokens()

    assert browser.get("/for/viewer").status_code == 401


def test_a_session_of_no_token_ends_with_the_link_that_it_came_of(
    app, client, link, signed_in, store
):
    client.get(link)
    browser, _ = signed_in("viewer")
    assert client.get("/for/admin").status_code == 200

    with store.writing() as session:
        revoke_sign_ins(session)
    with app.app_context():
        forget_tokens()

    assert client.get("/for/viewer").status_code == 401
    assert browser.get("/for/viewer").status_code == 200


def test_a_cookie_that_was_altered_signs_nobody_in(client, link):
    client.get(link)
    cookie = client.get_cookie("deciban_session")
    client.set_cookie("deciban_session", "x" + cookie.value)

    assert client.get("/for/viewer").status_code == 401
