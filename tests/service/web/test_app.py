"""The application as a whole: errors tell nothing of the machine."""

from dataclasses import replace

import pytest
from flask import request

from deciban.service.web.access import identity
from deciban.service.web.app import create_app


@pytest.fixture
def broken(app):
    """Return a browser of an application with a view that breaks."""

    @app.get("/broken")
    def broken():
        raise RuntimeError("/home/anna/secret.txt")

    app.config["PROPAGATE_EXCEPTIONS"] = False
    return app.test_client()


def test_an_unexpected_error_tells_nothing_but_that_there_is_one(broken):
    answer = broken.get("/broken")

    assert answer.status_code == 500
    assert "anna" not in answer.text and "RuntimeError" not in answer.text
    assert answer.headers["X-Request-Id"]


def test_a_store_that_cannot_be_used_is_told_as_such(client, store, bearer):
    headers = bearer("viewer")
    store.close()
    store.file.unlink()

    answer = client.get("/sign-in", headers=headers)

    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "2"
    assert str(store.file) not in answer.text


def test_an_unknown_path_is_not_found(client):
    assert client.get("/nowhere").status_code == 404


@pytest.mark.parametrize(
    ("proxies", "address", "scheme"),
    [(0, "127.0.0.1", "http"), (1, "192.0.2.7", "https")],
)
def test_what_a_proxy_says_counts_if_there_is_one(shared, proxies, address, scheme):
    settings = replace(shared.settings, proxies=proxies)
    app = create_app(replace(shared, settings=settings))
    app.add_url_rule(
        "/seen", "seen", lambda: f"{request.remote_addr} {request.scheme} {identity()}"
    )

    seen = app.test_client().get(
        "/seen",
        headers={"X-Forwarded-For": "192.0.2.7", "X-Forwarded-Proto": "https"},
    )

    assert seen.text == f"{address} {scheme} None"
