"""``deciban why`` and ``deciban influence``: what moved forecasts, and carries them."""

import datetime
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from deciban.evidence.items import day
from deciban.model.casebook.casebook import Casebook
from deciban.model.posterior.summary import can_tell
from deciban.service.commands.case_option import given_casebook
from deciban.service.commands.render import plain_table, print_table, terminal
from deciban.service.commands.store_option import opened_store, takes_store
from deciban.service.running.clock import today

if TYPE_CHECKING:
    from deciban.model.explain.influence import Influence
    from deciban.model.explain.next_report import Prospect
    from deciban.model.explain.why import WhyMoved
    from deciban.model.fit import Fit

__all__ = ["influence", "next_command", "why"]

_REFIT: Mapping[str | None, str] = {
    None: "",
    "needed": "only a refit can tell",
    "waits": "its refit waits",
    "made": "by a refit",
}
_SHOWN = 8  # parts of a scenario, those that do most first


@click.command(
    epilog="\b\nExamples:\n"
    "  deciban why dprk-russia 2022-12-01 2024-03-31\n"
    "  deciban why --priors a.priors.yaml --evidence a.evidence.yaml "
    "2024-01-01 2024-02-01\n"
    "  deciban why before/posterior.nc after/posterior.nc\n"
    "  deciban why my-case 3 7"
)
@click.argument("ends", nargs=-1, required=True, metavar="[CASE] FROM TO")
@click.option("--priors", type=click.Path(path_type=Path), metavar="FILE")
@click.option(
    "--evidence", type=click.Path(path_type=Path), multiple=True, metavar="FILE"
)
@takes_store
@click.option("--scenario", metavar="ID", help="Of one alone, in full.")
@click.option("--quiet", is_flag=True, help="No progress.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def why(
    ends: tuple[str, ...],
    priors: Path | None,
    evidence: tuple[Path, ...],
    database: str | None,
    scenario: str | None,
    quiet: bool,
    as_json: bool,
) -> None:
    """Say why forecasts moved between two days, fits or revisions.

    FROM and TO are days, YYYY-MM-DD, of a CASE that comes along or of your own files;
    two fits that 'deciban fit --out' saved; or revisions, by number, of a CASE in the
    service's store. The parts add up to each change, whatever the order: reports that
    came, were taken out or changed, grades, priors, links, outcomes, the clock
    with signs that were not seen, rules of another version that made the first fit,
    sampling noise.
    """
    *case, start, end = ends if len(ends) > 1 else ("", *ends)
    if len(case) > 1 or not start:
        raise click.UsageError(
            "Give [CASE] FROM TO: two days, two files of fits, or two revisions."
        )
    recorded = None
    if start.endswith(".nc") and end.endswith(".nc") and not case:
        from deciban.model.fit import Fit

        before, recorded = _first_fit(start, quiet)
        after = Fit.read(end)
    else:
        moments = (
            _of_store(case[0], (start, end), database)
            if case and (start.isdecimal() or end.isdecimal())
            else _of_files(case, priors, evidence, (start, end))
        )
        before, after = (_fit(*moment, quiet) for moment in moments)
    from deciban.model.explain.why import Moment, why_moved

    refitted = _means(before)
    found = why_moved(
        [after.basis, before.basis],
        Moment(before.casebook, before.as_of),
        Moment(after.casebook, after.as_of),
        recorded or refitted,
        other_rules=recorded is not None,
        refitted=refitted,
    )
    if scenario is not None:
        chosen = [move for move in found.scenarios if move.id == scenario]
        if not chosen:
            ids = ", ".join(move.id for move in found.scenarios)
            raise click.UsageError(f"--scenario must be one of {ids}, got {scenario!r}")
        found = found.model_copy(update={"scenarios": chosen})
    if as_json:
        click.echo(found.model_dump_json(indent=2))
    else:
        _print(found, after.casebook, in_full=scenario is not None)


