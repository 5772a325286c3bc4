"""The command line as a whole: help, errors, exit codes, what it loads."""

import errno
import json
import os
import signal
import subprocess
import sys

import pytest

from deciban.service.commands.main import COMMANDS, main

SAMPLERS_AND_PLOTS = [
    "pymc",
    "pytensor",
    "nutpie",
    "matplotlib",
    "arviz_plots",
    "preliz",
]
FILES = ["evidence.yaml", "priors.yaml"]
CASE_FOLDERS = ["priors", "evidence"]


def test_help_of_no_command_loads_a_sampler():
    """One after the other in one interpreter, which tells who loads what first."""
    script = f"""
import contextlib, io, json, sys
from deciban.service.commands.main import main

found = {{}}
for words in [[], *([name] for name in main.list_commands(None))]:
    with contextlib.redirect_stdout(io.StringIO()) as said:
        main([*words, "--help"], standalone_mode=False)
    loaded = [m for m in {SAMPLERS_AND_PLOTS!r} if m in sys.modules]
    found[" ".join(words)] = [said.getvalue().startswith("Usage:"), loaded]
print(json.dumps(found))
"""
    ran = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    found = json.loads(ran.stdout)

    assert {"", "fit", "plot", "serve"} <= set(found)
    assert {name: said for name, said in found.items() if said != [True, []]} == {}


def test_the_version_is_told(deciban):
    result = deciban("--version")

    assert result.exit_code == 0
    assert "0.1.0" in result.stdout


@pytest.mark.parametrize(
    "words",
    [["nonsense"], ["fit"], ["fit", "dprk-russia", "--as-of", "soon"], ["check"]],
    ids=" ".join,
)
def test_a_wrong_command_line_exits_with_2(deciban, words):
    result = deciban(*words)

    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.startswith("Usage:")


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("priors", "low: 0.1", "low: 0.7", "priors.yaml:9: scenarios[0].prior: must "),
        (
            "priors",
            "0.3",
            "0",
            "scenarios[0].prior.median: must be greater than 0, got 0",
        ),
        ("priors", "2025-12-31\n", "2021-12-31\n", "opens before closes"),
        ("priors", "title: A war", "titel: A war", "titel: must not be here"),
        (
            "evidence",
            "source: kcna",
            "source: bbc",
            "yaml:7: reports[0].source",
        ),
        (
            "evidence",
            "scenario: war",
            "scenario: peace",
            "must be one of the scenarios",
        ),
        ("evidence", "reliability: D", "reliability: Z", "must be one of 'A'"),
        (
            "evidence",
            "2022-08-01",
            "2022-02-30",
            "published: must be a date",
        ),
        ("evidence", "case: war", "case: peace", "must be the case of the priors file"),
        ("evidence", "claim: War comes", "claim: [", "must be YAML"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_bad_input_is_told_and_nothing_is_written(
    deciban, files, tmp_path, file, old, new, message
):
    path = tmp_path / f"{file}.yaml"
    path.write_text(path.read_text().replace(old, new))

    result = deciban(
        "fit", "--priors", files[0], "--evidence", files[1], "--out", tmp_path / "out"
    )

    assert result.exit_code == 1
    assert message in result.stderr
    assert result.stdout == ""
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "evidence.yaml",
        "priors.yaml",
    ]


def test_all_problems_are_told_at_once(deciban, files, tmp_path):
    for name, old, new in (
        ("priors.yaml", "low: 0.1", "low: 0.7"),
        ("evidence.yaml", "reliability: D", "reliability: Z"),
        ("evidence.yaml", "credibility: 3", "credibility: 9"),
    ):
        path = tmp_path / name
        path.write_text(path.read_text().replace(old, new))

    result = deciban("check", *files)

    assert result.exit_code == 1
    assert result.stderr.count("must") == 3
    assert "3 problems: mend, and try again" in result.stderr


def test_a_file_that_is_not_there_is_named(deciban, files, tmp_path):
    result = deciban("fit", "--priors", files[0], "--evidence", tmp_path / "no.yaml")

    assert result.exit_code == 1
    assert "no.yaml: must be a readable file" in result.stderr


def test_an_unknown_case_is_told_with_those_there_are(deciban):
    result = deciban("fit", "atlantis")

    assert result.exit_code == 1
    assert "must be one of the cases dprk-russia, got 'atlantis'" in result.stderr


@pytest.mark.parametrize("words", ["schema priors", "cases"])
def test_a_reader_that_has_had_enough_is_no_error(words):
    """Whether click prints, or rich."""
    command = f"{sys.executable} -m deciban {words} | true"

    said = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {command}"], capture_output=True, text=True
    )

    assert (said.returncode, said.stdout, said.stderr) == (0, "", "")


