"""What the API answers when nothing can be written: when to come back, and all or none.

The store is a real one, whose file another process holds, or which has no room left.
"""

import shutil
import sqlite3
from contextlib import closing, contextmanager

import pytest
from sqlalchemy import Engine, event

from deciban.service.store import Store, casebooks
from tests.service.web.api.builders import make_report


@pytest.fixture
def store(new_store_file, tmp_path):
    """Return a store that does not wait long for others."""
    file = tmp_path / "deciban.sqlite"
    shutil.copy(new_store_file, file)
    store = Store(f"sqlite:///{file}", timeout_seconds=0.2)
    yield store
    store.close()


@contextmanager
def locked(store):
    """Hold the file as another process does that writes."""
    with closing(sqlite3.connect(store.file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


@contextmanager
def full(store):
    """Let the file not grow any more: SQLite then says that the disk is full."""
    with closing(sqlite3.connect(store.file)) as other:
        (pages,) = other.execute("PRAGMA page_count").fetchone()

    def leave_no_room(connection, _record):
        connection.execute(f"PRAGMA max_page_count = {pages}")

    store.close()  # connections that are open know nothing of it
    event.listen(Engine, "connect", leave_no_room)
    try:
        yield
    finally:
        event.remove(Engine, "connect", leave_no_room)
        store.close()


def written(store):
    """Return the revision of the case, and how many entries its history has."""
    with store.reading() as session:
        head = casebooks.head(session, "war")
        return head.revision, len(casebooks.history(session, "war", limit=1000))


@pytest.mark.parametrize("trouble", [locked, full])
def test_a_post_that_cannot_be_written_is_told_so_and_leaves_nothing_behind(
    ask, fit, store, scheduler, trouble
):
    ask("GET", "/forecasts")  # notes that the token is used, which is a write
    report = make_report(claim="Trains with shells were seen. " * 400)
    before = written(store)

    with trouble(store):
        refused = ask("POST", "/reports", report, headers={"Idempotency-Key": "once"})
        read = ask("GET", "/reports")

    assert refused.status_code == 503
    assert "is full: its disk" in refused.text or "is locked by" in refused.text
    assert "nothing was written" in refused.json["detail"]
    assert refused.mimetype == "application/problem+json"
    assert int(refused.headers["Retry-After"]) > 0
    assert str(store.file) not in refused.text
    assert (read.status_code, read.json["reports"]) == (200, [])
    assert written(store) == before
    assert scheduler.noticed == []

    kept = ask("POST", "/reports", report, headers={"Idempotency-Key": "once"})

    assert kept.status_code == 201
    assert "Idempotency-Replayed" not in kept.headers
    assert written(store) == (before[0] + 1, before[1] + 1)
    assert scheduler.noticed == ["war"]


def test_a_store_that_cannot_be_written_to_is_not_ready(client, store):
    with full(store):
        for _ in range(2):
            answer = client.get("/readyz")

            assert answer.status_code == 503
            assert answer.json["reasons"] == ["the store is full: its disk has no room"]

    assert client.get("/readyz").json["ready"]
