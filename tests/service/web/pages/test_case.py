"""The page of a case, and the list of all."""

import datetime
import re

import pytest

from deciban.model.casebook.changes import Change
from deciban.model.posterior.wording import percent, written_day
from deciban.priors import VERBAL_SCALES
from deciban.service.store import fits
from tests.service.web.pages.conftest import CASE, NOW


def order_of(text: str, ids: list[str]) -> list[str]:
    """Return ids of rows in the order in which they stand."""
    found = re.findall(r'<li class="forecast" id="([^"]+)"', text)
    assert sorted(found) == sorted(ids)
    return found


def test_every_scenario_has_its_forecast_beside_its_question(site, visit):
    page = visit()

    for scenario in site.casebook().priors.scenarios:
        row = page.locator(f"#{scenario.id}")
        assert scenario.question in row.inner_text()
        assert row.locator(".curve svg").is_visible()


def test_rows_stand_in_the_order_that_is_asked_for(site):
    casebook = site.casebook()
    ids = [scenario.id for scenario in casebook.priors.scenarios]
    means = {
        s.id: s.mean for s in site.shared.forecasts.current(CASE).summary.scenarios
    }
    last = {
        name: max((r.published for r in casebook.reports_on(name)), default=None)
        for name in ids
    }

    def shown(sort: str) -> list[str]:
        return order_of(site.text(f"?sort={sort}"), ids)

    assert shown("case") == ids == shown("nonsense")
    assert shown("id") == sorted(ids)
    assert shown("forecast") == sorted(ids, key=lambda name: -means[name])
    moved = [last[name] for name in shown("moved")]
    assert moved[-1] is None  # no report bears on the sanctions
    assert moved[:-1] == sorted(moved[:-1], reverse=True)


@pytest.mark.parametrize("scale", VERBAL_SCALES)
def test_a_word_of_the_scale_that_is_asked_for_stands_with_its_range(site, scale):
    text = site.text(f"?scale={scale}")
    means = [s.mean for s in site.shared.forecasts.current(CASE).summary.scenarios]
    terms = {VERBAL_SCALES[scale].term(mean) for mean in means}

    for term in terms - {None}:
        assert f"{term.word} is " in text
    assert ("has no word for it" in text) == (None in terms)


def test_the_report_that_moved_a_scenario_last_is_named_with_its_day(site):
    casebook = site.casebook()
    newest = max(report.published for report in casebook.reports_on("munitions"))
    row = site.text().split('id="munitions"')[1].split("</li>")[0]

    assert f"{newest.day} {newest:%b %Y}" in row
    named = re.search(r'/reports/([a-z0-9-]+)"', row)
    assert named is not None
    assert named[1] in {r.id for r in casebook.reports_on("munitions")}
    assert re.search(r"[+-]\d+\.\d\s?dB", row.replace("\xa0", " "))


def test_before_the_first_fit_the_priors_are_drawn_and_how_far_the_fit_is(
    serve_file, unfitted_file
):
    site = serve_file(unfitted_file, threads=4)
    record = site.begin_refit()
    with site.shared.store.writing() as session:
        fits.start(session, record.id, NOW)
        told = [{"done": 150, "total": 800, "divergences": 0}] * 4
        fits.progress(session, record.id, "sampling", told)

    text = site.text()

    assert "these are the priors" in text
    assert "The first fit is under way" in text
    assert re.search(r'<progress [^>]*max="3200" value="600"', text)
    assert text.count('class="d-ghost"') >= len(site.casebook().priors.scenarios)


def test_a_fit_that_failed_its_checks_is_told_and_the_good_one_stays(site):
    served = site.shared.forecasts.current(CASE).fit
    record = site.begin_refit()
    checks = served.summary.checks.model_copy(update={"ok": False, "divergences": 3})
    bad = served.summary.model_copy(update={"checks": checks})
    with site.shared.store.writing() as session:
        fits.start(session, record.id, NOW)
        fits.finish(session, record.id, summary=bad, seed=1, draws=b"", now=NOW)

    text = site.text()

    assert "failed its checks" in text
    assert "3 divergences" in text
    assert f"last good one, of revision {served.revision}" in text