def test_with_standard_output_closed_nothing_is_done(tmp_path):
    """Python would take what is printed there, and say nothing."""
    command = f"{sys.executable} -m deciban new x --dir {tmp_path} >&-"
    said = subprocess.run(["bash", "-c", command], capture_output=True, text=True)

    assert said.returncode == 1
    assert said.stderr.startswith("Error: standard output is closed")
    assert list(tmp_path.iterdir()) == []


def test_a_home_that_cannot_be_written_to_hinders_no_fit(tmp_path):
    (tmp_path / "file").touch()
    environment = os.environ | {"HOME": str(tmp_path / "file" / "home")}
    said = subprocess.run(
        [
            sys.executable,
            "-m",
            "deciban",
            "fit",
            "dprk-russia",
            "--quiet",
        ],
        capture_output=True,
        text=True,
        env=environment,
    )

    assert (said.returncode, said.stderr) == (0, "")


@pytest.mark.parametrize(
    ("command", "told"),
    [("check", "No space left on device"), ("new", "No space left on device; nothing")],
)
def test_only_of_what_writes_it_is_said_that_nothing_was_written(
    deciban, monkeypatch, tmp_path, command, told
):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("deciban.service.commands.cases._sorted_by_kind", full)
    monkeypatch.setattr("deciban.service.commands.cases.write_whole", full)
    monkeypatch.chdir(tmp_path)
    result = deciban(command, "war")

    assert result.exit_code == 1
    assert told in result.stderr
    assert ("nothing was written" in result.stderr) == (command == "new")


def test_a_command_that_is_told_to_stop_leaves_no_draft(tmp_path):
    """SIGTERM comes while the whole of a file stands beside its place."""
    script = (
        "import os, signal, sys; from pathlib import Path;"
        "from deciban.model.casebook import atomic_file;"
        "from deciban.service.commands.main import main;"
        "copy = lambda *_: os.kill(os.getpid(), signal.SIGTERM);"
        "atomic_file.os.fsync = copy; sys.argv[0] = 'deciban'; main()"
    )
    evidence = tmp_path / "evidence.yaml"
    evidence.write_text("case: war\nsources: []\nreports: []\n")
    words = ["convert", str(evidence), str(tmp_path / "out.csv")]
    done = subprocess.run(
        [sys.executable, "-c", script, *words], capture_output=True, text=True
    )

    assert (done.returncode, done.stderr) == (143, "stopped; nothing was written\n")
    assert list(tmp_path.iterdir()) == [evidence]


@pytest.mark.slow
def test_interrupting_a_fit_leaves_nothing_behind(heeds_ctrl_c, files, tmp_path):
    """Ctrl-C while it samples a million draws."""
    words = f"fit --priors {files[0]} --evidence {files[1]} --draws 1000000"
    with subprocess.Popen(
        [
            sys.executable,
            "-m",
            "deciban",
            *words.split(),
            "--out",
            tmp_path / "out",
        ],
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    ) as fit:
        assert fit.stderr is not None
        try:
            assert any(line.startswith("sampling") for line in fit.stderr)
            fit.send_signal(signal.SIGINT)
            said = fit.stderr.read()
        finally:
            fit.kill()  # whatever went wrong: it would go on for an hour

    assert fit.returncode == 130
    assert said == "stopped; nothing was written\n"
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "evidence.yaml",
        "priors.yaml",
    ]


def test_the_list_of_commands_tells_the_first_sentence_of_the_help_of_each():
    for name, listed in COMMANDS.items():
        command = main.get_command(None, name)
        assert (command.name, command.get_short_help_str(200)) == (name, listed.help)


def test_help_loads_no_command():
    script = (
        "import sys\n"
        "from deciban.service.commands.main import main\n"
        "main(['--help'], standalone_mode=False)\n"
        "print([m for m in ('numpy', 'pydantic', 'rich') if m in sys.modules])"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )

    assert ran.stdout.splitlines()[-1] == "[]"


def test_a_check_loads_neither_numpy_nor_scipy():
    check = ["check", *(f"{name}/cases/dprk-russia.yaml" for name in CASE_FOLDERS)]
    suspects = ["numpy", "scipy", "pandas", "xarray", "sqlalchemy", "flask"]
    script = (
        "import sys\n"
        "from deciban.service.commands.main import main\n"
        f"for words in ({check!r}, ['cases']):\n"
        "    main(words, standalone_mode=False)\n"
        f"print([m for m in {suspects!r} if m in sys.modules])"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )

    assert "83 reports" in ran.stdout.splitlines()[0]
    assert ran.stdout.splitlines()[-1] == "[]"
