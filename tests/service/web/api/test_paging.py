"""Lists in pages: nothing twice, nothing missed, whatever comes and goes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from deciban.service.web.api.paging import PageQuery, cursor_of, page, read_key
from deciban.service.web.api.problems import ProblemError


@given(st.sets(st.text(max_size=3), max_size=12), st.integers(1, 5))
def test_pages_together_are_the_list_in_order(items, limit):
    seen, cursor = [], None
    while True:
        query = PageQuery(limit=limit, cursor=cursor)
        shown, cursor = page(list(items), lambda item: (item,), query)
        assert len(shown) <= limit
        seen += shown
        if cursor is None:
            break

    assert seen == sorted(items)


def test_the_item_that_a_page_ended_with_may_go():
    _, cursor = page(["a", "b", "c"], lambda i: (i,), PageQuery(limit=2))
    query = PageQuery(limit=2, cursor=cursor)

    assert page(["a", "aa", "c"], lambda i: (i,), query) == (["c"], None)


@pytest.mark.parametrize(
    "cursor", ["", "abc", "!", "e30=", cursor_of(-1), cursor_of(2**31), "WyJ=" * 3]
)
def test_what_is_no_cursor_is_refused(cursor):
    with pytest.raises(ValidationError, match="must be the cursor that came with"):
        PageQuery(cursor=cursor)


def test_the_cursor_of_another_list_is_refused():
    with pytest.raises(ProblemError, match="must be the cursor that came with"):
        read_key([7], ("a report",))


@pytest.mark.parametrize(
    "limit", ["0", "501", "1_0", " 5", "+5", "-1", "1e9", "9" * 99]
)
def test_the_length_of_a_page_is_digits_within_bounds(limit):
    with pytest.raises(ValidationError, match="limit"):
        PageQuery(limit=limit)
