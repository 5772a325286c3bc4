"""Weigh evidence: from priors and graded reports to forecasts.

What a notebook or a script needs, each loaded when it is first asked for:

=============  =====================================================================
`load`         read a case: one that comes along, or your own two files
`fit`          forecast it; a `Fit` has the draws, the summary, the explanation
`what_if`      read a fit under other evidence or other judgements, at once
`plot`         draw a fit
`build_model`  the same model in PyMC
`Casebook`     a case: what was believed before, and what was reported since
`Fit`          one run of the model on a casebook
=============  =====================================================================

Examples
--------
>>> import deciban
>>> case = deciban.load("dprk-russia")
>>> fit = deciban.fit(case, as_of="2022-12-01")
>>> bool(fit.forecasts["mean"]["munitions"] > 0.5)
True
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from deciban.analysis import Fit as Fit
    from deciban.analysis import build_model as build_model
    from deciban.analysis import fit as fit
    from deciban.analysis import load as load
    from deciban.analysis import plot as plot
    from deciban.analysis import what_if as what_if
    from deciban.model.casebook.casebook import Casebook as Casebook

__all__ = ["Casebook", "Fit", "build_model", "fit", "load", "plot", "what_if"]


# A module of the packages below is imported through this one: it must cost nothing.
def __getattr__(name: str) -> Any:
    """Load a public name when it is first asked for."""
    if name not in __all__:
        raise AttributeError(f"module 'deciban' has no attribute {name!r}")
    value = getattr(import_module("deciban.analysis"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List what there is, loaded or not."""
    return sorted({*globals(), *__all__})
