"""Numbers by which addresses and forms name what the store holds."""

__all__ = ["row_number"]

# Any number of so many digits is one that SQLite and PostgreSQL can look for.
_DIGITS = 9


def row_number(text: str | None) -> int | None:
    """Read a number; None for what can be the number of nothing.

    Examples
    --------
    >>> row_number("12"), row_number("-1"), row_number("9" * 20), row_number(None)
    (12, None, None, None)
    """
    if text and text.isascii() and text.isdecimal() and len(text) <= _DIGITS:
        return int(text)
    return None
