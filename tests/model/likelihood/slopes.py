"""What log-densities and their gradients are held to."""

import numpy as np

from tests.model.oracle import Oracle


def numerical_gradient(function, z, step=1e-4):
    """Central differences, of fourth order: off by some 1e-12."""
    n = len(z)
    shifts = [
        (function(z + k * step * np.eye(n)), weight)
        for k, weight in ((-2, 1), (-1, -8), (1, 8), (2, -1))
    ]
    return sum(weight * value for value, weight in shifts) / (12 * step)


def oracle_density(casebook, day, laid_out):
    """Log posterior density by the oracle, but for a constant."""
    oracle = Oracle(casebook, day)
    labels = laid_out.coords()["unknown"]

    def log_density(z):
        return oracle.log_density(dict(zip(labels, z.T, strict=True)))

    return log_density
