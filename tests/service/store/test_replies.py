"""A request that is repeated is answered as it was the first time."""

from typing import Any

import pytest

from deciban.service.store import RepeatedKeyError, Store, tokens
from deciban.service.store.replies import KeptReply, forget_before, recall, remember
from tests.service.store.conftest import moment

REPLY = KeptReply("a" * 64, 201, {"ETag": '"2"'}, b'{"revision": 2}')


def answer(store: Store, key: str = "key", hour: int = 9, **options: Any) -> None:
    values = {"token": None, **REPLY._asdict()} | options
    with store.writing() as session:
        remember(session, key=key, now=moment(hour), **values)


def test_a_reply_is_recalled_as_it_was_given(store):
    answer(store)

    with store.reading() as session:
        assert recall(session, None, "key") == REPLY
        assert recall(session, None, "other") is None


def test_each_token_has_keys_of_its_own(store):
    answer(store, status=201)
    with store.writing() as session:
        token, _ = tokens.new_token(session, "ada", "admin", moment(9))
    answer(store, token=token.id, status=422)

    with store.reading() as session:
        assert recall(session, None, "key").status == 201
        assert recall(session, token.id, "key").status == 422


def test_of_two_requests_at_once_the_second_leaves_nothing(store):
    answer(store)

    with pytest.raises(RepeatedKeyError), store.writing() as session:
        tokens.new_token(session, "ada", "admin", moment(9))  # what it was to do
        values = REPLY._asdict() | {"status": 500}
        remember(session, token=None, key="key", now=moment(9), **values)

    with store.reading() as session:
        assert tokens.tokens(session) == []
        assert recall(session, None, "key") == REPLY


def test_old_replies_are_forgotten(store):
    answer(store, "old", hour=9)
    answer(store, "new", hour=11)

    with store.writing() as session:
        assert forget_before(session, moment(11)) == 1

    with store.reading() as session:
        assert recall(session, None, "old") is None
        assert recall(session, None, "new") == REPLY
