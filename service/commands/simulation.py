"""``deciban simulate``: a casebook drawn from the model, with the truth beside it."""

import json
from pathlib import Path

import click

from deciban.model.casebook.files import write_evidence, write_priors
from deciban.model.sampling.simulate import Simulated, Size, simulate
from deciban.service.commands.fit_files import replacing_together

__all__ = ["EVIDENCE", "PRIORS", "TRUTH", "simulate_command", "write_simulated"]

PRIORS, EVIDENCE, TRUTH = "priors.yaml", "evidence.jsonl", "truth.json"

_COUNT = click.IntRange(min=0)


@click.command(
    "simulate",
    epilog="\b\nExample:\n"
    "  deciban simulate --reports 1000 --dir big\n"
    "  deciban fit --priors big/priors.yaml --evidence big/evidence.jsonl "
    "--as-of 2020-12-31",
)
@click.option("--reports", type=click.IntRange(min=1), default=100, show_default=True)
@click.option("--scenarios", type=_COUNT, help="A tenth of the reports, if not given.")
@click.option("--sources", type=_COUNT, help="Grows as the root of the reports.")
@click.option("--arguments", type=_COUNT, help="As many as scenarios.")
@click.option("--links", type=_COUNT, help="Some three for eight scenarios.")
@click.option("--seed", type=_COUNT, default=1, show_default=True)
@click.option(
    "--dir",
    "directory",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("simulated"),
    show_default=True,
    help="Where the files go; made if it is not there.",
)
def simulate_command(
    reports: int,
    scenarios: int | None,
    sources: int | None,
    arguments: int | None,
    links: int | None,
    seed: int,
    directory: Path,
) -> None:
    """Draw a casebook from the model itself.

    Of any size, with the truth that made it beside it. Writes priors.yaml,
    evidence.jsonl and truth.json: what happened in the end, and how reliable each
    source was. The same seed gives the same casebook.

    """
    given = {
        "scenarios": scenarios,
        "sources": sources,
        "arguments": arguments,
        "links": links,
    }
    try:
        size = Size.around(reports, **{k: v for k, v in given.items() if v is not None})
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    for path in write_simulated(simulate(size, seed), directory):
        click.echo(path)


def write_simulated(simulated: Simulated, directory: Path) -> list[Path]:
    """Write a casebook's two files and its truth, all or none; return their paths.

    Parameters
    ----------
    simulated : Simulated
        A casebook, and what is true in its world.
    directory : Path
        Made if it is not there.

    Returns
    -------
    list of Path
        Priors, evidence and truth.
    """
    truth = {
        "as_of": simulated.as_of.isoformat(),
        "occurred": simulated.occurred,
        "reliability": simulated.reliability,
    }
    with replacing_together(directory) as draft:
        write_priors(simulated.casebook.priors, draft / PRIORS)
        write_evidence(simulated.casebook.evidence, draft / EVIDENCE)
        text = json.dumps(truth, indent=2) + "\n"
        (draft / TRUTH).write_text(text, encoding="utf-8")
    return [directory / name for name in (PRIORS, EVIDENCE, TRUTH)]
