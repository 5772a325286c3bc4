"""The pages of sources: what each was worth and is, and how it is regraded."""

import re

import pytest
from playwright.sync_api import expect

import deciban.model.plots.plot as plot
from deciban.model.casebook.changes import Change
from tests.service.web.pages.conftest import CASE


def names_of(text: str) -> list[str]:
    return re.findall(r'/sources/([a-z0-9-]+)">', text.split("<tbody>")[1])


def test_every_source_is_listed_with_its_reliability_before_and_after(site):
    text = site.text("/sources")
    summary = site.shared.forecasts.current(CASE).summary

    assert sorted(names_of(text)) == sorted(source.id for source in summary.sources)
    row = text.split('/sources/korochenko">')[1].split("</tr>")[0]
    said = next(s for s in summary.sources if s.id == "korochenko")
    assert f"{100 * said.prior_mean:.0f} %" in row
    assert f"<b>{100 * said.mean:.0f} %</b>" in row


def test_a_page_says_which_letters_its_png_would_lack(site, monkeypatch):
    assert "no font for" not in site.text("/sources")

    monkeypatch.setattr(plot, "scripts_without_font", lambda _: ["Hangul"])
    kept = site.text("/sources").split('<p class="keep">')[1].split("</p>")[0]
    assert "This machine has no font for Hangul: PNG and PDF show boxes" in kept


@pytest.mark.parametrize("order", ["name", "grade", "reliability"])
def test_sources_stand_in_the_order_that_is_asked_for(site, order):
    summary = site.shared.forecasts.current(CASE).summary
    by = {
        "name": {s.id: s.name.casefold() for s in site.casebook().evidence.sources},
        "grade": {s.id: s.reliability for s in site.casebook().evidence.sources},
        "reliability": {s.id: -s.mean for s in summary.sources},
    }[order]
    names = names_of(site.text(f"/sources?sort={order}"))

    assert [by[name] for name in names] == sorted(by.values())


def test_a_search_finds_the_words_of_names_and_reasons(site):
    assert names_of(site.text("/sources?q=CHANNEL+one")) == ["korochenko"]
    assert "No source has these words" in site.text("/sources?q=zzz")


def test_a_forecaster_regrades_a_source_and_says_why(site, visit):
    page = visit("/sources/korochenko")
    page.get_by_text("Regrade it").click()
    page.locator("input[value=D]").check()
    page.get_by_label("Why").fill("He was right thrice")
    page.get_by_role("button", name="Regrade").click()

    expect(page.get_by_text("He was right thrice")).to_be_visible()
    source = next(s for s in site.casebook().evidence.sources if s.id == "korochenko")
    assert (source.reliability, source.because) == ("D", "He was right thrice")
    assert site.scheduler.noticed == [CASE]


def test_a_source_is_right_or_wrong_on_what_has_resolved(site):
    assert "nothing yet" in site.text("/sources/korochenko")
    outcome = {"occurred": True, "on": "2024-03-30", "because": "seen"}
    site.post(Change(kind="outcome", key="troops", body=outcome))
    site.refit()

    # His one claim, that volunteers are ready, speaks for troops.
    assert "1 of 1" in site.text("/sources/korochenko")


def test_an_unknown_source_is_not_found(site):
    assert site.client().get(f"/cases/{CASE}/sources/none").status_code == 404
