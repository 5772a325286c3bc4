"""Parameters of a page's address: what makes no sense is taken as not given."""

from collections.abc import Iterable

from flask import request

from deciban.priors import ScaleName
from deciban.service.application.verbal_probability import SCALES

__all__ = ["asked_scale", "chosen", "row_number"]

# Any number of so many digits is one that SQLite and PostgreSQL can look for.
_DIGITS = 9


def chosen[T: str](name: str, choices: Iterable[T]) -> T:
    """Read which of some choices the query names; the first of them unless one.

    Parameters
    ----------
    name : str
        Of the parameter.
    choices : iterable of str
        At least one.
    """
    known = list(choices)
    asked = request.args.get(name)
    return next((one for one in known if one == asked), known[0])


def asked_scale() -> ScaleName:
    """Read the verbal scale that a page is read in; ICD 203 unless one of ours."""
    return chosen("scale", SCALES)


def row_number(text: str | None) -> int | None:
    """Read a number of the store's; None for what can be the number of nothing.

    Examples
    --------
    >>> row_number("12"), row_number("-1"), row_number("9" * 20), row_number(None)
    (12, None, None, None)
    """
    if text and text.isascii() and text.isdecimal() and len(text) <= _DIGITS:
        return int(text)
    return None
