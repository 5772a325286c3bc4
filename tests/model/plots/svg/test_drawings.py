"""What holds of every drawing: sound XML, no style or script, all told in words."""

import datetime
import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

import deciban.model.plots.fonts as fonts
import deciban.model.plots.svg.look as look
import deciban.service.web.pages as pages
from deciban.model.plots.plot import without_font
from deciban.model.plots.svg.calibrations import calibration_diagram
from deciban.model.plots.svg.densities import (
    DensityRow,
    density_axis,
    density_row,
    ridge,
)
from deciban.model.plots.svg.forests import (
    ForestRow,
    ReliabilityRow,
    forest,
    reliabilities,
)
from deciban.model.plots.svg.histories import (
    HistoryPoint,
    history,
    sparkline,
)
from deciban.model.plots.svg.lettering import shortened, text_width, wrapped
from deciban.model.plots.svg.matrices import MatrixRow, matrix
from deciban.model.plots.svg.movements import Movement
from deciban.model.plots.svg.picture import NARROW, WIDE
from deciban.model.plots.svg.shares import Share, shares
from deciban.model.plots.svg.waterfalls import WaterfallStep, waterfall
from deciban.model.scores.calibration import CurvePoint

SVG = "{http://www.w3.org/2000/svg}"
DAY = datetime.date(2024, 3, 31)
ENDS = [0, 0.1, 0.2, 0.5, 1]
POINTS = [
    HistoryPoint(datetime.date(2024, 1, 1), 0.2, (0.1, 0.4), (0.15, 0.3)),
    HistoryPoint(datetime.date(2024, 2, 1), 0.6, (0.3, 0.8), (0.5, 0.7)),
    HistoryPoint(DAY, 0.5, (0.2, 0.7), (0.4, 0.6)),
]
KINDS = [
    "ridge",
    "row",
    "forest",
    "sources",
    "history",
    "sparkline",
    "waterfall",
    "matrix",
    "shares",
    "calibration",
]


def drawing_of(kind, name="war"):
    density = DensityRow(
        name, 0.3, (0.1, 0.6), 0.2, [1, 2, 1, 0.6], [4, 2, 1, 0.2], None
    )
    settled = DensityRow(name, 1.0, (1, 1), 0.2, None, [4, 2, 1, 0.2], "occurred")
    steps = [
        WaterfallStep(name, 4.0),
        WaterfallStep("through links", -1.0, "links"),
        WaterfallStep("averaging", -0.5, "noise"),
    ]
    moves = [Movement(datetime.date(2024, 2, 1), name, 7.2)]
    return {
        "ridge": lambda: ridge([density, settled], ENDS),
        "row": lambda: density_row(density, ENDS),
        "forest": lambda: forest(
            [
                ForestRow(name, 0.3, (0.1, 0.6), (0.2, 0.4), 0.2),
                ForestRow(name, 0.0, (0, 0), (0, 0), 0.2, "did not occur"),
            ]
        ),
        "sources": lambda: reliabilities(
            [ReliabilityRow(name, "B", 0.8, 0.7, (0.5, 0.9))]
        ),
        "history": lambda: history(
            name, POINTS, moves, as_of=DAY, closes=datetime.date(2024, 12, 31)
        ),
        "sparkline": lambda: sparkline(name, POINTS),
        "waterfall": lambda: waterfall(name, 0.2, 0.33, steps),
        "shares": lambda: shares(
            [Share(name, 0.75, 0.5), Share("none of them", 0.25, 0.5)], title=name
        ),
        "calibration": lambda: calibration_diagram(
            [
                CurvePoint(forecast=0.1, n=9, occurred=0.2, low=0.0, high=0.3),
                CurvePoint(forecast=0.7, n=1, occurred=0.2, low=0.5, high=0.9),
            ]
        ),
        "matrix": lambda: matrix([name, "peace"], [MatrixRow(name, [3.0, None])]),
    }[kind]()


def parsed(svg):
    return ET.fromstring(str(svg))


def texts(svg):
    return ["".join(text.itertext()) for text in parsed(svg).iter(f"{SVG}text")]


@pytest.mark.parametrize("standalone", [False, True])
@pytest.mark.parametrize("width", [NARROW, WIDE])
@pytest.mark.parametrize("kind", KINDS)
def test_a_drawing_is_sound_xml_without_style_or_script(kind, width, standalone):
    root = parsed(drawing_of(kind).svg(width, standalone=standalone))

    for element in root.iter():
        assert element.tag not in (f"{SVG}style", f"{SVG}script")
        assert not [n for n in element.keys() if n == "style" or n.startswith("on")]
        # In a page colours are the stylesheet's; a file has no stylesheet.
        assert standalone or element.get("fill") is None
        assert not (standalone and (element.get("class") or "").startswith("d-l"))


