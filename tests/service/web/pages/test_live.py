"""A page that is looked at stays true: progress, and what lands, without reloading."""

import datetime
import json
import threading

import pytest
from playwright.sync_api import expect

from deciban.model.casebook.changes import Change
from deciban.model.sampling.progress import ChainProgress
from deciban.service.refits.artefacts import EXPLANATION
from deciban.service.refits.pool import PebblePool
from deciban.service.refits.scheduler import Scheduler
from deciban.service.store import fits
from deciban.service.store.tables import FileRow
from tests.service.conftest import Clock
from tests.service.web.pages.conftest import CASE, NOW, PATIENCE, SAMPLING

AGAINST = {
    "id": "denied",
    "claim": "There are no shells",
    "source": "wire",
    "credibility": 1,
    "published": "2024-03-31",
    "bears_on": [
        {"scenario": name, "direction": "opposes", "decibans": 8}
        for name in ("rockets", "technology-transfer")
    ],
}
WIRE = {"id": "wire", "name": "A wire", "reliability": "A"}


def deny(site) -> None:
    """Post a report that moves two forecasts by much."""
    site.post(
        Change(kind="source", key="wire", body=WIRE),
        Change(kind="report", key="denied", body=AGAINST),
    )


def number(page, scenario: str) -> str:
    shown = page.locator(f"#{scenario} .answer .big").inner_text()
    return " ".join(shown.split())  # which does not break before its % sign


def curve(page, scenario: str) -> str:
    return page.locator(f"#{scenario} path.d-curve").get_attribute("d")


def until_another_number(page, scenario: str, before: str) -> None:
    """Wait until the page shows another forecast."""
    answer = page.locator(f"#{scenario} .answer .big")
    expect(answer).not_to_have_text(before)


def hold_time(page) -> None:
    """Let what moves on a page do so by ``page.clock`` alone, however busy it is."""
    page.clock.install()
    page.clock.pause_at(datetime.datetime.now() + datetime.timedelta(hours=1))


@pytest.mark.parametrize("explained", [True, False], ids=["explained", "not yet"])
def test_a_refit_is_followed_and_lands_without_reloading(site, visit, explained):
    page = visit()
    hold_time(page)
    page.evaluate("window.stayed = true")
    before, drawn = number(page, "rockets"), curve(page, "rockets")

    deny(site)
    record = site.begin_refit()
    banner = page.locator("[data-banner]")
    banner.wait_for()
    assert f"Fitting revision {record.revision}" in banner.inner_text()

    with site.shared.store.writing() as session:
        fits.start(session, record.id, NOW)
    chains = tuple(ChainProgress(300, 800, 0) for _ in range(4))
    site.tell(record, "running", stage="sampling", chains=chains)
    page.get_by_text("1,200 of 3,200 draws").wait_for()
    assert banner.locator("progress").evaluate("e => e.value / e.max") == 0.375

    site.land(record, explained=explained)
    until_another_number(page, "rockets", before)
    banner.wait_for(state="detached")
    assert page.evaluate("window.stayed") is True
    page.clock.run_for(1000)  # the densities have moved by then
    landed = curve(page, "rockets")
    page.reload()
    assert (landed, landed != drawn) == (curve(page, "rockets"), True)


@pytest.mark.slow
def test_a_worker_fits_what_is_posted_while_the_page_looks_on(
    serve_file, case_file, visit
):
    """With a process that imports the sampler, compiles and samples."""
    site = serve_file(
        case_file,
        lambda store, settings: Scheduler(
            store, PebblePool(1), settings, Clock(), day_of=lambda _: NOW.date()
        ),
        threads=8,
        history_days=0,
        **SAMPLING,
    )
    site.shared.scheduler.start()
    page = visit(of=site)
    before = number(page, "rockets")

    deny(site)
    page.locator("[data-banner]").wait_for()
    until_another_number(page, "rockets", before)

    fit = site.shared.forecasts.current(CASE).fit
    assert fit.revision == site.revision()
    mean = next(s.mean for s in fit.summary.scenarios if s.id == "rockets")
    assert number(page, "rockets") == f"{100 * mean:.0f} %"


def test_what_a_reader_has_opened_stays_open_whatever_lands(site, visit):
    page = visit("/scenarios/troops")
    step = page.locator("ol.steps details[id^=step-argument]").first
    step.locator("summary").click()
    own = step.get_attribute("id")
    page.locator("#numbers-history-troops summary").click()
    deny(site)
    with site.shared.store.writing() as session:
        why = fits.kept(session, 1, EXPLANATION)
        session.delete(session.get(FileRow, (1, EXPLANATION)))

    record = site.refit(explained=False)

    expect(page.locator("ol.steps")).to_have_count(0)  # nothing says why
    with site.shared.store.writing() as session:
        fits.keep(session, record.id, *why)
    expect(page.locator(f"#{own}")).to_have_attribute("open", "")
    numbers = page.locator("#numbers-history-troops")
    assert numbers.get_attribute("open") == ""
    assert numbers.locator("summary").evaluate("e => e === document.activeElement")
    assert page.locator("ol.steps details[open]").count() == 1


