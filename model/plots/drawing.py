"""A fit is drawn: one kind of plot as a figure, or all of them as files."""

import os
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path

import xarray as xr
from matplotlib.figure import Figure

from deciban.model.plots.before_and_after import before_and_after
from deciban.model.plots.diagnostics import energy, rank, trace
from deciban.model.plots.forecasts import forest, ridge
from deciban.model.plots.kinds import KINDS
from deciban.model.plots.matplotlib_style import look, save_figure
from deciban.model.plots.plotted_fit import PlottedFit, plotted_fit
from deciban.model.plots.sources import sources

__all__ = ["plot_fit", "write_plots"]

_DRAW: dict[str, Callable[[PlottedFit], Figure]] = {
    "forest": forest,
    "ridge": ridge,
    "prior-posterior": before_and_after,
    "sources": sources,
    "trace": trace,
    "rank": rank,
    "energy": energy,
}


def plot_fit(fit: xr.DataTree, kind: str) -> Figure:
    """Draw one kind of plot of a fit.

    Parameters
    ----------
    fit : DataTree
        As ``model.sampling.fit.fit`` returns it, or as it was saved.
    kind : str
        One of ``KINDS``.

    Raises
    ------
    ValueError
        If there is no such kind.
    """
    if kind not in KINDS:
        raise ValueError(f"must be one of {', '.join(KINDS)}, got {kind!r}")
    return _draw(plotted_fit(fit), kind)


def write_plots(
    fit: xr.DataTree, directory: str | os.PathLike[str], suffixes: Sequence[str] = ()
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
        figure = _draw(read, kind)
        for suffix in suffixes or (".svg", ".png"):
            path = Path(directory) / f"{kind}{suffix}"
            save_figure(figure, path)
            written.append(path)
    return written


def _draw(fit: PlottedFit, kind: str) -> Figure:
    with look(), warnings.catch_warnings():
        # A constant has no density. ArviZ says so and draws none; we mark it instead.
        warnings.filterwarnings("ignore", "Your data appears to have a single value")
        return _DRAW[kind](fit)
