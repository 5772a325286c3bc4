"""What each part of a drawing looks like: one table, for pages and for files.

In a page a part has a class, and the service's ``drawing.css`` gives it colours by the
names here, light or dark; that file is what ``stylesheet`` writes, as a test holds. A
drawing that is to stand alone carries the same as attributes, in the light colours.

Forecasts, and what speaks for a scenario, are Okabe and Ito's blue; what speaks against
it, and what is settled, their vermilion; what was believed before is grey. Readers with
any colour vision can tell these apart, and no colour is the only sign of anything.
"""

from collections.abc import Mapping
from functools import cache

from markupsafe import Markup, escape

__all__ = ["COLOURS", "FONT", "LOOK", "look", "stylesheet"]

# Light and dark.
COLOURS: Mapping[str, tuple[str, str]] = {
    "paper": ("#ffffff", "#14171b"),
    "ink": ("#1c2127", "#e7eaee"),
    "soft": ("#59636e", "#a3adb8"),
    "line": ("#d5dae0", "#353c45"),
    "band": ("#f1f3f5", "#1d2228"),
    "ghost": ("#8c949d", "#828c97"),
    "ghost-fill": ("#d3d8dd", "#39414a"),
    "forecast": ("#0072b2", "#6cb9ec"),
    "forecast-fill": ("#a9d2ea", "#1f4a66"),
    "forecast-tint": ("#d6e9f5", "#1b3444"),
    "against": ("#c4500a", "#f0955a"),
    "for-1": ("#e6f1f8", "#182d3a"),
    "for-2": ("#b9daee", "#1b4259"),
    "for-3": ("#74b6de", "#226288"),
    "for-4": ("#0072b2", "#6cb9ec"),
    "against-1": ("#fbece2", "#35251b"),
    "against-2": ("#f6cfb3", "#57341c"),
    "against-3": ("#ec9f68", "#8a4a1d"),
    "against-4": ("#c4500a", "#f0955a"),
    "on-strong": ("#ffffff", "#14171b"),
}

_TEXT = {"fill": "ink", "font-size": "13"}
_SMALL = {"fill": "soft", "font-size": "11"}
# Letters that a line may run behind keep clear of it.
_CLEAR = {"paint-order": "stroke", "stroke": "paper", "stroke-width": "3"}

# Attributes of each part; the names of colours stand for them.
LOOK: Mapping[str, Mapping[str, str]] = {
    "paper": {"fill": "paper"},
    "label": _TEXT,
    "label-small": _SMALL | {"fill": "ink"},
    "name": _TEXT | {"font-weight": "600"} | _CLEAR,
    "number": _TEXT | {"font-weight": "600"} | _CLEAR,
    "beside": _TEXT | {"fill": "soft"} | _CLEAR,
    "small": _SMALL,
    "word": _SMALL | _CLEAR,
    "mark-text": _SMALL | {"fill": "ink", "font-weight": "600"},
    "band": {"fill": "band"},
    "grid": {"stroke": "line", "stroke-width": "1", "fill": "none"},
    "base": {"stroke": "ghost", "stroke-width": "1", "fill": "none"},
    "leader": {"stroke": "ghost", "stroke-width": ".75", "fill": "none"},
    "day": {
        "stroke": "soft",
        "stroke-width": "1",
        "stroke-dasharray": "3 3",
        "fill": "none",
    },
    "ghost": {"fill": "ghost-fill", "stroke": "none"},
    "ghost-line": {"stroke": "ghost", "stroke-width": "2", "fill": "none"},
    "ghost-mark": {"fill": "paper", "stroke": "ghost", "stroke-width": "1.75"},
    "curve": {
        "fill": "forecast-fill",
        "fill-opacity": ".8",
        "stroke": "forecast",
        "stroke-width": "1.25",
        "stroke-linejoin": "round",
    },
    "wide-band": {"fill": "forecast-tint"},
    "inner-band": {"fill": "forecast-fill"},
    "line": {
        "stroke": "forecast",
        "stroke-width": "2",
        "fill": "none",
        "stroke-linejoin": "round",
    },
    "thin": {"stroke": "forecast", "stroke-width": "1.5", "fill": "none"},
    "thick": {"stroke": "forecast", "stroke-width": "5", "fill": "none"},
    "point": {"fill": "forecast", "stroke": "paper", "stroke-width": "1.5"},
    "dot": {"fill": "forecast"},
    "settled": {"fill": "against", "stroke": "paper", "stroke-width": "1.5"},
    "for": {"fill": "forecast"},
    "against": {"fill": "against"},
    "neutral": {"fill": "ghost"},
    "hit": {"fill": "paper", "fill-opacity": "0"},
    "cell-0": {"fill": "band"},
    **{
        f"cell-{side}-{step}": {"fill": f"{side}-{step}"}
        for side in ("for", "against")
        for step in (1, 2, 3, 4)
    },
    "cell-text": _SMALL | {"fill": "ink", "font-size": "12"},
    "cell-text-strong": _SMALL | {"fill": "on-strong", "font-size": "12"},
}

