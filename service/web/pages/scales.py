"""The verbal scale that a page is read in: ``?scale=``, that of ICD 203 by default."""

from flask import request

from deciban.priors import ScaleName
from deciban.service.application.verbal_probability import SCALES

__all__ = ["SCALES", "asked_scale"]


def asked_scale() -> ScaleName:
    """Return the scale that the query names; that of ICD 203 unless one of ours."""
    asked = request.args.get("scale")
    return next((name for name in SCALES if name == asked), "icd203")
