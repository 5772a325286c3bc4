"""A figure as a page of a report: its look, its heading, its axes, and its file.

Figures are made without pyplot: nothing is left open, and no display or ``MPLBACKEND``
matters. While they are drawn or saved their look is that of all of matplotlib, so one
thread at a time may do either. Colours are those of Okabe and Ito, which readers with
any colour vision can tell apart [1]_; no text is smaller than 7 pt.

References
----------
.. [1] M. Okabe and K. Ito. *Color universal design* (2008), as recommended by B. Wong,
   Nature Methods 8, 441 (2011).
"""

import io
import math
import os
import re
import textwrap
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import MultipleLocator, PercentFormatter

from deciban.model.casebook.atomic_file import write_whole
from deciban.model.plots.kinds import SUFFIXES
from deciban.priors import VERBAL_SCALES

__all__ = [
    "CHAIN_COLOURS",
    "GHOST",
    "INK",
    "MARK",
    "figure_bytes",
    "last_row",
    "look",
    "new_figure",
    "panels",
    "percent_axis",
    "save_figure",
    "say",
    "verbal_bands",
    "wrapped",
]

INK = "#0072B2"  # blue: what is believed after the reports
GHOST = "#8C8C8C"  # grey: what was believed before
MARK = "#D55E00"  # vermilion: what is settled, or deserves a look
CHAIN_COLOURS = ["#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00"]

_BAND = "#F1F1F1"
_QUIET = "#555555"
_WIDTH = 8.5  # inches

_LOOK: dict[Any, Any] = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 8.0,
    "axes.labelsize": 8.0,
    "axes.titlesize": 8.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.6,
    "xtick.labelsize": 7.5,
    "ytick.labelsize": 8.0,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "legend.fontsize": 7.5,
    "legend.frameon": False,
    "lines.linewidth": 1.2,
    "text.parse_math": False,  # a title may hold dollars
    "path.simplify_threshold": 0.2,  # points: keeps thousands of draws small
    "savefig.dpi": 160,
    # The same figure gives the same bytes, and its text can be searched and read aloud.
    "svg.hashsalt": "deciban",
    "svg.fonttype": "none",
    "pdf.fonttype": 42,
}


def look() -> AbstractContextManager[None]:
    """Give what is drawn or saved inside the look of all our figures."""
    return rc_context(_LOOK)


def new_figure(height: float, heading: str, caption: str, told: str) -> Figure:
    """Make an empty figure with its heading above and its caption below.

    Parameters
    ----------
    height : float
        Of what is drawn, in inches; heading and caption add theirs.
    heading : str
        One or more lines.
    caption : str
        How to read the figure.
    told : str
        One sentence that says what the figure shows, for those who cannot see it.
    """
    caption = textwrap.fill(caption, 140)
    lines = heading.count("\n") + caption.count("\n") + 2
    figure = Figure(
        figsize=(_WIDTH, height + 0.3 + 0.16 * lines),
        layout=ConstrainedLayoutEngine(w_pad=0.08, h_pad=0.06),
    )
    figure.suptitle(heading, x=0.012, ha="left", fontsize=10, fontweight="bold")
    figure.supxlabel(caption, x=0.012, ha="left", fontsize=7.5, color=_QUIET)
    figure.set_label(told)
    return figure


def panels(figure: Figure, n: int, columns: int) -> list[Axes]:
    """Divide a figure into ``n`` equal panels, row by row."""
    rows = math.ceil(n / columns)
    grid = figure.subplots(rows, columns, squeeze=False).ravel()
    for spare in grid[n:]:
        spare.set_axis_off()
    return list(grid[:n])


def last_row(every: Iterable[Axes]) -> list[Axes]:
    """Those of the panels of a figure that have none below, one in each column."""
    in_order = list(every)
    places = [axes.get_subplotspec() for axes in in_order]
    columns = max((p.get_gridspec().ncols for p in places if p), default=0)
    return in_order[-columns:]


