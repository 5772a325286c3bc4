"""From a casebook to forecasts.

``build``, ``density`` and ``fit`` need PyMC, and ``plots`` needs ArviZ's plots; all
other modules need NumPy alone. This package imports none of its modules, so that a
process which only weighs and serves never loads a sampler.
"""
