"""``deciban learn``: what settled cases have taught, and a file of it for others."""

import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from deciban.model.casebook.atomic_file import write_whole
from deciban.model.casebook.yaml_text import yaml_text
from deciban.model.posterior.wording import checks_line, counted
from deciban.service.commands.case_option import named_casebook
from deciban.service.commands.render import plain_table, print_table, terminal

if TYPE_CHECKING:
    from deciban.model.learning import Learned

__all__ = ["learn"]


@click.command(
    epilog="\b\nExamples:\n  deciban learn grain-deal straits --out learned.yaml\n"
    "  (then, in a priors file beside it)  scales: learned.yaml"
)
@click.argument("cases", nargs=-1, required=True, metavar="CASES...")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write what was taught to a YAML file, as the scales of a priors file.",
)
@click.option(
    "--draws",
    type=click.IntRange(min=25),
    default=1000,
    show_default=True,
    help="Draws that each of 4 chains keeps.",
)
@click.option("--seed", type=click.IntRange(0, 2**32 - 1), help="Of the draws.")
@click.option("--quiet", is_flag=True, help="No progress and no messages.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def learn(
    cases: tuple[str, ...],
    out: Path | None,
    draws: int,
    seed: int | None,
    quiet: bool,
    as_json: bool,
) -> None:
    """Learn what grades, words and sources have been worth.

    From all that is settled in CASES, in one fit. A case is one that comes along, or
    the NAME of NAME.priors.yaml and NAME.evidence.yaml (or .jsonl, .csv), or of a
    folder with priors.yaml and evidence.yaml. A source is one over all cases, by its
    id. Learning begins at the default numbers, whatever scales the cases have, so that
    nothing is counted twice.
    """
    if out is not None and out.suffix.lower() not in (".yaml", ".yml"):
        raise click.UsageError("Give --out a name that ends in .yaml or .yml.")
    if len(set(cases)) < len(cases):
        raise click.UsageError("Give each case once.")
    casebooks = [named_casebook(name) for name in cases]
    console = terminal(stderr=True)
    # The sampler takes a second to import: no other command should pay that.
    from deciban.model.learning import learn as learned_from
    from deciban.model.sampling.fit import SamplingSettings
    from deciban.service.commands.progress import listening

    with listening(console, quiet) as progress:
        learned = learned_from(
            casebooks,
            datetime.datetime.now(datetime.UTC).date(),
            SamplingSettings(draws=draws),
            seed=seed,
            progress=progress,
        )
    if as_json:
        click.echo(learned.model_dump_json(indent=2))
    else:
        _print(learned)
    if not learned.checks.ok:
        raise click.ClickException(
            f"the checks {checks_line(learned.checks)}: do not rely on these numbers; "
            f"nothing was written. Try more: --draws {max(4 * draws, 4000)}"
        )
    if out is not None:
        if not learned.scales:
            raise click.ClickException("the data teach nothing; nothing was written")
        write_whole(out, _file_text(learned).encode())
        if not quiet:
            console.print(f"written: {out}", soft_wrap=True)


def _file_text(learned: "Learned") -> str:
    names = ", ".join(one.case for one in learned.cases if one.because is None)
    return (
        f"# What 'deciban learn' found in {names}, as of {learned.as_of}.\n"
        "# A priors file takes it over by  scales: and the name of this file.\n"
        + yaml_text(learned.scales)
    )


def _print(learned: "Learned") -> None:
    console = terminal()
    for case in learned.cases:
        told = case.because or (
            f"{case.occurred + case.did_not} settled, {case.occurred} yes and "
            f"{case.did_not} no; {case.left_out} left out"
        )
        console.print(f"{case.case}: {told}", soft_wrap=True)
    console.print()
    rows = [
        [
            one.label,
            one.before.written(one.unit),
            one.after.written(one.unit) if one.taught else "nothing learned",
            f"{one.sources:,}",
            f"{one.reports:,}",
        ]
        for one in learned.numbers
    ]
    headings = ["number", "before (90 %)", "now (90 %)", "sources", "reports"]
    print_table(plain_table(headings, rows), console)
    console.print()
    rows = [
        [
            one.id,
            one.grade,
            one.before.written(),
            one.after.written() if one.taught else "nothing learned",
            f"{one.right:,} of {one.claims:,}" if one.claims else "-",
            ", ".join(one.cases),
        ]
        for one in learned.sources
    ]
    headings = ["source", "grade", "before (90 %)", "now (90 %)", "right", "cases"]
    print_table(plain_table(headings, rows), console)
    console.print()
    told = " and ".join(
        f"{sum(one.taught for one in some)} of {counted(len(some), noun)}"
        for noun, some in (("number", learned.numbers), ("source", learned.sources))
    )
    console.print(
        f"learned of {told}; of the rest the data teach nothing", soft_wrap=True
    )
    console.print(f"checks: {checks_line(learned.checks)}", soft_wrap=True)
