"""A fit is queued, runs and ends once, whoever is killed meanwhile."""

import datetime
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import event, text

from deciban.model.casebook.changes import Change, changes_between
from deciban.model.posterior.summary import Checks, Summary
from deciban.service.store import Store, UnknownFitError, fits
from deciban.service.store.casebooks import Author, append
from tests.service.store.conftest import moment

DAY = datetime.date(2025, 6, 1)


def summary(ok: bool = True, seed: int = 7) -> Summary:
    checks = Checks(
        ok=ok, r_hat_max=1.001, ess_bulk_min=900, ess_tail_min=800, divergences=0
    )
    return Summary(
        case="war",
        as_of=DAY,
        digest="d" * 64,
        seed=seed,
        checks=checks,
        scenarios=[],
        sources=[],
        arguments=[],
    )


@pytest.fixture
def case(store: Store, war) -> str:
    """Return a case of three revisions."""
    with store.writing() as session:
        changes = changes_between(None, war)
        for grade in (None, "B", "C"):
            if grade:
                body = {"id": "kcna", "name": "KCNA", "reliability": grade}
                changes = [Change(kind="source", key="kcna", body=body)]
            made = {"author": Author("ada", None), "because": "Read again"}
            append(session, "war", changes, now=moment(9), **made)
    return "war"


def ask(store: Store, revision: int = 1, as_of: datetime.date = DAY) -> int:
    with store.writing() as session:
        return fits.ask(
            session,
            "war",
            revision=revision,
            as_of=as_of,
            settings={"draws": 1000, "tune": 400, "chains": 4},
            digest="d" * 64,
            asked_by="ada",
            now=moment(9),
        ).id


def take(store: Store, step: Any, *arguments: Any, **options: Any) -> Any:
    with store.writing() as session:
        return step(session, *arguments, **options)


def finish(store: Store, fit: int, ok: bool = True, draws: bytes = b"draws") -> bool:
    return take(
        store,
        fits.finish,
        fit,
        summary=summary(ok),
        seed=7,
        draws=draws,
        now=moment(10),
    )


def done(store: Store, revision: int, ok: bool = True, **options: Any) -> int:
    fit = ask(store, revision, **options)
    take(store, fits.start, fit, moment(9, 30))
    finish(store, fit, ok)
    return fit


def record(store: Store, fit: int) -> fits.FitRecord:
    with store.reading() as session:
        return fits.fit(session, fit)


def test_a_fit_is_queued_runs_and_is_done(store, case):
    fit = ask(store, revision=2)
    queued = record(store, fit)
    take(store, fits.start, fit, moment(9, 30))
    chains = [{"done": 10, "total": 1400, "divergences": 0}] * 4
    take(store, fits.progress, fit, "sampling", chains)
    running = record(store, fit)
    finish(store, fit)
    ended = record(store, fit)

    assert (queued.state, queued.revision, queued.asked_by) == ("queued", 2, "ada")
    assert (running.state, running.stage, running.chains) == (
        "running",
        "sampling",
        chains,
    )
    assert (ended.state, ended.summary, ended.seed) == ("done", summary(), 7)
    assert (ended.asked_at, ended.started_at, ended.finished_at) == (
        moment(9),
        moment(9, 30),
        moment(10),
    )
    assert (queued.has_draws, ended.has_draws, ended.attempts) == (False, True, 1)


def test_draws_come_back_as_they_were_given(store, case):
    fit = ask(store)
    take(store, fits.start, fit, moment(9))
    draws = bytes(range(256)) * 10_000
    finish(store, fit, draws=draws)

    with store.reading() as session:
        assert fits.draws(session, fit) == draws


def test_draws_that_are_not_there_are_told(store, case):
    fit = ask(store)
    with store.reading() as session:
        for number in (fit, fit + 1):
            with pytest.raises(UnknownFitError, match=f"got {number}$"):
                fits.draws(session, number)


def test_a_fit_that_was_cancelled_is_not_done_any_more(store, case):
    fit = ask(store)
    take(store, fits.start, fit, moment(9))

    assert take(store, fits.cancel, fit, moment(10)) is True
    assert finish(store, fit) is False
    assert take(store, fits.fail, fit, "too late", moment(11)) is False

    assert record(store, fit).state == "cancelled"
    with store.reading() as session, pytest.raises(UnknownFitError):
        fits.draws(session, fit)


