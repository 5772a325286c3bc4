"""How forecasts look on a terminal, and as plain text.

Probabilities are shown with as many digits as a reader can use, and a word of
probability never without its number. The texts are plain ASCII, so that no terminal,
log or spreadsheet garbles them.
"""

import datetime
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from rich.console import Console
from rich.table import Table

from model.casebook import Casebook

# It takes a second to import; here it is but a type.
if TYPE_CHECKING:
    from model.summary import Checks, ScenarioSummary, Summary

__all__ = [
    "Order",
    "argument_table",
    "checks_line",
    "decibans",
    "forecast_table",
    "interval",
    "percent",
    "plain_table",
    "print_summary",
    "source_table",
    "terminal",
]

type Order = Literal["case", "forecast", "id"]

# At this width the mean has a column beside its word; below, the word brings it along,
# on a second line if the two are longer than this: so ids of 19 letters fit 80 columns.
_WIDE = 110
_NARROW_FORECAST = 18


def percent(probability: float) -> str:
    """Write a probability as a percentage, finer towards both ends.

    Examples
    --------
    >>> [percent(p) for p in (0.0002, 0.0021, 0.39, 0.914, 0.99996, 1.0)]
    ['<0.1 %', '0.2 %', '39 %', '91 %', '>99.9 %', '100 %']
    """
    return f"{_hundredths(probability)} %"


def interval(bounds: tuple[float, float]) -> str:
    """Write an interval of probabilities.

    Examples
    --------
    >>> interval((0.0001, 0.38)), interval((0.954, 0.9999))
    ('<0.1-38 %', '95.4 to >99.9 %')
    """
    low, high = map(_hundredths, bounds)
    if low == high:
        return f"{low} %"
    between = "-" if high[0].isdigit() else " to "  # a hyphen before > is an arrow
    return f"{low}{between}{high} %"


def _hundredths(probability: float) -> str:
    if probability in (0, 1):
        return f"{probability:.0%}".removesuffix("%")
    # 0.05 % would round up to the 0.1 % that it is not.
    if probability < 0.001:
        return "<0.1"
    if probability > 0.999:
        return ">99.9"
    decimals = 0 if 0.05 <= probability <= 0.95 else 1
    return f"{100 * probability:.{decimals}f}"


def decibans(weight: float | None) -> str:
    """Write a weight of evidence with its sign; a dash where there is none.

    Examples
    --------
    >>> decibans(17.29), decibans(-0.04), decibans(None)
    ('+17.3', '0.0', '-')
    """
    if weight is None:
        return "-"
    text = f"{weight:+.1f}"
    return "0.0" if text in ("+0.0", "-0.0") else text


def forecast_table(
    summary: "Summary", casebook: Casebook, *, order: Order = "case", wide: bool = True
) -> Table:
    """Tabulate the forecasts of a fit.

    Parameters
    ----------
    summary : Summary
        Of the fit.
    casebook : Casebook
        The one that was fitted; it knows the days of outcomes.
    order : {"case", "forecast", "id"}
        By the priors file, by probability, the likeliest first, or by id.
    wide : bool
        Whether the mean has a column of its own; else only its word says it.
    """
    table = _table()
    table.add_column("scenario", no_wrap=True)
    table.add_column("prior", justify="right", no_wrap=True)
    if wide:
        table.add_column("forecast", justify="right", no_wrap=True)
    else:
        table.add_column("forecast")
    table.add_column(_heading("90 % interval", wide), justify="right", no_wrap=True)
    if wide:
        table.add_column("in words (ICD 203)", no_wrap=True)
    table.add_column(_heading("weight (dB)", wide), justify="right", no_wrap=True)
    table.add_column(_heading("reports (origins)", wide), justify="right", no_wrap=True)
    settled = {
        scenario.id: scenario.outcome.on
        for scenario in casebook.priors.scenarios
        if scenario.outcome is not None
    }
    for scenario in _ordered(summary.scenarios, order):
        number, range_ = percent(scenario.mean), interval(scenario.eti90)
        words = _in_words(scenario, settled.get(scenario.id))
        if not wide and len(words) > _NARROW_FORECAST:
            words = words.replace(" (", "\n(")
        table.add_row(
            scenario.id,
            percent(scenario.prior_mean),
            *([number, range_, words] if wide else [words, range_]),
            decibans(scenario.weight_db),
            f"{scenario.reports:,} ({scenario.origins:,})",
        )
    return table


