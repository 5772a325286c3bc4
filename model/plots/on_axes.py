"""arviz-plots draws on axes of ours, where it would make its own."""

from collections.abc import Mapping, Sequence
from typing import Any

import arviz_plots
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

__all__ = ["DENSITY", "SAMPLE_DIMS", "azp", "intervals", "on_axes", "on_rows"]

# Its annotations refuse arguments that its documentation names, and Datasets.
azp: Any = arviz_plots

SAMPLE_DIMS = ["chain", "draw"]
# How densities of probabilities in percent are estimated.
DENSITY = {"custom_lims": (0, 100), "grid_len": 400}


def on_axes(
    figure: Figure, coords: Mapping[str, Sequence[str]], axes: Sequence[Axes]
) -> xr.DataTree:
    """Describe a figure of ours as arviz-plots does its own: which axes show what."""
    targets = np.empty(len(axes), dtype=object)
    targets[:] = axes
    return xr.DataTree(
        xr.Dataset(
            {
                "figure": np.array(figure, dtype=object),
                "plot": (tuple(coords), targets),
            },
            coords=dict(coords),
        )
    )


def on_rows(
    axes: Axes,
    figure: Figure,
    draws: xr.Dataset,
    rows: Mapping[str, float],
    column: str,
) -> Any:
    """Let an arviz-plots function of rows draw on axes of ours, at rows of ours."""
    dim = _named_dim(draws)
    return azp.PlotCollection(
        draws,
        on_axes(figure, {"column": [column]}, [axes]),
        backend="matplotlib",
        aes={"y": [dim], "overlay": [dim]},
        y=[rows[str(name)] for name in draws[dim].values],
    )


def _named_dim(draws: xr.Dataset) -> str:
    (dim,) = (str(dim) for dim in draws.dims if dim not in SAMPLE_DIMS)
    return dim


def intervals(
    axes: Axes,
    draws: xr.Dataset,
    rows: Mapping[str, float],
    shown: Sequence[str],
    colour: str,
    weight: float = 1.0,
) -> None:
    """Draw the mean of each row with its 50 % and 90 % equal-tailed intervals.

    Parameters
    ----------
    axes : Axes
        Of ours.
    draws : Dataset
        In percent.
    rows : mapping of str to float
        Where each row is.
    shown : sequence of str
        Rows that are drawn.
    colour : str
        Of lines and points.
    weight : float
        Of lines and points, beside those of a row of full height.
    """
    if not shown:
        return
    figure = axes.get_figure()
    assert isinstance(figure, Figure)
    azp.plot_forest(
        draws,
        coords={_named_dim(draws): list(shown)},
        combined=True,
        point_estimate="mean",
        ci_kind="eti",
        ci_probs=(0.5, 0.9),
        labels=[],
        plot_collection=on_rows(axes, figure, draws, rows, "forest"),
        backend="matplotlib",
        visuals={
            "twig": {"color": colour, "width": 1.0 * weight},
            "trunk": {"color": colour, "width": 3.2 * weight},
            "point_estimate": {
                "color": colour,
                "facecolor": "white",
                "size": 22 * weight,
                "width": 1.1,
                "clip_on": False,
                "zorder": 3,
            },
            "ticklabels": False,
            "remove_axis": False,
        },
    )
