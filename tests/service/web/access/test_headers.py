"""Every answer carries the headers that keep a browser from harm."""

import pytest
from flask import Response


@pytest.mark.parametrize("path", ["/healthz", "/sign-in", "/nowhere", "/for/admin"])
def test_every_answer_forbids_what_is_not_ours(client, path):
    headers = client.get(path).headers

    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy and "http" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cache-Control"] == "no-store"


def test_what_has_an_etag_may_be_kept_and_is_asked_for_again(app, client):
    app.add_url_rule(
        "/tagged", "tagged", lambda: Response("x", headers={"ETag": '"1"'})
    )

    assert client.get("/tagged").headers["Cache-Control"] == "private, no-cache"


def test_what_a_view_sets_itself_stays(app, client):
    own = {"Cache-Control": "public, max-age=60", "Content-Security-Policy": "sandbox"}
    app.add_url_rule("/own", "own", lambda: Response("x", headers=own))

    headers = client.get("/own").headers

    assert {name: headers[name] for name in own} == own


def test_a_body_that_is_too_large_is_refused(app, client, bearer):
    app.config["MAX_CONTENT_LENGTH"] = 10

    answer = client.post("/sign-in", data={"token": "x" * 11})

    assert answer.status_code == 413
