"""``deciban elicit``: what a prior that one would write amounts to."""

import json
import math
import sys
from pathlib import Path
from typing import Any, NamedTuple

import click
import numpy as np
from scipy.special import betaincinv

from deciban.evidence import DECIBANS_PER_NAT
from deciban.model.posterior.wording import percent
from deciban.priors import VERBAL_SCALES, ImproperPriorError, LogitNormal
from deciban.priors.elicit import mass_between, nearest_beta
from deciban.service.commands.plotting import figure_path, save_plot

__all__ = ["Elicited", "area_plot", "elicit", "elicited"]

QUANTILES = (0.05, 0.25, 0.50, 0.75, 0.95)
COLUMNS, ROWS = 60, 6  # of the plot in the terminal: a column is 1/60, a tick each 20 %

_PROBABILITY = click.FloatRange(0, 1, min_open=True, max_open=True)
_PSEUDO_COUNT = click.FloatRange(0, 1e6, min_open=True)


class Elicited(NamedTuple):
    """A prior as it was asked for, and as the model takes it.

    Attributes
    ----------
    asked : dict
        As the priors file writes it.
    prior : LogitNormal
        What it makes.
    meant : dict of float
        Probabilities that were asked for by name: ``median``, ``mean``, ``sd``, ``5 %``
        and ``95 %``.
    """

    asked: dict[str, Any]
    prior: LogitNormal
    meant: dict[str, float]

    @property
    def line(self) -> str:
        """The line to paste into a priors file."""
        written = ", ".join(f"{k}: {_yaml(v)}" for k, v in self.asked.items())
        return f"prior: {{{written}}}"

    def got(self, name: str) -> float:
        """Return what became of something that was asked for."""
        if name.endswith("%"):
            return float(self.prior.quantile(float(name[:-1]) / 100))
        return float(getattr(self.prior, name))


def _yaml(value: Any) -> str:
    return json.dumps(list(value) if isinstance(value, tuple) else value)


def elicited(asked: dict[str, Any]) -> Elicited:
    """Make a prior of what a priors file would write.

    Parameters
    ----------
    asked : dict
        Keys ``median``, ``low`` and ``high``; or ``beta``; or ``mean`` and ``sd``; or
        ``words`` and ``scale``.

    Raises
    ------
    ImproperPriorError
        If it makes no distribution.
    """
    if "median" in asked:
        median, low, high = (asked[key] for key in ("median", "low", "high"))
        prior = LogitNormal.from_quantiles(median, low, high)
        return Elicited(asked, prior, {"median": median, "5 %": low, "95 %": high})
    if "beta" in asked:
        a, b = asked["beta"]
        mean = a / (a + b)
        ends = {
            "5 %": float(betaincinv(a, b, 0.05)),
            "95 %": float(betaincinv(a, b, 0.95)),
        }
        sd = math.sqrt(mean * (1 - mean) / (a + b + 1))
        prior = LogitNormal.from_beta(a, b)
        return Elicited(asked, prior, {"mean": mean, "sd": sd, **ends})
    if "mean" in asked:
        prior = LogitNormal.from_mean_sd(asked["mean"], asked["sd"])
        return Elicited(asked, prior, {"mean": asked["mean"], "sd": asked["sd"]})
    term = VERBAL_SCALES[asked["scale"]].find(asked["words"])
    return Elicited(asked, term.prior(), {"5 %": term.low, "95 %": term.high})


_EXAMPLES = """\b
Examples:
  deciban elicit --median .3 --low .1 --high .6
  deciban elicit --beta 2 8
  deciban elicit --mean .3 --sd .1 --out prior.svg
  deciban elicit --words unlikely --scale phia
"""


