"""Compiled densities: what the sampler evaluates, some 40,000 times a fit.

Compiling costs far more than sampling, so there are two ways to it:

``quick_density``
    PyTensor compiles the log-density and its gradient, and keeps the machine code
    on disk. Nothing in it depends on the casebook, not even the number of scenarios,
    so any casebook finds it there after the first fit on a machine. The sampler calls
    it through Python, one chain at a time: best for a single fit of some hundred
    reports.
``kept_density``
    nutpie compiles it into one function that chains run side by side. That has to be
    done anew in each process and for each layout, so it is kept for both: best where
    fits follow one another, and where casebooks are large.

Both are made of ``model.likelihood.kernel`` and start at the same points, so with the
same seed and layout they give the same draws; but for rounding, since a compiler that
puts the kernel into another function may order its sums otherwise.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import nutpie
import pymc as pm
from numpy.typing import NDArray
from nutpie.compiled_pyfunc import from_pyfunc
from pytensor.gradient import grad

from deciban.model.likelihood.design import Design
from deciban.model.likelihood.layout import Layout
from deciban.model.likelihood.pymc_model import density_model

__all__ = ["kept_density", "quick_density"]

type CompiledModel = Any  # nutpie's, which has no public name
type Evaluate = Callable[[NDArray[np.float64]], tuple[float, NDArray[np.float64]]]

_kept: dict[Layout, CompiledModel] = {}
_quick: list[Callable[[Design], Evaluate]] = []


def quick_density(design: Design) -> CompiledModel:
    """Compile the density of a design, or load it from PyTensor's cache on disk."""
    if not _quick:
        _quick.append(_log_density_and_gradient(density_model(design)))
    size = design.layout.size
    evaluate = _quick[0](design)
    return from_pyfunc(
        ndim=size,
        make_logp_fn=lambda: evaluate,
        make_expand_fn=lambda *_: lambda z: {"z": z},
        expanded_dtypes=[np.dtype("float64")],
        expanded_shapes=[(size,)],
        expanded_names=["z"],
        make_initial_point_fn=_start(size),
        dims={"z": ("unknown",)},
        coords={"unknown": np.arange(size)},
    )


def _start(size: int) -> Callable[[int], NDArray[np.float64]]:
    def start(seed: int) -> NDArray[np.float64]:
        # As nutpie does for PyMC's models: the centre of the prior, jittered.
        return np.random.default_rng(seed).uniform(-1, 1, size)

    return start


def _log_density_and_gradient(model: pm.Model) -> Callable[[Design], Evaluate]:
    """Compile ``z -> (log-density, gradient)`` for any design."""
    z = model.rvs_to_values[model["z"]]
    log_density = model.logp()
    compiled = model.compile_fn(
        [log_density, grad(log_density, z)],
        inputs=[z],
        point_fn=False,
        mode="NUMBA",
    )
    types = {shared.name: shared.type.dtype for shared in compiled.get_shared()}
    # PyTensor's own call would cost more than the density itself.
    function = compiled.vm.jit_fn

    def of(design: Design) -> Evaluate:
        integers, floats = design.arrays.packed()
        # The length of z is among PyMC's own data: that of the dimension "unknown".
        values = {
            "integers": integers,
            "floats": floats,
            "unknown": design.layout.size,
        }
        data = [np.asarray(values[name], dtype)[()] for name, dtype in types.items()]

        def evaluate(z: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
            value, gradient = function(z, *data)
            return float(value), gradient

        return evaluate

    return of


def kept_density(design: Design) -> CompiledModel:
    """Compile the density for a layout, or take the one compiled before.

    Parameters
    ----------
    design : Design
        Its arrays become the data. Lay it out in a ``Layout.roomy``, so that a casebook
        that has grown finds the density again.
    """
    if design.layout not in _kept:
        compiled: Any = nutpie.compile_pymc_model(density_model(design), var_names=[])
        # nutpie's own draws other numbers from the same seed.
        _kept[design.layout] = replace(
            compiled, initial_point_func=_start(design.layout.size)
        )
    integers, floats = design.arrays.packed()
    return _kept[design.layout].with_data(integers=integers, floats=floats)
