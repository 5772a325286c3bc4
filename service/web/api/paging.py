"""Pages of lists: bounded, in a fixed order, each beginning after the last item seen.

A cursor holds the key of that item, so that nothing is shown twice or missed while
items come and go. What is in it is nobody's business but ours.
"""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from deciban.service.web.api.operation import Query
from deciban.service.web.api.problems import ProblemError, RequestFault

__all__ = [
    "DIGITS",
    "MAX_LIMIT",
    "Cursor",
    "PageQuery",
    "cursor_of",
    "page",
    "read_key",
]

MAX_LIMIT = 500
_DEFAULT_LIMIT = 100
_RULE = "must be the cursor that came with a page of this list"


def _digits(text: object) -> object:
    """Read digits alone: int() takes blanks, signs and underscores too."""
    if isinstance(text, str):
        if not (text.isascii() and text.isdigit()) or len(text) > 10:
            raise ValueError("must be a whole number")
        return int(text)
    return text


# Goes behind the bounds of a number: before them, pydantic cannot see that they are of
# one, and writes ``ge`` where JSON Schema has ``minimum``.
DIGITS = BeforeValidator(_digits)


def _key(text: str) -> list[Any]:
    try:
        key = json.loads(base64.urlsafe_b64decode(text.encode()))
    except (binascii.Error, UnicodeError, ValueError, RecursionError):
        raise ValueError(_RULE) from None
    if not isinstance(key, list) or any(map(_is_no_number, key)):
        raise ValueError(_RULE)
    return key


def _is_no_number(part: object) -> bool:
    """Whether part of a key is a whole number that nothing in the store can have."""
    return isinstance(part, int) and not 0 <= part < 2**31


type Cursor = Annotated[
    str,
    AfterValidator(_key),
    WithJsonSchema(
        {
            "type": "string",
            "description": "``next`` of the page before.",
            "minLength": 1,
        }
    ),
]


class PageQuery(Query):
    """Which page of a list."""

    limit: Annotated[
        int, Field(ge=1, le=MAX_LIMIT, description="Items at most."), DIGITS
    ] = _DEFAULT_LIMIT
    cursor: Cursor | None = None


def cursor_of(*key: Any) -> str:
    """Write the key of the last item seen as a cursor.

    Examples
    --------
    >>> cursor_of("munitions")
    'WyJtdW5pdGlvbnMiXQ=='
    """
    text = json.dumps(key, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode()


def page[T](
    items: Sequence[T], key: Callable[[T], tuple[str, ...]], query: PageQuery
) -> tuple[list[T], str | None]:
    """Cut one page out of a list.

    Parameters
    ----------
    items : sequence
        All of them, in any order.
    key : callable
        What orders items, and tells each from all others.
    query : PageQuery
        Which page.

    Returns
    -------
    tuple of list and (str or None)
        The page, and the cursor of the next one, None after the last.
    """
    after = read_key(query.cursor, key(items[0])) if items else None
    left = sorted((i for i in items if after is None or key(i) > after), key=key)
    shown = left[: query.limit]
    return shown, cursor_of(*key(shown[-1])) if len(left) > len(shown) else None


def read_key(cursor: Any, like: tuple[Any, ...]) -> tuple[Any, ...] | None:
    """Take the key out of a cursor; it must be of the same types as another key.

    Raises
    ------
    ProblemError
    """
    if cursor is None:
        return None
    if [type(part) for part in cursor] != [type(part) for part in like]:
        fault = RequestFault(parameter="cursor", detail=_RULE)
        raise ProblemError("invalid-query", f"cursor {_RULE}", [fault])
    return tuple(cursor)