@click.command("elicit", epilog=_EXAMPLES)
@click.option("--median", type=_PROBABILITY, help="As likely too high as too low.")
@click.option("--low", type=_PROBABILITY, help="The 5 % quantile; with --median.")
@click.option("--high", type=_PROBABILITY, help="The 95 % quantile; with --median.")
@click.option(
    "--beta",
    type=_PSEUDO_COUNT,
    nargs=2,
    metavar="A B",
    help="Beta(A, B): A occurrences and B others.",
)
@click.option("--mean", type=_PROBABILITY, help="Mean of the probability.")
@click.option(
    "--sd",
    type=click.FloatRange(0, 0.5, min_open=True, max_open=True),
    help="Standard deviation of the probability; with --mean.",
)
@click.option("--words", metavar="TERM", help="A term of a verbal scale.")
@click.option(
    "--scale",
    type=click.Choice(list(VERBAL_SCALES)),
    help="The verbal scale; with --words.  [default: icd203]",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    callback=figure_path,
    metavar="FILE",
    help="Draw it too: .svg, .png or .pdf.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def elicit(out: Path | None, as_json: bool, **options: Any) -> None:
    """Show the prior that --median, --beta, --mean or --words makes.

    Deciban's priors are normal on the log-odds. See what yours becomes before you write
    it: its mean, its quantiles, its shape, and the line for the priors file.
    """
    asked = _one_form({k: v for k, v in options.items() if v is not None})
    try:
        made = elicited(asked)
    except ImproperPriorError as error:
        raise click.ClickException(f"The prior {error}") from error
    if out is not None:
        _save(made, out)
    if as_json:
        click.echo(json.dumps(_numbers(made), indent=2, allow_nan=False))
    else:
        click.echo(_text(made, _area_plot_here(made.prior)))


def _one_form(given: dict[str, Any]) -> dict[str, Any]:
    """Take what belongs to one way of writing a prior, and refuse all else."""
    forms = (("median", "low", "high"), ("beta",), ("mean", "sd"), ("words", "scale"))
    begun = [form for form in forms if given.keys() & set(form)]
    if len(begun) != 1:
        raise click.UsageError(
            "Give exactly one of --median with --low and --high, --beta, --mean with "
            "--sd, or --words."
        )
    (form,) = begun
    if form[0] == "words":
        given = {"scale": "icd203", **given}
    if missing := [f"--{option}" for option in form if option not in given]:
        raise click.UsageError(f"Missing {' and '.join(missing)}.")
    return {option: given[option] for option in form}


def _numbers(made: Elicited) -> dict[str, Any]:
    prior = made.prior
    term = VERBAL_SCALES["icd203"].term(prior.mean)
    return {
        "asked": made.asked,
        "location_nats": prior.location,
        "scale_nats": prior.scale,
        "location_db": DECIBANS_PER_NAT * prior.location,
        "scale_db": DECIBANS_PER_NAT * prior.scale,
        "mean": prior.mean,
        "sd": prior.sd,
        "median": prior.median,
        "quantiles": {
            f"{q:.2f}": value
            for q, value in zip(
                QUANTILES, prior.quantile(QUANTILES).tolist(), strict=True
            )
        },
        "nearest_beta": nearest_beta(prior),
        "term": term
        and {"scale": "icd203", "word": term.word, "low": term.low, "high": term.high},
        "line": made.line,
    }


def _text(made: Elicited, plotted: str) -> str:
    said = _numbers(made)
    quantiles = made.prior.quantile(QUANTILES)
    return "\n".join(
        [
            f"{'mean':<14}{percent(said['mean'])}  {_in_words(said)}",
            f"{'sd':<14}{percent(said['sd'])}",
            f"{'quantiles':<14}" + "".join(f"{100 * q:>7.0f} %" for q in QUANTILES),
            " " * 14 + "".join(f"{percent(p):>9}" for p in quantiles),
            f"{'log-odds':<14}normal, location {said['location_nats']:.3f} and scale "
            f"{said['scale_nats']:.3f} nats",
            f"{'decibans':<14}median odds of {said['location_db']:+.1f} dB, "
            f"give or take {said['scale_db']:.1f} dB",
            f"{'near to':<14}{_beta(said['nearest_beta'])}",
            "",
            *_asked_and_got(made),
            "",
            plotted,
            "",
            "To paste into the priors file:",
            f"    {made.line}",
        ]
    )


def _in_words(said: dict[str, Any]) -> str:
    term = said["term"]
    if term is None:
        return "(ICD 203 has no word for it)"
    ends = f"{100 * term['low']:.0f} to {100 * term['high']:.0f} %"
    return f"(ICD 203: {term['word']}, {ends})"


def _beta(parameters: tuple[float, float] | None) -> str:
    if parameters is None:
        return "no Beta distribution"
    a, b = parameters
    return f"Beta({a:.3g}, {b:.3g}), of the same mean and variance on the log-odds"


def _asked_and_got(made: Elicited) -> list[str]:
    """Set what was asked beside what was got; where they differ, say why."""
    lines = [f"{'':<14}{'asked':>9}{'got':>9}"]
    differs = False
    for name, asked in made.meant.items():
        got = made.got(name)
        differs = differs or percent(got) != percent(asked)
        lines.append(f"{name:<14}{percent(asked):>9}{percent(got):>9}")
    return [*lines, _REASON[next(iter(made.asked))]] if differs else lines


_REASON = {
    "median": "The three are not symmetric on the log-odds: the median is kept, and\n"
    "low and high share the difference.",
    "beta": "No Beta is normal on the log-odds: their mean and variance are kept.",
    "words": "An end of a band at 0 % or 100 % is read as 1 % or 99 %.",
}


def area_plot(prior: LogitNormal, blocks: str) -> str:
    """Draw a density in text, over an axis from 0 to 100 %.

    Parameters
    ----------
    prior : LogitNormal
        What is drawn: how much of it falls on each column.
    blocks : str
        What fills a cell, from nothing to all of it.

    Returns
    -------
    str
        Beneath the density a line for the prior's 90 % interval ``-``, its 50 %
        interval ``=`` and its median ``o``; then the axis.
    """
    mass = mass_between(prior, np.linspace(0, 1, COLUMNS + 1))
    full = len(blocks) - 1
    heights = np.ceil(mass / mass.max() * ROWS * full - 0.5).astype(int)
    rows = [
        "".join(blocks[min(max(height - row * full, 0), full)] for height in heights)
        for row in reversed(range(ROWS))
    ]
    rows = [row.rstrip() for row in (*rows, _interval_line(prior))]
    ticks = "+".join("-" * 11 for _ in range(5))
    labels = "".join(f"{tick:<12}" for tick in range(0, 100, 20)) + "100 %"
    return "\n".join(f"  {row}" for row in (*rows, f"+{ticks}+", labels))


def _interval_line(prior: LogitNormal) -> str:
    def column(q: float) -> int:
        return min(int(prior.quantile(q) * COLUMNS), COLUMNS - 1)

    line = [" "] * COLUMNS
    for low, high, mark in ((0.05, 0.95, "-"), (0.25, 0.75, "="), (0.5, 0.5, "o")):
        for i in range(column(low), column(high) + 1):
            line[i] = mark
    return "".join(line)


def _area_plot_here(prior: LogitNormal) -> str:
    """Draw in eighths of a block where the terminal can print them, else in signs."""
    blocks = " ▁▂▃▄▅▆▇█"
    try:
        blocks.encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        blocks = " .#"
    return area_plot(prior, blocks)


def _save(made: Elicited, path: Path) -> None:
    # Templates take a third of a second to load: who draws nothing should not pay it.
    from deciban.model.plots.prior_drawing import draw_prior

    title = f"Prior: {made.line.removeprefix('prior: ').strip('{}')}"
    save_plot(draw_prior(made.prior, title, nearest_beta(made.prior)).plot(), path)
    click.echo(f"wrote {path}", err=True)
