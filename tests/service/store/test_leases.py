"""Tests of service/store/leases.py: a store of PostgreSQL has one service at a time."""

import threading
import time
from collections.abc import Iterator
from contextlib import closing

import psycopg
import pytest

from deciban.service.store import LeaseLostError, Store, tokens
from deciban.service.store.leases import Lease
from deciban.service.web.server.service_process import ServeError, only_service
from tests.service.conftest import PATIENCE
from tests.service.store.conftest import moment, patient

EVER = 1e6  # seconds, in which no test ends


@pytest.fixture
def leased_url(postgresql, postgresql_template) -> str:
    """URL of a database that nobody serves."""
    return postgresql(postgresql_template)


@pytest.fixture
def stores(leased_url) -> Iterator[list[Store]]:
    """Return what two services have open."""
    stores = [patient(leased_url), patient(leased_url)]
    yield stores
    for store in stores:
        store.close()


def expire(url: str) -> None:
    """Let the time of the lease pass."""
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute("UPDATE leases SET expires_at = now() - interval '1 second'")


def add(store: Store, name: str) -> None:
    with store.writing() as session:
        tokens.new_token(session, name, "viewer", moment(9))


def names(store: Store) -> list[str]:
    with store.reading() as session:
        return [token.name for token in tokens.tokens(session)]


def test_who_has_lost_the_lease_knows_before_it_writes(stores, leased_url):
    """It has stood still meanwhile, and thinks that it holds the store."""
    first, second = (Lease(store, EVER) for store in stores)
    assert first.take()
    with closing(patient(leased_url)) as store:
        store.guard(first.check)
        add(store, "ada")
        expire(leased_url)
        assert second.take()

        with pytest.raises(LeaseLostError, match="taken over by another service"):
            add(store, "bob")

        assert names(store) == ["ada"]
    assert first.is_lost
    with pytest.raises(LeaseLostError):
        first.renew()
    second.renew()


def test_what_is_being_written_is_written_before_another_takes_over(stores, leased_url):
    first, second = (Lease(store, EVER) for store in stores)
    assert first.take()
    taken = threading.Event()

    def take() -> None:
        assert second.take()
        taken.set()

    other = threading.Thread(target=take)
    with closing(patient(leased_url)) as store:
        store.guard(first.check)
        expire(leased_url)
        with store.writing() as session:
            other.start()
            until_somebody_waits(leased_url)
            assert not taken.is_set()
            tokens.new_token(session, "ada", "viewer", moment(9))
        assert taken.wait(PATIENCE)
        other.join()
        assert names(store) == ["ada"]


def until_somebody_waits(url: str) -> None:
    waiting = "SELECT 1 FROM pg_locks WHERE NOT granted"
    with psycopg.connect(url, autocommit=True) as admin:
        end = time.monotonic() + PATIENCE
        while admin.execute(waiting).fetchone() is None:
            assert time.monotonic() < end


def test_a_lease_that_expired_is_kept_where_nobody_has_taken_it(stores, leased_url):
    lease = Lease(stores[0], EVER)
    assert lease.take()
    expire(leased_url)

    lease.renew()

    assert not lease.is_lost


def test_a_service_goes_on_after_its_server_has_lost_all_connections(leased_url):
    """An advisory lock is gone then, and nobody is told."""
    with closing(patient(leased_url)) as store, only_service(store, leased_url):
        with psycopg.connect(leased_url, autocommit=True) as admin:
            admin.execute(
                "SELECT pg_terminate_backend(pid, %s) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()",
                [int(1000 * PATIENCE)],
            )

        with (
            closing(patient(leased_url)) as other,
            pytest.raises(ServeError, match="and another runs"),
            only_service(other, leased_url),
        ):
            pytest.fail("two at once")
        add(store, "ada")


def test_a_service_that_ends_leaves_the_store_to_the_next_at_once(leased_url, caplog):
    caplog.set_level("INFO")
    for _ in range(2):
        with closing(patient(leased_url)) as store, only_service(store, leased_url):
            pass

    assert "waiting" not in caplog.text


def test_a_service_whose_store_is_taken_over_is_told_and_ends(stores, leased_url):
    lost = threading.Event()
    with pytest.raises(ServeError, match="another service has taken its store over"):
        with only_service(stores[0], leased_url, lost.set):
            expire(leased_url)
            assert Lease(stores[1], EVER).take()

            with pytest.raises(LeaseLostError):
                add(stores[0], "ada")

            assert lost.wait(PATIENCE)
