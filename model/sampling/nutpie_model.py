"""The one place that knows nutpie's own parts.

nutpie samples what PyMC compiles by the address of a C function; of models that come
from elsewhere its public ``from_pyfunc`` calls a Python function, one chain at a time.
Ours is a C function (``model.likelihood.kernel``), so it is dressed as PyMC's, in a
class that nutpie does not document: ``by_address``. Where a version of nutpie has
changed that class, ``by_function`` takes the public way to the same function: slower,
with the same draws. The tests say what is expected of the class.
"""

import ctypes
import importlib
import sys
from collections.abc import Mapping
from dataclasses import dataclass, fields
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deciban.model.array_types import Floats, Integers
from deciban.model.likelihood.kernel import Kernel

__all__ = [
    "CompiledModel",
    "by_address",
    "by_function",
    "compiled_model",
    "draws_of",
    "nutpie",
]

type CompiledModel = Any  # nutpie's, which has no public name


class _Deferred(ModuleType):
    """Stands in for a module, which is imported when something in it is asked for."""

    def __getattr__(self, name: str) -> Any:
        if sys.modules.get(self.__name__) is not self:
            return getattr(importlib.import_module(self.__name__), name)
        # While nutpie is being imported: it names types in its annotations.
        if name.startswith("__"):
            raise AttributeError(name)
        return Any


def _import_nutpie() -> Any:
    """Import nutpie, but not ArviZ, pandas and xarray.

    They take longer to import than we sample for; nutpie has them to hand draws over in
    ArviZ's form, where we take them as they are.
    """
    deferred = {"arviz", "pandas", "xarray"} - sys.modules.keys()
    sys.modules |= {name: _Deferred(name) for name in deferred}
    try:
        return importlib.import_module("nutpie")
    finally:
        for name in deferred:
            del sys.modules[name]


nutpie = _import_nutpie()
compile_pymc = importlib.import_module("nutpie.compile_pymc")
from_pyfunc = importlib.import_module("nutpie.compiled_pyfunc").from_pyfunc

# What ``by_address`` fills in of nutpie's class.
_FIELDS = {
    "dims",
    "compiled_logp_func",
    "compiled_expand_func",
    "initial_point_func",
    "shared_data",
    "shared_var_keys",
    "user_data",
    "n_expanded",
    "shape_info",
    "logp_func",
    "expand_func",
    "_n_dim",
    "_shapes",
    "_coords",
}


@dataclass(frozen=True)
class _Start:
    """Where a chain begins: as for PyMC's models, the prior's centre, jittered."""

    size: int

    def __call__(self, seed: int) -> Floats:
        return np.random.default_rng(seed).uniform(-1, 1, self.size)


def compiled_model(kernel: Kernel, packed: Integers, size: int) -> CompiledModel:
    """Return what nutpie samples.

    Parameters
    ----------
    kernel : Kernel
        The compiled functions.
    packed : ndarray
        The casebook, as ``Arrays.packed`` returns it.
    size : int
        Length of z.
    """
    known = getattr(compile_pymc, "CompiledPyMCModel", None)
    is_as_expected = known and _FIELDS <= {field.name for field in fields(known)}
    return (by_address if is_as_expected else by_function)(kernel, packed, size)


def by_address(kernel: Kernel, packed: Integers, size: int) -> CompiledModel:
    """Return a model of which nutpie calls the C function itself."""
    return compile_pymc.CompiledPyMCModel(
        dims={},
        compiled_logp_func=kernel.log_density,
        compiled_expand_func=kernel.copy,
        initial_point_func=_Start(size),
        shared_data={},
        shared_var_keys={},
        user_data=packed,
        n_expanded=size,
        shape_info=(["z"], [slice(0, size)], [(size,)]),
        logp_func=None,
        expand_func=None,
        _n_dim=size,
        _shapes={"z": (size,)},
        _coords={},
    )


def by_function(kernel: Kernel, packed: Integers, size: int) -> CompiledModel:
    """Return a model of which nutpie calls a Python function around the C function."""
    log_density = kernel.log_density.ctypes
    pointer = ctypes.POINTER(ctypes.c_double)

    def evaluate(z: Floats) -> tuple[float, Floats]:
        value, gradient = np.empty(1), np.empty(size)
        log_density(
            size,
            *(array.ctypes.data_as(pointer) for array in (z, gradient, value)),
            packed.ctypes.data,
        )
        return float(value[0]), gradient

    return from_pyfunc(
        ndim=size,
        make_logp_fn=lambda: evaluate,
        make_expand_fn=lambda *_: lambda z: {"z": z},
        expanded_dtypes=[np.dtype("float64")],
        expanded_shapes=[(size,)],
        expanded_names=["z"],
        make_initial_point_fn=_Start(size),
    )


def draws_of(trace: Any, names: Mapping[str, str]) -> tuple[Floats, dict[str, Any]]:
    """Read the draws that were kept out of nutpie's raw trace.

    Parameters
    ----------
    trace
        What ``nutpie.sample(..., return_raw_trace=True)`` gives.
    names : mapping of str
        Statistics to read: our name, and the sampler's.

    Returns
    -------
    z : ndarray, shape (chain, draw, unknown)
    stats : dict of ndarray, shape (chain, draw)
    """
    import pyarrow

    z: list[Any] = []
    stats: dict[str, list[Any]] = {name: [] for name in names}
    for draws, of_draws in zip(*trace.get_arrow_trace(), strict=True):
        told = pyarrow.record_batch(of_draws)
        kept = ~_array(told.column("tuning"))
        values = _array(pyarrow.record_batch(draws).column("z").flatten())
        z.append(values.reshape(len(kept), -1)[kept])
        for name, theirs in names.items():
            stats[name].append(_array(told.column(theirs))[kept])
    return np.stack(z), {name: np.stack(values) for name, values in stats.items()}


def _array(column: Any) -> NDArray[Any]:
    """Read a column, none of it missing; its own ``to_numpy`` would load pandas."""
    _, values = column.buffers()
    if str(column.type) == "bool":  # a bit each
        bits = np.frombuffer(values, np.uint8)
        whole = np.unpackbits(bits, bitorder="little").astype(bool)
    else:
        whole = np.frombuffer(values, str(column.type))
    return whole[column.offset : column.offset + len(column)]
