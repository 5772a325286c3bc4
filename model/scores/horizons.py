"""Horizons: how long before its close a forecast was held.

The nearer the close, the easier: so forecasts are compared within a band of days.
"""

import datetime
from collections.abc import Mapping
from typing import Literal, get_args

from deciban.model.scores.scoring import Score, score_of

__all__ = ["HORIZONS", "HORIZON_WORDS", "Horizon", "HorizonScore", "horizon_scores"]

type Horizon = Literal["week", "month", "quarter", "year", "longer"]

HORIZONS: tuple[Horizon, ...] = get_args(Horizon.__value__)
# Days from a forecast to the scheduled close, both included.
_DAYS: Mapping[Horizon, tuple[int, int]] = {
    "week": (0, 7),
    "month": (8, 31),
    "quarter": (32, 92),
    "year": (93, 366),
    "longer": (367, 10**7),  # more than the calendar has
}
HORIZON_WORDS: Mapping[str, str] = {
    "week": "up to 7 days before the close",
    "month": "8 to 31 days before",
    "quarter": "32 to 92 days before",
    "year": "93 to 366 days before",
    "longer": "longer before",
}


class HorizonScore(Score):
    """The score of the days within a horizon.

    ``forecast_at_close``, ``brier`` and ``log`` are of the last of them.
    """

    horizon: Horizon


def horizon_scores(
    forecasts: Mapping[datetime.date, float],
    opens: datetime.date,
    closes: datetime.date,
    last: datetime.date,
    occurred: bool,
) -> list[HorizonScore]:
    """Score the forecasts of a question by how long before its close they were held.

    Parameters
    ----------
    forecasts : mapping of float
        Probabilities, by the day from which each was held.
    opens, closes : date
        Its window, as scheduled.
    last : date
        The last day that counts.
    occurred : bool
        What came.

    Returns
    -------
    list of HorizonScore
        The nearest first; none of a horizon in which no day counts.
    """
    scores, length = [], (closes - opens).days
    for horizon, (least, most) in _DAYS.items():
        if least > length:
            break
        first = closes - datetime.timedelta(days=min(most, length))
        end = min(last, closes - datetime.timedelta(days=least))
        score = score_of(forecasts, first, end, occurred)
        if score is not None:
            scores.append(HorizonScore(horizon=horizon, **dict(score)))
    return scores
