"""A drawing: numbers laid out at a width, told as a sentence, and listed as a table.

A kind of drawing is a function that takes plain numbers and makes a ``Drawing``. What
it shows is said three times, from the same numbers: as SVG, as a sentence, as a table.
The SVG needs no script and no style of its own: its parts have classes, which a page's
``drawing.css`` gives colours for light and dark. A drawing that stands alone, as a
file, carries its look with it, and says above and below what it is of and how to read
it, which pages say around it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, partial
from itertools import chain
from typing import Any, NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from deciban.model.plots.plot import Plot, without_font
from deciban.model.plots.svg.coordinates import fine
from deciban.model.plots.svg.lettering import cleaned, isolated, shortened, wrapped
from deciban.model.plots.svg.look import FONT, look

__all__ = ["NARROW", "WIDE", "Drawing", "Table"]

# Pixels that drawings are laid out for; browsers scale them to the room there is.
NARROW, WIDE = 352, 760
_MARGIN = 16  # pixels of paper around a drawing that stands alone
_LINE, _SMALL_LINE = 18.0, 15.0
_SAID = 300  # characters that are read aloud of one mark


class Table(NamedTuple):
    """The numbers of a drawing as texts."""

    headings: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Drawing:
    """A drawing of plain numbers.

    Attributes
    ----------
    title : str
        What it is.
    sentence : str
        What it shows, for those who cannot see it.
    tabulate : callable
        Makes the table of its numbers, which is asked for less often than drawn.
    template : str
        Name of the template that draws it.
    layout : callable of int
        Lays it out at a width in pixels: ``width``, ``height`` and what else the
        template takes.
    scrolls : bool
        Whether it may be wider than its place, which then scrolls.
    below_heading : sequence of str
        Lines below the heading, where it stands alone.
    caption : str
        How to read it, below it, where it stands alone.
    """

    title: str
    sentence: str
    tabulate: Callable[[], Table]
    template: str
    layout: Callable[[int], Mapping[str, Any]]
    scrolls: bool = False
    below_heading: Sequence[str] = ()
    caption: str = ""

    @cached_property
    def table(self) -> Table:
        """Its numbers."""
        return self.tabulate()

    def svg(self, width: int = WIDE, *, standalone: bool = False) -> Markup:
        """Draw it.

        Parameters
        ----------
        width : int
            In pixels; below 560 it is laid out as for a telephone.
        standalone : bool
            Whether it is a file of its own, which carries its look with it, on paper.
        """
        laid = self.layout(width)
        drawn = _environment().get_template(self.template)
        return Markup(
            drawn.render(
                title=shortened(self.title, 2000, 10),
                sentence=shortened(self.sentence, 5000, 10),
                scrolls=self.scrolls,
                paper=self._paper(laid) if standalone else None,
                look=partial(look, standalone=standalone),
                font=FONT,
                **laid,
            )
        )

    def _paper(self, laid: Mapping[str, Any]) -> "_Paper":
        width, height = laid["width"], laid["height"]
        heading = [("name", line) for line in wrapped(laid["heading"], width, 14.6, 3)]
        heading += [
            ("label", part)
            for line in self.below_heading
            for part in wrapped(line, width, 13, 2)
        ]
        caption = wrapped(self.caption, width, 11, 6) if self.caption else []
        top = -20.0 - _LINE * (len(heading) - 1)
        under = height + 20.0
        lines = [
            *((top + _LINE * i, *line) for i, line in enumerate(heading)),
            *((under + _SMALL_LINE * i, "small", s) for i, s in enumerate(caption)),
        ]
        above = -top + 24
        below = _MARGIN + 5 + _SMALL_LINE * len(caption) if caption else _MARGIN
        return _Paper(
            -_MARGIN, -above, width + 2 * _MARGIN, above + height + below, lines
        )

    def figure(self) -> Markup:
        """Draw it for a page, wide and narrow; the stylesheet shows what fits."""
        place = Markup("")
        if self.scrolls:  # so it must be within reach of the keyboard
            place = Markup(' tabindex="0" role="region" aria-label="{}"')
            place = place.format(shortened(self.title, 2000, 10))
        both = Markup("").join(
            Markup('<div class="drawn-{}"{}>{}</div>').format(name, place, drawn)
            for name, drawn in (("wide", self.svg()), ("narrow", self.svg(NARROW)))
        )
        return Markup('<div class="drawn">{}</div>').format(both)

    @property
    def without_font(self) -> str | None:
        """Say which letters a PNG of it would lack here; None for none.

        All that it draws is in its title or its table, so it is not laid out for this.
        """
        texts = (self.title, *self.below_heading, *self.table.headings)
        return without_font("".join(chain(texts, *self.table.rows)))

    def plot(self, width: int = WIDE) -> Plot:
        """Draw it as a picture of its own, on paper."""
        drawn = str(self.svg(width, standalone=True))
        return Plot(self.title, self.sentence, drawn)


class _Paper(NamedTuple):
    """The paper of a drawing that stands alone, and the lines of text around that."""

    x: float
    y: float
    width: float
    height: float
    lines: Sequence[tuple[float, str, str]]  # y, part, text


# Without this, each drawing compiles its templates: 13 ms instead of 0.3.
@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("deciban.model.plots.svg"),
        autoescape=True,
        finalize=isolated,
        undefined=StrictUndefined,
        auto_reload=False,  # or each template's file is looked at for each drawing
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["n"] = fine
    environment.filters["said"] = lambda text: cleaned(str(text))[:_SAID]
    return environment