def _first_fit(path: str, quiet: bool) -> "tuple[Fit, dict[str, float] | None]":
    """Read a fit; make it again, beside what it said, if other rules made it."""
    from deciban.model.fit import Fit
    from deciban.model.posterior.fit_file import read_fit, rules_of
    from deciban.model.posterior.statistics import casebook_of
    from deciban.model.posterior.summary import RULES

    tree = read_fit(path, other_rules=True)
    if rules_of(tree) == RULES:
        return Fit.of_tree(tree), None
    said = tree.children["posterior"].to_dataset()
    means = said["probability"].mean(("chain", "draw")).values.tolist()
    forecasts = dict(zip(said["scenario"].values.tolist(), means, strict=True))
    return _fit(casebook_of(tree), _day(tree.attrs["as_of"]), quiet), forecasts


def _of_store(
    case: str, ends: Sequence[str], database: str | None
) -> list[tuple[Casebook, datetime.date]]:
    """Take revisions on the day of current forecasts, and days as the case is now."""
    from deciban.model.casebook.forecast_day import day_to_take
    from deciban.service.store import casebooks

    with opened_store(database) as store, store.reading() as session:
        now = casebooks.casebook(session, case)
        on = day_to_take(now, None, today()).day
        return [
            (casebooks.casebook(session, case, int(end)), on)
            if end.isdecimal()
            else (now, _day(end))
            for end in ends
        ]


def _of_files(
    case: Sequence[str],
    priors: Path | None,
    evidence: Sequence[Path],
    ends: Sequence[str],
) -> list[tuple[Casebook, datetime.date]]:
    casebook = given_casebook(case[0] if case else None, priors, evidence)
    return [(casebook, _day(end)) for end in ends]


def _day(written: str) -> datetime.date:
    try:
        return day(written)
    except ValueError as error:
        raise click.UsageError(f"{error}, got {written!r}") from error


def _fit(casebook: Casebook, as_of: datetime.date, quiet: bool) -> "Fit":
    # The sampler takes a second to import: no other command should pay that.
    from deciban.model.fit import Fit
    from deciban.model.sampling.fit import sample
    from deciban.service.commands.progress import listening

    with listening(terminal(stderr=True), quiet) as progress:
        return Fit(sample(casebook, as_of, progress=progress), casebook, as_of)


def _print(found: "WhyMoved", casebook: Casebook, *, in_full: bool) -> None:
    from deciban.model.plots.move_drawing import move_sentence, part_title
    from deciban.model.posterior.wording import decibans

    console = terminal()
    for move in found.scenarios:
        console.print(move_sentence(move, casebook), soft_wrap=True)
    if in_full:
        (move,) = found.scenarios
        rows = []
        for part in move.parts:
            rows.append((part_title(part), decibans(part.weight_db)))
            rows += [(f"  {r}", decibans(size)) for r, size in part.reports.items()]
        console.print()
        print_table(plain_table(("what changed", "dB"), rows), console)
    if not can_tell(found.pareto_k):
        told = f"Pareto k {found.pareto_k:.2f}, above 0.7"
        console.print(
            f"\nThe draws of these fits reach the states between them poorly ({told}): "
            "the parts are rough.",
            soft_wrap=True,
        )


def _takes_line[F: Callable[..., Any]](what: str) -> Callable[[F], F]:
    return click.option(
        "--line",
        type=click.FloatRange(0, 1, min_open=True, max_open=True),
        default=0.5,
        show_default=True,
        help=what,
    )


@click.command(
    "influence",
    epilog="\b\nExample:\n"
    "  deciban influence results/posterior.nc --scenario munitions --line 0.8",
)
@click.argument("fit", metavar="FIT.nc", type=click.Path(path_type=Path))
@click.option("--scenario", metavar="ID", help="Of one alone.")
@_takes_line("Probability that a single judgement is to carry a forecast across.")
@click.option("--refit", is_flag=True, help="Fit again what only a refit can tell.")
@click.option("--quiet", is_flag=True, help="No progress.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def influence(
    fit: Path,
    scenario: str | None,
    line: float,
    refit: bool,
    quiet: bool,
    as_json: bool,
) -> None:
    """Say on what the forecasts of a fit rest, and what would turn them.

    Each report, source, origin, argument and camp is left out in turn; above a Pareto k
    of 0.7 only a refit, by --refit, can tell what the forecast would be. Then the
    single judgements that, changed by one grade or word, carry a forecast across the
    line; and how it answers to somewhat surer priors and somewhat more trust in the
    reports.
    """
    from deciban.model.explain.influence import influence as influence_of
    from deciban.model.fit import Fit

    saved = Fit.read(fit)
    found = influence_of(saved.basis, saved.casebook, saved.as_of, [line])
    ids = [one.scenario for one in found.sensitivity]
    if scenario is not None and scenario not in ids:
        raise click.UsageError(
            f"--scenario must be one of {', '.join(ids)}, got {scenario!r}"
        )
    if refit:
        found = _refitted(saved, found, quiet)
    if as_json:
        click.echo(found.model_dump_json(indent=2))
        return
    for name in ids if scenario is None else [scenario]:
        _print_influence(found, name, line)


