"""Fonts for images: which letters there are fonts for, and in which files.

An SVG leaves letters to whoever shows it; an image has to find them here. Latin, Greek,
Cyrillic, Arabic and Hebrew letters are those of DejaVu Sans, which comes with
Matplotlib, so that most images are the same on every machine. For all others the fonts
of the machine are searched, those without serifs first.
"""

import io
import re
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache
from html import escape, unescape
from importlib.util import find_spec
from pathlib import Path

__all__ = ["MAIN_FAMILY", "font_files", "scripts_without_font", "svg_text"]

MAIN_FAMILY = "DejaVu Sans"

# A drawing in a page has its heading as its title alone.
_TEXT = re.compile(r"<(?:text|title)\b[^>]*>(.*?)</(?:text|title)>", re.DOTALL)
_TAG = re.compile(r"<[^>]*>")
# DejaVu Sans has every letter below, and signs such as dashes, arrows and quotes.
_FIRST_OTHER = "\u0530"
_SIGNS = range(0x2000, 0x2300)
# Nobody has given it a meaning, so no font has it: it looks as a missing letter does.
_NOWHERE = "\U0010fffd"
_CELL, _SIZE = 64, 16  # pixels: of a letter's place, and of the letter
# Words in names of files whose letters have no serifs.
_PLAIN = re.compile("sans|gothic|hei|dotum|malgun|fallback", re.IGNORECASE)
_STYLED = re.compile("bold|italic|oblique|light|thin|mono|condensed", re.IGNORECASE)


def font_files(svg: str) -> list[str]:
    """Files of the fonts that the texts of an SVG need, the most wanted first."""
    if _lacking(_unusual(svg_text(svg)), _main_files()):
        return [*_main_files(), *_machine_files()]
    return list(_main_files())


def svg_text(svg: str) -> str:
    """Text of an SVG: that of its ``text`` and ``title`` elements."""
    return unescape(_TAG.sub("", "".join(_TEXT.findall(svg))))


def scripts_without_font(text: str) -> list[str]:
    """Names of the scripts in a text that no font of this machine has.

    Parameters
    ----------
    text : str
        That an image is to show.

    Returns
    -------
    list of str
        As Unicode calls them, ``Hangul`` or ``Devanagari``, in order.
    """
    lacking = _lacking(_unusual(text), _main_files())
    if lacking:
        lacking = _lacking(lacking, (*_main_files(), *_machine_files()))
    return sorted({_script(letter) for letter in lacking})


def _unusual(text: str) -> str:
    """Letters of a text that DejaVu Sans may not have, each once."""
    return "".join(
        sorted({c for c in set(text) if c >= _FIRST_OTHER and ord(c) not in _SIGNS})
    )


# Without this, each offer of an image of such letters takes 26 ms more, with it 0.6.
@lru_cache(64)
def _lacking(letters: str, files: tuple[str, ...]) -> str:
    """Those of some letters that are drawn as one is that no font can have."""
    if not letters:
        return ""
    import numpy as np
    import resvg_py
    from PIL import Image

    column = "".join(
        f'<text x="2" y="{_CELL * i + 40}">{escape(letter)}</text>'
        for i, letter in enumerate((*letters, _NOWHERE))
    )
    drawn = resvg_py.svg_to_bytes(
        svg_string=f'<svg xmlns="http://www.w3.org/2000/svg" width="{_CELL}" '
        f'height="{_CELL * (len(letters) + 1)}" font-family="{MAIN_FAMILY}" '
        f'font-size="{_SIZE}">{column}</svg>',
        skip_system_fonts=True,
        font_files=list(files),
    )
    pixels = np.asarray(Image.open(io.BytesIO(bytes(drawn))).convert("RGBA"))
    *cells, missing = pixels.reshape(len(letters) + 1, -1)
    return "".join(
        letter
        for letter, cell in zip(letters, cells, strict=True)
        if np.array_equal(cell, missing)
    )


def _script(letter: str) -> str:
    name = unicodedata.name(letter, "")
    word = name.partition(" ")[0].partition("-")[0]
    if not unicodedata.category(letter).startswith(("L", "M")) or not word:
        return "other signs"
    return word if word == "CJK" else word.capitalize()


def _main_files() -> tuple[str, ...]:
    """Find DejaVu Sans where Matplotlib has it, without loading that."""
    package = find_spec("matplotlib")
    assert package is not None and package.origin is not None
    folder = Path(package.origin).parent / "mpl-data" / "fonts" / "ttf"
    return tuple(str(folder / f"DejaVuSans{bold}.ttf") for bold in ("", "-Bold"))


def _machine_files() -> Sequence[str]:
    """Fonts of the machine: plain ones first, the same order whenever it is asked."""
    found = (
        path
        for folder in _folders()
        for path in folder.rglob("*")
        if path.suffix.lower() in (".ttf", ".ttc", ".otf", ".otc")
    )
    return [str(path) for path in sorted(found, key=_rank)]


def _rank(path: Path) -> tuple[bool, bool, str]:
    name = path.name
    return not _PLAIN.search(name), bool(_STYLED.search(name)), str(path)


def _folders() -> Iterable[Path]:
    if sys.platform == "win32":
        return [Path("C:/Windows/Fonts")]
    home = Path.home()
    if sys.platform == "darwin":
        return [
            *map(Path, ("/System/Library/Fonts", "/Library/Fonts")),
            home / "Library/Fonts",
        ]
    shared = map(Path, ("/usr/share/fonts", "/usr/local/share/fonts"))
    return [*shared, home / ".local/share/fonts", home / ".fonts"]
