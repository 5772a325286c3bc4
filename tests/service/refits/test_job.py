"""Tests of service/refits/job.py: in a worker that samples, under a real scheduler."""

import datetime
import json
import multiprocessing
import os
import shutil
import signal
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from deciban.model.casebook.casebook import Casebook
from deciban.model.casebook.changes import changes_between
from deciban.model.casebook.files import read_casebook, shipped_case_files
from deciban.model.casebook.past_days import DAY_SETTINGS, as_it_stood
from deciban.model.fit import Fit
from deciban.model.learning import Learned
from deciban.model.sampling.draws import Draws
from deciban.model.sampling.fit import SamplingSettings, sample
from deciban.service.refits import job as work
from deciban.service.refits.artefacts import ARTEFACTS, EXPLANATION, POSTERIOR
from deciban.service.refits.executor import Job, MadeFiles
from deciban.service.refits.pool import PebblePool
from deciban.service.refits.scheduler import Scheduler
from deciban.service.running.settings import Settings
from deciban.service.store import Store, casebooks, fits
from deciban.service.store.casebooks import Author
from tests.model.builders import make_casebook, make_report, make_scenario, says
from tests.service.conftest import Clock
from tests.service.refits.conftest import LONG, until

CASE = "dprk-russia"
EARLY = datetime.date(2022, 9, 9)  # when a third of the sources had not spoken yet
ENDLESS = {"draws": 1_000_000, "chains": 2}


class Real:
    """A service with the case that comes along and one worker."""

    def __init__(self, url: str) -> None:
        self.store = Store(url)
        self.settings = replace(
            Settings.from_environment({}, database_url=url),
            draws=1000,
            tune=400,
            history_days=0,
        )
        self.pool = PebblePool(1, grace=LONG)
        self.casebook = read_casebook(*shipped_case_files(CASE))
        self.scheduler = Scheduler(
            self.store, self.pool, self.settings, Clock(), day_of=Casebook.last_day
        )
        with self.store.writing() as session:
            casebooks.append(
                session,
                CASE,
                changes_between(None, self.casebook),
                author=Author("tester", None),
                now=Clock()(),
            )

    def fit(self, fit: int) -> fits.FitRecord:
        """Return a fit by its number."""
        with self.store.reading() as session:
            return fits.fit(session, fit)

    def has_fitted(self) -> bool:
        """Whether the case has a fit."""
        with self.store.reading() as session:
            return fits.latest(session, CASE) is not None

    def until_it_samples(self, fit: int) -> None:
        """Wait until there are draws."""

        def samples() -> bool:
            news = self.scheduler.progress(fit)
            return news is not None and any(chain.done for chain in news.chains)

        until(samples)

    def kept_names(self, fit: int) -> set[str]:
        """Return the names of the files of a fit."""
        with self.store.reading() as session:
            return fits.kept_names(session, fit)


@pytest.fixture(scope="module")
def real(new_store_file, tmp_path_factory) -> Iterator[Real]:
    """Return the service when it has fitted; its worker is shared by all tests."""
    file = tmp_path_factory.mktemp("refits") / "deciban.sqlite"
    shutil.copy(new_store_file, file)
    real = Real(f"sqlite:///{file}")
    real.scheduler.start()
    until(real.has_fitted)
    yield real
    real.scheduler.stop()
    real.store.close()


@pytest.mark.slow
def test_a_fit_brings_its_summary_and_its_draws_first(real):
    record = real.fit(1)
    with real.store.reading() as session:
        draws = Draws.from_bytes(fits.draws(session, 1))

    assert record.summary.checks.ok
    assert record.digest == record.summary.digest == draws.digest
    assert draws.z.shape[:2] == (4, 1000)


@pytest.mark.slow
def test_a_worker_samples_the_very_draws_that_the_command_line_does(real, shipped):
    record = real.fit(1)
    sampled = sample(shipped, record.as_of, SamplingSettings())
    with real.store.reading() as session:
        draws = Draws.from_bytes(fits.draws(session, 1))

    assert (draws.digest, draws.seed) == (sampled.digest, sampled.seed)
    np.testing.assert_array_equal(draws.z, sampled.z)
    assert record.summary == Fit(sampled, shipped, record.as_of).summary


@pytest.mark.slow
def test_a_cancelled_fit_leaves_the_worker_with_its_density(real):
    place = real.pool.places()
    asked = real.scheduler.ask(CASE, settings=ENDLESS, who="ann")
    real.until_it_samples(asked.id)

    real.scheduler.cancel(asked.id)

    until(lambda: real.fit(asked.id).state == "cancelled")
    assert real.pool.places() == place


