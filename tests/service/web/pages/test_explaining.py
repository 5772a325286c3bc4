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


def test_why_it_moved_is_asked_of_fits_and_revisions(site, visit):
    site.post(written_change("outcome", "treaty", YES))
    site.refit()
    page = visit("/why")
    page.get_by_text("Between fits or revisions").click()
    page.get_by_role("combobox", name="From").select_option("revision 1")
    page.get_by_role("combobox", name="to").select_option("revision 2")
    page.get_by_role("button", name="Compare").click()

    expect(page).to_have_url(re.compile(r"from=revision-1&to=revision-2"))
    section = page.locator("section").filter(has=page.locator("#parts-troops"))
    expect(section.locator("p").first).to_contain_text("outcomes")
    expect(page.get_by_role("combobox", name="From")).to_have_value("revision-1")

    with site.shared.store.reading() as session:
        last, first = fits.fits(session, CASE, state="done")
    page.get_by_role("combobox", name="From").select_option(f"fit-{first.id}")
    page.get_by_role("combobox", name="to").select_option(f"fit-{last.id}")
    page.get_by_role("button", name="Compare").click()

    expect(page).to_have_url(re.compile(f"from=fit-{first.id}&to=fit-{last.id}"))
    expect(section.locator("p").first).to_contain_text("outcomes")


def test_why_it_moved_tells_of_a_fit_that_there_is_not(site):
    site.refit()
    answer = site.client().get(f"/cases/{CASE}/why?from=fit-99&to=tomorrow")

    assert answer.status_code == 200
    assert "Fit must be one of those in the store, got 99" in answer.text


def test_influence_leads_from_what_does_most_to_what_to_look_for_next(visit):
    page = visit("/influence")
    section = page.locator("section[aria-labelledby=doubt-trade]")

    expect(section.get_by_text("Prior sensitivity: it ")).to_be_visible()
    expect(section.locator("tbody tr").first).to_contain_text("dB")
    section.get_by_role("link", name="What to look for next").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("look for next")


def test_influence_names_camps_and_takes_a_line_along_to_what_to_look_for(visit):
    page = visit("/influence")
    expect(page.get_by_role("rowheader", name="camp agov").first).to_be_attached()
    page.get_by_role("spinbutton", name="Line to cross").fill("0.8")
    page.get_by_role("button", name="Show").click()

    section = page.locator("section[aria-labelledby=doubt-trade]")
    expect(section.get_by_text("80 %").first).to_be_visible()
    section.get_by_role("link", name="What to look for next").click()
    expect(page.get_by_role("columnheader", name="Crosses 80 %").first).to_be_visible()


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
