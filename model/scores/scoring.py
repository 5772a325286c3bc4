r"""Scores of one question: how far forecasts were from what came of it.

With forecast :math:`p` and outcome :math:`o`, 1 or 0, the Brier score [1]_ is
:math:`(p - o)^2`: 0 at best, 1 at worst, 0.25 for 50 %. (Where both answers are summed,
it is twice that.) The log score is :math:`-\ln` of the probability of what came, in
nats: 0 at best, 0.69 for 50 %. It is taken between 0.001 and 0.999, for it would be
infinite for one who was certain and wrong. Both are proper: to say what one believes is
the best that one can do.

References
----------
.. [1] G. W. Brier. *Verification of forecasts expressed in terms of probability*.
   Monthly Weather Review 78 (1950) 1-3.
"""

import datetime
import math
from collections.abc import Mapping

from deciban.model.said import Said

__all__ = ["CLIP", "Score", "brier_score", "log_score", "score_of"]

CLIP = 0.001


def brier_score(probability: float, occurred: bool) -> float:
    """Square the distance of a probability from what came.

    Examples
    --------
    >>> brier_score(0.9, True), brier_score(0.5, False)
    (0.009999999999999995, 0.25)
    """
    return (probability - occurred) ** 2


def log_score(probability: float, occurred: bool) -> float:
    """Take the negative logarithm of the probability of what came, in nats.

    Examples
    --------
    >>> round(log_score(0.5, True), 4), round(log_score(1.0, False), 4)
    (0.6931, 6.9078)
    """
    of_what_came = probability if occurred else 1 - probability
    return -math.log(min(max(of_what_came, CLIP), 1 - CLIP))


class Score(Said):
    """How good the forecasts of one question were.

    Attributes
    ----------
    forecast_at_close : float
        The last before it closed or was settled, whichever came first.
    brier, log : float
        Of that forecast; ``log`` in nats.
    brier_mean, log_mean : float
        Averaged over the days, each with the last forecast by then.
    days : int
        How many.
    """

    forecast_at_close: float
    brier: float
    log: float
    brier_mean: float
    log_mean: float
    days: int


def score_of(
    forecasts: Mapping[datetime.date, float],
    first: datetime.date,
    last: datetime.date,
    occurred: bool,
) -> Score | None:
    """Score the forecasts of a question, each carried forward to the next.

    Parameters
    ----------
    forecasts : mapping of float
        Probabilities, by the day from which each was held.
    first, last : date
        The days that count, both included.
    occurred : bool
        What came.

    Returns
    -------
    Score or None
        None where nothing was forecast by the last day. Days before the first forecast
        do not count.
    """
    held = {max(day, first): forecasts[day] for day in sorted(forecasts) if day <= last}
    if not held or first > last:
        return None
    ends = [*list(held)[1:], last + datetime.timedelta(days=1)]
    lengths = [(end - day).days for day, end in zip(held, ends, strict=True)]
    total = sum(lengths)
    *_, at_close = held.values()

    def mean(scores: list[float]) -> float:
        both = zip(scores, lengths, strict=True)
        return sum(score * days for score, days in both) / total

    return Score(
        forecast_at_close=at_close,
        brier=brier_score(at_close, occurred),
        log=log_score(at_close, occurred),
        brier_mean=mean([brier_score(p, occurred) for p in held.values()]),
        log_mean=mean([log_score(p, occurred) for p in held.values()]),
        days=total,
    )
