"""The scores of a case: as published, and as it had been recorded."""

import datetime
import json

import pytest

from deciban.model.casebook.casebook import Casebook
from deciban.model.casebook.changes import changes_between, written_change
from deciban.model.casebook.past_days import day_digest
from deciban.model.likelihood.design import design
from deciban.model.posterior.summary import Checks, Summary
from deciban.model.posterior.weighing import prior_draws
from deciban.model.posterior.what_if import prior_summary
from deciban.model.scores.foresight import scored_days
from deciban.service.application.current_forecasts import NoFitError
from deciban.service.application.scores import (
    NotSettledError,
    case_scores,
    last_ladder,
    post_mortem_of,
    record_of_all,
)
from deciban.service.refits.recorded_days import recorded_days
from deciban.service.store import casebooks, fits
from deciban.service.store.casebooks import Author
from tests.model.builders import (
    draws_of,
    make_casebook,
    make_report,
    make_scenario,
    says,
)

CASE = "test-case"
SUMMARY = Summary(
    case=CASE,
    as_of=datetime.date(2024, 1, 1),
    digest="0" * 64,
    seed=1,
    checks=Checks(
        ok=True, r_hat_max=1, ess_bulk_min=999, ess_tail_min=999, divergences=0
    ),
    scenarios=[],
    sources=[],
    arguments=[],
)
LEAD = Author("lead", None)


def at(day, hour=12):
    return datetime.datetime.fromisoformat(f"{day}T{hour:02}:00:00+00:00")


def day(text):
    return datetime.date.fromisoformat(text)


@pytest.fixture
def kept(shared):
    """Keep a case that was begun in February; return how to change it on a day."""
    store = shared.store
    reports = [make_report("first", says(), published="2024-01-10")]
    begun = make_casebook(reports, scenarios=[make_scenario()])

    def append(when, changes, because="it was so"):
        with store.writing() as session:
            casebooks.append(
                session, CASE, changes, author=LEAD, now=when, because=because
            )

    append(at("2024-02-01"), changes_between(None, begun))
    return append


def put(report):
    return [written_change("report", report["id"], report)]


def settle(on="2024-03-01", **more):
    body = {"occurred": True, "on": on, "because": "seen"} | more
    return [written_change("outcome", "war", body)]


def days_of(shared):
    with shared.store.reading() as session:
        now = casebooks.casebook(session, CASE)
        return recorded_days(session, CASE, now, shared.clock().date())


def fit_all(shared, mean_of):
    """Keep a forecast of each day that scores need, as ``mean_of`` says."""
    today = shared.clock().date()
    with shared.store.reading() as session:
        now = casebooks.casebook(session, CASE)
        wanted = {(d, None) for d in scored_days(now, today)}
        wanted |= set(recorded_days(session, CASE, now, today))
        books = {r: casebooks.casebook(session, CASE, r) for _, r in wanted}
    for on, revision in wanted:
        book: Casebook = books[revision]
        said = [
            one.model_copy(update={"mean": mean_of(on, revision)})
            for one in prior_summary(book, on)
        ]
        summary = SUMMARY.model_copy(update={"scenarios": said, "as_of": on})
        with shared.store.writing() as session:
            fits.remember_day(session, CASE, day_digest(book, on), on, summary)


def test_published_is_by_dates_and_recorded_by_what_had_been_entered(shared, kept):
    kept(at("2024-02-20"), put(make_report("late", says(), published="2024-01-20")))
    kept(at("2024-03-02"), settle())
    fit_all(shared, lambda on, revision: 0.5 if revision is None else 0.8)

    scored = case_scores(shared, CASE)
    (war,) = scored.scores.scenarios

    assert scored.missing == 0
    assert war.who == "lead"  # who wrote its prior
    assert war.published.days == 60
    assert war.recorded.days == 29  # from the day on which the case was begun
    assert war.recorded.forecast_at_close == 0.8
    record = record_of_all(shared)
    assert (record.all.n, record.recorded, record.enough) == (1, 1, False)


def test_what_is_recorded_later_changes_no_recorded_day(shared, kept):
    kept(at("2024-02-20"), put(make_report("late", says(), published="2024-01-20")))
    kept(at("2024-03-02"), settle())

    def digests():
        with shared.store.reading() as session:
            return {
                on: day_digest(casebooks.casebook(session, CASE, revision), on)
                for on, revision in days_of(shared)
            }

    before = digests()
    regraded = make_report("first", says("strong"), published="2024-01-10")
    kept(at("2024-03-05"), put(regraded))
    kept(at("2024-03-06"), put(make_report("more", says(), published="2024-02-10")))

    assert list(before) == [day("2024-02-01"), day("2024-02-20")]
    assert digests() == before


