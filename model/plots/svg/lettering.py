"""How wide a text will be, so that labels neither collide nor are cut off.

Nobody knows here which font a reader has. Widths are those of DejaVu Sans, among the
widest that a browser may choose: whatever fits in it fits.
"""

import re
import unicodedata
from typing import Any

from markupsafe import Markup

__all__ = [
    "cleaned",
    "isolated",
    "quoted",
    "said_of",
    "shortened",
    "text_width",
    "wrapped",
]

# Advance widths of the characters from space to tilde, in hundredths of the font size.
_WIDTHS = [
    *(32, 40, 46, 84, 64, 95, 78, 27, 39, 39, 50, 84, 32, 36, 32, 34, 64, 64, 64, 64),
    *(64, 64, 64, 64, 64, 64, 34, 34, 84, 84, 84, 53, 100, 68, 69, 70, 77, 63, 58, 77),
    *(75, 29, 29, 66, 56, 86, 75, 79, 60, 79, 69, 63, 61, 73, 68, 99, 69, 61, 69, 39),
    *(34, 39, 84, 50, 50, 61, 63, 55, 63, 62, 35, 63, 63, 28, 28, 58, 28, 97, 63, 61),
    *(63, 63, 41, 52, 39, 63, 59, 82, 59, 59, 52, 64, 34, 64, 84),
]
_OTHER, _FULL_WIDTH = 70, 105
_BOLD = 1.12  # how much wider bold letters are
_ELLIPSIS = "…"
# Nothing longer is drawn anywhere, so the rest need not be measured.
_LONGEST = 500
# What XML cannot hold.
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# Letters that run from right to left: Hebrew, Arabic and their neighbours.
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_FIRST_STRONG_ISOLATE, _POP_ISOLATE = (
    "\N{FIRST STRONG ISOLATE}",
    "\N{POP DIRECTIONAL ISOLATE}",
)


def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """Width of a text in pixels, at most.

    Parameters
    ----------
    text : str
        One line.
    size : float
        Of the font, in pixels.
    bold : bool
        Whether it is bold.
    """
    return sum(map(_advance, text)) * size / 100 * (_BOLD if bold else 1)


def _advance(letter: str) -> int:
    if " " <= letter <= "~":
        return _WIDTHS[ord(letter) - ord(" ")]
    if unicodedata.combining(letter) or unicodedata.category(letter) == "Cf":
        return 0
    return _FULL_WIDTH if unicodedata.east_asian_width(letter) in "WF" else _OTHER


def cleaned(text: str) -> str:
    """Keep what XML can hold, as much as is ever drawn or said, on one line."""
    return " ".join(_NO_XML.sub("", text[:_LONGEST]).split())


def isolated(value: Any) -> Any:
    """Let a text that runs from right to left do so, whatever stands beside it.

    The direction of an SVG's texts is from left to right, which would put the question
    mark of an Arabic question at its beginning. Whatever a template writes is isolated
    as a whole; what stands within a text of ours is to be isolated by itself.
    """
    if not isinstance(value, str) or value.isascii() or isinstance(value, Markup):
        return value
    if _RIGHT_TO_LEFT.search(value):
        return f"{_FIRST_STRONG_ISOLATE}{value}{_POP_ISOLATE}"
    return value


def shortened(text: str, width: float, size: float, *, bold: bool = False) -> str:
    """Shorten a text to a width in pixels, with an ellipsis where something is missing.

    Examples
    --------
    >>> shortened("Korean Central News Agency", 100, 13)
    'Korean Centr…'
    """
    text = cleaned(text)
    widest = len(text) * _FULL_WIDTH * size / 100 * _BOLD
    if widest <= width or text_width(text, size, bold=bold) <= width:
        return text
    while text and text_width(text + _ELLIPSIS, size, bold=bold) > width:
        text = text[:-1]
    return text.rstrip() + _ELLIPSIS


def said_of(label: str, said: str) -> str:
    """Let a label lead what is said of it: after a colon, or as a question's answer.

    Examples
    --------
    >>> said_of("Izvestia", "from 2 % to 3 %"), said_of("Does it rain?", "from 2 %")
    ('Izvestia: from 2 % to 3 %', 'Does it rain? From 2 %')
    """
    if label.endswith("?"):
        return f"{label} {said[:1].upper()}{said[1:]}"
    return f"{label}: {said}"


def quoted(label: str) -> str:
    """Put a question within a sentence into quotation marks, and leave a name as it is.

    Examples
    --------
    >>> quoted("Izvestia"), quoted("Does it rain?")
    ('Izvestia', '“Does it rain?”')
    """
    return f"“{label}”" if label.endswith("?") else label


def wrapped(text: str, width: float, size: float, lines: int) -> list[str]:
    """Break a text between words into lines of a width, the last one shortened."""
    words = cleaned(text).split(" ")
    broken: list[str] = []
    while words and len(broken) < lines - 1:
        line = words.pop(0)
        while words and text_width(f"{line} {words[0]}", size) <= width:
            line = f"{line} {words.pop(0)}"
        broken.append(shortened(line, width, size))
    return [*broken, shortened(" ".join(words), width, size)] if words else broken
