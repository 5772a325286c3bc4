"""The values that were asked for last, which never change once they are made."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any

__all__ = ["Remembered"]


class Remembered[T]:
    """The values that were asked for last, whatever thread asks.

    Parameters
    ----------
    most : int
        How many are remembered. The one that was not asked for longest is forgotten.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        # Held while a value is made, which may ask for another.
        self._lock = threading.RLock()
        self._values: OrderedDict[Hashable, T] = OrderedDict()

    def keys(self) -> set[Any]:
        """Return what values are remembered of."""
        with self._lock:
            return set(self._values)

    def get(self, key: Hashable) -> T | None:
        """Return a value; None where it is not remembered."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
            return self._values.get(key)

    def keep(self, key: Hashable, value: T) -> None:
        """Remember a value."""
        with self._lock:
            self._values[key] = value
            self._values.move_to_end(key)
            while len(self._values) > self._most:
                self._values.popitem(last=False)

    def make(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return a value, made only where it is not remembered."""
        with self._lock:
            if key not in self._values:
                self.keep(key, make())
            self._values.move_to_end(key)
            return self._values[key]
