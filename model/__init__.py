"""From a casebook to forecasts.

The part that needs NumPy alone: ``casebook``, ``casefiles``, ``linked``, ``design``,
``likelihood``, ``forecast``, ``simulate``. The part that needs PyMC: ``build``, ``fit``;
and ArviZ's plots: ``plots``. This package imports none of its modules, so that a process
which only weighs and serves never loads a sampler.
"""
