"""What the plots of a fit show, of every kind."""

import datetime
import os
import re
from html import unescape
from xml.etree import ElementTree as ET

import matplotlib.pyplot as plt
import pytest

from deciban.model.plots.fit_plots import plot_fit, write_plots
from deciban.model.plots.kinds import KINDS, OF_SCENARIO, PlotScenarioError
from deciban.model.plots.plot import Plot
from deciban.priors import VERBAL_SCALES, Outcome
from tests.model.plots.made_up import AS_OF, drawn, made_up_case, settled

pytestmark = pytest.mark.slow

SVG = "{http://www.w3.org/2000/svg}"
OF_SCENARIOS = ["forest", "ridge", "prior-posterior", "trace", "rank"]


@pytest.fixture(scope="module")
def plots(fit) -> dict[str, Plot]:
    return {kind: drawing(fit, kind) for kind in KINDS}


def drawing(fit, kind: str) -> Plot:
    """Draw a kind, of the first scenario if it is of one."""
    first = fit.casebook.priors.scenarios[0].id
    return plot_fit(fit, kind, first if kind in OF_SCENARIO else None)


def texts(plot: Plot) -> list[str]:
    root = ET.fromstring(plot.svg)
    return ["".join(text.itertext()) for text in root.iter(f"{SVG}text")]


def words(plot: Plot) -> str:
    return "\n".join(texts(plot))


@pytest.mark.parametrize("kind", KINDS)
def test_heading_says_the_case_and_the_day(plots, kind):
    assert "North Korean support for Russia's war in Ukraine" in words(plots[kind])
    assert "dprk-russia, as of 2024-03-31" in words(plots[kind])


@pytest.mark.parametrize("kind", KINDS)
def test_no_text_is_smaller_than_seven_points(plots, kind):
    sizes = re.findall(r'font-size(?:="|: )([\d.]+)', plots[kind].svg)

    # Of Matplotlib's figures in points, of our drawings in pixels of 3/4 point.
    of_figures = plots[kind].svg.startswith("<?xml")
    assert min(map(float, sizes)) >= (7 if of_figures else 7 / 0.75)


@pytest.mark.parametrize("kind", OF_SCENARIOS)
def test_every_scenario_is_named_in_the_text_of_the_svg(shipped, plots, kind):
    told = " ".join(texts(plots[kind]))
    for scenario in shipped.priors.scenarios:
        assert scenario.question[:30] in told


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "ladder"])
def test_every_kind_is_drawn_of_resolved_scenarios_alone(kind):
    fit = drawn(made_up_case(settled(True), settled(False)))

    assert drawing(fit, kind).content(".png").startswith(b"\x89PNG")


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_drawn_of_one_short_chain(kind):
    fit = drawn(made_up_case({}), n_chains=1, n_draws=20)

    assert drawing(fit, kind).content(".png").startswith(b"\x89PNG")


@pytest.mark.parametrize("kind", KINDS)
def test_fit_that_failed_its_checks_says_so_on_every_plot(kind):
    plot = drawing(drawn(made_up_case({}, {}), apart=0.5), kind)

    assert "This fit failed its checks" in words(plot)


@pytest.mark.parametrize("kind", KINDS)
def test_svg_says_in_a_sentence_what_it_shows(plots, kind):
    (said,) = re.findall(r"</title>\s*<desc>(.*)</desc>", plots[kind].svg)

    assert unescape(said) == plots[kind].sentence
    assert said.endswith(".")


def test_title_with_dollars_and_markup_is_shown_as_it_stands():
    case = made_up_case({}, title="From $5 to $6 & <more>\nin time")
    for kind in ("forest", "energy"):
        svg = drawing(drawn(case), kind).svg
        assert "From $5 to $6 &amp; &lt;more&gt; in time</t" in svg


@pytest.mark.parametrize("suffix", [".svg", ".png", ".pdf"])
@pytest.mark.parametrize("kind", ["prior-posterior", "energy"])
def test_same_fit_gives_the_same_bytes(fit, kind, suffix):
    first, second = (drawing(fit, kind).content(suffix) for _ in range(2))

    assert first == second


def test_a_scenario_that_is_settled_has_no_ladder():
    fit = drawn(made_up_case({}, settled(True)))

    with pytest.raises(PlotScenarioError, match=r"must not be settled .*, got 's-1'"):
        plot_fit(fit, "ladder", "s-1")


@pytest.mark.parametrize("kind", OF_SCENARIO)
@pytest.mark.parametrize("scenario", [None, "s-9"])
def test_a_plot_of_one_scenario_without_it_lists_those_there_are(kind, scenario):
    got = "none" if scenario is None else "'s-9'"
    rule = f"scenario must be one of s-0, s-1 for a {kind}, got {got}"
    with pytest.raises(PlotScenarioError, match=rule):
        plot_fit(drawn(made_up_case({}, {})), kind, scenario)


@pytest.mark.parametrize("kind", ["forest", "trace"])
def test_a_plot_of_all_scenarios_is_not_of_one(kind):
    with pytest.raises(PlotScenarioError, match=f"must be left out for {kind}"):
        plot_fit(drawn(made_up_case({}, {})), kind, "s-0")


def test_every_kind_of_the_whole_fit_is_written_as_svg_and_png(fit, tmp_path):
    written = write_plots(fit, tmp_path)

    assert {path.name for path in written} == {
        f"{kind}{suffix}"
        for kind in KINDS
        if kind not in OF_SCENARIO
        for suffix in (".svg", ".png")
    }
    assert sorted(written) == sorted(tmp_path.iterdir())


def test_nothing_is_left_behind_where_saving_fails(plots, tmp_path):
    (tmp_path / "taken.svg").mkdir()

    with pytest.raises(OSError):
        plots["energy"].save(tmp_path / "taken.svg")

    assert os.listdir(tmp_path) == ["taken.svg"]


def test_unknown_kind_is_refused(fit):
    with pytest.raises(ValueError, match=r"must be one of forest, .*, got 'pie'"):
        plot_fit(fit, "pie")


def test_no_figure_stays_open(plots):
    assert plots and plt.get_fignums() == []


@pytest.mark.parametrize("kind", ["forest", "ridge"])
def test_words_of_icd_203_stand_above(plots, kind):
    assert {term.word for term in VERBAL_SCALES["icd203"].terms} <= {
        *texts(plots[kind])
    }


def test_a_day_before_the_outcome_knows_nothing_of_it(shipped):
    """What resolved after ``as_of`` is drawn as open."""
    late = Outcome(occurred=True, on=AS_OF + datetime.timedelta(days=1))
    first, *rest = shipped.priors.scenarios
    resolved = first.model_copy(update={"outcome": late})
    priors = shipped.priors.model_copy(update={"scenarios": (resolved, *rest)})
    plot = plot_fit(drawn(shipped.model_copy(update={"priors": priors})), "forest")

    assert "occurred" not in words(plot)
