r"""What an elicited prior amounts to, in terms that a forecaster may know better.

A logit-normal is close to the :math:`\operatorname{Beta}(a, b)` of the same mean m and
standard deviation s,

.. math::

    a + b = \frac{m (1 - m)}{s^2} - 1, \qquad a = m (a + b),

and then :math:`a` and :math:`b` may be read as the occurrences and the non-occurrences
in as many comparable cases as the prior is worth.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import logit, ndtr

from deciban.priors.logit_normal import LogitNormal

__all__ = ["mass_between", "nearest_beta"]


def nearest_beta(prior: LogitNormal) -> tuple[float, float] | None:
    r"""Parameters of the Beta with the prior's mean and standard deviation.

    The inverse of ``LogitNormal.from_beta``.

    Returns
    -------
    tuple of float, or None
        :math:`a` and :math:`b`, both above 0; None where the prior is so wide or so
        narrow that there is no such Beta.

    Examples
    --------
    >>> a, b = nearest_beta(LogitNormal.from_beta(2, 8))
    >>> round(a, 6), round(b, 6)
    (2.0, 8.0)
    """
    if prior.scale == 0:
        return None
    mean, variance = prior.mean, prior.sd**2
    complement = LogitNormal(-prior.location, prior.scale).mean
    total = mean * complement / variance - 1
    if not total > 0:
        return None
    return mean * total, complement * total


def mass_between(prior: LogitNormal, edges: ArrayLike) -> NDArray[np.float64]:
    """Probability that the prior gives to each interval between neighbouring edges.

    Parameters
    ----------
    prior : LogitNormal
        With a scale above 0.
    edges : array_like, shape (n,)
        Probabilities in [0, 1], in ascending order.

    Returns
    -------
    ndarray, shape (n - 1,)
        Their sum is 1 where the edges run from 0 to 1.

    Examples
    --------
    >>> mass_between(LogitNormal(0.0, 1.5), [0, 0.5, 1])
    array([0.5, 0.5])
    """
    z = (logit(np.asarray(edges, dtype=float)) - prior.location) / prior.scale
    return np.diff(ndtr(z))