def test_densities_pass_through_shapes_between_unless_motion_is_unwelcome(site, visit):
    moving, still = visit(), visit(reduced_motion="reduce")
    for page in (moving, still):
        hold_time(page)
    before, first = number(moving, "rockets"), curve(moving, "rockets")
    deny(site)
    site.refit()
    for page in (moving, still):
        until_another_number(page, "rockets", before)
        page.clock.run_for(300)
    between, last = curve(moving, "rockets"), curve(still, "rockets")
    moving.clock.run_for(1000)

    assert between not in (first, last)
    assert curve(moving, "rockets") == last != first


def test_a_page_is_not_told_of_a_fit_that_landed_before_it_was_loaded(site):
    deny(site)
    site.refit()
    client = site.client()
    with client.get(f"/cases/{CASE}/feed", buffered=False) as answer:
        events = (chunk.decode() for chunk in answer.response)
        assert next(events).startswith("event: now")

        record = site.begin_refit()

        told = next(event for event in events if event.startswith("event: progress"))
        assert json.loads(told.partition("data: ")[2])["fit"] == record.id


def test_a_page_that_finds_no_stream_free_asks_by_itself(serve_file, case_file, visit):
    site = serve_file(case_file, threads=4)
    client = site.client()
    taken = [client.get(f"/cases/{CASE}/feed") for _ in range(2)]
    assert client.get(f"/cases/{CASE}/feed").text.startswith("event: busy")

    page = visit(of=site)
    before = number(page, "rockets")
    deny(site)
    site.refit()
    until_another_number(page, "rockets", before)
    for stream in taken:
        stream.close()
    # A place that is given back is free again.
    again = client.get(f"/cases/{CASE}/feed")
    assert next(again.iter_encoded()).startswith(b"event: now")
    again.close()


def test_a_stream_begins_with_the_mark_of_what_is_forecast(site):
    client = site.client()
    stream = client.get(f"/cases/{CASE}/feed")
    first = next(stream.iter_encoded()).decode()
    stream.close()

    told = json.loads(first.split("data: ")[1])
    assert told == client.get(f"/cases/{CASE}/now").json
    assert f'data-mark="{told["mark"]}"' in client.get(f"/cases/{CASE}").text


def test_a_stream_ends_when_the_service_stops(site):
    stream = site.client().get(f"/cases/{CASE}/feed")
    ended = threading.Event()

    def read() -> None:
        for _ in stream.iter_encoded():
            pass
        ended.set()

    reader = threading.Thread(target=read)
    reader.start()
    site.shared.stopping.set()
    site.scheduler.feed.close()

    assert ended.wait(PATIENCE)
    reader.join()
    stream.close()


# Keeps the mark that the page was told of last where a test can read it.
KEEP_MARK = """
const Source = EventSource;
window.EventSource = class extends Source {
  constructor(...given) {
    super(...given);
    const keep = (event) => (window.told = JSON.parse(event.data).mark);
    this.addEventListener("now", keep);
  }
};
"""


def test_what_is_told_while_a_copy_is_on_its_way_is_not_lost(site, visit):
    page = visit()
    page.add_init_script(KEEP_MARK)
    held = []

    def hold_first(route) -> None:
        if held or "x-live" not in route.request.headers:
            route.continue_()
        else:
            held.append((route, route.fetch()))

    page.route(f"**/cases/{CASE}", hold_first)
    page.reload()
    before = number(page, "rockets")
    deny(site)
    record = site.begin_refit()
    while not held:
        page.wait_for_timeout(20)

    site.land(record)
    landed = site.client().get(f"/cases/{CASE}/now").json["mark"]
    page.wait_for_function("mark => window.told === mark", arg=landed)
    route, answer = held[0]
    route.fulfill(response=answer)

    until_another_number(page, "rockets", before)
    expect(page.locator("[data-mark]")).to_have_attribute("data-mark", landed)


def test_a_copy_that_does_not_come_is_asked_for_again(site, visit):
    page = visit()
    page.add_init_script(KEEP_MARK)
    refused = []

    def refuse(route) -> None:
        if "x-live" in route.request.headers:
            refused.append(route)
            route.fulfill(status=422)  # of which a browser may complain here
        else:
            route.continue_()

    page.route(f"**/cases/{CASE}", refuse)
    page.reload()
    before = number(page, "rockets")
    deny(site)
    site.refit()
    landed = site.client().get(f"/cases/{CASE}/now").json["mark"]
    page.wait_for_function("mark => window.told === mark", arg=landed)
    while not refused:
        page.wait_for_timeout(20)

    page.unroute(f"**/cases/{CASE}")

    until_another_number(page, "rockets", before)
