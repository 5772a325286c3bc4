"""A drawing: numbers laid out at a width, told as a sentence, and listed as a table.

A kind of drawing is a function that takes plain numbers and makes a ``Drawing``. What
it shows is said three times, from the same numbers: as SVG, as a sentence, as a table.
The SVG needs no script and no style of its own: its parts have classes, which
``static/drawing.css`` gives colours for light and dark. A drawing that stands alone, as
a file, carries its look with it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from deciban.model.plots.svg.coordinates import fine
from deciban.model.plots.svg.lettering import cleaned, shortened
from deciban.model.plots.svg.look import FONT, look

__all__ = ["NARROW", "WIDE", "Drawing", "Table"]

# Pixels that drawings are laid out for; browsers scale them to the room there is.
NARROW, WIDE = 352, 760
# Pixels to a pixel of an image: enough for print.
_ZOOM = 2.0
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
    """

    title: str
    sentence: str
    tabulate: Callable[[], Table]
    template: str
    layout: Callable[[int], Mapping[str, Any]]
    scrolls: bool = False

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
        template = _environment().get_template(self.template)
        drawn = template.render(
            title=shortened(self.title, 2000, 10),
            sentence=shortened(self.sentence, 5000, 10),
            scrolls=self.scrolls,
            standalone=standalone,
            look=partial(look, standalone=standalone),
            font=FONT,
            **self.layout(width),
        )
        return Markup(drawn)

    def figure(self) -> Markup:
        """Draw it for a page, wide and narrow; the stylesheet shows what fits."""
        place = Markup("")
        if self.scrolls:  # so it must be within reach of the keyboard
            place = Markup(' tabindex="0" role="region" aria-label="{}"')
            place = place.format(shortened(self.title, 2000, 10))
        drawn = Markup("").join(
            Markup('<div class="drawn-{}"{}>{}</div>').format(
                name, place, self.svg(width)
            )
            for name, width in (("wide", WIDE), ("narrow", NARROW))
        )
        return Markup('<div class="drawn">{}</div>').format(drawn)

    def png(self, width: int = WIDE) -> bytes:
        """Draw it as an image on paper, two pixels to each of ``width``."""
        import resvg_py  # a compiled library, which only images need

        svg = str(self.svg(width, standalone=True))
        image = resvg_py.svg_to_bytes(
            svg_string=svg,
            zoom=_ZOOM,
            skip_system_fonts=True,  # an image is the same on every machine
            font_dirs=[_font_folder()],
            sans_serif_family="DejaVu Sans",
        )
        return bytes(image)


@cache
def _font_folder() -> str:
    """Folder of DejaVu Sans, which comes with Matplotlib: found without loading it."""
    package = find_spec("matplotlib")
    assert package is not None and package.origin is not None
    return str(Path(package.origin).parent / "mpl-data" / "fonts" / "ttf")


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("deciban.model.plots.svg"),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,  # or each template's file is looked at for each drawing
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["n"] = fine
    environment.filters["said"] = lambda text: cleaned(str(text))[:_SAID]
    return environment
