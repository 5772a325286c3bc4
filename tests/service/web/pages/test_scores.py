"""The pages of scores, and of the track record."""

from deciban.model.casebook.changes import written_change
from deciban.model.casebook.past_days import day_digest
from deciban.model.scores.foresight import scored_days
from deciban.service.store import fits
from tests.service.web.pages.conftest import CASE

YES = {"occurred": True, "on": "2022-08-20", "because": "seen"}


def settle(site):
    """Settle a scenario in the second month of its window, and keep the days before."""
    site.post(written_change("outcome", "munitions", YES))
    casebook = site.casebook()
    summary = site.shared.forecasts.current(CASE).summary
    days = scored_days(casebook, site.shared.clock().date())
    with site.shared.store.writing() as session:
        for day in days:
            digest = day_digest(casebook, day)
            fits.remember_day(session, CASE, digest, day, summary)
    return next(one.mean for one in summary.scenarios if one.id == "munitions")


def test_without_an_outcome_the_page_says_what_to_do(site):
    text = site.text("/scores")

    assert "Nothing is settled yet." in text


def test_scores_say_what_was_said_and_what_came(site):
    said = settle(site)
    text = site.text("/scores").replace("\N{NO-BREAK SPACE}", " ")

    assert f"We said {100 * said:.0f} %; it happened, settled on 20 Aug 2022." in text
    assert f"<b>{100 * said:.0f} %</b>" in text
    assert "no forecast before it was settled" in text  # recorded here, in 2024
    assert f"{(1 - said) ** 2:.3f}" in text


def test_the_record_says_what_cannot_be_told_yet(site):
    settle(site)
    text = site.client("viewer").get("/record").text

    assert "below 20 it cannot be told yet" in text
    assert "Best calls" in text
    assert "2022-08" in text
    assert "No settled scenario has passed its scheduled close." in text


def test_the_record_is_told_apart_and_can_be_of_a_part(site):
    settle(site)
    client = site.client("viewer")
    text = client.get("/record").text

    for title in ("By case", "By tag", "By horizon", "By who wrote the prior"):
        assert f"<h2>{title}</h2>" in text
    assert "longer before" in text
    chosen = client.get("/record?tag=arms&horizon=longer").text
    assert '<option value="arms" selected>' in chosen
    assert "at the end of these days" in chosen
    assert "No scenario of these has a score." in client.get("/record?tag=x").text


def test_a_post_mortem_leads_to_a_fit_of_the_day_that_it_needs(site):
    path = f"/cases/{CASE}/scenarios/munitions/post-mortem"
    assert site.client("viewer").get(path).status_code == 404

    # Far from the fit of March 2024: most of its evidence came after this day.
    early = YES | {"on": "2022-07-02"}
    site.post(written_change("outcome", "munitions", early))
    text = site.client("forecaster").get(path).text

    assert "What helped, and what misled" in text
    assert "Fit that day" in text or "we said" in text


def test_a_replay_shows_what_is_fitted_and_asks_for_the_rest(site):
    text = site.text("/replay?every=week&from=2022-07-01&to=2022-07-20")

    assert "still to be fitted" in text
    assert site.scheduler.days_asked
    assert "8 Jul 2022" in text
    assert "must be a date" in site.text("/replay?from=soon")