@pytest.mark.parametrize("kind", KINDS)
def test_a_drawing_begins_with_its_title_and_a_sentence(kind):
    drawing = drawing_of(kind)
    title, told = list(parsed(drawing.svg()))[:2]

    assert (title.tag, title.text) == (f"{SVG}title", drawing.title)
    assert (told.tag, told.text) == (f"{SVG}desc", drawing.sentence)
    assert drawing.sentence.endswith(".")
    assert "war" in drawing.sentence or kind in ("forest", "calibration")


@pytest.mark.parametrize("kind", KINDS)
def test_a_table_has_as_many_cells_in_each_row_as_headings(kind):
    table = drawing_of(kind).table

    assert table.rows
    assert {len(row) for row in table.rows} == {len(table.headings)}


@pytest.mark.parametrize("standalone", [False, True])
@pytest.mark.parametrize("kind", sorted({*KINDS} - {"calibration"}))
def test_letters_that_no_font_has_are_told_without_laying_a_drawing_out(
    kind, standalone, monkeypatch
):
    """What is told of its title and table holds for every letter that it draws."""
    monkeypatch.setattr(fonts, "_machine_files", list)
    drawing = drawing_of(kind, "북한")
    drawn = fonts.svg_text(drawing.svg(standalone=standalone))

    assert "북한" in drawn
    assert drawing.without_font == without_font(drawn)
    unlaid = replace(drawing, layout=None)
    assert "no font for Hangul:" in unlaid.without_font


@pytest.mark.parametrize("kind", KINDS)
def test_markup_in_a_name_is_but_text(kind):
    hostile = "<script>alert('&\"')</script>"
    for svg in (drawing_of(kind, hostile).svg(), drawing_of(kind, hostile).figure()):
        assert "<script" not in svg
    assert not list(parsed(drawing_of(kind, hostile).svg()).iter(f"{SVG}script"))


@pytest.mark.parametrize("kind", KINDS)
def test_a_name_of_ten_thousand_letters_is_shortened(kind):
    svg = drawing_of(kind, "W" * 10_000).svg()

    assert len(svg) < 40_000
    for text in texts(svg):
        assert len(text) < 120


@pytest.mark.parametrize("kind", KINDS)
def test_what_xml_cannot_hold_is_left_out(kind):
    parsed(drawing_of(kind, "bell \x07 and \ufffe and \ud800").svg())


@pytest.mark.parametrize("width", [NARROW, WIDE])
@pytest.mark.parametrize("kind", KINDS)
def test_no_text_reaches_beyond_its_drawing(kind, width):
    root = parsed(drawing_of(kind, "a-scenario-with-a-long-name").svg(width))
    right = float(root.get("viewBox").split()[2])

    for text in root.iter(f"{SVG}text"):
        if text.get("x") is None:
            continue  # headings of a matrix lean: their room is computed apart
        size = 11 if text.get("class") in ("d-small", "d-word") else 13
        long = text_width(text.text, size)
        start = float(text.get("x"))
        start -= {"end": long, "middle": long / 2}.get(text.get("text-anchor"), 0)
        assert start >= -1
        # Percentages at the end of an axis may lean into the margin by half.
        assert start + long <= right + 12


@pytest.mark.parametrize("kind", sorted({*KINDS} - {"row", "sparkline", "matrix"}))
def test_marks_say_their_values_to_pointer_keyboard_and_screen_reader(kind):
    marks = [e for e in parsed(drawing_of(kind).svg()).iter() if e.get("tabindex")]

    # One is the Tab key's, the others are the arrow keys'.
    assert [mark.get("tabindex") for mark in marks] == ["0"] + ["-1"] * (len(marks) - 1)
    for mark in marks:
        assert mark.get("data-said") == mark.get("aria-label")
        assert re.search(r"\d", mark.get("data-said"))


def test_the_marks_of_a_waterfall_follow_one_another_from_top_to_bottom():
    marks = [
        e for e in parsed(drawing_of("waterfall").svg()).iter() if e.get("data-said")
    ]

    tops = [float(mark.find(f"{SVG}rect").get("y")) for mark in marks]
    assert tops == sorted(tops)
    assert len(tops) == 5


def test_days_are_written_as_everywhere_on_pages():
    drawing = drawing_of("history")

    told = f"{drawing.sentence} {drawing.table} {drawing.svg()}"
    assert not re.search(r"\d{4}-\d\d-\d\d", told)
    assert "from 20 % on 1 Jan 2024 to 50 % on 31 Mar 2024" in drawing.sentence
    assert {"as of 31 Mar 2024", "closes 31 Dec 2024 →"} <= {*texts(drawing.svg())}


@pytest.mark.parametrize("kind", ["ridge", "forest"])
def test_the_mark_of_what_is_certain_is_named_where_there_is_one(kind):
    of_sources = texts(drawing_of("sources").svg())

    assert texts(drawing_of(kind).svg()).count("certain") == 1
    assert "certain" not in of_sources


