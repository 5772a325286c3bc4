"""What Prometheus scrapes is what has happened."""

import datetime
from dataclasses import replace

import pytest
from prometheus_client.parser import text_string_to_metric_families

from deciban.model.casebook.changes import changes_between
from deciban.model.casebook.files import read_casebook
from deciban.service.running.settings import Settings
from deciban.service.store import fits
from deciban.service.store.casebooks import Author, append
from deciban.service.web.app import create_app
from deciban.service.web.server.metrics import is_for_this_machine_only


@pytest.fixture
def scraped(client):
    """Return a measurement, by its name and labels."""

    def value(name, **labels):
        text = client.get("/metrics").text
        (found,) = [
            sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
            if sample.name == name and labels.items() <= sample.labels.items()
        ]
        return found

    return value


@pytest.fixture
def posted(store, files, clock):
    """Return a case in the store, changed a minute ago, and how to fit it."""
    with store.writing() as session:
        revision = append(
            session,
            "war",
            changes_between(None, read_casebook(*files)),
            author=Author("anna", None),
            now=clock(),
        )
    clock.advance(minutes=1)

    def fit(end):
        with store.writing() as session:
            asked = fits.ask(
                session,
                "war",
                revision=revision,
                as_of=datetime.date(2024, 3, 31),
                settings={"draws": 1000, "tune": 400, "chains": 4},
                digest="0" * 64,
                asked_by="service",
                now=clock(),
            )
            fits.start(session, asked.id, clock())
            clock.advance(seconds=3)
            end(session, asked.id, clock())

    return fit


def test_requests_are_counted_by_route_and_status(client, scraped):
    for _ in range(2):
        client.get("/healthz")
    client.get("/nowhere/1")
    client.get("/nowhere/2")

    count = "deciban_request_seconds_count"
    assert scraped(count, route="/healthz", method="GET", status="200") == 2
    assert scraped(count, route="none", method="GET", status="404") == 2


def test_an_unfitted_change_grows_old(posted, scraped, clock):
    assert scraped("deciban_cases") == 1
    assert scraped("deciban_oldest_unfitted_change_seconds") == 60

    clock.advance(minutes=1)

    assert scraped("deciban_oldest_unfitted_change_seconds") == 120


def test_fits_are_counted_once_with_their_duration(posted, scraped, client):
    posted(lambda session, fit, now: fits.fail(session, fit, "no", now))

    for _ in range(2):  # however often it is scraped
        assert scraped("deciban_fit_seconds_count", state="failed") == 1
    assert scraped("deciban_fit_seconds_sum", state="failed") == 3
    assert scraped("deciban_fit_seconds_count", state="done") == 0


def test_a_fit_whose_end_is_kept_after_that_of_a_later_one_is_counted(posted, scraped):
    posted(lambda session, fit, now: fits.fail(session, fit, "no", now))
    assert scraped("deciban_fit_seconds_count", state="failed") == 1
    late = datetime.timedelta(seconds=3)
    posted(lambda session, fit, now: fits.fail(session, fit, "no", now - late))

    for _ in range(2):
        assert scraped("deciban_fit_seconds_count", state="failed") == 2


def test_a_failed_fit_leaves_its_change_unfitted(posted, scraped):
    posted(lambda session, fit, now: fits.fail(session, fit, "no", now))

    assert scraped("deciban_oldest_unfitted_change_seconds") == 63


def test_fits_that_run_are_shown(posted, scraped):
    posted(lambda *_: None)

    assert scraped("deciban_fits_running") == 1
    assert scraped("deciban_fits_queued") == 0


@pytest.mark.parametrize(
    ("changes", "is_open"),
    [
        ({}, True),
        ({"host": "0.0.0.0"}, False),
        ({"proxies": 1}, False),
        ({"public_url": "https://deciban.example"}, False),
    ],
)
def test_measurements_are_open_on_this_machine_alone(changes, is_open):
    settings = Settings.from_environment({}, **changes)

    assert is_for_this_machine_only(settings) is is_open


def test_measurements_that_others_can_reach_need_a_token(shared, bearer):
    settings = replace(shared.settings, host="0.0.0.0")
    client = create_app(replace(shared, settings=settings)).test_client()

    assert client.get("/metrics").status_code == 401
    assert client.get("/metrics", headers=bearer("viewer")).status_code == 200
