"""The verbal scale that a page is read in: ``?scale=``, that of ICD 203 by default."""

from typing import get_args

from flask import request

from priors import VERBAL_SCALES
from service.estimative import ScaleName

__all__ = ["SCALES", "asked_scale"]

SCALES: dict[ScaleName, str] = {
    "icd203": "ICD 203",
    "phia": "PHIA",
    "kent": "Kent",
    "ipcc": "IPCC",
}
assert set(SCALES) == set(VERBAL_SCALES) == set(get_args(ScaleName.__value__))


def asked_scale() -> ScaleName:
    """Return the scale that the query names; that of ICD 203 unless one of ours."""
    asked = request.args.get("scale")
    return next((name for name in SCALES if name == asked), "icd203")
