"""Secrets are told once, found by their hash, and good until revoked."""

import datetime

import pytest
from sqlalchemy import text

from deciban.service.store import Store, TokenNameError, UnknownTokenError
from deciban.service.store.tokens import (
    end_session,
    find_sign_in,
    find_token,
    is_ended,
    new_sign_in,
    new_token,
    note_use,
    revoke,
    revoke_sign_ins,
    secret_key,
    sign_in_id,
    tokens,
    use_sign_in,
)
from tests.service.store.conftest import moment


def test_a_token_is_found_by_its_secret_alone(store):
    with store.writing() as session:
        token, secret = new_token(session, "ada", "forecaster", moment(9))

    with store.reading() as session:
        assert find_token(session, secret) == token
        for other in ("", secret[:-1], secret + "x", token.name, "\ud800"):
            assert find_token(session, other) is None


def test_a_secret_has_256_random_bits_and_is_not_kept(store):
    with store.writing() as session:
        _, secret = new_token(session, "ada", "admin", moment(9))
        kept = session.execute(text("SELECT * FROM tokens")).one()

    assert secret.startswith("deciban_")
    assert len(secret) == len("deciban_") + 43  # 43 digits of 6 bits hold 256
    assert not any(secret[8:] in str(value) for value in kept)


def test_a_revoked_token_is_good_no_more(store):
    with store.writing() as session:
        token, secret = new_token(session, "ada", "admin", moment(9))
        _, other = new_token(session, "bob", "viewer", moment(9))
        revoke(session, "ada", moment(10))
        revoke(session, token.id, moment(11))

        assert find_token(session, secret) is None
        assert find_token(session, other).name == "bob"
        assert [(t.name, t.revoked_at) for t in tokens(session)] == [
            ("ada", moment(10)),
            ("bob", None),
        ]


def test_a_token_is_revoked_by_its_number_as_typed(store):
    with store.writing() as session:
        token, _ = new_token(session, "ada", "admin", moment(9))
        assert revoke(session, str(token.id), moment(10)).revoked_at == moment(10)


@pytest.mark.parametrize("which", ["bob", "", 9, "9"])
def test_an_unknown_token_is_told(store, which):
    with pytest.raises(UnknownTokenError), store.writing() as session:
        revoke(session, which, moment(9))


@pytest.mark.parametrize("name", ["ada", "", " ", "a\nb", "x" * 81, "17"])
def test_a_name_that_would_not_tell_who_is_refused(store, name):
    with store.writing() as session:
        new_token(session, "ada", "admin", moment(9))
        revoke(session, "ada", moment(9))
        with pytest.raises(TokenNameError, match="name of a token must"):
            new_token(session, name, "viewer", moment(9))
        new_token(session, "bob", "viewer", moment(9))

    with store.reading() as session:
        assert [token.name for token in tokens(session)] == ["ada", "bob"]


def test_an_unknown_role_is_refused(store):
    with pytest.raises(ValueError, match="must be one of viewer, forecaster, admin"):
        with store.writing() as session:
            new_token(session, "ada", "owner", moment(9))


def test_when_a_token_was_used_last_is_noted(store):
    with store.writing() as session:
        token, secret = new_token(session, "ada", "admin", moment(9))
        note_use(session, token.id, moment(10))

    with store.reading() as session:
        assert find_token(session, secret).last_used_at == moment(10)


def test_a_link_signs_in_once(store):
    with store.writing() as session:
        token, _ = new_token(session, "ada", "forecaster", moment(9))
        secret = new_sign_in(session, token.id, moment(9), moment(10))

    with store.writing() as session:
        assert use_sign_in(session, secret, moment(9, 30)) == token
        assert use_sign_in(session, secret, moment(9, 30)) is None
        assert use_sign_in(session, "other", moment(9, 30)) is None


def test_a_link_of_no_token_signs_in_with_its_role(store):
    with store.writing() as session:
        secret = new_sign_in(session, "admin", moment(9), moment(10))
        who = use_sign_in(session, secret, moment(9))

    assert (who.id, who.role) == (None, "admin")
    with store.reading() as session:
        assert find_sign_in(session, sign_in_id(secret)) == who


def test_links_of_no_token_are_revoked_whether_used_or_not(store):
    with store.writing() as session:
        token, _ = new_token(session, "ada", "forecaster", moment(9))
        used, unused, other = (
            new_sign_in(session, whose, moment(9), moment(10))
            for whose in ("admin", "admin", token.id)
        )
        use_sign_in(session, used, moment(9))
        revoke_sign_ins(session)

        assert find_sign_in(session, sign_in_id(used)) is None
        assert use_sign_in(session, unused, moment(9)) is None
        assert use_sign_in(session, other, moment(9)) == token
        # The session of a token ends with that alone.
        assert find_sign_in(session, sign_in_id(other)) is None


def test_a_link_ends_with_its_time_and_its_token(store):
    with store.writing() as session:
        token, _ = new_token(session, "ada", "forecaster", moment(9))
        late, revoked = (
            new_sign_in(session, token.id, moment(9), moment(10)) for _ in range(2)
        )
        assert use_sign_in(session, late, moment(10)) is None
        revoke(session, "ada", moment(9))
        assert use_sign_in(session, revoked, moment(9)) is None
        with pytest.raises(UnknownTokenError):
            new_sign_in(session, token.id, moment(9), moment(10))


def test_the_key_of_sessions_is_made_once(store, url):
    with store.writing() as session:
        key = secret_key(session)
    again = Store(url)

    with again.reading() as session:
        assert secret_key(session) == key
    assert len(key) == 32
    again.close()


def test_a_session_that_ended_is_forgotten_when_it_would_be_too_old(store):
    longest = datetime.timedelta(hours=1)
    with store.writing() as session:
        for id, hour in (("one", 8), ("one", 9), ("two", 11)):
            end_session(session, id, moment(hour), longest)

    with store.reading() as session:
        ended = [is_ended(session, id) for id in ("one", "two", "three")]
        assert ended == [False, True, False]
