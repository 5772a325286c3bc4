"""From a casebook to forecasts.

``build``, ``density`` and ``fit`` need PyMC, ``plots`` needs ArviZ's plots, and
``checks`` and ``forecast`` need its statistics or xarray; all other modules need NumPy
and SciPy alone. This package imports none of its modules, so that a process which only
weighs and serves never loads a sampler.
"""
