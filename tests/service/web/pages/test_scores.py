"""The pages of scores, and of the track record."""

from markupsafe import escape
from playwright.sync_api import expect

from deciban.model.casebook.changes import written_change
from deciban.model.casebook.past_days import day_digest
from deciban.model.scores.foresight import scored_days
from deciban.service.store import fits
from tests.service.web.pages.conftest import CASE, follow
from tests.service.web.pages.test_every_page import NARROW, WIDE, overflow

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

    assert site.casebook().scenario("munitions").question in text
    assert escape(site.casebook().priors.title) in text
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


def test_pages_of_scores_keep_nobody_out_and_fit_once_something_is_settled(
    site, visit, serious_faults
):
    settle(site)
    page, found = visit(), {}
    for path in (
        *("/record", "/record?horizon=longer&tag=arms", f"/cases/{CASE}/scores"),
        f"/cases/{CASE}/replay?every=week&from=2022-07-01&to=2022-08-20",
        f"/cases/{CASE}/scenarios/munitions",
    ):
        assert page.goto(site.address + path).ok
        for width, scheme in ((WIDE, "light"), (NARROW, "dark")):
            page.set_viewport_size({"width": width, "height": 900})
            page.emulate_media(color_scheme=scheme)
            faults = serious_faults(page) + ["too wide"] * (overflow(page) > 0)
            if faults:
                found[f"{path} {width} {scheme}"] = faults

    assert found == {}


def test_the_record_is_narrowed_by_mouse_and_by_keyboard(site, visit):
    settle(site)
    page = visit("/scores")
    follow(page.get_by_role("link", name="The track record of all cases"))
    expect(page.get_by_role("heading", name="By horizon")).to_be_visible()

    page.get_by_role("combobox", name="Tag").select_option("arms")
    follow(page.get_by_role("button", name="Show"))
    expect(page).to_have_url(f"{site.address}/record?tag=arms&horizon=&who=")
    expect(page.get_by_role("combobox", name="Tag")).to_have_value("arms")

    page.get_by_role("combobox", name="Forecasts held").focus()
    page.keyboard.press("l")  # "longer before"
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.get_by_role("combobox", name="Forecasts held")).to_have_value("longer")
    expect(page.locator("p.lead")).to_contain_text("at the end of these days")


def test_a_replay_is_asked_for_by_its_form(site, visit):
    page = visit("/replay", width=NARROW)

    page.get_by_label("Days").select_option("week")
    page.get_by_label("From", exact=True).fill("2022-07-01")
    page.get_by_label("To").fill("2022-07-20")
    follow(page.get_by_role("button", name="Show"))

    expect(page.get_by_role("rowheader")).to_have_text(
        ["1 Jul 2022", "8 Jul 2022", "15 Jul 2022"]
    )
    expect(page.get_by_role("status")).to_contain_text("3 days still to be fitted")
