"""Tests of service/refits/scheduler.py, with workers that do what they are told."""

import datetime
import json
import time
from dataclasses import replace

import pytest
from sqlalchemy import update

from deciban.model.casebook.casebook import Casebook
from deciban.model.errors import FitStoppedError
from deciban.model.sampling.progress import ChainProgress
from deciban.service.refits.agenda import WantedDay, WantedLearning
from deciban.service.refits.artefacts import ARTEFACTS, EXPLANATION
from deciban.service.refits.executor import (
    Artefact,
    Fitted,
    FitTimeLimitError,
    JobFailedError,
    MadeFiles,
    Progress,
    WorkerDiedError,
)
from deciban.service.refits.lessons import Lesson
from deciban.service.store import (
    StoreUnavailableError,
    UnknownCaseError,
    UnknownFitError,
    fits,
)
from deciban.service.store.tables import FitRow
from tests.model.builders import CASE
from tests.service.refits.conftest import (
    LONG,
    TODAY,
    ToldExecutor,
    summary_of,
    until,
)

ALL_FILES = MadeFiles(
    tuple(Artefact(name, kind, b"x") for name, kind in ARTEFACTS.items())
)


def test_a_case_that_has_no_fit_is_fitted_at_the_start(service):
    service.has("one")

    service.starts()
    job = service.executor.next("fit")

    assert job.job.as_of == TODAY
    assert '"one"' in job.job.casebook
    assert service.states() == ["running"]
    job.is_fitted()
    service.are("done")
    (row,) = service.rows()
    assert row.seed == 7
    assert row.digest == row.summary.digest
    assert row.has_draws


def test_changes_that_arrive_while_a_fit_runs_are_gathered_into_one_more(service):
    service.has("one")
    service.starts()
    first = service.executor.next("fit")
    for reports in (("one", "two"), ("one", "two", "three")):
        service.has(*reports)
        service.scheduler.notice(CASE)

    first.is_fitted()
    second = service.executor.next("fit")
    second.is_fitted()

    service.are("done", "done")
    assert '"three"' in second.job.casebook
    assert [row.revision for row in service.rows()] == [1, 3]
    service.executor.next("keep")


def test_a_change_is_fitted_once_however_often_it_is_told(service):
    service.has("one")
    service.starts()
    running = service.executor.next("fit")
    service.scheduler.notice(CASE)
    service.scheduler.notice(CASE)
    running.is_fitted()

    service.executor.next("keep")

    assert service.states() == ["done"]


def test_what_cases_teach_is_learned_once_and_kept(service):
    revision = service.has("one")
    service.starts()
    service.executor.next("fit").is_fitted()
    service.executor.next("keep").ends(ALL_FILES)
    wanted = WantedLearning(((CASE, revision),), TODAY)

    assert service.scheduler.learned(wanted) is None
    job = service.executor.next("learn")
    assert service.scheduler.learned(wanted) is None
    assert [c["priors"]["case"] for c in json.loads(job.job.casebook)] == [CASE]
    job.ends(Fitted("{}", 7))

    until(lambda: service.scheduler.learned(wanted) == Lesson("{}"))
    assert not service.executor.jobs


def test_why_nothing_could_be_learned_is_kept(service):
    revision = service.has("one")
    service.starts()
    service.executor.next("fit").is_fitted()
    service.executor.next("keep").ends(ALL_FILES)
    wanted = WantedLearning(((CASE, revision),), TODAY)
    service.scheduler.learned(wanted)

    service.executor.next("learn").ends(JobFailedError("must be settled"))

    until(lambda: service.scheduler.learned(wanted) == Lesson(None, "must be settled"))


def test_two_cases_are_fitted_side_by_side(service):
    service.has("one", case="north")
    service.has("one", case="south")

    service.starts(ToldExecutor(2))
    jobs = service.executor.next("fit"), service.executor.next("fit")

    assert {job.place for job in jobs} == {"1.1", "2.1"}


def test_a_change_by_another_process_is_found(service):
    service.has("one")
    service.starts()
    service.executor.next("fit").is_fitted()

    service.has("one", "two")

    until(lambda: service.states() == ["done", "running"])


def test_a_new_day_makes_every_forecast_stale(service):
    service.has("one")
    service.starts()
    service.executor.next("fit").is_fitted()
    service.executor.next("keep").ends(ALL_FILES)

    service.day += datetime.timedelta(days=1)

    assert service.executor.next("fit").job.as_of == TODAY + datetime.timedelta(days=1)


