"""Sets of linked scenarios: the pieces in which outcomes are summed out together."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from math import prod

__all__ = [
    "MAX_SET_SIZE",
    "MAX_TABLE",
    "elimination_order",
    "linked_sets",
    "links_to_cut",
    "widest_table",
]

# The joint of a set is summed over 2 ** size configurations: 4,096 at most.
MAX_SET_SIZE = 12

# Where rivals are among them: how many outcomes are summed at a time, at most.
MAX_TABLE = 16_384


def linked_sets[T: Hashable](
    scenarios: Sequence[T], links: Iterable[tuple[T, T]]
) -> list[list[T]]:
    """Partition scenarios into the sets that links connect, in the order given.

    Parameters
    ----------
    scenarios : sequence of length n
        What to partition.
    links : iterable of pairs
        Two connected scenarios each, in either direction.

    Returns
    -------
    list of lists
        Each in the order of ``scenarios``, and so are the lists by their first members.

    Examples
    --------
    >>> linked_sets("abcd", [("a", "c"), ("c", "d")])
    [['a', 'c', 'd'], ['b']]
    """
    leader = {scenario: scenario for scenario in scenarios}

    def find(scenario: T) -> T:
        while leader[scenario] != scenario:
            leader[scenario] = scenario = leader[leader[scenario]]
        return scenario

    for one, other in links:
        leader[find(other)] = find(one)
    sets: dict[T, list[T]] = {}
    for scenario in scenarios:
        sets.setdefault(find(scenario), []).append(scenario)
    return list(sets.values())


def links_to_cut[T: Hashable](
    scenarios: Sequence[T], links: Sequence[tuple[T, T, float]]
) -> list[int]:
    """Choose links to cut so that no set is larger than ``MAX_SET_SIZE``.

    The strongest links are kept first; one is cut where keeping it would join too large
    a set.

    Parameters
    ----------
    scenarios : sequence of length n
        Ids of the scenarios.
    links : sequence of (cause, effect, size)
        Size is how far the link moves its effect, in nats, in absolute value.

    Returns
    -------
    list of int
        Positions in ``links``, ascending; empty if every set is small enough.
    """
    kept: list[tuple[T, T]] = []
    cut = []
    for i in sorted(range(len(links)), key=lambda i: (-links[i][2], i)):
        cause, effect, _ = links[i]
        sets = linked_sets(scenarios, [*kept, (cause, effect)])
        if max(map(len, sets)) > MAX_SET_SIZE:
            cut.append(i)
        else:
            kept.append((cause, effect))
    return sorted(cut)


def elimination_order[T: Hashable](
    n_states: Mapping[T, int], scopes: Iterable[Iterable[T]]
) -> list[T]:
    """Choose an order to sum variables out: always what makes the smallest table.

    Parameters
    ----------
    n_states : mapping of int
        Number of states of each variable.
    scopes : iterable of iterables
        Which variables share a factor.

    Examples
    --------
    A chain is summed out from its ends.

    >>> elimination_order({"a": 2, "b": 2, "c": 2}, ["ab", "bc"])
    ['a', 'b', 'c']
    """
    return [chosen for chosen, _ in _eliminated(n_states, scopes)]


def widest_table[T: Hashable](
    n_states: Mapping[T, int], scopes: Iterable[Iterable[T]]
) -> int:
    """Size of the largest table on the way of ``elimination_order``."""
    return max((size for _, size in _eliminated(n_states, scopes)), default=0)


def _eliminated[T: Hashable](
    n_states: Mapping[T, int], scopes: Iterable[Iterable[T]]
) -> list[tuple[T, int]]:
    meets: dict[T, set[T]] = {v: {v} for v in n_states}
    for scope in map(set, scopes):
        for v in scope:
            meets[v] |= scope

    def size(v: T) -> int:
        return prod(n_states[other] for other in meets[v])

    order = []
    while meets:
        chosen = min(meets, key=size)  # the first of those that are as small
        order.append((chosen, size(chosen)))
        joined = meets.pop(chosen) - {chosen}
        for v in joined:
            meets[v] = (meets[v] | joined) - {chosen}
    return order
