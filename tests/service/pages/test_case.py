"""The page of a case, as a browser shows it."""

from tests.service.pages.conftest import CASE


def test_every_scenario_has_its_forecast_beside_its_question(site, visit):
    page = visit()

    for scenario in site.casebook().priors.scenarios:
        row = page.locator(f"#{scenario.id}")
        assert scenario.question in row.inner_text()
        assert row.locator("svg").first.is_visible()
    assert CASE in page.url