def test_a_fit_that_is_asked_for_is_run_as_it_was_asked(service):
    service.has("one")
    service.starts()
    service.executor.next("fit").is_fitted()
    service.executor.next("keep")
    day = datetime.date(2024, 5, 20)

    asked = service.scheduler.ask(CASE, day, {"draws": 50}, who="ann")

    job = service.executor.next("fit").job
    assert (job.as_of, summary_of(job).digest) == (day, asked.digest)
    assert job.settings == {"draws": 50, "tune": 400, "chains": 4}
    assert (asked.state, asked.asked_by) == ("queued", "ann")


def test_an_unknown_case_cannot_be_asked_for(service):
    with pytest.raises(UnknownCaseError):
        service.scheduler.ask("nowhere", who="ann")


def test_what_was_under_way_when_the_service_was_killed_runs_again(service):
    service.has("one")
    service.starts()
    service.executor.next("fit")
    waiting = service.scheduler.ask(CASE, who="ann")
    service.are("running", "queued")

    service.starts()
    service.executor.next("fit").is_fitted()
    service.executor.next("fit").is_fitted()

    service.are("done", "done")
    assert [row.attempts for row in service.rows()] == [2, 1]
    assert service.rows()[1].id == waiting.id


def test_kills_of_the_service_are_no_deaths_of_a_fit(service):
    """Nor does a worker that died before it was killed add to them."""
    service.has("one")
    service.starts()
    service.executor.next("fit").is_fitted()
    asked = service.scheduler.ask(CASE, who="ann")
    for _ in range(5):
        until(lambda: service.rows()[-1].state == "running")
        service.starts()
    service.executor.next("fit").ends(WorkerDiedError("1.1"))

    service.executor.next("fit").is_fitted()

    until(lambda: service.rows()[-1].state == "done")
    assert service.rows()[-1].id == asked.id


def test_a_fit_whose_worker_dies_runs_again(service):
    service.has("one")
    service.starts()
    service.executor.next("fit").ends(WorkerDiedError("1.1"))

    service.executor.next("fit").is_fitted()

    service.are("done")


def test_a_fit_whose_worker_dies_three_times_fails(service):
    service.has("one")
    service.starts()

    for _ in range(3):
        service.executor.next("fit").ends(WorkerDiedError("1.1"))

    service.are("failed")
    assert service.rows()[0].error == "the process that computed it died 3 times"


def test_a_fit_that_no_worker_takes_is_tried_again(service):
    service.has("one")
    executor = ToldExecutor()
    executor.refuses = 2
    service.starts(executor)

    service.executor.next("fit").is_fitted()

    service.are("done")
    assert service.rows()[0].attempts == 3


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (JobFailedError("cannot be summed"), "cannot be summed"),
        (FitTimeLimitError(5), "the fit must end within 5 seconds, and did not"),
    ],
    ids=["raised", "too long"],
)
def test_why_a_fit_failed_is_kept(service, error, told):
    service.has("one")
    service.starts()

    service.executor.next("fit").ends(error)

    service.are("failed")
    assert service.rows()[0].error == told


def test_a_fit_that_failed_is_tried_again_when_the_case_changes(service):
    service.has("one")
    service.starts()
    service.executor.next("fit").ends(JobFailedError("no"))
    service.are("failed")

    service.has("one", "two")
    service.scheduler.notice(CASE)

    service.executor.next("fit").is_fitted()
    service.are("failed", "done")


def test_a_fit_that_fails_its_checks_is_kept_and_the_last_good_one_served(service):
    service.has("one")
    service.starts()
    service.executor.next("fit").is_fitted()
    service.executor.next("keep")
    service.has("one", "two")
    service.scheduler.notice(CASE)
    service.executor.next("fit").is_fitted(ok=False)
    service.are("done", "done")

    with service.store.reading() as session:
        served = fits.latest(session, CASE)

    assert served.revision == 1
    assert [row.revision for row in service.rows()] == [1, 2]


def test_a_running_fit_is_cancelled(service):
    service.has("one")
    service.starts()
    running = service.executor.next("fit")

    assert service.scheduler.cancel(service.rows()[0].id)

    service.are("cancelled")
    assert running.forced == [True]


def test_a_waiting_fit_is_cancelled(service):
    service.has("one")
    service.starts()
    running = service.executor.next("fit")
    waiting = service.scheduler.ask(CASE, who="ann")

    assert service.scheduler.cancel(waiting.id)

    service.are("running", "cancelled")
    running.is_fitted()
    service.executor.next("keep")
    assert not service.scheduler.cancel(waiting.id)


def test_an_unknown_fit_cannot_be_cancelled(service):
    with pytest.raises(UnknownFitError):
        service.scheduler.cancel(99)


def test_files_are_made_of_a_fit_and_kept(service):
    service.has("one")
    service.starts()
    service.executor.next("fit").is_fitted()

    keep = service.executor.next("keep")

    assert keep.job.draws == b"draws"
    keep.ends(ALL_FILES)
    fit = service.rows()[0].id

    def names() -> set[str]:
        with service.store.reading() as session:
            return fits.kept_names(session, fit)

    until(lambda: names() == set(ARTEFACTS))


