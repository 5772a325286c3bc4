"""Figures of the diagnostics: what is drawn of many draws, and how it is named."""

import re
from itertools import pairwise

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from deciban.model.fit import Fit
from deciban.model.plots.diagnostics import diagnostic_figure, diagnostic_plot
from deciban.model.plots.kinds import DIAGNOSTICS
from deciban.model.plots.plotted_fit import plotted_fit
from tests.model.plots.made_up import drawn, made_up_case, settled


def figure_of(fit: Fit, kind: str) -> Figure:
    return diagnostic_figure(plotted_fit(fit), kind)


def words(figure: Figure) -> str:
    found = figure.findobj(Text)
    return "\n".join(text.get_text() for text in found if text.get_visible())


def is_within_its_page(figure: Figure) -> bool:
    figure.draw_without_rendering()
    used, page = figure.get_tightbbox(), figure.bbox_inches.padded(0.01)
    return page.x0 <= used.x0 and used.x1 <= page.x1 and page.y0 <= used.y0


@pytest.mark.parametrize("kind", DIAGNOSTICS)
def test_nothing_runs_off_the_page(fit, kind):
    assert is_within_its_page(figure_of(fit, kind))


@pytest.mark.parametrize("kind", DIAGNOSTICS)
def test_two_dozen_scenarios_with_long_ids_stay_on_the_page(crowded, kind):
    assert is_within_its_page(figure_of(crowded, kind))


@pytest.mark.parametrize("kind", ["trace", "rank"])
def test_resolved_scenario_is_left_out_of_diagnostics_and_that_is_said(kind):
    figure = figure_of(drawn(made_up_case({}, settled(True))), kind)

    assert "s-1" not in words(figure)
    assert "Left out, being certain: 1." in words(figure).replace("\n", " ")


@pytest.fixture(scope="module")
def long_fit() -> Fit:
    """Return a fit of four chains, of which one draw in three makes 4,000."""
    return drawn(made_up_case({}), n_draws=3000)


def test_trace_of_many_draws_shows_some_and_says_so(long_fit):
    figure = figure_of(long_fit, "trace")
    axes = figure.axes[0]
    draws = 100 * long_fit.tree["posterior"]["probability"].values[:, :, 0]
    lines = [line for line in axes.lines if len(line.get_xdata()) == 1000]
    said = words(figure).replace("\n", " ")

    assert len(lines) == 4
    for line, chain in zip(lines, draws, strict=True):
        assert line.get_xdata() == pytest.approx(np.arange(0, 3000, 3))
        assert line.get_ydata() == pytest.approx(chain[::3])
    assert "Of each chain one draw in 3 is shown; R-hat and ESS are of all." in said
    (ess,) = re.findall(r"ESS ([\d,]+)", axes.get_title())
    assert int(ess.replace(",", "")) > 8000  # the draws are independent: about 12,000


def test_ranks_of_many_draws_are_of_some_and_that_is_said(long_fit):
    figure = figure_of(long_fit, "rank")
    axes = figure.axes[0]

    assert max(len(line.get_xdata()) for line in axes.lines) <= 4000
    said = words(figure).replace("\n", " ")
    assert "Of each chain one draw in 3 is ranked." in said


@pytest.mark.parametrize("kind", DIAGNOSTICS)
def test_all_draws_count_where_there_are_fewer(fit, kind):
    assert "one draw in" not in words(figure_of(fit, kind))


@pytest.mark.parametrize("kind", ["trace", "rank"])
def test_each_panel_with_none_below_names_its_axis(kind):
    """Four panels in rows of three: below the second and the third is no other."""
    figure = figure_of(drawn(made_up_case({}, {}, {}, {})), kind)

    labels = [axes.get_xlabel() for axes in figure.axes if axes.axison]
    assert [bool(label) for label in labels] == [False, True, True, True]


def test_titles_of_panels_do_not_overlap(crowded):
    figure = figure_of(crowded, "trace")
    figure.draw_without_rendering()
    boxes = [axes.title.get_window_extent() for axes in figure.axes if axes.axison]
    rows = [boxes[i : i + 3] for i in range(0, len(boxes), 3)]

    for row in rows:
        ends = sorted((box.x0, box.x1) for box in row)
        assert all(left[1] <= right[0] for left, right in pairwise(ends))


@pytest.mark.parametrize("title", ["북한의 지원", "هل ترسل كوريا (KCNA) قذائف؟"])
def test_a_title_in_any_letters_stays_text(title):
    """Which letters there are fonts for, who shows the SVG knows; none warns here."""
    plot = diagnostic_plot(plotted_fit(drawn(made_up_case({}, title=title))), "energy")

    assert title in plot.svg
