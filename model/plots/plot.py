"""A plot that stands alone: SVG as it is, PNG by resvg, PDF by Typst.

Both lay letters out as browsers do, Arabic and Hebrew from right to left too, so that
the three look the same; each is loaded when the first of its kind is asked for. Typst
is an extra, for its 80 MB. Tried beside it, svglib 2.3 with ReportLab (45 MB) made
black boxes of Cyrillic and Korean, and left Arabic unjoined.
"""

import os
from pathlib import Path
from typing import Any, NamedTuple

from deciban.model.casebook.atomic_file import write_whole
from deciban.model.errors import ModelError
from deciban.model.plots.fonts import (
    MAIN_FAMILY,
    font_files,
    scripts_without_font,
    svg_text,
)
from deciban.model.plots.kinds import SUFFIXES

__all__ = ["NoPdfError", "Plot", "without_font"]

# Pixels of a PNG to one of the SVG: enough for print.
_ZOOM = 2.0

_PDF_PAGE = b"""\
#set document(title: sys.inputs.title, description: sys.inputs.sentence, date: none)
#set page(width: auto, height: auto, margin: 0pt)
#image("plot.svg", alt: sys.inputs.sentence)
"""


class NoPdfError(ModelError):
    """What makes PDF is not installed."""

    def __init__(self) -> None:
        super().__init__(
            "a PDF must have Typst to make it: pip install 'deciban[pdf]', or take the "
            "SVG or PNG"
        )


class Plot(NamedTuple):
    """A plot as a picture of its own.

    Attributes
    ----------
    title : str
        What it is.
    sentence : str
        What it shows, for those who cannot see it.
    svg : str
        The picture; it carries its look, title and sentence with it.
    """

    title: str
    sentence: str
    svg: str

    def content(self, suffix: str) -> bytes:
        """Content of its file; the same plot gives the same bytes.

        Parameters
        ----------
        suffix : str
            ``.svg``, ``.png`` (two pixels to each of the SVG) or ``.pdf``.

        Raises
        ------
        ValueError
            If it is none of these.
        NoPdfError
            If Typst is not installed.
        """
        if suffix == ".svg":
            return self.svg.encode()
        if suffix == ".png":
            return _png(self.svg)
        if suffix == ".pdf":
            return _pdf(self)
        raise ValueError(
            f"must have a name that ends in {', '.join(SUFFIXES)}, got {suffix!r}"
        )

    def save(self, path: str | os.PathLike[str]) -> None:
        """Save it by the suffix of its name, wholly or not at all.

        Raises
        ------
        ValueError, NoPdfError
            As ``content`` does.
        OSError
            If it cannot be written; what was there before is left as it was.
        """
        write_whole(path, self.content(Path(path).suffix.lower()))

    @property
    def without_font(self) -> str | None:
        """Say which letters a PNG or PDF made here would lack; None for none."""
        return without_font(svg_text(self.svg))

    def _repr_svg_(self) -> str:
        return self.svg


def without_font(text: str) -> str | None:
    """Say which letters of a text an image made here would lack; None for none."""
    scripts = scripts_without_font(text)
    if not scripts:
        return None
    return (
        f"This machine has no font for {' and '.join(scripts)}: PNG and PDF show boxes "
        "there; the SVG leaves its letters to whoever shows it."
    )


def _png(svg: str) -> bytes:
    import resvg_py

    image = resvg_py.svg_to_bytes(
        svg_string=svg,
        zoom=_ZOOM,
        dpi=96,  # CSS's: Matplotlib gives its sizes in points
        skip_system_fonts=True,  # font_files has those that are needed, in order
        font_files=font_files(svg),
        sans_serif_family=MAIN_FAMILY,
    )
    return bytes(image)


def _pdf(plot: Plot) -> bytes:
    try:
        import typst
    except ModuleNotFoundError as error:
        raise NoPdfError from error
    files = font_files(plot.svg)
    compile_: Any = typst.compile  # its annotations lack what its manual shows first
    return bytes(
        compile_(
            {"main": _PDF_PAGE, "plot.svg": plot.svg.encode()},
            format="pdf",
            font_paths=sorted({str(Path(file).parent) for file in files}),
            ignore_system_fonts=True,
            sys_inputs={"title": plot.title, "sentence": plot.sentence},
        )
    )
