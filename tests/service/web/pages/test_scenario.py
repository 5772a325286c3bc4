"""The page of a scenario: taken apart, resolved, and used without a mouse."""

import datetime
import math
import re

import pytest
from playwright.sync_api import expect

from deciban.model.casebook.changes import Change, body_of, written_change
from deciban.model.plots.history_drawing import noticed
from deciban.model.posterior.summary import ScenarioSummary
from deciban.model.posterior.wording import percent, written_day
from tests.service.web.pages.conftest import CASE

TROOPS = "/scenarios/troops"


def said_of(site, scenario: str) -> ScenarioSummary:
    summary = site.shared.forecasts.current(CASE).summary
    return next(said for said in summary.scenarios if said.id == scenario)


def steps_of(text: str) -> list[str]:
    """Return the steps of a page, each as its HTML."""
    steps = text.split('<ol class="steps">')[1].split("</section>")[0]
    return re.split(r"<li> <details id=\"step-|<li> <p class=\"no-parts\">", steps)[1:]


def source(name: str) -> Change:
    body = {"id": name, "name": f"The {name}", "reliability": "C"}
    return Change(kind="source", key=name, body=body)


def report(name: str, **changes: object) -> Change:
    body = {
        "id": name,
        "claim": f"Claim {name}",
        "source": "wire-1",
        "credibility": 3,
        "published": "2024-03-30",
        **changes,
    }
    return Change(kind="report", key=name, body=body)


@pytest.mark.parametrize("order", ["size", "date"])
def test_the_steps_lead_from_the_prior_as_written_to_the_forecast(site, order):
    steps = steps_of(site.text(f"{TROOPS}?steps={order}"))
    sizes = [float(re.findall(r"([+-]?\d+\.\d) dB", step)[0]) for step in steps]

    prior, now = site.casebook().scenario("troops").prior, said_of(site, "troops").mean
    written = prior.distribution().mean
    way = 10 * math.log10(now / (1 - now) * (1 - written) / written)
    # Each is written to a tenth.
    assert sum(sizes) == pytest.approx(way, abs=0.05 * (len(sizes) + 1))


def test_twelve_relays_of_one_statement_are_one_step(site):
    wires = [source(f"wire-{i}") for i in range(1, 13)]
    bearing = {"scenario": "troops", "direction": "supports", "strength": "strong"}
    first = report("told", origin="minister", bears_on=[bearing])
    again = [
        report(f"told-{i}", source=f"wire-{i}", repeats="told") for i in range(2, 13)
    ]
    site.post(source("minister"), *wires, first, *again)
    site.refit()

    steps = [s for s in steps_of(site.text(TROOPS)) if "Claim told" in s]

    assert len(steps) == 1
    assert "12 reports from 1 origin" in steps[0]
    assert "One claim, told 12 times" in steps[0]
    assert all(f"The wire-{i}," in steps[0] for i in range(1, 13))


def test_arguments_are_told_with_how_far_they_are_established(site):
    summary = site.shared.forecasts.current(CASE).summary
    text = site.text(TROOPS)
    own = [a for a in summary.arguments if "troops" in a.weight_db]

    assert own
    for argument in own:
        row = text.split(f'id="argument-{argument.id}"')[1].split("</tr>")[0]
        assert f"{100 * argument.probability:.0f}" in row


def test_a_forecaster_resolves_a_scenario_and_takes_it_back(site, visit):
    page = visit(TROOPS)
    page.get_by_text("Resolve it").click()
    page.get_by_label("No, it did not").check()
    page.get_by_label("Day on which").fill("2024-03-31")
    page.get_by_label("Why").fill("the war is over")
    page.get_by_role("button", name="Record it").click()

    expect(page.locator("#outcome").get_by_text("the war is over")).to_be_visible()
    outcome = site.casebook().scenario("troops").outcome
    assert (outcome.occurred, str(outcome.on)) == (False, "2024-03-31")
    assert site.scheduler.noticed == [CASE]

    page.get_by_text("Change it, or take it back").click()
    page.get_by_label("Take the outcome back").check()
    page.get_by_label("Why").fill("too early")
    page.get_by_role("button", name="Record it").click()

    expect(page.get_by_text("Not known.")).to_be_visible()
    assert site.casebook().scenario("troops").outcome is None


@pytest.mark.parametrize(
    ("form", "rule"),
    [
        ({"answer": "yes", "on": "2024-03-01"}, "The reason must be written down."),
        (
            {"answer": "yes", "on": "2021-01-01", "because": "seen"},
            "must have an outcome within the window",
        ),
        ({"answer": "yes", "on": "soon", "because": "seen"}, "must be a date"),
    ],
    ids=["no reason", "before its window", "no day"],
)
def test_an_outcome_that_breaks_a_rule_is_refused_with_it(site, form, rule):
    client = site.client("forecaster")
    text = client.get(f"/cases/{CASE}{TROOPS}").text
    token = re.findall(r'name="csrf_token" value="([^"]+)"', text)[0]
    path = f"/cases/{CASE}{TROOPS}/outcome"
    answer = client.post(path, data={"csrf_token": token, **form})

    assert answer.status_code == 422
    assert rule in answer.text
    assert site.casebook().scenario("troops").outcome is None