# Of what stands alone: that of images first, so that a file and its image are the same.
FONT = "'DejaVu Sans', system-ui, 'Segoe UI', Roboto, sans-serif"


# Without this, nine rows of a page take 2.7 ms instead of 2.3.
@cache
def look(part: str, standalone: bool) -> Markup:
    """Attributes that give a part its look: a class, or colours and widths."""
    if not standalone:
        return Markup(' class="d-{}"').format(part)
    light = {name: colour for name, (colour, _) in COLOURS.items()}
    return Markup("").join(
        Markup(' {}="{}"').format(name, light.get(value, value))
        for name, value in LOOK[part].items()
    )


def stylesheet() -> str:
    """Write the stylesheet that gives the parts of drawings in pages their look."""
    light, dark = (
        "\n".join(f"  --d-{name}: {pair[i]};" for name, pair in COLOURS.items())
        for i in (0, 1)
    )
    rules = "\n".join(
        f".d-{part} {{ {_declarations(attributes)} }}"
        for part, attributes in LOOK.items()
    )
    return _SHEET.format(light=light, dark=dark.replace("\n", "\n  "), rules=rules)


def _declarations(attributes: Mapping[str, str]) -> str:
    def value(name: str, written: str) -> str:
        if written in COLOURS:
            return f"var(--d-{written})"
        return f"{written}px" if name == "font-size" else str(escape(written))

    return " ".join(f"{name}: {value(name, v)};" for name, v in attributes.items())


_SHEET = """\
/* Written by deciban.model.plots.svg.look: change it there, then run
   python -m deciban.model.plots.svg.look > service/web/pages/static/drawing.css */

.drawing {{
{light}
}}

@media (prefers-color-scheme: dark) {{
  .drawing {{
  {dark}
  }}
}}

@media print {{
  .drawing {{
{light}
  }}
}}

svg.drawing {{ display: block; width: 100%; height: auto; }}
svg.drawing text {{ font-variant-numeric: tabular-nums; }}

/* A drawing is laid out twice; the one that suits its place is shown. */
.drawn {{ container-type: inline-size; }}
.drawn-wide svg {{ max-width: 60rem; }}
.drawn-narrow {{ display: none; }}
.drawn-wide, .drawn-narrow {{ overflow-x: auto; }}
svg.drawing.d-natural {{ width: auto; max-width: none; }}
.drawn-narrow svg {{ max-width: 34rem; }}
@container (max-width: 39rem) {{
  .drawn-wide {{ display: none; }}
  .drawn-narrow {{ display: block; }}
}}

.d-mark:focus {{ outline: none; }}
.d-mark:focus-visible > .d-hit, .d-mark:hover > .d-hit {{
  stroke: var(--d-forecast); stroke-width: 1.5;
}}

{rules}
"""

if __name__ == "__main__":
    print(stylesheet(), end="")
