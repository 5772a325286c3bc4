"""The fits of a case, and one with its proof."""

import json
import re

import pytest
from playwright.sync_api import expect
from sqlalchemy import update

from deciban.model.plots.kinds import KINDS, OF_SCENARIO
from deciban.model.posterior.summary import Summary
from deciban.model.sampling.progress import ChainProgress
from deciban.service.application.fit_plots import plotted_record
from deciban.service.store import fits
from deciban.service.store.tables import FitRow
from deciban.service.web.pages.fits import reproducing


def test_the_fits_are_listed_with_their_checks(site, visit):
    page = visit("/fits", "viewer")
    row = page.locator("table.fits tbody tr")

    assert row.count() == 1
    assert "passed" in row.inner_text() and "served" in row.inner_text()
    assert page.locator("main form").count() == 0


def test_a_fit_is_asked_for_followed_and_shown_when_it_is_done(site, visit):
    page = visit("/fits")
    page.get_by_text("Ask for a fit").click()
    page.get_by_label("Draws of each chain").fill("7")
    page.get_by_role("button", name="Ask for it").click()
    expect(page.get_by_role("alert")).to_contain_text(
        "must ask for at least 100 draws of each chain, got 7"
    )
    page.get_by_label("Draws of each chain").fill("400")
    page.get_by_role("button", name="Ask for it").click()

    page.wait_for_url("**/fits/2")
    with site.shared.store.reading() as session:
        record = fits.fit(session, 2)
    assert (record.settings["draws"], record.asked_by) == (400, "forecaster")
    chains = (ChainProgress(300, 800, 0), ChainProgress(100, 800, 0))
    site.tell(record, "running", stage="sampling", chains=chains)
    expect(page.locator("[data-count]")).to_have_text("400 of 1,600 draws")
    assert page.locator("[data-stage]").inner_text() == "Sampling."
    assert page.locator("progress").evaluate("bar => [bar.value, bar.max]") == [
        400,
        1600,
    ]
    site.land(record)

    expect(page.locator(".proofs")).to_contain_text("ESS bulk")
    assert page.get_by_text("the worker is still drawing it").first.is_visible()


def test_a_fit_is_cancelled(site, visit):
    record = site.begin_refit()
    page = visit(f"/fits/{record.id}")
    page.get_by_role("button", name="Cancel it").click()

    expect(page.locator("#fit .tag")).to_have_text("cancelled")


def test_a_fit_carries_its_proof_and_how_to_make_it_again(site, visit):
    with site.shared.store.writing() as session:
        fits.keep(
            session,
            1,
            "rank.svg",
            "image/svg+xml",
            b'<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"/>',
        )
        record = fits.fit(session, 1)
    page = visit("/fits/1")
    text = page.locator("#fit").inner_text()

    assert record.digest in text
    assert "pymc" in text and "nutpie" in text
    assert "deciban export dprk-russia --revision 1" in text
    assert (
        "deciban fit --priors dprk-russia.priors.yaml --evidence "
        "dprk-russia.evidence.yaml --as-of 2024-03-31 --draws 500 --tune 300 "
        "--chains 4 --seed 1" in text
    )
    image = page.locator("#plot-rank img")
    image.scroll_into_view_if_needed()
    page.wait_for_function(
        "img => img.complete && img.naturalWidth > 0", arg=image.element_handle()
    )
    answer = page.request.get(f"{site.case}/fits/1/summary.json")
    assert Summary.model_validate(json.loads(answer.text())) == record.summary


def test_every_plot_of_a_fit_has_a_sentence_and_its_numbers(site):
    """Whether the worker has drawn it or not; a picture says the same."""
    with site.shared.store.writing() as session:
        fits.keep(session, 1, "rank.svg", "image/svg+xml", b"<svg/>")
        summary = fits.fit(session, 1).summary
    plots = dict(
        re.findall(
            r'<figure class="plot made" id="plot-([\w-]+)">(.*?)</figure>',
            site.text("/fits/1"),
        )
    )

    assert set(plots) == set(KINDS) - set(OF_SCENARIO)
    rows = {name: plot.count('<th scope="row">') for name, plot in plots.items()}
    scenarios, sources = len(summary.scenarios), len(summary.sources)
    assert (rows.pop("sources"), rows.pop("energy")) == (sources, 4)
    assert rows.pop("matrix") > 10
    assert set(rows.values()) == {scenarios}
    agreed = f"All chains agree: R-hat is at most {summary.checks.r_hat_max:.3f} ("
    assert agreed in plots["rank"].split("<figcaption>")[1]
    assert f'alt="{agreed}' in plots["rank"]


def test_a_fit_shows_the_ladder_and_history_of_the_scenario_that_is_asked_for(site):
    text = site.text("/fits/1?scenario=munitions")

    for kind in OF_SCENARIO:
        (figure,) = re.findall(
            rf'<figure class="plot made" id="plot-{kind}">(.*?)</figure>', text, re.S
        )
        assert "Does North Korea ship artillery ammunition to Russia" in figure
        assert f"/plots/{kind}.json?scenario=munitions" in figure
        assert '<th scope="row">' in figure
    assert '<option value="troops">' in text
    assert 'id="plot-ladder"' not in site.text("/fits/1?scenario=pie")


def test_a_history_takes_the_fits_of_past_days_where_there_are_and_else_readings(site):
    """The last six days are kept, each with the forecasts of the fit itself."""
    with site.shared.store.reading() as session:
        record = fits.fit(session, 1)
    *read, first_kept = plotted_record(site.shared, record).past_days[:-5]
    kept = plotted_record(site.shared, record).past_days[-6:]

    means = [scenario.mean for scenario in record.summary.scenarios]
    assert [[s.mean for s in one.scenarios] for one in kept] == [means] * 6
    assert first_kept == kept[0]
    assert read and all([s.mean for s in one.scenarios or ()] != means for one in read)


def test_a_seed_that_the_command_line_refuses_is_left_to_the_digest(site):
    with site.shared.store.reading() as session:
        record = fits.fit(session, 1)
    from dataclasses import replace

    _, line = reproducing(replace(record, seed=2**40))
    assert "--seed" not in line


def test_a_fit_of_another_case_is_not_there(site):
    client = site.client()

    assert client.get("/cases/war/fits/1").status_code == 404
    assert client.get("/cases/dprk-russia/fits/99").status_code == 404


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/fits/{}", 404),
        ("/fits/{}/summary.json", 404),
        ("/fits?before={}", 200),
        ("/history/{}", 404),
        ("/history?before={}.{}", 200),
        ("/ledger?revision={}", 200),
        ("/ledger?page={}", 200),
        ("/reports/volunteers-offered?posted={}", 200),
    ],
)
def test_a_number_that_no_store_can_hold_is_that_of_nothing(site, path, status):
    for digits in (20, 5000):
        asked = f"/cases/dprk-russia{path.replace('{}', '9' * digits)}"
        assert site.client().get(asked).status_code == status


def test_a_fit_whose_draws_were_let_go_says_so_and_how_to_make_it_again(site):
    with site.shared.store.writing() as session:
        session.execute(update(FitRow).values(has_draws=False))

    text = site.text("/fits/1")

    assert "not kept any longer:</b> those of the last 20 refits are" in text
    assert "deciban fit --priors dprk-russia.priors.yaml" in text
    assert "the worker is still" not in text
    assert "posterior.nc" not in text
