"""The what-if page: all forecasts answer, and a link shares the question."""

import math
import re

import pytest
from playwright.sync_api import expect

from deciban.model.casebook.changes import Change, changes_between
from deciban.model.posterior.wording import interval
from deciban.service.application.posting import post_changes
from deciban.service.store.casebooks import Author
from deciban.service.web.pages.reader_priors import ReaderPrior
from tests.model.builders import make_casebook
from tests.service.web.pages.conftest import follow
from tests.service.web.pages.test_every_page import sixty_scenarios


def numbers(page):
    """Return what is shown of each scenario, before and after."""
    heads = page.locator("#answer .shift-head").all_inner_texts()
    return [re.findall(r"[<>]?[\d.]+\s%", head) for head in heads]


def log_odds(probability):
    return math.log(probability / (1 - probability))


def row(page, scenario):
    return page.locator(f'#answer [data-said-by="{scenario}"]')


def test_moving_a_lever_moves_the_forecasts_and_a_link_shares_it(site, visit):
    page = visit("/what-if", "viewer")
    assert all(before == after for before, after in numbers(page))

    page.locator("#median-troops").fill("50")
    expect(page.locator("#answer")).to_contain_text("With 1 change.")
    page.get_by_label("Since the summit of September 2023").check()
    expect(page.locator("#answer")).to_contain_text("With 2 changes.")
    moved = numbers(page)
    assert moved[0][0] != moved[0][1]
    link = page.get_by_label("A link to this").input_value()
    assert link == page.url
    assert "prior=troops:50" in link and "off=shells-since-the-summit" in link

    other = visit(link, "forecaster")
    assert numbers(other) == moved
    assert other.locator("#median-troops").input_value() == "50"
    assert site.revision() == 1


def test_without_javascript_a_button_asks_and_the_address_stays_short(visit):
    page = visit("/what-if", java_script_enabled=False)
    page.locator("#sources-open summary").click()
    page.get_by_label("Grade of Reuters").select_option("E")
    follow(page.get_by_role("button", name="Show what it does"))

    assert page.url.endswith("/what-if?grade=reuters:E")
    assert page.locator("#answer").get_by_text("With 1 change.").is_visible()


def test_a_reader_s_own_prior_meets_everybody_s_evidence(site, visit):
    own = site.casebook().scenario("trade")
    low, median, high = ReaderPrior(50).quantiles(own)
    prior = {"median": median, "low": low, "high": high}
    body = own.model_dump(mode="json", exclude_none=True) | {"prior": prior}
    read = site.shared.forecasts.what_if(
        "dprk-russia", [Change(kind="scenario", key="trade", body=body)]
    )
    before, after = (
        log_odds(next(one.mean for one in side.summary.scenarios if one.id == "trade"))
        for side in (read.before, read.after)
    )

    page = visit("/what-if?prior=trade:50")

    shift = row(page, "trade").locator(".db").inner_text()
    assert float(shift.split()[0]) == pytest.approx(
        (after - before) * 10 / math.log(10), abs=0.06
    )


def test_the_answer_is_that_of_the_same_changes_posted_for_a_what_if(site, visit):
    body = next(
        s for s in site.casebook().evidence.sources if s.id == "agov-2022"
    ).model_dump(mode="json")
    changes = [Change(kind="source", key="agov-2022", body=body | {"reliability": "E"})]
    read = site.shared.forecasts.what_if("dprk-russia", changes)
    means = {said.id: said.mean for said in read.after.summary.scenarios}

    page = visit("/what-if?grade=agov-2022:E")

    for scenario in ("troops", "treaty", "technology-transfer"):
        head = row(page, scenario).locator(".shift-head").inner_text()
        after = re.findall(r"[\d.]+\s%", head)[1]
        assert float(after[:-2]) == pytest.approx(100 * means[scenario], abs=0.6)


def test_another_day_is_read_as_it_was_known_then(visit):
    page = visit("/what-if?as_of=2022-12-01")

    assert page.locator("#as_of").input_value() == "2022-12-01"
    # Half of what speaks for shells was reported later.
    assert "artillery ammunition" in row(page, "munitions").inner_text()
    assert page.locator("#answer .shift").count() == 9


def test_too_large_a_change_says_that_no_refit_comes_and_what_helps(site):
    scenarios = site.casebook().priors.scenarios
    query = "&".join(f"prior={scenario.id}:99.9" for scenario in scenarios)
    text = site.text(f"/what-if?{query}")
    of_a_day = site.text(f"/what-if?{query}&as_of=2022-08-15")
    day_alone = site.text("/what-if?as_of=2022-08-15")

    assert "no refit comes by itself. What helps: posting the change" in text
    assert (
        'href="/cases/dprk-russia/fits">a fit of that day</a>, or posting' in of_a_day
    )
    assert "a fit of that day</a>." in day_alone


