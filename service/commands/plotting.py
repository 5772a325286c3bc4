"""``deciban plot``: one plot of a fit that was saved."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from deciban.model.plots.kinds import KINDS, SUFFIXES, PlotScenarioError
from deciban.model.posterior.fit_file import FitFileError

# What draws is loaded by the command that draws: no other should pay for it.
if TYPE_CHECKING:
    from deciban.model.plots.plot import Plot

__all__ = ["figure_path", "plot", "save_plot"]


def figure_path(
    _context: click.Context, _parameter: click.Parameter, path: Path | None
) -> Path | None:
    """Refuse the name of a figure that does not say its format."""
    if path is None or str(path) == "-" or path.suffix.lower() in SUFFIXES:
        return path
    raise click.BadParameter(
        f"must have a name that ends in {', '.join(SUFFIXES)}, got {str(path)!r}"
    )


@click.command(
    "plot",
    epilog="\b\nKinds:\n"
    + "\n".join(f"  {kind:<17}{about}" for kind, about in KINDS.items())
    + "\n\n\b\nExample:\n"
    "  deciban fit dprk-russia --out results\n"
    "  deciban plot results/posterior.nc --kind sources --out sources.png\n"
    "  deciban plot results/posterior.nc --kind ladder --scenario munitions",
)
@click.argument("fit", metavar="FIT.nc", type=click.Path(path_type=Path))
@click.option(
    "--kind", type=click.Choice(list(KINDS)), default="forest", show_default=True
)
@click.option("--scenario", metavar="ID", help="Whose plot: of a ladder, or a history.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, allow_dash=True),
    callback=figure_path,
    metavar="FILE",
    help="Where it goes: .svg, .png or .pdf; - is SVG on standard output.  "
    "[default: CASE-KIND.svg here, of a scenario CASE-KIND-ID.svg]",
)
def plot(fit: Path, kind: str, scenario: str | None, out: Path | None) -> None:
    """Draw a plot of a fit, and print the path of its file."""
    from deciban.model.fit import Fit

    try:
        read = Fit.read(fit)
    except FitFileError as error:
        raise click.ClickException(str(error)) from error
    # Of Matplotlib, which draws diagnostics, only a backend that it does not know would
    # matter, at import.
    os.environ["MPLBACKEND"] = "agg"
    from deciban.model.plots.fit_plots import plot_fit

    try:
        drawn = plot_fit(read, kind, scenario)
    except PlotScenarioError as error:
        raise click.UsageError(f"--{error}") from error
    if str(out) == "-":
        sys.stdout.buffer.write(drawn.content(".svg"))
        return
    parts = (read.casebook.case, kind, scenario)
    path = out or Path(f"{'-'.join(filter(None, parts))}.svg")
    save_plot(drawn, path)
    click.echo(path)


def save_plot(drawn: "Plot", path: Path) -> None:
    """Save a plot, or say why it cannot be; say which letters it lacks.

    Parameters
    ----------
    drawn : Plot
        What is drawn.
    path : Path
        Its suffix says the format.

    Raises
    ------
    ClickException
        If it cannot be written, or not in this format.
    """
    try:
        drawn.save(path)
    except OSError as error:
        raise click.ClickException(
            f"{path}: cannot be written: {error.strerror}; name another with --out"
        ) from error
    if path.suffix.lower() != ".svg" and (lacking := drawn.without_font):
        click.echo(lacking, err=True)
