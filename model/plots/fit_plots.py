"""A fit is drawn: one kind of plot, or all of them as files."""

import os
from collections.abc import Sequence
from pathlib import Path

from deciban.model.fit import Fit
from deciban.model.plots.fit_drawings import fit_drawing
from deciban.model.plots.kinds import DIAGNOSTICS, KINDS, OF_SCENARIO, check_scenario
from deciban.model.plots.plot import Plot
from deciban.model.plots.plotted_fit import PlottedFit, plotted_fit

__all__ = ["plot_fit", "write_plots"]


def plot_fit(fit: Fit | PlottedFit, kind: str, scenario: str | None = None) -> Plot:
    """Draw one kind of plot of a fit.

    Parameters
    ----------
    fit : Fit or PlottedFit
        Whose plot.
    kind : str
        One of ``model.plots.kinds.KINDS``. Diagnostics load arviz-plots and Matplotlib,
        the others neither.
    scenario : str, optional
        Its id, for the kinds of one scenario.

    Raises
    ------
    ValueError
        If there is no such kind.
    PlotScenarioError
        See ``fit_drawing``.

    Examples
    --------
    A notebook shows what ``plot_fit(fit, "forest")`` returns.
    """
    if kind not in KINDS:
        raise ValueError(f"must be one of {', '.join(KINDS)}, got {kind!r}")
    read = fit if isinstance(fit, PlottedFit) else plotted_fit(fit)
    if kind not in DIAGNOSTICS:
        return fit_drawing(read, kind, scenario).plot()
    check_scenario(kind, scenario, ())
    from deciban.model.plots.diagnostics import diagnostic_plot

    return diagnostic_plot(read, kind)


def write_plots(
    fit: Fit, directory: str | os.PathLike[str], suffixes: Sequence[str] = ()
) -> list[Path]:
    """Write every plot of the whole fit, each as ``KIND.svg`` and ``KIND.png``.

    Parameters
    ----------
    fit : Fit
        Whose plots.
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
        if kind in OF_SCENARIO:
            continue
        plot = plot_fit(read, kind)
        for suffix in suffixes or (".svg", ".png"):
            path = Path(directory) / f"{kind}{suffix}"
            plot.save(path)
            written.append(path)
    return written
