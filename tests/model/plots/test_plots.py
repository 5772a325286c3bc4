"""What the plots of a fit show, on fits whose draws are made up: nothing is sampled."""

import datetime
import os
import re
from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
import pytest
import xarray as xr
from matplotlib.figure import Figure
from matplotlib.text import Text

from deciban.evidence import EvidenceFile
from deciban.model.casebook.casebook import Casebook
from deciban.model.casebook.files import read_casebook, shipped_case_files
from deciban.model.likelihood.design import design
from deciban.model.plots.drawing import plot_fit, write_plots
from deciban.model.plots.kinds import KINDS
from deciban.model.plots.matplotlib_style import save_figure
from deciban.model.posterior.data_tree import forecast_tree
from deciban.model.sampling.draws import SAMPLE_STATS, Draws
from deciban.priors import VERBAL_SCALES, Outcome, PriorsFile

AS_OF = datetime.date(2024, 3, 31)
OF_SCENARIOS = ["forest", "ridge", "prior-posterior", "trace", "rank"]
ON_PERCENT = ["forest", "ridge", "prior-posterior", "sources"]


def drawn(casebook: Casebook, n_chains: int = 4, n_draws: int = 250, apart: float = 0):
    """Make up a fit: z from its prior, chains that are ``apart`` in every unknown."""
    laid_out = design(casebook, AS_OF)
    rng = np.random.default_rng(20240331)
    shape = (n_chains, n_draws)
    z = rng.standard_normal((*shape, laid_out.layout.size))
    sample_stats = {name: rng.standard_normal(shape) for name in SAMPLE_STATS}
    sample_stats["diverging"] = rng.random(shape) < (0.02 if apart else 0)
    draws = Draws(
        z + apart * np.arange(n_chains)[:, None, None],
        tuple(laid_out.coords()["unknown"]),
        sample_stats,
        digest="0" * 64,
        seed=1,
    )
    return forecast_tree(draws, casebook, AS_OF)


def made_up_case(*scenarios: dict, title: str = "Made up") -> Casebook:
    """Make a casebook without reports; a scenario is closed or open until 2030."""
    common = {"question": "?", "criteria": "-", "opens": datetime.date(2020, 1, 1)}
    common |= {"closes": datetime.date(2030, 1, 1), "prior": {"beta": [2, 3]}}
    items = [common | {"id": f"s-{i}"} | item for i, item in enumerate(scenarios)]
    content = {"case": "made-up", "title": title, "scenarios": items}
    return Casebook(
        priors=PriorsFile.model_validate(content), evidence=EvidenceFile(case="made-up")
    )


def settled(occurred: bool) -> dict:
    day = datetime.date(2023, 1, 1)
    return {"outcome": {"occurred": occurred, "on": day}}


@pytest.fixture(scope="module")
def shipped() -> Casebook:
    return read_casebook(*shipped_case_files("dprk-russia"))


@pytest.fixture(scope="module")
def fit(shipped: Casebook) -> xr.DataTree:
    return drawn(shipped)


@pytest.fixture(scope="module")
def figures(fit: xr.DataTree) -> dict[str, Figure]:
    return {kind: plot_fit(fit, kind) for kind in KINDS}


def texts(figure: Figure) -> list[Text]:
    found = figure.findobj(Text)
    return [text for text in found if text.get_visible() and text.get_text().strip()]


def words(figure: Figure) -> str:
    return "\n".join(text.get_text() for text in texts(figure))


def is_within_its_page(figure: Figure) -> bool:
    figure.draw_without_rendering()
    used, page = figure.get_tightbbox(), figure.bbox_inches.padded(0.01)
    return page.x0 <= used.x0 and used.x1 <= page.x1 and page.y0 <= used.y0


@pytest.mark.parametrize("kind", KINDS)
def test_heading_says_the_case_and_the_day(figures, kind):
    heading = figures[kind].get_suptitle()

    assert "North Korean support for Russia's war in Ukraine" in heading
    assert "dprk-russia, as of 2024-03-31" in heading


