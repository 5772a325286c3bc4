"""Pages between a fit and its explanation, and while its history is computed."""

import datetime

import pytest

from deciban.model.casebook.changes import Change
from deciban.model.casebook.history_days import history_days
from deciban.model.casebook.past_days import day_digest
from deciban.service.refits.artefacts import EXPLANATION
from deciban.service.store import fits
from tests.service.web.pages.conftest import CASE, NOW, ask_fit, keep_fit

REPORT = {
    "id": "denied",
    "claim": "There are no shells",
    "source": "kcna",
    "credibility": 1,
    "published": "2024-03-31",
    "bears_on": [{"scenario": "rockets", "direction": "opposes", "decibans": 8}],
}


def row_of(text: str, scenario: str) -> str:
    return text.split(f'<li class="forecast" id="{scenario}"')[1].split("</li>")[0]


def test_until_a_fit_is_explained_pages_say_why_the_one_before_said_what_it_said(site):
    first = site.shared.forecasts.current(CASE).fit.id
    pages = {
        "": '<p class="soft clip2">',
        "/scenarios/munitions": '<ol class="steps">',
        "/matrix": '<td class="cell-',
        "/brief": '<ol class="mattering">',
        "/ledger": '<ul class="weights">',
    }
    shown = {path: site.text(path).count(piece) for path, piece in pages.items()}

    second = site.refit(explained=False).id

    whose = f"of fit {first}; that of fit {second} is being worked out."
    for path, piece in pages.items():
        text = site.text(path)
        assert whose in text
        assert text.count(piece) == shown[path]
        assert "after the first fit" not in text
    assert site.text().count("No report bears on it.") == 1  # on the sanctions


def test_what_was_retracted_since_is_no_more_told_and_what_is_new_not_yet(site):
    brief = site.text("/brief").split('<ol class="mattering">')[1]
    heaviest = next(
        report
        for report in site.casebook().evidence.reports
        if report.claim[:150] in brief and not report.repeats
    )
    again = [
        Change(kind="report", key=report.id, body=None)
        for report in site.casebook().evidence.reports
        if report.repeats == heaviest.id
    ]
    site.post(*again, Change(kind="report", key=heaviest.id, body=None))
    site.post(Change(kind="report", key="denied", body=REPORT))
    site.refit(explained=False)

    for path in ("", "/brief", "/matrix?rows=reports"):
        text = site.text(path)
        assert heaviest.claim[:60] not in text and heaviest.id not in text
    for scenario in site.casebook().priors.scenarios:
        assert "being worked out" in site.text(f"/scenarios/{scenario.id}")
    new = site.text("/ledger").split('id="denied"')[1].split("</li>")[0]
    assert "being worked out" in new


def test_an_outcome_that_was_taken_back_settles_no_forecast(site):
    body = {"occurred": False, "on": "2024-03-30", "because": "seen"}
    site.post(Change(kind="outcome", key="troops", body=body))
    site.refit()
    assert "Did not occur" in row_of(site.text(), "troops")
    site.post(Change(kind="outcome", key="troops", body=None))

    site.refit(explained=False)

    assert "did not occur" not in row_of(site.text(), "troops")


def test_what_moved_it_last_may_be_an_outcome_its_own_or_of_another(site):
    reported = row_of(site.text(), "treaty")
    body = {"occurred": True, "on": "2024-03-31", "because": "seen"}
    site.post(Change(kind="outcome", key="troops", body=body))
    site.refit()
    text = site.text()
    (treaty,) = (
        s
        for s in site.shared.views.view(CASE).explanation.scenarios
        if s.id == "treaty"
    )

    assert "outcomes of other scenarios" not in reported and "/reports/" in reported
    assert sum(s.weight_db for s in treaty.steps if s.kind == "outcomes") > 0.05
    assert "/reports/" not in row_of(text, "troops")
    assert "It was settled on 31 Mar 2024." in row_of(text, "troops")
    assert "/reports/" not in row_of(text, "treaty")
    assert "outcomes of other scenarios" in row_of(text, "treaty")