def say(figure: Figure, sentence: str) -> None:
    """Write a sentence where there is nothing to draw."""
    figure.text(0.5, 0.5, sentence, ha="center", va="center", fontsize=9)


def percent_axis(
    axes: Axes, step: int = 10, *, label: bool = True, whole: float = 100
) -> None:
    """Let the x axis run over all probabilities, 0 to 100 %, and no further.

    Parameters
    ----------
    axes : Axes
        Whose x axis it is.
    step : int
        From tick to tick, in percent.
    label : bool
        Whether the axis is named.
    whole : float
        What stands for 100 % on it.
    """
    axes.set_xlim(0, whole)
    axes.xaxis.set_major_locator(MultipleLocator(step * whole / 100))
    axes.xaxis.set_major_formatter(PercentFormatter(whole, decimals=0, symbol=""))
    if label:
        axes.set_xlabel("probability, %")


def verbal_bands(axes: Axes, whole: float = 100) -> None:
    """Shade every other band of ICD 203; at the top its word, between its ends."""
    terms = VERBAL_SCALES["icd203"].terms
    for i, term in enumerate(terms):
        low, high = whole * term.low, whole * term.high
        if i % 2 == 0:
            axes.axvspan(low, high, color=_BAND, linewidth=0, zorder=0)
        _above(axes, (low + high) / 2, textwrap.fill(term.word, 12), 22, "center")
        _above(axes, low, f"{100 * term.low:.0f}", 2)
    _above(axes, whole * terms[-1].high, f"{100 * terms[-1].high:.0f}", 2)


def _above(axes: Axes, x: float, text: str, points: float, va: str = "bottom") -> None:
    axes.annotate(
        text,
        (x, 1),
        xycoords=("data", "axes fraction"),
        xytext=(0, points),
        textcoords="offset points",
        ha="center",
        va=va,
        fontsize=7,
        color=_QUIET,
        linespacing=1.0,
        annotation_clip=False,
    )


def wrapped(name: str, width: int) -> str:
    """Break a long id after its hyphens, so that all of it can be read."""
    return "\n".join(textwrap.wrap(name, width, break_on_hyphens=True))


def save_figure(figure: Figure, path: str | os.PathLike[str]) -> None:
    """Save a figure by the suffix of its name, wholly or not at all.

    Parameters
    ----------
    figure : Figure
        Its label becomes the description that is read to those who cannot see it.
    path : path
        Ends in .svg, .png or .pdf.

    Raises
    ------
    ValueError
        If it ends otherwise.
    OSError
        If it cannot be written; what was there before is left as it was.
    """
    write_whole(path, figure_bytes(figure, Path(path).suffix.lower()))


def figure_bytes(figure: Figure, suffix: str) -> bytes:
    """Content of the file of a figure; the same figure gives the same bytes."""
    if suffix not in SUFFIXES:
        raise ValueError(
            f"must have a name that ends in {', '.join(SUFFIXES)}, got {suffix!r}"
        )
    title = figure.get_suptitle().replace("\n", ": ")
    told = str(figure.get_label())
    buffer = io.BytesIO()
    with look():
        figure.savefig(
            buffer, format=suffix[1:], metadata=_metadata(suffix, title, told)
        )
    if suffix == ".svg":
        return _described(buffer.getvalue(), told)
    return buffer.getvalue()


def _metadata(suffix: str, title: str, told: str) -> Mapping[str, str | None]:
    """Title and description under the names that each format has, and no date."""
    if suffix == ".svg":
        return {"Title": title, "Description": told, "Date": None}
    if suffix == ".png":
        return {"Title": title, "Description": told}
    return {"Title": title, "Subject": told, "CreationDate": None}


def _described(svg: bytes, told: str) -> bytes:
    """Add the description where screen readers look for it, beside the title."""
    described = f"</title>\n <desc>{escape(told)}</desc>".encode()
    return re.sub(rb"</title>", lambda _: described, svg, count=1)
