r"""Has someone said this already? The claims that share the most telling words.

A claim is the set of its words; a word tells the more, the fewer claims have it. With
:math:`n` claims, of which :math:`n_w` have the word :math:`w`, its weight is
:math:`\log(1 + n / n_w)`, and two claims are as similar as the cosine between their
weights: 0 without a word in common, 1 with the same words. It is plain and the same
every time; whether it is the same statement, the reader decides.
"""

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from deciban.evidence import Report
from deciban.evidence.items import folded

__all__ = ["Similar", "similar_claims", "telling_words", "words_of"]

# Below this, claims share a subject at most.
LEAST_SIMILARITY = 0.2
# What is typed counts up to here: a claim is a sentence or a few.
_MOST_CHARACTERS = 2_000
_WORD = re.compile(r"[^\W_]+")
_GROUPING = re.compile(r"(?<=\d)[,.'\s](?=\d{3}\b)")
_EMPTY = frozenset(
    "a about across after again against all also an and any are as at be been "
    "before being between both but by can could did do does for from go goes had "
    "has have he her his how if in into is it its may more most must no not of on "
    "one or other our out over said say says she should since so some such than "
    "that the their them then there these they this those through to under until "
    "up was were what when where which while who will with would".split()
)


class Similar(NamedTuple):
    """A claim of the ledger that is like another, and how much: from 0 to 1."""

    report: str
    similarity: float


def words_of(text: str) -> frozenset[str]:
    """Words of a text that say something, without case, grouping of digits, or plural.

    Examples
    --------
    >>> sorted(words_of("100,000 of the volunteers are ready"))
    ['100000', 'ready', 'volunteer']
    """
    return frozenset(map(_stem, _said(text)))


def _said(text: str) -> list[str]:
    """Words that say something, in their order, each once."""
    joined = _GROUPING.sub("", text[:_MOST_CHARACTERS])
    words = dict.fromkeys(_WORD.findall(folded(joined)))
    return [word for word in words if word not in _EMPTY]


def _stem(word: str) -> str:
    return word[:-1] if len(word) > 3 and word[-1] == "s" and word[-2] != "s" else word


def similar_claims(
    reports: Sequence[Report], claim: str, most: int = 5
) -> list[Similar]:
    """Find the reports whose claims are most like one that is being written.

    Parameters
    ----------
    reports : sequence of Report
        The ledger.
    claim : str
        As far as it is written.
    most : int
        How many are told at most.

    Returns
    -------
    list of Similar
        The most similar first, equals in the order of the ledger.
    """
    index = _index(tuple((report.id, report.claim) for report in reports))
    wanted = {word: index.weight(word) for word in words_of(claim)}
    size = math.sqrt(sum(weight**2 for weight in wanted.values()))
    shared: defaultdict[int, float] = defaultdict(float)
    for word, weight in wanted.items():
        for i in index.holders.get(word, ()):
            shared[i] += weight**2
    found = [
        Similar(index.ids[i], product / (size * index.sizes[i]))
        for i, product in sorted(shared.items())
    ]
    found = [one for one in found if one.similarity >= LEAST_SIMILARITY]
    return sorted(found, key=lambda one: -one.similarity)[:most]


def telling_words(reports: Sequence[Report], claim: str, most: int = 3) -> list[str]:
    """Find the words of a claim that few other claims have, in their order."""
    index = _index(tuple((report.id, report.claim) for report in reports))
    said = [word for word in _said(claim) if len(word) > 2]
    telling = sorted(said, key=lambda w: (-index.weight(_stem(w)), -len(w)))[:most]
    return [word for word in said if word in telling]


class _Index(NamedTuple):
    """Which claims have which words."""

    ids: list[str]
    sizes: list[float]
    holders: dict[str, list[int]]

    def weight(self, word: str) -> float:
        n_with_it = len(self.holders.get(word, ())) or 0.5
        return math.log1p(len(self.ids) / n_with_it)


# Of 4 ledgers: it is asked for at every pause in typing, and takes 1 ms for the 83
# reports of the shipped case, and the more the more reports there are.
@lru_cache(maxsize=4)
def _index(claims: tuple[tuple[str, str], ...]) -> _Index:
    words = [words_of(claim) for _, claim in claims]
    holders: dict[str, list[int]] = {}
    for i, said in enumerate(words):
        for word in said:
            holders.setdefault(word, []).append(i)
    index = _Index([name for name, _ in claims], [], holders)
    index.sizes.extend(_size(index, said) for said in words)
    return index


def _size(index: _Index, words: Iterable[str]) -> float:
    return math.sqrt(sum(index.weight(word) ** 2 for word in words)) or 1.0
