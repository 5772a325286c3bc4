"""How confident a judgement is, in the levels of ICD 203: high, moderate or low.

Confidence is said of the basis of a judgement, its sources and its reasoning, and never
in the sentence that says how likely it is [1]_. Here the basis are the origins that
bear on a question, and how far what is unsure of priors, sources and scales lets the
probability range. The directive gives no thresholds; these are ours.

References
----------
.. [1] Office of the Director of National Intelligence. *Intelligence Community
   Directive 203: Analytic Standards*, D.6.e.(2) (2015, as amended).
"""

from typing import Literal

from deciban.model.posterior.summary import ScenarioSummary

__all__ = ["Confidence", "confidence"]

type Confidence = Literal["high", "moderate", "low"]

# Of the 90 % interval, at most for high, at least for low; and of origins, at least.
_NARROW, _WIDE = 0.2, 0.6
_MANY, _FEW = 5, 3


def confidence(said: ScenarioSummary) -> Confidence:
    """Tell the level of confidence in a forecast.

    High, if the 90 % interval is at most 20 points wide and at least five origins bear
    on the question; low, if it is at least 60 points wide or fewer than three do;
    moderate otherwise.

    Parameters
    ----------
    said : ScenarioSummary
        The forecast.
    """
    low, high = said.eti90
    width = high - low
    if width >= _WIDE or said.origins < _FEW:
        return "low"
    return "high" if width <= _NARROW and said.origins >= _MANY else "moderate"
