"""Sets of linked scenarios, against the definition by paths and small cases by hand."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from deciban.model.casebook.links import MAX_SET_SIZE, linked_sets, links_to_cut

pairs = st.lists(st.tuples(st.integers(0, 14), st.integers(0, 14)), max_size=20)
sized = st.lists(
    st.tuples(st.integers(0, 29), st.integers(0, 29), st.floats(0, 5)), max_size=60
)


def reached(start, links):
    """All that a path of links in either direction leads to, found step by step."""
    found = {start}
    while True:
        further = {b for a, b in links if a in found} | {
            a for a, b in links if b in found
        }
        if further <= found:
            return found
        found |= further


def test_unlinked_scenarios_are_sets_of_one():
    assert linked_sets("abc", []) == [["a"], ["b"], ["c"]]


def test_a_link_joins_whichever_way_it_points():
    assert linked_sets("abc", [("c", "a")]) == [["a", "c"], ["b"]]


@given(pairs)
def test_a_set_is_all_that_paths_reach(links):
    sets = linked_sets(range(15), links)

    assert {frozenset(s) for s in sets} == {
        frozenset(reached(i, links)) for i in range(15)
    }


@given(pairs)
def test_sets_and_their_members_keep_the_order_given(links):
    sets = linked_sets(range(15), links)

    assert all(members == sorted(members) for members in sets)
    assert [members[0] for members in sets] == sorted(members[0] for members in sets)


def test_nothing_is_cut_where_every_set_is_small_enough():
    chain = [(a, b, 1.0) for a, b in pairwise(range(MAX_SET_SIZE))]

    assert links_to_cut(range(MAX_SET_SIZE), chain) == []


def test_the_weakest_link_of_too_long_a_chain_is_cut():
    chain = [(a, b, 1.0) for a, b in pairwise(range(MAX_SET_SIZE + 1))]
    chain[4] = (4, 5, 0.5)

    assert links_to_cut(range(MAX_SET_SIZE + 1), chain) == [4]


@given(sized)
def test_what_is_left_after_cutting_is_small_enough(links):
    cut = links_to_cut(range(30), links)

    kept = [link[:2] for i, link in enumerate(links) if i not in cut]
    assert max(map(len, linked_sets(range(30), kept))) <= MAX_SET_SIZE


@given(sized)
def test_no_link_is_cut_in_vain(links):
    """Put back, any one that was cut would make a set too large again."""
    cut = links_to_cut(range(30), links)

    kept = [link[:2] for i, link in enumerate(links) if i not in cut]
    for i in cut:
        sets = linked_sets(range(30), [*kept, links[i][:2]])
        assert max(map(len, sets)) > MAX_SET_SIZE