def _heading(text: str, wide: bool) -> str:
    """Break the heading of a narrow table before its last word."""
    return text if wide else "\n".join(text.rsplit(" ", 1))


def _ordered(
    scenarios: Sequence["ScenarioSummary"], order: Order
) -> list["ScenarioSummary"]:
    if order == "forecast":
        return sorted(scenarios, key=lambda scenario: -scenario.mean)
    if order == "id":
        return sorted(scenarios, key=lambda scenario: scenario.id)
    return list(scenarios)


def _in_words(scenario: "ScenarioSummary", settled: datetime.date | None) -> str:
    """Write what became of a scenario, or else the word for its probability."""
    if scenario.outcome is not None:
        return f"{'yes' if scenario.outcome else 'no'} ({settled})"
    number = percent(scenario.mean)
    if scenario.annulled:
        return f"annulled ({settled}; {number})"
    if scenario.awaiting_resolution:
        return f"awaiting resolution ({number})"
    return f"{scenario.term} ({number})" if scenario.term else number


def source_table(summary: "Summary") -> Table:
    """Tabulate how reliable each source is: by its grade, and after the reports."""
    table = _table()
    table.add_column("source", no_wrap=True)
    table.add_column("grade")
    for name in ("by its grade", "reliability", "90 % interval"):
        table.add_column(name, justify="right", no_wrap=True)
    for source in summary.sources:
        table.add_row(
            source.id,
            source.grade,
            percent(source.prior_mean),
            percent(source.mean),
            interval(source.eti90),
        )
    return table


def argument_table(summary: "Summary") -> Table:
    """Tabulate how far each argument is established, and what it weighs."""
    table = _table()
    table.add_column("argument", no_wrap=True)
    table.add_column("holds", justify="right", no_wrap=True)
    table.add_column("weighs, in dB")
    for argument in summary.arguments:
        weights = [f"{s} {decibans(db)}" for s, db in argument.weight_db.items()]
        table.add_row(argument.id, percent(argument.probability), ", ".join(weights))
    return table


def checks_line(checks: "Checks") -> str:
    """Say on one line whether a fit passed its checks, with the figures."""
    if checks.r_hat_max is None:
        figures = "every scenario is settled"
    else:
        figures = (
            f"R-hat {checks.r_hat_max:.3f}, ESS bulk {checks.ess_bulk_min:,.0f}, "
            f"tail {checks.ess_tail_min:,.0f}"
        )
    divergences = f"{checks.divergences:,} divergence{'s' * (checks.divergences != 1)}"
    return f"{'passed' if checks.ok else 'FAILED'} ({figures}, {divergences})"


class _Terminal(Console):
    """A console that leaves a broken pipe to ``service.cli``, where Rich would exit."""

    def on_broken_pipe(self) -> None:
        raise  # the error that Rich has caught where it calls this


def terminal(stderr: bool = False) -> Console:
    """Open the terminal, or whatever stdout or stderr leads to, for plain words."""
    return _Terminal(stderr=stderr, highlight=False, markup=False, emoji=False)


def plain_table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    """Tabulate texts."""
    table = _table()
    for heading in headings:
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(*row)
    return table


def _table() -> Table:
    return Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")


def print_summary(
    summary: "Summary",
    casebook: Casebook,
    console: Console,
    *,
    order: Order = "case",
    sources: bool = False,
    arguments: bool = False,
) -> None:
    """Print what a fit says: the forecasts, further tables if wanted, and its proof."""
    wide = console.width >= _WIDE
    console.print(forecast_table(summary, casebook, order=order, wide=wide))
    for wanted, table in (
        (arguments, argument_table(summary)),
        (sources, source_table(summary)),
    ):
        if wanted:
            console.print()
            console.print(table)
    console.print()
    for name, said in (
        ("checks", checks_line(summary.checks)),
        ("case", f"{summary.case}, {casebook.priors.title}"),
        ("as of", summary.as_of.isoformat()),
        ("digest", summary.digest),
    ):
        console.print(f"{name}: {said}", soft_wrap=True)
