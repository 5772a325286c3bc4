"""How good forecasts were, once it is known what happened."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize
from scipy.special import expit, logit

__all__ = ["Scores", "log_losses", "scores"]


class Scores(NamedTuple):
    """Scores of forecasts; accuracy is better high, log loss and Brier score low.

    ``slope`` is the slope of the logistic regression of outcomes on the forecasts'
    log-odds, with an intercept: 1 where they are calibrated, less where too sure.
    """

    n: int
    accuracy: float
    log_loss: float
    brier: float
    slope: float


def scores(probability: ArrayLike, occurred: ArrayLike, clip: float) -> Scores:
    """Score probabilities of events by whether these occurred.

    Parameters
    ----------
    probability, occurred : array_like, shape (event,)
        Forecasts, and whether they came true. A forecast of just 1/2 counts as no.
    clip : float
        Log loss (in nats) and slope read probabilities brought within
        ``[clip, 1 - clip]``; the Brier score (0 to 1) as they are.

    Examples
    --------
    >>> round(scores([0.9, 0.2, 0.6, 0.4], [1, 0, 0, 1], clip=1e-6).brier, 4)
    0.1925
    """
    p, yes = np.asarray(probability, float), np.asarray(occurred, bool)
    return Scores(
        n=p.size,
        accuracy=float(np.mean((p > 0.5) == yes)),
        log_loss=float(log_losses(p, yes, clip).mean()),
        brier=float(np.mean((p - yes) ** 2)),
        slope=_slope(logit(np.clip(p, clip, 1 - clip)), yes),
    )


def log_losses(
    probability: ArrayLike, occurred: ArrayLike, clip: float
) -> NDArray[np.float64]:
    """Log loss of each forecast in nats, after clipping: see ``scores``."""
    p = np.clip(np.asarray(probability, float), clip, 1 - clip)
    losses: NDArray[np.float64] = -np.where(occurred, np.log(p), np.log1p(-p))
    return losses


def _slope(log_odds: NDArray[np.float64], yes: NDArray[np.bool_]) -> float:
    side = np.where(yes, 1.0, -1.0)

    def loss(at: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        margin = side * (at[0] + at[1] * log_odds)
        pull = -side * expit(-margin)
        slopes = np.array([pull.sum(), (pull * log_odds).sum()])
        return float(np.logaddexp(0, -margin).sum()), slopes

    return float(minimize(loss, [0.0, 0.5], jac=True, method="BFGS").x[1])