def test_a_fit_is_started_by_one_of_those_who_try(store, other, case):
    fit = ask(store)

    with ThreadPoolExecutor(2) as pool:
        tries = pool.map(
            lambda one: take(one, fits.start, fit, moment(9)), (store, other)
        )
        assert sorted(tries) == [False, True]
    assert record(store, fit).attempts == 1


def test_what_was_under_way_is_found_and_begun_again(store, url, case):
    """As after kill -9: the next process finds what the last one left."""
    waits, runs, ended, failed = (ask(store) for _ in range(4))
    for fit in (runs, ended, failed):
        take(store, fits.start, fit, moment(9))
    take(store, fits.progress, runs, "sampling", [])
    finish(store, ended)
    take(store, fits.fail, failed, "out of memory", moment(10))
    store.close()

    again = Store(url)
    with again.reading() as session:
        assert [fit.id for fit in fits.unfinished(session)] == [waits, runs]
    assert take(again, fits.requeue, runs) is True
    assert take(again, fits.start, runs, moment(11)) is True
    assert record(again, runs).attempts == 2
    assert record(again, runs).stage is None
    assert take(again, fits.requeue, ended) is False
    again.close()


def test_a_fit_that_was_stopped_with_the_service_has_lost_no_attempt(store, case):
    fit = ask(store)
    take(store, fits.start, fit, moment(9))

    assert take(store, fits.put_back, fit) is True
    assert take(store, fits.put_back, fit) is False

    put_back = record(store, fit)
    assert (put_back.state, put_back.attempts) == ("queued", 0)
    assert put_back.started_at is None


def test_why_a_fit_failed_is_kept_whatever_it_says(store, case):
    fit = ask(store)
    take(store, fits.fail, fit, "out of \0 memory \ud800", moment(10))

    assert record(store, fit).state == "failed"
    assert (record(store, fit).error or "").startswith("out of \ufffd memory")


@pytest.mark.parametrize(
    "step",
    [fits.start, fits.cancel, lambda session, fit, _: fits.requeue(session, fit)],
)
def test_a_step_of_an_unknown_fit_is_told(store, case, step):
    with pytest.raises(UnknownFitError):
        take(store, step, 99, moment(9))
    with store.reading() as session, pytest.raises(UnknownFitError):
        fits.fit(session, 99)


def test_the_latest_fit_is_the_newest_good_one_of_the_highest_revision(store, case):
    third = done(store, 3)
    again = done(store, 3)
    second = done(store, 2)
    bad = done(store, 3, ok=False)
    past = done(store, 3, as_of=datetime.date(2024, 1, 1))
    ask(store, 3)

    with store.reading() as session:
        assert fits.latest(session, "war", as_of=DAY).id == again
        assert fits.latest(session, "war").id == past
        assert fits.latest(session, "peace") is None
        everything = [fit.id for fit in fits.fits(session, "war", state="done")]
    assert everything == [past, bad, second, again, third]


def test_fits_are_listed_in_pages(store, case):
    made = [ask(store) for _ in range(5)]

    with store.reading() as session:
        page = [fit.id for fit in fits.fits(session, "war", limit=2)]
        rest = [fit.id for fit in fits.fits(session, "war", before=page[-1])]
    assert page + rest == made[::-1]


def test_lists_do_not_load_draws(store, case):
    done(store, 1)
    told = []
    event.listen(store._engine, "before_cursor_execute", lambda *a: told.append(a[2]))

    with store.reading() as session:
        assert fits.fits(session, "war")[0].has_draws

    assert told and not any("fit_draws" in statement for statement in told)


def test_a_summary_that_another_version_wrote_counts_as_none(store, case):
    old, new = done(store, 2), done(store, 3)
    with store.writing() as session:
        session.execute(
            text("UPDATE fits SET summary = '{}' WHERE id = :id"), {"id": new}
        )

    assert record(store, new).summary is None
    with store.reading() as session:
        assert fits.latest(session, "war").id == old