def test_when_the_files_of_a_refit_are_kept_those_of_old_ones_are_let_go(service):
    service.settings = replace(service.settings, fits_kept=2)
    service.has("one")
    service.starts()
    for name in ("two", "three", "four"):
        service.executor.next("fit").is_fitted()
        service.executor.next("keep").ends(ALL_FILES)
        service.has(name)
        service.scheduler.notice(CASE)

    until(lambda: [row.has_draws for row in service.rows()][-3:] == [True, True, False])


def test_draws_go_when_a_fit_ends_however_steadily_others_follow(service):
    """None of the files is ever made, since a fit always waits."""
    service.settings = replace(service.settings, fits_kept=2)
    service.has("one")
    service.starts()
    running = service.executor.next("fit")
    for name in ("two", "three", "four", "five"):
        service.has(name)
        service.scheduler.notice(CASE)
        running.is_fitted()
        running = service.executor.next("fit")

    until(lambda: [r.has_draws for r in service.rows()] == [0, 0, 1, 1, 0])


def test_what_an_earlier_service_has_left_too_much_goes_at_the_start(service):
    service.has("one")
    service.starts()
    for name in ("two", "three"):
        service.executor.next("fit").is_fitted()
        service.executor.next("keep").ends(ALL_FILES)
        service.has(name)
        service.scheduler.notice(CASE)
    service.executor.next("fit")
    service.settings = replace(service.settings, fits_kept=1)

    service.starts()

    until(lambda: [r.has_draws for r in service.rows()] == [False, True, False])


def test_files_of_a_fit_that_has_been_let_go_of_are_not_kept(service):
    service.has("one")
    service.starts()
    service.executor.next("fit").is_fitted()
    keep = service.executor.next("keep")
    (fit,) = service.rows()
    with service.store.writing() as session:
        session.execute(update(FitRow).values(has_draws=False))

    keep.ends(ALL_FILES)

    service.has("two")
    service.scheduler.notice(CASE)
    service.executor.next("fit")
    with service.store.reading() as session:
        assert fits.kept_names(session, fit.id) == set()


def test_files_give_way_to_a_fit_and_go_on_from_where_they_were(service):
    service.has("one")
    service.starts()
    service.executor.next("fit").is_fitted()
    keep = service.executor.next("keep")
    made = ALL_FILES.artefacts[:2]
    keep.when_cancelled = MadeFiles(made, stopped=True)

    service.scheduler.ask(CASE, datetime.date(2024, 5, 3), who="ann")

    service.executor.next("fit").ends(JobFailedError("no"))
    again = service.executor.next("keep")
    assert again.job.have == {artefact.name for artefact in made}
    assert keep.forced == [False]


def test_files_that_give_no_way_to_a_fit_are_ended_by_force(service, monkeypatch):
    monkeypatch.setattr("deciban.service.refits.worker_places._PATIENCE", 0.0)
    service.has("one")
    service.starts()
    service.executor.next("fit").is_fitted()
    keep = service.executor.next("keep")
    keep.is_deaf = True

    service.scheduler.ask(CASE, datetime.date(2024, 5, 3), who="ann")

    service.executor.next("fit").ends(JobFailedError("no"))
    assert keep.forced == [False, True]
    service.executor.next("keep")


def test_why_a_fit_says_what_it_says_is_told_in_the_quiet_time(service):
    service.quiet = LONG
    service.has("one")
    service.starts()
    service.executor.next("fit").is_fitted()

    why = service.executor.next("keep")

    assert ARTEFACTS.keys() - why.job.have == {EXPLANATION}
    why.ends(MadeFiles((Artefact(EXPLANATION, "application/json", b"{}"),)))

    def names() -> set[str]:
        with service.store.reading() as session:
            return fits.kept_names(session, 1)

    until(names)
    service.scheduler.ask(CASE, datetime.date(2024, 5, 3), who="ann")
    service.executor.next("fit")  # and no plots before it


def test_a_file_that_cannot_be_made_is_not_tried_again(service):
    service.has("one")
    service.starts()
    service.executor.next("fit").is_fitted()
    service.executor.next("keep").ends(MadeFiles())
    keep = service.executor.next("keep")

    keep.ends(MadeFiles((), (("trace.png", "Traceback: no"),), stopped=True))

    assert service.executor.next("keep").job.have == {"trace.png"}


