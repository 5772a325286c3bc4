"""A service in this process, with the shipped case and a fit of it, and a browser.

Tests of pages ask it as a browser does. What it serves is a copy of its own, so a test
may post to it. Its scheduler fits nothing by itself: ``site.refit()`` lets a fit land.
"""

import datetime
import html
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from flask.testing import FlaskClient

from deciban.model.casebook.casebook import Casebook
from deciban.model.casebook.changes import Change, changes_between
from deciban.model.casebook.history_days import history_days
from deciban.model.casebook.past_days import day_digest
from deciban.model.explain import explain
from deciban.model.fit import Fit
from deciban.model.posterior.summaries import columns, summary_of
from deciban.model.sampling.draws import Draws
from deciban.service.application.posting import post_changes
from deciban.service.application.services import Services
from deciban.service.refits.agenda import WantedDay, WantedLearning
from deciban.service.refits.artefacts import EXPLANATION
from deciban.service.refits.feed import Feed, News
from deciban.service.refits.lessons import Lesson
from deciban.service.running.settings import Settings
from deciban.service.store import Store, casebooks, fits
from deciban.service.store.casebooks import Author
from deciban.service.store.fits import FitRecord
from deciban.service.store.tokens import new_token
from deciban.service.web.access import sign_in_link
from deciban.service.web.app import create_app
from tests.service.conftest import PATIENCE, Answering, Clock

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Locator, Page, Playwright

CASE = "dprk-russia"
SAMPLING = {"draws": 500, "tune": 300, "chains": 4}
NOW = datetime.datetime(2024, 3, 31, 12, tzinfo=datetime.UTC)
ROLES = ("viewer", "forecaster", "admin")


