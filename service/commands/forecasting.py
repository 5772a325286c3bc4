"""``deciban fit`` and ``deciban show``: forecasts computed, and read again."""

import datetime
import logging
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console

from deciban.model.casebook.casebook import Casebook
from deciban.model.casebook.changes import Change, changed
from deciban.model.casebook.forecast_day import day_to_take
from deciban.model.posterior.wording import checks_line
from deciban.service.commands.case_option import (
    day_given,
    given_casebook,
    takes_case,
    tell_cautions,
)
from deciban.service.commands.fit_files import (
    check_can_write,
    summary_json,
    write_results,
)
from deciban.service.commands.render import Order, print_summary, terminal
from deciban.service.running.clock import today

if TYPE_CHECKING:
    from deciban.model.fit import Fit
    from deciban.model.posterior.summary import Summary
    from deciban.model.sampling.fit import Sampler

__all__ = ["fit", "show"]

_MOST_CAUTIONS = 10


def _takes_format[F: Callable[..., Any]](command: F) -> F:
    """Give a command ``--json`` and ``--sort``, as ``as_json`` and ``order``."""
    for option in (
        click.option(
            "--sort",
            "order",
            type=click.Choice(["case", "forecast", "id"]),
            default="case",
            show_default=True,
            help="By the priors file, by probability, or by id.",
        ),
        click.option("--json", "as_json", is_flag=True, help="Print one JSON object."),
    ):
        command = option(command)
    return command


@click.command(
    epilog="\b\nExamples:\n"
    "  deciban fit dprk-russia --as-of 2022-12-01\n"
    "  deciban fit --priors mine.priors.yaml --evidence mine.evidence.yaml"
)
@takes_case
@click.option(
    "--reviewed",
    callback=day_given,
    metavar="DATE",
    help="Somebody looked on this day, and nothing had happened.  [default: as the "
    "priors file says]",
)
@click.option(
    "--draws",
    type=click.IntRange(min=4),
    default=1000,
    show_default=True,
    help="Draws that each chain keeps.",
)
@click.option(
    "--tune",
    type=click.IntRange(min=1),
    default=400,
    show_default=True,
    help="Draws that each chain spends on tuning.",
)
@click.option("--chains", type=click.IntRange(min=2), default=4, show_default=True)
@click.option(
    "--seed",
    type=click.IntRange(0, 2**32 - 1),
    help="Of the draws.  [default: from the digest, so the same case gives the same]",
)
@click.option(
    "--sampler",
    type=click.Choice(["nutpie", "pymc"]),
    default="nutpie",
    show_default=True,
    help="nutpie's, or PyMC's on its own statement of the model: to compare, slowly.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Save the fit (posterior.nc), summary.json, summary.csv and plots there.",
)
@click.option(
    "--pointwise",
    is_flag=True,
    help="Let posterior.nc say of each report what the model expects of it, for "
    "arviz.loo and its predictive checks. With --out.",
)
@click.option("--quiet", is_flag=True, help="No progress and no messages.")
@_takes_format
def fit(
    case: str | None,
    priors: Path | None,
    evidence: tuple[Path, ...],
    as_of: datetime.date | None,
    reviewed: datetime.date | None,
    draws: int,
    tune: int,
    chains: int,
    seed: int | None,
    sampler: "Sampler",
    out: Path | None,
    pointwise: bool,
    quiet: bool,
    as_json: bool,
    order: Order,
) -> None:
    """Forecast a case.

    A CASE that comes along, or your own files with --priors and --evidence. Prints each
    scenario with its prior, its forecast and what the evidence weighs.
    """
    if pointwise and out is None:
        raise click.UsageError("Give --pointwise with --out, where it is kept.")
    casebook = given_casebook(case, priors, evidence)
    if reviewed is not None:
        header = casebook.header.model_copy(update={"reviewed": reviewed})
        change = Change(kind="case", key=casebook.case, body=header)
        casebook = changed(casebook, [change])
    taken = day_to_take(casebook, as_of, today())
    console = terminal(stderr=True)
    if out is not None:
        check_can_write(out)
    if not quiet:
        tell_cautions(casebook, today(), at_most=_MOST_CAUTIONS)
        console.print(f"as of {taken.day} ({taken.reason})", soft_wrap=True)
        _tell_looked(casebook, taken.day, console)
        console.print("loading the sampler ...", soft_wrap=True)
    else:
        # Which warns of a home that it cannot write to.
        logging.getLogger("matplotlib").setLevel(logging.ERROR)
    # The sampler takes a second to import: no other command should pay that.
    from deciban.model.fit import Fit
    from deciban.model.sampling.fit import SamplingSettings, sample
    from deciban.service.commands.progress import listening

    with listening(console, quiet) as progress:
        drawn = sample(
            casebook,
            taken.day,
            SamplingSettings(draws=draws, tune=tune, chains=chains),
            seed=seed,
            progress=progress,
            sampler=sampler,
        )
        progress.stage("weighing the draws")
        made = Fit(drawn, casebook, taken.day)
        summary = made.summary
        if out is not None:
            if pointwise:
                progress.stage("weighing report by report")
                made.tree = made.pointwise()
            progress.stage("writing the results")
            written = _write(made, out)
    _print(summary, casebook, as_json=as_json, order=order)
    if out is not None and not quiet:
        console.print("written: " + ", ".join(map(str, written)), soft_wrap=True)
    if not summary.checks.ok:
        raise click.ClickException(
            f"the checks {checks_line(summary.checks)}: do not rely on these numbers. "
            f"Try more: --draws {max(4 * draws, 4000)} --tune {max(4 * tune, 1000)}"
        )


def _tell_looked(casebook: Casebook, as_of: datetime.date, console: Console) -> None:
    """Say since when nobody has looked, where anything can still happen."""
    looked = casebook.looked(as_of)
    known = casebook.as_of(as_of).outcomes()
    if looked == as_of or len(known) == len(casebook.priors.scenarios):
        return
    since = f"since {looked} (UTC)" if looked else "yet"
    console.print(
        f"nobody has looked {since}: time without a reader lowers no forecast; "
        "--reviewed says that somebody has",
        soft_wrap=True,
    )


@click.command(
    epilog="\b\nExample:\n  deciban fit dprk-russia --out results\n"
    "  deciban show results/posterior.nc --arguments"
)
@click.argument("fit", metavar="FIT.nc", type=click.Path(path_type=Path))
@click.option("--arguments", is_flag=True, help="Print the arguments too.")
@click.option("--sources", is_flag=True, help="Print the sources too.")
@click.option("--by-when", is_flag=True, help="Print by when each has occurred too.")
@_takes_format
def show(
    fit: Path,
    arguments: bool,
    sources: bool,
    by_when: bool,
    as_json: bool,
    order: Order,
) -> None:
    """Print a fit that was saved.

    FIT.nc is the posterior.nc that 'deciban fit --out' wrote.
    """
    from deciban.model.fit import Fit

    saved = Fit.read(fit)
    _print(
        saved.summary,
        saved.casebook,
        as_json=as_json,
        order=order,
        arguments=arguments,
        sources=sources,
        by_when=by_when,
    )


def _write(fit: "Fit", out: Path) -> list[Path]:
    # matplotlib and ArviZ take two seconds to import.
    from deciban.model.plots.fit_plots import write_plots

    return write_results(fit, out, write_plots)


def _print(
    summary: "Summary",
    casebook: Casebook,
    *,
    as_json: bool,
    order: Order,
    **tables: bool,
) -> None:
    if as_json:
        click.echo(summary_json(summary))
    else:
        print_summary(summary, casebook, terminal(), order=order, **tables)