def test_a_fit_that_is_overtaken_gets_no_files(service):
    service.has("one")
    service.starts()
    first = service.executor.next("fit")
    service.has("one", "two")
    service.scheduler.notice(CASE)
    first.is_fitted()
    service.executor.next("fit").is_fitted()

    service.executor.next("keep").ends(ALL_FILES)

    def names(fit: fits.FitRecord) -> set[str]:
        with service.store.reading() as session:
            return fits.kept_names(session, fit.id)

    overtaken, newest = service.rows()
    until(lambda: names(newest))
    time.sleep(0.2)  # nothing more comes
    assert service.executor.jobs == []
    assert not names(overtaken)

    service.scheduler.make_files(overtaken.id)
    service.executor.next("keep")


def test_history_comes_last_and_its_newest_day_first(service):
    service.settings = replace(service.settings, history_days=10)
    service.has("one", "two")
    service.starts()
    service.executor.next("fit").is_fitted()
    service.executor.next("keep").ends(ALL_FILES)

    days = []
    for _ in range(3):
        job = service.executor.next("day")
        days.append(job.job.as_of)
        job.is_fitted()

    assert [str(day) for day in days] == ["2024-06-01", "2024-05-02", "2024-05-01"]


def test_a_day_that_has_been_computed_is_not_computed_again(service):
    service.settings = replace(service.settings, history_days=10)
    service.has("one", "two")
    service.starts()
    service.executor.next("fit").is_fitted()
    service.executor.next("keep").ends(ALL_FILES)
    for _ in range(3):
        service.executor.next("day").is_fitted()

    service.has("one", "two", "three")
    service.scheduler.notice(CASE)
    service.executor.next("fit").is_fitted()
    service.executor.next("keep").ends(ALL_FILES)

    # The third report is of 3 May: only that day and the first of June are others.
    newest = service.executor.next("day")
    newest.is_fitted()
    days = [newest.job.as_of, service.executor.next("day").job.as_of]
    assert [str(day) for day in days] == ["2024-06-01", "2024-05-03"]


def test_a_fit_without_a_part_is_made_like_a_day(service):
    service.has("one", "two")
    service.starts()
    service.executor.next("fit").is_fitted()
    service.executor.next("keep").ends(ALL_FILES)

    wanted = WantedDay(CASE, service.day, 1, ("report", "one"))
    service.scheduler.want_days([wanted])

    job = service.executor.next("day").job
    casebook = Casebook.model_validate_json(job.casebook)
    assert [report.id for report in casebook.evidence.reports] == ["two"]
    assert job.as_of == service.day


def test_whoever_waits_hears_of_each_step_of_a_fit(service):
    service.has("one")
    service.starts()
    running = service.executor.next("fit")
    fit = service.rows()[0].id
    first = service.scheduler.wait_for(fit, 0, LONG)
    running.now = Progress("sampling", (ChainProgress(7, 100, 0),))
    second = service.scheduler.wait_for(fit, first.number, LONG)
    while second.stage is None:  # it may be told twice that it runs
        second = service.scheduler.wait_for(fit, second.number, LONG)
    running.is_fitted()
    third = service.scheduler.wait_for(fit, second.number, LONG)

    assert [news.state for news in (first, second, third)] == [
        "running",
        "running",
        "done",
    ]
    assert (second.stage, second.chains) == ("sampling", (ChainProgress(7, 100, 0),))
    assert third.is_last
    assert service.scheduler.wait_for(fit, third.number, 0.01) is None


def test_of_a_fit_that_ended_long_ago_there_is_one_piece_of_news(service):
    service.has("one")
    service.starts()
    service.executor.next("fit").ends(JobFailedError("no"))
    service.are("failed")
    service.scheduler.stop()
    service.starts()

    news = service.scheduler.wait_for(service.rows()[0].id, 0, LONG)

    assert (news.state, news.error) == ("failed", "no")


@pytest.mark.parametrize("ends", [FitStoppedError("no"), WorkerDiedError("1.1")])
def test_stopping_leaves_a_fit_to_be_run_again_however_often(service, ends):
    service.has("one")
    for _ in range(4):
        service.starts()
        service.executor.next("fit").when_cancelled = ends

        service.scheduler.stop(LONG)

        assert service.executor.is_stopped
        assert service.states() == ["queued"]

    service.starts()
    service.executor.next("fit").is_fitted()
    service.are("done")
    assert service.rows()[0].attempts == 1


def test_a_result_is_kept_when_the_store_can_be_written_again(service, monkeypatch):
    service.has("one")
    service.starts()
    running = service.executor.next("fit")
    full = [StoreUnavailableError("has no room")]
    finish = fits.finish

    def finish_later(*args, **kwargs):
        if full:
            raise full.pop()
        return finish(*args, **kwargs)

    monkeypatch.setattr(fits, "finish", finish_later)
    running.is_fitted()

    service.are("done")
