"""From a casebook to forecasts.

``likelihood.pymc_model`` needs PyMC, ``likelihood.kernel`` Numba, ``sampling.fit``
nutpie; ``plots`` needs matplotlib and ArviZ's plots; ``sampling.checks`` and
``posterior.data_tree`` need ArviZ's statistics or xarray. All other modules need NumPy,
SciPy, pydantic and PyYAML alone. This package imports none of its modules, so
that a process which only weighs and serves never loads a sampler.
"""
