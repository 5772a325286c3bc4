"""Calibration: how often what was given a probability came true."""

from collections.abc import Mapping, Sequence
from functools import partial
from math import sqrt
from typing import Any

from deciban.model.plots.svg.coordinates import polyline
from deciban.model.plots.svg.percent_axis import PercentAxis
from deciban.model.plots.svg.picture import Drawing, Table
from deciban.model.posterior.wording import counted, interval, percent
from deciban.model.scores.calibration import CurvePoint

__all__ = ["calibration_diagram"]

_LEFT, _TOP, _BELOW = 46.0, 24.0, 24.0
_SIDE = 420.0  # pixels at most
_CAPTION = (
    "Points: forecasts at the close, with the share of those like them that came true, "
    "by isotonic regression. Grey: where 90 % of such shares would lie, were every "
    "forecast right. Dashed: forecast and share agree."
)


def calibration_diagram(curve: Sequence[CurvePoint]) -> Drawing:
    """Draw how often forecasts came true, beside how often they should have.

    Parameters
    ----------
    curve : sequence of CurvePoint
        By forecast, the lowest first.
    """
    return Drawing(
        "Calibration",
        _told(curve),
        partial(_table, curve),
        "calibration.svg",
        partial(_laid_out, curve),
        caption=_CAPTION,
    )


def _told(curve: Sequence[CurvePoint]) -> str:
    n = sum(point.n for point in curve)
    outside = sum(point.n for point in curve if not point.is_inside)
    return (
        f"{counted(n, 'forecast')}; {outside or 'none'} of them where fewer or more "
        "came true than chance would let, were every forecast right."
    )


def _said(point: CurvePoint) -> str:
    return (
        f"Forecast {percent(point.forecast)}, {counted(point.n, 'scenario')}: "
        f"{percent(point.occurred)} came true; "
        f"{interval((point.low, point.high))} to be expected"
    )


def _table(curve: Sequence[CurvePoint]) -> Table:
    return Table(
        ("Forecast", "Scenarios", "Came true", "To be expected (90 %)"),
        [
            (
                percent(point.forecast),
                str(point.n),
                percent(point.occurred),
                interval((point.low, point.high)),
            )
            for point in curve
        ],
    )


def _laid_out(curve: Sequence[CurvePoint], width: int) -> Mapping[str, Any]:
    side = min(width - _LEFT - 20, _SIDE)
    axis = PercentAxis(_LEFT, _LEFT + side, None)
    bottom = _TOP + side

    def down(share: float) -> float:
        return bottom - side * share

    upper = [(axis.at(p.forecast), down(p.high)) for p in curve]
    lower = [(axis.at(p.forecast), down(p.low)) for p in curve]
    return {
        "width": width,
        "height": bottom + _BELOW,
        "heading": "Calibration",
        "role": "group",
        "narrow": side < _SIDE,
        "axis": axis,
        "top": _TOP,
        "bottom": bottom,
        "levels": [(down(n / 4), f"{25 * n} %") for n in range(5)],
        "band": polyline(upper + lower[::-1]),
        "line": polyline([(axis.at(p.forecast), down(p.occurred)) for p in curve]),
        "points": [
            (
                axis.at(p.forecast),
                down(p.occurred),
                min(3 + sqrt(p.n), 9),
                _said(p),
            )
            for p in curve
        ],
    }
