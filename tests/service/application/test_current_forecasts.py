"""What is forecast now, and what would be."""

import datetime

import pytest

from deciban.model.casebook.changes import Change
from deciban.service.application.current_forecasts import NoFitError
from deciban.service.application.posting import post_changes
from deciban.service.store import UnknownCaseError, casebooks, fits
from deciban.service.store.casebooks import Author
from tests.service.web.api import conftest as small_case
from tests.service.web.api.builders import make_report

# The fixtures of the small case, here too.
casebook, war = small_case.casebook, small_case.war
prior_fit, fit = small_case.prior_fit, small_case.fit
scheduler, forecasts = small_case.scheduler, small_case.forecasts

LEAD = Author("lead", None)


def report(report_id: str = "seen", **changes):
    body = make_report(report_id, **changes)
    return Change(kind="report", key=report_id, body=body)


def on(scenario_id: str):
    return {"scenario": scenario_id, "direction": "supports", "strength": "weak"}


def test_nothing_is_looked_up_again_while_nothing_changes(forecasts, fit):
    assert forecasts.current("war") is forecasts.current("war")


def test_what_this_process_writes_is_seen_at_once(forecasts, fit, store, clock):
    before = forecasts.current("war")
    with store.writing() as session:
        casebooks.append(session, "war", [report()], author=LEAD, now=clock())

    after = forecasts.current("war")

    assert (before.stale, after.stale) == (False, True)
    assert (after.head.revision, after.fit.id) == (2, fit)


def test_what_was_asked_has_been_read_when_it_is_posted(shared, forecasts, fit):
    asked = forecasts.what_if("war", [report()])
    post_changes(shared, "war", [report()], author=LEAD)

    assert forecasts.what_if("war", [report("another")]).before is asked.after


def test_what_writes_something_else_leaves_what_is_forecast(
    forecasts, fit, store, clock
):
    before = forecasts.current("war")
    with store.writing() as session:
        fits.progress(session, fit, "sampling", [])

    assert forecasts.current("war") is before


def test_a_new_day_makes_a_fit_stale(forecasts, fit, clock):
    forecasts.current("war")
    clock.advance(days=1)

    current = forecasts.current("war")

    assert current.as_of == datetime.date(2024, 4, 1)
    assert (current.fit.id, current.stale) == (fit, True)


def test_a_fit_that_failed_its_checks_is_not_what_is_forecast(
    forecasts, fit, store, prior_fit, clock
):
    draws, summary = prior_fit
    checks = summary.checks.model_copy(update={"ok": False})
    with store.writing() as session:
        record = fits.ask(
            session,
            "war",
            revision=1,
            as_of=summary.as_of,
            settings={},
            digest="0" * 64,
            asked_by="service",
            now=clock(),
        )
        fits.start(session, record.id, clock())
        failed = summary.model_copy(update={"checks": checks})
        fits.finish(
            session, record.id, summary=failed, seed=1, draws=draws, now=clock()
        )

    assert forecasts.current("war").fit.id == fit


def test_without_a_case_or_a_fit_there_is_nothing_to_read(forecasts, war):
    with pytest.raises(UnknownCaseError):
        forecasts.current("none")
    with pytest.raises(NoFitError, match="war must have a fit first"):
        forecasts.what_if("war", [report()])


def test_what_if_reads_what_a_later_current_reading_would_say(shared, forecasts, fit):
    would_be = forecasts.what_if("war", [report()])
    post_changes(shared, "war", [report()], author=LEAD)

    current = forecasts.current("war")
    reading = forecasts.reading(current.fit, current.casebook, current.as_of)

    assert reading is would_be.after  # remembered: it is of the same content


def scenario(scenario_id: str, casebook, **changes):
    known = casebook.priors.scenarios[0].model_dump(mode="json", by_alias=True)
    body = known | {"id": scenario_id} | changes
    return Change(kind="scenario", key=scenario_id, body=body)


def test_a_report_that_moves_the_day_touches_every_scenario(
    shared, forecasts, fit, clock, casebook
):
    """All have closed: the day is that of the last report, and clocks go by the day."""
    clock.advance(days=800)
    hazard = scenario("shells", casebook, hazard="constant")
    post_changes(shared, "war", [hazard, report()], author=LEAD, because="closed")
    changes = [report("late", published="2026-05-01", bears_on=[on("treaty")])]

    read = forecasts.what_if("war", changes)

    assert read.before.summary.as_of == datetime.date(2026, 1, 1)
    assert read.as_of == datetime.date(2026, 5, 1)
    assert read.touched == ["shells", "troops", "treaty"]
    before, after = (r.summary.scenarios[0].mean for r in (read.before, read.after))
    assert after < before / 2  # though the report bears on another


def test_a_scenario_that_has_yet_to_close_moves_the_day_of_all(
    shared, forecasts, fit, clock, casebook
):
    clock.advance(days=800)
    post_changes(shared, "war", [report()], author=LEAD)

    read = forecasts.what_if("war", [scenario("planes", casebook, closes="2027-12-31")])

    assert read.as_of == clock().date()
    assert read.touched == ["shells", "troops", "treaty", "planes"]


def test_on_the_same_day_only_what_is_linked_is_touched(forecasts, fit):
    read = forecasts.what_if("war", [report(bears_on=[on("troops")])])

    assert read.touched == ["troops", "treaty"]


def test_the_prior_is_what_is_believed_without_reports(shared, forecasts, fit):
    before = forecasts.current("war").prior
    post_changes(shared, "war", [report(credibility=1)], author=LEAD)

    assert [p.mean for p in forecasts.current("war").prior] == [p.mean for p in before]
