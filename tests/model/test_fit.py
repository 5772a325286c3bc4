"""A fit: what follows from its draws, kept and shown."""

import datetime

import numpy as np
import pytest

from deciban.model.fit import Fit
from deciban.model.likelihood.design import design
from tests.model.builders import (
    certain,
    draws_of,
    graded,
    make_casebook,
    make_report,
    make_scenario,
    says,
)


@pytest.fixture(scope="module")
def fit(sampled, shipped) -> Fit:
    return Fit(sampled, shipped, datetime.date(2024, 3, 31))


def test_a_fit_tells_the_same_after_it_was_saved_and_read(fit, tmp_path):
    """To the last bit, whichever is asked first."""
    said = Fit(fit.draws, fit.casebook, fit.as_of).summary
    fit.save(tmp_path / "fit.nc")
    read = Fit.read(tmp_path / "fit.nc")

    assert read.summary == fit.summary == said
    assert (read.casebook, read.as_of) == (fit.casebook, fit.as_of)


def test_the_table_of_forecasts_holds_what_the_summary_does(fit):
    row = fit.forecasts.loc["munitions"]
    (scenario,) = (one for one in fit.summary.scenarios if one.id == "munitions")

    assert (row["mean"], row["prior_mean"]) == (scenario.mean, scenario.prior_mean)
    assert (row["eti90_low"], row["eti90_high"]) == scenario.eti90


def test_a_notebook_shows_the_title_as_text_whatever_is_in_it(fit):
    priors = fit.casebook.priors.model_copy(update={"title": "<b>Shells</b> & rockets"})
    titled = fit.casebook.model_copy(update={"priors": priors})

    shown = Fit(fit.draws, titled, fit.as_of)._repr_html_()

    assert "&lt;b&gt;Shells&lt;/b&gt; &amp; rockets" in shown
    assert "munitions" in shown


def test_what_closed_unsettled_has_the_forecast_of_its_close_and_what_it_is_now():
    """Believed at evens, it is reported at 9 to 1 two months after its close."""
    late = make_report("it", says([0.9, 0.1]), published="2025-03-01", credibility=6)
    casebook = make_casebook(
        [late],
        scenarios=[
            make_scenario("war", prior=certain(0.5)),
            make_scenario("peace", prior=certain(0.5), closes="2026-01-01"),
        ],
        scales=graded(B=30.0),
    )
    day = datetime.date(2025, 6, 1)

    z = np.zeros((2, 4, design(casebook, day).layout.size))
    war, peace = Fit(draws_of(casebook, z, day), casebook, day).summary.scenarios

    assert (war.state, peace.state) == ("closed, not settled", "open")
    assert (war.at_close, war.mean) == (pytest.approx(0.5), pytest.approx(0.9))
    assert peace.at_close is None
