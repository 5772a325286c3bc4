"""How forecasts look on a terminal: tables of plain text, narrow or wide."""

import datetime
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table

from deciban.model.casebook.casebook import Casebook
from deciban.model.posterior.wording import checks_line, decibans, interval, percent

# It takes a second to import; here it is but a type.
if TYPE_CHECKING:
    from deciban.model.posterior.summary import ScenarioSummary, Summary

__all__ = [
    "Order",
    "argument_table",
    "forecast_table",
    "plain_table",
    "print_summary",
    "print_table",
    "source_table",
    "terminal",
]

type Order = Literal["case", "forecast", "id"]

# At this width the mean has a column beside its word; below, the word brings it along,
# on a second line if the two are longer than this: so ids of 19 letters fit 80 columns.
_WIDE = 110
_NARROW_FORECAST = 18
# Where less than this is left for a column of texts, its table is wider than its room.
_LEAST_TEXT = 19
_EVERY = 4  # of the days by which something has occurred, the last with them
_GAP = 2  # spaces behind each column


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
    table.add_column("scenario", overflow="fold")
    table.add_column("prior", justify="right", no_wrap=True)
    table.add_column("forecast", justify="right" if wide else "left", no_wrap=True)
    table.add_column(_heading("90 % interval", wide), justify="right", no_wrap=True)
    if wide:
        table.add_column("in words (ICD 203)", no_wrap=True)
    table.add_column(_heading("weight (dB)", wide), justify="right", no_wrap=True)
    table.add_column(_heading("reports (origins)", wide), justify="right", no_wrap=True)
    settled = {name: outcome.on for name, outcome in casebook.outcomes().items()}
    for scenario in _ordered(summary.scenarios, order):
        number, range_ = percent(scenario.mean), interval(scenario.eti90)
        words = _in_words(scenario, settled.get(scenario.id))
        if not wide and len(words) > _NARROW_FORECAST:
            words = words.replace(" (", "\n(").replace("; ", ";\n")
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
    if scenario.state == "annulled":
        return f"annulled ({settled}; {number})"
    if scenario.state == "closed, not settled":
        at_close = scenario.at_close
        before = "" if at_close is None else f"; {percent(at_close)} at its close"
        return f"{scenario.state} ({number}{before})"
    return f"{scenario.term} ({number})" if scenario.term else number


def source_table(summary: "Summary") -> Table:
    """Tabulate how reliable each source is: before and after the reports."""
    table = _table()
    table.add_column("source", overflow="fold")
    table.add_column("grade", no_wrap=True)
    for name in ("before", "reliability", "90 % interval"):
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
    table.add_column("argument", overflow="fold")
    table.add_column("holds", justify="right", no_wrap=True)
    table.add_column("weighs, in dB", overflow="fold")
    for argument in summary.arguments:
        weights = [f"{s} {decibans(db)}" for s, db in argument.weight_db.items()]
        table.add_row(argument.id, percent(argument.probability), ", ".join(weights))
    return table


def by_when_table(summary: "Summary") -> Table:
    """Tabulate the probability that each has occurred by some days of its window."""
    table = _table()
    table.add_column("scenario", overflow="fold")
    for name in ("by the end of", "has occurred", "90 % interval"):
        table.add_column(name, justify="right", no_wrap=True)
    for scenario in summary.scenarios:
        for one in scenario.by_when[::_EVERY]:
            table.add_row(
                scenario.id,
                one.day.isoformat(),
                percent(one.mean),
                interval(one.eti90),
            )
    return table


class _Terminal(Console):
    """A console that leaves a broken pipe to the command line; Rich would exit."""

    def on_broken_pipe(self) -> None:
        raise  # the error that Rich has caught where it calls this


def terminal(stderr: bool = False) -> Console:
    """Open the terminal, or whatever stdout or stderr leads to, for plain words.

    Parameters
    ----------
    stderr : bool
        Whether it is that of standard error.
    """
    return _Terminal(stderr=stderr, highlight=False, markup=False, emoji=False)


def plain_table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    """Tabulate texts.

    Parameters
    ----------
    headings : sequence of str
        Of the columns.
    rows : sequence of sequence of str
        A text for each column.
    """
    table = _table()
    for heading in headings:
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(*row)
    return table


def _table() -> Table:
    return Table(box=None, pad_edge=False, padding=(0, _GAP, 0, 0), header_style="bold")


def print_table(table: Table, console: Console) -> None:
    """Print a table of which nothing is cut, however narrow the terminal.

    Texts break where a terminal has no room for them, numbers never: below some width
    the terminal itself breaks the lines. A file or a pipe has no edge, so there each
    row is one line.

    Parameters
    ----------
    table : Table
        What is printed.
    console : Console
        Where to.
    """
    for column in table.columns:
        cells = map(str, (column.header, *column.cells))
        longest = max(cell_len(line) for cell in cells for line in cell.split("\n"))
        if column.no_wrap or not console.is_terminal:
            column.min_width = longest
        else:
            column.min_width = min(longest, _LEAST_TEXT)
    width, height = console.size
    least = sum((column.min_width or 0) + _GAP for column in table.columns)
    console.size = (max(width, least), height)
    console.print(table)
    console.size = (width, height)


def print_summary(
    summary: "Summary",
    casebook: Casebook,
    console: Console,
    *,
    order: Order = "case",
    sources: bool = False,
    arguments: bool = False,
    by_when: bool = False,
) -> None:
    """Print what a fit says: the forecasts, further tables if wanted, and its proof."""
    wide = console.width >= _WIDE
    print_table(forecast_table(summary, casebook, order=order, wide=wide), console)
    means = {scenario.id: scenario.mean for scenario in summary.scenarios}
    for rivals in casebook.priors.rivals:
        told = f"one comes true: {', '.join(rivals.scenarios)}"
        if rivals.none is not None:
            none = max(0.0, 1 - sum(means[name] for name in rivals.scenarios))
            told += f"; none of them {percent(none)}"
        console.print(f"rivals {rivals.id}: {told}", soft_wrap=True)
    for wanted, table in (
        (arguments, argument_table(summary)),
        (sources, source_table(summary)),
        (by_when, by_when_table(summary)),
    ):
        if wanted:
            console.print()
            print_table(table, console)
    console.print()
    for name, said in (
        ("checks", checks_line(summary.checks)),
        ("case", f"{summary.case}, {casebook.priors.title}"),
        ("as of", summary.as_of.isoformat()),
        ("digest", summary.digest),
    ):
        console.print(f"{name}: {said}", soft_wrap=True)
