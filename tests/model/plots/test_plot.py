"""A plot as a file: SVG, PNG and PDF, and the letters that images have."""

import io
import sys
import zlib

import numpy as np
import pytest
from PIL import Image

import deciban.model.plots.fonts as fonts
from deciban.model.plots.plot import NoPdfError, Plot

KOREAN = "북한이 포탄을 보내는가?"
CYRILLIC = "Отправит ли КНДР снаряды?"
ARABIC = "هل ترسل كوريا قذائف؟"


def plot_of(*texts: str) -> Plot:
    lines = "".join(
        f'<text x="8" y="{24 + 32 * i}">{text}</text>' for i, text in enumerate(texts)
    )
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="400" '
        f'height="{32 * len(texts)}" font-family="DejaVu Sans">'
        f"<title></title>{lines}</svg>"
    )
    return Plot("Shells", "Two lines.", svg)


def pixels(plot: Plot) -> np.ndarray:
    drawn = Image.open(io.BytesIO(plot.content(".png")))
    return np.asarray(drawn.convert("RGBA"))


def boxes(text: str) -> str:
    """As many letters that no font has."""
    return "\U0010fffd" * len(text)


def test_a_png_has_two_pixels_to_each_of_the_svg():
    assert pixels(plot_of("war")).shape == (64, 800, 4)


@pytest.mark.parametrize("text", ["Russia", CYRILLIC, ARABIC])
def test_letters_of_dejavu_are_drawn_whatever_fonts_the_machine_has(text, monkeypatch):
    monkeypatch.setattr(fonts, "_machine_files", list)

    assert plot_of(text).without_font is None
    assert not np.array_equal(pixels(plot_of(text)), pixels(plot_of(boxes(text))))


def test_korean_is_drawn_where_the_machine_has_a_font_for_it():
    plot = plot_of(KOREAN)
    if plot.without_font:
        pytest.skip("no font of this machine has Korean: 'make programs' installs one")

    assert not np.array_equal(pixels(plot), pixels(plot_of(boxes(KOREAN))))


def test_letters_without_a_font_are_named_with_what_has_them(monkeypatch):
    monkeypatch.setattr(fonts, "_machine_files", list)

    assert fonts.scripts_without_font(f"{KOREAN} हिन्दी {CYRILLIC}") == [
        "Devanagari",
        "Hangul",
    ]
    assert plot_of(KOREAN).without_font == (
        "This machine has no font for Hangul: PNG and PDF show boxes there; the SVG "
        "leaves its letters to whoever shows it."
    )


def test_a_letter_that_no_font_has_is_found_out():
    assert fonts.scripts_without_font("\U0010fffc") == ["other signs"]


def test_signs_that_everybody_uses_are_not_searched_for():
    assert fonts.font_files(
        plot_of("20\N{EN DASH}30 \N{RIGHTWARDS ARROW} “x” ≤ é").svg
    ) == [*fonts._main_files()]


def test_what_is_said_but_not_drawn_needs_no_font(monkeypatch):
    monkeypatch.setattr(fonts, "_machine_files", list)
    svg = f"<svg><title>war</title><desc>{KOREAN}</desc><text>war</text></svg>"

    assert Plot("war", "war", svg).without_font is None


def test_fonts_without_serifs_and_of_regular_weight_come_first(tmp_path, monkeypatch):
    for name in ("Batang.ttf", "NotoSansKR-Bold.otf", "NotoSansKR.otf", "notes.txt"):
        (tmp_path / name).touch()
    monkeypatch.setattr(fonts, "_folders", lambda: [tmp_path])

    found = [name.removeprefix(f"{tmp_path}/") for name in fonts._machine_files()]
    assert found == ["NotoSansKR.otf", "NotoSansKR-Bold.otf", "Batang.ttf"]


def test_a_pdf_holds_text_of_the_fonts_and_says_what_it_shows():
    pytest.importorskip("typst", reason="PDF is made by the extra 'pdf'")
    content = plot_of("war", CYRILLIC).content(".pdf")

    assert content.startswith(b"%PDF-")
    assert b"DejaVuSans" in content + inflated(content)
    assert b"(Shells)" in content + inflated(content)


def inflated(pdf: bytes) -> bytes:
    """Contents of the compressed parts of a PDF."""
    parts = []
    for part in pdf.split(b"stream\n")[1:]:
        try:
            parts.append(zlib.decompressobj().decompress(part))
        except zlib.error:  # one that is not compressed
            continue
    return b"".join(parts)


def test_without_typst_a_pdf_is_refused_with_what_to_do(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "typst", None)

    with pytest.raises(NoPdfError, match=r"pip install 'deciban\[pdf\]'"):
        plot_of("war").save(tmp_path / "war.pdf")
    assert not list(tmp_path.iterdir())


def test_name_without_a_known_suffix_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"ends in \.svg, \.png, \.pdf, got '\.gif'"):
        plot_of("war").save(tmp_path / "plot.gif")


def test_a_notebook_shows_the_svg():
    assert plot_of("war")._repr_svg_() == plot_of("war").svg