@pytest.mark.parametrize("kind", KINDS)
def test_no_text_is_smaller_than_seven_points(figures, kind):
    figures[kind].draw_without_rendering()

    assert min(text.get_fontsize() for text in texts(figures[kind])) >= 7


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_runs_off_the_page(figures, kind):
    assert is_within_its_page(figures[kind])


@pytest.mark.parametrize("kind", ON_PERCENT)
def test_probabilities_run_from_0_to_100_percent(figures, kind):
    drawn_on = [axes for axes in figures[kind].axes if axes.axison]

    assert {axes.get_xlim() for axes in drawn_on} == {(0, 100)}
    assert "probability, %" in {axes.get_xlabel() for axes in drawn_on}


@pytest.mark.parametrize("kind", OF_SCENARIOS)
def test_every_scenario_is_named_in_the_text_of_the_svg(
    shipped, figures, kind, tmp_path
):
    save_figure(figures[kind], tmp_path / "plot.svg")

    svg = (tmp_path / "plot.svg").read_text()
    for scenario in shipped.priors.scenarios:
        assert f">{scenario.id}</" in svg


def test_every_source_is_named_in_the_text_of_the_svg(shipped, figures, tmp_path):
    save_figure(figures["sources"], tmp_path / "plot.svg")

    svg = (tmp_path / "plot.svg").read_text()
    for source in shipped.evidence.sources:
        assert f">{source.id}</" in svg


@pytest.mark.parametrize("kind", ["forest", "ridge"])
def test_scenarios_stand_in_the_order_of_the_casebook_from_the_top(
    shipped, figures, kind
):
    (axes,) = figures[kind].axes
    ticks = sorted(zip(axes.get_yticks(), axes.get_yticklabels(), strict=True))[::-1]

    assert [label.get_text() for _, label in ticks] == [
        scenario.id for scenario in shipped.priors.scenarios
    ]


@pytest.mark.parametrize("kind", ["forest", "ridge"])
def test_words_of_icd_203_stand_above_with_their_numbers(figures, kind):
    said = words(figures[kind]).replace("\n", " ")

    for term in VERBAL_SCALES["icd203"].terms:
        assert term.word in said
        assert f" {100 * term.low:.0f} " in said


def test_forest_shows_mean_and_equal_tailed_intervals(shipped, fit, figures):
    (axes,) = figures["forest"].axes
    lines = [line for line in axes.lines if len(line.get_xdata()) == 2]

    for row, scenario in enumerate(reversed(shipped.priors.scenarios)):
        draws = 100 * fit["posterior"]["probability"].sel(scenario=scenario.id).values
        shown = {
            tuple(np.round(line.get_xdata(), 6))
            for line in lines
            if set(line.get_ydata()) == {row}
        }
        points = np.concatenate([c.get_offsets() for c in axes.collections])

        assert shown == {
            tuple(np.round(np.quantile(draws, ends), 6))
            for ends in ((0.05, 0.95), (0.25, 0.75))
        }
        assert points[points[:, 1] == row, 0] == pytest.approx(draws.mean())


def test_sources_stand_by_grade_from_the_top(shipped, figures):
    (axes,) = figures["sources"].axes
    grade = {source.id: source.reliability for source in shipped.evidence.sources}
    ticks = sorted(zip(axes.get_yticks(), axes.get_yticklabels(), strict=True))[::-1]
    grades = [grade[label.get_text()] for _, label in ticks]

    assert grades == sorted(grade.values())


def test_no_density_reaches_beyond_0_or_100_percent():
    sure = {"prior": {"median": 0.002, "low": 1e-5, "high": 0.3}}
    nearly = {"prior": {"median": 0.998, "low": 0.7, "high": 0.99999}}
    fit = drawn(made_up_case(sure, nearly))

    for kind in ("ridge", "prior-posterior"):
        for axes in plot_fit(fit, kind).axes:
            for line in axes.lines:
                x = np.asarray(line.get_xdata())
                assert ((x >= 0) & (x <= 100)).all()


