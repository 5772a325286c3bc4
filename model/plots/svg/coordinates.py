"""Coordinates as SVG writes them: to a tenth of a pixel, as short as can be."""

from collections.abc import Sequence
from itertools import chain

__all__ = ["fine", "polyline"]


def fine(x: float) -> str:
    """Write a coordinate.

    Examples
    --------
    >>> fine(12.0), fine(0.33), fine(-0.01)
    ('12', '0.3', '0')
    """
    text = f"{x:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


def polyline(places: Sequence[tuple[float, float]]) -> str:
    """Write a path through places; empty where there are none.

    All are written at once: a page has ten thousand coordinates.

    Parameters
    ----------
    places : sequence of (float, float)
        From the left and from the top, in pixels.

    Examples
    --------
    >>> polyline([(3, 0.04), (10.26, -0.04)])
    'M3 0L10.3 0'
    """
    if not places:
        return ""
    written = "L".join(["%.1f %.1f"] * len(places)) % tuple(chain(*places))
    return "M" + written.replace("-0.0", "0").replace(".0", "")
