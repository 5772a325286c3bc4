"""Items of a casebook, written in the browser: by mouse, by keyboard, without JS."""

import re

import pytest
from playwright.sync_api import expect

from deciban.model.casebook.changes import Change, body_of
from tests.service.web.pages.conftest import CASE

WIDTHS = ((1400, "light"), (380, "dark"))


def at(page, place):
    """Find the field of a place."""
    return page.locator(f'[id="{place}"]')


def item(site, kind, key):
    return site.casebook().index.items[kind].get(key)


def look(page, serious_faults):
    """Hold a page to what must hold of each, wide and narrow, light and dark."""
    for width, scheme in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        assert serious_faults(page) == []
        document = "document.documentElement"
        assert page.evaluate(f"{document}.scrollWidth <= {document}.clientWidth")


def test_a_scenario_is_added_its_prior_drawn_as_it_is_typed(
    site, visit, serious_faults
):
    page = visit("/casebook")
    page.get_by_role("link", name="Add to the scenarios").click()
    page.get_by_label("Question").fill("Is there a parade by 9 May 2025?")
    page.get_by_label("What settles it").fill("Tanks on the square")
    page.get_by_label("Opens").fill("2024-01-01")
    page.get_by_label("Closes").fill("2025-05-09")
    drawn = page.locator("#drawn-prior")
    expect(drawn).to_contain_text("it is drawn here")
    at(page, "prior.low").fill("0.1")
    for text in ("20 %", "0.4"):  # from field to field by the keyboard
        page.keyboard.press("Tab")
        page.keyboard.type(text)
    # Normal on the log-odds: the median stays, and both ends share the difference.
    expect(drawn).to_contain_text(re.compile(r"90\s% interval 9-38\s%"))
    page.get_by_label("A word").check()
    at(page, "prior.words").select_option("icd203/unlikely")
    expect(drawn).to_contain_text(re.compile(r"90\s% interval 20-45\s%"))
    expect(at(page, "prior.low")).to_be_hidden()
    look(page, serious_faults)

    page.get_by_role("button", name="Show what it does").click()
    expect(page.locator(".item-does")).to_contain_text("its prior gives no reason")
    page.get_by_role("button", name="Add it").last.click()

    expect(page.get_by_role("status").first).to_contain_text("It is written")
    added = item(site, "scenario", "is-there-a-parade-by-9-may-2025")
    assert added.prior.words == "unlikely"
    look(page, serious_faults)
    page.get_by_role("link", name="its forecast").click()
    expect(page.locator("h1")).to_have_text("Is there a parade by 9 May 2025?")


def test_an_argument_is_altered_and_a_form_that_is_old_is_told(
    site, visit, serious_faults
):
    page = visit("/casebook/argument/kpa-stays-home")
    look(page, serious_faults)
    before = item(site, "argument", "kpa-stays-home")
    body = body_of(before) | {"statement": "It stays at home, they say"}
    site.post(Change(kind="argument", key="kpa-stays-home", body=body))
    page.get_by_label("Statement").fill("The army is needed at home")
    page.get_by_role("button", name="Add another").click()
    n = len(before.bears_on)
    at(page, f"bears_on.{n}.scenario").select_option("treaty")
    at(page, f"bears_on.{n}.decibans").fill("2")
    page.get_by_label("Why it is changed").fill("read again")
    page.get_by_role("button", name="Keep the changes").last.click()

    told = page.get_by_role("alert")
    expect(told).to_contain_text("somebody has changed it since")
    expect(told).to_contain_text("It stays at home, they say")
    page.get_by_role("button", name="Keep the changes").last.click()

    expect(told).to_contain_text("must have a direction")
    assert item(site, "argument", "kpa-stays-home").statement.endswith("they say")
    at(page, f"bears_on.{n}.direction").select_option("opposes")
    page.get_by_role("button", name="Keep the changes").last.click()

    expect(page.get_by_role("status").first).to_contain_text("It is written")
    after = item(site, "argument", "kpa-stays-home")
    assert after.statement == "The army is needed at home"
    assert (after.bears_on[n].scenario, after.bears_on[n].decibans) == ("treaty", 2)
    expect(page.locator(".changes")).to_contain_text("read again")


def test_without_javascript_a_link_is_added_and_taken_out(site, visit):
    page = visit("/casebook/link", java_script_enabled=False)
    at(page, "if").select_option("treaty")
    at(page, "then").select_option("rockets")
    at(page, "probability").fill("1.5")
    page.get_by_role("button", name="Add it").last.click()
    expect(at(page, "probability")).to_have_attribute("aria-invalid", "true")
    assert at(page, "if").input_value() == "treaty"

    at(page, "probability").fill("25 %")
    page.get_by_role("button", name="Show what it does").click()
    expect(page.locator(".item-does .shift").first).to_be_visible()
    page.get_by_role("button", name="Add it").last.click()
    assert item(site, "link", "treaty--rockets").probability == 0.25

    page.get_by_text("Take it out").click()
    page.get_by_role("button", name="Take out the link").click()
    expect(at(page, "take-out-why")).to_have_attribute("aria-invalid", "true")
    at(page, "take-out-why").fill("no reason to think so")
    page.get_by_role("button", name="Take out the link").click()

    expect(page.locator(".revision").first).to_contain_text("no reason to think so")
    assert item(site, "link", "treaty--rockets") is None


def test_what_others_refer_to_is_not_taken_out(site):
    client = site.client("forecaster")
    path = f"/cases/{CASE}/casebook/source/kcna"
    text = client.get(path).text
    fields = dict(re.findall(r'name="(csrf_token|revision)" value="([^"]+)"', text))

    answer = client.post(path, data=fields | {"action": "take-out", "why": "a test"})

    assert answer.status_code == 422
    assert "must be one of the sources" in answer.text
    assert item(site, "source", "kcna") is not None


def test_who_may_not_write_reads_what_is_written(site):
    text = site.text("/casebook/link/munitions--sanctions")
    link = item(site, "link", "munitions--sanctions")

    assert f'<dd class="as-written">{link.probability}</dd>' in text
    assert site.casebook().scenario("munitions").question in text
    prior = item(site, "scenario", "troops").prior
    shown = site.text("/casebook/scenario/troops")
    assert f"median: {prior.median}" in shown
    assert prior.because[:40] in shown


@pytest.mark.parametrize(
    ("role", "kind", "key", "may"),
    [
        ("viewer", "argument", "kpa-stays-home", False),
        ("forecaster", "argument", "kpa-stays-home", True),
        ("forecaster", "case", CASE, False),
        ("admin", "case", CASE, True),
    ],
)
def test_who_may_write_what(site, role, kind, key, may):
    client, path = site.client(role), f"/cases/{CASE}/casebook/{kind}/{key}"
    text = client.get(path).text
    token = client.get("/").text.split('csrf-token" content="')[1].split('"')[0]

    assert ('id="item-form"' in text) == may
    sent = client.post(path, data={"csrf_token": token, "title": "", "statement": ""})
    assert sent.status_code == (422 if may else 403)