@pytest.mark.parametrize("kind", ["forest", "ridge"])
def test_resolved_scenario_is_marked_where_it_stands(kind):
    fit = drawn(made_up_case({}, settled(True), settled(False)))
    figure = plot_fit(fit, kind)
    (axes,) = figure.axes
    marks = {
        (line.get_xdata()[0], line.get_ydata()[0])
        for line in axes.lines
        if line.get_marker() == "s"
    }

    assert marks == {(100, 1), (0, 0)}
    assert "\noccurred\n" in words(figure)
    assert "\ndid not occur\n" in words(figure)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_drawn_of_resolved_scenarios_alone(kind, tmp_path):
    fit = drawn(made_up_case(settled(True), settled(False)))

    save_figure(plot_fit(fit, kind), tmp_path / "plot.png")


@pytest.mark.parametrize("kind", ["trace", "rank"])
def test_resolved_scenario_is_left_out_of_diagnostics_and_that_is_said(kind):
    figure = plot_fit(drawn(made_up_case({}, settled(True))), kind)

    assert "s-1" not in words(figure)
    assert "Left out, being settled: 1." in words(figure).replace("\n", " ")


@pytest.fixture(scope="module")
def long_fit() -> xr.DataTree:
    """Return a fit of four chains, of which one draw in three makes 4,000."""
    return drawn(made_up_case({}), n_draws=3000)


def test_trace_of_many_draws_shows_some_and_says_so(long_fit):
    figure = plot_fit(long_fit, "trace")
    axes = figure.axes[0]
    draws = 100 * long_fit["posterior"]["probability"].values[:, :, 0]
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
    figure = plot_fit(long_fit, "rank")
    axes = figure.axes[0]

    assert max(len(line.get_xdata()) for line in axes.lines) <= 4000
    said = words(figure).replace("\n", " ")
    assert "Of each chain one draw in 3 is ranked." in said


@pytest.mark.parametrize("kind", KINDS)
def test_all_draws_count_where_there_are_fewer(figures, kind):
    assert "one draw in" not in words(figures[kind])


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_drawn_of_one_short_chain(kind, tmp_path):
    fit = drawn(made_up_case({}), n_chains=1, n_draws=20)

    save_figure(plot_fit(fit, kind), tmp_path / "plot.png")


@pytest.mark.parametrize("kind", ["prior-posterior", "trace", "rank"])
def test_each_panel_with_none_below_names_its_axis(kind):
    """Four panels in rows of three: below the second and the third is no other."""
    figure = plot_fit(drawn(made_up_case({}, {}, {}, {})), kind)

    labels = [axes.get_xlabel() for axes in figure.axes if axes.axison]
    assert [bool(label) for label in labels] == [False, True, True, True]


def test_scenario_whose_time_is_up_awaits_resolution():
    closed = {"closes": datetime.date(2023, 1, 1), "hazard": "constant"}
    figure = plot_fit(drawn(made_up_case({}, closed)), "forest")

    assert "0 %\nawaiting resolution" in words(figure)


def test_forecast_that_is_not_certain_is_never_rounded_to_0_or_100():
    rare = {"prior": {"median": 1e-4, "low": 5e-5, "high": 2e-4}}
    figure = plot_fit(drawn(made_up_case(rare)), "forest")

    assert "<0.1 % (<0.1 %)" in words(figure)


@pytest.mark.parametrize("kind", KINDS)
def test_fit_that_failed_its_checks_says_so_on_every_plot(kind):
    figure = plot_fit(drawn(made_up_case({}, {}), apart=0.5), kind)

    assert "This fit failed its checks" in figure.get_suptitle()


