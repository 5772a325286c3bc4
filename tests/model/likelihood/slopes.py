"""The compiled log-density, and what its gradient is held to."""

import ctypes

import numpy as np

from deciban.model.likelihood import kernel
from deciban.model.likelihood.formula import weigh

DOUBLES = ctypes.POINTER(ctypes.c_double)


def evaluated(packed, z):
    """What the C function returns and writes: a code, log-density and gradient."""
    value, gradient = np.empty(1), np.empty(len(z))
    code = kernel.compiled().log_density.ctypes(
        len(z),
        *(array.ctypes.data_as(DOUBLES) for array in (z, gradient, value)),
        packed.ctypes.data,
    )
    return code, value[0], gradient


def numerical_gradient(function, z, step=1e-4):
    """Central differences, of fourth order: off by some 1e-11."""
    n = len(z)
    shifts = [
        (function(z + k * step * np.eye(n)), weight)
        for k, weight in ((-2, 1), (-1, -8), (1, 8), (2, -1))
    ]
    return sum(weight * value for value, weight in shifts) / (12 * step)


def formula_density(laid_out):
    """Log posterior density of z, shape (point, unknown), but for a constant.

    By the formula in NumPy, which is held to brute force.
    """

    def log_density(z):
        likelihood = weigh(np.atleast_2d(z).T, laid_out.arrays).log_likelihood
        return likelihood - np.square(np.atleast_2d(z)).sum(axis=1) / 2

    return log_density
