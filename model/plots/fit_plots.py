"""A fit is drawn: one kind of plot, or all of them as files."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from deciban.model.plots.fit_drawings import fit_drawing
from deciban.model.plots.kinds import DIAGNOSTICS, KINDS
from deciban.model.plots.plot import Plot
from deciban.model.plots.plotted_fit import PlottedFit, plotted_fit

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["plot_fit", "write_plots"]


def plot_fit(fit: "xr.DataTree | PlottedFit", kind: str) -> Plot:
    """Draw one kind of plot of a fit.

    Parameters
    ----------
    fit : DataTree or PlottedFit
        As ``model.sampling.fit.fit`` returns it, or as it was saved.
    kind : str
        One of ``model.plots.kinds.KINDS``. Diagnostics load arviz-plots and Matplotlib,
        the others neither.

    Raises
    ------
    ValueError
        If there is no such kind.

    Examples
    --------
    A notebook shows what ``plot_fit(fit, "forest")`` returns.
    """
    if kind not in KINDS:
        raise ValueError(f"must be one of {', '.join(KINDS)}, got {kind!r}")
    read = fit if isinstance(fit, PlottedFit) else plotted_fit(fit)
    if kind not in DIAGNOSTICS:
        return fit_drawing(read, kind).plot()
    from deciban.model.plots.diagnostics import diagnostic_plot

    return diagnostic_plot(read, kind)


def write_plots(
    fit: "xr.DataTree", directory: str | os.PathLike[str], suffixes: Sequence[str] = ()
) -> list[Path]:
    """Write every kind of plot of a fit, each as ``KIND.svg`` and ``KIND.png``.

    Parameters
    ----------
    fit : DataTree
        As ``model.sampling.fit.fit`` returns it, or as it was saved.
    directory : path
        An existing folder.
    suffixes : sequence of str, optional
        Others of ``.svg``, ``.png`` and ``.pdf`` instead.

    Returns
    -------
    list of Path
        The files, in the order of ``KINDS``.
    """
    read = plotted_fit(fit)
    written = []
    for kind in KINDS:
        plot = plot_fit(read, kind)
        for suffix in suffixes or (".svg", ".png"):
            path = Path(directory) / f"{kind}{suffix}"
            plot.save(path)
            written.append(path)
    return written
