"""Fits: asked for, followed, cancelled, downloaded."""

import json

import pytest

from deciban.model.sampling.progress import ChainProgress
from deciban.service.refits.feed import News
from deciban.service.store import fits

# What a fit that is asked for again has in common with the one before.
SAME = ("revision", "as_of", "settings", "digest", "asked_by")


def test_a_fit_that_is_asked_for_is_queued_and_found_at_its_place(ask, war):
    asked = ask("POST", "/fits", {"as_of": "2023-01-31", "draws": 200})
    found = ask("GET", asked.headers["Location"])

    assert asked.status_code == 202
    assert found.json["state"] == "queued"
    assert found.json["as_of"] == "2023-01-31"
    assert found.json["settings"] == {"draws": 200, "tune": 400, "chains": 4}
    assert found.json["asked_by"] == "forecaster"
    assert (found.json["checks"], found.json["summary"]) == (None, None)


def test_a_fit_is_asked_for_within_bounds(ask, war):
    refused = ask("POST", "/fits", {"draws": 10**6, "chains": 1})

    assert [one["pointer"] for one in refused.json["errors"]] == [
        "#/draws",
        "#/chains",
    ]


@pytest.mark.parametrize(
    ("draws", "shown", "mend"),
    [
        ('"100"', "100", ": remove the quotation marks"),
        ("100.5", 100.5, ""),
        ("1e999", "inf", ""),
    ],
)
def test_draws_are_asked_for_as_a_whole_number(ask, war, draws, shown, mend):
    refused = ask(
        "POST", "/fits", data=f'{{"draws": {draws}}}', content_type="application/json"
    )

    assert refused.json["errors"] == [
        {
            "pointer": "#/draws",
            "detail": f"must be a whole number{mend}",
            "value": shown,
        }
    ]


def test_draws_of_all_chains_are_no_more_than_can_be_kept(ask, war):
    most = ask("POST", "/fits", {"draws": 20_000})  # of four chains
    refused = ask("POST", "/fits", {"draws": 20_000, "chains": 5})

    assert most.status_code == 202
    assert refused.status_code == 422
    assert refused.json["errors"] == [
        {
            "pointer": "#",
            "detail": "must ask for at most 80,000 draws, all chains together",
            "value": 100_000,
        }
    ]


def test_a_fit_that_waits_is_cancelled_and_one_that_is_over_is_not(ask, fit):
    place = ask("POST", "/fits", {}).headers["Location"]

    assert ask("POST", f"{place}/cancel").status_code == 202
    assert ask("GET", place).json["state"] == "cancelled"
    assert ask("POST", f"{place}/cancel").status_code == 409
    assert ask("POST", f"/fits/{fit}/cancel").status_code == 409


def test_fits_come_in_pages_the_newest_first_and_by_state(ask, fit):
    for _ in range(3):
        ask("POST", "/fits", {})

    first = ask("GET", "/fits?limit=2").json
    second = ask("GET", f"/fits?limit=2&cursor={first['next']}").json
    done = ask("GET", "/fits?state=done").json

    assert [one["id"] for one in first["fits"] + second["fits"]] == [4, 3, 2, 1]
    assert second["next"] is None
    assert [one["id"] for one in done["fits"]] == [fit]


def test_a_fit_belongs_to_its_case(ask, fit):
    assert ask("GET", f"/api/v1/cases/other/fits/{fit}").status_code == 404
    assert ask("GET", "/fits/999").status_code == 404


def test_a_fit_is_followed_to_its_end(ask, fit, scheduler):
    scheduler.news = [
        News(fit, "war", 1, "running", "sampling", (ChainProgress(5, 9, 0),), number=7),
        News(fit, "war", 1, "done", number=8),
    ]

    answer = ask("GET", f"/fits/{fit}/events")

    lines = answer.text.splitlines()
    assert answer.mimetype == "text/event-stream"
    assert [line for line in lines if line.startswith(("id", "event"))] == [
        "id: 7",
        "event: progress",
        "id: 8",
        "event: end",
    ]
    progress = json.loads(lines[lines.index("event: progress") + 1][6:])
    assert progress["chains"] == [{"done": 5, "total": 9, "divergences": 0}]


def test_who_comes_back_is_told_what_is_new_only(ask, fit, scheduler):
    scheduler.news = [
        News(fit, "war", 1, "running", "sampling", number=7),
        News(fit, "war", 1, "done", number=8),
    ]

    again = ask("GET", f"/fits/{fit}/events", headers={"Last-Event-ID": "7"})

    assert "event: progress" not in again.text
    assert "id: 8" in again.text


def test_who_comes_back_after_the_end_is_told_to_stay_away(ask, fit, scheduler):
    """A browser comes back by itself when a stream has ended, unless told by 204."""
    scheduler.news = [News(fit, "war", 1, "done", number=8)]

    again = ask("GET", f"/fits/{fit}/events", headers={"Last-Event-ID": "8"})

    assert (again.status_code, again.data) == (204, b"")


def test_a_number_that_no_news_had_is_as_good_as_none(ask, fit, scheduler):
    scheduler.news = [
        News(fit, "war", 1, "running", "sampling", number=7),
        News(fit, "war", 1, "done", number=8),
    ]

    again = ask("GET", f"/fits/{fit}/events", headers={"Last-Event-ID": "9" * 18})

    assert [line for line in again.text.splitlines() if line.startswith("id")] == [
        "id: 7",
        "id: 8",
    ]


def test_a_line_is_kept_open_and_ends_with_the_service(ask, fit, shared):
    answer = ask("GET", f"/fits/{fit}/events", buffered=False)
    chunks = iter(answer.response)

    opening = [next(chunks), next(chunks)]
    shared.stopping.set()

    assert all(chunk.startswith(b":") for chunk in opening)
    assert b"event" not in b"".join(chunks)


def test_the_draws_of_a_fit_are_downloaded_once_they_are_kept(
    ask, fit, store, scheduler
):
    path = f"/fits/{fit}/posterior.nc"

    early = ask("GET", path)
    with store.writing() as session:
        fits.keep(session, fit, "posterior.nc", "application/x-netcdf", b"CDF")
    late = ask("GET", path)

    assert (early.status_code, early.headers["Retry-After"]) == (404, "5")
    assert scheduler.files_asked == [fit]
    assert (late.data, late.mimetype) == (b"CDF", "application/x-netcdf")
    assert "war-1-posterior.nc" in late.headers["Content-Disposition"]


@pytest.mark.parametrize("path", ["posterior.nc", "plots/trace.svg", "plots/rank.json"])
def test_of_a_fit_whose_draws_were_let_go_there_is_nothing_to_download(
    ask, fit, store, scheduler, clock, path
):
    with store.writing() as session:
        old = fits.fit(session, fit)
        same = {name: getattr(old, name) for name in SAME}
        newer = fits.ask(session, "war", now=clock(), **same).id
        fits.start(session, newer, clock())
        found = {"summary": old.summary, "seed": 1, "draws": b"", "now": clock()}
        fits.finish(session, newer, **found)
        fits.let_go(session, "war", asked_by=old.asked_by, most=1)

    gone = ask("GET", f"/fits/{fit}/{path}")

    assert (gone.status_code, gone.json["type"]) == (409, "urn:deciban:problem:let-go")
    assert scheduler.files_asked == []
    assert ask("GET", f"/fits/{fit}").json["state"] == "done"
