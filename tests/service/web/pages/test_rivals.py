"""Rivals on pages: what a report says of them, and how they share 100 %."""

import re

import pytest
from playwright.sync_api import expect

from deciban.model.casebook.changes import written_change
from deciban.model.posterior.wording import percent
from tests.service.web.pages.conftest import CASE

LIKELIHOODS = {"reds": 0.2, "blues": 0.9, "greens": 0.1}


@pytest.fixture
def rivals(site):
    """The shipped case, three teams of which one wins a cup, and a report on them."""
    teams = [
        {
            "id": name,
            "question": f"Do the {name} win?",
            "criteria": "It is announced",
            "opens": "2022-07-01",
            "closes": "2025-12-31",
            "prior": {"mean": prior, "sd": 0.05},
        }
        for name, prior in (("reds", 0.5), ("blues", 0.3), ("greens", 0.2))
    ]
    report = {
        "id": "drawn",
        "claim": "The blues are at their best",
        "source": site.casebook().evidence.sources[0].id,
        "credibility": 2,
        "published": "2024-03-01",
        "bears_on": [{"rivals": "cup", "likelihoods": LIKELIHOODS}],
    }
    cup = {"id": "cup", "scenarios": list(LIKELIHOODS)}
    site.post(
        *(written_change("scenario", team["id"], team) for team in teams),
        written_change("rivals", "cup", cup),
        written_change("report", "drawn", report),
    )
    return site


def test_a_report_says_what_it_says_of_each_rival(rivals):
    text = rivals.text("/reports/drawn")
    question = rivals.casebook().scenario("blues").question

    assert "if genuine, with each of these rivals true" in text
    assert f"{question}</a>: <b>0.9</b>" in text


def test_a_report_on_rivals_is_edited_as_it_is_written(rivals):
    form = rivals.text("/reports/drawn/edit", "forecaster")

    assert '<option value="rivals:cup" selected>cup: 3 rivals</option>' in form
    assert 'name="bears-0-of-cup:blues" type="text" list="of-rivals"' in form
    assert 'value="0.9"' in form


def test_the_ledger_finds_what_bears_on_a_rival(rivals):
    assert 'id="drawn"' in rivals.text("/ledger?scenario=greens")
    assert 'id="drawn"' not in rivals.text("/ledger?scenario=sanctions")


def test_rivals_are_one_bar_of_100_percent(rivals):
    rivals.refit()
    told = {
        s.id: s.mean for s in rivals.shared.forecasts.current(CASE).summary.scenarios
    }

    for path in ("", "/scenarios/reds", "/brief"):
        shown = rivals.text(path)
        assert f"One comes true: blues {percent(told['blues'])}, " in shown
        assert "/plots/rivals-cup.svg" in shown
    assert sum(told[name] for name in LIKELIHOODS) == pytest.approx(1)
    assert "rivals-cup" not in rivals.text("/scenarios/munitions")
    drawn = rivals.client().get(f"/cases/{CASE}/plots/rivals-cup.svg")
    assert drawn.status_code == 200


def test_rivals_that_the_fit_does_not_know_as_such_are_no_bar(rivals):
    rivals.refit()
    two = {"id": "cup", "scenarios": ["reds", "blues"]}

    rivals.post(
        written_change("report", "drawn", None), written_change("rivals", "cup", two)
    )

    assert "rivals-cup" not in rivals.text()


def test_a_matrix_sets_rivals_side_by_side_and_adds_up_what_is_against_each(rivals):
    rivals.refit()

    text = rivals.text("/matrix?of=cup")
    table = text.split('<table class="matrix')[1].split("</table>")[0]
    headings, rows = table.split("</thead>")
    row = re.findall(r"<td[^>]*>([^<]*)</td>", rows.partition("/reports/drawn")[2])[:3]
    against = re.findall(r"<td[^>]*>([^<]*)</td>", rows.partition("against it")[2])

    assert re.findall(r'/scenarios/(\w+)"', headings) == list(LIKELIHOODS)
    reds, blues, greens = map(float, row)
    assert greens < reds < 0 < blues
    assert [float(text) for text in against] == [reds, 0, greens]
    asked = {s.id: s.question for s in rivals.casebook().priors.scenarios}
    told = f"Least is against “{asked['blues']}”, 0.0 dB in all; most against"
    assert f"{told} “{asked['greens']}”" in text
    drawn = rivals.client().get(f"/cases/{CASE}/plots/matrix-both-cup.svg")
    assert drawn.status_code == 200


@pytest.mark.parametrize("has_script", [True, False])
def test_a_report_on_rivals_is_typed_and_posted(rivals, visit, has_script):
    page = visit("/new-report", java_script_enabled=has_script)
    bearing = page.locator("[data-row]").first
    blues = bearing.get_by_label("Do the blues win?")
    page.get_by_label("The claim").fill("The blues have lost their captain")
    page.locator("#source").fill(rivals.casebook().evidence.sources[0].id)
    page.locator("label[for=credibility-2]").click()
    if has_script:
        expect(blues).to_be_hidden()
    bearing.get_by_label("On", exact=True).select_option("rivals:cup")
    expect(blues).to_be_visible()
    if has_script:
        expect(bearing.get_by_label("How strongly, if genuine")).to_be_hidden()

    blues.fill("opposes strong")
    page.get_by_role("button", name="Post the report").last.click()

    expect(page.get_by_text("it says of these rivals")).to_be_visible()
    (kept,) = rivals.casebook().evidence.reports[-1].bears_on
    assert kept.words == {"blues": "opposes strong"}


def test_what_a_rival_settled_says_so(rivals):
    body = {"occurred": True, "on": "2024-03-20", "because": "The final is over"}
    rivals.post(written_change("outcome", "blues", body))

    text = rivals.text("/scenarios/reds")

    assert "<b>No</b>: of rivals one comes true, and that was <a" in text
    assert ">Do the blues win?</a>" in text
    assert "of rivals one comes true" not in rivals.text("/scenarios/blues")
