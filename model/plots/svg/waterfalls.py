"""The way from prior to forecast in decibans, one step an argument or a report."""

from collections.abc import Mapping, Sequence
from functools import partial
from itertools import accumulate, pairwise
from typing import Any, NamedTuple

from deciban.model.plots.svg.coordinates import fine
from deciban.model.plots.svg.decibans_axis import DecibansAxis, log_odds
from deciban.model.plots.svg.lettering import isolated, said_of
from deciban.model.plots.svg.picture import Drawing, Table
from deciban.model.plots.svg.rows import Row, Rows, is_narrow, rows
from deciban.model.posterior.wording import decibans, percent

__all__ = ["WaterfallStep", "waterfall"]

_MOST = 16
_ROW = 18.0
_TOP = 34.0
_BELOW = 36.0
_POINT = 5.0  # how far the end of a bar points, in pixels


class WaterfallStep(NamedTuple):
    """One step.

    Attributes
    ----------
    label : str
    weight_db : float
    kind : str
        As of an explanation's ``Step``.
    """

    label: str
    weight_db: float
    kind: str = "argument"

    @property
    def said(self) -> str:
        """Say it in words."""
        return f"{self.label}: {decibans(self.weight_db)} dB"


class _DrawnStep(NamedTuple):
    said: str
    row: Row
    part: str
    bar: str
    connector: str


def waterfall(
    label: str,
    prior_mean: float,
    mean: float,
    steps: Sequence[WaterfallStep],
    *,
    start: str = "your prior",
    most: int = _MOST,
) -> Drawing:
    """Draw the steps from the log-odds of the prior to those of the forecast.

    Parameters
    ----------
    label : str
        Name of the scenario.
    prior_mean, mean : float
        Where the way begins and ends: probabilities between 0 and 1.
    steps : sequence of WaterfallStep
        In the order in which they are drawn; they add up to the way.
    start : str
        What the way begins with.
    most : int
        Reports and arguments that are drawn one by one; the smallest of more are
        gathered into one step.
    """
    way = _Way(label, start, prior_mean, mean, _gathered(steps, most))
    return Drawing(
        way.heading,
        _sentence(label, prior_mean, mean, steps),
        partial(_table, steps, start, prior_mean, mean),
        "waterfall.svg",
        way.layout,
    )


class _Way(NamedTuple):
    """The way that is drawn."""

    label: str
    start: str
    prior_mean: float
    mean: float
    steps: Sequence[WaterfallStep]

    @property
    def heading(self) -> str:
        return f"{isolated(self.label)} from prior to forecast"

    @property
    def reached(self) -> list[float]:
        """Log-odds in dB: those of the prior, then those after each step."""
        start = log_odds(self.prior_mean)
        return list(accumulate((step.weight_db for step in self.steps), initial=start))

    def layout(self, width: int) -> Mapping[str, Any]:
        laid = self._rows(width)
        axis = self._axis(laid)
        first = laid.rows[0]
        return {
            "role": "group",
            "width": width,
            "height": laid.bottom + _BELOW,
            "heading": self.heading,
            "narrow": is_narrow(width),
            "laid": laid,
            "axis": axis,
            "bars": [
                _laid(step, at, row, following, axis)
                for step, at, (row, following) in zip(
                    self.steps, self.reached, pairwise(laid.rows[1:]), strict=False
                )
            ],
            "ends": self._ends(laid, axis),
            "start": f"M{fine(axis.at(self.reached[0]))} {fine(_middle(first))}"
            f"V{fine(laid.rows[1].box[0])}",
        }

    def _rows(self, width: int) -> Rows:
        texts = [
            (self.start, percent(self.prior_mean)),
            *((step.label, f"{decibans(step.weight_db)} dB") for step in self.steps),
            ("forecast", percent(self.mean)),
        ]
        labels, numbers = [text for text, _ in texts], [(n, "") for _, n in texts]
        return rows(labels, numbers, width, height=_ROW, top=_TOP)

    def _axis(self, laid: Rows) -> DecibansAxis:
        """Lay an axis over all that is reached."""
        return DecibansAxis.over(laid.left, laid.right, self.reached)

    def _ends(
        self, laid: Rows, axis: DecibansAxis
    ) -> list[tuple[Row, float, str, str]]:
        """Marks of the prior and the forecast: row, place, part, and what is said."""
        first, last = self.reached[0], self.reached[-1]
        before, forecast = percent(self.prior_mean), percent(self.mean)
        return [
            (laid.rows[0], axis.at(first), "ghost-mark", f"{self.start}: {before}"),
            (laid.rows[-1], axis.at(last), "point", f"forecast: {forecast}"),
        ]


def _gathered(steps: Sequence[WaterfallStep], most: int) -> list[WaterfallStep]:
    """Gather the smallest steps into one, where the first of them stood."""
    own = [step for step in steps if step.kind in ("report", "argument")]
    if len(own) <= most:
        return list(steps)
    by_size = sorted(own, key=lambda step: -abs(step.weight_db))
    small = [*by_size[most - 1 :], *(s for s in steps if s.kind == "gathered")]
    kept = [step for step in steps if step not in small]
    place = 1 + max(
        (i for i, s in enumerate(kept) if s.kind in ("report", "argument")), default=-1
    )
    total = sum(step.weight_db for step in small)
    together = WaterfallStep(f"{len(small)} smaller steps", total, "gathered")
    return [*kept[:place], together, *kept[place:]]


def _middle(row: Row) -> float:
    return (row.box[0] + row.box[1]) / 2


def _laid(
    step: WaterfallStep, at: float, row: Row, following: Row, axis: DecibansAxis
) -> _DrawnStep:
    x, end = axis.at(at), axis.at(at + step.weight_db)
    top, bottom = row.box[0] + 2, row.box[1] - 2
    point = min(_POINT, abs(end - x)) * (1 if end > x else -1)
    middle = _middle(row)
    bar = (
        f"M{fine(x)} {fine(top)}H{fine(end - point)}L{fine(end)} {fine(middle)}"
        f"L{fine(end - point)} {fine(bottom)}H{fine(x)}Z"
    )
    part = "for" if step.weight_db > 0 else "against"
    if step.kind in ("gathered", "noise"):
        part = "neutral"
    connector = f"M{fine(end)} {fine(middle)}V{fine(following.box[0] + 2)}"
    return _DrawnStep(step.said, row, part, bar, connector)


def _sentence(
    label: str, prior_mean: float, mean: float, steps: Sequence[WaterfallStep]
) -> str:
    own = [step for step in steps if step.kind in ("report", "argument")]
    told = said_of(label, f"from {percent(prior_mean)} to {percent(mean)}")
    if own:
        largest = sorted(own, key=lambda step: -abs(step.weight_db))[:2]
        said = " and ".join(
            f"“{s.label}” ({decibans(s.weight_db)} dB)" for s in largest
        )
        told += f", most of all through {said}"
    return f"{told}."


def _table(
    steps: Sequence[WaterfallStep], start: str, prior_mean: float, mean: float
) -> Table:
    return Table(
        ("step", "weight (dB)"),
        [
            (start, percent(prior_mean)),
            *((step.label, decibans(step.weight_db)) for step in steps),
            ("forecast", percent(mean)),
        ],
    )
