"""After warming, the first what-if and the first page find what they need."""

import sys
import time

from jinja2 import Environment

from deciban.model.sampling.draws import Draws
from deciban.service.web.server.preload import start_warming, warm
from tests.service.web.pages.conftest import CASE, PATIENCE


def test_the_first_what_if_reads_no_draws_from_the_store(site, monkeypatch):
    warm(site.app)
    monkeypatch.setattr(Draws, "from_bytes", None)

    assert site.shared.forecasts.what_if(CASE, []).pareto_k is None
    assert "deciban.model.sampling.checks" in sys.modules


def test_the_first_page_compiles_no_template(site, monkeypatch):
    warm(site.app)
    monkeypatch.setattr(Environment, "compile", None)

    assert site.casebook().priors.scenarios[0].question in site.text()


def test_a_fit_that_lands_is_warmed_by_itself(site):
    thread = start_warming(site.app)
    fit = site.refit()

    until = time.monotonic() + PATIENCE
    while fit.id not in site.shared.forecasts.remembered and time.monotonic() < until:
        time.sleep(0.01)
    site.shared.stopping.set()
    thread.join(PATIENCE)

    assert fit.id in site.shared.forecasts.remembered
    assert not thread.is_alive()


def test_a_store_without_cases_has_nothing_to_warm(app):
    warm(app)


def test_warming_ends_with_the_service(site, monkeypatch):
    site.shared.stopping.set()
    monkeypatch.setattr(Draws, "from_bytes", None)

    warm(site.app)
