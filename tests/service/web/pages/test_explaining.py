"""Pages that take forecasts apart, in a browser: why, influence, post-mortem."""

import datetime
import re

from playwright.sync_api import expect

from deciban.model.casebook.changes import written_change
from deciban.model.posterior.wording import percent
from deciban.service.store import fits
from tests.service.web.pages.conftest import CASE, ask_fit

YES = {"occurred": True, "on": "2024-03-31", "because": "seen"}
BEFORE = datetime.date(2024, 3, 30)


def test_why_it_moved_is_asked_of_two_days_and_opens_into_its_parts(visit):
    page = visit("/why")
    page.get_by_role("textbox", name="From").fill("2024-01-01")
    page.get_by_role("button", name="Show").click()

    expect(page).to_have_url(re.compile(r"from=2024-01-01&to=2024-03-31"))
    section = page.locator("section").filter(has=page.locator("#parts-munitions"))
    expect(section.locator("figure svg").first).to_be_visible()
    section.get_by_text("The parts").click()
    parts = section.get_by_role("region", name="The parts: munitions")
    expect(parts.get_by_text("Reports that came")).to_be_visible()
    parts.get_by_role("link").first.click()
    expect(page).to_have_url(re.compile(f"/cases/{CASE}/reports/"))


def test_influence_leads_from_what_does_most_to_what_to_look_for_next(visit):
    page = visit("/influence")
    section = page.locator("section[aria-labelledby=doubt-trade]")

    expect(section.get_by_text("Prior sensitivity: it ")).to_be_visible()
    expect(section.locator("tbody tr").first).to_contain_text("dB")
    section.get_by_role("link", name="What to look for next").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("look for next")


def test_a_settled_scenario_keeps_its_last_ladder_and_leads_to_its_post_mortem(
    site, visit
):
    record, _ = ask_fit(site.shared.store, CASE, as_of=BEFORE)
    site.land(record)
    site.post(written_change("outcome", "troops", YES))
    site.refit()
    page = visit("/scenarios/troops")

    steps = page.locator("section[aria-labelledby=steps]")
    with site.shared.store.reading() as session:
        summary = fits.fit(session, record.id).summary
    mean = next(one.mean for one in summary.scenarios if one.id == "troops")
    expect(steps).to_contain_text(f"How {percent(mean)} came to be, forecast on 30 Mar")
    expect(steps.locator("figure svg").first).to_be_visible()

    page.get_by_role("link", name="What helped, and what misled").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(
        "What helped, and what misled"
    )
    expect(page.get_by_text(f"we said {percent(mean)}")).to_be_visible()
    expect(page.locator("figure svg").first).to_be_visible()
    expect(page.get_by_role("columnheader", name="Before, then, after")).to_be_visible()
    row = page.get_by_role("row").filter(has_text="argument").first
    expect(row).to_contain_text(re.compile(r"50.%, \d+.%, \d+.%"))
