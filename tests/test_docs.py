"""The README tells the truth: its commands run, and print what it says they print."""

import re
import shlex
import subprocess
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from deciban.service.commands.main import main
from deciban.service.running.settings import SETTINGS

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")


def console_examples() -> list[tuple[str, str]]:
    """Commands of the README's console blocks, each with the output it shows."""
    examples = []
    for block in re.findall(r"```console\n(.*?)```", README, re.DOTALL):
        for example in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = example.partition("\n")
            examples.append((command, output))
    return examples


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
        assert close_enough(one, other), f"README shows {one}, got {other}"


def test_commands_print_what_the_readme_shows(tmp_path, monkeypatch):
    """One after the other in an empty folder, as a reader would."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    ran = 0
    for command, shown in console_examples():
        program, *arguments = shlex.split(command)
        if program == "deciban":
            result = CliRunner().invoke(main, arguments)
            assert result.exit_code == 0, result.stderr
            assert_same(shown, result.stdout)
            ran += 1
    assert ran >= 3


def test_make_knows_the_targets_of_the_readme():
    targets = [
        command.split()[1]
        for command, _ in console_examples()
        if command.startswith("make ")
    ]
    assert targets[:2] == ["serve", "test"]
    for target in [*targets, "forecast", "lint", "bench"]:
        subprocess.run(
            ["make", "--dry-run", target], cwd=ROOT, check=True, capture_output=True
        )


def all_commands() -> dict[str, click.Command]:
    """Commands by their words; those of a group have two."""
    found: dict[str, click.Command] = {}
    for name, command in main.commands.items():
        if isinstance(command, click.Group):
            found |= {f"{name} {own}": one for own, one in command.commands.items()}
        else:
            found[name] = command
    return found


@pytest.mark.parametrize("name", sorted(all_commands()))
def test_every_command_has_help_and_stands_in_the_readme(name):
    command = all_commands()[name]

    assert command.help
    assert "Example" in (command.epilog or "")
    assert re.search(rf"`[^`]*\b{name.split()[-1]}\b[^`]*`", README)


def test_every_setting_stands_in_the_readme_with_its_default():
    for setting in SETTINGS:
        row = f"| `DECIBAN_{setting.name}` | "
        default = f"`{setting.default}`" if setting.default != "" else ""
        assert row + f"{default} | {setting.help} |" in README


def test_links_of_the_readme_lead_to_files():
    for target in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / target).exists(), target
