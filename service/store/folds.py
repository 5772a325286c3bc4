"""Casebooks at revisions, remembered: a fold goes on from the nearest one before it."""

from collections import OrderedDict
from threading import Lock

from deciban.model.casebook.casebook import Casebook

__all__ = ["Folds"]


class Folds:
    """The casebooks that were asked for last.

    Parameters
    ----------
    below : Folds, optional
        Those that are known to all; these are then a transaction's own, until it is
        committed and they are handed down.
    bound : int
        How many are remembered. Casebooks that follow each other share their items.
    """

    def __init__(self, below: "Folds | None" = None, bound: int = 64) -> None:
        self._below = below
        self._bound = bound
        self._kept: OrderedDict[tuple[str, int], Casebook] = OrderedDict()
        self._lock = Lock()

    def nearest(self, case: str, revision: int) -> tuple[int, Casebook | None]:
        """Find the last revision up to this one that is remembered; 0 where none is."""
        with self._lock:
            known = [n for one, n in self._kept if one == case and n <= revision]
            found: tuple[int, Casebook | None] = (0, None)
            if known:
                key = case, max(known)
                self._kept.move_to_end(key)
                found = key[1], self._kept[key]
        if self._below is not None and found[0] < revision:
            found = max(found, self._below.nearest(case, revision), key=lambda f: f[0])
        return found

    def keep(self, case: str, revision: int, casebook: Casebook) -> None:
        """Remember a casebook, and forget the one that was not asked for longest."""
        with self._lock:
            self._kept[case, revision] = casebook
            self._kept.move_to_end((case, revision))
            while len(self._kept) > self._bound:
                self._kept.popitem(last=False)

    def hand_down(self) -> None:
        """Let all know what a transaction found, now that it is committed."""
        if self._below is not None:
            for (case, revision), casebook in self._kept.items():
                self._below.keep(case, revision, casebook)
