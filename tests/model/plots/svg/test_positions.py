"""Where things are drawn: positions on the axes, against the numbers they stand for."""

import datetime
import math
import re
from xml.etree import ElementTree as ET

import pytest

from deciban.model.plots.svg.decibans_axis import DecibansAxis, log_odds
from deciban.model.plots.svg.densities import DensityRow, density_row
from deciban.model.plots.svg.forests import ForestRow, forest
from deciban.model.plots.svg.histories import HistoryPoint, history
from deciban.model.plots.svg.matrices import MatrixRow, matrix
from deciban.model.plots.svg.movements import Movement
from deciban.model.plots.svg.percent_axis import PercentAxis
from deciban.model.plots.svg.waterfalls import WaterfallStep, waterfall

SVG = "{http://www.w3.org/2000/svg}"
HALF_A_TENTH = 0.051  # of a pixel: coordinates are written to a tenth


def parsed(drawing, width=760):
    return ET.fromstring(str(drawing.svg(width)))


def parts(drawing, name, width=760):
    return [e for e in parsed(drawing, width).iter() if e.get("class") == f"d-{name}"]


def numbers(path):
    return [float(n) for n in re.findall(r"-?\d+\.?\d*", path)]


def row(**changes):
    given = {
        "label": "war",
        "mean": 0.25,
        "eti90": (0.1, 0.5),
        "prior_mean": 0.75,
        "density": None,
        "prior_density": None,
    }
    return DensityRow(**(given | changes))


def test_probabilities_run_evenly_from_the_left_end_to_the_right():
    axis = PercentAxis(100, 300)

    assert [axis.at(p) for p in (0, 0.25, 1)] == [100, 150, 300]
    assert [(x, t) for x, t in axis.ticks] == [
        (100, "0 %"),
        (150, "25"),
        (200, "50"),
        (250, "75"),
        (300, "100 %"),
    ]


def test_a_forecast_stands_at_its_mean_between_its_interval():
    """A row of 416 pixels has its axis from 8 to 408: 4 pixels a percent."""
    drawing = density_row(row(), [0, 0.5, 1])

    (point,), (ghost,) = (parts(drawing, n, 416) for n in ("point", "ghost-mark"))
    assert (float(point.get("cx")), float(ghost.get("cx"))) == (108, 308)
    (line,) = parts(drawing, "line", 416)
    assert re.findall(r"M([\d.]+) .*H([\d.]+)", line.get("d")) == [("48", "208")]


def test_bands_are_where_the_scale_has_them():
    """Every second band of ICD 203: 1 to 5 %, 20 to 45 %, 55 to 80 %, 95 to 99 %."""
    drawing = density_row(row(), [0, 0.5, 1], scale="icd203")

    (band,) = parts(drawing, "band", 416)
    rectangles = re.findall(r"M([\d.]+) 0H([\d.]+)V48H([\d.]+)Z", band.get("d"))
    expected = [(12, 28, 12), (88, 188, 88), (228, 328, 228), (388, 404, 388)]
    assert [tuple(map(float, ends)) for ends in rectangles] == [
        pytest.approx(ends, abs=HALF_A_TENTH) for ends in expected
    ]


def test_a_curve_is_as_high_as_the_density_and_highest_at_its_peak():
    """Densities 2, 1, 0.5 on halves and quarters: heights in the same ratio."""
    drawing = density_row(row(density=[1.0, 2.0, 0.5]), [0, 0.25, 0.5, 1])

    (curve,) = parts(drawing, "curve", 416)
    xs, ys = (numbers(curve.get("d").split("V")[0])[i::2] for i in (0, 1))
    base = ys[0]
    heights = {x: base - y for x, y in zip(xs[1:], ys[1:], strict=True)}
    assert heights[58] * 2 == pytest.approx(heights[158], abs=0.2)
    assert heights[308] * 4 == pytest.approx(heights[158], abs=0.3)
    assert (min(xs), max(xs)) == (8, 408)


def test_a_forecast_narrower_than_a_pixel_is_seen_at_its_place():
    """All of the mass in the last ten-thousandth: its peak is as high as any."""
    sharp = density_row(row(density=[0.0, 0.0, 10_000.0]), [0, 0.5, 0.9999, 1])
    flat = density_row(row(density=[1.0, 1.0]), [0, 0.5, 1])

    peak, level = (
        min(numbers(parts(d, "curve", 416)[0].get("d").split("V")[0])[1::2])
        for d in (sharp, flat)
    )
    assert peak == level
    path = numbers(parts(sharp, "curve", 416)[0].get("d").split("V")[0])
    assert min(path[::2]) > 400


