r"""What a report is worth: the weight of evidence, in decibans.

The *weight of evidence* that a report :math:`E` gives a scenario :math:`H` against its
negation is the logarithm of the Bayes factor [1]_,

.. math::

    W = 10 \log_{10} \frac{P(E \mid H)}{P(E \mid \bar H)} \quad \text{decibans.}

Weights of reports that are independent given :math:`H` and given :math:`\bar H` add,
and add to the prior log-odds. Ten decibans multiply the odds by ten.

A report is carried through the model as its *tilt* :math:`t \in (-1, 1)`, with

.. math:: P(E \mid H) = (1 + t) / 2, \qquad P(E \mid \bar H) = (1 - t) / 2.

References
----------
.. [1] I. J. Good. *Weight of evidence: a brief survey*. Bayesian Statistics 2,
   249-270 (1985).
"""

import math
from typing import TYPE_CHECKING

# Files are read without NumPy, which takes as long to load as to check one.
if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

__all__ = ["DECIBANS_PER_NAT", "weight_of_evidence"]

DECIBANS_PER_NAT = 10 / math.log(10)


def weight_of_evidence(tilt: "ArrayLike") -> "NDArray[np.float64]":
    r"""Weight of evidence of a report with the given tilt, in decibans.

    Parameters
    ----------
    tilt : array_like, shape (...)
        :math:`t`, in (-1, 1); positive values favour the scenario.

    Returns
    -------
    ndarray, shape (...)
        :math:`2 \operatorname{artanh}(t)` nats, in decibans, with the sign of ``tilt``.

    Raises
    ------
    ValueError
        If a tilt is outside (-1, 1) or is NaN: no report is beyond doubt.

    Examples
    --------
    Three to one is 4.77 dB:

    >>> weight_of_evidence([0.5, 0.0, -0.5]).round(2)
    array([ 4.77,  0.  , -4.77])
    """
    import numpy as np

    t = np.asarray(tilt, dtype=float)
    refused = ~(np.abs(t) < 1)  # NaN compares false, so is refused too
    if refused.any():
        raise ValueError(
            f"a tilt must lie in (-1, 1), got {float(t[refused].flat[0])!r}"
        )
    weight: NDArray[np.float64] = 2 * np.arctanh(t)
    return DECIBANS_PER_NAT * weight
