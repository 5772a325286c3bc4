r"""Calibration: whether what was given 30 % came true three times in ten.

The mean Brier score :math:`S` of many forecasts splits without bins [1]_. Put in the
place of each forecast what came of those like it, as isotonic regression tells, and let
:math:`S_C` be the score of these and :math:`S_R` that of the base rate:

.. math:: S = (S - S_C) - (S_R - S_C) + S_R = MCB - DSC + UNC

miscalibration, which better numbers would mend; discrimination, how well what came true
is told from what did not; and the uncertainty of the questions themselves.

References
----------
.. [1] T. Dimitriadis, T. Gneiting and A. I. Jordan. *Stable reliability diagrams for
   probabilistic classifiers*. PNAS 118(8) (2021) e2016191118.
"""

from collections.abc import Sequence

import numpy as np

from deciban.model.array_types import Floats
from deciban.model.said import Said

__all__ = [
    "CalibrationBin",
    "Corp",
    "CurvePoint",
    "calibration_bins",
    "calibration_curve",
    "corp",
    "recalibrated",
]

_N_BINS = 10
_N_WORLDS = 500


class CalibrationBin(Said):
    """Forecasts between two probabilities, ``high`` excluded below 1.

    Attributes
    ----------
    low, high : float
    n : int
        How many there are.
    forecast, occurred : float
        Their mean, and the share of them that came true.
    """

    low: float
    high: float
    n: int
    forecast: float
    occurred: float


class Corp(Said):
    """The mean Brier score in three parts: miscalibration, discrimination, uncertainty.

    ``brier`` is ``mcb - dsc + unc``.
    """

    mcb: float
    dsc: float
    unc: float


def calibration_bins(
    probability: Sequence[float], occurred: Sequence[bool]
) -> list[CalibrationBin]:
    """Sort forecasts into ten bins of equal width; those that are empty are left out.

    Examples
    --------
    >>> [(b.low, b.n, b.occurred) for b in calibration_bins([0.1, 0.15], [True, False])]
    [(0.1, 2, 0.5)]
    """
    p, o = np.asarray(probability, float), np.asarray(occurred, float)
    # By rounded numbers: 0.3 is of the bin that begins there, though 10 x 0.3 < 3.
    number = np.minimum(np.floor(np.round(p * _N_BINS, 9)).astype(int), _N_BINS - 1)
    return [
        CalibrationBin(
            low=int(i) / _N_BINS,
            high=(int(i) + 1) / _N_BINS,
            n=int(np.sum(number == i)),
            forecast=float(p[number == i].mean()),
            occurred=float(o[number == i].mean()),
        )
        for i in np.unique(number)
    ]


class CurvePoint(Said):
    """Forecasts of one probability, and how often those like them came true.

    Attributes
    ----------
    forecast : float
    n : int
        How many there are.
    occurred : float
        The share of those like them that came true, by isotonic regression.
    low, high : float
        Where 90 % of such shares would lie, were every forecast right.
    """

    forecast: float
    n: int
    occurred: float
    low: float
    high: float

    @property
    def is_inside(self) -> bool:
        """Whether the share is one to be expected."""
        return self.low <= self.occurred <= self.high


def calibration_curve(
    probability: Sequence[float], occurred: Sequence[bool], *, seed: int = 0
) -> list[CurvePoint]:
    """Tell how often forecasts came true, beside how often they should have.

    The band is one of consistency: outcomes are drawn from the forecasts themselves,
    and recalibrated as the real ones are.

    Parameters
    ----------
    probability, occurred : sequence
        Forecasts, and what came.
    seed : int
        Of the outcomes that are drawn.

    Returns
    -------
    list of CurvePoint
        By forecast, the lowest first.
    """
    if not len(probability):
        return []
    p, o = np.asarray(probability, float), np.asarray(occurred, float)
    values, first, n = np.unique(p, return_index=True, return_counts=True)
    drawn = np.random.default_rng(seed).random((_N_WORLDS, len(p))) < p
    worlds = np.array([recalibrated(p, o.astype(float))[first] for o in drawn])
    low, high = np.quantile(worlds, (0.05, 0.95), axis=0)
    share = recalibrated(p, o)[first]
    columns = (c.tolist() for c in (values, n, share, low, high))
    return [
        CurvePoint(forecast=f, n=k, occurred=s, low=a, high=b)
        for f, k, s, a, b in zip(*columns, strict=True)
    ]


def recalibrated(probability: Floats, occurred: Floats) -> Floats:
    """Put in the place of each forecast how often those like it came true.

    By isotonic regression: the higher the forecast, the more often, or as often.

    Parameters
    ----------
    probability, occurred : ndarray, shape (forecast,)
        Forecasts from 0 to 1, and 1 or 0 for what came.
    """
    # Takes a third of a second to load, and is seldom needed.
    from scipy.optimize import isotonic_regression

    values, at, n = np.unique(probability, return_inverse=True, return_counts=True)
    share = np.bincount(at, occurred, len(values)) / n
    fitted: Floats = isotonic_regression(share, weights=n).x
    return fitted[at]


def corp(probability: Sequence[float], occurred: Sequence[bool]) -> Corp | None:
    """Split the mean Brier score of forecasts; None where there are none."""
    if not len(probability):
        return None
    p, o = np.asarray(probability, float), np.asarray(occurred, float)
    recalibrated_score = np.mean((recalibrated(p, o) - o) ** 2)
    unc = o.mean() * (1 - o.mean())
    return Corp(
        mcb=float(np.mean((p - o) ** 2) - recalibrated_score),
        dsc=float(unc - recalibrated_score),
        unc=float(unc),
    )
