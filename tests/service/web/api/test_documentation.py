"""The documentation: from this service alone, under a policy as narrow as can be."""

import re

import pytest


@pytest.fixture
def page(app):
    return app.test_client().get("/api/v1/docs")


def test_the_documentation_needs_no_token_and_nothing_from_outside(app, page):
    asked = re.findall(r'(?:src|href|data-document)="([^"]+)"', page.text)

    assert page.status_code == 200
    for path in set(asked) - {"data:,"}:
        assert path.startswith("/api/v1/")
        assert app.test_client().get(path).status_code == 200, path


def test_no_script_is_written_into_the_page_and_none_may_be(page):
    policy = page.headers["Content-Security-Policy"]

    assert not re.search(r"<script(?![^>]*src=)", page.text)
    assert "script-src 'self';" in policy
    assert "style-src 'self' 'unsafe-inline'" in policy


def test_other_answers_may_not_have_styles_written_into_them(app):
    answer = app.test_client().get("/api/v1/openapi.json")

    assert "unsafe-inline" not in answer.headers["Content-Security-Policy"]


def test_no_other_file_of_the_package_is_served(app):
    answer = app.test_client().get("/api/v1/docs/oauth2-redirect.html")

    assert answer.status_code == 404
    assert answer.mimetype == "application/problem+json"