def test_a_case_that_changed_since_its_fit_is_stale(site):
    assert "up to date" in site.text()
    body = {"id": "wire", "name": "A wire", "reliability": "B"}
    site.post(Change(kind="source", key="wire", body=body))

    assert "Stale." in site.text()


def test_a_scenario_that_is_newer_than_the_fit_shows_its_prior(site):
    body = {
        "id": "ferry",
        "question": "Does a ferry run by 2026?",
        "criteria": "A ferry runs",
        "opens": "2025-01-01",
        "closes": "2026-01-01",
        "prior": {"median": 0.4, "low": 0.2, "high": 0.6},
    }
    site.post(Change(kind="scenario", key="ferry", body=body))

    row = site.text().split('id="ferry"')[1].split("</li>")[0]

    assert "not fitted yet" in row
    assert "Opens on 1 Jan 2025" in row
    assert 'class="d-ghost"' in row


def test_the_first_page_lists_cases_with_what_is_in_them(site):
    casebook = site.casebook()
    text = site.client().get("/").text

    assert casebook.priors.title.replace("'", "&#39;") in text
    assert f"<dd>{len(casebook.evidence.reports)}</dd>" in text
    assert f"<dd>{len(casebook.priors.scenarios)}</dd>" in text
    assert "up to date" in text


def test_who_has_not_signed_in_is_led_there_and_back(site):
    answer = site.client(None).get(f"/cases/{CASE}?sort=id")

    assert answer.status_code == 302
    assert answer.location.endswith("/sign-in?then=%2Fcases%2Fdprk-russia%3Fsort%3Did")


def test_what_is_not_there_is_told_as_a_page_and_by_the_api_as_a_problem(site):
    client = site.client()
    for path in ("/cases/none", f"/cases/{CASE}/scenarios/none", "/none"):
        answer = client.get(path)
        assert (answer.status_code, answer.mimetype) == (404, "text/html")
        assert "All cases" in answer.text

    assert client.get("/api/v1/cases/none").mimetype == "application/problem+json"


def test_what_nobody_may_do_is_refused_with_a_page(site):
    path = f"/cases/{CASE}/scenarios/troops/outcome"
    answer = site.client(None).post(path, data={"answer": "yes"})

    assert (answer.status_code, answer.mimetype) == (401, "text/html")
    assert "Sign in" in answer.text


def drawn(text: str, scenario: str) -> str:
    """Return what the row of a scenario draws."""
    row = text[text.index(f'id="{scenario}"') :].split("</li>")[0]
    return "".join(re.findall("<svg.*?</svg>", row))


def test_rows_are_drawn_once_for_all_who_look_on(site, monkeypatch):
    seen = site.text(role="viewer")
    monkeypatch.setattr("deciban.service.web.pages.drawn_rows.density_row", None)

    again = site.text("?sort=id", role="admin")

    assert drawn(again, "troops") == drawn(seen, "troops") != ""


def test_rows_are_drawn_anew_when_a_fit_a_scale_or_a_question_does(site):
    first = drawn(site.text(), "troops")
    in_kent = drawn(site.text("?scale=kent"), "troops")
    site.post(Change(kind="report", key="volunteers-offered"))
    site.refit()
    after_refit = drawn(site.text(), "troops")
    (troops,) = (s for s in site.casebook().priors.scenarios if s.id == "troops")
    body = troops.model_dump(mode="json", exclude_none=True, by_alias=True)
    site.post(
        Change(kind="scenario", key="troops", body=body | {"question": "Who fights?"})
    )
    asked_anew = drawn(site.text(), "troops")

    assert len({first, in_kent, after_refit, asked_anew}) == 4
    assert "Who fights?" in asked_anew