def test_thousands_of_cells_between_two_pixels_keep_their_mass():
    """A tenth of the mass in each of ten slivers: as one even stretch of the same."""
    slivers = [0.0, *(0.0001 * i for i in range(1, 11)), 1]
    fine = density_row(row(density=[*[500.0] * 10, 0.5]), slivers)
    coarse = density_row(row(density=[500.0, 0.5]), [0, 0.001, 1])

    paths = [
        numbers(parts(d, "curve", 416)[0].get("d").split("V")[0])
        for d in (fine, coarse)
    ]
    assert paths[0] == pytest.approx(paths[1], abs=1.6)


@pytest.mark.parametrize(
    ("settled", "mean", "x"), [("occurred", 1.0, 408), ("did not occur", 0.0, 8)]
)
def test_what_is_settled_is_marked_at_its_end(settled, mean, x):
    drawing = density_row(
        row(settled=settled, mean=mean, eti90=(mean, mean)), [0, 0.5, 1]
    )

    (mark,) = parts(drawing, "settled", 416)
    points = numbers(mark.get("d"))
    assert sum(points[::2]) / 4 == x
    assert settled in drawing.sentence


def test_intervals_of_a_forest_lie_within_one_another():
    drawing = forest([ForestRow("war", 0.5, (0.2, 0.8), (0.4, 0.6), 0.1)])

    (thin,), (thick,) = (parts(drawing, name) for name in ("thin", "thick"))
    outer, inner = (
        [numbers(path.get("d"))[i] for i in (0, 2)] for path in (thin, thick)
    )
    (point,) = parts(drawing, "point")
    x = float(point.get("cx"))
    assert (outer[1] - outer[0]) == pytest.approx(3 * (inner[1] - inner[0]), abs=0.3)
    assert sum(outer) / 2 == pytest.approx(x, abs=0.1)
    assert sum(inner) / 2 == pytest.approx(x, abs=0.1)


# Waterfall


def bars(drawing):
    """Start and end of each bar, in pixels."""
    found = []
    for bar in parsed(drawing).iter():
        if bar.get("class") in ("d-for", "d-against", "d-neutral"):
            points = numbers(bar.get("d"))
            # M x top H body L end middle ...
            found.append((points[0], points[3], bar.get("class")))
    return found


STEPS = [
    WaterfallStep("a", 10.0),
    WaterfallStep("b", -5.0),
    WaterfallStep("averaging", 5.0, "noise"),
]


def test_bars_follow_one_another_from_the_prior_to_the_forecast():
    """From even odds ten decibans up, five down, five up: to ten to one."""
    drawing = waterfall("war", 0.5, 10 / 11, STEPS)

    (first, second, third), (ghost,) = bars(drawing), parts(drawing, "ghost-mark")
    (point,) = parts(drawing, "point")
    assert first[0] == pytest.approx(float(ghost.get("cx")), abs=0.1)
    assert first[1] == pytest.approx(second[0], abs=0.1)
    assert second[1] == pytest.approx(third[0], abs=0.1)
    assert third[1] == pytest.approx(float(point.get("cx")), abs=0.1)
    lengths = [end - start for start, end, _ in (first, second, third)]
    assert lengths[0] == pytest.approx(-2 * lengths[1], abs=0.3)
    assert [kind for _, _, kind in (first, second, third)] == [
        "d-for",
        "d-against",
        "d-neutral",
    ]


def test_the_smallest_of_many_steps_are_gathered():
    steps = [WaterfallStep(f"s-{i}", 0.1 * (i + 1)) for i in range(30)]
    total = sum(step.weight_db for step in steps)
    odds = 10 ** (total / 10)
    drawing = waterfall("war", 0.5, odds / (1 + odds), steps, most=6)

    labels = [t.text for t in parsed(drawing).iter(f"{SVG}text")]
    assert [text for text in labels if text.startswith("s-")] == [
        f"s-{i}" for i in (25, 26, 27, 28, 29)
    ]
    assert "25 smaller steps" in labels
    # 0.1 + ... + 2.5
    assert "+32.5 dB" in labels
    assert len(drawing.table.rows) == 32


def test_a_step_of_nothing_is_drawn_as_nothing():
    """0.04 dB are written 0.0: on an axis of ten decibans they are a pixel or two."""
    drawing = waterfall(
        "war", 0.5, 0.5023, [WaterfallStep("sampling noise", 0.04, "noise")]
    )

    ((start, end, _),) = bars(drawing)
    assert abs(end - start) < 3
    ticks = [
        t.text for t in parts(drawing, "small") if re.fullmatch(r"[+-]?\d+", t.text)
    ]
    assert len(ticks) >= 2


def test_percentages_stand_above_the_decibans_of_their_odds():
    axis = DecibansAxis(0, 600, -30, 30)

    at = {text: x for x, text in axis.probabilities}
    assert at["50 %"] == 300
    assert at["90 %"] == pytest.approx(axis.at(10 * math.log10(9)))
    assert at["99.9 %"] - at["50 %"] == pytest.approx(at["50 %"] - at["0.1 %"])
    assert log_odds(0.5) == 0


# History


