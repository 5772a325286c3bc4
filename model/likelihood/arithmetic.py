r"""The operations that the likelihood needs: once on arrays, once on tensors.

Its equations are written once, on an ``Arithmetic``: elementwise operations by NumPy's
names, and those on values that share a place. That of NumPy is here;
``model.likelihood.pymc_model`` has that of PyTensor. Values are indexed on their first
axis; NumPy's have draws on a second.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from scipy.sparse import csr_array

from deciban.model.array_types import Floats, Integers
from deciban.model.likelihood.elimination import sum_out

__all__ = ["NUMPY", "Arithmetic"]

type Operation = Callable[..., Any]


class Arithmetic(NamedTuple):
    r"""The operations that the likelihood needs, on arrays or on tensors.

    Attributes
    ----------
    xp : namespace
        ``exp``, ``log``, ``where`` and the like: ``numpy`` or ``pytensor.tensor``.
    sigmoid, softplus : callable of x
        Elementwise; ``softplus`` is :math:`\log(1 + e^x)`.
    column : callable of x
        Make numbers that no draw changes meet those that have draws.
    sums, largest : callable of x, place, n
        Sum the values that share a place, or take the largest, for places 0 to n - 1.
        Without a value a place has the sum 0.
    sum_out : callable of leaves, joint
        See ``model.likelihood.elimination.sum_out``.
    """

    xp: Any
    sigmoid: Operation
    softplus: Operation
    column: Operation
    sums: Operation
    largest: Operation
    sum_out: Operation


@lru_cache(maxsize=256)
def _adder(places: bytes, n: int) -> csr_array:
    """Make the matrix that sums what shares a place; that takes longer than to sum."""
    place = np.frombuffer(places, dtype=np.int64)
    width = len(place)
    return csr_array((np.ones(width), (place, np.arange(width))), (n, width))


def _sums(x: Floats, place: Integers, n: Any) -> Floats:
    if _each_has_its_own(place, n):
        return x
    summed: Floats = _adder(place.tobytes(), int(n)) @ x
    return summed


def _largest(x: Floats, place: Integers, n: Any) -> Floats:
    if _each_has_its_own(place, n):
        return x
    order = np.argsort(place, kind="stable")
    ordered = place[order]
    starts = np.flatnonzero(np.diff(ordered, prepend=-1))
    largest = np.full((int(n), *x.shape[1:]), -np.inf)
    if len(starts):
        largest[ordered[starts]] = np.maximum.reduceat(x[order], starts, axis=0)
    return largest


def _each_has_its_own(place: Integers, n: Any) -> bool:
    return len(place) == n and bool((place == np.arange(n)).all())


# SciPy's expit and NumPy's logaddexp take three times as long as these.
def _sigmoid(x: Floats) -> Floats:
    lesser = np.exp(-np.abs(x))
    of_greater = 1 / (1 + lesser)
    return np.where(x >= 0, of_greater, lesser * of_greater)


def _softplus(x: Floats) -> Floats:
    greater: Floats = np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))
    return greater


NUMPY = Arithmetic(
    xp=np,
    sigmoid=_sigmoid,
    softplus=_softplus,
    column=lambda x: x[:, None],
    sums=_sums,
    largest=_largest,
    sum_out=sum_out,
)
