"""Cases before they are fitted: list, begin, check, convert them."""

import json
import re
from collections import defaultdict
from pathlib import Path
from typing import Any, get_args

import click

from deciban.evidence import EvidenceFile
from deciban.model.casebook.atomic_file import write_whole
from deciban.model.casebook.casebook import Casebook
from deciban.model.casebook.files import (
    Format,
    Separator,
    decoded,
    evidence_text,
    read_casebook,
    read_evidence,
    read_priors,
    shipped_case_files,
    shipped_cases,
    template_files,
    write_evidence,
)
from deciban.model.errors import CaseError, Problem
from deciban.model.posterior.wording import counted
from deciban.priors import PriorsFile
from deciban.service.commands.case_option import tell_cautions, tell_lost_comments
from deciban.service.commands.render import plain_table, print_table, terminal
from deciban.service.running.clock import today

__all__ = ["cases", "check", "convert", "new", "schema"]

_PATH = click.Path(path_type=Path, allow_dash=True)
_KINDS = (
    "scenarios",
    "arguments",
    "links",
    "rivals",
    "indicators",
    "sources",
    "reports",
)


@click.command(epilog="\b\nExample:\n  deciban cases")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON list.")
def cases(as_json: bool) -> None:
    """List the cases that come along."""
    described = [
        _described(read_casebook(*shipped_case_files(c))) for c in shipped_cases()
    ]
    if as_json:
        click.echo(json.dumps(described, indent=2))
        return
    rows = [(one["case"], one["title"], _holds(one)) for one in described]
    print_table(plain_table(("case", "title", "holds"), rows), terminal())


def _described(casebook: Casebook) -> dict[str, Any]:
    return _priors_described(casebook.priors) | _evidence_described(casebook.evidence)


def _priors_described(priors: PriorsFile) -> dict[str, Any]:
    return {
        "case": priors.case,
        "title": priors.title,
        "scenarios": len(priors.scenarios),
        "arguments": len(priors.arguments),
        "links": len(priors.links),
        "rivals": len(priors.rivals),
        "indicators": len(priors.indicators),
    }


def _evidence_described(evidence: EvidenceFile) -> dict[str, Any]:
    days = [report.published.isoformat() for report in evidence.reports]
    return {
        "case": evidence.case,
        "sources": len(evidence.sources),
        "reports": len(evidence.reports),
        "first_report": min(days, default=None),
        "last_report": max(days, default=None),
    }


def _holds(described: dict[str, Any]) -> str:
    return ", ".join(
        counted(n, "rival set" if kind == "rivals" else kind.removesuffix("s"))
        for kind, n in described.items()
        if kind in _KINDS and (n or kind not in ("rivals", "indicators"))
    )


@click.command(
    epilog="\b\nExample:\n  deciban check mine.priors.yaml mine.evidence.yaml"
)
@click.argument(
    "files",
    nargs=-1,
    required=True,
    metavar="FILES...",
    type=click.Path(path_type=Path),
)
@click.option("--strict", is_flag=True, help="Let cautions fail the check.")
def check(files: tuple[Path, ...], strict: bool) -> None:
    """Validate the files of a case.

    A priors file, evidence files, or both, which are then checked together. All
    problems are told at once, each with file, line, rule and value. What is allowed and
    yet seldom meant is told as a caution: evidence that may be counted twice, sources
    never used, reports after the close or the outcome, priors without a reason,
    priors of rivals that do not add up to one, large sets of links.
    """
    priors, evidence = _sorted_by_kind(files)
    if len(priors) > 1:
        raise click.UsageError("Give at most one priors file: a case has but one.")
    if not priors:
        since = read_evidence(evidence)
        click.echo(f"ok: {since.case}: {_holds(_evidence_described(since))}")
        return
    if not evidence:
        before = read_priors(priors[0])
        click.echo(f"ok: {before.case}: {_holds(_priors_described(before))}")
        return
    casebook = read_casebook(priors[0], evidence)
    n_cautions = tell_cautions(casebook, today())
    click.echo(f"ok: {casebook.case}: {_holds(_described(casebook))}")
    if n_cautions and strict:
        told = counted(n_cautions, "caution")
        raise click.ClickException(f"{told}, and --strict was given")


def _sorted_by_kind(files: tuple[Path, ...]) -> tuple[list[Path], list[Path]]:
    """Tell priors files from evidence files, by the keys that stand in them."""
    kinds: dict[bool, list[Path]] = defaultdict(list)
    for file in files:
        kinds[_is_priors(file)].append(file)
    return kinds[True], kinds[False]


