"""A forecast over time, drawn of a fit: the days that its draws tell of."""

import datetime
from dataclasses import replace
from types import SimpleNamespace

import pytest

from deciban.model.casebook.history_days import history_days
from deciban.model.errors import ModelError
from deciban.model.fit import PastDay, past_day
from deciban.model.plots.fit_drawings import fit_drawing
from deciban.model.plots.history_drawing import since_opened
from deciban.model.plots.plot_numbers import plot_numbers
from deciban.model.plots.plotted_fit import plotted_fit
from deciban.model.posterior.what_if import prior_summary
from tests.model.plots.made_up import AS_OF, drawn, made_up_case


@pytest.fixture(scope="module")
def read(fit):
    return plotted_fit(fit)


def told(read, n_days: int, untold: tuple[int, ...] = ()):
    """A fit that tells of some days what it says of its own; of others nothing."""
    days = [AS_OF - datetime.timedelta(n_days - i) for i in range(n_days)]
    said = read.summary.scenarios
    past = [PastDay(d, None if i in untold else said) for i, d in enumerate(days)]
    return replace(read, past=lambda: past)


def test_days_are_those_on_which_forecasts_may_have_moved(fit, shipped):
    assert [one.day for one in fit.past_days] == history_days(shipped, AS_OF, 60)


def test_a_day_that_the_draws_tell_of_is_what_a_reading_says(fit):
    day = next(one for one in fit.past_days[::-1] if one.scenarios is not None)
    reading = fit.basis.read(fit.casebook, day.day)

    assert day.scenarios == reading.summary.scenarios
    assert reading.pareto_k is None or reading.pareto_k <= 0.7


@pytest.mark.parametrize(
    ("pareto_k", "said"), [(None, ["said"]), (0.69, ["said"]), (0.71, None)]
)
def test_a_day_that_the_draws_do_not_reach_has_no_forecasts(shipped, pareto_k, said):
    class Draws:
        def read(self, casebook, day):
            summary = SimpleNamespace(scenarios=["said"])
            return SimpleNamespace(pareto_k=pareto_k, summary=summary)

    assert past_day(Draws(), shipped, AS_OF) == PastDay(AS_OF, said)


def test_a_day_of_which_no_draw_is_possible_has_no_forecasts(shipped):
    class Draws:
        def read(self, casebook, day):
            raise ModelError("no draw is possible")

    assert past_day(Draws(), shipped, AS_OF) == PastDay(AS_OF, None)


def test_the_first_point_is_the_prior_of_the_first_day_and_the_last_the_fit(read, fit):
    panels = plot_numbers(told(read, 3), "history", "munitions")
    first, *_, last = panels

    day = AS_OF - datetime.timedelta(3)
    assert first == f"prior {day}"
    before = {s.id: s.mean for s in prior_summary(fit.casebook, day)}
    assert panels[first]["mean"] == [before["munitions"]]
    assert last == str(AS_OF)
    now = {s.id: s.mean for s in fit.summary.scenarios}
    assert panels[last]["mean"] == pytest.approx([now["munitions"]])


def test_days_that_cannot_be_told_are_left_out_and_counted(read):
    some = told(read, 5, untold=(0, 2))
    drawing = fit_drawing(some, "history", "munitions")
    days = [row[0] for row in drawing.table.rows if row[1]]

    # The first day shows the prior.
    assert days == [f"{day} Mar 2024" for day in (26, 27, 29, 30, 31)]
    assert drawing.caption.startswith("2 of 6 days left out: ")
    assert drawing.caption.split(":")[0] in drawing.plot().svg
    assert fit_drawing(told(read, 5), "history", "munitions").caption == ""


def test_what_moved_a_forecast_is_named_with_it(read, shipped):
    panels = plot_numbers(told(read, 30), "history", "munitions")
    named = {
        name.removeprefix("report "): day
        for day, panel in panels.items()
        for name in panel
        if name.startswith("report ")
    }
    published = {r.id: str(r.published) for r in shipped.evidence.reports}

    assert named
    assert all(published[report] == day for report, day in named.items())


def test_days_before_a_window_are_left_out_but_for_the_last():
    days = [PastDay(datetime.date(2024, 1, d), None) for d in (1, 2, 3, 4)]

    assert since_opened(days, datetime.date(2024, 1, 3)) == days[1:]
    assert since_opened(days, datetime.date(2023, 1, 1)) == days
    assert since_opened(days, datetime.date(2025, 1, 1)) == days[3:]


def test_a_case_without_reports_has_the_prior_and_the_forecast(read):
    drawing = fit_drawing(plotted_fit(drawn(made_up_case({}))), "history", "s-0")

    assert [row[0] for row in drawing.table.rows] == ["31 Mar 2024"]