def test_a_scenario_that_has_closed_is_settled_on_its_last_day_at_most(site):
    later = datetime.datetime(2026, 11, 25, tzinfo=datetime.UTC)
    proposed = r'name="on" value="([^"]+)"'
    assert re.findall(proposed, site.text(TROOPS, "forecaster")) == ["2024-03-31"]
    site.shared.clock.now = later

    assert re.findall(proposed, site.text(TROOPS, "forecaster")) == ["2025-12-31"]


def test_a_viewer_is_offered_no_form_and_may_not_post(site):
    client = site.client("viewer")
    text = client.get(f"/cases/{CASE}{TROOPS}").text

    assert "Resolve it" not in text
    token = re.findall(r'name="csrf_token" value="([^"]+)"', text)[0]
    answer = client.post(
        f"/cases/{CASE}{TROOPS}/outcome",
        data={"csrf_token": token, "answer": "yes", "on": "2024-03-01", "because": "x"},
    )
    assert (answer.status_code, answer.mimetype) == (403, "text/html")
    assert site.casebook().scenario("troops").outcome is None


def test_a_form_from_elsewhere_changes_nothing(site):
    client = site.client("forecaster")
    answer = client.post(
        f"/cases/{CASE}{TROOPS}/outcome",
        data={"answer": "yes", "on": "2024-03-01", "because": "x"},
    )

    assert answer.status_code == 403
    assert site.casebook().scenario("troops").outcome is None


def test_a_step_opens_and_a_mark_tells_its_value_by_the_keyboard_alone(visit):
    page = visit(TROOPS)

    def tab_to(selector: str) -> None:
        for _ in range(60):  # a plot is one stop, however many marks it has
            page.keyboard.press("Tab")
            if page.evaluate("s => document.activeElement.matches(s)", selector):
                return
        raise AssertionError(f"Tab never reaches {selector}")

    page.keyboard.press("Tab")
    assert page.locator(".skip").evaluate("e => e === document.activeElement")
    tab_to("[data-said]")
    page.keyboard.press("Escape")
    assert page.locator(".tip").is_hidden()
    tab_to("[data-live=history] [data-said]")
    first = page.evaluate("document.activeElement.dataset.said")
    page.keyboard.press("ArrowRight")
    said = page.evaluate("document.activeElement.dataset.said")
    assert said != first
    assert page.locator(".tip").inner_text().split() == said.split()
    page.keyboard.press("Home")
    assert page.evaluate("document.activeElement.dataset.said") == first

    tab_to("ol.steps summary")
    page.keyboard.press("Enter")
    opened = page.locator("ol.steps details[open] .origins").first
    expect(opened).to_be_visible()


def test_it_says_by_when_where_there_is_a_clock(site):
    said = {s.id: s for s in site.shared.forecasts.current(CASE).summary.scenarios}
    curve = said["munitions"].by_when

    text = site.text("/scenarios/munitions")
    assert 'id="when"' in text
    by_close = f", by 31 Dec 2025 {percent(curve[-1].mean)}."
    assert by_close in text.replace("\xa0", " ")
    assert curve[-1].mean == pytest.approx(said["munitions"].mean)
    file = site.client("viewer").get(f"/cases/{CASE}/plots/when-munitions.csv")
    rows = file.text.splitlines()
    assert len(rows) == 1 + len(curve)


def test_it_leads_with_what_it_was_a_week_before_and_what_moved_it_last(site):
    known = site.shared.views.view(CASE)
    week = known.week_before("munitions")
    last = noticed(known.moves_of("munitions"))[0]
    text = site.text("/scenarios/munitions").split('id="density"')[0]

    before = f"It was {percent(week.mean)} on {written_day(week.day)} too."
    assert before in text.replace("\xa0", " ")
    assert f'/reports/{last.report}"' in text


def test_a_sign_says_whether_it_was_seen_and_the_form_offers_it(site):
    """Due on the last day that anybody looked; then a report names it."""
    body = {
        "id": "parade",
        "sign": "They march together",
        "bears_on": {"scenario": "troops", "if_true": 0.5, "if_false": 0.1},
        "due": "2024-03-31",
    }
    site.post(written_change("indicator", "parade", body))
    text = site.text(TROOPS)
    told = (
        "They march together by 31 Mar 2024: 50 % if so, else 10 %; not seen: -2.6 dB"
    )
    assert told in re.sub(r"<[^>]+>", "", text).replace("\xa0", " ")
    form = site.text("/new-report", "forecaster")
    assert '<option value="parade">They march together</option>' in form

    report = next(r for r in site.casebook().evidence.reports if r.repeats is None)
    seen = body_of(report) | {"indicator": "parade"}
    site.post(written_change("report", report.id, seen))
    assert ">seen</a>" in site.text(TROOPS)
    assert "<dt>Sign seen</dt>" in site.text(f"/reports/{report.id}")
    edited = site.text(f"/reports/{report.id}/edit", "forecaster")
    assert '<option value="parade" selected>' in edited
