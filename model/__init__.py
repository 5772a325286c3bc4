"""From a casebook to forecasts.

``likelihood.pymc_model`` needs PyMC, ``likelihood.kernel`` Numba, ``sampling.fit``
nutpie; ``plots`` needs matplotlib and ArviZ's plots; ``posterior.data_tree`` needs
xarray. All other modules need NumPy, SciPy, pydantic and PyYAML alone, and
``casebook`` neither of the first two. This package imports none of its modules, so that
a process which only weighs and serves never loads a sampler.
"""
