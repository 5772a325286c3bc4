"""The brief: one sheet, whose sentences keep likelihood and confidence apart."""

import re

from playwright.sync_api import expect

from deciban.model.casebook.changes import Change
from tests.service.web.pages.conftest import CASE


def test_the_brief_of_the_shipped_case_is_one_page_of_a4(visit):
    printed = visit("/brief").pdf(prefer_css_page_size=True)

    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1
    box = re.search(rb"/MediaBox\s*\[\s*0 0 ([\d.]+) ([\d.]+)", printed)
    assert box is not None
    assert [round(float(x)) for x in box.groups()] == [595, 842]  # points


def test_a_number_stands_beside_each_word(site):
    text = site.text("/brief")
    word = r": (?:[a-z -]+ \(|(?:below|above) \d+ %, where ICD 203 has no word)"
    said = re.findall(rf"with a probability of [\d.<>]+ %{word}", text)

    assert len(said) == len(site.casebook().priors.scenarios)


def test_likelihood_and_confidence_are_never_in_one_sentence(site):
    text = re.sub(r"<[^>]+>", " ", site.text("/brief").split('class="brief"')[1])
    sentences = re.split(r"(?<=[.?])\s", text)
    likely = [s for s in sentences if "with a probability of" in s]

    assert likely
    assert not [s for s in likely if re.search("interval|R-hat|confiden|trust", s)]


def test_the_five_reports_that_matter_most_are_named_the_largest_first(site):
    entries = site.text("/brief").split('<ol class="mattering">')[1].split("<footer")[0]
    sizes = [float(x) for x in re.findall(r"([+-]\d+\.\d)\s?dB", entries)]

    assert len(sizes) == 5
    assert [abs(x) for x in sizes] == sorted((abs(x) for x in sizes), reverse=True)


def test_the_five_reports_speak_for_the_five_scenarios_that_moved_most(site):
    entries = site.text("/brief").split('<ol class="mattering">')[1].split("</ol>")[0]
    about = re.findall(r"on “([^”…]+)", entries)
    forecasts = site.shared.forecasts.current(CASE).summary.scenarios
    moved = sorted(forecasts, key=lambda s: -abs(s.weight_db))
    asked = {s.id: s.question for s in site.casebook().priors.scenarios}
    own = [s.id for s in moved if site.casebook().reports_on(s.id)][:5]

    assert len({*about}) == 5
    assert all(any(asked[name].startswith(q) for q in about) for name in own)


def test_it_says_on_what_the_judgements_rest_and_what_would_change_them(site):
    text = site.text("/brief").replace("\xa0", " ")
    munitions = site.shared.views.view(CASE).explanation_of("munitions")
    largest = next(s for s in munitions.ordered() if s.kind in ("report", "argument"))

    told = text.split("Does North Korea ship artillery ammunition")[1].split("</li>")[0]
    assert "Moved most by" in told
    assert f"({largest.weight_db:+.1f} dB)" in told
    assert re.search(r"Confidence is (high|moderate|low) \([^)]+, \d+ origins?\)", told)
    assert re.search(r"It rests most on “[^”]+” \(\d+ % likely to be so\)", text)
    changes = re.findall(r"Without “[^”]+”: ([\d.]+) % in place of ([\d.]+) %", text)
    assert len(changes) == 3
    assert all(before != after for before, after in changes)


def test_the_brief_carries_its_proof(site):
    fit = site.shared.forecasts.current(CASE).fit
    text = site.text("/brief")

    assert fit.digest in text
    assert "checks passed (R-hat" in text
    assert "As of 31 Mar 2024" in text


def ferry(number: int) -> Change:
    """Add a scenario that no report bears on."""
    name = f"ferry-{number}"
    body = {
        "id": name,
        "question": f"Does ferry {number} run by 2026, from one end to the other?",
        "criteria": "It runs",
        "opens": "2024-01-01",
        "closes": "2026-01-01",
        "prior": {"median": 0.4, "low": 0.2, "high": 0.6},
    }
    return Change(kind="scenario", key=name, body=body)


def test_a_large_case_is_one_page_of_what_moved_most_and_all_where_that_is_asked(
    site, visit
):
    site.post(*(ferry(number) for number in range(51)))
    site.refit()
    forecasts = site.shared.forecasts.current(CASE).summary.scenarios
    by_weight = sorted(forecasts, key=lambda s: -abs(s.weight_db))

    page = visit("/brief")

    assert page.locator(".sentences li").count() == 10
    shown = page.locator(".sentences").inner_text()
    questions = {s.id: s.question for s in site.casebook().priors.scenarios}
    moved = [s.id for s in by_weight if abs(s.weight_db) > 0.05]
    assert all(questions[name] in shown for name in moved[:10])
    printed = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1

    page.get_by_role("link", name="All of them").click()
    expect(page.locator(".sentences li")).to_have_count(60)


def test_a_case_without_reports_says_that_none_matters(site):
    everything = site.casebook().evidence.reports
    site.post(*(Change(kind="report", key=report.id) for report in everything))
    site.refit()

    assert "None: no report moves a forecast." in site.text("/brief")
