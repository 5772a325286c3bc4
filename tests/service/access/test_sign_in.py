"""A browser signs in by a link that works once, or by a token."""

import pytest

from service.access import sign_in_link


@pytest.fixture
def link(shared):
    return sign_in_link(shared, "admin", "http://localhost").removeprefix(
        "http://localhost"
    )


def test_the_link_signs_in_and_leads_to_the_first_page(client, link):
    answer = client.get(link)

    assert (answer.status_code, answer.location) == (302, "/")
    assert "signed in as admin" in client.get("/sign-in").text