class HandScheduler:
    """A scheduler that fits when it is told to, and tells of it like the real one."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.noticed: list[str] = []
        self.lesson: Lesson | None = None
        self.files_asked: list[int] = []
        self.feed = Feed(start=1)

    def stop(self, timeout: float) -> None:
        """Let everyone go who waits."""
        self.feed.close()

    def notice(self, case: str) -> None:
        """Hear that a case has changed."""
        self.noticed.append(case)

    def learned(self, wanted: WantedLearning) -> Lesson | None:
        """What a test lets be learned."""
        return self.lesson

    def want_days(self, days: Iterable[WantedDay]) -> None:
        """Note that past days are wanted."""
        self.days_asked = list(days)

    def make_files(self, fit_id: int) -> None:
        """Hear that files are wanted."""
        self.files_asked.append(fit_id)

    def ask(
        self,
        case: str,
        as_of: datetime.date | None = None,
        settings: Mapping[str, int] | None = None,
        *,
        who: str,
    ) -> FitRecord:
        """Queue a fit, as the real one does."""
        record, _ = ask_fit(
            self.store, case, as_of=as_of, settings=settings, asked_by=who
        )
        self.feed.publish(News(record.id, case, record.revision, "queued"))
        return record

    def cancel(self, fit_id: int) -> bool:
        """Cancel a fit."""
        with self.store.writing() as session:
            return fits.cancel(session, fit_id, NOW)

    def progress(self, fit_id: int) -> News | None:
        """How far a fit is."""
        return self.feed.newest(fit_id)

    def wait_for(self, fit_id: int, seen: int, timeout: float) -> News | None:
        """Wait for news of a fit."""
        return self.feed.wait_for(fit_id, seen, timeout)

    def wait_for_case(self, case: str, seen: int, timeout: float) -> News | None:
        """Wait for news of a case."""
        return self.feed.wait_for_case(case, seen, timeout)

    def wait_for_any(self, seen: int, timeout: float) -> News | None:
        """Wait for news of any case."""
        return self.feed.wait_for_any(seen, timeout)


def keep_fit(
    store: Store,
    record: FitRecord,
    casebook: Casebook,
    draws: Draws,
    *,
    explained: bool = True,
) -> None:
    """Keep what a worker would find."""
    summary = Fit(draws, casebook, record.as_of).summary
    with store.writing() as session:
        fits.start(session, record.id, NOW)
        fits.finish(
            session, record.id, summary=summary, seed=1, draws=draws.to_bytes(), now=NOW
        )
        if explained:
            explanation = explained_fit(draws, casebook, record.as_of)
            fits.keep(session, record.id, EXPLANATION, "application/json", explanation)


def explained_fit(draws: Draws, casebook: Casebook, as_of: datetime.date) -> bytes:
    """Take a fit apart, as a worker does."""
    from deciban.model.likelihood.design import design

    z = columns(draws, design(casebook, as_of)).T
    summary = summary_of(draws, casebook, as_of)
    return explain(z, casebook, as_of, summary).model_dump_json().encode()


def ask_fit(
    store: Store,
    case: str = CASE,
    *,
    as_of: datetime.date | None = None,
    settings: Mapping[str, int] | None = None,
    asked_by: str = "service",
) -> tuple[FitRecord, Casebook]:
    """Queue a fit of a case as it is."""
    sampling, day = SAMPLING | dict(settings or {}), as_of or NOW.date()
    with store.writing() as session:
        revision = casebooks.head(session, case).revision
        casebook = casebooks.casebook(session, case, revision)
        record = fits.ask(
            session,
            case,
            revision=revision,
            as_of=day,
            settings=sampling,
            digest=casebook.digest(day, sampling),
            asked_by=asked_by,
            now=NOW,
        )
    return record, casebook


class Site:
    """A service whose refits land when a test says so; it listens if it is asked to."""

    def __init__(self, shared: Services, scheduler: Any) -> None:
        self.shared = shared
        self.scheduler = scheduler
        self.app = create_app(shared)
        self._answering: Answering | None = None

    @cached_property
    def address(self) -> str:
        """Where it listens, from now on."""
        self._answering = Answering(self.app, self.shared)
        return self._answering.address

    def end(self) -> None:
        """Stop, as the service does."""
        self.shared.stopping.set()
        self.scheduler.stop(10)
        if self._answering is not None:
            self._answering.stop()
        self.shared.store.close()

    def client(self, role: str | None = "viewer") -> FlaskClient:
        """Return a browser without a window, signed in as a role; as nobody if None."""
        client = self.app.test_client()
        if role is not None:
            here = "http://localhost"
            client.get(self._link(role, here).removeprefix(here))
        return client

    def text(self, path: str = "", role: str = "viewer") -> str:
        """Return a page of the case, as it is sent, in one line of single spaces."""
        answer = self.client(role).get(f"/cases/{CASE}{path}")
        assert answer.status_code == 200
        return " ".join(html.unescape(answer.text).split())

    def post(self, *changes: Change, because: str = "a test") -> None:
        """Change the case, as the API does."""
        post_changes(
            self.shared, CASE, changes, author=Author("lead", None), because=because
        )

    @property
    def case(self) -> str:
        """Address of the page of the shipped case."""
        return f"{self.address}/cases/{CASE}"

    def casebook(self, case: str = CASE) -> Casebook:
        """Return a case as it is."""
        with self.shared.store.reading() as session:
            return casebooks.casebook(session, case)

    def revision(self, case: str = CASE) -> int:
        """Return the last revision of a case."""
        with self.shared.store.reading() as session:
            return casebooks.head(session, case).revision

    def begin_refit(self, case: str = CASE) -> FitRecord:
        """Let a refit begin."""
        record, _ = ask_fit(self.shared.store, case)
        self.tell(record, "queued")
        return record

    def tell(self, record: FitRecord, state: Any, **more: Any) -> None:
        """Tell of a refit."""
        news = News(record.id, record.case, record.revision, state, **more)
        self.scheduler.feed.publish(news)

    def land(self, record: FitRecord, *, explained: bool = True) -> None:
        """Let a refit end: the draws of the last fit, drawn anew by their weights."""
        store = self.shared.store
        with store.reading() as session:
            casebook = casebooks.casebook(session, record.case, record.revision)
            last = fits.latest(session, record.case)
            assert last is not None
            draws = Draws.from_bytes(fits.draws(session, last.id))
        reading = self.shared.forecasts.reading(last, casebook, record.as_of)
        flat = draws.z.reshape(-1, draws.z.shape[-1])
        chosen = np.random.default_rng(1).choice(
            len(flat), len(flat), p=reading.weights
        )
        resampled = replace(
            draws, z=flat[chosen].reshape(draws.z.shape), digest=record.digest
        )
        keep_fit(store, record, casebook, resampled, explained=explained)
        self.tell(record, "done")

    def refit(self, case: str = CASE, *, explained: bool = True) -> FitRecord:
        """Let a refit begin and end."""
        record = self.begin_refit(case)
        self.land(record, explained=explained)
        return record

    def link(self, role: str) -> str:
        """Make a link that signs a browser in as a role."""
        return self._link(role, self.address)

    def _link(self, role: str, address: str) -> str:
        from deciban.service.store.tokens import tokens

        with self.shared.store.reading() as session:
            number = next(t.id for t in tokens(session) if t.name == role)
        assert number is not None
        return sign_in_link(
            self.shared.store,
            self.shared.settings,
            number,
            self.shared.clock(),
            address,
        )


@pytest.fixture(scope="session")
def shipped(shipped: Casebook) -> Casebook:
    """Return the shipped case as it was known on the day of these tests."""
    return shipped.as_of(NOW.date())


def _store_with_case(file: Path, shipped: Casebook) -> Store:
    """Make a store with the shipped case, and a token for each role."""
    store = Store(f"sqlite:///{file}")
    store.upgrade()
    with store.writing() as session:
        casebooks.append(
            session,
            CASE,
            changes_between(None, shipped),
            author=Author("deciban", None),
            now=NOW,
            because="the case that comes with Deciban",
        )
        for role in ROLES:
            new_token(session, role, role, NOW)
    return store


@pytest.fixture(scope="session")
def case_file(
    tmp_path_factory: pytest.TempPathFactory, shipped: Casebook, sampled: Draws
) -> Path:
    """Return the file of a store with the shipped case and its fit, to be copied."""
    file = tmp_path_factory.mktemp("pages") / "case.sqlite"
    store = _store_with_case(file, shipped)
    record, _ = ask_fit(store)
    keep_fit(store, record, shipped, sampled)
    summary = Fit(sampled, shipped, record.as_of).summary
    with store.writing() as session:
        # Days that had the forecast of today: pages show what is kept, whatever it is.
        days = history_days(shipped, record.as_of, 60)[-6:]
        for day, digest in ((d, day_digest(shipped, d)) for d in days):
            then = summary.model_copy(update={"as_of": day})
            fits.remember_day(session, CASE, digest, day, then)
    store.close()
    return file


@pytest.fixture(scope="session")
def unfitted_file(tmp_path_factory: pytest.TempPathFactory, shipped: Casebook) -> Path:
    """Return the file of a store with the shipped case alone: no fit is there yet."""
    file = tmp_path_factory.mktemp("pages") / "unfitted.sqlite"
    store = _store_with_case(file, shipped)
    store.close()
    return file


@pytest.fixture
def serve_file(tmp_path: Path) -> Iterator[Callable[..., Site]]:
    """Return how a copy of a store is served until the test ends."""
    sites: list[Site] = []

    def serve(file: Path, scheduler_of: Any = None, **changes: Any) -> Site:
        copy = tmp_path / f"{len(sites)}.sqlite"
        shutil.copy(file, copy)
        store = Store(f"sqlite:///{copy}")
        settings = Settings.from_environment(
            {}, database_url=f"sqlite:///{copy}", **changes
        )
        scheduler: Any = HandScheduler(store)
        if scheduler_of is not None:
            scheduler = scheduler_of(store, settings)
        clock = Clock()
        sites.append(Site(Services(settings, store, scheduler, clock), scheduler))
        return sites[-1]

    yield serve
    for site in sites:
        site.end()


@pytest.fixture
def site(serve_file: Callable[..., Site], case_file: Path) -> Site:
    """Return the shipped case, served."""
    return serve_file(case_file, threads=8)


# The browser


@pytest.fixture(scope="session")
def browser_type_launch_args(
    browser_type_launch_args: dict[str, Any], playwright: "Playwright"
) -> dict[str, Any]:
    """Launch the system's Chromium, or Playwright's own where that is installed."""
    found = next(
        filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None
    )
    if found is None and not Path(playwright.chromium.executable_path).exists():
        pytest.skip(
            "no browser: install Chromium ('apt-get install chromium'), or let "
            "Playwright install its own ('playwright install chromium')"
        )
    chosen = {"executable_path": found} if found else {}
    flags = ["--no-sandbox", "--disable-dev-shm-usage"]
    return {**browser_type_launch_args, **chosen, "args": flags}


class Watch:
    """What a page must not do: complain on the console, or ask elsewhere."""

    def __init__(self, page: "Page", address: str) -> None:
        self.complaints: list[str] = []
        self.elsewhere: list[str] = []
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda request: self._request(request.url, address))

    def _console(self, message: Any) -> None:
        # That a form was refused is the browser's own note, not the page's complaint.
        if message.type in ("error", "warning") and "status of 422" not in message.text:
            self.complaints.append(message.text)

    def _request(self, url: str, address: str) -> None:
        if not url.startswith((address, "data:", "blob:")):
            self.elsewhere.append(url)


@pytest.fixture(scope="session", autouse=True)
def patient_expectations() -> None:
    """Let ``expect`` wait for longer than five seconds: a machine may be busy."""
    from playwright.sync_api import expect

    expect.set_options(timeout=1000 * PATIENCE)


def follow(element: "Locator") -> None:
    """Click what leads to a page, and wait until that is all there."""
    with element.page.expect_navigation():
        element.click()


@pytest.fixture
def visit(browser: "Browser", site: Site) -> Iterator[Callable[..., "Page"]]:
    """Return how a role opens a page of the site, signed in, at a width.

    Whatever it opens must complain of nothing, and ask nothing of another place.
    """
    contexts: list[BrowserContext] = []
    watches: list[Watch] = []
    signed_in: dict[str, Any] = {}

    def open_page(
        path: str = "",
        role: str = "forecaster",
        *,
        width: int = 1400,
        of: Site = site,
        **options: Any,
    ) -> "Page":
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            storage_state=signed_in.get(f"{of.address} {role}"),
            **options,
        )
        contexts.append(context)
        context.set_default_timeout(1000 * PATIENCE)
        page = context.new_page()
        watches.append(Watch(page, of.address))
        if f"{of.address} {role}" not in signed_in:
            context.request.get(of.link(role), max_redirects=0)  # loads no page
            signed_in[f"{of.address} {role}"] = context.storage_state()
        page.goto(path if path.startswith("http") else f"{of.case}{path}")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert [c for watch in watches for c in watch.complaints] == []
    assert [url for watch in watches for url in watch.elsewhere] == []


@pytest.fixture
def serious_faults() -> Callable[["Page"], list[str]]:
    """Return how axe-core finds what keeps people out of a page."""
    from axe_playwright_python.sync_playwright import Axe

    axe, only = Axe(), {"resultTypes": ["violations"]}

    def find(page: "Page") -> list[str]:
        found = axe.run(page, options=only).response["violations"]
        return [
            f"{fault['impact']} {fault['id']}: {node['html'][:200]}"
            for fault in found
            for node in fault["nodes"]
        ]

    return find
