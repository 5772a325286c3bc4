"""Rivals as one bar of 100 %: which of them comes true, now and before any report."""

from collections.abc import Mapping, Sequence
from functools import partial
from itertools import accumulate
from typing import Any, NamedTuple

from deciban.model.plots.svg.lettering import shortened, text_width, wrapped
from deciban.model.plots.svg.picture import Drawing, Table
from deciban.model.posterior.wording import percent

__all__ = ["Share", "shares"]

_SIZE = 12
_PAD = 6.0
_PRIOR, _FORECAST = 10.0, 40.0  # heights of the bars
_TOP = 16.0  # below what is written above the upper one
_GAP = 3.0
_LINE = 15.0
_MOST_LINES = 4
_SAID = 5  # of the likeliest
_HOW = (
    "The lower bar is the forecast; the upper, grey one, in the same order, what was "
    "believed before any report. Each is 100 % wide."
)


class Share(NamedTuple):
    """One of the rivals, or that none of them comes true: probabilities from 0 to 1."""

    label: str
    mean: float
    prior_mean: float

    @property
    def said(self) -> str:
        """Say it in words."""
        return f"{self.label}: {percent(self.mean)}; before, {percent(self.prior_mean)}"


class _Part(NamedTuple):
    said: str
    prior: tuple[float, float]  # left end and width
    forecast: tuple[float, float]
    part: str
    lines: Sequence[tuple[float, str, str]]  # y, part, text


def shares(rivals: Sequence[Share], *, title: str) -> Drawing:
    """Draw what share each of a set of rivals has, the likeliest first.

    Parameters
    ----------
    rivals : sequence of Share
        One of which comes true: they add up to one, now and before.
    title : str
        Of the drawing.
    """
    ordered = sorted(rivals, key=lambda share: -share.mean)
    return Drawing(
        title,
        _sentence(ordered),
        partial(_table, ordered),
        "shares.svg",
        partial(_laid_out, ordered, title),
        caption=_HOW,
    )


def _laid_out(rivals: Sequence[Share], title: str, width: int) -> Mapping[str, Any]:
    priors = _ends([share.prior_mean for share in rivals], width)
    forecasts = _ends([share.mean for share in rivals], width)
    top = _TOP + _PRIOR + _GAP
    parts = [
        _Part(
            share.said,
            prior,
            forecast,
            ("inner-band", "wide-band")[i % 2],
            _inside(share, forecast[1], top),
        )
        for i, (share, prior, forecast) in enumerate(
            zip(rivals, priors, forecasts, strict=True)
        )
    ]
    rest = [
        f"{share.label} {percent(share.mean)}"
        for share, part in zip(rivals, parts, strict=True)
        if not part.lines
    ]
    below = wrapped("; ".join(rest), width, _SIZE, _MOST_LINES) if rest else []
    bottom = top + _FORECAST
    return {
        "role": "group",
        "width": width,
        "height": bottom + 6 + _LINE * len(below),
        "heading": title,
        "top": _TOP,
        "prior_height": _PRIOR,
        "forecast_top": top,
        "forecast_height": _FORECAST,
        "parts": parts,
        "below": [(bottom + _LINE * (i + 1), line) for i, line in enumerate(below)],
    }


def _ends(probabilities: Sequence[float], width: float) -> list[tuple[float, float]]:
    """Left end and width of each part of a bar."""
    rate = width / sum(probabilities)
    return [
        ((right - p) * rate, p * rate)
        for p, right in zip(probabilities, accumulate(probabilities), strict=True)
    ]


def _inside(share: Share, width: float, top: float) -> list[tuple[float, str, str]]:
    """What has room in a part of the bar: its number and its name."""
    number, room = percent(share.mean), width - 2 * _PAD
    if max(text_width(number, _SIZE, bold=True), 3.0 * _SIZE) > room:
        return []
    label = shortened(share.label, room, _SIZE)
    return [(top + 17, "mark-text", number), (top + 32, "cell-text", label)]


def _sentence(rivals: Sequence[Share]) -> str:
    told = [f"{share.label} {percent(share.mean)}" for share in rivals[:_SAID]]
    if rest := rivals[_SAID:]:
        left = percent(sum(share.mean for share in rest))
        told.append(f"{len(rest)} more, together {left}")
    return f"One comes true: {', '.join(told)}."


def _table(rivals: Sequence[Share]) -> Table:
    return Table(
        ("rival", "forecast", "before any report"),
        [(s.label, percent(s.mean), percent(s.prior_mean)) for s in rivals],
    )
