"""Streams are only so many at once, and end with what their asker signed in by."""

import pytest

from deciban.service.running.settings import Settings
from deciban.service.store.tokens import revoke, revoke_sign_ins
from deciban.service.web.access import forget_tokens, sign_in_link


@pytest.fixture
def settings(store):
    """Return settings with threads for two streams."""
    return Settings.from_environment(
        {}, database_url=f"sqlite:///{store.file}", threads=4
    )


@pytest.fixture
def begin(client):
    """Return how a stream is begun: its answer, and its parts as they come."""

    def open_stream(**options):
        answer = client.get("/stream", **options)
        return answer, (part.decode() for part in answer.iter_encoded())

    return open_stream


def test_a_stream_ends_when_its_token_is_revoked(app, begin, bearer, store, clock):
    _, parts = begin(headers=bearer("viewer"))
    assert [next(parts), next(parts)] == ["0", "1"]

    with store.writing() as session:
        revoke(session, "viewer", clock())
    with app.app_context():
        forget_tokens()

    assert list(parts) == []


def test_a_stream_of_no_token_ends_with_its_sign_in_link(app, client, begin, shared):
    link = sign_in_link(shared.store, shared.settings, "admin", shared.clock())
    client.get(link[link.index("/sign-in") :])
    _, parts = begin()
    assert next(parts) == "0"

    with shared.store.writing() as session:
        revoke_sign_ins(session)
    with app.app_context():
        forget_tokens()

    assert list(parts) == []


def test_a_stream_goes_on_while_its_token_is_good(begin, bearer):
    _, parts = begin(headers=bearer("viewer"))

    assert list(parts) == [str(n) for n in range(9)]


def test_half_of_the_threads_may_stream_and_the_rest_is_told_to_wait(client, begin):
    first, second = begin()[0], begin()[0]
    for _ in range(3):
        client.head("/stream").close()  # takes no place, nor keeps one

    refused = client.get("/stream")
    first.close()
    first.close()  # gives its one place back
    third = client.get("/stream")
    fourth = client.get("/stream")

    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "10")
    assert [one.status_code for one in (third, fourth)] == [200, 429]
    for one in (second, third):
        one.close()


def test_a_stream_that_breaks_as_it_ends_gives_its_place_back(client, begin):
    broken = client.get("/breaking")
    next(broken.iter_encoded())
    with pytest.raises(RuntimeError, match="the store is gone"):
        broken.close()

    first, second = begin()[0], begin()[0]

    assert [one.status_code for one in (first, second)] == [200, 200]
    for one in (first, second):
        one.close()