@pytest.mark.slow
def test_files_are_made_of_the_draws_one_after_the_other(real):
    first = [EXPLANATION, POSTERIOR, "rank.svg", "rank.png"]
    until(lambda: real.kept_names(1) >= set(first))
    with real.store.reading() as session:
        kept = {name: fits.kept(session, 1, name).content for name in first}

    explained = json.loads(kept[EXPLANATION])["scenarios"]
    assert len(explained) == len(real.casebook.priors.scenarios)
    assert kept[POSTERIOR].startswith(b"\x89HDF")
    assert kept["rank.svg"].startswith(b"<?xml")
    assert kept["rank.png"].startswith(b"\x89PNG")


@pytest.mark.slow
def test_a_fit_whose_worker_is_killed_runs_again_and_is_the_same(real):
    first = real.fit(1).summary
    asked = real.scheduler.ask(CASE, settings={"draws": 5_000}, who="ann")
    real.until_it_samples(asked.id)
    (worker,) = (
        process
        for process in multiprocessing.active_children()
        if process.name == "pebble_pool_worker"
    )

    os.kill(worker.pid, signal.SIGKILL)

    until(lambda: real.fit(asked.id).state == "done")
    again = real.fit(asked.id)
    assert again.attempts == 2
    # Two fits of one casebook: apart by no more than their Monte Carlo errors allow.
    for one, other in zip(first.scenarios, again.summary.scenarios, strict=True):
        error = np.hypot(one.mcse, other.mcse)
        assert abs(one.mean - other.mean) <= 5 * error


def test_a_day_that_is_past_is_fitted_as_it_stood(shipped, sampled, monkeypatch):
    seen = []

    def take(casebook, as_of, settings, **how):
        seen.append((casebook, as_of, how.get("seed")))
        return sampled

    monkeypatch.setattr(work, "sample", take)
    text = shipped.model_dump_json(by_alias=True)
    job = Job("day", text, EARLY, DAY_SETTINGS)

    work.outcome_of(job, lambda _: None, lambda: False)

    assert seen == [(as_it_stood(shipped, EARLY), EARLY, None)]


def test_a_plot_is_given_up_between_drawing_and_writing(shipped, sampled, monkeypatch):
    drawn = []
    monkeypatch.setattr(work.Fit, "tree", None)
    monkeypatch.setattr(work, "plot_fit", lambda _, kind: drawn.append(kind))
    job = Job(
        "keep",
        shipped.model_dump_json(by_alias=True),
        datetime.date(2024, 3, 31),
        draws=sampled.to_bytes(),
        have=frozenset(ARTEFACTS.keys() - {"trace.svg", "energy.svg"}),
    )

    kept = work.outcome_of(job, lambda _: None, lambda: bool(drawn))

    assert (kept, drawn) == (MadeFiles(stopped=True), ["trace"])


def test_a_worker_learns_from_several_cases():
    cases = [settled_case("north"), settled_case("south")]
    text = f"[{','.join(one.model_dump_json(by_alias=True) for one in cases)}]"
    job = Job("learn", text, datetime.date(2025, 1, 1), {**ENDLESS, "draws": 25})

    found = work.outcome_of(job, lambda _: None, lambda: False)

    learned = Learned.model_validate_json(found.summary)
    assert [one.case for one in learned.cases] == ["north", "south"]
    assert {one.id: one.cases for one in learned.sources} == {
        "radio": ("north", "south")
    }


def settled_case(case):
    """One report on a scenario that has occurred."""
    outcome = {"occurred": True, "on": "2024-12-26"}
    book = make_casebook(
        [make_report("one", says())],
        scenarios=[make_scenario(outcome=outcome)],
        sources={"radio": "B"},
    )
    return book.followed_by(
        book.priors.model_copy(update={"case": case}),
        book.evidence.model_copy(update={"case": case}),
    )


def test_a_fault_of_ours_is_told_to_readers_who_have_no_log(monkeypatch):
    def fails(*_):
        raise ZeroDivisionError("float division by zero")

    monkeypatch.setitem(work._DO, "fit", fails)

    failed = work.outcome_of(Job("fit", "{}", EARLY), lambda _: None, lambda: False)

    assert str(failed) == (
        "the fit failed with ZeroDivisionError; whoever runs the service finds the "
        "details in its log"
    )
    assert "float division by zero" in failed.traceback
