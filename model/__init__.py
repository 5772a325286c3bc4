"""From a casebook to forecasts.

``build``, ``density`` and ``fit`` need PyMC, ``operations`` PyTensor and ``kernel``
Numba; ``figures`` needs matplotlib and ``plots`` ArviZ's plots as well; ``checks`` and
``forecast`` need ArviZ's statistics or xarray. All other modules need NumPy, SciPy,
pydantic and PyYAML alone. This package imports none of its modules, so that a process
which only weighs and serves never loads a sampler.
"""
