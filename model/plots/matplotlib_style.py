"""A figure of a diagnostic as a page of a report: its look, its heading, its panels.

Figures are made without pyplot: nothing is left open, and no display or ``MPLBACKEND``
matters. While they are drawn or saved their look is that of all of matplotlib, so one
thread at a time may do either. Colours are those of our drawings, and for chains all of
Okabe and Ito's, which readers with any colour vision can tell apart [1]_; no text is
smaller than 7 pt.

References
----------
.. [1] M. Okabe and K. Ito. *Color universal design* (2008), as recommended by B. Wong,
   Nature Methods 8, 441 (2011).
"""

import io
import math
import textwrap
import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from xml.sax.saxutils import escape

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from deciban.model.plots.svg.lettering import isolated
from deciban.model.plots.svg.look import COLOURS

__all__ = [
    "CHAIN_COLOURS",
    "GHOST",
    "INK",
    "MARK",
    "SECOND",
    "figure_svg",
    "last_row",
    "look",
    "new_figure",
    "panels",
    "say",
    "wrapped",
]

INK, GHOST, MARK = (COLOURS[name][0] for name in ("forecast", "ghost", "against"))
SECOND = "#E69F00"
CHAIN_COLOURS = [INK, SECOND, "#009E73", "#CC79A7", "#56B4E9", "#D55E00"]

_QUIET = COLOURS["soft"][0]
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
    # The same figure gives the same bytes, and its text can be searched and read aloud.
    "svg.hashsalt": "deciban",
    "svg.fonttype": "none",
}


@contextmanager
def look() -> Iterator[None]:
    """Give what is drawn or saved inside the look of all our figures."""
    with rc_context(_LOOK), warnings.catch_warnings():
        # Letters are left to whoever shows the SVG; Matplotlib only guesses at them.
        warnings.filterwarnings("ignore", "Glyph .* missing from font")
        yield


def new_figure(height: float, heading: Sequence[str], caption: str) -> Figure:
    """Make an empty figure with its heading above and its caption below.

    Parameters
    ----------
    height : float
        Of what is drawn, in inches; heading and caption add theirs.
    heading : sequence of str
        Lines; longer ones are shortened.
    caption : str
        How to read the figure.
    """
    caption = textwrap.fill(caption, 140)
    lines = len(heading) + caption.count("\n") + 1
    figure = Figure(
        figsize=(_WIDTH, height + 0.3 + 0.16 * lines),
        layout=ConstrainedLayoutEngine(w_pad=0.08, h_pad=0.06),
    )
    shown = [textwrap.shorten(line, 96, placeholder=" ...") for line in heading]
    lines_of_heading = "\n".join(map(isolated, shown))
    figure.suptitle(
        lines_of_heading, x=0.012, ha="left", fontsize=10, fontweight="bold"
    )
    figure.supxlabel(caption, x=0.012, ha="left", fontsize=7.5, color=_QUIET)
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


def wrapped(title: str, width: int) -> str:
    """Break a title into two lines at most, with an ellipsis where it is cut."""
    return "\n".join(textwrap.wrap(title, width, max_lines=2, placeholder="…"))


def figure_svg(figure: Figure, sentence: str) -> str:
    """Write a figure as SVG; the same figure gives the same text.

    Parameters
    ----------
    figure : Figure
        The figure.
    sentence : str
        What it shows, for those who cannot see it.
    """
    title = figure.get_suptitle().replace("\n", ": ")
    buffer = io.StringIO()
    with look():
        metadata = {"Title": title, "Description": sentence, "Date": None}
        figure.savefig(buffer, format="svg", metadata=metadata)
    # Where screen readers look for the description: beside the title.
    described = f"</title>\n <desc>{escape(sentence)}</desc>"
    return buffer.getvalue().replace("</title>", described, 1)