@pytest.mark.parametrize(("occurred", "x"), [(True, 424), (False, 8)])
def test_what_is_settled_before_the_first_fit_stands_at_its_end(
    serve_file, unfitted_file, occurred, x
):
    """A row of 432 pixels has its axis from 8 to 424."""
    site = serve_file(unfitted_file)
    body = {"occurred": occurred, "on": "2024-01-31"}
    site.post(Change(kind="outcome", key="troops", body=body))

    row = drawn(site.text(), "troops")

    (diamond,) = re.findall(r'<path d="([^"]*)" class="d-settled"', row)
    corners = [float(n) for n in re.findall(r"[\d.]+", diamond)]
    assert sum(corners[::2]) / 4 == x


def test_it_says_since_when_nobody_has_looked_until_somebody_has(site):
    later = datetime.datetime(2024, 6, 1, 9, tzinfo=datetime.UTC)
    site.shared.clock.now = later
    button = "Reviewed today: nothing has happened"
    text = site.text("", "forecaster")
    assert "Last looked at on <b>31 Mar 2024</b> (UTC): time since then" in text
    assert button in text
    assert button not in site.text("", "viewer")

    client = site.client("forecaster")
    page = client.get(f"/cases/{CASE}").text
    (token,) = re.findall(r'name="csrf_token" value="([^"]+)"', page)[:1]
    form = {"csrf_token": token}
    answer = client.post(f"/cases/{CASE}/reviewed", data=form)

    assert answer.status_code == 303
    assert site.casebook().priors.reviewed == later.date()
    text = site.text("", "forecaster")
    assert "Last looked at on <b>1 Jun 2024</b> (UTC)." in text
    assert button not in text


def test_what_is_due_is_told_with_its_case_and_in_its_row(site):
    def cases():
        return site.client("viewer").get("/").text

    assert "within 30 days" not in cases()
    site.shared.clock.now = datetime.datetime(2025, 12, 10, tzinfo=datetime.UTC)
    assert "9 within 30 days" in cases()
    assert '<span class="tag bad">due</span> 21 of 1,279 days left' in site.text("")

    site.shared.clock.now = datetime.datetime(2026, 11, 26, tzinfo=datetime.UTC)
    assert "9 closed, not settled" in cases()
    assert "Closed on 31 Dec 2025, not settled" in site.text("")


def many(n: int) -> list[Change]:
    """Add scenarios of which there is no report."""
    body = {
        "criteria": "Its ferry runs",
        "opens": "2024-01-01",
        "closes": "2026-01-01",
        "prior": {"median": 0.4, "low": 0.2, "high": 0.6},
    }
    asked = "Does a ferry run from harbour {} to the islands every day by 2026?"
    return [
        Change(
            kind="scenario",
            key=f"ferry-{i}",
            body=body | {"id": f"ferry-{i}", "question": asked.format(i)},
        )
        for i in range(n)
    ]


@pytest.mark.parametrize("width", [380, 1400])
def test_sixty_scenarios_are_three_screens_that_a_search_narrows(site, visit, width):
    site.post(*many(51))
    site.refit()
    page = visit(width=width)

    assert page.locator("main").bounding_box()["height"] < 3 * 900
    assert page.locator(".forecast").count() == 60
    page.get_by_role("searchbox").fill("ferry-7")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=ferry*")

    assert [one.get_attribute("id") for one in page.locator(".forecast").all()] == [
        "ferry-7"
    ]
    assert page.locator(".forecast .curve").is_visible()  # so few are shown in full


def test_a_case_says_what_it_is_and_how_far_to_trust_it(site, visit):
    page = visit()
    assert site.casebook().priors.description in page.inner_text(".described")
    figures = page.get_by_text("R-hat")
    assert not figures.is_visible()

    page.get_by_text("checks passed", exact=False).first.click()

    assert figures.is_visible()


def test_a_row_says_what_was_forecast_a_week_before(site):
    known = site.shared.views.view(CASE)
    week = known.week_before("munitions")
    row = site.text().split('id="munitions"')[1].split("</li>")[0]

    assert (known.current.as_of - week.day).days >= 7
    assert f"{percent(week.mean)} on {written_day(week.day)} too" in row.replace(
        "\xa0", " "
    )
