"""A fit: what follows from its draws, kept and shown."""

import pytest

from deciban.model.fit import Fit


@pytest.fixture(scope="module")
def fit(sampled, shipped) -> Fit:
    return Fit(sampled, shipped, shipped.last_day())


def test_a_fit_tells_the_same_after_it_was_saved_and_read(fit, tmp_path):
    fit.save(tmp_path / "fit.nc")
    read = Fit.read(tmp_path / "fit.nc")

    assert read.summary == fit.summary
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
