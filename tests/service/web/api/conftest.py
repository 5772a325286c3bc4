"""A small case in a store, a fit of it, and programs of each role that ask."""

import datetime
import json
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pytest
from flask import Flask
from werkzeug.test import TestResponse

from deciban.model.casebook.casebook import Casebook
from deciban.model.casebook.changes import changes_between
from deciban.model.likelihood.design import design
from deciban.model.posterior.summaries import summary_of
from deciban.model.posterior.weighing import prior_draws
from deciban.model.sampling.draws import SAMPLE_STATS, Draws
from deciban.service.application.current_forecasts import ForecastReader
from deciban.service.application.services import Services
from deciban.service.refits.agenda import WantedDay, WantedLearning
from deciban.service.refits.feed import News
from deciban.service.refits.lessons import Lesson
from deciban.service.store import Store, casebooks, fits
from deciban.service.store.casebooks import Author
from deciban.service.store.fits import FitRecord
from tests.service.web.api.builders import CASE

SAMPLING = {"draws": 500, "tune": 400, "chains": 4}


class ScriptedScheduler:
    """A scheduler that fits nothing: it queues what is asked, and tells a script."""

    def __init__(self, store: Store, clock: Any) -> None:
        self.noticed: list[str] = []
        self.files_asked: list[int] = []
        self.news: list[News] = []
        self.learning: list[WantedLearning] = []
        self.lesson: Lesson | None = None
        self._store, self._clock = store, clock

    def notice(self, case: str) -> None:
        """Hear that a case has changed."""
        self.noticed.append(case)

    def ask(
        self,
        case: str,
        as_of: datetime.date | None = None,
        settings: dict[str, int] | None = None,
        *,
        who: str,
    ) -> FitRecord:
        """Queue a fit in the store."""
        with self._store.writing() as session:
            revision = casebooks.head(session, case).revision
            return fits.ask(
                session,
                case,
                revision=revision,
                as_of=as_of or self._clock().date(),
                settings=SAMPLING | (settings or {}),
                digest="0" * 64,
                asked_by=who,
                now=self._clock(),
            )

    def cancel(self, fit_id: int) -> bool:
        """Cancel in the store."""
        with self._store.writing() as session:
            return fits.cancel(session, fit_id, self._clock())

    def want_days(self, days: Iterable[WantedDay]) -> None:
        """Note that past days are wanted."""
        self.days_asked = list(days)

    def make_files(self, fit_id: int) -> None:
        """Note that files are wanted."""
        self.files_asked.append(fit_id)

    def learned(self, wanted: WantedLearning) -> Lesson | None:
        """Tell the lesson of the script."""
        self.learning.append(wanted)
        return self.lesson

    def progress(self, fit_id: int) -> News | None:
        """Tell the last of the script."""
        return self.news[-1] if self.news else None

    def wait_for(self, fit_id: int, seen: int, timeout: float) -> News | None:
        """Tell the next of the script."""
        return next((n for n in self.news if n.number > seen), None)


@pytest.fixture
def scheduler(store: Store, clock: Any) -> ScriptedScheduler:
    """Return a scheduler that fits nothing."""
    return ScriptedScheduler(store, clock)


@pytest.fixture
def forecasts(shared: Services) -> ForecastReader:
    """Return what reads the forecasts of this store."""
    return shared.forecasts


@pytest.fixture(scope="session")
def casebook() -> Casebook:
    """Return the small case, without reports."""
    return Casebook.model_validate_json(json.dumps(CASE))


@pytest.fixture
def war(store: Store, casebook: Casebook, clock: Any) -> str:
    """Keep the small case; return its id."""
    with store.writing() as session:
        casebooks.append(
            session,
            "war",
            changes_between(None, casebook),
            author=Author("lead", None),
            now=clock(),
        )
    return "war"


def draws_of_prior(casebook: Casebook, as_of: datetime.date) -> Draws:
    """Return draws of a casebook without reports: standard normals, evenly spread."""
    labels = tuple(design(casebook, as_of).coords()["unknown"])
    stats = {name: np.zeros((4, 500)) for name in SAMPLE_STATS}
    return Draws(
        z=prior_draws(labels, 2000).reshape(4, 500, -1),
        labels=labels,
        stats=stats | {"diverging": np.zeros((4, 500), bool)},
        digest=casebook.digest(as_of, SAMPLING),
        seed=1,
        settings=SAMPLING,
    )


@pytest.fixture(scope="session")
def prior_fit(casebook: Casebook) -> tuple[bytes, Any]:
    """Return the draws and the summary of a fit of the small case, today."""
    day = datetime.date(2024, 3, 31)
    draws = draws_of_prior(casebook, day)
    return draws.to_bytes(), summary_of(draws, casebook, day)


@pytest.fixture
def fit(war: str, store: Store, prior_fit: tuple[bytes, Any], clock: Any) -> int:
    """Keep a fit of the small case as it is; return its number."""
    draws, summary = prior_fit
    with store.writing() as session:
        record = fits.ask(
            session,
            war,
            revision=1,
            as_of=summary.as_of,
            settings=SAMPLING,
            digest=summary.digest,
            asked_by="service",
            now=clock(),
        )
        fits.start(session, record.id, clock())
        fits.finish(
            session, record.id, summary=summary, seed=1, draws=draws, now=clock()
        )
    return record.id


@pytest.fixture
def ask(app: Flask, bearer: Callable[[str], dict[str, str]]):
    """Return how a program asks: method, path below the case, body; as a role."""
    client = app.test_client()

    def ask(
        method: str,
        path: str,
        body: Any = None,
        *,
        role: str = "forecaster",
        headers: dict[str, str] | None = None,
        **options: Any,
    ) -> TestResponse:
        sent = {"json": body} if body is not None else {}
        return client.open(
            path if path.startswith("/api") else f"/api/v1/cases/war{path}",
            method=method,
            headers=bearer(role) | (headers or {}),
            **sent,
            **options,
        )

    return ask
