"""What a fit says, drawn: positions against the draws they stand for."""

import datetime
import re
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from deciban.model.plots.fit_plots import plot_fit
from deciban.model.plots.plot import Plot
from deciban.model.plots.plotted_fit import plotted_fit
from deciban.model.plots.svg.lettering import text_width
from deciban.model.plots.svg.look import look
from deciban.model.plots.svg.picture import WIDE
from tests.model.plots.made_up import drawn, made_up_case, settled

SVG = "{http://www.w3.org/2000/svg}"
OURS = ["forest", "ridge", "prior-posterior", "sources"]
# Of pixels: coordinates are written to a tenth, those of the axis and of the mark.
A_TENTH = 0.101


def marks(plot: Plot) -> list[ET.Element]:
    """Rows: what is drawn of each, from the top."""
    return [e for e in ET.fromstring(plot.svg).iter(f"{SVG}g") if e.get("data-said")]


def texts(parent: ET.Element) -> list[str]:
    return [text.text or "" for text in parent.iter(f"{SVG}text")]


def parts(parent: ET.Element, name: str) -> list[ET.Element]:
    """Elements that have the look of a part."""
    attributes = dict(re.findall(r'([\w-]+)="([^"]*)"', look(name, True)))
    return [e for e in parent.iter() if attributes.items() <= e.attrib.items()]


def axis(plot: Plot) -> tuple[float, float]:
    """Where 0 and 100 % are, in pixels."""
    root = ET.fromstring(plot.svg)
    at = {text.text: float(text.get("x")) for text in root.iter(f"{SVG}text")}
    return at["0 %"], at["100 %"]


def numbers(path: str) -> list[float]:
    return [float(n) for n in re.findall(r"-?\d+\.?\d*", path)]


@pytest.mark.parametrize("kind", ["forest", "ridge", "prior-posterior"])
def test_scenarios_stand_in_the_order_of_the_casebook_from_the_top(shipped, fit, kind):
    named = [" ".join(texts(mark)) for mark in marks(plot_fit(fit, kind))]

    for name, scenario in zip(named, shipped.priors.scenarios, strict=True):
        assert name.startswith(scenario.question[:40])


def test_forest_shows_mean_and_equal_tailed_intervals(shipped, fit):
    plot = plot_fit(fit, "forest")
    left, right = axis(plot)
    for mark, scenario in zip(marks(plot), shipped.priors.scenarios, strict=True):
        draws = fit.tree["posterior"]["probability"].sel(scenario=scenario.id).values
        for name, ends in (("thin", (0.05, 0.95)), ("thick", (0.25, 0.75))):
            (line,) = parts(mark, name)
            low, _, high = numbers(line.get("d"))
            expected = left + (right - left) * np.quantile(draws, ends)
            assert (low, high) == pytest.approx(expected, abs=A_TENTH)
        (point,) = parts(mark, "point")
        expected = left + (right - left) * draws.mean()
        assert float(point.get("cx")) == pytest.approx(expected, abs=A_TENTH)


def test_sources_stand_by_grade_from_the_top_each_by_its_name(shipped, fit):
    grade = {s.name: s.reliability for s in shipped.evidence.sources}
    said = [mark.get("data-said") for mark in marks(plot_fit(fit, "sources"))]
    grades = [
        grade[name] for one in said for name in grade if one.startswith(f"{name}: ")
    ]

    assert len(grades) == len(grade)
    assert grades == sorted(grades)


@pytest.mark.parametrize("kind", ["ridge", "prior-posterior"])
def test_no_density_reaches_beyond_0_or_100_percent(kind):
    sure = {"prior": {"median": 0.002, "low": 1e-5, "high": 0.3}}
    nearly = {"prior": {"median": 0.998, "low": 0.7, "high": 0.99999}}
    plot = plot_fit(drawn(made_up_case(sure, nearly)), kind)
    left, right = axis(plot)

    for mark in marks(plot):
        for curve in (*parts(mark, "curve"), *parts(mark, "ghost")):
            # Past the first place, then pairs; at the end up to the base.
            x = re.findall(r"[ML]([\d.]+) ", curve.get("d"))
            assert all(left <= float(place) <= right for place in x)


@pytest.mark.parametrize("kind", ["forest", "ridge", "prior-posterior"])
def test_resolved_scenario_is_marked_where_it_stands(kind):
    plot = plot_fit(drawn(made_up_case({}, settled(True), settled(False))), kind)
    left, right = axis(plot)
    _, occurred, did_not = marks(plot)

    for mark, at, said in (
        (occurred, right, "occurred"),
        (did_not, left, "did not occur"),
    ):
        (diamond,) = parts(mark, "settled")
        x = numbers(diamond.get("d"))[0::2]
        assert (min(x) + max(x)) / 2 == pytest.approx(at, abs=A_TENTH)
        assert any(text.endswith(said) for text in texts(mark))


def test_scenario_whose_time_is_up_is_closed_not_settled():
    closed = {"closes": datetime.date(2023, 1, 1), "hazard": "constant"}
    _, mark = marks(plot_fit(drawn(made_up_case({}, closed)), "forest"))

    assert any(text.endswith("% closed, not settled") for text in texts(mark))


def test_annulled_scenario_keeps_its_forecast_and_says_so():
    annulled = {"outcome": {"annulled": True, "on": datetime.date(2023, 1, 1)}}
    (mark,) = marks(plot_fit(drawn(made_up_case(annulled)), "forest"))

    assert texts(mark)[-1].endswith("% annulled")
    assert parts(mark, "point")


def test_forecast_that_is_not_certain_is_never_rounded_to_0_or_100():
    rare = {"prior": {"median": 1e-4, "low": 5e-5, "high": 2e-4}}
    (mark,) = marks(plot_fit(drawn(made_up_case(rare)), "forest"))

    assert texts(mark)[1:] == ["<0.1 %", "<0.1 %"]


def test_what_the_reports_changed_stands_beside_both_densities(fit):
    said = plotted_fit(fit).summary.scenarios
    drawn = marks(plot_fit(fit, "prior-posterior"))
    for mark, scenario in zip(drawn, said, strict=True):
        *_, moved, weight = texts(mark)

        assert re.fullmatch(r"[<>]?[\d.]+ % to [<>]?[\d.]+ %", moved)
        assert weight == f"{scenario.weight_db:+.1f} dB"
        assert len(parts(mark, "curve")) == len(parts(mark, "ghost")) == 1


@pytest.mark.parametrize("kind", OURS)
def test_two_dozen_scenarios_with_long_ids_stay_on_the_page(crowded, kind):
    root = ET.fromstring(plot_fit(crowded, kind).svg)
    x, _, width, _ = map(float, root.get("viewBox").split())

    assert (x, width) == (-16, WIDE + 32)
    for text in root.iter(f"{SVG}text"):
        if text.get("text-anchor") is None:
            end = float(text.get("x"))
            end += text_width(text.text, float(text.get("font-size")))
            assert end <= x + width
    rows = [float(mark.find(f"{SVG}rect").get("y")) for mark in marks_of(root)]
    assert rows == sorted(rows)


def marks_of(root: ET.Element) -> list[ET.Element]:
    return [e for e in root.iter(f"{SVG}g") if e.get("data-said")]