def test_of_a_first_fit_that_is_not_explained_yet_nothing_is_said_of_reports(
    serve_file, unfitted_file, shipped, sampled
):
    site = serve_file(unfitted_file, threads=4)
    assert "What moved it is known after the first fit." in row_of(
        site.text(), "munitions"
    )
    assert "The first fit will follow: it waits for a worker." in site.text()
    record, _ = ask_fit(site.shared.store)
    keep_fit(site.shared.store, record, shipped, sampled, explained=False)

    assert "What moved it is being worked out." in row_of(site.text(), "munitions")
    for path in ("/scenarios/munitions", "/matrix", "/brief", "/ledger"):
        text = site.text(path)
        assert ": being worked out." in text
        assert "first fit" not in text


def test_a_refit_is_promised_until_it_is_on_record(site):
    assert "will follow" not in site.text()
    site.post(Change(kind="report", key="denied", body=REPORT))

    for path in ("", "/scenarios/rockets", "/matrix", "/ledger", "/history"):
        text = site.text(path)
        assert "Stale." in text
        assert "A refit will follow: it waits for a worker." in text
    record = site.begin_refit()
    assert "will follow" not in site.text()

    with site.shared.store.writing() as session:
        fits.cancel(session, record.id, NOW)
    assert "Stale." in site.text()
    assert "will follow" not in site.text()


def test_a_history_says_how_many_of_its_days_are_computed(site):
    casebook = site.casebook()
    most = site.shared.settings.history_days
    days = {
        day: day_digest(casebook, day)
        for day in history_days(casebook, NOW.date(), most)
    }
    summary = site.shared.forecasts.current(CASE).summary
    told = f"History: 6 of {len(days)} days are computed."
    assert told in site.text("/scenarios/troops") and told in site.text()

    client, marks = site.client(), []
    for day, digest in list(days.items())[:-6]:
        marks.append(client.get(f"/cases/{CASE}/now").json["mark"])
        with site.shared.store.writing() as session:
            then = summary.model_copy(update={"as_of": day})
            fits.remember_day(session, CASE, digest, day, then)

    text = site.text("/scenarios/troops")
    assert "days are computed" not in text
    assert "? From " in text
    # An open page is made anew every ten days, and for the last, however few are left.
    assert f'data-mark="{marks[-1]}"' not in text
    assert len(set(marks)) <= len(days) // 10 + 1


@pytest.mark.parametrize("explained", [True, False])
def test_what_a_page_shows_is_marked_by_whose_explanation_it_is(site, explained):
    def mark() -> str:
        return site.client().get(f"/cases/{CASE}/now").json["mark"]

    record = site.refit(explained=False)
    before = mark()
    if explained:
        with site.shared.store.writing() as session:
            old = fits.kept(session, record.id - 1, EXPLANATION)
            fits.keep(session, record.id, *old)

    assert (mark() != before) == explained


def test_what_was_forecast_at_a_close_is_taken_from_its_day_where_draws_cannot_tell(
    site,
):
    """Years later, when so much is known that no draw of today tells of then."""
    site.shared.clock.now = datetime.datetime(2026, 11, 25, tzinfo=datetime.UTC)
    current = site.shared.forecasts.current(CASE)
    close = datetime.date(2025, 12, 31)
    scenarios = [
        one.model_copy(update={"state": "closed, not settled", "at_close": None})
        for one in current.summary.scenarios
    ]
    summary = current.summary.model_copy(
        update={"scenarios": scenarios, "as_of": current.as_of}
    )
    then = [one.model_copy(update={"mean": 0.777}) for one in scenarios]
    record, casebook = ask_fit(site.shared.store, as_of=current.as_of)
    with site.shared.store.writing() as session:
        draws = fits.draws(session, current.fit.id)
        fits.start(session, record.id, NOW)
        fits.finish(session, record.id, summary=summary, seed=1, draws=draws, now=NOW)
    assert "at its close" not in site.text("")

    with site.shared.store.writing() as session:
        day = summary.model_copy(update={"scenarios": then, "as_of": close})
        fits.remember_day(session, CASE, day_digest(casebook, close), close, day)
    assert "78 % at its close" in site.text("").replace("\xa0", " ")
    assert "at its close the forecast was 78 %" in site.text("/brief").replace(
        "\xa0", " "
    )