LONG_IDS = [f"{i:02}-{'a-long-name-' * 6}end" for i in range(24)]


@pytest.fixture(scope="module")
def crowded() -> xr.DataTree:
    return drawn(made_up_case(*({"id": name} for name in LONG_IDS)))


@pytest.mark.parametrize("kind", KINDS)
def test_two_dozen_scenarios_with_long_ids_stay_on_the_page(crowded, kind):
    assert is_within_its_page(plot_fit(crowded, kind))


@pytest.mark.parametrize("kind", ["forest", "ridge"])
def test_long_ids_do_not_overlap(crowded, kind):
    figure = plot_fit(crowded, kind)
    figure.draw_without_rendering()
    (axes,) = figure.axes
    boxes = [label.get_window_extent() for label in axes.get_yticklabels()]
    ends = sorted((box.y0, box.y1) for box in boxes)

    assert all(below[1] <= above[0] for below, above in pairwise(ends))


def test_title_with_dollars_and_markup_is_shown_as_it_stands(tmp_path):
    case = made_up_case({}, title="From $5 to $6 & <more>\nin time")
    save_figure(plot_fit(drawn(case), "forest"), tmp_path / "plot.svg")

    svg = (tmp_path / "plot.svg").read_text()
    assert "From $5 to $6 &amp; &lt;more&gt; in time</text>" in svg


def test_svg_says_in_a_sentence_what_it_shows(figures, tmp_path):
    save_figure(figures["forest"], tmp_path / "plot.svg")

    svg = (tmp_path / "plot.svg").read_text()
    (told,) = re.findall(r"</title>\s*<desc>(.*)</desc>", svg)
    assert told.startswith("Forecasts of 9 scenarios as points with their intervals;")


@pytest.mark.parametrize("suffix", [".svg", ".png", ".pdf"])
def test_same_fit_gives_the_same_bytes(fit, tmp_path, suffix):
    for name in ("first", "second"):
        save_figure(plot_fit(fit, "prior-posterior"), tmp_path / (name + suffix))

    first, second = (tmp_path / (name + suffix) for name in ("first", "second"))
    assert first.read_bytes() == second.read_bytes()


def test_every_kind_is_written_as_svg_and_png(fit, tmp_path):
    written = write_plots(fit, tmp_path)

    assert {path.name for path in written} == {
        f"{kind}{suffix}" for kind in KINDS for suffix in (".svg", ".png")
    }
    assert sorted(written) == sorted(tmp_path.iterdir())


def test_nothing_is_left_behind_where_saving_fails(figures, tmp_path):
    (tmp_path / "taken.svg").mkdir()

    with pytest.raises(OSError):
        save_figure(figures["energy"], tmp_path / "taken.svg")

    assert os.listdir(tmp_path) == ["taken.svg"]


def test_name_without_a_known_suffix_is_refused(figures, tmp_path):
    with pytest.raises(ValueError, match=r"ends in \.svg, \.png, \.pdf, got '\.gif'"):
        save_figure(figures["energy"], tmp_path / "plot.gif")


def test_unknown_kind_is_refused(fit):
    with pytest.raises(ValueError, match=r"must be one of forest, .*, got 'pie'"):
        plot_fit(fit, "pie")


def test_no_figure_stays_open(figures):
    assert figures and plt.get_fignums() == []


def test_a_day_before_the_outcome_knows_nothing_of_it(shipped):
    """What resolved after ``as_of`` is drawn as open."""
    late = Outcome(occurred=True, on=AS_OF + datetime.timedelta(days=1))
    first, *rest = shipped.priors.scenarios
    resolved = first.model_copy(update={"outcome": late})
    priors = shipped.priors.model_copy(update={"scenarios": (resolved, *rest)})
    figure = plot_fit(drawn(shipped.model_copy(update={"priors": priors})), "forest")

    assert "occurred" not in words(figure)