def test_a_report_is_found_among_many(visit):
    page = visit("/what-if")
    page.get_by_label("Find a report").fill("volunteers-offered")
    expect(page.locator("#switches-reports li")).to_have_count(1)
    page.locator("#switches-reports input").check()
    expect(page.locator("#answer")).to_contain_text("With 1 change.")
    page.get_by_label("Find a report").fill("nobody said this")

    # What is set aside stays in sight.
    expect(page.locator("#switches-reports input:checked")).to_have_count(1)


def test_of_sixty_scenarios_a_prior_is_found_and_stays_once_it_is_moved(site, visit):
    sixty_scenarios(site)
    site.refit()
    page = visit("/what-if", width=380)
    assert page.locator("main").bounding_box()["height"] < 3 * 900
    assert page.locator("[data-prior]").count() == 10
    assert page.locator("#shifts-others summary").inner_text() == "Other scenarios (55)"

    page.get_by_label("Find a scenario").fill("harbour 42")
    expect(page.locator("[data-prior]")).to_have_count(1)
    page.locator(".slider").fill("80")
    expect(page.locator("#answer .shift").first).to_contain_text("harbour 42")
    page.get_by_label("Find a scenario").fill("harbour 17")
    expect(page.locator("[data-prior]")).to_have_count(2)

    assert page.locator("#median-ferry-42").input_value() == "80"
    assert page.url.endswith("/what-if?prior=ferry-42:80")


def test_a_link_that_makes_no_sense_says_what_must_hold(visit):
    page = visit("/what-if?off=nobody&prior=troops:0&grade=reuters:Z")

    assert page.locator("#answer .fault").count() == 3
    assert page.locator("#answer .shift").count() == 9


def test_a_prior_that_makes_no_sense_is_marked_at_its_field(site):
    text = site.text("/what-if?median.troops=150&median.trade=5")

    field = re.search(r'<input id="median-troops"[^>]+>', text)[0]
    assert 'value="150"' in field and 'aria-invalid="true"' in field
    assert 'id="prior-troops-fault">must be a median between 0 and 100' in text
    assert "prior of troops must be a median" in text
    assert text.count('aria-invalid="true"') == 1


def test_a_mark_at_a_field_comes_and_goes_while_it_is_typed(visit):
    page = visit("/what-if")
    field, fault = page.locator("#median-troops"), page.locator("#prior-troops-fault")
    field.fill("150")
    expect(fault).to_contain_text("must be a median")
    expect(field).to_have_attribute("aria-invalid", "true")
    field.fill("15")
    expect(fault).to_be_empty()
    expect(field).to_have_attribute("aria-invalid", "false")


def test_a_scenario_whose_window_is_over_then_says_so(site):
    told = "It closed on 31 Dec 2025, not settled: a probability that it has occurred."

    assert told in site.text("/what-if?as_of=2026-01-01")
    assert told not in site.text("/what-if")


def test_the_page_says_what_it_stands_on_and_that_it_is_stale(site):
    text = site.text("/what-if")
    assert "As of <b>31 Mar 2024</b>" in text and "Revision 1, <a" in text
    site.post(Change(kind="report", key="volunteers-offered", body=None))
    assert "<b>Stale.</b> The case is at revision 2" in site.text("/what-if")


def test_it_says_how_many_reports_are_like_what_is_looked_for(site):
    n_reports = len(site.casebook().evidence.reports)
    told = f"1 of {n_reports} reports is like that."

    assert "claims that weigh most of" in site.text("/what-if")
    assert told in site.text("/what-if?find=volunteers-offered")
    assert "weigh most" not in site.text("/what-if?find=volunteers-offered")


def test_a_case_without_reports_says_that_it_has_none(site):
    author = Author("lead", None)
    empty = changes_between(None, make_casebook([]))
    post_changes(site.shared, "test-case", empty, author=author, because="a test")
    text = site.client().get("/cases/test-case/what-if").text

    assert "The case has no reports yet." in text
    assert "No report is like that." not in text


def test_the_ends_of_a_prior_are_written_as_on_the_page_of_its_scenario(site):
    prior = site.casebook().scenario("troops").prior
    ends = interval((prior.low, prior.high)).removesuffix(" %")

    for path in ("/what-if", "/scenarios/troops"):
        assert f"{ends}\N{NO-BREAK SPACE}%" in site.text(path).replace(" %", "\xa0%")


@pytest.mark.parametrize(("width", "scheme"), [(380, "dark"), (1400, "light")])
def test_the_what_if_page_keeps_nobody_out(visit, serious_faults, width, scheme):
    page = visit("/what-if?prior=troops:50", width=width, color_scheme=scheme)
    page.locator("#sources-open summary").click()

    assert serious_faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
