r"""The operations that the likelihood needs: once on arrays, once on tensors.

Its equations are written once, on an ``Arithmetic``. That of NumPy is here;
``model.likelihood.pymc_model`` has that of PyTensor.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from deciban.model.likelihood.elimination import sum_out
from deciban.model.likelihood.joint import Joint

__all__ = ["NUMPY", "Arithmetic", "Outcomes"]

type Floats = NDArray[np.float64]
type Integers = NDArray[np.int64]
type Operation = Callable[..., Any]


class Arithmetic(NamedTuple):
    r"""The operations that the likelihood needs, on arrays or on tensors.

    Attributes
    ----------
    exp, expm1, log, log1p, tanh, sigmoid, softplus : callable of x
        Elementwise; ``softplus`` is :math:`\log(1 + e^x)`.
    join : callable of x, y
        Put the values of ``y`` after those of ``x``.
    split : callable of x, sizes
        Cut ``x`` into parts.
    total : callable of x
        Sum all values.
    take : callable of x, index
        Take the values at the places ``index``.
    sums : callable of x, place, n
        Sum the values that share a place, for places 0 to n - 1.
    sum_out : callable of x, joint
        Sum the joint outcomes out: ``Outcomes``, from the log-probabilities of cells.
        In NumPy ``model.likelihood.elimination`` does.
    """

    exp: Operation
    expm1: Operation
    log: Operation
    log1p: Operation
    tanh: Operation
    sigmoid: Operation
    softplus: Operation
    join: Operation
    split: Operation
    total: Operation
    take: Operation
    sums: Operation
    sum_out: Operation


class Outcomes(NamedTuple):
    """What is left when the joint outcomes of all sets are summed out.

    Attributes
    ----------
    log_evidence : ()
        Log-probability of all evidence.
    cell : [cell, not occurring; then occurring]
        Posterior probability that a scenario is in a cell, and does not or does occur:
        also the derivative of ``log_evidence`` by the cell's log-probability.
    """

    log_evidence: Any
    cell: Any


def _sums(x: Floats, place: Integers, n: Any) -> Floats:
    summed: Floats = _adder(place.tobytes(), int(n)) @ x.T
    return summed.T


def _sum_out(x: Floats, joint: Joint) -> Outcomes:
    log_evidence, cell = sum_out(x.T, joint)
    return Outcomes(log_evidence, cell.T)


@lru_cache(maxsize=64)
def _adder(places: bytes, n: int) -> csr_array:
    """Make the matrix that sums what shares a place; that takes longer than to sum."""
    place = np.frombuffer(places, dtype=np.int64)
    width = len(place)
    return csr_array((np.ones(width), (place, np.arange(width))), (n, width))


# SciPy's expit and NumPy's logaddexp take three times as long as these.
def _sigmoid(x: Floats) -> Floats:
    lesser = np.exp(-np.abs(x))
    of_greater = 1 / (1 + lesser)
    return np.where(x >= 0, of_greater, lesser * of_greater)


def _softplus(x: Floats) -> Floats:
    greater: Floats = np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))
    return greater


def _log(x: Floats) -> Floats:
    with np.errstate(divide="ignore"):  # what has no chance has the logarithm -inf
        logarithm: Floats = np.log(x)
    return logarithm


NUMPY = Arithmetic(
    exp=np.exp,
    expm1=np.expm1,
    log=_log,
    log1p=np.log1p,
    tanh=np.tanh,
    sigmoid=_sigmoid,
    softplus=_softplus,
    join=lambda x, y: np.concatenate([x, y], axis=-1),
    split=lambda x, sizes: np.split(x, np.cumsum(sizes)[:-1], axis=-1),
    total=lambda x: x.sum(axis=-1),
    take=lambda x, index: np.take(x.T, index, axis=0).T,
    sums=_sums,
    sum_out=_sum_out,
)