def _is_priors(file: Path) -> bool:
    if file.suffix.lower() not in (".yaml", ".yml"):
        return False
    try:
        text = decoded(file.read_bytes())
    except (OSError, UnicodeDecodeError):
        return False  # the reader says what is wrong with it
    # Not parsed, and told by most of its keys: where one is misspelt, or the text is no
    # YAML, it is still to be refused as the file that it is meant to be.
    keys = set(re.findall(r"""^[{"']*(\w+)["']?:""", text, re.MULTILINE))
    return len(keys & {*PriorsFile.model_fields}) > len(
        keys & {*EvidenceFile.model_fields}
    )


@click.command(epilog="\b\nExample:\n  deciban new grain-deal\n")
@click.argument("case")
@click.option(
    "--dir",
    "directory",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("."),
    show_default=True,
    help="Where the two files go.",
)
def new(case: str, directory: Path) -> None:
    """Begin a case of your own.

    Writes two files whose comments explain every key. CASE is its id: lower-case words
    joined by hyphens.
    """
    files = {directory / f"{case}.{one.name}": one for one in template_files(case)}
    for file in files:
        if file.exists():
            raise CaseError([Problem(str(file), "must not be there yet", "a file")])
    directory.mkdir(parents=True, exist_ok=True)
    written = []
    try:
        for file, template in files.items():
            write_whole(file, template.content)
            written.append(file)
        # Only the id can be wrong: the rest is ours.
        read_casebook(*files)
    except BaseException:
        for file in written:
            file.unlink()
        raise
    for file in files:
        click.echo(file)


@click.command(
    epilog="\b\nExamples:\n  deciban convert mine.evidence.yaml mine.evidence.csv\n"
    "  deciban convert --excel ';' mine.evidence.yaml mine.evidence.csv\n"
    "  deciban convert mine.evidence.csv - --format jsonl | head"
)
@click.argument(
    "files",
    nargs=-1,
    required=True,
    metavar="FILES...",
    type=click.Path(path_type=Path),
)
@click.argument("out", metavar="OUT", type=_PATH)
@click.option(
    "--format",
    "form",
    type=click.Choice(get_args(Format.__value__)),
    default="yaml",
    show_default=True,
    help="Where OUT is -, standard output.",
)
@click.option(
    "--excel",
    type=click.Choice(get_args(Separator.__value__)),
    help="Write CSV that Excel opens: with ',' where the decimal mark is a point, with "
    "';' where it is a comma.",
)
@click.option("--force", is_flag=True, help="Replace OUT if it is there.")
def convert(
    files: tuple[Path, ...],
    out: Path,
    form: Format,
    excel: Separator | None,
    force: bool,
) -> None:
    """Write evidence in another format.

    YAML, JSON Lines or CSV, by the name of OUT. Several FILES are merged. Nothing is
    lost on the way but the comments of a YAML file, which is said then.

    What a spreadsheet would run as a formula is written behind an apostrophe; --excel
    writes so too what Excel would take for a number or a day, and says that the text is
    UTF-8. The apostrophe is taken off again where a table is read.
    """
    is_table = form == "csv" if str(out) == "-" else out.suffix.lower() == ".csv"
    if excel and not is_table:
        raise click.UsageError("Give --excel where CSV is written.")
    evidence = read_evidence(files)
    # Of `convert *.yaml` the last file is OUT, which nobody means to lose.
    if str(out) != "-" and out.exists() and not force:
        rule = "must not be there yet, unless --force is given"
        raise CaseError([Problem(str(out), rule, "a file")])
    if str(out) == "-":
        click.echo(evidence_text(evidence, form, excel), nl=False)
    else:
        write_evidence(evidence, out, excel)
        click.echo(out)
    tell_lost_comments(files)


@click.command(epilog="\b\nExample:\n  deciban schema priors > priors.schema.json")
@click.argument("file", type=click.Choice(["priors", "evidence"]))
def schema(file: str) -> None:
    """Print the JSON Schema of a file.

    With it, editors complete and check what is written.
    """
    model = PriorsFile if file == "priors" else EvidenceFile
    described = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **model.model_json_schema(),
    }
    if file == "priors":
        of_a_file = {"type": "string", "description": "A YAML file, relative to this."}
        scales = described["properties"]["scales"]
        described["properties"]["scales"] = {"anyOf": [scales, of_a_file]}
    click.echo(json.dumps(described, indent=2))
