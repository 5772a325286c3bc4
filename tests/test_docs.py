"""The documents tell the truth: their examples run, and print what is shown.

Those that need a service are run by ``test_docs_service``.
"""

import contextlib
import doctest
import io
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from deciban.service.commands.main import main
from deciban.service.running.settings import SETTINGS
from deciban.service.web.api.resources import OPERATIONS

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent
DOCUMENTS = {
    str(path.relative_to(ROOT)): path.read_text("utf-8")
    for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]
}
ALL_TEXT = "\n".join(DOCUMENTS.values())
NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")

# How examples are run: here, by ``test_docs_service``, or not, being files.
RUN_HERE, RUN_WITH_A_SERVICE, FILES = {"console", "pycon"}, {"sh", "python"}, {"yaml"}
# Shown, and not run here: they install, or serve until they are stopped.
NOT_RUN = {"make", "pip", "deciban serve"}


def blocks(text: str) -> list[tuple[str, str]]:
    """Return the language and the content of each fenced block of a document."""
    return re.findall(r"^```(\w*)\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


def commands(block: str) -> list[tuple[str, str]]:
    """Return the commands of a console block, each with the output it shows."""
    examples = re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]
    parts = (example.partition("\n") for example in examples)
    return [(command, shown) for command, _, shown in parts]


def is_run(command: str) -> bool:
    words = command.split()
    return not {words[0], " ".join(words[:2])} & NOT_RUN


def close_enough(shown: str, printed: str) -> bool:
    """Whether two numbers agree to two units of the last digit shown, or to 10 %.

    Draws differ between processors in their last bits, hence later in their course; the
    means then differ by Monte Carlo errors, which are well below these bounds.
    Effective sample sizes, the only numbers in thousands, scatter more: 30 %.
    """
    one, other = (float(text.replace(",", "")) for text in (shown, printed))
    digits = len(shown.partition(".")[2])
    share = 0.1 if one < 1000 else 0.3
    return abs(one - other) <= max(2 * 10.0**-digits, share * one)


def assert_same(shown: str, printed: str) -> None:
    """Words agree to the letter but for spacing, numbers within Monte Carlo errors."""
    assert NUMBER.sub("#", shown).split() == NUMBER.sub("#", printed).split()
    for one, other in zip(NUMBER.findall(shown), NUMBER.findall(printed), strict=True):
        assert close_enough(one, other), f"shown is {one}, got {other}"


def run_command(command: str) -> str:
    program, *arguments = shlex.split(command)
    assert program == "deciban", command
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0, result.stderr
    return result.stdout


def run_python(source: str, names: dict[str, Any]) -> str:
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(compile(source, "<example>", "single"), names)
    return printed.getvalue()


@pytest.mark.parametrize(
    "document",
    [
        name
        for name, text in DOCUMENTS.items()
        if RUN_HERE & {language for language, _ in blocks(text)}
    ],
)
def test_examples_print_what_the_document_shows(document, tmp_path, monkeypatch):
    """One after the other in an empty folder, as a reader would."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr(sys, "displayhook", sys.__displayhook__)
    names: dict[str, Any] = {}
    for language, block in blocks(DOCUMENTS[document]):
        if language == "console":
            for command, shown in commands(block):
                if is_run(command):
                    assert_same(shown, run_command(command))
        elif language == "pycon":
            for example in doctest.DocTestParser().get_examples(block):
                assert_same(example.want, run_python(example.source, names))


def test_there_is_no_example_that_nobody_runs():
    known = RUN_HERE | RUN_WITH_A_SERVICE | FILES

    assert {language for language, _ in blocks(ALL_TEXT)} <= known


def test_the_readme_is_short():
    assert DOCUMENTS["README.md"].count("\n") < 200


def test_make_knows_the_targets_that_documents_name():
    named = re.findall(r"(?:`|\$ )make ([a-z -]+)", ALL_TEXT)
    targets = {target for words in named for target in words.split()}

    assert {"serve", "test", "lint", "bench", "forecast"} <= targets
    subprocess.run(
        ["make", "--dry-run", *targets], cwd=ROOT, check=True, capture_output=True
    )


def all_commands() -> dict[str, click.Command]:
    """Commands by their words; those of a group have two."""
    context = click.Context(main)
    found: dict[str, click.Command] = {}
    for name in main.list_commands(context):
        command = main.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            found |= {f"{name} {own}": one for own, one in command.commands.items()}
        else:
            found[name] = command
    return found


@pytest.mark.parametrize("name", sorted(all_commands()))
def test_every_command_has_help_and_stands_in_the_tutorial(name):
    command = all_commands()[name]

    assert command.help
    assert "Example" in (command.epilog or "")
    named = rf"`[^`]*\b{name.split()[-1]}\b[^`]*`"
    assert re.search(named, DOCUMENTS["docs/tutorial.md"])


def test_every_setting_stands_in_the_operations_with_its_default():
    for setting in SETTINGS:
        row = f"| `DECIBAN_{setting.name}` | "
        default = f"`{setting.default}`" if setting.default != "" else ""
        assert row + f"{default} | {setting.help} |" in DOCUMENTS["docs/operations.md"]


def test_the_table_of_roles_has_what_the_api_lets_each_do():
    rows = re.findall(
        r"^\| (.+) \| (yes|) ?\| (yes|) ?\| yes \|$",
        DOCUMENTS["docs/operations.md"],
        re.MULTILINE,
    )
    written: dict[str, str] = {}
    for deeds, viewer, forecaster in rows:
        role = "viewer" if viewer else "forecaster" if forecaster else "admin"
        written[role] = deeds

    for group in OPERATIONS:
        for operation in group.declared:
            assert group.tag in written[operation.role] or operation.role == "viewer"
    assert set(written) == {"viewer", "forecaster", "admin"}


@pytest.mark.parametrize("document", sorted(DOCUMENTS))
def test_links_lead_to_files_and_headings(document):
    folder = (ROOT / document).parent
    for target in re.findall(r"\]\(([^):]+)\)", DOCUMENTS[document]):
        path, _, heading = target.partition("#")
        file = folder / path if path else ROOT / document
        assert file.exists(), target
        if heading:
            titles = re.findall(r"^#+ (.*)$", file.read_text("utf-8"), re.MULTILINE)
            anchors = {
                re.sub(r"[^\w -]", "", t).lower().replace(" ", "-") for t in titles
            }
            assert heading in anchors, target


@pytest.mark.parametrize("document", sorted(DOCUMENTS))
def test_modules_that_are_named_are_there(document):
    folders = "deciban|service|model|priors|evidence|tests"

    for path in re.findall(rf"`((?:{folders})/[\w./-]+)`", DOCUMENTS[document]):
        assert (ROOT / path).exists(), path
