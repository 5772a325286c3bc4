"""Entity tags: the revision of a case, so that no update is lost without a word.

A reading carries ``ETag: "17"`` where 17 is the revision, or ``"17-..."`` where more
than the revision makes the answer. A change that comes with ``If-Match`` of either is
refused unless 17 is still the revision.
"""

import re
from collections.abc import Collection

from flask import request

from deciban.service.web.api.problems import ProblemError, RequestFault

__all__ = ["expected_revisions", "is_known"]

_TAG = re.compile(r'\s*(W/)?"([^"]*)"\s*')


def expected_revisions() -> Collection[int] | None:
    """Read the revisions of which the case must have one; None if any will do.

    Raises
    ------
    ProblemError
        If If-Match is no list of entity tags.
    """
    text = request.headers.get("If-Match")
    if text is None or text.strip() == "*":
        return None
    revisions = set()
    for one in text.split(","):
        tag = _TAG.fullmatch(one)
        if tag is None:
            rule = 'must be * or entity tags in quotation marks, such as "17"'
            fault = RequestFault(parameter="If-Match", detail=rule, value=text[:200])
            raise ProblemError("invalid-header", f"If-Match {rule}", [fault])
        number = tag[2].partition("-")[0]
        # A weak tag never matches (RFC 9110, 13.1.1), nor does one that is not ours.
        if not tag[1] and number.isascii() and number.isdigit():
            revisions.add(int(number[:18]))
    return revisions


def is_known(etag: str) -> bool:
    """Whether who asks has an answer of this entity tag already."""
    if "HTTP_IF_NONE_MATCH" not in request.environ:
        return False
    return request.if_none_match.contains_weak(etag)
