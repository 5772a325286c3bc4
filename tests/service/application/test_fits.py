"""Fits: one limit, one look-up and one way to follow them, for pages and API."""

import pytest

from deciban.model.sampling.progress import ChainProgress
from deciban.service.application.current_forecasts import DrawsNotKeptError
from deciban.service.application.fits import (
    DrawsLimitError,
    FileNotMadeError,
    ask_for_fit,
    find_fit,
    fit_file,
    news_of_fit,
)
from deciban.service.refits.feed import News
from deciban.service.store import UnknownCaseError, UnknownFitError, fits
from tests.service.web.api import conftest as small_case

# The fixtures of the small case, here too.
casebook, war = small_case.casebook, small_case.war
prior_fit, fit = small_case.prior_fit, small_case.fit
scheduler = small_case.scheduler


@pytest.mark.parametrize(
    "asked",
    [{"draws": 100}, {"draws": 20_000}, {"draws": 40_000, "chains": 2}, {"tune": 1}],
)
def test_so_many_draws_can_be_asked_for(shared, war, asked):
    record = ask_for_fit(shared, war, None, asked, "lead")

    assert (record.state, record.asked_by) == ("queued", "lead")
    assert record.settings.items() >= asked.items()


@pytest.mark.parametrize(
    ("asked", "rule"),
    [
        ({"draws": 99}, "at least 100 draws of each chain, got 99"),
        ({"draws": 20_001}, "at most 80,000 draws, .* together, got 80,004"),
        ({"chains": 81}, "at most 80,000 draws, .* together, got 81,000"),
    ],
)
def test_fewer_or_more_draws_are_refused_before_anything_is_queued(
    shared, war, store, asked, rule
):
    with pytest.raises(DrawsLimitError, match=f"must ask for {rule}"):
        ask_for_fit(shared, war, None, asked, "lead")

    with store.reading() as session:
        assert fits.unfinished(session) == []


def test_a_fit_is_found_in_its_own_case_only(shared, fit):
    assert find_fit(shared, "war", fit).id == fit
    with pytest.raises(UnknownCaseError):
        find_fit(shared, "peace", fit)
    with pytest.raises(UnknownFitError):
        find_fit(shared, "war", fit + 1)


def test_a_file_that_is_not_there_is_made_once_the_fit_is_done(shared, fit, scheduler):
    with pytest.raises(FileNotMadeError, match="is being made") as refused:
        fit_file(shared, "war", fit, "trace.svg")
    assert (refused.value.is_coming, scheduler.files_asked) == (True, [fit])

    waiting = ask_for_fit(shared, "war", None, {}, "lead").id
    with pytest.raises(FileNotMadeError, match="comes when the fit is done") as refused:
        fit_file(shared, "war", waiting, "trace.svg")
    assert (refused.value.is_coming, scheduler.files_asked) == (False, [fit])


def test_a_file_cannot_be_made_of_draws_that_are_not_kept(shared, fit, store, clock):
    with store.writing() as session:
        fits.keep(session, fit, "energy.svg", "image/svg+xml", b"<svg/>")
        one, other = (
            fits.ask(
                session,
                "war",
                revision=1,
                as_of=clock().date(),
                settings={},
                digest="0" * 64,
                asked_by="service",
                now=clock(),
            ).id
            for _ in range(2)
        )
        summary = fits.fit(session, fit).summary
        for number in (one, other):
            found = {"summary": summary, "seed": 1, "draws": b"", "now": clock()}
            fits.start(session, number, clock())
            fits.finish(session, number, **found)
        fits.let_go(session, "war", asked_by="service", most=1)

    with pytest.raises(DrawsNotKeptError):
        fit_file(shared, "war", fit, "energy.svg")


def test_a_fit_is_followed_from_where_one_has_read_to_its_end(shared, fit, scheduler):
    chains = (ChainProgress(5, 9, 0),)
    scheduler.news = [
        News(fit, "war", 1, "running", "sampling", chains, number=7),
        News(fit, "war", 1, "running", "weighing the draws", number=8),
        News(fit, "war", 1, "done", number=9),
    ]

    told = list(news_of_fit(shared, fit, 7))

    assert [news.number for news in told] == [8, 9]