def test_until_all_days_are_fitted_there_is_no_score(shared, kept):
    kept(at("2024-03-02"), settle())

    scored = case_scores(shared, CASE)

    assert scored.missing == 3
    assert scored.scores.scenarios[0].published is None
    assert scored.scores.all.n == 0


def test_what_was_begun_after_it_was_settled_has_no_recorded_score(shared, kept):
    kept(at("2024-02-02"), settle(on="2024-01-20"))
    fit_all(shared, lambda *_: 0.5)

    (war,) = case_scores(shared, CASE).scores.scenarios

    assert war.published is not None
    assert war.recorded is None


def test_an_outcome_is_annulled_corrected_and_taken_back(shared, kept):
    def outcome():
        return case_scores(shared, CASE).scores.scenarios[0]

    kept(at("2024-03-02"), settle())
    assert outcome().outcome is True
    kept(at("2024-03-03"), settle(occurred=False))
    assert outcome().outcome is False
    annulled = {"annulled": True, "on": "2024-03-01", "because": "ambiguous"}
    kept(at("2024-03-04"), [written_change("outcome", "war", annulled)])
    assert (outcome().outcome, outcome().annulled) == (None, True)
    kept(at("2024-03-05"), [written_change("outcome", "war", None)])
    assert (outcome().settled_on, outcome().annulled) == (None, False)


def test_a_post_mortem_is_of_a_fit_of_the_last_day_or_asks_for_one(shared, kept):
    with pytest.raises(NotSettledError, match="war must be settled"):
        post_mortem_of(shared, CASE, "war")
    kept(at("2024-03-02"), settle())
    with pytest.raises(NoFitError):
        post_mortem_of(shared, CASE, "war")

    last = day("2024-02-29")
    with shared.store.reading() as session:
        book = casebooks.casebook(session, CASE, 1)
    keep_fit(shared, book, last)
    made = post_mortem_of(shared, CASE, "war")

    # The day of the last report, whose forecast the scores carry on.
    told = day("2024-01-10")
    assert (made.scenario, made.outcome, made.day) == ("war", True, told)
    assert {(p.kind, p.id) for p in made.parts} >= {("report", "first"), ("grade", "B")}
    assert all(part.helped > 0 for part in made.parts)


def test_the_last_ladder_is_of_a_fit_of_that_day_that_was_taken_apart(shared, kept):
    kept(at("2024-03-02"), settle())
    last = day("2024-02-29")
    assert last_ladder(shared, CASE, "war") is None
    with shared.store.reading() as session:
        book = casebooks.casebook(session, CASE, 1)
    keep_fit(shared, book, last)
    assert last_ladder(shared, CASE, "war") is None

    step = {"kind": "report", "id": "first", "weight_db": 3.0}
    numbers = {"written_mean": 0.2, "mean": 0.4, "prior_mean": 0.2, "weight_db": 3.0}
    nothing = {"settled": None, "density": None, "prior_density": None}
    explained = {"id": "war", "steps": [step], **numbers, **nothing}
    lists = {"arguments": [], "sources": [], "claims": []}
    said = {"axis": [0.0, 1.0], "scenarios": [explained], **lists}
    with shared.store.writing() as session:
        (fit,) = fits.fits(session, CASE)
        fits.keep(
            session,
            fit.id,
            "why.json",
            "application/json",
            json.dumps(said).encode(),
        )
    found = last_ladder(shared, CASE, "war")

    assert found.day == last
    assert [step.id for step in found.explained.steps] == ["first"]


def keep_fit(shared, book, on):
    """Keep a fit of a day, of draws of the prior."""
    labels = design(book, on).coords()["unknown"]
    draws = draws_of(book, prior_draws(labels, 2000).T.reshape(4, 500, -1), on)
    settings = {"draws": 500, "tune": 1, "chains": 4}
    now = shared.clock()
    with shared.store.writing() as session:
        record = fits.ask(
            session,
            CASE,
            revision=1,
            as_of=on,
            settings=settings,
            digest=book.digest(on, settings),
            asked_by="lead",
            now=now,
        )
        fits.start(session, record.id, now)
        fits.finish(
            session,
            record.id,
            summary=SUMMARY.model_copy(update={"as_of": on}),
            seed=1,
            draws=draws.to_bytes(),
            now=now,
        )
