"""Idempotency keys: a post that is sent again changes nothing."""

import threading

import pytest

from deciban.service.web.api import idempotency
from tests.service.web.api.builders import make_report

KEY = {"Idempotency-Key": "8e03978e"}


def test_a_post_that_is_sent_again_is_answered_again_and_changes_nothing(ask, fit):
    first = ask("POST", "/reports", make_report(), headers=KEY)
    again = ask("POST", "/reports", make_report(), headers=KEY)

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.data == first.data
    assert again.headers["Location"] == first.headers["Location"]
    assert again.headers["Idempotency-Replayed"] == "true"
    assert ask("GET", "").json["revision"] == 2


def test_a_key_is_not_for_another_body_or_another_path(ask, war):
    ask("POST", "/reports", make_report(), headers=KEY)

    other_body = ask("POST", "/reports", make_report("other"), headers=KEY)
    other_path = ask("POST", "/fits", {}, headers=KEY)

    for refused in (other_body, other_path):
        assert refused.status_code == 422
        assert refused.json["type"] == "urn:deciban:problem:key-used-before"


def test_a_key_is_known_to_who_sent_it_alone(ask, war):
    ask("POST", "/reports", make_report(), headers=KEY)

    mine = ask("POST", "/reports", make_report("mine"), role="admin", headers=KEY)

    assert mine.status_code == 201


def test_a_key_is_known_for_a_day_and_forgotten_then(ask, war, clock, monkeypatch):
    monkeypatch.setattr(idempotency, "_CLEARS", "")  # so each request clears away
    ask("POST", "/reports", make_report(), headers=KEY)

    clock.advance(hours=23)
    ask("POST", "/reports", make_report("more"), headers={"Idempotency-Key": "1"})
    assert ask("POST", "/reports", make_report(), headers=KEY).status_code == 201

    clock.advance(hours=2)
    ask("POST", "/reports", make_report("third"), headers={"Idempotency-Key": "2"})
    assert ask("POST", "/reports", make_report(), headers=KEY).status_code == 409


def test_what_was_refused_may_be_mended_under_its_key(ask, war):
    refused = ask("POST", "/reports", make_report(credibility=9), headers=KEY)
    mended = ask("POST", "/reports", make_report(), headers=KEY)

    assert (refused.status_code, mended.status_code) == (422, 201)


def test_a_fit_that_is_asked_for_again_is_not_queued_again(ask, war):
    first, again = (ask("POST", "/fits", {}, headers=KEY) for _ in range(2))

    assert first.json == again.json
    assert len(ask("GET", "/fits").json["fits"]) == 1


def test_the_same_post_at_the_same_time_is_done_once(ask, war):
    answers = []

    def post() -> None:
        answers.append(ask("POST", "/reports", make_report(), headers=KEY))

    threads = [threading.Thread(target=post) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert {(a.status_code, a.data) for a in answers} == {(201, answers[0].data)}
    assert ask("GET", "").json["revision"] == 2


@pytest.mark.parametrize("key", ["", "two words", "x" * 201])
def test_a_key_must_be_one(ask, war, key):
    refused = ask("POST", "/fits", {}, headers={"Idempotency-Key": key})

    assert refused.status_code == 400


def test_what_was_taken_out_or_put_is_answered_again_as_well(ask, war):
    """A DELETE whose answer was lost would find nothing at its retry."""
    ask("POST", "/reports", make_report())
    put = {"id": "nis", "name": "NIS", "reliability": "B"}
    for n, (method, path, body) in enumerate(
        [
            ("PUT", "/sources/nis?because=Read+again", put),
            ("DELETE", "/reports/seen?because=It+was+not+so", None),
        ]
    ):
        key = {"Idempotency-Key": str(n)}
        first = ask(method, path, body, headers=key)
        revision = ask("GET", "").json["revision"]

        again = ask(method, path, body, headers=key)

        assert (first.status_code, again.status_code) in {(200, 200), (204, 204)}
        assert again.data == first.data
        assert again.headers.get("Content-Type") == first.headers.get("Content-Type")
        assert again.headers["Idempotency-Replayed"] == "true"
        assert ask("GET", "").json["revision"] == revision