def point(day, mean, low, high):
    return HistoryPoint(datetime.date.fromisoformat(day), mean, (low, high))


def test_days_run_evenly_and_percentages_upwards():
    """The middle day of three lies in the middle; 60 % three times as high as 20 %."""
    drawing = history(
        "war",
        [
            point("2024-01-01", 0.2, 0.1, 0.4),
            point("2024-01-31", 0.6, 0.3, 0.8),
            point("2024-03-01", 0.2, 0.1, 0.4),
        ],
        as_of=datetime.date(2024, 3, 1),
        closes=datetime.date(2024, 12, 31),
    )

    (line,) = parts(drawing, "line")
    x0, y0, x1, y1, x2, y2 = numbers(line.get("d"))
    assert x1 == pytest.approx((x0 + x2) / 2, abs=0.1)
    assert y0 == y2
    zero = max(numbers(g.get("d"))[1] for g in parts(drawing, "grid"))
    assert zero - y1 == pytest.approx(3 * (zero - y0), abs=0.3)


@pytest.mark.parametrize(
    ("low", "high", "first", "last"),
    [
        (0.002, 0.09, "0 %", "10 %"),
        (0.0001, 0.004, "0 %", "1 %"),
        (0.2, 0.9, "0 %", "100 %"),
        (0.96, 0.999, "95 %", "100 %"),
    ],
)
def test_an_axis_ends_where_nothing_lies_beyond(low, high, first, last):
    middle = (low + high) / 2
    drawing = history(
        "war",
        [
            point("2024-01-01", middle, low, high),
            point("2024-02-01", middle, low, high),
        ],
        as_of=datetime.date(2024, 2, 1),
        closes=datetime.date(2024, 12, 31),
    )

    levels = [t.text for t in parts(drawing, "small") if t.text.endswith("%")]
    assert levels == [first, last]


def test_reports_are_marked_on_their_day_up_or_down_by_their_weight():
    days = [datetime.date(2024, 1, n) for n in (10, 20, 30)]
    moves = [
        Movement(days[0], "for", 8.0),
        Movement(days[1], "against", -4.0),
        Movement(datetime.date(2020, 1, 1), "long before", 20.0),
    ]
    drawing = history(
        "war",
        [point("2024-01-01", 0.2, 0.1, 0.4), point("2024-01-30", 0.6, 0.3, 0.8)],
        moves,
        as_of=days[2],
        closes=datetime.date(2024, 12, 31),
    )

    (up,), (down,) = parts(drawing, "for"), parts(drawing, "against")
    height, depth = (float(bar.get("height")) for bar in (up, down))
    assert height == pytest.approx(2 * depth, abs=0.2)
    assert float(up.get("y")) + height == pytest.approx(float(down.get("y")), abs=0.2)
    assert float(up.get("x")) < float(down.get("x"))
    assert [t.text for t in parts(drawing, "mark-text")] == ["1", "2", "1", "2"]
    assert "long before" not in drawing.sentence


def test_a_history_of_one_day_can_be_drawn():
    drawing = history(
        "war",
        [point("2024-01-01", 0.2, 0.1, 0.4)],
        as_of=datetime.date(2024, 1, 1),
        closes=datetime.date(2023, 12, 31),
    )

    assert len(parts(drawing, "line")) == 1


# Matrix


@pytest.mark.parametrize(
    ("weight", "part"),
    [
        (0.4, "cell-0"),
        (-0.4, "cell-0"),
        (0.5, "cell-for-1"),
        (2.5, "cell-for-2"),
        (-7.0, "cell-against-3"),
        (10.0, "cell-for-4"),
        (-25.0, "cell-against-4"),
    ],
)
def test_a_cell_is_coloured_by_its_decibans(weight, part):
    drawing = matrix(["war", "peace"], [MatrixRow("said", [weight, None])])
    (cell,) = [
        e for e in parsed(drawing).iter(f"{SVG}g") if e.get("data-said", "").strip()
    ]

    assert cell.find(f"{SVG}rect").get("class") == f"d-{part}"
    assert cell.find(f"{SVG}text").text == f"{weight:+.1f}"


@pytest.mark.parametrize("width", [352, 760])
def test_the_colours_of_a_matrix_are_explained_clear_of_their_numbers(width):
    drawing = matrix(["war", "peace"], [MatrixRow("s", [1.0, 2.0])])
    small = {t.text: float(t.get("y")) for t in parts(drawing, "small", width)}

    told = small.pop("against to for, dB")
    assert told >= max(small.values()) + 12
    assert told < float(parsed(drawing, width).get("height"))


def test_a_matrix_of_many_scenarios_is_as_wide_as_it_must_be():
    names = [f"scenario-{i}" for i in range(40)]
    drawing = matrix(names, [MatrixRow("said", [1.0] * 40)])

    root = parsed(drawing, 352)
    assert float(root.get("width")) > 40 * 40
    assert 'role="region"' in drawing.figure()