def _refitted(saved: "Fit", found: "Influence", quiet: bool) -> "Influence":
    """Fit the case again without each part of which the draws cannot tell."""
    from deciban.model.explain.influence import casebook_without, with_refits
    from deciban.model.fit import Fit
    from deciban.model.sampling.fit import sample
    from deciban.service.commands.progress import counting

    untold = [(one.kind, one.id) for one in found.left_out if one.refit]
    refits, day, console = {}, saved.as_of, terminal(stderr=True)
    with counting(console, "fitting without parts", len(untold), quiet) as advance:
        for part in untold:
            without = casebook_without(saved.casebook, day, *part)
            refits[part] = _means(Fit(sample(without, day), without, day))
            advance()
    return with_refits(found, _means(saved), refits)


def _means(fit: "Fit") -> dict[str, float]:
    return {said.id: said.mean for said in fit.summary.scenarios}


def _print_influence(found: "Influence", name: str, line: float) -> None:
    from deciban.model.posterior.wording import decibans, percent

    console = terminal()
    (told,) = [one.told for one in found.sensitivity if one.scenario == name]
    console.print(f"{name}: {told}", soft_wrap=True)
    parts = sorted(found.left_out, key=lambda part: -abs(part.moves_db[name]))
    rows = [
        (
            f"{part.kind} {part.id}",
            decibans(part.moves_db[name]),
            _REFIT[part.refit],
        )
        for part in parts[:_SHOWN]
    ]
    print_table(plain_table(("left out", "it does, dB", ""), rows), console)
    for flip in found.flips:
        if flip.scenario == name:
            on = f" on {flip.on}" if flip.on else ""
            console.print(
                f"across {percent(line)}: {flip.judgement} of {flip.id}{on} "
                f"{flip.becomes}, not {flip.was}: {percent(flip.after)}",
                soft_wrap=True,
            )
    console.print()


@click.command(
    "next",
    epilog="\b\nExample:\n  deciban next results/posterior.nc --scenario trade",
)
@click.argument("fit", metavar="FIT.nc", type=click.Path(path_type=Path))
@click.option("--scenario", required=True, metavar="ID", help="Of which to learn more.")
@_takes_line("Probability whose crossing is looked for.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def next_command(fit: Path, scenario: str, line: float, as_json: bool) -> None:
    """Say what to look for next: the report expected to tell most.

    First on what: the scenario and each argument on it, by a strong report of a new
    source of grade B. Then from whom, on the first of these. Bits are the expected
    gain, given all that has been heard.
    """
    from deciban.model.explain.next_report import next_report
    from deciban.model.fit import Fit

    saved = Fit.read(fit)
    found = next_report(saved.basis, saved.casebook, saved.as_of, scenario, line)
    if as_json:
        click.echo(found.model_dump_json(indent=2))
        return
    _print_prospects("on what", found.targets, line)
    click.echo()
    _print_prospects("from whom", found.sources, line)


def _print_prospects(
    heading: str, prospects: "Sequence[Prospect]", line: float
) -> None:
    from deciban.model.posterior.wording import percent

    crosses = f"crosses {percent(line)}"
    rows = [
        (
            f"{one.kind} {one.id}",
            f"{one.bits:.3f}",
            percent(one.crosses),
            f"{percent(one.if_against)}, {percent(one.if_for)}",
        )
        for one in prospects
    ]
    headings = (heading, "bits", crosses, "if against it, for it")
    print_table(plain_table(headings, rows), terminal())