def test_what_was_made_of_a_fit_is_kept_and_replaced(store, case):
    fit = done(store, 1)
    for content in (b"<svg/>", b"<svg></svg>"):
        take(store, fits.keep, fit, "forest.svg", "image/svg+xml", content)

    with store.reading() as session:
        assert fits.kept(session, fit, "forest.svg") == (
            "forest.svg",
            "image/svg+xml",
            b"<svg></svg>",
        )
        assert fits.kept(session, fit, "trace.png") is None
    with pytest.raises(UnknownFitError):
        take(store, fits.keep, 99, "forest.svg", "image/svg+xml", b"")


def test_old_refits_lose_their_draws_and_files_and_stay_on_record(store, case):
    """Ada's fits, of which the third failed its checks: the last two good ones keep."""
    fits_of = [done(store, 1, ok=ok) for ok in (True, True, False, True, True)]
    for fit in fits_of:
        take(store, fits.keep, fit, "forest.svg", "image/svg+xml", b"<svg/>")

    with store.writing() as session:
        assert fits.let_go(session, "war", asked_by="bob", most=1) == 0
        assert fits.let_go(session, "war", asked_by="ada", most=5) == 0
        assert fits.let_go(session, "war", asked_by="ada", most=2) == 3
        assert fits.let_go(session, "war", asked_by="ada", most=2) == 0

    with store.reading() as session:
        records = [fits.fit(session, fit) for fit in fits_of]
        assert [record.has_draws for record in records] == [False] * 3 + [True] * 2
        assert all(record.summary is not None for record in records)
        files = [len(fits.kept_names(session, fit)) for fit in fits_of]
        assert files == [0, 0, 0, 1, 1]
        assert fits.draws(session, fits_of[-1])
        with pytest.raises(UnknownFitError):
            fits.draws(session, fits_of[0])


def test_they_are_let_go_one_by_one_but_for_the_newest_of_a_file(store, case):
    """A fit that failed its checks may be the newest for long, and so may many."""
    bad = [done(store, revision=1, ok=False) for _ in range(3)]
    good = [done(store, revision=1) for _ in range(3)]
    for fit in good[:2]:
        take(store, fits.keep, fit, "why.json", "application/json", b"{}")
        take(store, fits.keep, fit, "forest.svg", "image/svg+xml", b"<svg/>")
    kept = []

    options = {"asked_by": "ada", "most": 1, "but": "why.json", "at_once": 1}
    while take(store, fits.let_go, "war", **options):
        with store.reading() as session:
            kept.append([fits.fit(session, fit).has_draws for fit in bad + good])

    assert [sum(has_draws) for has_draws in kept] == [5, 4, 3, 2, 1]
    assert kept[-1][-1]
    with store.reading() as session:
        names = [fits.kept_names(session, fit) for fit in good]
    assert names == [set(), {"why.json"}, set()]


def test_fits_that_never_pass_their_checks_are_let_go_as_well(store, case):
    bad = [done(store, revision=1, ok=False) for _ in range(4)]

    take(store, fits.let_go, "war", asked_by="ada", most=2)

    with store.reading() as session:
        has = [fits.fit(session, fit).has_draws for fit in bad]
    assert has == [False, False, True, True]


def test_what_was_made_last_is_found_among_good_fits(store, case):
    earlier = DAY - datetime.timedelta(days=1)
    old = done(store, revision=1)
    day_before = done(store, revision=2, as_of=earlier)
    later_day = done(store, revision=2, as_of=DAY + datetime.timedelta(days=1))
    bad = done(store, revision=2, ok=False)
    newest = record(store, done(store, revision=3))
    for fit in (old, day_before, later_day, bad):
        take(store, fits.keep, fit, "why.json", "application/json", b"{}")

    with store.reading() as session:
        assert fits.last_kept(session, newest, "why.json") == old
        assert fits.last_kept(session, newest, "forest.svg") is None
    take(store, fits.keep, newest.id, "why.json", "application/json", b"{}")
    with store.reading() as session:
        assert fits.last_kept(session, newest, "why.json") == newest.id


def test_a_day_is_remembered_by_its_digest_once(store):
    for seed in (1, 2):
        take(store, fits.remember_day, "war", "a" * 64, DAY, summary(seed=seed))

    with store.reading() as session:
        found = fits.days(session, "war", ["a" * 64, "b" * 64])
        assert fits.days(session, "peace", ["a" * 64]) == {}
    assert found == {"a" * 64: summary(seed=1)}