@pytest.mark.parametrize("occurred", [True, False])
@pytest.mark.parametrize("on", [POINTS[0].day, DAY])
def test_a_history_says_beside_its_mark_how_it_was_settled(occurred, on):
    """Within the drawing, whether that was on its first day or its last."""
    drawing = history("war", POINTS, as_of=DAY, closes=DAY, settled=(on, occurred))

    told = "settled: occurred" if occurred else "settled: did not occur"
    (word,) = [
        t for t in parsed(drawing.svg(NARROW)).iter(f"{SVG}text") if t.text == told
    ]
    long, x = text_width(told, 11), float(word.get("x"))
    start = x - long if word.get("text-anchor") == "end" else x
    assert 0 <= start <= NARROW - long


def test_a_picture_file_is_a_png_of_twice_the_width():
    png = drawing_of("ridge").plot(WIDE).content(".png")

    assert png.startswith(b"\x89PNG")
    assert int.from_bytes(png[16:20]) == 2 * (WIDE + 32)


def test_a_page_is_given_a_wide_and_a_narrow_drawing():
    figure = ET.fromstring(str(drawing_of("ridge").figure()))

    widths = [svg.get("width") for svg in figure.iter(f"{SVG}svg")]
    assert widths == [str(WIDE), str(NARROW)]


def test_the_stylesheet_is_what_the_table_of_looks_writes():
    written = Path(pages.__file__).parent / "static" / "drawing.css"

    assert written.read_text(encoding="utf-8") == look.stylesheet()


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize(
    ("letters", "ground"),
    [
        ("ink", "paper"),
        ("ink", "band"),
        ("soft", "paper"),
        ("soft", "band"),
        *(("ink", f"{side}-{n}") for side in ("for", "against") for n in (1, 2, 3)),
        ("on-strong", "for-4"),
        ("on-strong", "against-4"),
    ],
)
def test_letters_stand_out_from_their_ground(letters, ground, dark):
    """By 4.5 to 1, as WCAG 2 asks of text of this size."""
    bright, dim = sorted(
        (luminance(look.COLOURS[name][dark]) for name in (letters, ground)),
        reverse=True,
    )
    assert (bright + 0.05) / (dim + 0.05) >= 4.5


def luminance(colour):
    """Relative luminance by WCAG 2."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [
        p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_an_axis_has_the_words_of_its_scale_none_upon_another():
    for scale in ("icd203", "phia", "kent", "ipcc"):
        for width in (NARROW, WIDE):
            root = parsed(density_axis(scale).svg(width))
            words = [t for t in root.iter(f"{SVG}text") if t.get("class") == "d-word"]
            spans = sorted(
                (t.get("y"), float(t.get("x")) - half, float(t.get("x")) + half)
                for t in words
                for half in [text_width(t.text, 11) / 2]
            )
            for one, other in pairwise(spans):
                assert one[0] != other[0] or one[2] <= other[1]


def test_texts_are_shortened_at_their_end_to_the_room_there_is():
    assert shortened("short", 100, 13) == "short"
    cut = shortened("a long sentence about nothing", 100, 13)
    assert cut.endswith("…")
    assert text_width(cut, 13) <= 100


ARABIC = "هل ترسل كوريا (KCNA) قذائف؟"


@pytest.mark.parametrize("kind", ["ridge", "forest", "sources", "waterfall", "matrix"])
def test_a_name_from_right_to_left_runs_so_whatever_stands_around_it(kind):
    """It is isolated: between U+2068 and U+2069, which let it choose its direction."""
    drawn = texts(drawing_of(kind, ARABIC).svg())

    assert f"\u2068{ARABIC}\u2069" in drawn
    assert ARABIC not in drawn


def test_a_claim_from_right_to_left_stands_behind_its_day():
    drawn = texts(drawing_of("history", ARABIC).svg())

    assert f"\u20681 Feb 2024 \u2068{ARABIC}\u2069\u2069" in drawn


def test_a_title_from_left_to_right_is_left_alone():
    assert "북한과 Россия" in texts(drawing_of("forest", "북한과 Россия").svg())


def test_texts_are_wrapped_between_words():
    lines = wrapped("one two three four five six seven", 100, 13, 3)

    assert " ".join(lines) == "one two three four five six seven"
    assert all(text_width(line, 13) <= 100 for line in lines)
    assert len(wrapped("word " * 100, 100, 13, 2)) == 2


@pytest.mark.parametrize("kind", ["ridge", "history", "matrix"])
def test_the_title_of_a_drawing_does_not_hang_over_its_values(kind):
    """Browsers show the nearest title: one that is empty shows nothing."""
    for mark in parsed(drawing_of(kind).svg()).iter(f"{SVG}g"):
        title = mark.find(f"{SVG}title")
        assert title is not None
        assert not title.text
